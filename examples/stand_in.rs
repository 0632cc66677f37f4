//! A model for when there is no key: it looks at what the tools return, and says what it saw.

use serde_json::{Value, json};
use std::{io, time::Duration};
use steadfast::testing::{Asked, ModelServer, Reply, ScriptedModel};

/// Starts the model. It takes a second for each answer, so that there is time to watch, and to kill the process.
pub(crate) async fn start() -> io::Result<ModelServer> {
    ScriptedModel::answering(|asked| answer(asked).delay(Duration::from_secs(1))).start().await
}

/// Like any model it has only the conversation to go by.
fn answer(asked: &Asked) -> Reply {
    match asked.turn() {
        0 => Reply::call("list_files", json!({"containing": ""})),
        1 => {
            let files = listed(asked);
            let mut reply =
                Reply::call("search_files", json!({"text": keyword(asked.user_text().unwrap_or_default())}));
            for path in worth_reading(&files) {
                reply = reply.and(Reply::call("read_file", json!({"path": path})));
            }
            reply
        }
        _ => Reply::says(sum_up(asked)),
    }
}

/// The outputs of the calls of `tool`, in order, with the arguments they were made with.
fn outputs(asked: &Asked, tool: &str) -> Vec<(Value, String)> {
    let calls = asked.input_items().iter().filter(|item| item["type"] == "function_call" && item["name"] == tool);
    calls
        .filter_map(|call| {
            let arguments = serde_json::from_str(call["arguments"].as_str()?).ok()?;
            Some((arguments, asked.tool_output(call["call_id"].as_str()?)?.as_str()?.to_owned()))
        })
        .collect()
}

fn listing(asked: &Asked) -> Value {
    outputs(asked, "list_files").pop().and_then(|(_, output)| serde_json::from_str(&output).ok()).unwrap_or_default()
}

fn listed(asked: &Asked) -> Vec<String> {
    let listing = listing(asked);
    let files = listing["files"].as_array().into_iter().flatten();
    files.filter_map(|file| file["path"].as_str().map(str::to_owned)).collect()
}

/// The last long word of the question is as good a guess as any.
fn keyword(question: &str) -> String {
    let mut words = question.split(|c: char| !c.is_alphanumeric());
    words.rfind(|word| word.len() > 3).unwrap_or("the").to_owned()
}

/// A readme and a manifest, if there are any, else the first file.
fn worth_reading(files: &[String]) -> Vec<&String> {
    let telling = |path: &&String| {
        let path = path.to_lowercase();
        path.starts_with("readme") || ["cargo.toml", "package.json", "pyproject.toml"].contains(&path.as_str())
    };
    let told: Vec<&String> = files.iter().filter(telling).take(3).collect();
    if told.is_empty() { files.iter().take(1).collect() } else { told }
}

fn sum_up(asked: &Asked) -> String {
    let files =
        listed(asked).len() + listing(asked)["more"].as_u64().and_then(|more| more.try_into().ok()).unwrap_or(0);
    let mut text = format!("The folder holds {files} files.");
    for (arguments, content) in outputs(asked, "read_file") {
        let first = content.lines().map(str::trim).find(|line| line.chars().any(char::is_alphabetic)).unwrap_or("");
        text.push_str(&format!(" {} begins with “{first}”.", arguments["path"].as_str().unwrap_or("A file")));
    }
    for (arguments, output) in outputs(asked, "search_files") {
        let matches: Vec<Value> = serde_json::from_str(&output).unwrap_or_default();
        let word = arguments["text"].as_str().unwrap_or_default();
        match matches.first() {
            None => text.push_str(&format!(" Nothing in it mentions “{word}”.")),
            Some(found) => text.push_str(&format!(
                " Of {} lines with “{word}” that it was shown, the first is in {} at line {}.",
                matches.len(),
                found["path"].as_str().unwrap_or("a file"),
                found["line"]
            )),
        }
    }
    text
}
