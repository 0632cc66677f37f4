//! Handoffs with something to say: an input for the next agent, a tool that is called on the way, a name, a filter, a rule.

use crate::server;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use steadfast::{
    Approval, Decision, Handle, RunErrorKind, Target, Turn, WorkflowError,
    filters::{HandoffInput, remove_all_tools},
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// What was noted, in order.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("nobody panics"))
    }
}

/// Looks something up.
#[tool]
fn look_up(order: u32) -> String {
    format!("order {order}: 12 euros")
}

/// Notes the reason, for the books.
#[tool(effects = [books])]
fn note(
    /// Why the customer is to be paid.
    #[schemars(length(min = 3))]
    reason: String,
    urgent: Option<bool>,
    notes: State<Notes>,
) -> Result<(), ToolError> {
    match reason.as_str() {
        "whatever" => Err(ToolError::new("no reason at all")),
        "fraud" => Err(ToolError::fatal("call the police")),
        _ => {
            notes.0.lock().expect("nobody panics").push(format!("{reason} {urgent:?}"));
            Ok(())
        }
    }
}

struct Supervisors {
    asked: Mutex<Vec<String>>,
}

#[tool]
impl Supervisors {
    /// Asks a supervisor.
    #[tool(approval)]
    fn ask(&self, about: String) {
        self.asked.lock().expect("nobody panics").push(about);
    }
}

#[agent(
    model = "m",
    instructions = "You take calls.",
    max_turns = 100,
    tools = [look_up],
    grants = [books],
    handoffs = [
        handoff(Refunds { way: self.way.clone() }, name = "refund_by_card", on_handoff = note, filter = remove_all_tools),
        handoff(Refunds { way: "voucher".to_owned() }, name = "refund_by_voucher", description = "Gives a voucher."),
        handoff(Complaints, on_handoff = Supervisors::ask, enabled = once_looked_up),
    ],
    handoff_filter = brief,
)]
struct Desk {
    way: String,
}

/// Pays back.
#[agent(model = "m", instructions = "You refund by {way}.", tools = [look_up])]
struct Refunds {
    way: String,
}

/// Listens.
#[agent(model = "m", instructions = "You listen.")]
struct Complaints;

fn once_looked_up(turn: &Turn<'_>) -> bool {
    turn.has_used_tools
}

/// The question and the handoff.
fn brief(handoff: &mut HandoffInput<'_>) {
    let items = handoff.conversation.items();
    handoff.conversation = [&items[..1], &items[items.len() - 2..]].concat().into();
}

/// The desk's calls are in the question, a line for each turn; whoever comes after it says who they are and what they see.
fn script(asked: &Asked) -> Reply {
    let text = asked.user_text().unwrap_or_default().to_owned();
    let role = asked.instructions().unwrap_or_default().to_owned();
    let calls: Calls = serde_json::from_str(&text).unwrap_or_default();
    let told: Vec<&str> = asked.input_items().iter().filter_map(|item| item["output"].as_str()).collect();
    match calls.get(told.len()) {
        Some((name, arguments)) if role == "You take calls." => Reply::raw_call(name, arguments),
        Some((name, arguments)) if name == "look_up" && role.ends_with("voucher.") => Reply::raw_call(name, arguments),
        _ => Reply::says(format!("{role} {}", told.join(" | "))),
    }
}

/// The functions that a model calls, with what it gives them.
type Calls = Vec<(String, String)>;

#[workflow]
async fn call_in(calls: Calls) -> Result<String> {
    Ok(Desk { way: "card".to_owned() }.run(serde_json::to_string(&calls)?).await?.output)
}

fn calls(calls: &[(&str, &str)]) -> Calls {
    calls.iter().map(|(name, arguments)| ((*name).to_owned(), (*arguments).to_owned())).collect()
}

