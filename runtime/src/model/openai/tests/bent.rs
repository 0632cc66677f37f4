//! How requests are bent for one provider, where no table says it: routes, headers, formats, warnings.

use super::{Endpoint, Http, OpenAi, Raw, hello};
use crate::model::{
    Item, Model, ModelRequest, ModelSettings, OutputFormat, Provider, Providers, ToolChoice, ToolDefinition,
    dialect::builtin, openai::Timeouts,
};
use serde_json::{Value, json};
use std::{
    io::Write,
    sync::{Arc, Mutex},
};

fn model(name: &str, url: &str) -> OpenAi {
    let dialect = builtin(name).expect("it is known").expect("a file");
    OpenAi::new(name, Endpoint::new(url).expect("a URL"), &Http::new(Timeouts::default()).expect("a client"), dialect)
}

fn said(text: &str) -> String {
    json!({"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}).to_string()
}

fn body(seen: &str) -> Value {
    serde_json::from_str(seen.split_once("\r\n\r\n").map_or("", |(_, body)| body)).expect("JSON")
}

#[tokio::test]
async fn azure_has_a_route_for_each_deployment_and_a_header_of_its_own() {
    let server = Raw::sending(200, &[("connection", "close")], &said("hi")).await;
    let host = server.url.trim_end_matches("/v1").to_owned() + "/";
    let env = |name: &str| match name {
        "AZURE_OPENAI_ENDPOINT" => Some(host.clone()),
        "AZURE_OPENAI_API_KEY" => Some("azure-secret-0123456789".to_owned()),
        _ => None,
    };
    let providers = Providers::default();
    for (asked, route) in [
        ("azure/my gpt", "POST /openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21 HTTP/1.1"),
        ("azure_v1/my-gpt", "POST /openai/v1/responses HTTP/1.1"),
    ] {
        let (client, name) = providers.resolve_in(asked, &env).expect("all is set");
        let _ = client.respond(ModelRequest { model: name, ..hello() }).await;
        let seen = server.seen().pop().expect("a request");
        assert!(seen.starts_with(route), "{seen}");
        assert!(seen.contains("api-key: azure-secret-0123456789") && !seen.contains("Bearer"), "{seen}");
    }
    // Streams go the same way.
    let (client, name) = providers.resolve_in("azure/gpt", &env).expect("all is set");
    let _ = client.stream(ModelRequest { model: name, ..hello() }, Arc::new(|_: &str| {})).await;
    assert!(server.seen().pop().expect("a request").starts_with("POST /openai/deployments/gpt/"));
}

#[tokio::test]
async fn a_file_describes_a_provider_and_its_models() {
    let server = Raw::sending(200, &[("connection", "close")], &said("hi")).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.toml");
    let text = format!(
        "api = \"chat_completions\"\nbase_url = \"{}\"\nmax_tokens = \"max_tokens\"\n[models]\n\"gpt\" = \"mine-large\"\n\
         [headers]\nx-team = \"{{TEAM}}\"\nx-other = \"{{OTHER}}\"\n[query]\nv = \"7\"\n",
        server.url
    );
    std::fs::write(&path, text).expect("a file");
    let mut providers = Providers::default();
    providers.add("openai", Provider::file(&path));
    let env = |name: &str| (name == "TEAM").then(|| "a".to_owned());
    let (client, name) = providers.resolve_in("gpt", &env).expect("it is described");
    let settings = ModelSettings { max_tokens: Some(5), ..ModelSettings::default() };
    client.respond(ModelRequest { model: name, settings, ..hello() }).await.expect("an answer");
    let seen = server.seen().pop().expect("a request");
    assert!(seen.starts_with("POST /v1/chat/completions?v=7 "), "{seen}");
    assert!(seen.contains("x-team: a") && !seen.contains("x-other"), "{seen}");
    assert_eq!((&body(&seen)["model"], &body(&seen)["max_tokens"]), (&json!("mine-large"), &json!(5)));
}

#[tokio::test]
async fn whoever_has_no_schemas_is_told_in_words() {
    let server = Raw::sending(200, &[("connection", "close")], &said("```json\n{\"celsius\": 9}\n```")).await;
    let format = OutputFormat { name: "final_output".into(), schema: json!({"title": "Weather"}) };
    let tool = ToolDefinition { name: "f".into(), description: String::new(), parameters: json!({}), strict: true };
    let typed = ModelRequest { output: Some(Arc::new(format)), ..hello() };
    let with_tool = ModelRequest { tools: [tool].into(), ..typed.clone() };
    for (name, request, kind) in [
        ("anthropic", &typed, Value::Null),
        ("deepseek", &typed, json!("json_object")),
        ("groq", &typed, json!("json_schema")),
        ("groq", &with_tool, Value::Null),
    ] {
        let answer = model(name, &server.url).respond(request.clone()).await.expect("an answer");
        let body = body(&server.seen().pop().expect("a request"));
        assert_eq!(body["response_format"]["type"], kind, "{name}");
        let is_told = body["messages"][0]["content"].to_string().contains("JSON schema");
        assert_eq!(is_told, kind != "json_schema", "{name}");
        let expected = if is_told { "{\"celsius\": 9}" } else { "```json\n{\"celsius\": 9}\n```" };
        assert_eq!(answer.text(), expected, "{name}");
    }
}

#[tokio::test]
async fn what_one_server_has_thought_is_no_others_business() {
    let thought = json!({"choices": [{"message": {"role": "assistant", "content": "hi", "reasoning_content": "hm", "mark": 7},
        "finish_reason": "stop"}]});
    let server = Raw::sending(200, &[("connection", "close")], &thought.to_string()).await;
    let first = super::chat(&server.url, Timeouts::default());
    let answer = first.respond(hello()).await.expect("an answer");
    let mut next = hello();
    next.input.extend(answer.items);
    next.input.push(Item::user("and now?"));
    for (model, mark) in [(first, json!(7)), (model("groq", &server.url), Value::Null)] {
        model.respond(next.clone()).await.expect("an answer");
        let message = body(&server.seen().pop().expect("a request"))["messages"][1].clone();
        assert_eq!((&message["content"], &message["mark"]), (&json!("hi"), &mark));
        assert_eq!(message.get("reasoning_content"), None, "thoughts are only for those who want them");
    }
    let _ = super::responses(&server.url, Timeouts::default()).respond(next).await;
    let input = body(&server.seen().pop().expect("a request"))["input"].clone();
    let kinds: Vec<&str> = input.as_array().expect("a list").iter().filter_map(|item| item["role"].as_str()).collect();
    assert_eq!(kinds, ["user", "assistant", "user"], "{input}");
    assert!(!input.to_string().contains("mark"), "{input}");
}

#[tokio::test]
async fn thoughts_that_stand_in_a_text_are_not_told_as_text() {
    let chunk = |delta: Value| format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": delta}]}));
    let thinks = json!({"google": {"thought": true}});
    let stream = [
        chunk(json!({"content": "<thought>One.", "extra_content": thinks})),
        chunk(json!({"content": " Two.", "extra_content": thinks})),
        chunk(json!({"content": "</thought>Yes"})),
        chunk(json!({"content": ", <thought>."})),
        format!("data: {}\n\n", json!({"choices": [{"delta": {}, "finish_reason": "stop"}]})),
        "data: [DONE]\n\n".to_owned(),
    ];
    let server =
        Raw::sending(200, &[("content-type", "text/event-stream"), ("connection", "close")], &stream.concat()).await;
    let told = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&told);
    let hear = move |text: &str| heard.lock().expect("not poisoned").push_str(text);
    let answer = model("gemini", &server.url).stream(hello(), Arc::new(hear)).await.expect("an answer");
    assert_eq!(
        (answer.text().as_str(), told.lock().expect("not poisoned").as_str()),
        ("Yes, <thought>.", "Yes, <thought>.")
    );
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_is_left_out_is_warned_about_once() {
    let server = Raw::sending(200, &[("connection", "close")], &said("hi")).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _logged = tracing::subscriber::set_default(subscriber);
    let model = model("ollama", &server.url);
    let settings = ModelSettings {
        tool_choice: Some(ToolChoice::Required),
        metadata: Some([("team".to_owned(), "a".to_owned())].into_iter().collect()),
        ..ModelSettings::default()
    };
    for _ in 0..3 {
        model.respond(ModelRequest { settings: settings.clone(), ..hello() }).await.expect("an answer");
    }
    let text = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
    for setting in ["`tool_choice`", "`metadata`"] {
        let warning = format!("the provider `ollama` does without {setting}: it ignores that");
        assert_eq!(text.matches(&warning).count(), 1, "{text}");
    }
}
