//! What twelve kinds of servers send, from files that say where each shape is from: read whole, and sent back as it has to
//! be. The same files say what each server lacks, and requests are held to that.

use super::{Endpoint, Http, OpenAi, Raw, Step, http};
use crate::model::{
    Item, Model, ModelError, ModelRequest, ModelResponse, ModelSettings, OutputFormat, ToolChoice, ToolDefinition,
    dialect::{Api, NAMES, builtin},
    openai::Timeouts,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

const SCENARIOS: [&str; 12] = [
    "text",
    "tool",
    "parallel_tools",
    "structured_output",
    "refusal",
    "error",
    "stream",
    "stream_tools",
    "reasoning",
    "usage",
    "unknown_field",
    "context_overflow",
];

#[derive(Deserialize)]
struct Fixture {
    api: Api,
    facts: Facts,
    scenarios: BTreeMap<String, Scenario>,
}

#[derive(Deserialize)]
struct Facts {
    base_url: String,
    key_variable: Option<String>,
    key_header: Option<String>,
    max_tokens_field: String,
    structured_output: String,
    unsupported: Map<String, Value>,
}

#[derive(Deserialize)]
struct Scenario {
    source: String,
    status: u16,
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    lines: Option<Vec<String>>,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    text: Option<String>,
    calls: Option<Vec<(String, String)>>,
    call_ids: Option<Vec<String>>,
    refusal: Option<String>,
    usage: Option<Counts>,
    reasoning: Option<String>,
    echo: Option<BTreeMap<String, Value>>,
    error: Option<Failure>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Counts {
    #[serde(rename = "input_tokens")]
    input: u64,
    #[serde(rename = "cached_tokens")]
    cached: u64,
    #[serde(rename = "output_tokens")]
    output: u64,
    #[serde(rename = "reasoning_tokens")]
    reasoning: u64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    class: String,
    code: Option<String>,
    retryable: bool,
    retry_after_ms: Option<u64>,
    status: Option<u16>,
}

fn fixture(name: &str) -> Fixture {
    // The file of the Responses API has a name of its own; the provider is just `openai`.
    let file = if name == "openai" { "openai_responses" } else { name };
    let path = format!("{}/src/model/openai/tests/dialects/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn model(name: &str, url: &str) -> OpenAi {
    let dialect = builtin(name).expect("it is known").expect("a file");
    OpenAi::new(name, Endpoint::new(url).expect("a URL"), &Http::new(Timeouts::default()).expect("a client"), dialect)
}

fn request(scenario: &str) -> ModelRequest {
    let tool = |name: &str| ToolDefinition {
        name: name.to_owned(),
        description: format!("Tells the {name}."),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
            "additionalProperties": false}),
        strict: true,
    };
    let schema = json!({"type": "object", "properties": {"celsius": {"type": "number"}}, "required": ["celsius"],
        "additionalProperties": false});
    let has_tools = scenario.contains("tool") || scenario.contains("reasoning");
    ModelRequest {
        model: "m".to_owned(),
        instructions: Some("You are brief.".to_owned()),
        input: vec![Item::user("What is the weather in Oslo?")].into(),
        tools: if has_tools { [tool("weather"), tool("time")].into() } else { Arc::default() },
        output: (scenario == "structured_output")
            .then(|| Arc::new(OutputFormat { name: "final_output".into(), schema })),
        ..ModelRequest::default()
    }
}

impl Scenario {
    fn served(&self) -> Step {
        let headers = self.headers.iter().map(|(name, value)| (&**name, &**value));
        // The server closes after each answer, and the next request is not to find that out.
        let headers: Vec<(&str, &str)> = headers.chain([("connection", "close")]).collect();
        let body = match (&self.body, &self.lines) {
            (Some(body), _) => body.to_string(),
            (None, Some(lines)) => lines.join("\n") + "\n",
            (None, None) => String::new(),
        };
        Step::Send(http(self.status, &headers, &body))
    }

    fn is_stream(&self) -> bool {
        self.headers.get("content-type").is_some_and(|kind| kind.contains("event-stream"))
    }
}

async fn asked(model: &OpenAi, request: ModelRequest, streams: bool) -> Result<ModelResponse, ModelError> {
    if streams { model.stream(request, Arc::new(|_: &str| {})).await } else { model.respond(request).await }
}

/// The thoughts in an answer, wherever its items have them.
fn reasoning(items: &[Item]) -> Option<String> {
    let thoughts = items.iter().filter_map(|item| match item {
        Item::Other(item) if item["type"] == "reasoning" => Some(item),
        _ => None,
    });
    let parts = thoughts.flat_map(|item| [&item["summary"], &item["content"]]);
    let texts: Vec<&str> =
        parts.filter_map(Value::as_array).flatten().filter_map(|part| part["text"].as_str()).collect();
    (!texts.is_empty()).then(|| texts.concat())
}

fn calls(items: &[Item]) -> Vec<(String, String, String)> {
    let calls = items.iter().filter_map(|item| match item {
        Item::FunctionCall(call) => Some((call.name.clone(), call.arguments.clone(), call.call_id.clone())),
        _ => None,
    });
    calls.collect()
}

/// What is wrong with an answer, by what is expected of it.
fn wrong(expected: &Expected, answer: &ModelResponse) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |what: &str, is: String, should: String| {
        if is != should {
            wrong.push(format!("{what} is {is}, and should be {should}"));
        }
    };
    let refusal = answer.items.iter().find_map(|item| match item {
        Item::Message(message) => message.refusal().map(str::to_owned),
        _ => None,
    });
    let calls = calls(&answer.items);
    compare("text", answer.text(), expected.text.clone().unwrap_or_default());
    compare("refusal", format!("{refusal:?}"), format!("{:?}", expected.refusal));
    let named: Vec<_> = calls.iter().map(|(name, arguments, _)| (name.clone(), arguments.clone())).collect();
    compare("calls", format!("{named:?}"), format!("{:?}", expected.calls.clone().unwrap_or_default()));
    let ids: Vec<_> = calls.iter().map(|(_, _, id)| id.clone()).collect();
    if let Some(expected) = &expected.call_ids {
        compare("ids", format!("{ids:?}"), format!("{expected:?}"));
    }
    let distinct: std::collections::BTreeSet<&String> = ids.iter().filter(|id| !id.is_empty()).collect();
    compare("the number of ids", distinct.len().to_string(), ids.len().to_string());
    if let Some(expected) = &expected.reasoning {
        compare("reasoning", format!("{:?}", reasoning(&answer.items)), format!("{:?}", Some(expected)));
    }
    let usage = answer.usage;
    let counts = Counts {
        input: usage.input_tokens,
        cached: usage.cached_tokens,
        output: usage.output_tokens,
        reasoning: usage.reasoning_tokens,
    };
    if let Some(expected) = &expected.usage {
        compare("usage", format!("{counts:?}"), format!("{expected:?}"));
    }
    wrong
}

