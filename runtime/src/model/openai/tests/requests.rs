//! The exact JSON that is sent.

use super::{Raw, ask, endpoint, hello};
use crate::{
    model::{
        Item, ModelErrorClass, ModelRequest, ModelSettings, OutputFormat, ToolChoice, ToolDefinition,
        dialect::Bend,
        openai::{Http, OpenAi, Timeouts, chat, responses},
    },
    tool::hosted::{HostedMcp, WebSearch},
};
use serde_json::{Value, json};

fn item(value: Value) -> Item {
    serde_json::from_value(value).expect("any JSON is an item")
}

/// A request that uses everything.
fn full() -> ModelRequest {
    ModelRequest {
        model: "gpt-5.6-luna".to_owned(),
        instructions: Some("Be brief.".to_owned()),
        input: vec![
            Item::user("Weather in Lisbon and Oslo?"),
            item(json!({"type": "reasoning", "id": "rs_1", "summary": []})),
            item(json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                        "content": [{"type": "output_text", "text": "Let me look.", "annotations": []}]})),
            item(
                json!({"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "weather", "status": "completed",
                        "arguments": "{\"city\":\"Lisbon\"}", "chat": {"extra_content": {"google": {"thought_signature": "abc"}}}}),
            ),
            Item::function_call("c2", "weather", ""),
            Item::function_call_output("c1", "sunny"),
            Item::function_call_output("c2", json!({"sky": "grey"})),
            item(json!({"role": "user", "content": [
                {"type": "input_text", "text": "And this?"},
                {"type": "input_image", "image_url": "https://x.example/a.png", "detail": "low"},
                {"type": "input_file", "file_id": "file_1"},
            ]})),
        ].into(),
        tools: [ToolDefinition {
            name: "weather".to_owned(),
            description: String::new(),
            parameters: json!({"type": "object"}),
            strict: true,
        }]
        .into(),
        handoffs: 0,
        hosted: [].into(),
        output: Some(OutputFormat { name: "final_output".into(), schema: json!({"type": "object"}) }.into()),
        settings: ModelSettings {
            temperature: Some(0.5),
            top_p: Some(0.9),
            max_tokens: Some(64),
            tool_choice: Some(ToolChoice::Function("weather".into())),
            parallel_tool_calls: Some(false),
            reasoning: Some("low".into()),
            metadata: Some([("desk".to_owned(), "7".to_owned())].into()),
            provider_options: None,
        },
    }
}

#[test]
fn provider_options_win_over_ours() {
    let mut request = full();
    let options = json!({"temperature": 0.1, "reasoning": {"summary": "auto"}, "reasoning_effort": "high", "seed": 7});
    request.settings.provider_options = options.as_object().cloned();
    let responses = sent_to_responses(&request);
    assert_eq!((&responses["temperature"], &responses["seed"]), (&json!(0.1), &json!(7)));
    assert_eq!(responses["reasoning"], json!({"summary": "auto"}));
    let talkative = json!({"text": {"verbosity": "low"}});
    request.settings.provider_options = talkative.as_object().cloned();
    let text = &sent_to_responses(&request)["text"];
    assert_eq!((&text["verbosity"], &text["format"]["type"]), (&json!("low"), &json!("json_schema")));
    request.settings.provider_options = options.as_object().cloned();
    let chat = sent_to_chat(&request);
    assert_eq!((&chat["temperature"], &chat["reasoning_effort"]), (&json!(0.1), &json!("high")));
    assert_eq!(
        serde_json::to_string(&responses::Body::of(&request, false)).expect("JSON").matches("temperature").count(),
        1
    );
}

fn sent_to_responses(request: &ModelRequest) -> Value {
    serde_json::to_value(responses::Body::of(request, false)).expect("a body serialises")
}

fn sent_to_chat(request: &ModelRequest) -> Value {
    serde_json::to_value(chat::Body::of(request, &request.input.items(), false, &Bend::default()))
        .expect("a body serialises")
}

