//! How a run behaves, row by row, as users of the OpenAI Agents SDK know it. Each row is one conversation, and it is held
//! twice: in this process and by a workflow, which is replayed afterwards. Both end alike, and both ask the model the very
//! same.
//!
//! What needs more than a conversation has tests of its own: guardrails on outputs and tools (`guardrails`), approvals
//! (`approvals`), inputs, rules and names of handoffs (`handoffs`), retries (`failures`), hooks (`hooks`), budgets
//! (`budgets`), sessions, streaming; strict schemas and HTTP errors have theirs in the runtime.

use crate::server;
use serde_json::{Value, json};
use std::time::Duration;
use steadfast::{
    Judgement, RunError, ToolNotFound, WorkflowError,
    filters::{nest_history, remove_all_tools},
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Found {
    count: u32,
}

/// Says it again.
#[tool]
fn echo(text: String) -> String {
    text
}

/// Counts.
#[tool]
fn count() -> Found {
    Found { count: 3 }
}

/// Fails.
#[tool]
fn fail() -> Result<String, ToolError> {
    Err(ToolError::new("the shop is closed"))
}

/// Fails for good.
#[tool]
fn fatal() -> Result<String, ToolError> {
    Err(ToolError::fatal("the shop has burned down"))
}

/// Takes too long.
#[tool(timeout = "200ms")]
async fn slow() -> u32 {
    tokio::time::sleep(Duration::from_secs(5)).await;
    1
}

/// Takes too long, which is the end.
#[tool(timeout = "200ms", on_error = "fail")]
async fn hasty() -> u32 {
    slow().await
}

/// Translates.
#[agent(model = "m", instructions = "You translate.")]
struct Translator;

#[agent(
    model = "m",
    instructions = "You work.",
    tools = [echo, count, fail, fatal, slow, hasty, Translator],
    handoffs = [Next, Other],
)]
struct Clerk;

/// Goes on.
#[agent(model = "m", instructions = "You go on.", tools = [echo])]
struct Next;

#[agent(model = "m", instructions = "You are another.")]
struct Other;

#[agent(model = "m", instructions = "You must.", tools = [echo, count], tool_choice = "required")]
struct Must;

#[agent(model = "m", instructions = "You count.", tools = [echo], output = Vec<u32>)]
struct Counter;

#[agent(model = "m", instructions = "You find.", output = Found, repair_turns = 1)]
struct Finder;

#[agent(model = "m", instructions = "You stop.", tools = [echo, count], handoffs = [Next], tool_use_behavior = "stop_on_first_tool")]
struct Stopper;

#[agent(model = "m", instructions = "You stop at one.", tools = [echo, count], tool_use_behavior = [count])]
struct StopperAt;

#[agent(model = "m", instructions = "You judge.", output = Judgement)]
struct Judge;

#[agent(model = "m", instructions = "You are watched.", input_guardrails = [Judge], tools = [echo])]
struct Watched;

#[agent(model = "m", instructions = "You forget.", tools = [echo], handoffs = [Next], handoff_filter = remove_all_tools)]
struct Forgetful;

#[agent(model = "m", instructions = "You sum up.", tools = [echo], handoffs = [Next], handoff_filter = nest_history)]
struct Historian;

/// Runs one of the agents, and answers in text.
#[workflow]
async fn behave((agent, row): (String, String)) -> Result<String> {
    Ok(match agent.as_str() {
        "Clerk" => Clerk.run(row).await?.output,
        "lenient Clerk" => Clerk.run(row).tool_not_found(ToolNotFound::TellModel).await?.output,
        "Must" => Must.run(row).await?.output,
        "Counter" => serde_json::to_string(&Counter.run(row).await?.output)?,
        "Finder" => serde_json::to_string(&Finder.run(row).await?.output)?,
        "Stopper" => Stopper.run(row).await?.output,
        "StopperAt" => StopperAt.run(row).await?.output,
        "Watched" => Watched.run(row).await?.output,
        "Forgetful" => Forgetful.run(row).await?.output,
        "Historian" => Historian.run(row).await?.output,
        other => return Err(format!("there is no agent `{other}`").into()),
    })
}

