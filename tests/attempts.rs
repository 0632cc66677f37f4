//! What a tool at work tells, and what it is told: progress, signs of life, and that nobody waits any more.

use crate::server;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};
use steadfast::{
    prelude::*,
    tool::{ToolFailure, ToolFailureKind},
};

/// Imports ten rows, five at a time, and breaks down after each five.
#[tool(retries = 3, backoff(initial = "50ms"))]
async fn import(context: ToolContext) -> Result<Vec<u32>, ToolError> {
    let begun_at: u32 = context.progress()?.unwrap_or_default();
    if begun_at == 10 {
        return Ok(vec![context.attempt, begun_at]);
    }
    for row in begun_at..begun_at + 5 {
        context.heartbeat(row + 1)?;
        tokio::task::yield_now().await;
    }
    Err(ToolError::new(format!("broke down at {}", begun_at + 5)))
}

/// Gives signs of life for a while, and then none.
#[tool(heartbeat = "400ms", timeout = "1m")]
async fn falls_silent(context: ToolContext) -> Result<(), ToolError> {
    for beat in 0..6 {
        context.heartbeat(beat)?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    std::future::pending().await
}

#[derive(Clone, Default)]
struct Stopped(Arc<AtomicBool>);

impl Stopped {
    async fn comes_true(&self) -> bool {
        for _ in 0..300 {
            if self.0.load(Ordering::Relaxed) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }
}

/// Works on until it sees that it need not.
#[tool(timeout = "300ms")]
fn blocks(context: ToolContext, stopped: State<Stopped>) {
    for _ in 0..1_000 {
        if context.is_cancelled() {
            return stopped.0.store(true, Ordering::Relaxed);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Has something else work for it.
#[tool]
async fn spawns(context: ToolContext, stopped: State<Stopped>) {
    tokio::spawn(async move {
        context.cancelled().await;
        stopped.0.store(true, Ordering::Relaxed);
    });
    std::future::pending::<()>().await;
}

#[workflow]
async fn attempts(tool: String) -> Result<Vec<u32>> {
    match tool.as_str() {
        "import" => Ok(import::call().await?),
        "falls_silent" => Ok(falls_silent::call().await.map(|()| vec![])?),
        "blocks" => Ok(blocks::call().await.map(|()| vec![])?),
        _ => Ok(spawns::call().await.map(|()| vec![])?),
    }
}

fn failure(error: Error) -> ToolFailure {
    match error {
        Error::Tool(failure) => failure,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_goes_on_where_the_one_before_was() {
    let app = server::app("progress").await.workflow(attempts).state(Stopped::default());
    let worker = server::worker(&app).await;
    let run = app.start(attempts, "import".to_owned()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), [3, 10]);
    assert_eq!(app.inline(attempts("import".to_owned())).await.expect("it ends well in-process"), [3, 10]);
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_falls_silent_has_failed() {
    let app = server::app("silence").await.workflow(attempts).state(Stopped::default());
    let worker = server::worker(&app).await;
    let said = "Tool 'falls_silent' gave no sign of life for 0.4 seconds.";
    let error = app.inline(attempts("falls_silent".to_owned())).await.expect_err("it never ends");
    let failure = failure(error);
    assert_eq!((failure.kind, failure.message.as_str()), (ToolFailureKind::TimedOut, said));
    let run = app.start(attempts, "falls_silent".to_owned()).await.expect("it starts");
    let error = server::result(&run).await.expect_err("it never ends");
    assert!(error.to_string().contains(said), "{error}");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_tool_sees_that_its_time_is_up() {
    let stopped = Stopped::default();
    let app = App::new("blocks").workflow(attempts).state(stopped.clone());
    let error = app.inline(attempts("blocks".to_owned())).await.expect_err("it takes too long");
    assert_eq!(failure(error).kind, ToolFailureKind::TimedOut);
    assert!(stopped.comes_true().await, "it works on for nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tool_has_spawned_hears_of_a_cancelled_workflow() {
    let stopped = Stopped::default();
    let app = server::app("spawns").await.workflow(attempts).state(stopped.clone());
    let worker = server::worker(&app).await;
    let run = app.start(attempts, "spawns".to_owned()).await.expect("it starts");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!stopped.0.load(Ordering::Relaxed), "it has begun, and goes on");
    run.cancel().await.expect("it is asked to stop");
    assert!(stopped.comes_true().await, "it works on for nobody");
    worker.stop().await.expect("it stops");
}
