//! Streamed answers: told on their way, and the same in the end; and nothing that is cut off counts as one.

use super::{Raw, Step, chat, endpoint, http, responses, stream};
use crate::model::{
    Item, ModelErrorClass as Class,
    openai::{Http, OpenAi, Timeouts},
};
use serde_json::{Value, json};
use std::time::Duration;

const EVENTS: (&str, &str) = ("content-type", "text/event-stream");

type Make = fn(&str, Timeouts) -> OpenAi;

fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("data: {event}\n\n")).collect::<Vec<_>>().concat()
}

fn of_responses() -> String {
    let whole = json!({"id": "resp_1", "status": "completed", "output": [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Grüß Gott!"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    ], "usage": {"input_tokens": 3, "output_tokens": 4}});
    lines(&[
        json!({"type": "response.created", "response": {"id": "resp_1", "output": []}}),
        json!({"type": "response.output_text.delta", "delta": "Grüß "}),
        json!({"type": "response.output_text.delta", "delta": ""}),
        json!({"type": "response.something_new", "delta": 7}),
        json!({"type": "response.output_text.delta", "delta": "Gott!"}),
        json!({"type": "response.completed", "response": whole}),
    ])
}

fn of_chat() -> String {
    let chunk =
        |delta: Value, end: Value| json!({"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": end}]});
    let call = |call: Value| chunk(json!({"tool_calls": [call]}), Value::Null);
    let chunks = lines(&[
        chunk(json!({"role": "assistant", "content": ""}), Value::Null),
        chunk(json!({"content": "Grüß "}), Value::Null),
        chunk(json!({"content": "Gott!"}), Value::Null),
        call(json!({"index": 1, "id": "d", "type": "function", "function": {"name": "g", "arguments": ""}})),
        call(
            json!({"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{\"a\""}, "extra_content": {"sig": "s"}}),
        ),
        call(json!({"index": 0, "id": null, "function": {"name": null, "arguments": ":1}"}})),
        call(json!({"index": 1, "function": {"arguments": "{}"}})),
        chunk(json!({}), "tool_calls".into()),
        json!({"id": "x", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}),
    ]);
    format!(": a comment, as OpenRouter sends them\r\n\r\n{chunks}data: [DONE]\n\n")
}

#[tokio::test]
async fn text_is_told_on_its_way_and_the_answer_is_whole() {
    let makes: [(Make, String); 2] = [(responses, of_responses()), (chat, of_chat())];
    for (make, body) in makes {
        let server = Raw::sending(200, &[EVENTS], &body).await;
        let (answer, told) = stream(&make(&server.url, Timeouts::default())).await;
        let answer = answer.expect("an answer");
        assert_eq!(told, ["Grüß ", "Gott!"]);
        assert_eq!((answer.text().as_str(), answer.usage.total_tokens()), ("Grüß Gott!", 7));
        assert!(matches!(&answer.items[1], Item::FunctionCall(call) if call.name == "f" && call.call_id == "c"));
        assert!(server.seen()[0].contains(r#""stream":true"#));
    }
}

#[tokio::test]
async fn pieces_of_parallel_calls_are_put_together_by_their_index() {
    let server = Raw::sending(200, &[EVENTS], &of_chat()).await;
    let (answer, _) = stream(&chat(&server.url, Timeouts::default())).await;
    let items = answer.expect("an answer").items;
    let calls: Vec<_> = items
        .iter()
        .filter_map(|item| match item {
            Item::FunctionCall(call) => Some((call.name.as_str(), call.arguments.as_str(), call.extra.len())),
            _ => None,
        })
        .collect();
    assert_eq!(calls, [("f", "{\"a\":1}", 1), ("g", "{}", 0)]);
}

#[tokio::test]
async fn calls_without_an_index_are_told_apart_by_their_ids() {
    let call = |call: Value| json!({"choices": [{"delta": {"tool_calls": [call]}}]});
    let body = lines(&[
        call(json!({"id": "a", "function": {"name": "f", "arguments": "{\"x\":"}})),
        call(json!({"function": {"arguments": "1}"}})),
        call(json!({"id": "b", "function": {"name": "g", "arguments": "{}"}})),
        json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}),
    ]);
    let server = Raw::sending(200, &[EVENTS], &format!("{body}data: [DONE]\n\n")).await;
    let (answer, _) = stream(&chat(&server.url, Timeouts::default())).await;
    let calls = answer.expect("an answer").items;
    assert_eq!(calls, [Item::function_call("a", "f", "{\"x\":1}"), Item::function_call("b", "g", "{}")]);
}

#[tokio::test]
async fn an_end_without_a_reason_is_none() {
    let begun = lines(&[json!({"choices": [{"delta": {"content": "half"}, "finish_reason": null}]})]);
    for end in ["", "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"abort\"}]}\n\n"] {
        let server = Raw::sending(200, &[EVENTS], &format!("{begun}{end}data: [DONE]\n\n")).await;
        let error = stream(&chat(&server.url, Timeouts::default())).await.0.expect_err("a gateway has lost the rest");
        assert_eq!((error.class, error.status, error.is_retryable()), (Class::Incomplete, Some(200), true));
    }
}

