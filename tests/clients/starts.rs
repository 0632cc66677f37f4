//! Ids that are taken, and what else may be said about a start.

use super::{code, messages, workflow_error};
use crate::server;
use std::time::{Duration, Instant};
use steadfast::{Decision, Handle, IdConflictPolicy, IdReusePolicy, Target, WorkflowError, WorkflowStatus, prelude::*};

/// Says the two words it is sent.
#[workflow]
async fn two_words(first: String) -> Result<String> {
    let second: String = workflow::signal("second").await?;
    Ok(format!("{first} {second}"))
}

#[workflow]
async fn fails() -> Result<()> {
    Err("on purpose".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_in_use_goes_by_its_policy() {
    let app = server::app("clients-conflict").await.workflow(two_words);
    let worker = server::worker(&app).await;
    let start = |word: &str| app.start(two_words, word.to_owned()).id("clients-conflict");

    let first = start("one").await.expect("it starts");
    for policy in [None, Some(IdConflictPolicy::Fail)] {
        let again = match policy {
            None => start("two").await,
            Some(policy) => start("two").id_conflict_policy(policy).await,
        };
        assert_eq!(code(again.expect_err("it runs")), "AlreadyRunning");
    }
    let found = start("two").id_conflict_policy(IdConflictPolicy::UseExisting).await.expect("it is found");
    assert_eq!(found.run_id(), first.run_id());
    let other = start("three").id_conflict_policy(IdConflictPolicy::TerminateExisting).await.expect("it starts");
    assert_ne!(other.run_id(), first.run_id());
    assert_eq!(code(server::result(&first).await.expect_err("it was terminated")), "Terminated");
    // The handle of the first is not taken for the other's.
    assert_eq!(code(first.cancel().await.expect_err("it has ended")), "NotFound");
    let error = start("four")
        .id_conflict_policy(IdConflictPolicy::TerminateExisting)
        .id_reuse_policy(IdReusePolicy::Reject)
        .await;
    let error = workflow_error(error.expect_err("they contradict each other"));
    assert!(matches!(&error, WorkflowError::Options { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "`clients-conflict`: `IdReusePolicy::Reject` and `IdConflictPolicy::TerminateExisting` contradict each other: the \
         terminated workflow's id could not be used again"
    );

    other.signal("second", &"words").await.expect("it runs");
    assert_eq!(server::result(&other).await.expect("it ends well"), "three words");
    server::replayed(&app, &other).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_used_again_as_its_policy_says() {
    let app = server::app("clients-reuse").await.workflow(fails).workflow(two_words);
    let worker = server::worker(&app).await;
    let failed = app.start(fails, ()).id("clients-reuse").await.expect("it starts");
    server::result(&failed).await.expect_err("on purpose");
    let start = || app.start(two_words, "well".to_owned()).id("clients-reuse");
    let error = workflow_error(start().id_reuse_policy(IdReusePolicy::Reject).await.expect_err("it was used"));
    assert!(matches!(&error, WorkflowError::IdUsed { id } if id == "clients-reuse"), "{error:?}");
    let run = start().id_reuse_policy(IdReusePolicy::AllowIfFailed).await.expect("it has failed");
    run.signal("second", &"done").await.expect("it runs");
    assert_eq!(server::result(&run).await.expect("it ends well"), "well done");
    let error = start().id_reuse_policy(IdReusePolicy::AllowIfFailed).await.expect_err("it has not failed");
    assert_eq!(code(error), "IdUsed");
    let run = start().id_reuse_policy(IdReusePolicy::Allow).await.expect("whatever became of it");
    run.terminate("the test is over").await.expect("it runs");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_goes_with_a_start_or_to_what_runs() {
    let app = server::app("clients-signal").await.workflow(two_words);
    let worker = server::worker(&app).await;
    let start = || app.start(two_words, "it".to_owned()).id("clients-signal");
    let run = start().with_signal("other", &()).await.expect("it starts");
    let same = start().with_signal("second", &"runs").await.expect("it is signalled");
    assert_eq!(same.run_id(), run.run_id());
    assert_eq!(server::result(&run).await.expect("it ends well"), "it runs");
    let history = server::replayed(&app, &run).await;
    let signals = history.events().iter().filter(|event| event.ends_with("Signaled")).count();
    assert_eq!(signals, 2, "{:?}", history.events());

    let large = start().with_signal("second", &"x".repeat(3_000_000)).await;
    let text = workflow_error(large.expect_err("it is too large")).to_string();
    assert!(text.contains("the argument of `second` is 3000002 bytes, over the limit of"), "{text}");
    let fail = start().id_conflict_policy(IdConflictPolicy::Fail).with_signal("second", &()).await;
    let text = workflow_error(fail.expect_err("it makes no sense")).to_string();
    assert!(text.contains("`IdConflictPolicy::Fail` has no meaning"), "{text}");
    let reuse = start().id_reuse_policy(IdReusePolicy::Reject).with_signal("second", &()).await;
    assert_eq!(code(reuse.expect_err("it was used")), "IdUsed");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_goes_with_a_start_or_to_what_runs() {
    let (app, _model) = messages::app("clients-with-update").await;
    let worker = server::worker(&app).await;
    let start = || app.start(messages::serve, "pay".to_owned()).id("clients-with-update");
    // Nothing is waited for yet, so it is refused; and the workflow is there.
    let mut decision = Decision::approve("ann");
    decision.id = format!("{:032x}", 1);
    let error = start().with_update::<Decision>("steadfast.decide", &decision).await.expect_err("nobody asked");
    assert_eq!(code(error), "UpdateRejected");
    let error = start().with_update::<Decision>("steadfast.decide", &decision).accepted().await;
    assert_eq!(code(error.expect_err("nobody asked")), "UpdateRejected");
    let run: Handle<String> = app.handle(messages::serve, "clients-with-update").await.expect("connected");
    decision.id = messages::waiting(&run).await.id;
    let update = || start().with_update::<Decision>("steadfast.decide", &decision).update_id("d-1");
    let fail = start().id_conflict_policy(IdConflictPolicy::Fail);
    let fail = fail.with_update::<Decision>("steadfast.decide", &decision).await;
    assert_eq!(code(fail.expect_err("it runs")), "AlreadyRunning");
    let (same, decided) = update().await.expect("it is waited for");
    assert_eq!((same.id(), decided.by.as_str()), (run.id(), "ann"));
    assert_eq!(server::result(&same).await.expect("it ends well"), "Paid.");
    server::replayed(&app, &same).await;

    let large = start().with_update::<Decision>("steadfast.decide", &"x".repeat(3_000_000)).await;
    let text = workflow_error(large.expect_err("it is too large")).to_string();
    assert!(text.contains("the argument of `steadfast.decide` is 3000002 bytes, over the limit of"), "{text}");
    let delayed = start().start_delay(Duration::from_secs(1)).with_update::<Decision>("steadfast.decide", &1).await;
    assert_eq!(code(delayed.expect_err("it makes no sense")), "Options");
    worker.stop().await.expect("it stops");
}

/// Continues as new once it has slept so often, and waits then.
#[workflow]
async fn sleeps(times: u32) -> Result<()> {
    for _ in 0..times {
        workflow::sleep(Duration::from_millis(1)).await;
    }
    Ok(workflow::signal::<()>("end").await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_was_found_in_a_later_run_is_the_same() {
    let app = App::new("clients-found").target(Target::address(server::impatient().await)).workflow(sleeps);
    let worker = server::worker(&app).await;
    let start = || app.start(sleeps, 40).id("clients-found").id_conflict_policy(IdConflictPolicy::UseExisting);
    let first = start().await.expect("it starts");
    let began = Instant::now();
    let found = loop {
        let found = start().await.expect("it is found");
        if found.run_id() != first.run_id() {
            break found;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{:?}", first.describe().await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    // Neither handle insists on a run that is over.
    first.signal("other", &()).await.expect("it runs");
    found.signal("other", &()).await.expect("it runs");
    found.cancel().await.expect("it runs");
    assert_eq!(code(server::result(&first).await.expect_err("it was cancelled")), "Cancelled");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_may_be_late_and_may_have_an_end() {
    let app = server::app("clients-late").await.workflow(two_words);
    let start = |word: &str| app.start(two_words, word.to_owned());
    let late = start("late").start_delay(Duration::from_hours(1)).memo("why", "rain").summary("Later.");
    let late = late.priority(2).id("clients-late").await.expect("it is noted");
    let described = late.describe().await.expect("it is there");
    // No step of it waits for a worker.
    assert_eq!((described.task.as_ref(), described.summary.as_deref()), (None, Some("Later.")));
    assert_eq!((described.workflow.status, &described.workflow.memo["why"]), (WorkflowStatus::Running, &"rain".into()));
    assert_eq!(code(start("again").id("clients-late").await.expect_err("it is there")), "AlreadyRunning");
    let again = start("again").start_delay(Duration::from_hours(1)).id("clients-late").await;
    assert_eq!(code(again.expect_err("it is there")), "AlreadyRunning");
    late.cancel().await.expect("it is there");

    let short = start("short").execution_timeout(Duration::from_secs(1)).await.expect("it starts");
    assert_eq!(code(server::result(&short).await.expect_err("there is no worker")), "TimedOut");
    let elsewhere = start("elsewhere").task_queue("clients-elsewhere").await.expect("it starts");
    assert_eq!(elsewhere.describe().await.expect("it is there").workflow.task_queue, "clients-elsewhere");
    elsewhere.terminate("the test is over").await.expect("it runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_before_it_is_sent() {
    let app = server::app("clients-options").await.workflow(two_words);
    let start = || app.start(two_words, String::new()).id("clients-options");
    let text = |error| workflow_error(error).to_string();
    let error = text(start().priority(6).await.expect_err("there is no such priority"));
    assert_eq!(error, "`clients-options`: a priority is from 1 to 5, and not 6");
    let error = text(start().fairness("ann", -1.0).await.expect_err("there is no such weight"));
    assert!(error.contains("weight of a fairness key is from 0.001 to 1000, and not -1"), "{error}");
    let error = text(start().search_attribute("Unheard", f64::NAN).await.expect_err("it is no number"));
    assert!(error.contains("the search attribute `Unheard` cannot be NaN"), "{error}");
    let error = text(start().search_attribute("Unheard", "of").await.expect_err("nobody knows it"));
    assert!(error.contains("Unheard") && error.contains("temporal operator search-attribute create"), "{error}");
}
