//! What the source must not contain, so that the layers stay what `docs/architecture.md` says they are.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Files below `folder` that say one of `words` in code, except those whose path contains one of `allowed`. What is
/// said to a user, in a comment or a diagnostic, is not code.
fn saying(folder: &str, words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in sources(&root().join(folder)) {
        let name = path.strip_prefix(root()).expect("below the root").display().to_string();
        if allowed.iter().any(|allowed| name.contains(allowed)) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source is text");
        let said = |line: &&str| line.trim_start().starts_with("//") || line.trim_start().starts_with("note = ");
        let code = text.lines().filter(|line| !said(line));
        for line in code {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                found.push(format!("{name} says `{word}`: {}", line.trim()));
            }
        }
    }
    found
}

fn nothing(found: &[String]) {
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn macros_know_only_private() {
    nothing(&saying(
        "macros/src",
        &["temporalio", "async_openai", "schemars::", "::steadfast::tool", "::steadfast::agent"],
        &[],
    ));
}

#[test]
fn only_durable_says_temporalio() {
    nothing(&saying("runtime/src", &["temporalio"], &["src/durable/"]));
    nothing(&saying("examples", &["temporalio"], &[]));
}

#[test]
fn only_openai_says_async_openai() {
    nothing(&saying("runtime/src", &["async_openai", "reqwest"], &["model/openai"]));
}

#[test]
fn only_the_schema_says_schemars() {
    nothing(&saying("runtime/src", &["schemars"], &["tool/schema", "src/lib.rs"]));
}

#[test]
fn the_loop_touches_nothing() {
    let world =
        ["std::fs", "std::net", "std::env", "std::thread", "Instant", "SystemTime", "rand::", "tokio::", "Uuid"];
    nothing(&saying("runtime/src/agent", &world, &[]));
}

#[test]
fn expansions_cannot_fail() {
    for name in ["tool", "agent", "workflow"] {
        nothing(&saying(
            &format!("macros/src/{name}"),
            &["syn::Result", "-> Result<", "syn::Error"],
            &[
                "args.rs",
                "args/",
                "model.rs",
                "mod.rs",
                "tests.rs",
                "instructions.rs",
                "handoffs.rs",
                "tools.rs",
                "scan.rs",
                "uses.rs",
                "block.rs",
                "rules.rs",
            ],
        ));
    }
}

#[test]
fn nothing_is_left_over() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("#[", "ignore"),
        concat!("FIX", "ME"),
    ];
    for folder in ["runtime/src", "macros/src", "examples", "tests", "ui-tests", "benchmarks/src"] {
        nothing(&saying(folder, &marks, &[]));
    }
}