#[tokio::test]
async fn items_that_the_last_event_leaves_out_are_in_the_answer() {
    let call = json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"});
    let said = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]});
    for response in [json!({"status": "completed", "output": []}), json!({"status": "completed"})] {
        let body = lines(&[
            json!({"type": "response.output_item.done", "output_index": 1, "item": call}),
            json!({"type": "response.output_text.delta", "delta": "hi"}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": said}),
            json!({"type": "response.completed", "response": response}),
        ]);
        let server = Raw::sending(200, &[EVENTS], &body).await;
        let (answer, told) = stream(&responses(&server.url, Timeouts::default())).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.text().as_str(), told.concat().as_str()), ("hi", "hi"));
        assert_eq!(answer.items[1], Item::function_call("c", "f", "{}"));
    }
}

#[tokio::test]
async fn text_in_parts_is_told_and_kept() {
    let chunk = |content: Value| json!({"choices": [{"delta": {"content": content}}]});
    let body = lines(&[
        chunk("".into()),
        chunk(json!([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}])),
        chunk(json!([{"type": "text", "text": "4"}])),
        chunk("2".into()),
        json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}),
    ]);
    let server = Raw::sending(200, &[EVENTS], &format!("{body}data: [DONE]\n\n")).await;
    let (answer, told) = stream(&chat(&server.url, Timeouts::default())).await;
    assert_eq!((answer.expect("an answer").text(), told.concat()), ("42".to_owned(), "42".to_owned()));
}

#[tokio::test]
async fn an_error_within_a_stream_is_that_error() {
    let cases: [(Make, Value, Class); 5] = [
        (
            responses,
            json!({"type": "error", "code": "rate_limit_exceeded", "message": "slow down"}),
            Class::RateLimited,
        ),
        (responses, json!({"error": {"message": "slow down", "code": 429}}), Class::RateLimited),
        (
            responses,
            json!({"type": "response.failed", "response": {"status": "failed", "output": [],
                "error": {"code": "rate_limit_exceeded", "message": "slow down"}}}),
            Class::RateLimited,
        ),
        (
            responses,
            json!({"type": "response.incomplete", "response": {"status": "incomplete", "output": [],
                "incomplete_details": {"reason": "max_output_tokens"}}}),
            Class::Incomplete,
        ),
        (chat, json!({"error": {"message": "slow down", "code": 429}, "choices": []}), Class::RateLimited),
    ];
    for (make, event, class) in cases {
        let server = Raw::sending(200, &[EVENTS], &lines(std::slice::from_ref(&event))).await;
        let error = stream(&make(&server.url, Timeouts::default())).await.0.expect_err("an error");
        assert_eq!((error.class, error.status), (class, Some(200)), "{event}: {error}");
    }
}

#[tokio::test]
async fn what_is_answered_without_a_stream_is_an_answer_too() {
    let body = json!({"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}]});
    let server = Raw::sending(200, &[("content-type", "application/json")], &body.to_string()).await;
    let (answer, told) = stream(&responses(&server.url, Timeouts::default())).await;
    assert_eq!((answer.expect("an answer").text(), told.concat()), ("hi".to_owned(), "hi".to_owned()));
    let server = Raw::start(vec![Step::Send(http(429, &[("retry-after", "2")], "{}"))]).await;
    let error = stream(&responses(&server.url, Timeouts::default())).await.0.expect_err("an error");
    assert_eq!((error.class, error.retry_after), (Class::RateLimited, Some(Duration::from_secs(2))));
}

/// A model may think for longer than it may be silent in the middle of a text.
#[tokio::test]
async fn silence_is_suffered_before_a_text_and_not_within_it() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let body = of_responses();
    let (thinks, says) = body.split_at(body.find("\n\n").expect("events") + 2);
    let pause = Step::Wait(Duration::from_millis(400));
    let timeouts = Timeouts { idle: Duration::from_millis(100), ..Timeouts::default() };
    let model = |url: &str| OpenAi::responses(endpoint(url), &Http::new(timeouts).expect("a client"));
    let steps = vec![Step::Send(format!("{head}{thinks}").into()), pause.clone(), Step::Send(says.into())];
    let server = Raw::start(steps).await;
    assert!(stream(&model(&server.url)).await.0.is_ok());
    let (begins, ends) =
        body.split_at(body.find("delta\":\"Grüß \"}\n\n").expect("a delta") + "delta\":\"Grüß \"}\n\n".len());
    let steps = vec![Step::Send(format!("{head}{begins}").into()), pause, Step::Send(ends.into())];
    let server = Raw::start(steps).await;
    let error = stream(&model(&server.url)).await.0.expect_err("it stalls");
    assert_eq!(error.class, Class::Timeout);
}

/// Proxies on Windows put one in front of what they pass on; it may come in pieces.
#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_a_stream() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let body = format!("\u{feff}{}", of_responses());
    for cut in 0..4 {
        let (first, rest) = body.as_bytes().split_at(cut);
        let steps = vec![
            Step::Send([head.as_bytes(), first].concat()),
            Step::Wait(Duration::from_millis(20)),
            Step::Send(rest.into()),
        ];
        let server = Raw::start(steps).await;
        let (answer, told) = stream(&responses(&server.url, Timeouts::default())).await;
        assert_eq!(
            (answer.expect("an answer").text(), told.concat()),
            ("Grüß Gott!".to_owned(), "Grüß Gott!".to_owned())
        );
    }
}
