//! Tools that run at the model's provider: what is asked for, and what comes back.

use crate::{approvals::waiting, server};
use serde_json::{Value, json};
use steadfast::{
    Decision, RunErrorKind,
    model::{ModelErrorClass, Provider},
    prelude::*,
    testing::{AnsweringModel, Reply, ScriptedModel},
    tool::hosted::{CodeInterpreter, FileSearch, HostedMcp, WebSearch},
};

/// Current weather in a city.
#[tool]
fn weather(city: String) -> String {
    format!("clear over {city}")
}

/// Pays orders back.
#[agent(model = "m")]
struct Refunds;

#[agent(
    model = "m",
    tools = [
        WebSearch,
        weather,
        FileSearch::new(["vs_1"]).max_results(5),
        CodeInterpreter,
        HostedMcp::new("docs", "https://mcp.example.org").authorization(token()).never_ask(),
    ],
    handoffs = [Refunds],
    tool_choice = WebSearch,
)]
struct Researcher;

fn token() -> String {
    "a token of somebody".to_owned()
}

#[workflow]
async fn research(question: String) -> Result<String> {
    Ok(Researcher.run(question).await?.output)
}

/// One search that comes with no message, a call of a function beside another search, and the answer.
fn searches() -> ScriptedModel {
    let search = |id: &str| {
        Reply::item(json!({"type": "web_search_call", "id": id, "status": "completed",
            "action": {"type": "search", "query": "Lisbon"}}))
    };
    ScriptedModel::new()
        .answers(search("ws_1_1").and(Reply::call("weather", json!({"city": "Lisbon"}))))
        .answers(search("ws_2_1").and(Reply::says("It is clear.")))
}

fn assert_asked(first: &Value, second: &Value) {
    let tools = first["tools"].as_array().expect("a list");
    let names: Vec<&Value> = tools.iter().map(|tool| tool.get("name").unwrap_or(&tool["type"])).collect();
    assert_eq!(names, ["weather", "web_search", "file_search", "code_interpreter", "mcp", "transfer_to_refunds"]);
    assert_eq!(tools[2], json!({"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 5}));
    assert_eq!(tools[4]["authorization"], token());
    assert_eq!(first["tool_choice"], json!({"type": "web_search"}));
    assert_eq!(second.get("tool_choice"), None, "the agent has used a tool");
    assert_eq!(second["tools"], first["tools"]);
    let input = second["input"].as_array().expect("a list");
    let search = input.iter().find(|item| item["type"] == "web_search_call").expect("it is kept");
    assert_eq!(search["action"], json!({"type": "search", "query": "Lisbon"}), "as it was");
}

#[tokio::test]
async fn the_provider_is_asked_for_its_tools() {
    let model = searches().start().await.expect("a port");
    let app = App::new("research").agent::<Researcher>().provider("openai", model.provider());
    app.validate().expect("the Responses API has hosted tools");
    let run = app.inline(Researcher.run("How is Lisbon?")).await.expect("it ends well");
    assert_eq!(run.output, "It is clear.");
    let items = serde_json::to_value(&run.conversation).expect("a conversation is JSON");
    let kinds: Vec<&Value> = items.as_array().expect("a list").iter().map(|item| &item["type"]).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "web_search_call").count(), 2, "{kinds:?}");
    let requests = model.requests();
    assert_eq!(requests.len(), 2);
    assert_asked(&requests[0].body, &requests[1].body);
}

#[tokio::test]
async fn a_search_counts_as_the_use_of_a_tool_but_is_no_answer() {
    let search = json!({"type": "web_search_call", "id": "ws_1_1", "status": "completed"});
    let model = ScriptedModel::answering(move |asked| match asked.input_items().len() {
        1 => Reply::item(search.clone()),
        _ => Reply::says("Found."),
    });
    let model = model.start().await.expect("a port");
    let app = App::new("research").provider("openai", model.provider());
    let run = app.inline(Researcher.run("How is Lisbon?")).await.expect("it ends well");
    assert_eq!(run.output, "Found.");
    let requests = model.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].body.get("tool_choice"), None);
}

