//! The crates on disk, and `cargo check` on them.

use super::{contenders::Contender, tokens};
use crate::{Result, figures::figure, process};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A contender's crate.
#[derive(Debug)]
pub(super) struct Crate {
    pub(super) contender: Contender,
    folder: PathBuf,
}

impl Crate {
    /// Writes it, and builds what it depends on.
    pub(super) fn make(contender: Contender) -> Result<Self> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        let folder = home(&workspace).join(contender.slug());
        fs::create_dir_all(folder.join("src"))?;
        let runtime = workspace.join("runtime");
        let dependencies = contender.dependencies(&runtime.to_string_lossy());
        let name = name(contender);
        fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [dependencies]\n{dependencies}"
            ),
        )?;
        // The same versions of what they share, so that it is built once.
        fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let made = Self { contender, folder };
        made.write(1, 0)?;
        succeeded(&made.cargo().args(["check", "--quiet"]).output()?)?;
        Ok(made)
    }

    /// The seconds of CPU of a check of so many tools, one of which is edited.
    pub(super) fn check(&self, count: usize, edit: usize) -> Result<f64> {
        self.write(count, edit)?;
        let before = process::cpu_of_children()?;
        succeeded(&self.cargo().args(["check", "--quiet", "--offline"]).output()?)?;
        Ok(process::cpu_of_children()? - before)
    }

    /// How many tokens a tool becomes, its function included.
    pub(super) fn tokens(&self) -> Result<f64> {
        let (few, many) = (1, 11);
        let mut expanded = [few, many].into_iter().map(|count| -> Result<f64> {
            self.write(count, 0)?;
            let mut cargo = self.cargo();
            cargo.args(["rustc", "--quiet", "--offline", "--profile", "check", "--", "-Zunpretty=expanded"]);
            Ok(figure(tokens::count(&succeeded(&cargo.output()?)?)?))
        });
        let (one, eleven) = (expanded.next().ok_or("no crate")??, expanded.next().ok_or("no crate")??);
        Ok((eleven - one) / figure(many - few))
    }

    fn write(&self, count: usize, edit: usize) -> Result<()> {
        Ok(fs::write(self.folder.join("src/lib.rs"), self.contender.source(count, edit))?)
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.folder.join("../target"));
        cargo.env("CARGO_INCREMENTAL", "1");
        // To look at expanded code takes an option that is not stable; for these crates alone, and at all times, since
        // some build scripts look at this variable and would run anew.
        let names: Vec<String> = Contender::ALL.into_iter().map(name).collect();
        cargo.env("RUSTC_BOOTSTRAP", names.join(",").replace('-', "_"));
        cargo
    }
}

/// Where the crates are: beside what else is built, so that it goes with it.
fn home(workspace: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    target.join("compile-cost")
}

fn name(contender: Contender) -> String {
    format!("compile-cost-{}", contender.slug())
}

/// What a command has printed, unless it failed.
fn succeeded(output: &Output) -> Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout.clone())?);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let error: Vec<&str> = said.lines().skip_while(|line| !line.starts_with("error")).take(6).collect();
    Err(format!("cargo failed: {}", error.join("\n")).into())
}
