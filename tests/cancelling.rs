//! Cancelling: a workflow that is dropped where it is, one that hears of it and cleans up, parts that are whole or called off
//! by themselves.

use crate::server;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use steadfast::{
    WorkflowError,
    prelude::*,
    testing::{Reply, ScriptedModel},
    workflow::{self, CancelScope, Cancelled, saga, select, shield, sleep},
};

/// What was done, in order.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<Vec<String>>>);

impl Ledger {
    fn entries(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics").clone()
    }
}

/// Does something.
#[tool]
fn act(what: String, ledger: State<Ledger>) -> String {
    ledger.0.lock().expect("nobody panics").push(what.clone());
    what
}

/// Takes its time.
#[tool]
async fn dawdle(ledger: State<Ledger>) {
    ledger.0.lock().expect("nobody panics").push("dawdling".to_owned());
    tokio::time::sleep(Duration::from_millis(300)).await;
    ledger.0.lock().expect("nobody panics").push("done dawdling".to_owned());
}

/// Writes for ever.
#[agent(model = "m")]
struct Writer;

#[workflow]
async fn careful(topic: String) -> Result<String> {
    act::call("booked".to_owned()).await?;
    select! {
        run = Writer.run(&topic) => Ok(run?.output),
        () = workflow::cancelled() => {
            act::call("unbooked".to_owned()).await?;
            sleep(Duration::from_millis(10)).await;
            Err(Cancelled.into())
        }
    }
}

async fn cancelled<T: serde::de::DeserializeOwned>(run: &steadfast::Handle<T>) {
    let Err(error) = server::result(run).await else { panic!("it was cancelled") };
    assert!(matches!(error, Error::Workflow(WorkflowError::Cancelled { .. })), "{error:?}");
}