#[test]
fn responses_gets_every_item_as_it_is_but_for_what_a_chat_has_said() {
    let request = full();
    let mut input = serde_json::to_value(&request.input).expect("JSON");
    assert!(input[3].as_object_mut().expect("a call").remove("chat").is_some());
    let expected = json!({
        "model": "gpt-5.6-luna",
        "instructions": "Be brief.",
        "input": input,
        "tools": [{"type": "function", "name": "weather", "description": "", "parameters": {"type": "object"}, "strict": true}],
        "tool_choice": {"type": "function", "name": "weather"},
        "parallel_tool_calls": false,
        "temperature": 0.5,
        "top_p": 0.9,
        "max_output_tokens": 64,
        "text": {"format": {"type": "json_schema", "name": "final_output", "schema": {"type": "object"}, "strict": true}},
        "reasoning": {"effort": "low"},
        "metadata": {"desk": "7"},
    });
    assert_eq!(sent_to_responses(&request), expected);
}

#[test]
fn chat_gets_one_message_for_each_turn() {
    let expected = json!({
        "model": "gpt-5.6-luna",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Weather in Lisbon and Oslo?"},
            {"role": "assistant", "content": "Let me look.", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Lisbon\"}"},
                 "extra_content": {"google": {"thought_signature": "abc"}}},
                {"id": "c2", "type": "function", "function": {"name": "weather", "arguments": "{}"}},
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
            {"role": "tool", "tool_call_id": "c2", "content": "{\"sky\":\"grey\"}"},
            {"role": "user", "content": [
                {"type": "text", "text": "And this?"},
                {"type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "low"}},
                {"type": "file", "file": {"file_id": "file_1"}},
            ]},
        ],
        "tools": [{"type": "function", "function":
            {"name": "weather", "description": "", "parameters": {"type": "object"}, "strict": true}}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": false,
        "temperature": 0.5,
        "top_p": 0.9,
        "max_completion_tokens": 64,
        "response_format": {"type": "json_schema",
            "json_schema": {"name": "final_output", "schema": {"type": "object"}, "strict": true}},
        "reasoning_effort": "low",
        "metadata": {"desk": "7"},
    });
    assert_eq!(sent_to_chat(&full()), expected);
}

#[test]
fn what_is_unset_is_left_out() {
    assert_eq!(sent_to_responses(&hello()), json!({"model": "m", "input": [{"role": "user", "content": "hi"}]}));
    assert_eq!(sent_to_chat(&hello()), json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}));
}

#[test]
fn tool_settings_need_tools() {
    let request = ModelRequest { tools: [].into(), ..full() };
    for body in [sent_to_responses(&request), sent_to_chat(&request)] {
        assert!(body.get("tool_choice").is_none() && body.get("parallel_tool_calls").is_none(), "{body}");
    }
}

/// Two functions, of which the second is a handoff, and two tools of the provider's.
fn hosting() -> ModelRequest {
    let function = |name: &str| ToolDefinition {
        name: name.to_owned(),
        description: String::new(),
        parameters: json!({}),
        strict: true,
    };
    let mcp = HostedMcp::new("docs", "https://mcp.example.org");
    ModelRequest {
        tools: [function("weather"), function("transfer_to_refunds")].into(),
        handoffs: 1,
        hosted: [WebSearch::new().into(), mcp.into()].into(),
        ..hello()
    }
}

#[test]
fn hosted_tools_stand_between_tools_and_handoffs() {
    let body = sent_to_responses(&hosting());
    let tools = body["tools"].as_array().expect("a list");
    let names: Vec<&Value> = tools.iter().map(|tool| tool.get("name").unwrap_or(&tool["type"])).collect();
    assert_eq!(names, ["weather", "web_search", "mcp", "transfer_to_refunds"]);
    assert_eq!(tools[1], json!({"type": "web_search"}));
    assert_eq!(tools[2], json!({"type": "mcp", "server_label": "docs", "server_url": "https://mcp.example.org"}));
}

