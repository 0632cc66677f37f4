//! The adapter under load: many effects at once, timers, signals, races, foreign futures.

use crate::server;
use futures::{StreamExt as _, future::try_join_all, stream::FuturesUnordered};
use std::time::Duration;
use steadfast::{
    prelude::*,
    workflow::{now, random, select, signal, sleep, uuid},
};

/// Doubles a number.
#[tool]
fn double(n: u32) -> u32 {
    n * 2
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Observed {
    doubled: Vec<u32>,
    unordered: u32,
    word: String,
    id: String,
    dice: (u8, f64, bool),
    waited: Duration,
    winner: String,
}

/// Does everything a workflow may.
#[workflow]
async fn busy(count: u32) -> Result<Observed> {
    let doubled = try_join_all((0..count).map(double::call)).await?;
    let mut racing: FuturesUnordered<_> = (0..count).map(double::call).collect();
    let mut unordered = 0;
    while let Some(result) = racing.next().await {
        unordered += result?;
    }
    let before = now();
    sleep(Duration::from_millis(50)).await;
    let waited = now().duration_since(before).map_err(Error::other)?;
    let word: String = signal("word").await?;
    // The loser is dropped, and with it its timer.
    let winner = select! {
        () = sleep(Duration::from_hours(1)) => "an hour",
        _ = double::call(1) => "a step",
    };
    let (id, dice) = (uuid().to_string(), (random(), random(), random()));
    Ok(Observed { doubled, unordered, word, id, dice, waited, winner: winner.to_owned() })
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once_and_again_on_replay() {
    let app = server::app("busy").await.workflow(busy);
    let worker = server::worker(&app).await;
    let run = app.start(busy, 40).await.expect("it starts");
    run.signal("word", &"hello").await.expect("it is kept until somebody waits for it");
    let seen = server::result(&run).await.expect("it ends well");
    assert_eq!(seen.doubled, (0..40).map(|n| n * 2).collect::<Vec<_>>());
    assert_eq!(seen.unordered, 39 * 40);
    assert_eq!((seen.word.as_str(), seen.winner.as_str()), ("hello", "a step"));
    assert!(seen.waited >= Duration::from_millis(50), "{:?}", seen.waited);

    let history = server::replayed(&app, &run).await;
    let events = history.events();
    assert!(events.contains(&"TimerCanceled".to_owned()), "the loser's timer is cancelled: {events:?}");
    assert_eq!(history.activities().len(), 81);
    worker.stop().await.expect("it stops");

    // Outside a workflow the same code runs in this process, and chance is chance.
    assert_ne!(uuid(), uuid());
}

/// Goes where chance leads it, so that other draws on replay would be other steps.
#[workflow]
async fn lottery() -> (String, Vec<bool>) {
    let mut draws = Vec::new();
    for _ in 0..16 {
        let draw = random();
        if draw {
            sleep(Duration::from_millis(1)).await;
        } else {
            let _ = double::call(1).await;
        }
        draws.push(draw);
    }
    (uuid().to_string(), draws)
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_draw_differently() {
    let app = server::app("lottery").await.workflow(lottery);
    let _worker = server::worker(&app).await;
    let (first, second) =
        (app.start(lottery, ()).await.expect("it starts"), app.start(lottery, ()).await.expect("it starts"));
    let (a, b) =
        (server::result(&first).await.expect("it ends well"), server::result(&second).await.expect("it ends well"));
    assert_ne!(a, b);
    server::replayed(&app, &first).await;
    server::replayed(&app, &second).await;
}

/// Waits for something that no replay could repeat.
#[workflow]
async fn foreign() -> u32 {
    workflow::unchecked(|| tokio::time::sleep(Duration::from_millis(1))).await;
    1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_future_is_noticed_at_once() {
    let app = server::app("foreign").await.workflow(foreign);
    let _worker = server::worker(&app).await;
    let run = app.start(foreign, ()).await.expect("it starts");
    let history = loop {
        let history = run.history().await.expect("the server has the history");
        if history.events().contains(&"WorkflowTaskFailed".to_owned()) {
            break history;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(history.contains("workflow `foreign`: this workflow waits for something that is not part of it"));
    run.terminate("seen").await.expect("it still runs");
}

/// Its future is `Send`, so a workflow may be spawned where no Temporal is.
#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_function_is_an_ordinary_one() {
    let drawn = tokio::spawn(lottery()).await.expect("it does not panic");
    assert_eq!(drawn.0.len(), 36);
}

/// Answers a step and a signal, whichever comes, until both have come.
#[workflow]
async fn both() -> Result<Vec<String>> {
    let mut seen = Vec::new();
    let mut step = double::call(1);
    while seen.len() < 3 {
        // The loser of each round is dropped, and a signal must survive that.
        select! {
            doubled = step => {
                seen.push(doubled?.to_string());
                sleep(Duration::from_millis(1)).await;
            }
            word = signal::<String>("word") => seen.push(word?),
        }
    }
    Ok(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_comes_with_something_else_is_not_lost() {
    let app = server::app("both").await.workflow(both);
    let run = app.start(both, ()).await.expect("it starts");
    for word in ["one", "two"] {
        run.signal("word", &word).await.expect("nobody works yet, and it is kept");
    }
    let _worker = server::worker(&app).await;
    let mut seen = server::result(&run).await.expect("it ends well");
    seen.sort();
    assert_eq!(seen, ["2", "one", "two"]);
    server::replayed(&app, &run).await;
}

/// Eight megabytes of arguments at once, each small enough.
#[workflow]
async fn heavy() -> Result<usize> {
    let calls = (0..40).map(|_| length::call("x".repeat(200_000)));
    Ok(try_join_all(calls).await?.into_iter().sum())
}

/// Measures a text.
#[tool]
fn length(text: String) -> usize {
    text.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_large_calls_at_once() {
    let app = server::app("heavy").await.workflow(heavy);
    let _worker = server::worker(&app).await;
    let run = app.start(heavy, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), 40 * 200_000);
    // Eight megabytes are more than the server wants in one history.
    let histories = server::all_replayed(&app, &run).await;
    assert_eq!(histories.iter().map(|history| history.activities().len()).sum::<usize>(), 40);
}

/// More at once than a server lets a workflow have open.
#[workflow]
async fn crowd(count: u32) -> Result<u32> {
    Ok(try_join_all((0..count).map(double::call)).await?.into_iter().sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_server_takes_at_once_is_asked_for_in_turn() {
    let app = server::app("crowd").await.workflow(crowd).tool::<double>();
    let worker = server::worker(&app).await;
    let run = app.start(crowd, 2_100).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), 2_099 * 2_100);
    let history = server::replayed(&app, &run).await;
    assert!(!history.events().contains(&"WorkflowTaskFailed".to_owned()), "{history:?}");
    worker.stop().await.expect("it stops");
}
