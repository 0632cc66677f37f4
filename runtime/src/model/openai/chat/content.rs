//! What a message of Chat Completions holds: text, or parts in that API's own shape.

use crate::model::{self, Content, FunctionCallOutput, Part};
use serde::Deserialize;
use serde_json::{Value, json};

/// What is said in a message.
pub(super) fn content(message: &model::Message) -> Value {
    match &message.content {
        Content::Text(text) => text.as_str().into(),
        Content::Parts(parts) => {
            let plain = parts.iter().all(|part| part.text.is_some() && part.refusal.is_none());
            // Many servers take nothing but a string from the assistant.
            if plain && (message.role == "assistant" || parts.len() == 1) {
                return message.text().into();
            }
            parts.iter().map(part).collect()
        }
    }
}

/// The output of a call in two: what its message says, and the parts that have to be shown in another.
pub(super) fn output(output: &FunctionCallOutput) -> (Value, Vec<Value>) {
    let whole = match &output.output {
        Value::String(text) => return (text.as_str().into(), Vec::new()),
        whole => whole,
    };
    let Some(parts) = parts(whole) else { return (whole.to_string().into(), Vec::new()) };
    // A tool message can hold nothing but text.
    let (mut said, mut shown): (Vec<Value>, Vec<Value>) = parts.iter().map(part).partition(is_text);
    if !shown.is_empty() {
        said.push(text(&format!("[{}, see below]", count(&shown))));
        shown.insert(0, text(&format!("Output of the tool call {}:", output.call_id)));
    }
    (said.into(), shown)
}

/// The parts of an output, if they are all of a kind that outputs have.
fn parts(output: &Value) -> Option<Vec<Part>> {
    let known = |part: &Part| match part.kind.as_str() {
        "input_text" | "output_text" | "text" => part.text.is_some(),
        "input_image" | "input_file" => true,
        _ => false,
    };
    let parts: Option<Vec<Part>> = Vec::deserialize(output).ok();
    parts.filter(|parts| !parts.is_empty() && parts.iter().all(known))
}

fn count(shown: &[Value]) -> String {
    let images = shown.iter().filter(|part| part["type"] == "image_url").count();
    let some = |number: usize, what: &str| match number {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{number} {what}s")),
    };
    let counts: Vec<String> =
        [some(images, "image"), some(shown.len() - images, "file")].into_iter().flatten().collect();
    counts.join(" and ")
}

fn part(part: &Part) -> Value {
    if let Some(refusal) = &part.refusal {
        return json!({"type": "refusal", "refusal": refusal});
    }
    if let Some(said) = &part.text {
        return text(said);
    }
    let field = |name: &str| part.extra.get(name).and_then(Value::as_str);
    match (part.kind.as_str(), field("image_url"), field("file_url"), field("file_id")) {
        ("input_image", None, _, Some(id)) => text(&format!("[an image, uploaded as {id}, that cannot be shown here]")),
        ("input_image", ..) => {
            let mut image = json!({"url": part.extra.get("image_url")});
            if let Some(detail) = part.extra.get("detail") {
                image["detail"] = detail.clone();
            }
            json!({"type": "image_url", "image_url": image})
        }
        ("input_file", _, Some(url), _) => text(&format!("[a file, at {url}]")),
        ("input_file", ..) => json!({"type": "file", "file": part.extra}),
        (kind, ..) => {
            let mut whole = json!({"type": kind});
            for (name, value) in &part.extra {
                whole[name] = value.clone();
            }
            whole
        }
    }
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn is_text(part: &Value) -> bool {
    part["type"] == "text"
}
