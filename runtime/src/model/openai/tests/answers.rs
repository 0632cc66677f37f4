//! Answers, read: what both APIs send, and what servers that only resemble them do.

use super::{OpenAi, Raw, ask, chat, parsed, responses};
use crate::model::{Item, ModelErrorClass as Class, Usage, openai::Timeouts};
use serde_json::{Value, json};

/// [`responses`] or [`chat`].
type Api = fn(&str, Timeouts) -> OpenAi;

/// A Responses answer with this output.
fn response(output: &Value) -> Value {
    json!({"id": "resp_1", "object": "response", "status": "completed", "error": null, "incomplete_details": null,
           "output": output, "usage": {"input_tokens": 20, "input_tokens_details": {"cached_tokens": 8},
           "output_tokens": 10, "output_tokens_details": {"reasoning_tokens": 4}, "total_tokens": 30}})
}

/// A chat answer with this message.
fn completion(message: &Value, finish_reason: &str) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion",
           "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
           "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30,
                     "prompt_tokens_details": {"cached_tokens": 8}, "completion_tokens_details": {"reasoning_tokens": 4}}})
}

fn wire(items: &[Item]) -> Value {
    serde_json::to_value(items).expect("items serialise")
}

fn usage() -> Usage {
    Usage {
        requests: 1,
        input_tokens: 20,
        cached_tokens: 8,
        output_tokens: 10,
        reasoning_tokens: 4,
        ..Usage::default()
    }
}

#[tokio::test]
async fn responses_keeps_every_item() {
    let output = json!([
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
        {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
         "content": [{"type": "output_text", "text": "{\"sky\":\"blue\"}", "annotations": [], "logprobs": []}]},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "weather", "arguments": "{}", "status": "completed"},
        {"type": "function_call", "id": "fc_2", "call_id": "c2", "name": "weather", "arguments": "{}", "status": "completed"},
        {"type": "hologram", "id": "h_1", "shape": {"sides": 6}},
    ]);
    let answer = parsed(responses, &response(&output)).await.expect("a fine answer");
    assert_eq!(wire(&answer.items), output);
    assert_eq!(answer.id.as_deref(), Some("resp_1"));
    assert_eq!(answer.usage, usage());
    assert!(matches!(answer.items[0], Item::Other(_)));
    assert!(matches!(&answer.items[1], Item::Message(message) if message.text() == "{\"sky\":\"blue\"}"));
    assert!(matches!(&answer.items[3], Item::FunctionCall(call) if call.call_id == "c2"));
}

#[tokio::test]
async fn responses_knows_a_refusal() {
    let output =
        json!([{"type": "message", "id": "m", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}]);
    let answer = parsed(responses, &response(&output)).await.expect("a refusal is an answer");
    assert!(matches!(&answer.items[0], Item::Message(message) if message.refusal() == Some("no")));
}

#[tokio::test]
async fn missing_and_unknown_fields_are_forgiven() {
    let answer =
        parsed(responses, &json!({"status": "splendid", "output": [], "usage": {"input_tokens": "many"}})).await;
    let answer = answer.expect("all of it is forgivable");
    assert_eq!((answer.id, answer.items, answer.usage.requests, answer.usage.input_tokens), (None, Vec::new(), 1, 0));

    let answer = parsed(chat, &json!({"choices": [{"finish_reason": "splendid", "message": {"content": "hi"}}]})).await;
    assert_eq!(answer.expect("all of it is forgivable").items, [Item::assistant("hi")]);
}

