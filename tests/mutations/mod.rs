//! A workflow is recorded once, and replayed with code that was changed since: what has to be noticed is, and what may
//! change may.

mod agents;
mod original;
mod steps;

use crate::server;
use serde_json::json;
use steadfast::{
    App,
    testing::{ScriptedModel, replay_dir},
};

/// What becomes of a history under changed code.
enum Then {
    /// It replays, to the letter.
    Same,
    /// It replays, and values are others: `strict` says which.
    Values(&'static str),
    /// Another step is asked for, or the code cannot go on.
    Noticed(&'static str),
}
use Then::{Noticed, Same, Values};

/// An app with one version of the workflow.
macro_rules! with {
    ($($module:ident :: $version:ident => $then:expr),* $(,)?) => {
        vec![$((
            concat!(stringify!($module), "::", stringify!($version)),
            App::new("booking").workflow($module::$version::booking),
            $then,
        )),*]
    };
}

fn versions() -> Vec<(&'static str, App, Then)> {
    with! {
        steps::dropped => Noticed("step 1, at its start: a call of `price` (event 5) is recorded, and today's code has \
            a timer of 10ms in its place"),
        steps::added_first => Noticed("a call of `price` (event 5) is recorded, and today's code has a call of `mail`"),
        steps::added_last => Noticed("the end with a result (event"),
        steps::swapped => Noticed("today's code has a timer of 10ms in its place"),
        steps::renamed => Noticed("today's code has a call of `quote` in its place"),
        steps::without_timer => Noticed("step 2, after a call of `price` (event 5): a timer of 10ms (event 11) is recorded, and \
            today's code has a model call (Booker · m · turn 1) in its place"),
        steps::another_timer => Noticed("today's code has a timer of 10ms in its place"),
        steps::longer_timer => Values("a timer of 10ms (event 11): it was 10ms, and is now 20ms"),
        steps::joined_otherwise => Noticed("today's code has a call of `reserve` in its place"),
        steps::one_by_one => Noticed("a call of `reserve` (event"),
        steps::without_agent => Noticed("a model call (Booker · m · turn 1) (event 16) is recorded"),
        steps::twice_the_agent => Noticed("has a model call (Booker · m · turn 1) in its place"),
        steps::another_argument => Values("it was {\"hotel\":\"Astoria\",\"nights\":1}, and is now \
            {\"hotel\":\"Astoria\",\"nights\":2}"),
        steps::another_result => Values("it was \"done, 1 at Astoria for 70, 4\", and is now"),
        steps::an_error => Noticed("today's code has the end with an error (done, 1 at Astoria for 70, 4) in its place"),
        steps::ends_early => Noticed("today's code has the end with a result in its place"),
        steps::locally => Noticed("a local call of `mail`"),
        steps::in_the_workflow => Noticed("a call of `mail` (event"),
        steps::another_input => Noticed("has the end with an error (workflow `booking` cannot be started with this input"),
        steps::waits => Noticed("a call of `price` (event 5) is recorded, and today's code has nothing there"),
        steps::stalls => Noticed("cannot go on with today's code: this workflow waits for something that is not part of it"),
        steps::panics => Noticed("cannot go on with today's code: it panics: a mistake of today"),
        steps::another_prompt => Same,
        steps::written_otherwise => Same,
        agents::without_tool => Same,
        agents::tool_renamed => Same,
        agents::local_tool => Noticed("a local call of `price`"),
        agents::inline_tool => Noticed("has a model call (Booker · m · turn 2) in its place"),
        agents::approved_tool => Noticed("step 4, after a model call (Booker · m · turn 1) (event 16)"),
        agents::without_handoff => Noticed("a change of search attributes or memo (event"),
        agents::another_agent => Values("and is now {\"agent\":\"Complaints\",\"turn\":3}"),
        agents::a_guardrail => Noticed("`about_hotels`"),
        agents::an_input_of_a_handoff => Noticed("`note`"),
        agents::stops_at_a_tool => Noticed("has a call of `mail` in its place"),
        agents::one_turn => Noticed("the end with an error"),
        agents::a_time_limit => Noticed("a timer of 3600s"),
        agents::a_budget => Noticed("a call of `price` (event"),
        agents::another_answer => Noticed("the end with an error"),
        agents::reworded => Same,
        agents::prompted_by_a_function => Same,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_is_noticed_and_what_may_change_may() {
    let model = ScriptedModel::new()
        .call("price", json!({"hotel": "Astoria"}))
        .call("transfer_to_refunds", json!({}))
        .says("done");
    let model = model.start().await.expect("a port");
    let app = server::app("booking").await.workflow(original::booking).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(original::booking, "Astoria".to_owned()).id("astoria").await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "done, 1 at Astoria for 70, 4");
    let folder = tempfile::tempdir().expect("a temporary folder");
    run.save_history(folder.path()).await.expect("it is saved");
    worker.stop().await.expect("it stops");

    replay_dir(&app, folder.path()).await.expect("the same code").strict().expect("does the same, to the letter");
    let (mut noticed, mut wrong) = (0, Vec::new());
    for (version, app, then) in versions() {
        let replayed = app.replayer().replay_dir(folder.path()).await;
        let strict = replayed.as_ref().ok().map(|replays| replays.clone().strict());
        let (expected, said) = match (&then, &replayed, &strict) {
            (Same, Ok(_), Some(Ok(_))) => continue,
            (Values(expected), Ok(_), Some(Err(error))) | (Noticed(expected), Err(error), _) => {
                (*expected, error.to_string())
            }
            (Same, _, _) => ("nothing", format!("{replayed:?} {strict:?}")),
            (Values(expected) | Noticed(expected), _, _) => (*expected, format!("{replayed:?}")),
        };
        noticed += 1;
        if !said.starts_with("1 of 1 histories do not replay:\n  - astoria.json: workflow `booking` ")
            || !said.contains(expected)
        {
            wrong.push(format!("{version}: {said}\n    instead of … {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(noticed >= 20, "{noticed}");
}
