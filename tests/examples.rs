//! The examples whose `main` does no more than call what is called here.

use crate::{
    conversation_example as conversation, customer_example as customer, nightly_example as nightly,
    order_example as order, server,
};
use std::time::Duration;
use steadfast::{Filter, Target, conversation::Because};

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_delivered_cancelled_and_left_unpaid() {
    let ledger = order::Ledger::default();
    let (app, _model) = order::shop(server::app("order-example").await, ledger.clone()).await.expect("a port");
    let worker = server::worker(&app).await;
    order::delivered(&app).await.expect("it goes as it says");
    let delivered = [
        "1 x atlas taken from the shelf",
        "2 x novel taken from the shelf",
        "60 euros from card 7",
        "a parcel for ann handed over",
    ];
    assert_eq!(ledger.lines(), delivered);
    order::cancelled(&app).await.expect("it goes as it says");
    let cancelled = [
        "3 x novel taken from the shelf",
        "60 euros from card 8",
        "a parcel for bob handed over",
        "paid back: 60 euros are paid by card 8",
        "3 x novel put back",
    ];
    assert_eq!(ledger.lines()[delivered.len()..], cancelled);
    order::unpaid(&app).await.expect("it goes as it says");
    assert_eq!(ledger.lines().len(), delivered.len() + cancelled.len(), "nothing was done for who does not pay");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_outlives_its_worker() {
    let model = conversation::model().await.expect("a port");
    let app = conversation::app().target(Target::address(server::address().await)).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let (talk, asked) = conversation::begin(&app, Duration::from_secs(10)).await.expect("it goes as it says");
    worker.stop().await.expect("it stops");
    let worker = server::worker(&app).await;
    conversation::go_on(&app, asked).await.expect("it goes as it says");
    let ended = server::result(&talk).await.expect("it ends well");
    assert_eq!((ended.because, ended.answered), (Because::Idle, 3));
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_known_for_years() {
    let model = customer::model().await.expect("a port");
    let app = customer::app().target(Target::address(server::address().await)).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    customer::a_year(&app).await.expect("it goes as it says");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn nights_that_were_missed_are_made_up_for() {
    let model = nightly::model().await.expect("a port");
    let app = server::app("nightly-example").await.workflow(nightly::digest).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    // One more, if it is half past two while this runs.
    assert!(nightly::show(&app).await.expect("it goes as it says") >= 3);
    let client = app.client().await.expect("connected");
    let all = Filter::of(nightly::digest).task_queue(client.task_queue());
    let run = client.list(all).next().await.expect("the server lists").expect("there are some");
    let said = server::result(&app.handle(nightly::digest, run.id).await.expect("connected")).await;
    assert!(said.expect("it ends well").starts_with("9 pages: page 1 has weather. page 2 "), "in their order");
    worker.stop().await.expect("it stops");
}