#[tokio::test]
async fn chat_text_calls_and_refusals_become_items() {
    let message = json!({"role": "assistant", "content": "Let me look.", "refusal": null, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Oslo\"}"},
         "extra_content": {"google": {"thought_signature": "abc"}}},
        {"id": "", "type": "function", "function": {"name": "weather", "arguments": {"city": "Rome"}}},
        {"function": {"name": "book"}},
    ]});
    let answer = parsed(chat, &completion(&message, "tool_calls")).await.expect("a fine answer");
    assert_eq!(
        wire(&answer.items),
        json!([
            Item::assistant("Let me look."),
            {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{\"city\":\"Oslo\"}",
             "chat": {"extra_content": {"google": {"thought_signature": "abc"}}}},
            {"type": "function_call", "call_id": "call_chatcmpl-1_1", "name": "weather", "arguments": "{\"city\":\"Rome\"}"},
            {"type": "function_call", "call_id": "call_chatcmpl-1_2", "name": "book", "arguments": ""},
        ])
    );
    assert_eq!(answer.id.as_deref(), Some("chatcmpl-1"));
    assert_eq!(answer.usage, usage());

    let refusal = parsed(chat, &completion(&json!({"content": null, "refusal": "no"}), "stop")).await;
    assert_eq!(refusal.expect("a refusal is an answer").items, [Item::refusal("no")]);

    let parts = json!({"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
    assert_eq!(parsed(chat, &completion(&parts, "stop")).await.expect("parts").items, [Item::assistant("ab")]);

    let empty = parsed(chat, &completion(&json!({"role": "assistant", "content": ""}), "stop")).await;
    assert_eq!(empty.expect("silence is an answer").items, []);
}

#[tokio::test]
async fn an_answer_that_failed_or_stopped_is_an_error() {
    let cut = |reason: Value| json!({"status": "incomplete", "incomplete_details": reason, "output": []});
    let failed = |error: Value| json!({"status": "failed", "error": error, "output": []});
    let rows: Vec<(Api, Value, Class, Option<&str>)> = vec![
        (responses, cut(json!({"reason": "max_output_tokens"})), Class::Incomplete, Some("max_output_tokens")),
        (responses, cut(json!({"reason": "content_filter"})), Class::ContentFilter, Some("content_filter")),
        (responses, cut(Value::Null), Class::Incomplete, Some("incomplete")),
        (
            responses,
            failed(json!({"code": "rate_limit_exceeded", "message": "slow"})),
            Class::RateLimited,
            Some("rate_limit_exceeded"),
        ),
        (responses, failed(json!({"code": "server_error", "message": "oops"})), Class::Server, Some("server_error")),
        (responses, failed(json!({"code": "invalid_prompt", "message": "no"})), Class::Refused, Some("invalid_prompt")),
        (responses, failed(Value::Null), Class::Server, None),
        (responses, json!({"status": "cancelled", "output": []}), Class::Incomplete, Some("cancelled")),
        (responses, json!({"status": "completed"}), Class::Malformed, None),
        (responses, json!([]), Class::Malformed, None),
        (chat, completion(&json!({"content": "hal"}), "length"), Class::Incomplete, Some("length")),
        (chat, completion(&json!({"content": ""}), "content_filter"), Class::ContentFilter, Some("content_filter")),
        (chat, json!({"choices": []}), Class::Malformed, None),
        (chat, json!({"object": "chat.completion"}), Class::Malformed, None),
        (chat, json!({"choices": [{"error": {"code": 502, "message": "upstream"}}]}), Class::Server, Some("502")),
    ];
    for (api, body, class, code) in rows {
        let error = parsed(api, &body).await.expect_err("it must be an error");
        let found = (error.class, error.status, error.code.as_deref());
        assert_eq!(found, (class, Some(200), code), "{body}");
    }
}

#[tokio::test]
async fn what_is_not_json_is_malformed_and_not_quoted() {
    for body in ["<html>secret</html>", "", "{\"output\": [secret", "data: {}\n\n"] {
        let server = Raw::sending(200, &[("x-request-id", "req_9")], body).await;
        let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("not JSON");
        assert_eq!(
            (error.class, error.status, error.request_id.as_deref()),
            (Class::Malformed, Some(200), Some("req_9"))
        );
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}
