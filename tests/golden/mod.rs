//! Histories that earlier versions have recorded go on replaying: `tests/histories`, a folder for each version, and one with
//! what Temporal's CLI has written of the same workflows.
//!
//! `STEADFAST_RECORD=1 cargo test -p steadfast-tests -- golden::` records those of this version anew. That is for a new
//! version, or for a form that is recorded for the first time: a history that no longer replays is a mistake in the code, not
//! in the history.

mod workflows;

use crate::server;
use std::{env, fs, path::Path, time::Duration};
use steadfast::{
    App, ByReference, Handle, Result, Target,
    testing::{ScriptedModel, replay_dir},
};
use workflows::{
    KeptOrder, KeptTalk, decision, kept_budget, kept_failure, kept_host, kept_local, kept_part, kept_signals,
    kept_steps, kept_stream, kept_tools, script,
};

/// No larger than that, so that they can be read, and kept for ever.
const LARGEST: u64 = 60_000;

fn app(name: &str) -> App {
    App::new(name)
        .workflow(kept_tools)
        .workflow(kept_host)
        .workflow(kept_local)
        .workflow(kept_stream)
        .workflow(kept_budget)
        .workflow(kept_failure)
        .workflow(kept_steps)
        .workflow(kept_signals)
        .workflow(KeptOrder::run)
        .workflow(kept_part)
        .agent::<KeptTalk>()
}

/// The histories, recorded anew where that is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn histories_of_all_versions_replay() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("histories");
    if env::var_os("STEADFAST_RECORD").is_some() {
        record(&kept.join(concat!("v", env!("CARGO_PKG_VERSION")))).await.expect("they are recorded");
    }
    let replays = replay_dir(&app("golden"), &kept).await.expect("what was recorded replays");
    let replays = replays.strict().expect("with the same values");
    assert!(replays.count() >= 20, "{replays}");
    for (path, _) in replays.iter() {
        let path = kept.join(path);
        let text = fs::read_to_string(&path).expect("it has been read");
        assert!(fs::metadata(&path).expect("it is there").len() <= LARGEST, "{}", path.display());
        for word in ["/root", "/home", "/tmp", "localhost", "127.0.0.1", "@"] {
            assert!(!text.contains(word), "{} says {word}", path.display());
        }
    }
}

async fn record(folder: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(folder);
    let model = ScriptedModel::answering(script).start().await?;
    let app =
        app("golden-recording").target(Target::address(server::address().await)).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(kept_tools, "Rome".to_owned()).id("tools").await?;
    ended(&run, folder).await?;
    for wish in ["clock", "hand over", "ask", "fall back", "refuse"] {
        let run = app.start(kept_host, wish.to_owned()).id(wish.replace(' ', "-")).await?;
        ended(&run, folder).await?;
    }
    let run = app.start(kept_host, "write".to_owned()).id("approval").await?;
    for (first, approval) in [true, false].into_iter().zip(crate::approvals::waiting(&run, 2).await) {
        run.decide(&approval, decision(first)).await?;
    }
    ended(&run, folder).await?;
    ended(&app.start(kept_local, "clock".to_owned()).id("local").await?, folder).await?;
    ended(&app.start(kept_stream, "hand over".to_owned()).id("streamed").await?, folder).await?;
    ended(&app.start(kept_budget, "too much".to_owned()).id("budget").await?, folder).await?;
    ended(&app.start(kept_failure, "Rome".to_owned()).id("failure").await?, folder).await?;
    ended(&app.start(kept_steps, "Rome".to_owned()).id("steps").await?, folder).await?;
    // One that runs still, and one that is cancelled.
    let run = app.start(kept_signals, ()).id("signals").await?;
    run.signal("say", &"a").await?;
    while !run.history().await?.events().contains(&"ActivityTaskCompleted".to_owned()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    run.save_history(folder.join("running")).await?;
    run.cancel().await?;
    ended(&run, folder).await?;
    // A state, with messages, children and an undone saga; and an agent that is talked to.
    let order = app.start(KeptOrder::run, ()).id("order").await?;
    order.add("a nut".to_owned()).await?;
    order.pay(0).await.expect_err("it is refused");
    order.pay(7).await?;
    ended(&order, folder).await?;
    ended(&app.handle(kept_part, "kept-part").await?, folder).await?;
    ended(&app.client().await?.handle::<serde_json::Value>("kept-talk"), folder).await?;
    let talk = app.start_conversation(&KeptTalk).id("talk").await?;
    talk.send("one").await?;
    talk.tell("two").await?;
    talk.send("three").await?;
    talk.end().await?;
    ended(&talk, folder).await?;
    worker.stop().await?;

    // By reference, and over several histories.
    let app = self::app("golden-long").target(Target::address(server::impatient().await));
    let app = app.by_reference(ByReference::new().over(0).cache(0)).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    ended(&app.start(kept_host, "long".to_owned()).id("long").await?, folder).await?;
    // Begins anew with what was said.
    let talk = app.start_conversation(&KeptTalk).id("long-talk").await?;
    for n in 0..8 {
        talk.send(n.to_string()).await?;
    }
    talk.end().await?;
    ended(&talk, folder).await?;
    worker.stop().await
}

/// Waits until it has ended, well or not, and keeps what was recorded.
async fn ended<T: serde::de::DeserializeOwned>(run: &Handle<T>, folder: &Path) -> Result<()> {
    let _ = server::result(run).await;
    run.save_history(folder).await.map(drop)
}