async fn until(ledger: &Ledger, entry: &str) {
    while !ledger.entries().iter().any(|known| known == entry) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_hears_of_it_cleans_up_and_ends_as_cancelled() {
    let (model, ledger) = (ScriptedModel::new().hangs().start().await.expect("a port"), Ledger::default());
    let app = server::app("careful").await.workflow(careful).state(ledger.clone()).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(careful, "cats".to_owned()).await.expect("it starts");
    while model.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    run.cancel().await.expect("it is asked to stop");
    cancelled(&run).await;
    assert_eq!(ledger.entries(), ["booked", "unbooked"]);
    let history = server::replayed(&app, &run).await;
    assert!(
        history.events().contains(&"ActivityTaskCancelRequested".to_owned()),
        "the model is not asked for any more"
    );
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn whole() -> Result<()> {
    shield(async {
        dawdle::call().await?;
        act::call("receipt".to_owned()).await
    })
    .await?;
    sleep(Duration::from_hours(1)).await;
    act::call("never".to_owned()).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shielded_ends_and_then_the_rest_is_dropped() {
    let ledger = Ledger::default();
    let app = server::app("whole").await.workflow(whole).state(ledger.clone());
    let worker = server::worker(&app).await;
    let run = app.start(whole, ()).await.expect("it starts");
    until(&ledger, "dawdling").await;
    run.cancel().await.expect("it is asked to stop");
    cancelled(&run).await;
    assert_eq!(ledger.entries(), ["dawdling", "done dawdling", "receipt"]);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn undone_when_cancelled(topic: String) -> Result<String> {
    saga::run(|saga| async move {
        act::call("booked".to_owned()).await?;
        saga.compensate(act::call("unbooked".to_owned()));
        act::call("paid".to_owned()).await?;
        saga.compensate(act::call("paid back".to_owned()));
        Ok(Writer.run(&topic).await?.output)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_is_undone_when_its_workflow_is_cancelled() {
    let (model, ledger) = (ScriptedModel::new().hangs().start().await.expect("a port"), Ledger::default());
    let app = server::app("undone").await.workflow(undone_when_cancelled).state(ledger.clone());
    let app = app.provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(undone_when_cancelled, "cats".to_owned()).await.expect("it starts");
    while model.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    run.cancel().await.expect("it is asked to stop");
    cancelled(&run).await;
    assert_eq!(ledger.entries(), ["booked", "paid", "paid back", "unbooked"]);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn undone_in_any_case() -> Result<()> {
    saga::run(|saga| async move {
        act::call("booked".to_owned()).await?;
        saga.compensate(act::call("unbooked".to_owned()));
        saga.compensate(dawdle::call());
        Err(Error::other("too dear"))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_undone_is_undone_although_its_workflow_is_cancelled() {
    let ledger = Ledger::default();
    let app = server::app("any-case").await.workflow(undone_in_any_case).state(ledger.clone());
    let worker = server::worker(&app).await;
    let run = app.start(undone_in_any_case, ()).await.expect("it starts");
    until(&ledger, "dawdling").await;
    run.cancel().await.expect("it is asked to stop");
    server::result(&run).await.expect_err("it fails, or is cancelled");
    assert_eq!(ledger.entries(), ["booked", "dawdling", "done dawdling", "unbooked"]);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn whole_within_a_saga() -> Result<()> {
    saga::run(|saga| async move {
        shield(async {
            dawdle::call().await?;
            saga.compensate(act::call("paid back".to_owned()));
            act::call("receipt".to_owned()).await
        })
        .await?;
        sleep(Duration::from_hours(1)).await;
        act::call("never".to_owned()).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_is_undone_after_what_it_has_shielded() {
    let ledger = Ledger::default();
    let app = server::app("whole-saga").await.workflow(whole_within_a_saga).state(ledger.clone());
    let worker = server::worker(&app).await;
    let run = app.start(whole_within_a_saga, ()).await.expect("it starts");
    until(&ledger, "dawdling").await;
    run.cancel().await.expect("it is asked to stop");
    cancelled(&run).await;
    assert_eq!(ledger.entries(), ["dawdling", "done dawdling", "receipt", "paid back"]);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

/// What was dropped.
#[derive(Clone, Default)]
struct Dropped(Arc<Mutex<Vec<u32>>>);

impl Dropped {
    fn all(&self) -> Vec<u32> {
        self.0.lock().expect("nobody panics").clone()
    }
}

/// Notes how it ended, by being dropped.
struct Noting(Dropped, u32);

impl Drop for Noting {
    fn drop(&mut self) {
        self.0.0.lock().expect("nobody panics").push(self.1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_with_the_cancellation_is_told_before_the_code_is_dropped() {
    // A step has ended and the workflow is cancelled before anybody could look: the code learns of both.
    let ledger = Ledger::default();
    let app = server::app("both").await.workflow(both).state(ledger.clone());
    let worker = server::worker(&app).await;
    let run = app.start(both, ()).await.expect("it starts");
    until(&ledger, "sent").await;
    worker.stop().await.expect("it stops");
    run.signal("go", &()).await.expect("it is kept");
    run.cancel().await.expect("it is asked to stop");
    let worker = server::worker(&app).await;
    cancelled(&run).await;
    assert_eq!(ledger.entries(), ["sent", "undone"]);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn both() -> Result<()> {
    act::call("sent".to_owned()).await?;
    workflow::signal::<()>("go").await?;
    // Only who has heard the signal is here when it is cancelled.
    workflow::cancelled().await;
    act::call("undone".to_owned()).await?;
    Err(Cancelled.into())
}

#[derive(Default)]
struct Desk {
    writing: CancelScope,
    dropped: Dropped,
}

#[workflow]
impl Desk {
    #[run]
    async fn run(desk: WorkflowContext<Self>, topic: String) -> Result<(String, Vec<u32>)> {
        let (writing, dropped) = desk.state(|desk| (desk.writing.clone(), desk.dropped.clone()));
        let noting = Noting(dropped.clone(), 1);
        let text = writing.run(async {
            let _noting = noting;
            Writer.run(&topic).await
        });
        let text = match text.await {
            Ok(run) => run?.output,
            Err(Cancelled) => "nothing".to_owned(),
        };
        Ok((text, dropped.all()))
    }

    #[signal]
    fn stop(&mut self) {
        self.writing.cancel();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_called_off_by_a_signal_and_the_rest_goes_on() {
    let model = ScriptedModel::answering(|_| Reply::hangs()).start().await.expect("a port");
    let app = server::app("desk").await.workflow(Desk::run).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let desk = app.start(Desk::run, "cats".to_owned()).await.expect("it starts");
    while model.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    desk.stop().await.expect("it is taken");
    assert_eq!(server::result(&desk).await.expect("it ends well"), ("nothing".to_owned(), vec![1]));
    let history = server::replayed(&app, &desk).await;
    assert!(history.events().contains(&"ActivityTaskCancelRequested".to_owned()), "{history:?}");
    worker.stop().await.expect("it stops");
}

#[derive(Default)]
struct Counter(u32);

#[workflow]
impl Counter {
    #[run]
    async fn run(counter: WorkflowContext<Self>) -> Result<()> {
        counter.until(|_| false).await;
        Ok(())
    }

    #[update_validator(add)]
    fn may_add(&self, n: &u32) -> Result<()> {
        if *n == 0 { Err(Error::other("nothing is not added")) } else { Ok(()) }
    }

    #[update]
    fn add(&mut self, n: u32) -> u32 {
        self.0 += n;
        self.0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_comes_with_the_cancellation_is_answered() {
    let app = server::app("counter").await.workflow(Counter::run);
    let worker = server::worker(&app).await;
    let run = app.start(Counter::run, ()).await.expect("it starts");
    assert_eq!(run.add(1).await.expect("it is done"), 1);
    worker.stop().await.expect("it stops");
    run.cancel().await.expect("it is asked to stop");
    let (added, worker) = futures::join!(run.add(2).into_future(), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server::worker(&app).await
    });
    assert_eq!(added.expect("it was taken and is answered"), 3);
    cancelled(&run).await;
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}
