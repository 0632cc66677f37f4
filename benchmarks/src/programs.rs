//! The programs beside this one: cargo builds them when they are needed, which is seldom.

use crate::Result;
use std::path::PathBuf;
use tokio::process::Command;

/// Builds one of them, with these flags for the compiler; returns where it is.
pub(crate) async fn built(name: &str, flags: &[&str]) -> Result<PathBuf> {
    eprintln!("Building {name} …");
    let mut cargo = Command::new("cargo");
    cargo.args(["rustc", "--quiet", "--release", "--package", "steadfast-benchmarks", "--bin", name]);
    cargo.args(["--message-format", "json", "--"]).args(flags);
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().await?;
    if !built.status.success() {
        return Err("cargo cannot build it".into());
    }
    let messages = String::from_utf8(built.stdout)?;
    let mut made = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(message["executable"].as_str()?.into())
    });
    made.next().ok_or_else(|| "cargo named no program".into())
}
