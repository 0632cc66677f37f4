//! Conversations that go on from run to run.

use crate::server;
use serde_json::json;
use steadfast::{
    Session, Target,
    prelude::*,
    session::SqliteSessions,
    testing::{Asked, Reply, ScriptedModel},
};

/// Adds two numbers.
#[tool]
fn sum(a: i32, b: i32) -> i32 {
    a + b
}

#[agent(model = "m", instructions = "guide", tools = [sum], max_turns = 2)]
struct Clerk;

#[agent(model = "m", instructions = "summarise")]
struct Summarizer;

/// What happens in a day, and how much of it each model call was shown.
#[workflow]
async fn day((questions, most): (Vec<String>, Option<usize>)) -> Result<Session> {
    let mut session = most.map_or_else(Session::new, |most| Session::new().at_most_items(most));
    for question in questions {
        match question.as_str() {
            "compact" => drop(session.compact(&Summarizer).await?),
            // A run without an answer is no part of it.
            "fail" => drop(Clerk.run("fail").max_turns(1).session(&mut session).await.expect_err("out of turns")),
            question => drop(Clerk.run(question).session(&mut session).await?),
        }
    }
    Ok(session)
}

/// Calls a tool for each question, and then tells how many items it was shown.
fn answering(asked: &Asked) -> Reply {
    let items = asked.input_items();
    match (asked.instructions(), items.last()) {
        (Some("summarise"), _) => Reply::says(format!("{} items", items.len())),
        (_, Some(last)) if last["role"] == "user" => Reply::call("sum", json!({"a": 1, "b": items.len()})),
        _ => Reply::says(format!("shown {}", items.len())),
    }
}

fn said(session: &Session) -> Vec<String> {
    let items = session.conversation().items();
    let messages = items.iter().filter_map(|item| match item {
        steadfast::model::Item::Message(message) => Some(message.text()),
        _ => None,
    });
    messages.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_from_run_to_run() {
    let model = ScriptedModel::answering(answering).start().await.expect("a port");
    let app = server::app("sessions").await.workflow(day).provider("openai", model.provider());
    // On a server that soon asks for a new history.
    let app = app.target(Target::address(server::impatient().await));
    let worker = server::worker(&app).await;
    let cases: [(&[&str], Option<usize>, &[&str]); 4] = [
        (&["a", "b", "c"], None, &["a", "shown 3", "b", "shown 7", "c", "shown 11"]),
        (&["a", "b", "c"], Some(4), &["a", "shown 3", "b", "shown 7", "c", "shown 7"]),
        (&["a", "fail", "b"], None, &["a", "shown 3", "b", "shown 7"]),
        // The summary is one item, the whole is kept.
        (&["a", "b", "compact", "c"], None, &["a", "shown 3", "b", "shown 7", "c", "shown 4"]),
    ];
    for (questions, most, expected) in cases {
        let questions: Vec<String> = questions.iter().map(|question| (*question).to_owned()).collect();
        let inline = app.inline(day((questions.clone(), most))).await.expect("it ends well");
        assert_eq!(said(&inline), expected);
        let run = app.start(day, (questions, most)).await.expect("it starts");
        assert_eq!(server::result(&run).await.expect("it ends well"), inline);
        server::all_replayed(&app, &run).await;
    }
    let many: Vec<String> = (0..12).map(|question| question.to_string()).collect();
    let run = app.start(day, (many, None)).await.expect("it starts");
    let session = server::result(&run).await.expect("it ends well");
    assert_eq!(said(&session).last().expect("an answer"), "shown 47");
    assert!(server::all_replayed(&app, &run).await.len() > 1, "it has gone through several histories");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_a_file_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = ScriptedModel::answering(answering).start().await.expect("a port");
    for (question, shown) in [("a", "shown 3"), ("b", "shown 7")] {
        let app = App::new("file").agent::<Clerk>().provider("openai", model.provider());
        let sessions = SqliteSessions::open(folder.path().join("talks.db")).await.expect("a file");
        let mut session = sessions.load("ann").await.expect("it can be read");
        let run = app.inline(Clerk.run(question).session(&mut session)).await.expect("it ends well");
        assert_eq!((run.output.as_str(), run.items().len()), (shown, 3), "what the run itself has added");
        sessions.save("ann", &session).await.expect("it can be written");
    }
}