async fn app(name: &str) -> (App, ModelServer, Notes) {
    let model = ScriptedModel::answering(script).start().await.expect("a port");
    let notes = Notes::default();
    let app =
        server::app(name).await.workflow(call_in).state(notes.clone()).state(Supervisors { asked: Mutex::default() });
    (app.provider("openai", model.provider()), model, notes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_stands_or_falls_with_what_is_called_on_the_way() {
    let (app, _model, notes) = app("handoffs").await;
    let worker = server::worker(&app).await;
    let by_card = r#"{"reason": "late", "urgent": true}"#;
    let handed_over = r#"{"assistant":"Refunds"}"#;
    let failed = "An error occurred while running the tool. Please try again. Error:";
    let mistaken = format!("{failed} \"ab\" is shorter than 3 characters at /reason");
    // What the desk calls, how the answer begins, and what was noted.
    let table: Vec<(Calls, String, &[&str])> = vec![
        // The handoff's own filter goes before the agent's: nothing but messages.
        (calls(&[("refund_by_card", by_card)]), "You refund by card. ".into(), &["late Some(true)"]),
        // The agent's is there for the others.
        (
            calls(&[("look_up", r#"{"order": 7}"#), ("refund_by_voucher", "")]),
            format!("You refund by voucher. {handed_over}"),
            &[],
        ),
        (
            calls(&[("refund_by_card", r#"{"reason": "whatever", "urgent": null}"#)]),
            format!("You take calls. {failed} no reason at all"),
            &[],
        ),
        (
            calls(&[("refund_by_card", r#"{"reason": "ab", "urgent": 1}"#), ("refund_by_card", by_card)]),
            "You refund by card. ".into(),
            &["late Some(true)"],
        ),
        (calls(&[("refund_by_card", r#"{"reason": "ab"}"#)]), format!("You take calls. {mistaken}"), &[]),
        (
            calls(&[("refund_by_card", r#"{"reason": "#)]),
            "You take calls. An error occurred while parsing tool arguments. Please try again with valid JSON.".into(),
            &[],
        ),
    ];
    for (calls, answer, noted) in table {
        let inline = app.inline(call_in(calls.clone())).await.expect("it ends well");
        let noted_inline = notes.take();
        let run = app.start(call_in, calls.clone()).await.expect("it starts");
        let durable = server::result(&run).await.expect("it ends well");
        server::replayed(&app, &run).await;
        assert!(inline.starts_with(&answer), "{calls:?}: {inline}");
        assert_eq!((durable, notes.take()), (inline, noted_inline.clone()), "{calls:?}");
        assert_eq!(noted_inline, noted, "{calls:?}");
    }
    let fatal = calls(&[("refund_by_card", r#"{"reason": "fraud", "urgent": null}"#)]);
    let kind = RunErrorKind::ToolFatal { tool: "note".into(), message: "call the police".into() };
    let Err(Error::Run(inline)) = app.inline(call_in(fatal.clone())).await else { panic!("it ends with an error") };
    assert_eq!(inline.kind, kind);
    let run = app.start(call_in, fatal).await.expect("it starts");
    let Err(Error::Workflow(WorkflowError::Failed { run: Some(durable), .. })) = server::result(&run).await else {
        panic!("it ends with an error")
    };
    assert_eq!(durable.kind, kind);
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_told_of_a_handoff_what_it_says_of_itself() {
    let (app, model, _) = app("handoffs-told").await;
    let asked = calls(&[("look_up", r#"{"order": 7}"#), ("look_up", r#"{"order": 8}"#)]);
    app.inline(call_in(asked)).await.expect("it ends well");
    let requests = model.requests();
    assert_eq!(requests[0].tool_names(), ["look_up", "refund_by_card", "refund_by_voucher"]);
    assert_eq!(requests[1].tool_names(), ["look_up", "refund_by_card", "refund_by_voucher", "transfer_to_complaints"]);
    let tools = requests[1].body["tools"].as_array().expect("a list").clone();
    let parameters = json!({
        "type": "object",
        "properties": {
            "reason": {"type": "string", "minLength": 3, "description": "Why the customer is to be paid."},
            "urgent": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        },
        "required": ["reason", "urgent"],
        "additionalProperties": false,
    });
    let described = |tool: &Value| tool["description"].as_str().map(str::to_owned);
    assert_eq!(described(&tools[1]).as_deref(), Some("Handoff to the Refunds agent to handle the request. Pays back."));
    assert_eq!((&tools[1]["parameters"], &tools[1]["strict"]), (&parameters, &json!(true)));
    assert_eq!(described(&tools[2]).as_deref(), Some("Gives a voucher."));
    assert_eq!(tools[2]["parameters"]["properties"], json!({}));
    assert_eq!(tools[3]["parameters"]["required"], json!(["about"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_offered_is_no_handoff() {
    let (app, _model, _) = app("handoffs-closed").await;
    let error = app.inline(call_in(calls(&[("transfer_to_complaints", r#"{"about": "all"}"#)]))).await;
    let Err(Error::Run(error)) = error else { panic!("{error:?}") };
    let kind = RunErrorKind::ToolNotFound { tool: "transfer_to_complaints".into(), agent: "Desk".into() };
    assert_eq!(error.kind, kind);
}

async fn approval<T>(run: &Handle<T>) -> Approval {
    let began = Instant::now();
    loop {
        if let Some(approval) = run.approvals().await.expect("it answers").pop() {
            return approval;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "nothing waits for approval");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_waits_for_whoever_approves_it() {
    let (app, _model, _) = app("handoffs-approved").await;
    let worker = server::worker(&app).await;
    let asked = calls(&[("look_up", r#"{"order": 7}"#), ("transfer_to_complaints", r#"{"about": "all of it"}"#)]);
    let ends = [
        (Decision::approve("ann"), r#"You listen. {"assistant":"Complaints"}"#),
        (Decision::reject("bob").message("Not today."), "You take calls. order 7: 12 euros | Not today."),
    ];
    for (decision, end) in ends {
        let run = app.start(call_in, asked.clone()).await.expect("it starts");
        let waiting = approval(&run).await;
        assert_eq!((waiting.tool.as_str(), &waiting.arguments["about"]), ("ask", &json!("all of it")));
        run.decide(&waiting, decision.clone()).await.expect("it is waited for");
        assert_eq!(server::result(&run).await.expect("it ends well"), end);
        server::replayed(&app, &run).await;

        // In this process the run ends, and goes on from what it has left.
        let asked = serde_json::to_string(&asked).expect("JSON");
        let desk = Desk { way: "card".to_owned() };
        let began = app.inline(desk.run(asked)).await.expect_err("it waits");
        let RunErrorKind::Interrupted { run } = began.kind else { panic!("{began}") };
        let mut run = *run;
        let waiting = run.approvals().pop().expect("one waits");
        run.decide(&waiting, decision).expect("it is waited for");
        assert_eq!(app.inline(desk.resume(run)).await.expect("it ends well").output, end);
    }
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_was_handed_over_to_is_the_same_in_the_next_history() {
    let (app, _model, _) = app("handoffs-long").await;
    let app = app.target(Target::address(server::impatient().await));
    let worker = server::worker(&app).await;
    let mut asked = calls(&[("refund_by_voucher", "{}")]);
    asked.extend(calls(&[("look_up", r#"{"order": 7}"#)]).into_iter().cycle().take(20));
    let run = app.start(call_in, asked).await.expect("it starts");
    let end = server::result(&run).await.expect("it ends well");
    assert!(end.starts_with("You refund by voucher."), "{end}");
    assert!(server::all_replayed(&app, &run).await.len() > 1, "it goes on over several histories");
    worker.stop().await.expect("it stops");
}