#[test]
fn hosted_tools_alone_can_be_chosen() {
    for (choice, sent) in [
        (ToolChoice::Hosted("web_search".into()), json!({"type": "web_search"})),
        (ToolChoice::Hosted("mcp".into()), json!({"type": "mcp", "server_label": "docs"})),
        (ToolChoice::Required, json!("required")),
    ] {
        let settings = ModelSettings { tool_choice: Some(choice), parallel_tool_calls: Some(true), ..hello().settings };
        let body = sent_to_responses(&ModelRequest { tools: [].into(), handoffs: 0, settings, ..hosting() });
        assert_eq!((&body["tool_choice"], &body["parallel_tool_calls"]), (&sent, &json!(true)));
    }
}

#[test]
fn chat_refuses_hosted_tools() {
    chat::Body::check(&full()).expect("there are none");
    let error = chat::Body::check(&hosting()).expect_err("it has no words for them");
    assert_eq!(error.class, ModelErrorClass::Configuration);
    assert!(!error.is_retryable() && error.message.contains("the agent lists `web_search`"), "{error}");
}

#[test]
fn tool_choices_are_words_but_for_a_function() {
    for (choice, word) in [(ToolChoice::Auto, "auto"), (ToolChoice::Required, "required"), (ToolChoice::None, "none")] {
        let mut request = full();
        request.settings.tool_choice = Some(choice);
        assert_eq!(sent_to_responses(&request)["tool_choice"], word);
        assert_eq!(sent_to_chat(&request)["tool_choice"], word);
    }
}

#[test]
fn chat_never_puts_a_message_between_calls_and_outputs() {
    let request = ModelRequest {
        input: vec![
            Item::function_call("a", "f", "{}"),
            Item::assistant("one"),
            Item::assistant("two"),
            Item::function_call_output("a", json!([{"type": "input_text", "text": "done"}])),
            Item::function_call_output("a", json!([{"type": "input_image", "image_url": "u"}])),
            item(json!({"role": "developer", "content": "Hurry."})),
            Item::refusal("no"),
        ]
        .into(),
        ..hello()
    };
    assert_eq!(
        sent_to_chat(&request)["messages"],
        json!([
            {"role": "assistant", "content": "one\ntwo",
             "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "done"}]},
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "[1 image, see below]"}]},
            {"role": "user", "content": [
                {"type": "text", "text": "Output of the tool call a:"},
                {"type": "image_url", "image_url": {"url": "u"}},
            ]},
            {"role": "system", "content": "Hurry."},
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
        ])
    );
}

