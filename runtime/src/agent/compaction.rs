//! What becomes of a conversation that a model cannot read whole: it is put into fewer words, once in a run.

use super::filters::{InputFilter, beginning_of_the_last, is_users, line};
use crate::{
    model::{Conversation, Item},
    tool::ToolDef,
};
use std::fmt;

/// How a conversation is made shorter that is too long for the agent's model; made by `#[agent(compaction = ..)]` and
/// `#[agent(compaction_filter = ..)]`.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Compaction {
    /// A function makes it shorter.
    Filter(InputFilter),
    /// An agent writes a summary, which stands in place of all but the last exchange.
    Agent(&'static ToolDef),
}

impl fmt::Debug for Compaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(_) => f.write_str("Filter"),
            Self::Agent(def) => f.debug_tuple("Agent").field(&def.name).finish(),
        }
    }
}

/// How much of one item a summary is made of, in bytes: of a long output, its beginning says what it is.
const LONGEST_LINE: usize = 2_000;

const ASKED: &str = "Summarise this conversation for whoever goes on with it: what was asked for, what was found out and \
                     decided, and what is still to be done. Answer with the summary and nothing else.";

/// What an agent is asked that has to write the summary. It is at most half as long as the conversation: the agent may have
/// a model that reads no more than the one that could not.
pub(super) fn asked(conversation: &Conversation) -> Option<String> {
    let items = conversation.items();
    let before = &items[..beginning_of_the_last(&items)];
    // What the last exchange is made of stays; where that is nearly all there is, no summary helps.
    if before.iter().cloned().collect::<Conversation>().bytes() < conversation.bytes() / 4 {
        return None;
    }
    let lines: Vec<String> = before.iter().map(|item| shortened(&line(item), LONGEST_LINE)).collect();
    let most = conversation.bytes() / 2;
    let (first, last) = ends(&lines, most);
    let mut text = format!("{ASKED}\n");
    lines[..first].iter().for_each(|line| text.push_str(&format!("\n{line}")));
    if first < last {
        text.push_str(&format!("\n[{} items are left out here]", last - first));
    }
    lines[last..].iter().for_each(|line| text.push_str(&format!("\n{line}")));
    Some(text)
}

/// The conversation with a summary in place of all but the last exchange, and the question that this is about.
pub(super) fn with_summary(conversation: &Conversation, summary: &str) -> Conversation {
    let items = conversation.items();
    let (before, last) = items.split_at(beginning_of_the_last(&items));
    let question =
        before.iter().rev().find(|item| says(item, &["user"])).filter(|_| !last.first().is_some_and(is_users));
    // Rules are no part of what was said.
    let rules = before.iter().filter(|item| says(item, &["system", "developer"]));
    let summary = Item::assistant(format!("Summary of the conversation so far:\n{summary}"));
    rules.cloned().chain([summary]).chain(question.cloned()).chain(last.iter().cloned()).collect()
}

fn says(item: &Item, roles: &[&str]) -> bool {
    matches!(item, Item::Message(message) if roles.contains(&message.role.as_str()))
}

fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{} […]", &text[..text.floor_char_boundary(most)])
}

/// How many lines of the beginning, and from which on, fit into so many bytes, half of them each.
fn ends(lines: &[String], most: usize) -> (usize, usize) {
    if lines.iter().map(String::len).sum::<usize>() <= most {
        return (lines.len(), lines.len());
    }
    let fit = |lines: &mut dyn Iterator<Item = &String>| {
        let mut left = most / 2;
        lines
            .take_while(|line| {
                let fits = line.len() <= left;
                left = left.saturating_sub(line.len());
                fits
            })
            .count()
    };
    (fit(&mut lines.iter()), lines.len() - fit(&mut lines.iter().rev()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(items: &[Item]) -> Conversation {
        items.iter().cloned().collect()
    }

    #[test]
    fn the_last_exchange_and_the_question_stay() {
        let call = |id: &str| [Item::function_call(id, "f", "{}"), Item::function_call_output(id, "1")];
        let (hi, hello, go) = (Item::user("hi"), Item::assistant("hello"), Item::user("go"));
        let summary = Item::assistant("Summary of the conversation so far:\nS");
        let [first, one] = call("a");
        let [second, two] = call("b");
        let rows: [(&[Item], &[Item]); 3] = [
            (&[hi.clone(), hello.clone(), go.clone()], &[summary.clone(), go.clone()]),
            (
                &[hi.clone(), hello.clone(), go.clone(), first.clone(), one.clone(), second.clone(), two.clone()],
                &[summary.clone(), go.clone(), second.clone(), two.clone()],
            ),
            (&[go.clone(), first.clone(), one.clone()], &[summary.clone(), go.clone(), first.clone(), one.clone()]),
        ];
        for (before, after) in rows {
            assert_eq!(with_summary(&talk(before), "S").items(), after);
        }
        assert_eq!(asked(&talk(&[go])), None, "there is nothing before it");
        let long = Item::function_call_output("a", "x".repeat(9_000));
        assert_eq!(asked(&talk(&[hi, first, long])), None, "the last exchange is nearly all of it");
    }

    #[test]
    fn rules_stay_and_what_was_approved_stays_with_what_was_asked() {
        let item = |json: serde_json::Value| -> Item { serde_json::from_value(json).expect("any JSON is an item") };
        let rule = item(serde_json::json!({"role": "developer", "content": "Be kind."}));
        let asks = item(serde_json::json!({"type": "mcp_approval_request", "id": "r", "name": "f"}));
        let may =
            item(serde_json::json!({"type": "mcp_approval_response", "approval_request_id": "r", "approve": true}));
        let (go, call, out) =
            (Item::user("go"), Item::function_call("a", "f", "{}"), Item::function_call_output("a", "1"));
        let last = [call, asks, out, may];
        let before = [rule.clone(), Item::user("hi"), Item::assistant("hello"), go.clone()];
        let compacted = with_summary(&talk(&[before.as_slice(), &last].concat()), "S").items();
        let summary = Item::assistant("Summary of the conversation so far:\nS");
        assert_eq!(compacted, [[rule, summary, go].as_slice(), &last].concat());
    }

    #[test]
    fn a_summary_is_made_of_half_at_most() {
        let mut items: Vec<Item> = (0..100).map(|n| Item::assistant(format!("{n} {}", "x".repeat(3_000)))).collect();
        items.push(Item::user("go"));
        let talk = talk(&items);
        let text = asked(&talk).expect("there is something");
        assert!(text.len() < talk.bytes() / 2 + 1_000, "{} of {}", text.len(), talk.bytes());
        assert!(
            text.contains("assistant: 0 x") && text.contains("assistant: 99 x") && text.contains("items are left out")
        );
        assert!(!text.contains("user: go"));
    }
}
