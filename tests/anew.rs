//! Workflows that say themselves when they go on as a new run, and with what.

use crate::server;
use futures::future::join_all;
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use steadfast::{
    Error, Target, WorkflowError,
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
    workflow::{child, continue_as_new, continue_as_new_suggested, signal, sleep, uuid},
};

/// Adds one.
#[tool]
fn step(n: u32) -> u32 {
    n + 1
}

/// Where a count has got to, and the ids that it has met.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Count {
    n: u32,
    runs: u32,
    ids: BTreeSet<String>,
}

#[workflow]
async fn leaf(n: u32) -> u32 {
    n
}

/// Counts to a hundred, a few at a time.
#[workflow]
async fn count(so_far: Count) -> Result<Count> {
    let mut count = Count { runs: so_far.runs + 1, ..so_far };
    count.ids.insert(uuid().to_string());
    let leaf = child(leaf, count.n).parent_close(workflow::ParentClose::Abandon).start().await?;
    count.ids.insert(leaf.id().to_owned());
    while count.n < 100 {
        if continue_as_new_suggested() {
            return continue_as_new(self::count, count).await;
        }
        count.n = step::call(count.n).await?;
    }
    Ok(count)
}

async fn impatient(name: &str) -> App {
    App::new(name).target(Target::address(server::impatient().await))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_goes_round_in_many_runs_with_nothing_but_its_input() {
    let app = impatient("anew-count").await.workflow(count).workflow(leaf);
    let worker = server::worker(&app).await;
    let run = app.start(count, Count::default()).await.expect("it starts");
    let counted = server::result(&run).await.expect("it ends well");
    let histories = server::all_replayed(&app, &run).await;
    assert_eq!((counted.n, counted.runs as usize), (100, histories.len()));
    assert!(histories.len() > 5, "{}", histories.len());
    for history in &histories {
        assert!(history.events().len() < 90, "it leaves as soon as it is told to: {:?}", history.events());
    }
    // Neither chance nor the numbers of children begin again.
    assert_eq!(counted.ids.len(), 2 * histories.len());
    worker.stop().await.expect("it stops");

    let inline = app.inline(async { step::call(1).await }).await.expect("tools run here too");
    assert_eq!(inline, 2);
    let over = app.inline(relay(3)).await.expect("it goes on right here");
    assert_eq!(over, "carol after 0");
}

/// Goes on as itself, and then as another workflow.
#[workflow]
async fn relay(left: u32) -> Result<String> {
    match left {
        0 => continue_as_new(carol, 0).await,
        left => continue_as_new(relay, left - 1).await,
    }
}

/// Ends what another has begun.
#[workflow]
async fn carol(left: u32) -> Result<String> {
    Ok(format!("carol after {left}"))
}

/// Takes words until it is told `over`, each in a run of its own.
#[workflow]
async fn words(so_far: Vec<String>) -> Result<Vec<String>> {
    let mut words = so_far;
    let word: String = signal("word").await?;
    if word == "over" {
        return Ok(words);
    }
    words.push(word);
    continue_as_new(self::words, words).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workflow_takes_over_and_signals_go_along() {
    let app = server::app("anew-relay").await.workflow(relay).workflow(carol).workflow(words);
    let worker = server::worker(&app).await;
    let run = app.start(relay, 2).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "carol after 0");
    assert_eq!(run.describe().await.expect("it is there").workflow.workflow, "carol");
    assert_eq!(server::all_replayed(&app, &run).await.len(), 4);

    let run = app.start(words, Vec::new()).await.expect("it starts");
    let said: Vec<String> = (0..30).map(|n| format!("word {n}")).collect();
    for word in &said {
        run.signal("word", word).await.expect("it is taken");
    }
    run.signal("word", &"over").await.expect("it is taken");
    assert_eq!(server::result(&run).await.expect("it ends well"), said);
    assert_eq!(server::all_replayed(&app, &run).await.len(), 31);
    worker.stop().await.expect("it stops");
}

/// Points that a customer collects, for ever.
#[derive(Default)]
struct Points {
    kept: Kept,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    points: u32,
    looked_up: u32,
    runs: u32,
    is_over: bool,
}

#[workflow]
impl Points {
    #[init]
    fn new(kept: Kept) -> Self {
        Self { kept: Kept { runs: kept.runs + 1, ..kept } }
    }

    #[run]
    async fn collect(points: WorkflowContext<Self>) -> Result<Kept> {
        points.until(|points| points.kept.is_over || continue_as_new_suggested()).await;
        if points.state(|points| points.kept.is_over) {
            points.handlers_finished().await;
            return Ok(points.state(|points| points.kept.clone()));
        }
        points.continue_as_new(Self::collect, |points| points.kept.clone()).await
    }

    #[signal]
    fn add(&mut self, n: u32) {
        self.kept.points += n;
    }

    /// Takes its time.
    #[signal]
    async fn look_up(points: WorkflowContext<Self>) {
        sleep(Duration::from_millis(5)).await;
        if let Ok(n) = step::call(0).await {
            points.state_mut(|points| points.kept.looked_up += n);
        }
    }

    #[update]
    async fn redeem(points: WorkflowContext<Self>, n: u32) -> Result<u32> {
        step::call(n).await?;
        Ok(points.state_mut(|points| {
            points.kept.points -= n;
            points.kept.points
        }))
    }

    #[signal]
    fn end(&mut self) {
        self.kept.is_over = true;
    }

    #[query]
    fn balance(&self) -> u32 {
        self.kept.points
    }

    #[query]
    fn looked_up(&self) -> u32 {
        self.kept.looked_up
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_handlers_do_is_lost_between_two_runs() {
    let app = impatient("anew-points").await.workflow(Points::collect);
    let worker = server::worker(&app).await;
    let points = app.start(Points::collect, Kept::default()).await.expect("it starts");
    let points = &points;
    points.add(1000).await.expect("it is taken");
    for round in 1..=4 {
        join_all((0..8).map(async |_| {
            for _ in 0..5 {
                points.add(2).await.expect("it is taken");
                points.look_up().await.expect("it is taken");
            }
            points.redeem(1).await.expect("it is done");
        }))
        .await;
        // Between two rounds there is a moment without handlers.
        let handled = async { while points.looked_up().await.expect("it answers") < round * 8 * 5 {} };
        tokio::time::timeout(Duration::from_secs(30), handled).await.expect("every signal has its handler");
    }
    let left = 1000 + 4 * 8 * (5 * 2 - 1);
    assert_eq!(points.balance().await.expect("it answers"), left);
    points.end().await.expect("it is taken");
    let kept: Kept = server::result(points).await.expect("it ends well");
    let histories = server::all_replayed(&app, points).await;
    assert_eq!(Kept { runs: 0, ..kept }, Kept { points: left, looked_up: 4 * 8 * 5, runs: 0, is_over: true });
    assert!(kept.runs > 2 && kept.runs as usize <= histories.len(), "{kept:?} in {}", histories.len());
    worker.stop().await.expect("it stops");
}

/// Cannot go on with what it wants to.
#[workflow]
async fn too_much(_: String) -> Result<()> {
    continue_as_new(too_much, "x".repeat(3 << 20)).await
}

#[workflow]
async fn nowhere() -> Result<String> {
    continue_as_new(carol, 0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_go_on_fails_and_says_why() {
    let app = server::app("anew-refused").await.workflow(too_much).workflow(nowhere);
    let worker = server::worker(&app).await;
    let failed = |error: Error| match error {
        Error::Workflow(WorkflowError::Failed { code, message, .. }) => format!("{code:?}: {message}"),
        other => panic!("{other:?}"),
    };
    let run = app.start(too_much, String::new()).await.expect("it starts");
    let said = failed(server::result(&run).await.expect_err("it is too much"));
    assert!(said.contains("`too_much` cannot go on as a new run of `too_much`: its input is 3145730 bytes"), "{said}");
    let run = app.start(nowhere, ()).await.expect("it starts");
    let said = failed(server::result(&run).await.expect_err("nobody runs it"));
    assert!(said.contains("no worker of this app runs that; add `.workflow(..)`"), "{said}");
    worker.stop().await.expect("it stops");
}

/// Loses what its handlers do.
#[derive(Default)]
struct Careless;

#[workflow]
impl Careless {
    #[run]
    async fn run(_: WorkflowContext<Self>) -> Result<()> {
        sleep(Duration::from_millis(1)).await;
        continue_as_new(Self::run, ()).await
    }

    #[signal]
    fn nothing(&mut self) {}
}

/// The same, with an update that was answered.
#[derive(Default)]
struct CarelessToo(u32);

#[workflow]
impl CarelessToo {
    #[run]
    async fn run(careless: WorkflowContext<Self>) -> Result<()> {
        careless.until(|careless| careless.0 > 0).await;
        continue_as_new(Self::run, ()).await
    }

    #[update]
    fn add(&mut self) {
        self.0 += 1;
    }
}

/// Waits for itself.
#[derive(Default)]
struct Itself;

#[workflow]
impl Itself {
    #[run]
    async fn run(itself: WorkflowContext<Self>) -> Result<()> {
        itself.until(|_| false).await;
        Ok(())
    }

    #[signal]
    async fn nothing(itself: WorkflowContext<Self>) {
        itself.continue_as_new(Self::run, |_| ()).await.ok();
    }
}

static COUNTED: AtomicU32 = AtomicU32::new(0);

fn counted() -> u32 {
    COUNTED.fetch_add(1, Ordering::Relaxed)
}

/// Is not the same again, and only in what it goes on with.
#[workflow]
async fn late(_: u32) -> Result<()> {
    step::call(1).await?;
    step::call(2).await?;
    continue_as_new(late, counted()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_lose_something_or_wait_for_ever_fails_its_task() {
    let app = server::app("anew-mistakes").await.workflow(Careless::run).workflow(CarelessToo::run);
    let app = app.workflow(Itself::run).workflow(late);
    let running = app.worker().await.expect("it starts").spawn();
    let careless = app.start(Careless::run, ()).await.expect("it starts");
    let too = app.start(CarelessToo::run, ()).await.expect("it starts");
    // Nobody is told that it was done.
    tokio::time::timeout(Duration::from_millis(500), too.add()).await.expect_err("it is not answered");
    let late = app.start(late, 0).await.expect("it starts");
    let itself = app.start(Itself::run, ()).await.expect("it starts");
    itself.nothing().await.expect("it is taken");
    for (run, said) in [
        (&late, "going on as a new run of `late` with"),
        (&*careless, "what they do before its end would be lost; write `context.continue_as_new(..)`"),
        (&*too, "what they do before its end would be lost; write `context.continue_as_new(..)`"),
        (&*itself, "a handler waits until no handler is at work, so it waits for itself"),
    ] {
        let failed = async {
            loop {
                let history = run.history().await.expect("it is there").to_json().expect("it was read");
                if String::from_utf8_lossy(&history).contains(said) {
                    break;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), failed).await.expect(said);
        run.terminate("it has been seen").await.expect("it runs");
    }
    running.stop().await.expect("it stops");
}

/// Goes the new way in each of its runs, for a patch that they all know.
#[workflow]
async fn mended(ways: Vec<bool>) -> Result<Vec<bool>> {
    let mut ways = ways;
    ways.push(workflow::patched("mended"));
    step::call(1).await?;
    ways.push(workflow::patched("mended later"));
    if ways.len() >= 6 {
        return Ok(ways);
    }
    continue_as_new(mended, ways).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_run_goes_the_way_of_todays_code() {
    let app = server::app("anew-mended").await.workflow(mended);
    let worker = server::worker(&app).await;
    let run = app.start(mended, Vec::new()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), [true; 6]);
    server::all_replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

/// Would go on as a new run, if nobody cancelled it before.
#[workflow]
async fn shielded(n: u32) -> Result<u32> {
    workflow::shield(async move {
        signal::<()>("go").await?;
        continue_as_new(shielded, n + 1).await
    })
    .await
}

/// Gives up going on as a new run, for it has a child that is not done.
#[workflow]
async fn patient(_: u32) -> Result<String> {
    let child = child(waits, ()).start().await?;
    if continue_as_new(patient, 1).within(Duration::from_millis(50)).await.is_some() {
        return Ok("it never comes back".to_owned());
    }
    child.signal("go", &()).await?;
    child.result().await?;
    for n in 0..3 {
        step::call(n).await?;
        sleep(Duration::from_millis(5)).await;
    }
    Ok("in one run".to_owned())
}

#[workflow]
async fn waits() -> Result<()> {
    Ok(signal("go").await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_between_a_wish_for_a_new_run_and_the_run() {
    let app = server::app("anew-between").await.workflow(shielded).workflow(patient).workflow(waits);
    let worker = server::worker(&app).await;
    let cancelled = app.start(shielded, 0).await.expect("it starts");
    cancelled.cancel().await.expect("it is asked to stop");
    cancelled.signal("go", &()).await.expect("it is taken");
    let error = server::result(&cancelled).await.expect_err("it is cancelled");
    assert!(matches!(error, Error::Workflow(WorkflowError::Cancelled { .. })), "{error:?}");

    let run = app.start(patient, 0).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "in one run");
    assert_eq!(server::all_replayed(&app, &run).await.len(), 1);
    worker.stop().await.expect("it stops");
}

/// Makes a number for a ticket.
#[tool(inline)]
fn ticket() -> String {
    uuid().to_string()
}

#[agent(model = "m", tools = [ticket, step], max_turns = 100)]
struct Office;

/// Draws before and after a run that draws as well, over many histories.
#[workflow]
async fn lottery(turns: u32) -> Result<Vec<String>> {
    let mut drawn = vec![uuid().to_string()];
    let office = Office;
    let (one, other) = workflow::join!(office.run(turns.to_string()), office.run(turns.to_string()));
    drawn.push(uuid().to_string());
    // What was drawn goes to the server, which knows what it was told before.
    for _ in 0..20 {
        drawn.push(said::call(uuid().to_string()).await?);
    }
    drawn.extend([one?.output, other?.output].iter().flat_map(|said| said.split(' ')).map(str::to_owned));
    Ok(drawn)
}

/// Says it again.
#[tool]
fn said(text: String) -> String {
    text
}

/// Takes a ticket in each turn, and says them all.
fn official(asked: &Asked) -> Reply {
    let turns: usize = asked.user_text().and_then(|text| text.parse().ok()).unwrap_or_default();
    if asked.turn() < turns {
        return Reply::call("ticket", json!({})).and(Reply::call("step", json!({"n": 1})));
    }
    let outputs = asked.input_items().iter().filter_map(|item| item["output"].as_str());
    Reply::says(outputs.filter(|output| output.len() == 36).collect::<Vec<_>>().join(" "))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_draw_is_their_own_and_nothing_is_drawn_twice() {
    let model = ScriptedModel::answering(official).start().await.expect("a port");
    let app = impatient("anew-lottery").await.workflow(lottery).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(lottery, 12).await.expect("it starts");
    let drawn = server::result(&run).await.expect("it ends well");
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 2, "{}", histories.len());
    assert_eq!(drawn.len(), 2 + 20 + 2 * 12);
    let different: BTreeSet<&String> = drawn.iter().collect();
    assert_eq!(different.len(), drawn.len(), "{drawn:?}");
    worker.stop().await.expect("it stops");
}