#[test]
fn chat_says_what_is_text_and_shows_the_rest_behind_all_outputs() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let image = json!({"type": "input_image", "image_url": "u", "detail": "high"});
    let file = json!({"type": "input_file", "file_data": "d", "filename": "n"});
    let shown_image = json!({"type": "image_url", "image_url": {"url": "u", "detail": "high"}});
    let shown_file = json!({"type": "file", "file": {"file_data": "d", "filename": "n"}});
    // An output, what its message says, and what is shown behind the turn.
    let cases = [
        (json!("sunny"), json!("sunny"), vec![]),
        (json!([{"type": "input_text", "text": "a"}]), json!([text("a")]), vec![]),
        (
            json!([{"type": "input_text", "text": "a"}, image, {"type": "output_text", "text": "b"}]),
            json!([text("a"), text("b"), text("[1 image, see below]")]),
            vec![shown_image.clone()],
        ),
        (json!([image, image]), json!([text("[2 images, see below]")]), vec![shown_image.clone(), shown_image.clone()]),
        (
            json!([file, image, file]),
            json!([text("[1 image and 2 files, see below]")]),
            vec![shown_file.clone(), shown_image, shown_file],
        ),
        (
            json!([{"type": "input_file", "file_id": "f"}]),
            json!([text("[1 file, see below]")]),
            vec![json!({"type": "file", "file": {"file_id": "f"}})],
        ),
        // What the API has no place for.
        (
            json!([{"type": "input_image", "file_id": "f"}]),
            json!([text("[an image, uploaded as f, that cannot be shown here]")]),
            vec![],
        ),
        (json!([{"type": "input_file", "file_url": "u"}]), json!([text("[a file, at u]")]), vec![]),
        // What only looks like parts.
        (json!([]), json!("[]"), vec![]),
        (json!([1]), json!("[1]"), vec![]),
        (json!([["input_image"]]), json!("[[\"input_image\"]]"), vec![]),
        (json!([{"type": "input_text"}]), json!("[{\"type\":\"input_text\"}]"), vec![]),
        (json!([image, {"type": "x"}]), json!(json!([image, {"type": "x"}]).to_string()), vec![]),
    ];
    for (output, said, shown) in cases {
        // Two calls at once, with a thought between their outputs, then two turns of one call each.
        let request = ModelRequest {
            input: vec![
                Item::function_call("a", "f", "{}"),
                Item::function_call("b", "f", "{}"),
                Item::function_call_output("a", output.clone()),
                item(json!({"type": "reasoning", "id": "rs_1", "summary": []})),
                Item::function_call_output("b", output.clone()),
                Item::function_call("c", "f", "{}"),
                Item::function_call_output("c", output.clone()),
                Item::user("And?"),
            ]
            .into(),
            ..hello()
        };
        let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
        let answer = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": said});
        let behind = |ids: &[&str]| {
            let introduced =
                |id: &&str| [vec![text(&format!("Output of the tool call {id}:"))], shown.clone()].concat();
            let content: Vec<Value> = ids.iter().flat_map(introduced).collect();
            (!shown.is_empty()).then(|| json!({"role": "user", "content": content}))
        };
        let expected: Vec<Value> = [
            Some(json!({"role": "assistant", "tool_calls": [call("a"), call("b")]})),
            Some(answer("a")),
            Some(answer("b")),
            behind(&["a", "b"]),
            Some(json!({"role": "assistant", "tool_calls": [call("c")]})),
            Some(answer("c")),
            behind(&["c"]),
            Some(json!({"role": "user", "content": "And?"})),
        ]
        .into_iter()
        .flatten()
        .collect();
        assert_eq!(sent_to_chat(&request)["messages"], json!(expected), "{output}");
        // The other API takes it as it is.
        assert_eq!(sent_to_responses(&request)["input"][2]["output"], output);
    }
}

#[tokio::test]
async fn the_request_goes_to_its_route_with_its_headers() {
    let http = Http::new(Timeouts::default()).expect("a client");
    for (is_chat, route) in [(false, "POST /v1/responses HTTP/1.1"), (true, "POST /v1/chat/completions HTTP/1.1")] {
        let server = Raw::sending(500, &[], "").await;
        // The slash at the end must not become two.
        let endpoint =
            endpoint(&format!("{}/", server.url)).with_header("openai-organization", "org-1").expect("an id");
        let model =
            if is_chat { OpenAi::chat_completions(endpoint, &http) } else { OpenAi::responses(endpoint, &http) };
        ask(model).await.expect_err("it answers 500");
        let seen = server.seen();
        assert_eq!(seen.len(), 1);
        let request = seen[0].to_lowercase();
        assert!(seen[0].starts_with(route), "{request}");
        for header in [
            "authorization: bearer sk-secret-0123456789",
            "openai-organization: org-1",
            "content-type: application/json",
        ] {
            assert!(request.contains(header), "{request}");
        }
        assert!(!request.contains("openai-project"), "{request}");
    }
}

#[tokio::test]
async fn no_key_sends_no_authorization() {
    let server = Raw::sending(500, &[], "").await;
    let endpoint = super::Endpoint::new(&server.url).expect("a URL");
    let model = OpenAi::responses(endpoint, &Http::new(Timeouts::default()).expect("a client"));
    ask(model).await.expect_err("it answers 500");
    assert!(!server.seen()[0].to_lowercase().contains("authorization"));
}