#[tokio::test]
async fn chat_completions_has_none() {
    let chat = || Provider::chat_completions("http://127.0.0.1:9/v1");
    let app = App::new("research").provider("openai", chat());
    let error = app.inline(Researcher.run("How is Lisbon?")).await.expect_err("it is not even sent");
    let RunErrorKind::Model(error) = error.kind else { panic!("{error}") };
    assert_eq!(error.class, ModelErrorClass::Configuration);
    assert!(error.message.contains("the agent lists `web_search`"), "{error}");

    let error = app.agent::<Researcher>().validate().expect_err("it cannot start");
    assert_eq!(error.problems.len(), 4, "{error}");
    let begin = "agent `Researcher` lists the hosted tool `web_search`, and `m` is reached by Chat Completions";
    assert!(error.problems[0].starts_with(begin), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_searches_once_and_keeps_tokens_out_of_its_history() {
    let model = searches().start().await.expect("a port");
    let app = server::app("research").await.workflow(research).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(research, "How is Lisbon?".to_owned()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "It is clear.");
    let history = server::replayed(&app, &run).await;
    let requests = model.requests();
    assert_eq!(requests.len(), 2, "a replay asks for nothing again");
    assert_asked(&requests[0].body, &requests[1].body);
    let json = String::from_utf8(history.to_json().expect("it has been read")).expect("JSON is text");
    assert!(!json.contains(&token()));
    worker.stop().await.expect("it stops");
}

#[agent(model = "m", tools = [weather, HostedMcp::new("docs", "https://mcp.example.org").always_ask()])]
struct Secretary;

#[workflow]
async fn assist(wish: String) -> Result<String> {
    Ok(Secretary.run(wish).await?.output)
}

/// Asks for two calls of a server's, beside one of its own, and says what was decided.
fn asks() -> AnsweringModel {
    ScriptedModel::answering(|asked| {
        let decided = asked.input_items().iter().filter(|item| item["type"] == "mcp_approval_response");
        let decided: Vec<String> = decided.map(Value::to_string).collect();
        if !decided.is_empty() {
            return Reply::says(decided.join(" "));
        }
        let call = |id: &str, name: &str| {
            Reply::item(json!({"type": "mcp_approval_request", "id": id, "server_label": "docs", "name": name,
                "arguments": "{\"page\":\"a\\u001bb\"}"}))
        };
        call("mcpr_1_1", "read").and(Reply::call("weather", json!({"city": "Oslo"}))).and(call("mcpr_1_2", "delete"))
    })
}

const DECIDED: &str = "{\"type\":\"mcp_approval_response\",\"approval_request_id\":\"mcpr_1_1\",\"approve\":true} \
     {\"type\":\"mcp_approval_response\",\"approval_request_id\":\"mcpr_1_2\",\"approve\":false,\"reason\":\"Keep it.\"}";

fn decision(tool: &str) -> Decision {
    match tool {
        "docs.read" => Decision::approve("ann"),
        _ => Decision::reject("ann").message("Keep it."),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_mcp_server_asks_for_waits_for_a_decision_here_and_durably() {
    let model = asks().start().await.expect("a port");
    let app = server::app("assist").await.workflow(assist).provider("openai", model.provider());

    let interrupted = app.inline(Secretary.run("Tidy up.")).await.expect_err("nobody is asked");
    assert_eq!(interrupted.kind.code(), "Interrupted");
    let mut left = interrupted.into_interrupted().expect("it waits");
    for approval in left.approvals() {
        assert_eq!(approval.arguments, json!({"page": "a\u{1b}b"}));
        left.decide(&approval, decision(&approval.tool)).expect("it waits");
    }
    let run = app.inline(Secretary.resume(left)).await.expect("it ends well");
    assert_eq!(run.output, DECIDED);
    assert_eq!(run.items().iter().filter(|item| matches!(item, steadfast::model::Item::FunctionCall(_))).count(), 1);

    let worker = server::worker(&app).await;
    let run = app.start(assist, "Tidy up.".to_owned()).await.expect("it starts");
    for approval in waiting(&run, 2).await {
        run.decide(&approval, decision(&approval.tool)).await.expect("it is waited for");
    }
    assert_eq!(server::result(&run).await.expect("it ends well"), DECIDED);
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.activities(), ["steadfast.model", "weather", "steadfast.model"], "the server's are not ours");
    worker.stop().await.expect("it stops");
}
