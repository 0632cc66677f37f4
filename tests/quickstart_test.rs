//! The quickstart's own workflow over a folder, and that its tools cannot leave the folder.

use crate::{
    quickstart::{
        Question, ask,
        folder::{Folder, list_files, read_file, search_files},
        stand_in,
    },
    server,
};
use std::{fs, os::unix::fs::symlink};
use steadfast::prelude::*;
use tempfile::TempDir;

/// A folder with a secret beside it.
fn folder() -> (TempDir, Folder) {
    let outside = tempfile::tempdir().expect("a temporary folder");
    let inside = outside.path().join("project");
    fs::create_dir_all(inside.join("src")).expect("a folder");
    fs::write(outside.path().join("secret"), "a secret").expect("a file");
    fs::write(inside.join("README.md"), "# Lighthouse\n\nThe licence is MIT.\n").expect("a file");
    fs::write(inside.join("src/main.rs"), "fn main() {}\n").expect("a file");
    fs::write(inside.join("big.txt"), "é".repeat(20_000)).expect("a file");
    fs::write(inside.join("data.bin"), [0, 159, 146, 150]).expect("a file");
    fs::write(inside.join(".env"), "a secret").expect("a file");
    symlink(outside.path(), inside.join("way-out")).expect("a link");
    let folder = Folder::open(&inside).expect("it is a folder");
    (outside, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_from_the_folder() {
    let (_kept, folder) = folder();
    let model = stand_in::start().await.expect("a port is free");
    let app = server::app("quickstart").await.workflow(ask).state(folder.clone());
    let app = app.provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    let question = Question { folder: folder.to_string(), text: "What is the licence?".to_owned() };
    let run = app.start(ask, question).await.expect("it starts");
    let answer = server::result(&run).await.expect("it ends well");
    assert!(answer.text.contains("README.md begins with “# Lighthouse”"), "{}", answer.text);
    assert!(
        answer.text.contains("Of 1 lines with “licence” that it was shown, the first is in README.md at line 3"),
        "{}",
        answer.text
    );
    assert_eq!((answer.model_calls, answer.tool_calls), (3, 3));
    assert!(answer.tokens > 0);
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.activities().len(), 6);
}

#[test]
fn tools_stay_inside() {
    let (_kept, folder) = folder();
    let state = || State::new(folder.clone());
    for path in ["../secret", "way-out/secret", "/etc/passwd", "src/../../secret", ".env", "src", "nowhere"] {
        let error = read_file(path.to_owned(), state()).expect_err("it is outside, or not there");
        assert!(!error.to_string().contains("a secret"), "{error}");
    }
    assert!(read_file("README.md".to_owned(), state()).expect("it is inside").contains("Lighthouse"));
    assert!(read_file("data.bin".to_owned(), state()).is_err(), "no text");
    let big = read_file("big.txt".to_owned(), state()).expect("it is text");
    assert!(big.ends_with("[cut off after 12000 of 40000 bytes]"));
    assert_eq!(list_files(String::new(), state()).files.len(), 4, "links out of the folder are not followed");
    assert_eq!(search_files("LICENCE".to_owned(), state()).expect("a text").len(), 1);
    assert!(search_files(" ".to_owned(), state()).is_err());
}