/// A row of the table.
struct Row {
    /// What it shows.
    rule: &'static str,
    agent: &'static str,
    /// What the model answers in each turn.
    script: fn(usize) -> Reply,
    /// The answer, or the error.
    end: Result<&'static str, &'static str>,
    /// What the model was told by its last request: the outputs of its calls.
    told: &'static [&'static str],
    /// What is to be seen in the requests.
    asked: fn(&[Asked]) -> bool,
}

impl Row {
    fn asking(self, asked: fn(&[Asked]) -> bool) -> Self {
        Self { asked, ..self }
    }
}

fn call(name: &str) -> Reply {
    Reply::call(name, json!({}))
}

fn say(text: &str) -> Reply {
    Reply::call("echo", json!({"text": text}))
}

const FAILED: &str = "An error occurred while running the tool. Please try again. Error: the shop is closed";

/// The rows, by the sections of the loop's specification.
#[expect(clippy::too_many_lines, reason = "a table is as long as it has rows")]
fn rows() -> Vec<Row> {
    let row = |rule, agent, script, end, told| Row { rule, agent, script, end, told, asked: |_| true };
    vec![
        // One turn after another.
        row(
            "1 B: a turn is a model call, and there are ten",
            "Clerk",
            |_| call("count"),
            Err("max turns (10) exceeded"),
            &["{\"count\":3}"; 9],
        ),
        row(
            "1 E: tool_choice falls back once a tool was used",
            "Must",
            |turn| [say("a"), Reply::says("done")][turn].clone(),
            Ok("done"),
            &["a"],
        )
        .asking(|asked| asked[0].body["tool_choice"] == "required" && asked[1].body.get("tool_choice").is_none()),
        row(
            "1 G: results are in the order of the calls",
            "Clerk",
            |turn| match turn {
                0 => Reply::calls([("slow", json!({})), ("echo", json!({"text": "b"})), ("count", json!({}))]),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["Tool 'slow' timed out after 0.2 seconds.", "b", "{\"count\":3}"],
        ),
        row(
            "1 H2: a handoff switches, after the tools of its turn",
            "Clerk",
            |turn| match turn {
                0 => call("transfer_to_next").and(say("a")),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["{\"assistant\":\"Next\"}", "a"],
        ),
        row(
            "1 H2: before tool_use_behavior",
            "Stopper",
            |turn| match turn {
                0 => say("a").and(call("transfer_to_next")),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["a", "{\"assistant\":\"Next\"}"],
        ),
        row("1 H3: the first tool's output is the answer", "Stopper", |_| say("a").and(call("count")), Ok("a"), &[]),
        row(
            "1 H3: or that of the first of some",
            "StopperAt",
            |turn| match turn {
                0 => say("a"),
                _ => say("b").and(call("count")),
            },
            Ok("{\"count\":3}"),
            &["a"],
        ),
        row(
            "1 H4: a refusal is an error",
            "Clerk",
            |_| Reply::refuses("I must not"),
            Err("the model refused: I must not"),
            &[],
        ),
        row(
            "1 H4: structured output is parsed from the last message",
            "Counter",
            |_| Reply::says("{\"response\":[1]}").and(Reply::says("{\"response\":[1,2]}")),
            Ok("[1,2]"),
            &[],
        ),
        row(
            "1 H4: what does not parse is an error",
            "Counter",
            |_| Reply::says("one and two"),
            Err("the answer of agent `Counter` is not a valid output: expected value at line 1 column 1"),
            &[],
        ),
        row(
            "1 H4: or asked for again",
            "Finder",
            |turn| match turn {
                0 => Reply::says("three"),
                _ => Reply::says_json(&json!({"count": 3})),
            },
            Ok("{\"count\":3}"),
            &[],
        ),
        row(
            "1 H4: without text the model is asked again",
            "Counter",
            |turn| match turn {
                0 => Reply::says(""),
                _ => Reply::says("{\"response\":[]}"),
            },
            Ok("[]"),
            &[],
        ),
        row(
            "1 H4: plain text is that of the last message",
            "Clerk",
            |_| Reply::says("one").and(Reply::says("two")),
            Ok("two"),
            &[],
        ),
        row("1 H4: nothing at all is an empty answer", "Clerk", |_| Reply::says(""), Ok(""), &[]),
        row(
            "1 H5: text beside calls is not final",
            "Clerk",
            |turn| match turn {
                0 => Reply::says("Let me see.").and(say("a")),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["a"],
        ),
        row(
            "1 H5: what the provider has done is not final",
            "Clerk",
            |turn| match turn {
                0 => Reply::item(json!({"type": "web_search_call", "id": "ws_1", "status": "completed"})),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &[],
        ),
        row(
            "1 C: a guardrail that trips ends the run",
            "Watched",
            |turn| match turn {
                0 => say("a"),
                _ => Reply::says("done"),
            },
            Err("guardrail `judge` has tripped on the input: it is homework"),
            &[],
        ),
        row(
            "1 J: a handoff does not begin to count anew",
            "Clerk",
            |turn| match turn {
                0 => call("transfer_to_next"),
                _ => say("a"),
            },
            Err("max turns (10) exceeded"),
            &["{\"assistant\":\"Next\"}", "a", "a", "a", "a", "a", "a", "a", "a"],
        ),
        // Output items.
        row(
            "2: reasoning goes back before what it precedes",
            "Clerk",
            |turn| match turn {
                0 => Reply::item(json!({"type": "reasoning", "id": "rs_1", "summary": []})).and(say("a")),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["a"],
        )
        .asking(|asked| types(&asked[1]) == ["message", "reasoning", "function_call", "function_call_output"]),
        row(
            "2: an item of an unknown type is kept as it is",
            "Clerk",
            |turn| match turn {
                0 => Reply::item(json!({"type": "dream", "id": "d_1", "about": {"sheep": 1}})).and(say("a")),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["a"],
        )
        .asking(|asked| asked[1].input_items()[1] == json!({"type": "dream", "id": "d_1", "about": {"sheep": 1}})),
        // What is sent.
        row(
            "3: a result is JSON, a string is itself",
            "Clerk",
            |turn| match turn {
                0 => call("count").and(say("{\"a\":1}")),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["{\"count\":3}", "{\"a\":1}"],
        ),
        row(
            "3: what is unset is left out, a string is a message of the user",
            "Must",
            |_| Reply::says("done"),
            Ok("done"),
            &[],
        )
        .asking(|asked| {
            let body = asked[0].body.as_object().expect("an object");
            let input = &body["input"][0];
            !body.contains_key("temperature")
                && body.values().all(|value| !value.is_null())
                && input["role"] == "user"
                && input["content"].as_str().is_some_and(|text| text.starts_with("row "))
        }),
        row(
            "3: an output type is a strict schema, wrapped where it is no object",
            "Counter",
            |_| Reply::says("{\"response\":[]}"),
            Ok("[]"),
            &[],
        )
        .asking(|asked| {
            let format = &asked[0].body["text"]["format"];
            (&format["type"], &format["name"], &format["strict"])
                == (&json!("json_schema"), &json!("final_output"), &json!(true))
                && format["schema"]["required"] == json!(["response"])
        }),
        // Names and default texts.
        row(
            "4: a tool failed",
            "Clerk",
            |turn| match turn {
                0 => call("fail"),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &[FAILED],
        ),
        row(
            "4: a tool failed for good",
            "Clerk",
            |_| call("fatal").and(say("a")),
            Err("tool `fatal` failed: the shop has burned down"),
            &[],
        ),
        row(
            "4: arguments are no JSON",
            "Clerk",
            |turn| match turn {
                0 => Reply::raw_call("echo", "{"),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &[
                "An error occurred while parsing tool arguments. Please try again with valid JSON. Error: EOF while parsing an object at line 1 column 1",
            ],
        ),
        row(
            "4: arguments are no object",
            "Clerk",
            |turn| match turn {
                0 => Reply::raw_call("echo", "[]"),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &[
                "An error occurred while parsing tool arguments. Please try again with valid JSON. Error: expected a JSON object",
            ],
        ),
        row(
            "4: no arguments are an empty object",
            "Clerk",
            |turn| match turn {
                0 => Reply::raw_call("count", ""),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["{\"count\":3}"],
        ),
        row(
            "4: arguments that break the schema",
            "Clerk",
            |turn| match turn {
                0 => Reply::call("echo", json!({"text": 5})),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &[
                "An error occurred while running the tool. Please try again. Error: invalid type: integer `5`, expected a string at /text",
            ],
        ),
        row(
            "4: a timeout is told",
            "Clerk",
            |turn| match turn {
                0 => call("slow"),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["Tool 'slow' timed out after 0.2 seconds."],
        ),
        row(
            "4: or ends the run",
            "Clerk",
            |_| call("hasty"),
            Err("tool `hasty` failed: Tool 'hasty' timed out after 0.2 seconds."),
            &[],
        ),
        row("4: an unknown tool ends the run", "Clerk", |_| call("nap"), Err("Tool nap not found in agent Clerk"), &[]),
        row(
            "4: or is told",
            "lenient Clerk",
            |turn| match turn {
                0 => call("nap"),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["Tool 'nap' not found. Available tools: echo, count, fail, fatal, slow, hasty, translator."],
        ),
        row(
            "4: the first handoff of a turn wins",
            "Clerk",
            |turn| match turn {
                0 => call("transfer_to_other").and(call("transfer_to_next")),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["{\"assistant\":\"Other\"}", "Multiple handoffs detected, ignoring this one."],
        )
        .asking(|asked| asked[1].instructions() == Some("You are another.")),
        row(
            "4: an agent is a tool",
            "Clerk",
            |turn| match turn {
                0 => Reply::call("translator", json!({"input": "Hallo"})),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["Hallo, translated"],
        )
        .asking(|asked| asked[0].tool_names() == TOLD_OF),
        // Handoffs.
        row(
            "5: the next agent sees everything",
            "Clerk",
            |turn| match turn {
                0 => say("a"),
                1 => call("transfer_to_next"),
                _ => Reply::says("done"),
            },
            Ok("done"),
            &["a", "{\"assistant\":\"Next\"}"],
        ),
        row(
            "5: remove_all_tools",
            "Forgetful",
            |turn| match turn {
                0 => say("a"),
                1 => call("transfer_to_next"),
                _ => Reply::says("done"),
            },
            Ok("done, with 1 items"),
            &[],
        ),
        row(
            "5: nest_history",
            "Historian",
            |turn| match turn {
                0 => say("a"),
                1 => call("transfer_to_next"),
                _ => Reply::says("done"),
            },
            Ok("done, with 1 items"),
            &[],
        )
        .asking(|asked| {
            let told = asked[2].input_items()[0]["content"].to_string();
            told.contains("<CONVERSATION HISTORY>") && told.contains("1. user: row ")
        }),
        // Model errors.
        row(
            "7: what a status says will not pass ends the run",
            "Clerk",
            |_| Reply::fails(400),
            Err("the model call failed:"),
            &[],
        ),
        row(
            "7: an exhausted quota is not tried again",
            "Clerk",
            |_| {
                let body = json!({"error": {"message": "You have no money.", "type": "insufficient_quota", "code": "insufficient_quota"}});
                Reply::fails_with(429, [], body.to_string())
            },
            Err("the model call failed:"),
            &[],
        ),
    ]
}

/// What the model of a [`Clerk`] may call: its tools, in their order, then its handoffs.
const TOLD_OF: [&str; 9] =
    ["echo", "count", "fail", "fatal", "slow", "hasty", "translator", "transfer_to_next", "transfer_to_other"];

/// The types of a request's items.
fn types(asked: &Asked) -> Vec<&str> {
    asked.input_items().iter().map(|item| item["type"].as_str().unwrap_or("message")).collect()
}

/// The first thing the user said: which row it is.
fn row_of(asked: &Asked) -> Option<usize> {
    asked.input_items().iter().find_map(|item| item["content"].as_str()?.strip_prefix("row ")?.parse().ok())
}

fn script() -> impl Fn(&Asked) -> Reply + Send + Sync {
    let rows = rows();
    move |asked| {
        let text = asked.user_text().unwrap_or_default();
        match (asked.instructions().unwrap_or_default(), row_of(asked)) {
            ("You translate.", _) => Reply::says(format!("{text}, translated")),
            ("You judge.", _) => Reply::says_json(&json!({"reason": "it is homework", "tripped": true})),
            // What filters have left of the conversation is less than the turns that there were.
            ("You go on.", row) if row.is_none_or(|row| rows[row].agent == "Forgetful") => {
                Reply::says(format!("done, with {} items", asked.input_items().len()))
            }
            (_, Some(row)) => (rows[row].script)(asked.turn()),
            (_, None) => Reply::says("There is no such row."),
        }
    }
}

/// What the model was asked, in the order of the turns: a guardrail runs beside.
fn bodies(asked: &[Asked]) -> Vec<Value> {
    let mut bodies: Vec<Value> = asked.iter().map(|asked| asked.body.clone()).collect();
    bodies.sort_by_key(|body| (body["instructions"] == "You judge.", body["input"].as_array().map(Vec::len)));
    bodies
}

fn told(asked: &[Asked]) -> Vec<String> {
    let last = asked.iter().rfind(|asked| asked.instructions() != Some("You judge."));
    let items = last.map(Asked::input_items).unwrap_or_default();
    items.iter().filter_map(|item| item["output"].as_str()).map(str::to_owned).collect()
}

/// The error, without the id of the request that it came from.
fn parts(error: &RunError) -> (String, Value) {
    let said = error.to_string();
    let without_id = said.split(", request").next().unwrap_or_default().to_owned();
    (without_id, serde_json::to_value(&error.partial).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_is_the_same_inline_and_durably() {
    let model = ScriptedModel::answering(script()).start().await.expect("a port");
    let app = server::app("behaviour").await.workflow(behave).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let mut wrong = Vec::new();
    for (number, Row { rule, agent, end, told: expected, asked, .. }) in rows().into_iter().enumerate() {
        let input = (agent.to_owned(), format!("row {number}"));
        let before = model.requests().len();
        let inline = app.inline(behave(input.clone())).await;
        let between = model.requests().len();
        let run = app.start(behave, input).await.expect("it starts");
        let durable = server::result(&run).await;
        server::replayed(&app, &run).await;
        let requests = model.requests();
        let (here, there) = (&requests[before..between], &requests[between..]);

        // A run that a guardrail stops may have asked its model already, or not yet.
        let is_stopped = agent == "Watched";
        let parts = |error: &RunError| {
            let (said, partial) = parts(error);
            (said, if is_stopped { Value::Null } else { partial })
        };
        let (inline, durable) = match (&inline, &durable) {
            (Ok(inline), Ok(durable)) => (Ok((inline.clone(), Value::Null)), Ok((durable.clone(), Value::Null))),
            (Err(Error::Run(inline)), Err(Error::Workflow(WorkflowError::Failed { run: Some(durable), .. }))) => {
                (Err(parts(inline)), Err(parts(durable)))
            }
            other => panic!("{rule}: {other:?}"),
        };
        let said = match (&inline, end) {
            (Ok((said, _)), Ok(end)) => said == end,
            (Err((said, _)), Err(end)) => said.starts_with(end),
            _ => false,
        };
        if !said || told(here) != expected || !asked(here) {
            wrong.push(format!("{rule}: {inline:?}, told {:?}", told(here)));
        }
        if inline != durable || (!is_stopped && bodies(here) != bodies(there)) {
            wrong.push(format!("{rule}: inline {inline:?}\n  durable {durable:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    worker.stop().await.expect("it stops");
}
