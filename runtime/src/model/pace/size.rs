//! What a request is taken to be, from its body: which model it asks, and about how many tokens it is.

use serde::Deserialize;

/// English text and JSON; other languages have fewer bytes to a token, so that the limit is then nearer than it seems.
const BYTES_PER_TOKEN: u64 = 4;

/// What an image or a file is taken to be. What it is depends on the model, but not on its bytes.
const TOKENS_OF_DATA: u64 = 1_000;

/// From here on a text without a space is data.
const LEAST_DATA: usize = 4_096;

/// The model's name, which our requests begin with; nothing, for all those whose requests do not.
pub(super) fn model(body: &[u8]) -> &str {
    let name = body.strip_prefix(br#"{"model":""#).and_then(|rest| rest.split(|byte| *byte == b'"').next());
    name.and_then(|name| str::from_utf8(name).ok()).unwrap_or_default()
}

/// About how many tokens the model reads. What it will write is not known before.
pub(super) fn tokens(body: &[u8]) -> u64 {
    let (mut bytes, mut data) = (0, 0);
    for text in body.split(|byte| *byte == b'"') {
        if is_data(text) {
            data += 1;
        } else {
            bytes += text.len() as u64 + 1;
        }
    }
    bytes / BYTES_PER_TOKEN + data * TOKENS_OF_DATA
}

/// Whether it is base64, alone or in a URL.
fn is_data(text: &[u8]) -> bool {
    text.len() >= LEAST_DATA && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_.:;,".contains(byte))
}

/// How many tokens an answer says that it took.
pub(super) fn spent(body: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Answer {
        usage: Usage,
    }
    // Under the names of both APIs, and some servers say both.
    #[derive(Default, Deserialize)]
    #[serde(default)]
    #[expect(clippy::struct_field_names, reason = "they are the servers'")]
    struct Usage {
        input_tokens: Option<u64>,
        prompt_tokens: Option<u64>,
        output_tokens: Option<u64>,
        completion_tokens: Option<u64>,
    }
    let Answer { usage } = serde_json::from_slice(body).ok()?;
    let read = usage.input_tokens.max(usage.prompt_tokens).unwrap_or_default();
    let written = usage.output_tokens.max(usage.completion_tokens).unwrap_or_default();
    Some(read.saturating_add(written)).filter(|tokens| *tokens > 0)
}
