//! What workflows note on themselves: search attributes and memos.

use crate::server;
use std::time::Duration;
use steadfast::{
    SearchValue,
    prelude::*,
    workflow::{continue_as_new, signal},
};

/// Adds one.
#[tool]
fn step(n: u32) -> u32 {
    n + 1
}

/// Tells how far it is.
#[workflow]
async fn parcel(stage: u32) -> Result<()> {
    let stages = ["packed", "sent", "there"];
    workflow::upsert_memo("stage", stages[stage as usize])?;
    match stage {
        1 => workflow::remove_search_attribute("Customer")?,
        _ => workflow::upsert_search_attribute("Customer", stages[stage as usize])?,
    }
    workflow::upsert_memo("passing", &1)?;
    step::call(stage).await?;
    workflow::upsert_memo("passing", &())?;
    if stage < 2 {
        return continue_as_new(parcel, stage + 1).await;
    }
    let kept = workflow::upsert_search_attribute("SteadfastStatus", "mine").expect_err("it is ours").to_string();
    assert!(kept.contains("`SteadfastStatus` is kept by this crate"), "{kept}");
    workflow::upsert_search_attribute("Customer", f64::NAN).expect_err("no server takes it");
    signal::<()>("over").await?;
    workflow::remove_search_attribute("Customer")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_workflow_notes_on_itself_is_seen_by_others() {
    let app = server::app("anew-parcel").await.workflow(parcel);
    let worker = server::worker(&app).await;
    let run = app.start(parcel, 0).await.expect("it starts");
    let seen = async {
        loop {
            let seen = run.describe().await.expect("it is there").workflow;
            if seen.memo.get("stage").is_some_and(|stage| stage == "there") && !seen.memo.contains_key("passing") {
                break seen;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(20), seen).await.expect("it gets there");
    assert_eq!(seen.search_attributes["Customer"], SearchValue::from("there"));
    run.signal("over", &()).await.expect("it is taken");
    server::result(&run).await.expect("it ends well");
    let seen = run.describe().await.expect("it is there").workflow;
    assert!(!seen.search_attributes.contains_key("Customer"), "{seen:?}");
    server::all_replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
    app.inline(async { workflow::upsert_memo("k", &1) }).await.expect("here it does nothing");
}

/// Notes things in its first run, takes some away in its second, and ends with the third in the moment that it begins.
#[workflow]
async fn letter(run: u32) -> Result<()> {
    match run {
        0 => {
            workflow::upsert_memo("from", "ann")?;
            workflow::upsert_memo("to", "bob")?;
            workflow::upsert_memo("sender", &())?;
            workflow::upsert_search_attribute("Customer", "ann")?;
        }
        1 => workflow::upsert_memo("to", &())?,
        _ => {
            workflow::upsert_memo("state", "there")?;
            workflow::upsert_search_attribute("Euros", 3)?;
            return Ok(());
        }
    }
    step::call(run).await?;
    continue_as_new(letter, run + 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_noted_goes_along_and_what_is_taken_away_stays_away() {
    let app = server::app("noted-letter").await.workflow(letter);
    let worker = server::worker(&app).await;
    let run = app.start(letter, 0).memo("sender", "ann").memo("kind", "letter").await.expect("it starts");
    server::result(&run).await.expect("it ends well");
    let seen = run.describe().await.expect("it is there").workflow;
    let memo: Vec<_> = seen.memo.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(memo, [("from", Some("ann")), ("kind", Some("letter")), ("state", Some("there"))]);
    assert_eq!(seen.search_attributes["Customer"], SearchValue::from("ann"));
    assert_eq!(seen.search_attributes["Euros"], SearchValue::from(3));
    assert_eq!(server::all_replayed(&app, &run).await.len(), 3);
    worker.stop().await.expect("it stops");
}

/// Takes much, and gives nothing.
#[tool]
fn weigh(text: String) -> usize {
    text.len()
}

/// Notes in one task what only goes into several, beside what else is in it.
#[workflow]
async fn parcels(n: u32) -> Result<()> {
    let text = "x".repeat(1_300_000);
    for n in 0..n {
        workflow::upsert_memo(format!("parcel {n}"), &"x".repeat(60_000))?;
    }
    let (one, other) = workflow::join!(weigh::call(text.clone()), weigh::call(text));
    one?;
    other?;
    let said = workflow::upsert_memo("much", &"x".repeat(70_000)).expect_err("it is too much").to_string();
    assert!(said.contains("the memo `much` is 70002 bytes, over the limit of 65536"), "{said}");
    // As JSON, which is what counts.
    let said =
        workflow::upsert_search_attribute("Customer", "x".repeat(2_047)).expect_err("it is too much").to_string();
    assert!(said.contains("the search attribute `Customer` is 2049 bytes, over the server's limit of 2048"), "{said}");
    workflow::upsert_search_attribute("Customer", "x".repeat(2_046))?;
    workflow::upsert_memo("last", &n)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_for_one_task_comes_in_several() {
    let app = server::app("noted-parcels").await.workflow(parcels);
    let worker = server::worker(&app).await;
    let run = app.start(parcels, 32).await.expect("it starts");
    server::result(&run).await.expect("it ends well");
    let seen = run.describe().await.expect("it is there").workflow;
    assert_eq!(seen.memo.len(), 33);
    let history = server::replayed(&app, &run).await;
    assert!(!history.events().contains(&"WorkflowTaskFailed".to_owned()), "{:?}", history.events());
    worker.stop().await.expect("it stops");
}
