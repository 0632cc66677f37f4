//! The Python column's environment: a virtual one in the target folder, made once for each list of requirements.

use super::Place;
use crate::Result;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::Command;

const WORKER: &str = include_str!("python/worker.py");
const REQUIREMENTS: &str = include_str!("python/requirements.txt");

/// What a folder has once it is whole: the requirements it was made for.
const STAMP: &str = "requirements.txt";

/// A Python interpreter with everything the worker needs.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    folder: PathBuf,
}

impl Python {
    /// Finds the environment, or makes it; without Python or its package index there is none, and a line says so.
    pub(crate) async fn find() -> Option<Self> {
        let made = Self::make().await;
        made.inspect_err(|error| eprintln!("The Python column is left out: {error}")).ok()
    }

    async fn make() -> Result<Self> {
        let python = Self { folder: cache()?.join("python") };
        if fs::read_to_string(python.folder.join(STAMP)).is_ok_and(|made_for| made_for == REQUIREMENTS) {
            fs::write(python.script(), WORKER)?;
            return Ok(python);
        }
        eprintln!("Installing the Python column's packages …");
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&python.folder)).await?;
        fs::write(python.script(), WORKER)?;
        let requirements = python.folder.join("wanted.txt");
        fs::write(&requirements, REQUIREMENTS)?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        run(python.command().args(install).arg(&requirements)).await?;
        fs::rename(requirements, python.folder.join(STAMP))?;
        Ok(python)
    }

    fn script(&self) -> PathBuf {
        self.folder.join("worker.py")
    }

    fn command(&self) -> Command {
        Command::new(self.folder.join("bin/python"))
    }

    pub(crate) fn worker(&self, place: &Place) -> Command {
        let mut command = self.command();
        command.arg(self.script()).args(["work", &place.address, &place.task_queue]);
        command.env("OPENAI_BASE_URL", &place.model).env("OPENAI_API_KEY", "scripted");
        // They would go to OpenAI.
        command.env("OPENAI_AGENTS_DISABLE_TRACING", "1");
        command
    }

    pub(crate) fn replay(&self, address: &str, workflow: &str, times: u32) -> Command {
        let mut command = self.command();
        command.arg(self.script()).args(["replay", address, workflow, &times.to_string()]);
        command.env("OPENAI_API_KEY", "scripted").env("OPENAI_AGENTS_DISABLE_TRACING", "1");
        command
    }

    /// The interpreter with another script, which is put beside the worker's.
    pub(crate) fn running(&self, name: &str, script: &str) -> Result<Command> {
        let path = self.folder.join(name);
        fs::write(&path, script)?;
        let mut command = self.command();
        command.arg(path);
        Ok(command)
    }

    /// What it is, as in `Python 3.11.7 with temporalio[openai-agents]==1.35.0`.
    pub(crate) async fn version(&self) -> Result<String> {
        self.version_with("temporalio[openai-agents]").await
    }

    /// The same, with another package's version.
    pub(crate) async fn version_with(&self, package: &str) -> Result<String> {
        let output = self.command().arg("--version").output().await?;
        let is_asked = |line: &&str| line.split_once("==").is_some_and(|(name, _)| name == package);
        let measured = REQUIREMENTS.lines().find(is_asked).unwrap_or_default();
        Ok(format!("{} with {measured}", String::from_utf8(output.stdout)?.trim()))
    }

    /// The size of the packages, in bytes; the interpreter comes on top.
    pub(crate) fn size(&self) -> Result<u64> {
        Ok(size(&self.folder.join("lib"))?)
    }
}

/// The folder for what outlives a run of the benchmark: beside its binary, hence in cargo's target folder.
pub(crate) fn cache() -> Result<PathBuf> {
    let binary = std::env::current_exe()?;
    let profile = binary.parent().ok_or("the benchmark's binary is in no folder")?;
    let folder = profile.parent().unwrap_or(profile).join("benchmarks");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

async fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().await?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().last().unwrap_or("a command failed and did not say why").to_owned().into())
}

fn size(path: &Path) -> std::io::Result<u64> {
    let about = fs::symlink_metadata(path)?;
    if !about.is_dir() {
        return Ok(about.len());
    }
    fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}
