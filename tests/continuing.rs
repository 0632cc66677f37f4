//! Workflows without an end: on a server that suggests to continue as new after a few dozen events, runs go on over
//! many histories, and nothing else changes.

use crate::server;
use futures::future::join_all;
use serde_json::json;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};
use steadfast::{
    Target,
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
    workflow::{now, random, select, signal, sleep, uuid},
};

/// Everything that was written down, in order.
#[derive(Clone, Default)]
struct Notebook(Arc<Mutex<Vec<String>>>);

/// Writes something down.
#[tool]
fn note(text: String, notebook: State<Notebook>) -> String {
    notebook.0.lock().expect("nobody panics").push(text.clone());
    format!("noted: {text}")
}

#[agent(model = "m", instructions = "You are {name}.", tools = [note], handoffs = [Successor], max_turns = 1000)]
struct Scribe {
    name: String,
}

#[agent(model = "m", instructions = "You carry on.", tools = [note], max_turns = 1000)]
#[derive(Default)]
struct Successor;

/// Notes as often as the question says, then answers with the number of notes it sees. `!` is a handoff on the way.
fn diligent(asked: &Asked) -> Reply {
    let text = asked.user_text().unwrap_or_default().to_owned();
    let turns: usize = text.trim_end_matches('!').parse().unwrap_or(3);
    match asked.turn() {
        2 if text.ends_with('!') => Reply::call("transfer_to_successor", json!({})),
        turn if turn < turns => Reply::call("note", json!({"text": format!("{text}/{turn}")})),
        turn => Reply::says(format!("{turn} notes on {text}")),
    }
}

async fn app(name: &str, notebook: &Notebook) -> (App, steadfast::testing::ModelServer) {
    let model = ScriptedModel::answering(diligent).start().await.expect("a port");
    let app = App::new(name)
        .target(Target::address(server::impatient().await))
        .state(notebook.clone())
        .provider("openai", model.provider());
    (app, model)
}

