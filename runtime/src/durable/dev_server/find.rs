//! Where the `temporal` binary is: named by the user, on the `PATH`, in our cache folder, or else installed there.

use super::{DevServer, DevServerError, install};
use std::{
    env::{self, consts::EXE_SUFFIX},
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

/// The binary to run, installed first if this machine has none.
pub(super) async fn binary(settings: &DevServer) -> Result<PathBuf, DevServerError> {
    if let Some(binary) = settings.binary.clone().or_else(on_path) {
        // The server does not run in our folder, from which a relative path counts.
        return std::path::absolute(&binary).map_err(|source| DevServerError::Run { binary, source });
    }
    in_cache(&settings.cache).await
}

/// The folder for what we keep between runs.
pub(super) fn cache_folder() -> PathBuf {
    match env::var_os("STEADFAST_CACHE") {
        Some(folder) if !folder.is_empty() => folder.into(),
        _ => dirs::cache_dir().unwrap_or_else(env::temp_dir).join("steadfast"),
    }
}

fn on_path() -> Option<PathBuf> {
    let name = format!("temporal{EXE_SUFFIX}");
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|file| can_run(file))
}

fn can_run(file: &Path) -> bool {
    let Ok(metadata) = file.metadata() else { return false };
    #[cfg(unix)]
    let runs = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = true;
    metadata.is_file() && runs
}

/// The binary in the cache folder; the first who needs it installs it, and all others wait for that.
pub(super) async fn in_cache(cache: &Path) -> Result<PathBuf, DevServerError> {
    let cache = std::path::absolute(cache).map_err(DevServerError::file(cache))?;
    // With the version in its name, an upgrade of this crate does not meet the binary of an older one.
    let binary = cache.join(format!("temporal-{}{EXE_SUFFIX}", install::VERSION));
    if can_run(&binary) {
        return Ok(binary);
    }
    std::fs::create_dir_all(&cache).map_err(DevServerError::file(&cache))?;
    let _lock = lock(&cache.join("install.lock")).await?;
    if !can_run(&binary) {
        install::install(&cache, &binary).await?;
    }
    Ok(binary)
}

/// Waits for the lock on `path`; it is ours until the file is dropped, or we die.
pub(super) async fn lock(path: &Path) -> Result<File, DevServerError> {
    let file = File::options().create(true).append(true).open(path).map_err(DevServerError::file(path))?;
    loop {
        // Asked again and again rather than waited for, because a thread that waits cannot be cancelled.
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(super::process::LOOK_AGAIN).await,
            Err(TryLockError::Error(error)) => return Err(DevServerError::file(path)(error)),
        }
    }
}
