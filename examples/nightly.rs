//! A schedule has the server start a digest every night: many pages are summarised, three at once, and a night that was missed
//! is made up for.
//!
//! ```text
//! cargo run --example nightly
//! ```
//!
//! With `OPENAI_API_KEY` set it asks the real model; without, a scripted one.

use std::{
    error::Error as StdError,
    io,
    time::{Duration, SystemTime},
};
use steadfast::{
    DevServer, Filter, Overlap, ScheduleHandle, Target,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let server = DevServer::ephemeral().start().await?;
    let mut app = App::new("nightly").workflow(digest).target(Target::address(server.address()));
    let model = if std::env::var_os("OPENAI_API_KEY").is_none() { Some(model().await?) } else { None };
    if let Some(model) = &model {
        app = app.provider("openai", model.provider());
    }
    let worker = app.worker().await?.spawn();
    let nights = show(&app).await?;
    worker.stop().await?;
    server.stop().await;
    if nights >= 3 { Ok(()) } else { Err(format!("these should be three nights: {nights}").into()) }
}

/// Makes the schedule, does not wait for the night, and gives the number of digests that there are in the end.
pub(crate) async fn show(app: &App) -> Result<usize> {
    let pages = (1..=9).map(|n| format!("page {n}")).collect();
    let nightly = app
        .schedule("nightly", digest, pages)
        .cron("30 2 * * *")
        .overlap(Overlap::BufferOne)
        .pause_on_failure()
        .note("reads what is new")
        .starting(|start| start.id("digest").run_timeout(Duration::from_hours(3)).summary("The digest of the night."))
        .create()
        .await?;
    println!("The next nights: {}", nights(&nightly).await?);

    println!("Tonight's, at once:");
    nightly.trigger().await?;
    tell(app, &nightly, 1).await?;

    println!("The last two nights, as if the server had been down:");
    let now = SystemTime::now();
    nightly.backfill(now - Duration::from_hours(48), now, Overlap::BufferAll).await?;
    tell(app, &nightly, 3).await?;

    nightly.pause("a holiday").await?;
    let state = nightly.describe().await?;
    println!("Paused: {} ({})", state.is_paused, state.note.unwrap_or_default());
    nightly.delete().await?;

    println!("What has run:");
    let client = app.client().await?;
    let of_this = Filter::of(digest).task_queue(client.task_queue());
    // The server's index is a moment late.
    while client.count(of_this.clone().and("ExecutionStatus = 'Completed'")).await? < 3 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let all = client.list(of_this).all().await?;
    for run in &all {
        println!("  {} is {}, with {} events in its history", run.id, run.status, run.events);
    }
    Ok(all.len())
}

async fn nights(nightly: &ScheduleHandle) -> Result<String> {
    let now = SystemTime::now();
    let next = nightly.describe().await?.next;
    let hours = next.iter().filter_map(|night| Some(night.duration_since(now).ok()?.as_secs() / 3600));
    Ok(hours.take(3).map(|hours| format!("in {hours} hours")).collect::<Vec<_>>().join(", "))
}

/// Waits until the schedule has started so many, and for the result of the last.
async fn tell(app: &App, nightly: &ScheduleHandle, count: u64) -> Result<()> {
    loop {
        let known = nightly.describe().await?;
        if known.started >= count
            && let Some(last) = known.recent.last()
        {
            println!("  {}", app.handle(digest, &last.workflow_id).await?.result().await?);
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Fetches the pages and summarises them, three at once, however many there are.
#[workflow]
pub(crate) async fn digest(pages: Vec<String>) -> Result<String> {
    let summaries = workflow::try_map(pages, |page| async {
        let text = fetch::call(page).await?;
        Ok::<_, Error>(Summariser.run(&text).await?.output)
    });
    let summaries = summaries.at_once(3).await?;
    Ok(format!("{} pages: {}", summaries.len(), summaries.join(" ")))
}

/// Fetches a page.
#[activity(timeout = "10s", retries = 5)]
async fn fetch(page: String) -> String {
    tokio::time::sleep(Duration::from_millis(50)).await;
    format!("{page} is about the weather")
}

#[agent(model = "gpt-5.6-luna", instructions = "You summarise a page in a few words.")]
struct Summariser;

/// Plays the summariser.
pub(crate) async fn model() -> io::Result<ModelServer> {
    let answer = |asked: &Asked| {
        Reply::says(format!("{}.", asked.user_text().unwrap_or("Nothing").replace("is about the ", "has ")))
    };
    ScriptedModel::answering(move |asked| answer(asked).delay(Duration::from_millis(100))).start().await
}