#[workflow]
async fn long(question: String) -> Result<(String, u32, u64, String)> {
    let run = Scribe { name: "Ann".to_owned() }.run(&question).await?;
    Ok((run.output, run.turns, run.usage.requests, run.last_agent))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_many_turns_goes_on_over_many_histories_and_answers_the_same() {
    let notebook = Notebook::default();
    let (app, model) = app("long", &notebook).await;
    let app = app.workflow(long);
    let worker = server::worker(&app).await;
    let run = app.start(long, "40!".to_owned()).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 4, "{histories:?}");
    for history in &histories {
        // Some turns more than the server's limit: the copy it begins with has to be worth its while.
        assert!(history.events().len() < 150, "{history:?}");
    }
    let durable_requests: Vec<_> = model.requests();
    let notes = std::mem::take(&mut *notebook.0.lock().expect("nobody panics"));
    assert_eq!(notes.len(), 39, "no tool was called twice: {notes:?}");

    let unlimited = app.inline(long("40!".to_owned())).await.expect("it ends well in-process");
    assert_eq!(durable, unlimited);
    assert_eq!(durable.3, "Successor");
    let inline_requests = &model.requests()[durable_requests.len()..];
    assert_eq!(durable_requests.len(), inline_requests.len());
    for (durable, inline) in durable_requests.iter().zip(inline_requests) {
        assert_eq!(durable.body, inline.body, "the model read the same");
    }
    worker.stop().await.expect("it stops");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Diary {
    dice: Vec<u64>,
    ids: Vec<String>,
    times: Vec<SystemTime>,
    noted: Vec<String>,
    answers: Vec<String>,
    failed: String,
    words: Vec<String>,
    winner: String,
    slept: Duration,
}

/// Does everything a workflow may, several times over.
#[workflow]
async fn diary(rounds: u32) -> Result<Diary> {
    let (mut dice, mut ids, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let (mut noted, mut answers, mut words) = (Vec::new(), Vec::new(), Vec::new());
    let began = now();
    // Longer than the first run of the workflow: it is over in a later one.
    let mut bell = sleep(Duration::from_secs(4));
    for round in 0..rounds {
        dice.push(random());
        ids.push(uuid().to_string());
        times.push(now());
        noted.push(note::call(format!("dice {}", dice[dice.len() - 1])).await?);
        let scribes = [Scribe { name: "Ann".to_owned() }, Scribe { name: "Ben".to_owned() }];
        let questions = [format!("{}", 3 + round), format!("{}", 5 + round)];
        let runs = join_all(scribes.iter().zip(&questions).map(|(scribe, question)| scribe.run(question)));
        for run in runs.await {
            let run = run?;
            let mut talk = run.conversation;
            talk.push(steadfast::model::Item::user("2"));
            answers.push(run.output);
            answers.push(scribes[0].run(talk).await?.output);
        }
        words.push(signal::<String>("word").await?);
    }
    let scribe = Scribe { name: "Cat".to_owned() };
    let failed = scribe.run("9").max_turns(2).await.expect_err("nine notes take more").to_string();
    let winner = select! {
        () = bell => "the bell",
        _ = signal::<String>("never") => "a signal",
    };
    let slept = now().duration_since(began).map_err(Error::other)?;
    Ok(Diary { dice, ids, times, noted, answers, failed, words, winner: winner.to_owned(), slept })
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_a_workflow_was_told_is_told_again() {
    let notebook = Notebook::default();
    let (app, _model) = app("diary", &notebook).await;
    let app = app.workflow(diary);
    let worker = server::worker(&app).await;
    let run = app.start(diary, 6).await.expect("it starts");
    for word in ["one", "two", "three", "four", "five", "six"] {
        run.signal("word", &word).await.expect("it is kept until somebody waits for it");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let diary = server::result(&run).await.expect("it ends well");
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 4, "{histories:?}");

    assert_eq!(diary.words, ["one", "two", "three", "four", "five", "six"]);
    assert_eq!(diary.failed, "max turns (2) exceeded");
    assert_eq!(diary.winner, "the bell");
    assert!(diary.slept >= Duration::from_secs(4), "{:?}", diary.slept);
    assert!(diary.slept < Duration::from_secs(20), "a timer does not start anew: {:?}", diary.slept);
    assert!(diary.times.is_sorted());
    let mut distinct = (diary.dice.clone(), diary.ids.clone());
    distinct.0.sort_unstable();
    distinct.0.dedup();
    distinct.1.dedup();
    assert_eq!((distinct.0.len(), distinct.1.len()), (6, 6), "chance does not repeat itself");

    let notes = notebook.0.lock().expect("nobody panics").clone();
    let thrown: Vec<_> = notes.iter().filter(|note| note.starts_with("dice")).cloned().collect();
    let kept: Vec<_> = diary.dice.iter().map(|dice| format!("dice {dice}")).collect();
    assert_eq!(thrown, kept, "each was thrown once, and is what the workflow remembers");
    let expected: usize = 6 + (0..6).map(|round| 3 + round + 5 + round).sum::<usize>() + 2;
    assert_eq!(notes.len(), expected, "no tool was called twice");
    worker.stop().await.expect("it stops");
}

/// Adds up what it is sent, until it is told to stop.
#[workflow]
async fn adding() -> Result<u64> {
    let mut sum = 0;
    loop {
        match signal::<u64>("add").await? {
            0 => return Ok(sum),
            n => sum += n,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_signal_is_lost_or_read_twice_on_the_way() {
    let (app, _model) = app("adding", &Notebook::default()).await;
    let app = app.workflow(adding);
    let worker = server::worker(&app).await;
    let run = app.start(adding, ()).await.expect("it starts");
    for n in 1..=150_u64 {
        run.signal("add", &n).await.expect("it is running");
    }
    run.signal("add", &0_u64).await.expect("it is running");
    assert_eq!(server::result(&run).await.expect("it ends well"), 150 * 151 / 2);
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 1, "{histories:?}");
    worker.stop().await.expect("it stops");
}

/// Text of a length that fills a history quickly, and that cannot be compressed into little.
#[tool]
fn read(page: u32, reads: State<Reads>) -> String {
    reads.0.fetch_add(1, Ordering::Relaxed);
    let mut state = u64::from(page);
    let mut letter = || {
        // Any generator will do that does not repeat itself (the constants are Knuth's, for MMIX).
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + u8::try_from(state >> 58).unwrap_or_default())
    };
    let text: String = (0..60_000).map(|_| letter()).collect();
    format!("{page}:{text}")
}

#[derive(Default)]
struct Reads(AtomicU32);

#[agent(model = "m", tools = [read], max_turns = 1000)]
struct Reader;

#[workflow]
async fn reading(pages: u32) -> Result<(String, usize)> {
    let run = Reader.run(pages.to_string()).await?;
    let conversation = serde_json::to_string(&run.conversation).map_err(Error::other)?;
    Ok((run.output, conversation.len()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_for_an_input_is_fetched_from_the_run_before() {
    let model = ScriptedModel::answering(|asked| {
        let pages: usize = asked.user_text().and_then(|text| text.parse().ok()).unwrap_or_default();
        match asked.turn() {
            turn if turn < pages => Reply::call("read", json!({"page": turn})),
            turn => Reply::says(format!("{turn} pages")),
        }
    });
    let model = model.start().await.expect("a port");
    let app = App::new("reading")
        .target(Target::address(server::impatient().await))
        .workflow(reading)
        .state(Reads::default())
        .provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(reading, 50).await.expect("it starts");
    let (answer, size) = server::result(&run).await.expect("it ends well");
    assert_eq!(answer, "50 pages");
    assert!(size > 50 * 60_000);
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.iter().any(|history| history.activities().contains(&"steadfast.carried".to_owned())));
    assert_eq!(app.inline(reading(50)).await.expect("it ends well in-process"), (answer, size));
    worker.stop().await.expect("it stops");
}

/// Listens while it thinks: the run is polled only between two notes.
#[workflow]
async fn listening(turns: u32) -> Result<(String, u32)> {
    let scribe = Scribe { name: "Ann".to_owned() };
    let mut run = scribe.run(turns.to_string());
    let mut heard = 0;
    let output = loop {
        select! {
            run = run => break run?.output,
            word = signal::<u32>("word") => {
                note::call(format!("heard {}", word?)).await?;
                sleep(Duration::from_millis(5)).await;
                heard += 1;
            }
        }
    };
    Ok((output, heard))
}

const WORDS: u32 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_has_read_yet_is_not_left_behind() {
    let notebook = Notebook::default();
    let (app, _model) = app("listening", &notebook).await;
    let app = app.workflow(listening);
    let worker = server::worker(&app).await;
    let run = app.start(listening, 30).await.expect("it starts");
    for word in 0..WORDS {
        run.signal("word", &word).await.expect("it is listening");
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    let (answer, heard) = server::result(&run).await.expect("it ends well");
    assert_eq!(answer, "30 notes on 30");
    let notes = notebook.0.lock().expect("nobody panics").clone();
    let own = notes.iter().filter(|note| note.starts_with("30/")).count();
    assert_eq!(own, 30, "no turn was taken twice");
    assert!(heard <= WORDS && notes.len() - own >= heard as usize, "{heard}");
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 3, "{histories:?}");
    worker.stop().await.expect("it stops");
}

/// Starts with nearly as much as a workflow may.
#[workflow]
async fn burdened(burden: String) -> Result<(usize, String)> {
    let run = Scribe { name: "Ann".to_owned() }.run("30").await?;
    let note = note::call("x".repeat(900_000)).await?;
    let more = Scribe { name: "Ben".to_owned() }.run("30").await?;
    Ok((burden.len() + note.len(), format!("{} and {}", run.output, more.output)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_input_leaves_no_room_for_what_is_carried() {
    let (app, _model) = app("burdened", &Notebook::default()).await;
    let app = app.workflow(burdened);
    let worker = server::worker(&app).await;
    let run = app.start(burdened, "x".repeat(1_600_000)).await.expect("it starts");
    let (size, answers) = server::result(&run).await.expect("it ends well");
    assert_eq!((size, answers.as_str()), (2_500_007, "30 notes on 30 and 30 notes on 30"));
    let histories = server::all_replayed(&app, &run).await;
    let failed = |history: &steadfast::History| history.events().contains(&"WorkflowTaskFailed".to_owned());
    assert!(histories.len() > 2 && !histories.iter().any(failed), "{histories:?}");
    worker.stop().await.expect("it stops");
}
