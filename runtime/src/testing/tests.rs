//! The scripted model, asked through the real clients.

use super::{Asked, ModelServer, Reply, ScriptedModel};
use crate::model::{
    Item, Message, Model, ModelError, ModelErrorClass, ModelRequest, ModelResponse, Providers, ToolDefinition,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Both APIs of a server.
fn models(server: &ModelServer) -> [Arc<dyn Model>; 2] {
    let mut providers = Providers::default();
    providers.add("responses", server.provider());
    providers.add("chat", server.chat_provider());
    ["responses/m", "chat/m"].map(|name| providers.resolve(name).expect("it is registered").0)
}

fn asking(input: &[Item]) -> ModelRequest {
    ModelRequest { model: "m".to_owned(), input: input.to_vec().into(), ..ModelRequest::default() }
}

async fn ask(model: &Arc<dyn Model>, input: &[Item]) -> Result<ModelResponse, ModelError> {
    model.respond(asking(input)).await
}

fn text(response: &ModelResponse) -> String {
    let message = response.items.iter().rev().find_map(|item| match item {
        Item::Message(message) => Some(message),
        _ => None,
    });
    message.map(Message::text).unwrap_or_default()
}

fn call_ids(response: &ModelResponse) -> Vec<String> {
    let id = |item: &Item| match item {
        Item::FunctionCall(call) => Some(call.call_id.clone()),
        _ => None,
    };
    response.items.iter().filter_map(id).collect()
}

#[tokio::test]
async fn a_conversation_goes_through_the_script() {
    let script = ScriptedModel::new()
        .call("weather", json!({"city": "Lisbon"}))
        .calls([("weather", json!({"city": "Oslo"})), ("book", json!({}))])
        .says("It is sunny");
    let server = script.start().await.expect("a port");
    for model in models(&server) {
        let mut input = vec![Item::user("Weather?")];
        for expected in [vec!["call_1_1"], vec!["call_2_1", "call_2_2"]] {
            let answer = ask(&model, &input).await.expect("scripted");
            assert_eq!(call_ids(&answer), expected);
            assert_eq!(ask(&model, &input).await.expect("scripted"), answer, "asked again, answered the same");
            assert!(answer.usage.requests == 1 && answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
            input.extend(answer.items);
            input.extend(expected.into_iter().map(|id| Item::function_call_output(id, "done")));
        }
        let answer = ask(&model, &input).await.expect("scripted");
        assert_eq!(text(&answer), "It is sunny");

        input.extend(answer.items);
        input.push(Item::user("And tomorrow?"));
        let error = ask(&model, &input).await.expect_err("the script is over");
        assert!(error.message.contains("the script has 3 answers"), "{error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn failures_happen_once_and_before_their_answer() {
    let script = ScriptedModel::new()
        .fails(503)
        .fails_with(429, [("retry-after", "3"), ("x-request-id", "mine")], "<html>")
        .says("here I am")
        .fails(400);
    let server = script.start().await.expect("a port");
    let [model, _] = models(&server);
    let first = [Item::user("hi")];
    let error = ask(&model, &first).await.expect_err("503");
    assert_eq!((error.status, error.message.as_str()), (Some(503), "a failure from the script"));
    let error = ask(&model, &first).await.expect_err("429");
    assert_eq!((error.status, error.retry_after), (Some(429), Some(Duration::from_secs(3))));
    assert_eq!(error.request_id.as_deref(), Some("mine"));
    let answer = ask(&model, &first).await.expect("scripted");
    assert_eq!(text(&answer), "here I am");

    let second = [Item::user("hi"), answer.items[0].clone(), Item::user("again")];
    assert_eq!(ask(&model, &second).await.expect_err("400").status, Some(400));
    assert!(ask(&model, &second).await.expect_err("over").message.contains("the script"));
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn every_kind_of_answer_arrives() {
    let item = json!({"type": "web_search_call", "id": "ws_1", "status": "completed"});
    let broken: std::collections::BTreeMap<Vec<u8>, u8> = [(vec![1], 1)].into();
    let replies = [
        Reply::says_json(&json!({"sky": "blue"})),
        Reply::refuses("no"),
        Reply::raw_call("f", "{not json"),
        Reply::item(item.clone()).and(Reply::says("found")),
        Reply::says("lost").and(Reply::fails(418)),
        Reply::says_json(&broken),
    ];
    let server = ScriptedModel::answering(move |asked| {
        let number: usize = asked.user_text().and_then(|text| text.parse().ok()).expect("a number");
        replies[number].clone()
    });
    let server = server.start().await.expect("a port");
    for model in models(&server) {
        let reply = async |number: usize| ask(&model, &[Item::user(number.to_string())]).await;
        assert_eq!(text(&reply(0).await.expect("JSON")), r#"{"sky":"blue"}"#);
        let refusal = reply(1).await.expect("a refusal");
        assert!(matches!(&refusal.items[0], Item::Message(message) if message.refusal() == Some("no")));
        let call = reply(2).await.expect("a call");
        assert!(matches!(&call.items[0], Item::FunctionCall(call) if call.arguments == "{not json"));
        assert_eq!(text(&reply(3).await.expect("a text")), "found");
        assert_eq!(reply(4).await.expect_err("418").status, Some(418));
        assert!(reply(5).await.expect_err("500").message.contains("says_json"));
    }
    let [responses, _] = models(&server);
    assert_eq!(ask(&responses, &[Item::user("3")]).await.expect("an item").items[0], Item::Other(item));
}

#[tokio::test]
async fn a_test_can_ask_what_was_asked() {
    let server = ScriptedModel::new().says("ok").start().await.expect("a port");
    let tool = ToolDefinition {
        name: "weather".to_owned(),
        description: "d".to_owned(),
        parameters: json!({"type": "object"}),
        strict: true,
    };
    let input =
        vec![Item::user("hi"), Item::function_call("c", "weather", "{}"), Item::function_call_output("c", "sunny")];
    let request = ModelRequest { instructions: Some("Be kind.".to_owned()), tools: [tool].into(), ..asking(&input) };
    for model in models(&server) {
        // One answer is in the conversation already, and the script has no second.
        model.respond(request.clone()).await.expect_err("over");
    }
    server.received(2).await;
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].path, "/v1/responses");
    assert_eq!(requests[1].path, "/v1/chat/completions");
    for asked in &requests {
        assert_eq!(asked.model(), "m");
        assert_eq!(asked.instructions(), Some("Be kind."));
        assert_eq!(asked.tool_names(), ["weather"]);
        assert_eq!(asked.user_text(), Some("hi"));
        assert_eq!(asked.tool_output("c"), Some(&json!("sunny")));
        assert_eq!(asked.tool_output("d"), None);
        assert_eq!(asked.turn(), 1);
        assert_eq!(asked.headers["authorization"], "Bearer scripted");
    }
    assert_eq!(requests[0].input_items().len(), 3);
    assert_eq!(requests[1].input_items().len(), 4);
}

#[tokio::test]
async fn a_silent_model_answers_the_next_attempt_and_goes_away_when_dropped() {
    let server =
        ScriptedModel::new().hangs().delay(Duration::from_millis(200)).says("late").start().await.expect("a port");
    let [model, _] = models(&server);
    let hanging = tokio::spawn({
        let model = Arc::clone(&model);
        async move { ask(&model, &[Item::user("hi")]).await }
    });
    server.received(1).await;
    let started = std::time::Instant::now();
    assert_eq!(text(&ask(&model, &[Item::user("hi")]).await.expect("scripted")), "late");
    assert!(started.elapsed() >= Duration::from_millis(200));
    assert!(!hanging.is_finished());

    drop(server);
    let error = hanging.await.expect("no panic").expect_err("the server is gone");
    assert_eq!(error.class, ModelErrorClass::Connection);
    assert_eq!(ask(&model, &[Item::user("hi")]).await.expect_err("gone").class, ModelErrorClass::Connection);
}

#[tokio::test]
async fn what_the_real_apis_refuse_is_refused() {
    let server = ScriptedModel::new().says("ok").start().await.expect("a port");
    for model in models(&server) {
        for (input, reason) in [
            (vec![Item::user("hi"), Item::function_call("c", "f", "{}")], "the call `c` has no output"),
            (vec![Item::user("hi"), Item::function_call_output("c", "x")], "the output of `c` answers no call"),
        ] {
            let error = ask(&model, &input).await.expect_err("unpaired");
            assert_eq!(error.status, Some(400));
            assert!(error.message.contains(reason), "{error}");
        }
    }
}

fn asked(path: &str, body: Value) -> Asked {
    Asked { path: path.to_owned(), headers: std::collections::BTreeMap::new(), body }
}

#[tokio::test]
async fn a_streamed_answer_is_the_same_answer() {
    let answer =
        Reply::says("It is very sunny.").and(Reply::calls([("book", json!({"a b": "c d"})), ("pay", json!({}))]));
    let server = ScriptedModel::new().answers(answer).start().await.expect("a port");
    for model in models(&server) {
        let told = Arc::new(std::sync::Mutex::new(Vec::new()));
        let heard = {
            let told = Arc::clone(&told);
            Arc::new(move |text: &str| told.lock().expect("not poisoned").push(text.to_owned()))
        };
        let streamed = model.stream(asking(&[Item::user("hi")]), heard).await.expect("an answer");
        let whole = ask(&model, &[Item::user("hi")]).await.expect("an answer");
        assert_eq!(streamed.items, whole.items);
        assert_eq!(streamed.usage.output_tokens, whole.usage.output_tokens);
        assert_eq!(*told.lock().expect("not poisoned"), ["It ", "is ", "very ", "sunny."]);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_is_no_answer() {
    let server = ScriptedModel::answering(|_| Reply::says("It is very sunny.").breaks_after(6)).start().await;
    for model in models(&server.expect("a port")) {
        let error = model.stream(asking(&[Item::user("hi")]), Arc::new(|_: &str| ())).await.expect_err("it breaks");
        assert_eq!(error.class, ModelErrorClass::Connection);
    }
}

#[test]
fn a_chat_wants_outputs_right_behind_their_calls() {
    let user = json!({"role": "user", "content": "hi"});
    let calls = json!({"role": "assistant", "tool_calls": [{"id": "a"}, {"id": "b"}]});
    let output = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": ""});
    for (messages, reason) in [
        (json!([user, calls, output("b"), output("a"), user]), None),
        (json!([user, calls, output("a"), user, output("b")]), Some("the call `b` has no output")),
    ] {
        let body = json!({"model": "m", "messages": messages});
        assert_eq!(super::check::refusal(&asked("/v1/chat/completions", body)).as_deref(), reason);
    }
}

#[test]
fn turns_are_runs_of_what_models_made() {
    let user = json!({"role": "user", "content": "hi"});
    let call = |id: &str| json!({"type": "function_call", "call_id": id, "name": "f", "arguments": "{}"});
    let output = |id: &str| json!({"type": "function_call_output", "call_id": id, "output": ""});
    let reasoning = |id: &str| json!({"type": "reasoning", "id": id});
    let message = json!({"type": "message", "role": "assistant", "content": "hi"});
    for (input, turns) in [
        (json!([]), 0),
        (json!([user]), 0),
        (json!([user, message]), 1),
        (json!([user, reasoning("rs_x"), call("a"), call("b"), output("a"), output("b")]), 1),
        (json!([user, call("a"), output("a"), reasoning("rs_y"), message, user]), 2),
        (json!([user, message, message]), 1),
        // Nothing stands between these, but their ids are ours and differ.
        (json!([user, reasoning("rs_1_1"), call("call_2_1"), output("call_2_1")]), 2),
        (json!([user, reasoning("rs_1_1"), message, call("call_1_2"), output("call_1_2")]), 1),
    ] {
        assert_eq!(asked("/v1/responses", json!({"input": input})).turn(), turns, "{input}");
    }
    let body = json!({"messages": [{"role": "system"}, user, {"role": "assistant"}, {"role": "tool"}, {"role": "tool"}, {"role": "assistant"}]});
    assert_eq!(asked("/v1/chat/completions", body).turn(), 2);
}
