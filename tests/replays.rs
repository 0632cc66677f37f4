//! A folder of histories is replayed whole, and what cannot be is said file by file.

use crate::server;
use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};
use steadfast::{App, Error, History, ReplayError, prelude::*, testing::replay_dir};

/// Adds one.
#[tool]
fn one_more(number: u32) -> u32 {
    number + 1
}

#[workflow]
async fn counting(from: u32) -> Result<u32> {
    let next = one_more::call(from).await?;
    let wait: u64 = workflow::signal("go").await?;
    workflow::sleep(Duration::from_millis(wait)).await;
    Ok(next)
}

mod other {
    use steadfast::prelude::*;

    #[workflow]
    pub(super) async fn unrelated() {}
}

/// The error of a folder that does not replay.
async fn refused(app: &App, folder: &Path) -> ReplayError {
    match replay_dir(app, folder).await.expect_err("it does not replay") {
        Error::Replay(error) => error,
        error => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_can_be_saved_and_replayed_while_it_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let app = server::app("counting").await.workflow(counting);
    let worker = server::worker(&app).await;
    let run = app.start(counting, 1).id("a/b c").await.expect("it starts");
    while !run.history().await.expect("it is there").events().contains(&"ActivityTaskCompleted".to_owned()) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let saved = run.save_history(folder.path().join("running")).await.expect("it is saved");
    assert_eq!(saved.len(), 1);
    let name = saved[0].file_name().and_then(|name| name.to_str()).expect("a name");
    assert!(name.starts_with("_a_b_c-") && saved[0].extension().is_some_and(|ending| ending == "json"), "{name}");
    run.signal("go", &5).await.expect("it is sent");
    assert_eq!(server::result(&run).await.expect("it ends well"), 2);
    run.save_history(folder.path()).await.expect("it is saved");
    // Everything else of the queue, which is the same workflow once more.
    let all =
        app.client().await.expect("connected").save_histories(folder.path().join("all")).await.expect("they are saved");
    assert_eq!(all.len(), 1, "{all:?}");

    let replays = replay_dir(&app, folder.path()).await.expect("the code is the same").strict().expect("so are values");
    assert_eq!((replays.count(), replays.to_string().as_str()), (3, "3 histories replay"));
    let [running, whole, _] = ["running", "", "all"].map(|below| {
        let found = replays.iter().find(|(path, _)| path.parent() == Some(Path::new(below)));
        found.unwrap_or_else(|| panic!("{replays:?}")).1.clone()
    });
    assert!(running.events < whole.events && running.workflow == "counting", "{running:?} {whole:?}");
    let text = fs::read_to_string(&saved[0]).expect("it is there");
    assert!(!text.contains(&std::process::id().to_string()), "it says nothing of who has run it");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_history_or_of_nobody_is_said_file_by_file() {
    let app = App::new("unrelated").workflow(other::unrelated);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let missing = refused(&app, &folder.path().join("missing")).await.to_string();
    assert!(missing.starts_with("cannot read the histories in `") && missing.contains("missing"), "{missing}");
    fs::write(folder.path().join("README.md"), "# Histories").expect("it is written");
    let empty = refused(&app, folder.path()).await.to_string();
    assert!(empty.starts_with("there is no history in `") && empty.ends_with("`.json`"), "{empty}");

    let started = |workflow: &str| {
        json!({"eventId": "1", "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",
            "workflowExecutionStartedEventAttributes": {"workflowType": {"name": workflow}}})
    };
    let event = |id: u32, kind: &str| json!({"eventId": id.to_string(), "eventType": format!("EVENT_TYPE_{kind}")});
    let files: [(&str, Value, &str); 8] = [
        ("a.json", json!([1, 2]), "this is no history of a workflow: "),
        ("b.json", json!({"name": "x"}), "this is no history of a workflow: there is no list of `events` in it"),
        ("c.json", json!({"events": []}), "this is no history of a workflow: it has no events"),
        (
            "d.json",
            json!({"events": [event(1, "TIMER_FIRED")]}),
            "this is no history of a workflow: it begins with `TimerFired`, not with `WorkflowExecutionStarted`",
        ),
        (
            "e.json",
            json!({"events": [started("gone")]}),
            "the app has no workflow `gone`, only `unrelated`; add it with `.workflow(..)`, or, if it was renamed, give it its \
             old name with `#[workflow(name = \"gone\")]`",
        ),
        (
            "f.json",
            json!({"events": [started("unrelated"), event(2, "WORKFLOW_TASK_SCHEDULED")]}),
            "there is nothing to replay: no task of workflow `unrelated` was completed when this was saved; save it again",
        ),
        (
            "g.json",
            json!({"events": [started("unrelated"), event(3, "WORKFLOW_TASK_SCHEDULED")]}),
            "this is no history of a workflow: event 2 is missing; number 3 is in its place",
        ),
        (
            "h.json",
            json!({"events": [started("unrelated"), event(2, "WORKFLOW_TASK_STARTED"), event(3, "TIMER_FIRED")]}),
            "this is no history of a workflow: event 2 begins a task, and what follows is not its end",
        ),
    ];
    for (name, history, _) in &files {
        fs::write(folder.path().join(name), history.to_string()).expect("it is written");
    }
    fs::write(folder.path().join("z.json"), "{\"events\": [").expect("it is written");
    let error = refused(&app, folder.path()).await;
    let said = error.to_string();
    assert!(said.starts_with("9 of 9 histories do not replay:\n"), "{said}");
    for (name, _, expected) in &files {
        assert!(said.contains(&format!("\n  - {name}: {expected}")), "{name}: {said}");
    }
    assert!(said.contains("\n  - z.json: this is no history of a workflow: EOF"), "{said}");
    assert!(matches!(error, ReplayError::Several { of: 9, .. }));
    let unknown = History::from_json(br#"{"events": []}"#).expect("it is a list");
    let error = app.replay(&unknown).await.expect_err("there is nothing in it");
    assert_eq!(error.code(), "Replay");
}
