//! Workflows that start others, and send them signals.

use crate::server;
use std::{sync::Arc, time::Duration};
use steadfast::{
    Filter, Target, WorkflowError,
    prelude::*,
    workflow::{self, ParentClose, child, child_named, external, select, signal, sleep},
};

/// Writes a chapter, or fails over it.
#[workflow]
async fn chapter(title: String) -> Result<String> {
    match title.as_str() {
        "wait" => Ok(signal::<String>("text").await?),
        "for ever" => {
            sleep(Duration::from_secs(100_000)).await;
            Ok(title)
        }
        "fail" => Err(Error::other("no idea")),
        _ => Ok(format!("about {title}")),
    }
}

#[workflow]
async fn book(titles: Vec<String>) -> Result<Vec<String>> {
    let write = |title: String| {
        let child = child(chapter, title.clone()).search_attribute("Customer", title).priority(2);
        child.run_timeout(Duration::from_secs(1_000))
    };
    workflow::try_map(titles, write).await
}

#[tokio::test(flavor = "multi_thread")]
async fn children_run_side_by_side_and_their_results_come_back() {
    let app = server::app("book").await.workflow(book).workflow(chapter);
    let worker = server::worker(&app).await;
    let titles: Vec<String> = (0..5).map(|n| format!("cat {n}")).collect();
    let run = app.start(book, titles.clone()).id("book-1").await.expect("it starts");
    let chapters = server::result(&run).await.expect("it ends well");
    assert_eq!(chapters, titles.iter().map(|title| format!("about {title}")).collect::<Vec<_>>());
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.events().iter().filter(|event| *event == "ChildWorkflowExecutionCompleted").count(), 5);
    assert!(history.contains("book-1/chapter-0-"), "a child's id says where it comes from");
    let found = async {
        loop {
            let client = app.client().await.expect("a connection");
            let filter = Filter::of(chapter).attribute("Customer", "cat 3").task_queue(client.task_queue());
            if let [found] = client.list(filter).all().await.expect("it is listed").as_slice() {
                break found.id.clone();
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(20), found).await.expect("a child is found by its attribute");
    assert!(found.contains("chapter-3-"), "{found}");
    assert_eq!(book(titles).await.expect("it ends well"), chapters, "in this process they are functions");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_fails_fails_its_parent_with_what_it_said() {
    let app = server::app("failing").await.workflow(book).workflow(chapter);
    let worker = server::worker(&app).await;
    let run = app.start(book, vec!["for ever".to_owned(), "fail".to_owned()]).await.expect("it starts");
    let error = server::result(&run).await.expect_err("a chapter fails").to_string();
    assert!(error.contains("failed: no idea") && error.contains("chapter-1"), "{error}");
    let history = server::replayed(&app, &run).await;
    // What is not waited for any more is cancelled.
    assert!(history.events().contains(&"RequestCancelExternalWorkflowExecutionInitiated".to_owned()), "{history:?}");
    worker.stop().await.expect("it stops");
}

/// Its children stand where futures do: in a `select!`, and among what a saga undoes.
#[workflow]
async fn collection() -> Result<Vec<String>> {
    let (saga, undone) = (workflow::Saga::new(), Arc::new(tokio::sync::Mutex::new(String::new())));
    let told = Arc::clone(&undone);
    saga.compensate_with("chapter", async move {
        let text = child(chapter, "undoing".to_owned()).await?;
        *told.lock().await = text;
        Ok::<_, Error>(())
    });
    saga.compensate_with("another", child(chapter, "another".to_owned()));
    saga.undo().await.map_err(Error::other)?;
    let first = select! {
        text = child(chapter, "cats".to_owned()) => text?,
        () = sleep(Duration::from_hours(1)) => "late".to_owned(),
    };
    let mut pages = workflow::fused(child(chapter, "dogs".to_owned()));
    let mut rounds = 0;
    let third = loop {
        select! {
            text = pages => break text?,
            () = sleep(Duration::from_millis(1)) => rounds += 1,
        }
    };
    assert!(rounds < 1_000 && third == "about dogs");
    let second = select! {
        text = async { child(chapter, "for ever".to_owned()).await } => text?,
        () = sleep(Duration::from_millis(10)) => "late".to_owned(),
    };
    let undone = undone.lock().await.clone();
    Ok(vec![undone, first, second])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_stands_where_a_future_does() {
    let app = server::app("collection").await.workflow(collection).workflow(chapter);
    let worker = server::worker(&app).await;
    let run = app.start(collection, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), ["about undoing", "about cats", "late"]);
    let history = server::replayed(&app, &run).await;
    let events = history.events();
    let count = |name: &str| events.iter().filter(|event| *event == name).count();
    assert_eq!(count("ChildWorkflowExecutionCompleted"), 4, "{events:?}");
    worker.stop().await.expect("it stops");
}

#[expect(clippy::struct_excessive_bools, reason = "each is a thing by itself that was seen")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Seen {
    text: String,
    late: bool,
    cancelled: bool,
    unknown: bool,
    taken: bool,
    named: String,
}

#[workflow]
async fn editor(id: String) -> Result<Seen> {
    let started = child(chapter, "wait".to_owned()).id(id.clone()).start().await?;
    // Giving up waiting leaves it alone.
    let late = select! {
        result = started.result() => result.is_err(),
        () = sleep(Duration::from_millis(10)) => true,
    };
    let late = late && started.result().within(Duration::from_millis(10)).await.is_none();
    let taken = child(chapter, "wait".to_owned()).id(id.clone()).await;
    started.signal("text", &"signalled").await?;
    let text = started.result().await?;
    let doomed = child(chapter, "for ever".to_owned()).start().await?;
    doomed.cancel().await?;
    let cancelled = doomed.result().await;
    let unknown = external("nobody-at-all").signal("text", &"x").await;
    let named = child_named("chapter", &"named").task_queue("").await.unwrap_or_else(|error: Error| error.to_string());
    // Goes on when this has ended.
    let last = child(chapter, "wait".to_owned()).id(format!("{id}-last")).parent_close(ParentClose::Abandon);
    last.start().await?;
    Ok(Seen {
        text,
        late,
        cancelled: matches!(cancelled, Err(Error::Workflow(WorkflowError::Cancelled { .. }))),
        unknown: matches!(unknown, Err(Error::Workflow(WorkflowError::NotFound { .. }))),
        taken: matches!(taken, Err(Error::Workflow(WorkflowError::AlreadyRunning { .. }))),
        named,
    })
}

#[workflow]
async fn neighbour(id: String) -> Result<()> {
    external(&id).signal("text", &"from next door").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_was_started_is_talked_to_and_neighbours_are_too() {
    let app = server::app("editor").await.workflow(editor).workflow(chapter).workflow(neighbour);
    let worker = server::worker(&app).await;
    let run = app.start(editor, "its-chapter".to_owned()).await.expect("it starts");
    let expected = Seen {
        text: "signalled".to_owned(),
        late: true,
        cancelled: true,
        unknown: true,
        taken: true,
        named: "about named".to_owned(),
    };
    assert_eq!(server::result(&run).await.expect("it ends well"), expected);
    server::replayed(&app, &run).await;
    let last = app.handle(chapter, "its-chapter-last").await.expect("a connection");
    let sent = app.start(neighbour, last.id().to_owned()).await.expect("it starts");
    server::result(&sent).await.expect("it is sent");
    assert_eq!(server::result(&last).await.expect("it ends well"), "from next door");
    let outside = external("x").cancel().await.expect_err("there is no server here").to_string();
    assert!(outside.contains("only a workflow on a server"), "{outside}");
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn forgetful() -> Result<Vec<String>> {
    let unknown = child(chapter, "x".to_owned()).await.expect_err("the app does not have it").to_string();
    let large = "x".repeat(3 << 20);
    let too_large = child_named::<String>("chapter", &large).await.expect_err("no server takes it").to_string();
    Ok(vec![unknown, too_large.chars().take(200).collect()])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_nobody_runs_or_no_server_takes_fails_at_once() {
    let app = server::app("forgetful").await.workflow(forgetful);
    let worker = server::worker(&app).await;
    let run = app.start(forgetful, ()).await.expect("it starts");
    let [unknown, too_large] = &server::result(&run).await.expect("it ends well")[..] else { panic!("two") };
    assert!(unknown.contains("no worker of this app runs it; add `.workflow(..)`, with its function,"), "{unknown}");
    assert!(too_large.contains("the input: it is 3145730 bytes, over the limit"), "{too_large}");
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

/// Waits for a child for some time, again and again, and does something meanwhile.
#[workflow]
async fn impatient() -> Result<u32> {
    let slow = child(chapter, "wait".to_owned()).id("slow-chapter").start().await?;
    let mut seats = 0;
    loop {
        let waited = select! {
            text = Box::pin(futures::FutureExt::fuse(slow.result())) => Some(text?),
            () = sleep(Duration::from_millis(5)) => None,
        };
        if waited.is_some() {
            return Ok(seats);
        }
        seats += u32::from(seat::call().await? == 7);
        if seats == 30 {
            slow.signal("text", &"done").await?;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_given_up_waiting_for_a_child_goes_on_although_its_history_is_long() {
    let app = App::new("impatient").target(Target::address(server::impatient().await));
    let app = app.workflow(impatient).workflow(chapter);
    let worker = server::worker(&app).await;
    let run = app.start(impatient, ()).await.expect("it starts");
    assert!(server::result(&run).await.expect("it ends well") >= 30);
    server::all_replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn who() -> Vec<String> {
    let info = workflow::info().expect("a workflow is one");
    vec![info.workflow, info.id, info.parent.unwrap_or_default()]
}

#[workflow]
async fn whose() -> Result<Vec<String>> {
    child(who, ()).id("who-it-is").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_knows_who_it_is_and_whose() {
    let app = server::app("who").await.workflow(who).workflow(whose);
    let worker = server::worker(&app).await;
    let run = app.start(whose, ()).id("whose-it-is").await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), ["who", "who-it-is", "whose-it-is"]);
    assert_eq!(workflow::info(), None, "this is none");
    worker.stop().await.expect("it stops");
}

/// Books a seat.
#[tool]
fn seat() -> u32 {
    7
}

mod before {
    use super::*;

    #[workflow(name = "travel")]
    pub(super) async fn travel() -> Result<Vec<u32>> {
        let first = seat::call().await?;
        signal::<()>("go").await?;
        Ok(vec![first])
    }
}

mod after {
    use super::*;

    #[workflow(name = "travel")]
    pub(super) async fn travel() -> Result<Vec<u32>> {
        let mut seats = Vec::new();
        if workflow::patched("two seats") {
            seats.push(seat::call().await?);
        }
        seats.push(seat::call().await?);
        signal::<()>("go").await?;
        if workflow::patched("two seats") {
            seats.push(0);
        }
        Ok(seats)
    }
}

mod long_after {
    use super::*;

    #[workflow(name = "travel")]
    pub(super) async fn travel() -> Result<Vec<u32>> {
        workflow::deprecate_patch("two seats");
        let seats = vec![seat::call().await?, seat::call().await?];
        signal::<()>("go").await?;
        Ok([seats, vec![0]].concat())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_leaves_runs_alone_that_began_before_it() {
    let name = "patched";
    let (one, two) = (server::app(name).await, server::app(name).await);
    let queue = "travelling";
    let (one, two) = (one.task_queue(queue).workflow(before::travel), two.task_queue(queue).workflow(after::travel));
    let worker = server::worker(&one).await;
    let old = one.start(before::travel, ()).await.expect("it starts");
    while !old.history().await.expect("there is one").events().contains(&"ActivityTaskCompleted".to_owned()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    worker.stop().await.expect("it stops");
    let worker = server::worker(&two).await;
    let new = two.start(after::travel, ()).await.expect("it starts");
    old.signal("go", &()).await.expect("it is taken");
    assert_eq!(server::result(&old).await.expect("it ends well"), [7]);
    new.signal("go", &()).await.expect("it is taken");
    assert_eq!(server::result(&new).await.expect("it ends well"), [7, 7, 0]);
    server::replayed(&two, &old).await;
    let history = server::replayed(&two, &new).await;
    worker.stop().await.expect("it stops");
    let three = server::app(name).await.workflow(long_after::travel);
    three.replay(&history).await.expect("the patch is noted");
    one.replay(&history).await.expect_err("the code before knows of no second seat");
}