fn wrong_error(expected: &Failure, error: &ModelError) -> Option<String> {
    let class = serde_json::to_value(error.class).expect("a name");
    let is = Failure {
        class: class.as_str().unwrap_or_default().to_owned(),
        code: error.code.clone(),
        retryable: error.is_retryable(),
        retry_after_ms: expected
            .retry_after_ms
            .and(error.retry_after)
            .map(|wait| u64::try_from(wait.as_millis()).unwrap_or_default()),
        // Of an error within a stream the status is in the error, or there is none.
        status: expected.status.and(error.status).filter(|status| *status != 200).or(expected.status),
    };
    (is != *expected).then(|| format!("{is:?}, and should be {expected:?}: {error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_each_kind_of_server_sends_is_read_and_sent_back() {
    let (mut cases, mut mistakes) = (0, Vec::new());
    for name in NAMES {
        let Fixture { scenarios, .. } = fixture(name);
        assert!(SCENARIOS.iter().all(|scenario| scenarios.contains_key(*scenario)), "{name} lacks a scenario");
        for (title, scenario) in &scenarios {
            cases += 1;
            assert!(!scenario.source.is_empty(), "{name}, {title}: nobody knows where it is from");
            let server = Raw::start(vec![scenario.served()]).await;
            let (model, first) = (model(name, &server.url), request(title));
            let answer = asked(&model, first.clone(), scenario.is_stream()).await;
            let mut say = |wrong: String| mistakes.push(format!("{name}, {title}: {wrong}"));
            let answer = match (answer, &scenario.expect.error) {
                (Ok(answer), None) => answer,
                (Err(error), Some(expected)) => {
                    wrong_error(expected, &error).into_iter().for_each(say);
                    continue;
                }
                (other, expected) => {
                    say(format!("{other:?}, and should be {expected:?}"));
                    continue;
                }
            };
            wrong(&scenario.expect, &answer).into_iter().for_each(&mut say);
            // The next turn.
            let mut next = first;
            next.input.extend(answer.items.clone());
            for (_, _, id) in calls(&answer.items) {
                next.input.push(Item::function_call_output(id, "cloudy"));
            }
            let _ = asked(&model, next, false).await;
            let seen = server.seen();
            let body = seen[1].split_once("\r\n\r\n").map_or("", |(_, body)| body);
            let sent: Value = serde_json::from_str(body).expect("JSON");
            for (pointer, expected) in scenario.expect.echo.iter().flatten() {
                if sent.pointer(pointer) != Some(expected) {
                    say(format!("{pointer} is sent back as {:?}, and should be {expected}", sent.pointer(pointer)));
                }
            }
        }
    }
    assert!(cases >= 144, "{cases}");
    assert!(mistakes.is_empty(), "{} of {cases}:\n{}", mistakes.len(), mistakes.join("\n"));
}

/// All that can be set.
fn settings(tool_choice: ToolChoice) -> ModelSettings {
    ModelSettings {
        temperature: Some(0.5),
        top_p: Some(0.9),
        max_tokens: Some(99),
        tool_choice: Some(tool_choice),
        parallel_tool_calls: Some(false),
        reasoning: Some("low".into()),
        metadata: Some([("team".to_owned(), "a".to_owned())].into_iter().collect()),
        provider_options: None,
    }
}

/// What is sent to a server where everything is asked for.
async fn sent(name: &str, tool_choice: ToolChoice, scenario: &str) -> Value {
    let server = Raw::sending(500, &[], "").await;
    let request = ModelRequest { settings: settings(tool_choice), ..request(scenario) };
    let _ = asked(&model(name, &server.url), request, false).await;
    let seen = server.seen();
    serde_json::from_str(seen[0].split_once("\r\n\r\n").map_or("", |(_, body)| body)).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_is_sent_what_it_would_ignore_or_refuse() {
    for name in NAMES {
        let Fixture { api, facts, .. } = fixture(name);
        let body = sent(name, ToolChoice::Function("weather".into()), "tool").await;
        assert_eq!(body[&facts.max_tokens_field], 99, "{name}");
        let places = [
            ("temperature", "/temperature"),
            ("top_p", "/top_p"),
            ("tool_choice_function", "/tool_choice/function"),
            ("tool_choice", "/tool_choice"),
            ("parallel_tool_calls", "/parallel_tool_calls"),
            ("reasoning_effort", if api == Api::Responses { "/reasoning" } else { "/reasoning_effort" }),
            ("metadata", "/metadata"),
            ("strict", "/tools/0/function/strict"),
        ];
        for (setting, place) in places {
            let fact = facts.unsupported.get(setting);
            // What holds for some models only is the user's to know; so is what nobody says.
            let lacks = fact.is_some_and(|fact| {
                (fact["how"] == "ignored" || fact["how"] == "refused") && fact.get("models").is_none()
            });
            if lacks && !BY_CONDITION.contains(&(*name, setting)) {
                assert_eq!(body.pointer(place), None, "{name} has no {setting}");
            } else if fact.is_none() && api == Api::ChatCompletions {
                assert!(body.pointer(place).is_some(), "{name} has {setting}");
            }
        }
        let body = sent(name, ToolChoice::Auto, "structured_output").await;
        if api == Api::ChatCompletions {
            let (kind, told) = (body.pointer("/response_format/type"), body["messages"][0]["content"].to_string());
            let expected = match facts.structured_output.as_str() {
                "none" => None,
                how => Some(json!(how)),
            };
            assert_eq!(kind, expected.as_ref(), "{name}");
            assert_eq!(
                told.contains("JSON schema") && told.contains("celsius"),
                kind != Some(&json!("json_schema")),
                "{name}"
            );
        }
    }
}

/// What a server lacks in some mode that nobody here can know of.
const BY_CONDITION: [(&str, &str); 11] = [
    // Only in older versions, or with another option of the server's.
    ("vllm", "tool_choice"),
    ("vllm", "parallel_tool_calls"),
    ("vllm", "reasoning_effort"),
    ("llamacpp", "tool_choice"),
    ("llamacpp", "parallel_tool_calls"),
    // Models that do not reason.
    ("groq", "reasoning_effort"),
    ("ollama", "reasoning_effort"),
    // While it thinks, or where a gateway's host does not.
    ("deepseek", "temperature"),
    ("deepseek", "top_p"),
    ("deepseek", "tool_choice_function"),
    ("openrouter", "strict"),
];

#[test]
fn each_provider_is_where_the_documents_say() {
    for name in NAMES {
        let Fixture { api, facts, .. } = fixture(name);
        let dialect = builtin(name).expect("it is known").expect("a file");
        assert_eq!(dialect.api, api, "{name}");
        let place = |url: &str| url.replace("https://{resource}.openai.azure.com", "{AZURE_OPENAI_ENDPOINT}");
        assert_eq!(dialect.base_url, place(&facts.base_url).replace("{deployment}", "{model}"), "{name}");
        let key = dialect.key.as_ref();
        assert_eq!(key.map(|key| key.variable.clone()), facts.key_variable, "{name}");
        let header = key.and_then(|key| key.header.as_deref()).unwrap_or("Authorization: Bearer");
        assert!(key.is_none() || facts.key_header.as_deref() == Some(header), "{name}");
    }
}
