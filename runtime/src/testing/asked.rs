//! A request as the scripted model got it, and the questions a test has about it.

use serde_json::Value;
use std::collections::BTreeMap;

/// One request to a scripted model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asked {
    /// `/v1/responses` or `/v1/chat/completions`, unless something else was asked for.
    pub path: String,
    /// The headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body; `null` where it was not JSON.
    pub body: Value,
}

impl Asked {
    /// The name of the model asked for.
    #[must_use]
    pub fn model(&self) -> &str {
        self.body["model"].as_str().unwrap_or_default()
    }

    /// The agent's instructions; in a chat, its first system message.
    #[must_use]
    pub fn instructions(&self) -> Option<&str> {
        let system = || self.input_items().iter().find(|item| item["role"] == "system");
        self.body["instructions"].as_str().or_else(|| system()?["content"].as_str())
    }

    /// The conversation: the items of `input`, or all messages of a chat.
    #[must_use]
    pub fn input_items(&self) -> &[Value] {
        let list = if self.is_chat() { &self.body["messages"] } else { &self.body["input"] };
        list.as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// The names of the functions offered, in order.
    #[must_use]
    pub fn tool_names(&self) -> Vec<&str> {
        let tools = self.body["tools"].as_array().into_iter().flatten();
        tools.filter_map(|tool| tool["name"].as_str().or_else(|| tool["function"]["name"].as_str())).collect()
    }

    /// The output of the call `call_id`, if it is in the conversation.
    ///
    /// The n-th call of the m-th answer in a conversation has the id `call_m_n`.
    #[must_use]
    pub fn tool_output(&self, call_id: &str) -> Option<&Value> {
        self.input_items().iter().find_map(|item| {
            if item["type"] == "function_call_output" && item["call_id"] == call_id {
                Some(&item["output"])
            } else if item["role"] == "tool" && item["tool_call_id"] == call_id {
                Some(&item["content"])
            } else {
                None
            }
        })
    }

    /// What the user said last, where it is plain text.
    #[must_use]
    pub fn user_text(&self) -> Option<&str> {
        self.input_items().iter().rev().find(|item| item["role"] == "user")?["content"].as_str()
    }

    /// How many answers of a model the conversation holds.
    ///
    /// Items made by a model with nothing else between them are one answer, except where the ids that the
    /// scripted model gave them tell two apart.
    #[must_use]
    pub fn turn(&self) -> usize {
        let mut turns = 0;
        let mut answer: Option<Option<&str>> = None;
        for item in self.input_items() {
            if is_from_client(item) {
                answer = None;
                continue;
            }
            let number = turn_in_id(item);
            match &mut answer {
                Some(known) if known.is_none() || number.is_none() || *known == number => *known = known.or(number),
                _ => {
                    turns += 1;
                    answer = Some(number);
                }
            }
        }
        turns
    }

    pub(super) fn is_chat(&self) -> bool {
        self.path == "/v1/chat/completions"
    }
}

fn is_from_client(item: &Value) -> bool {
    match (item["role"].as_str(), item["type"].as_str()) {
        (Some(role), _) => role != "assistant",
        (None, Some(kind)) => kind.ends_with("_output") || matches!(kind, "mcp_approval_response" | "item_reference"),
        (None, None) => true,
    }
}

/// The turn in an id that `wire` made, such as `msg_2_1`.
fn turn_in_id(item: &Value) -> Option<&str> {
    let ids = [&item["id"], &item["call_id"], &item["tool_calls"][0]["id"]];
    let id = ids.into_iter().find_map(Value::as_str)?;
    let mut parts = id.split('_').skip(1);
    let is_number = |part: &&str| part.parse::<usize>().is_ok();
    let turn = parts.next().filter(is_number)?;
    parts.next().filter(is_number).map(|_| turn)
}
