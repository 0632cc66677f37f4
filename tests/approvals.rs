//! Calls that wait until somebody has approved them.

use crate::{
    human_in_the_loop::{begin, decide, shop},
    server,
};
use serde_json::json;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use steadfast::{
    Approval, Decision, DecisionError, Handle, Interrupted, Target,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// What was paid.
#[derive(Clone, Default)]
struct Paid(Arc<Mutex<Vec<u32>>>);

impl Paid {
    fn all(&self) -> Vec<u32> {
        self.0.lock().expect("nobody panics").clone()
    }
}

/// Pays a bill.
#[tool(approval = over_a_hundred)]
fn pay(euros: u32, to: String, paid: State<Paid>) -> String {
    paid.0.lock().expect("nobody panics").push(euros);
    format!("{to} has {euros} euros")
}

#[derive(Deserialize)]
struct Sum {
    euros: u32,
}

fn over_a_hundred(call: &Sum) -> bool {
    call.euros > 100
}

/// Closes the account.
#[tool(approval(deadline = "1s"))]
fn close(account: String, paid: State<Paid>) -> String {
    paid.0.lock().expect("nobody panics").push(0);
    account
}

/// Pays what it is asked to.
#[agent(model = "m", instructions = "You are the cashier.", tools = [pay])]
struct Cashier;

#[agent(model = "m", instructions = "You are the clerk.", tools = [pay, close, Cashier])]
struct Clerk;

#[workflow]
async fn serve(wish: String) -> Result<String> {
    Ok(Clerk.run(&wish).await?.output)
}

/// Does what the customer says, and then says what it was told.
fn clerk(asked: &Asked) -> Reply {
    let bill = |euros: u32| ("pay", json!({"euros": euros, "to": "Ann\u{1b}[2K"}));
    match (asked.turn(), asked.user_text().unwrap_or_default()) {
        (0, "pay") => Reply::calls([bill(500), bill(50), bill(700)]),
        (0, "badly") => Reply::call("pay", json!({"euros": "a lot", "to": "Ann"})),
        (0, "close") => Reply::call("close", json!({"account": "7"})),
        (0, "cashier") => Reply::call("cashier", json!({"input": "pay"})),
        _ => {
            let told: Vec<&str> = asked.input_items().iter().filter_map(|item| item["output"].as_str()).collect();
            Reply::says(told.join(" | "))
        }
    }
}

async fn app(name: &str) -> (App, ModelServer, Paid) {
    let model = ScriptedModel::answering(clerk).start().await.expect("a port");
    let paid = Paid::default();
    let app = server::app(name).await.workflow(serve).state(paid.clone()).provider("openai", model.provider());
    (app, model, paid)
}

/// The approvals that are waited for, once there are so many.
pub(crate) async fn waiting(run: &Handle<String>, count: usize) -> Vec<Approval> {
    let began = Instant::now();
    loop {
        let approvals = run.approvals().await.expect("a worker answers");
        if approvals.len() == count {
            return approvals;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{approvals:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_for_a_decision_and_outlives_its_worker() {
    let (app, model, paid) = app("approvals").await;
    let worker = server::worker(&app).await;
    let run = app.start(serve, "pay".to_owned()).await.expect("it starts");
    let approvals = waiting(&run, 2).await;
    let [first, second] = approvals.as_slice() else { panic!("{approvals:?}") };
    assert_eq!((&*first.agent, &*first.tool, first.call_id.as_deref()), ("Clerk", "pay", Some("call_1_1")));
    assert_eq!(first.arguments, json!({"euros": 500, "to": "Ann\u{1b}[2K"}));
    assert_eq!(second.arguments["euros"], 700);
    assert!(first.to_string().ends_with(r#"`pay` with {"euros":500,"to":"Ann\u001b[2K"}"#), "{first}");
    assert_ne!(first.id, second.id);
    // What needs no approval was done meanwhile, and the model is not asked again before all is decided.
    let began = Instant::now();
    while paid.all() != [50] {
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", paid.all());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    worker.stop().await.expect("it stops");

    let worker = server::worker(&app).await;
    assert_eq!(waiting(&run, 2).await, approvals, "another worker asks for the same");
    let refused = |error: Error, why: &str| assert!(error.to_string().contains(why), "{error}");
    let nameless = run.decide(first, Decision::approve(" ")).await.expect_err("nobody says so");
    refused(nameless, "`by` is empty");
    let mut forged = first.clone();
    forged.id = format!("{:032x}", 1);
    refused(run.decide(&forged, Decision::approve("eve")).await.expect_err("nobody asked"), "is waited for");
    let decided = run.decide(second, Decision::reject("bob").message("Too much.")).await.expect("it is waited for");
    assert!(!decided.approved && decided.at.is_some(), "{decided:?}");
    assert_eq!((decided.by.as_str(), &decided.id), ("bob", &second.id));
    assert_eq!(waiting(&run, 1).await, approvals[..1]);
    refused(run.decide(second, Decision::approve("eve")).await.expect_err("it is too late"), "is waited for");
    assert_eq!(model.requests().len(), 1);
    run.decide(first, Decision::approve("ann")).await.expect("it is waited for");

    let told = server::result(&run).await.expect("it ends well");
    assert_eq!(told, "Ann\u{1b}[2K has 500 euros | Ann\u{1b}[2K has 50 euros | Too much.");
    assert_eq!(paid.all(), [50, 500]);
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.activities(), ["steadfast.model", "pay", "pay", "steadfast.model"]);
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_called_agents_calls_are_approved_where_all_others_are() {
    let (app, _model, paid) = app("approvals-within").await;
    let worker = server::worker(&app).await;
    let run = app.start(serve, "cashier".to_owned()).await.expect("it starts");
    for approval in waiting(&run, 2).await {
        assert_eq!(approval.agent, "Cashier");
        run.decide(&approval, Decision::reject("bob")).await.expect("it is waited for");
    }
    let told = server::result(&run).await.expect("it ends well");
    let not_approved = "Tool execution was not approved.";
    assert_eq!(told, format!("{not_approved} | Ann\u{1b}[2K has 50 euros | {not_approved}"));
    assert_eq!(paid.all(), [50]);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_decides_in_time_is_denied() {
    let (app, _model, paid) = app("approvals-late").await;
    let worker = server::worker(&app).await;
    let run = app.start(serve, "close".to_owned()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "Nobody has approved it in time.");
    assert!(paid.all().is_empty());
    server::replayed(&app, &run).await;
    // In time it is done, and no timer is left.
    let run = app.start(serve, "close".to_owned()).await.expect("it starts");
    let approval = waiting(&run, 1).await.remove(0);
    assert!(approval.deadline.is_some());
    run.decide(&approval, Decision::approve("ann")).await.expect("it is waited for");
    assert_eq!(server::result(&run).await.expect("it ends well"), "7");
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn busy(wish: String) -> Result<String> {
    let (waiting, busy) = workflow::join!(Clerk.run(&wish), Clerk.run("busy").max_turns(100));
    Ok(format!("{} / {}", waiting?.output, busy?.turns))
}

/// The same, with another run that takes forty turns.
fn busy_clerk(asked: &Asked) -> Reply {
    match (asked.turn(), asked.user_text().unwrap_or_default()) {
        (0..40, "busy") => Reply::call("pay", json!({"euros": 1, "to": "Ben"})),
        (_, "busy") => Reply::says("all paid"),
        _ => clerk(asked),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_is_waited_for_holds_up_nothing_else() {
    let model = ScriptedModel::answering(busy_clerk).start().await.expect("a port");
    let paid = Paid::default();
    let app = server::app("approvals-busy").await.target(Target::address(server::impatient().await));
    let app = app.workflow(busy).state(paid.clone()).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(busy, "pay".to_owned()).await.expect("it starts");
    let began = Instant::now();
    while model.requests().len() < 42 {
        assert!(began.elapsed() < Duration::from_mins(1), "the other run goes on: {}", model.requests().len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Which the same run of the workflow still waits for, however long its history is by now.
    for approval in waiting(&run, 2).await {
        run.decide(&approval, Decision::approve("ann")).await.expect("it is waited for");
    }
    let ended = server::result(&run).await.expect("it ends well");
    assert!(ended.ends_with("has 700 euros / 41"), "{ended}");
    assert_eq!((paid.all().len(), model.requests().len()), (43, 43), "nothing was done twice");
    server::all_replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_process_the_caller_says_who_decides() {
    let (app, model, paid) = app("approvals-inline").await;
    let decide = |approval: Approval| async move {
        if approval.arguments["euros"] == 500 { Decision::approve("ann") } else { Decision::reject("ann") }
    };
    paid.0.lock().expect("nobody panics").clear();
    let run = app.inline(async { Clerk.run("pay").on_approval(decide).await }).await.expect("it ends well");
    assert!(run.output.ends_with("has 50 euros | Tool execution was not approved."), "{}", run.output);
    let mut all = paid.all();
    all.sort_unstable();
    assert_eq!(all, [50, 500]);

    // Arguments that the rule cannot read are for somebody to look at as well.
    let asked = model.requests().len();
    let run = app.inline(async { Clerk.run("badly").on_approval(decide).await }).await.expect("it ends well");
    assert_eq!((run.output.as_str(), model.requests().len() - asked), ("Tool execution was not approved.", 2));
}

/// Through JSON, as a database would have it.
fn kept(error: RunError) -> Interrupted {
    let waiting = error.into_interrupted().expect("it waits");
    serde_json::from_value(serde_json::to_value(&waiting).expect("it is data")).expect("it is data")
}

#[tokio::test(flavor = "multi_thread")]
async fn in_process_a_run_is_interrupted_and_resumed() {
    let (app, model, paid) = app("interrupted").await;
    let error = app.inline(async { Clerk.run("pay").await }).await.expect_err("nobody is there");
    assert_eq!(error.kind.code(), "Interrupted");
    assert!(
        error
            .to_string()
            .starts_with(r#"the run waits for approvals: agent `Clerk` wants to call `pay` with {"euros":500"#),
        "{error}"
    );
    assert_eq!(paid.all(), [50], "what needs no approval is done");
    let mut waiting = kept(error);
    let approvals = waiting.approvals();
    let [first, second] = approvals.as_slice() else { panic!("{approvals:?}") };
    assert_ne!(first.id, second.id);

    let nameless = waiting.decide(first, Decision::approve(" "));
    assert_eq!(nameless, Err(DecisionError::Nameless));
    let mut forged = first.clone();
    forged.id.replace_range(0..1, "x");
    assert_eq!(waiting.decide(&forged, Decision::approve("eve")), Err(DecisionError::Unknown { id: forged.id }));
    waiting.decide(first, Decision::approve("ann")).expect("it waits");
    let again = waiting.decide(first, Decision::reject("eve"));
    assert_eq!(again, Err(DecisionError::Decided { by: "ann".to_owned() }), "the first holds");

    // One is made, the other still waits; no model is asked.
    let error = app.inline(async { Clerk.resume(waiting).await }).await.expect_err("one is undecided");
    assert_eq!((paid.all(), model.requests().len()), (vec![50, 500], 1));
    let mut waiting = kept(error);
    assert_eq!(waiting.approvals().as_slice(), std::slice::from_ref(second), "it is the very same");
    waiting.decide(second, Decision::reject("bob").message("Too much.")).expect("it waits");
    let run = app.inline(async { Clerk.resume(waiting).await }).await.expect("all is decided");
    assert_eq!(run.output, "Ann\u{1b}[2K has 500 euros | Ann\u{1b}[2K has 50 euros | Too much.");
    assert_eq!((paid.all(), model.requests().len()), (vec![50, 500], 2), "nothing is done twice");
    assert_eq!((run.turns, run.usage.requests, run.items().len()), (2, 2, 3 + 3 + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outermost_run_waits_for_the_agents_that_it_has_called() {
    let (app, model, paid) = app("interrupted-within").await;
    let error = app.inline(async { Clerk.run("cashier").await }).await.expect_err("nobody is there");
    assert_eq!((error.partial.last_agent.as_str(), error.partial.usage.requests), ("Clerk", 2));
    let mut waiting = kept(error);
    let approvals = waiting.approvals();
    assert_eq!(approvals.iter().map(|approval| &*approval.agent).collect::<Vec<_>>(), ["Cashier", "Cashier"]);
    // What is decided for one is decided for all of the tool.
    waiting.decide(&approvals[1], Decision::approve("ann").always()).expect("it waits");
    assert_eq!(waiting.approvals(), []);
    let error = app.inline(async { Cashier.resume(waiting.clone()).await }).await.expect_err("it was another");
    assert_eq!(error.to_string(), "the run was begun with agent `Clerk`, and only that can go on with it");
    let run = app.inline(async { Clerk.resume(waiting).await }).await.expect("all is decided");
    assert!(run.output.contains("has 500 euros | ") && run.output.contains("has 700 euros"), "{}", run.output);
    assert_eq!((paid.all().len(), model.requests().len(), run.usage.requests), (3, 4, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_too_long_is_told_so() {
    let (app, _model, paid) = app("interrupted-late").await;
    let error = app.inline(async { Clerk.run("close").await }).await.expect_err("nobody is there");
    let mut waiting = kept(error);
    let approvals = waiting.approvals();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(waiting.decide(&approvals[0], Decision::approve("ann")), Err(DecisionError::Late));
    let run = app.inline(async { Clerk.resume(waiting).await }).await.expect("the deadline has decided");
    assert_eq!((run.output.as_str(), paid.all()), ("Nobody has approved it in time.", vec![]));
}

/// Whoever must not be paid.
#[guardrail]
async fn not_eve(input: String) -> Verdict {
    tokio::time::sleep(Duration::from_millis(200)).await;
    if input.contains("badly") { Verdict::trip("that is badly put") } else { Verdict::Pass }
}

/// A clerk whose first payment is the answer.
#[agent(
    model = "m",
    tools = [pay],
    input_guardrails = [not_eve],
    tool_use_behavior = "stop_on_first_tool",
)]
struct Hasty;

#[workflow]
async fn hastily(wish: String) -> Result<String> {
    Ok(Hasty.run(&wish).await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn guardrails_have_their_say_before_a_run_waits_and_a_rejection_is_no_answer() {
    let (app, _model, paid) = app("interrupted-guarded").await;
    let app = app.workflow(hastily);
    let error = app.inline(async { Hasty.run("badly").await }).await.expect_err("it is tripped");
    assert_eq!(error.kind.code(), "GuardrailTripped");
    let error = app.inline(async { Hasty.run("pay").await }).await.expect_err("nobody is there");
    let mut waiting = kept(error);
    for approval in waiting.approvals() {
        waiting.decide(&approval, Decision::reject("ann")).expect("it waits");
    }
    // The one that was made is the answer, and not the rejection of the one before it.
    let run = app.inline(async { Hasty.resume(waiting).await }).await.expect("all is decided");
    assert_eq!((run.output.as_str(), paid.all()), ("Ann\u{1b}[2K has 50 euros", vec![50]));
}

/// Pays, and pays again.
fn again_and_again(asked: &Asked) -> Reply {
    match asked.turn() {
        turn @ 0..3 => Reply::call("pay", json!({"euros": 200 + turn, "to": "Ann"})),
        _ => Reply::says("Paid."),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_for_a_tool_holds_to_the_end_of_the_run() {
    let model = ScriptedModel::answering(again_and_again).start().await.expect("a port");
    let paid = Paid::default();
    let app = server::app("always").await.workflow(serve).state(paid.clone()).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(serve, "again".to_owned()).await.expect("it starts");
    let approvals = waiting(&run, 1).await;
    run.decide(&approvals[0], Decision::approve("ann").always()).await.expect("it waits");
    assert_eq!(server::result(&run).await.expect("it ends well"), "Paid.");
    assert_eq!(paid.all(), [200, 201, 202]);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");

    let error = app.inline(async { Clerk.run("again").await }).await.expect_err("nobody is there");
    let mut waiting = kept(error);
    let approvals = waiting.approvals();
    waiting.decide(&approvals[0], Decision::reject("ann").always()).expect("it waits");
    let run = app.inline(async { Clerk.resume(waiting).await }).await.expect("all is decided");
    assert_eq!((run.output.as_str(), run.turns, paid.all().len()), ("Paid.", 4, 3));
}

#[workflow]
async fn resumed(waiting: Interrupted) -> Result<String> {
    Ok(Clerk.resume(waiting).await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_goes_on_with_what_was_begun_without_one() {
    let (app, model, paid) = app("moved").await;
    let app = app.workflow(resumed);
    let worker = server::worker(&app).await;
    let error = app.inline(async { Clerk.run("pay").await }).await.expect_err("nobody is there");
    let mut begun = kept(error);
    begun.decide(&begun.approvals()[0], Decision::approve("ann")).expect("it waits");
    let run = app.start(resumed, begun).await.expect("it starts");
    let approvals = waiting(&run, 1).await;
    run.decide(&approvals[0], Decision::approve("bob")).await.expect("it waits");
    let answer = server::result(&run).await.expect("it ends well");
    assert!(answer.contains("has 500 euros") && answer.contains("has 700 euros"), "{answer}");
    let mut all = paid.all();
    all.sort_unstable();
    assert_eq!((all, model.requests().len()), (vec![50, 500, 700], 2));
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_goes_on_in_another_process_when_somebody_has_decided() {
    let file = std::env::temp_dir().join(format!("steadfast-{}-waiting.json", std::process::id()));
    for (decision, end) in [
        (Decision::approve("ann"), "120 euros are on their way for order 8"),
        (Decision::reject("ann"), "Tool execution was not approved."),
    ] {
        let (app, _model) = shop().await.expect("a port");
        let waits = begin(&app, &file).await.expect("it waits");
        assert!(waits.contains(r#"agent `Desk` wants to call `refund` with {"order":8,"euros":120}"#), "{waits}");
        drop(app);
        let (app, _model) = shop().await.expect("a port");
        let answer = decide(&app, &file, &decision).await.expect("it ends well");
        assert!(answer.contains("20 euros are on their way for order 7") && answer.contains(end), "{answer}");
        assert!(decide(&app, &file, &decision).await.expect_err("it is over").to_string().contains("nothing waits"));
    }
}
