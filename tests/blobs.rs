//! Codecs and large things: what the server records passes through both, and comes back as it was.

use crate::server;
use serde_json::{Value, json};
use steadfast::{
    ByReference,
    codec::{
        Zstd,
        blobs::{Address, Blobs, MemoryBlobs, ObjectBlobs},
    },
    prelude::*,
    testing::{Reply, ScriptedModel},
};

/// Writes a report, which has no two equal lines.
#[tool]
fn report(lines: u32) -> String {
    let mut text = String::new();
    for line in 0..lines {
        let scattered = u64::from(line).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        text.push_str(&format!(
            "line {line} of {lines}: {scattered:x}
"
        ));
    }
    text
}

/// Counts the characters of a text.
#[tool]
fn count(text: String) -> usize {
    text.chars().count()
}

#[agent(model = "m", tools = [report, count], max_turns = 100)]
struct Reporter;

/// Three megabytes.
const LINES: u32 = 80_000;

#[workflow]
async fn press(lines: u32) -> Result<(String, usize, String)> {
    // The workflow's own code gets the whole, and may pass it on.
    let whole = report::call(lines).await?;
    let counted = count::call(whole).await?;
    let run = Reporter.run("Write it, please.").await?;
    let shown = run.items().iter().find_map(|item| match item {
        steadfast::model::Item::FunctionCallOutput(output) => output.output.as_str().map(str::to_owned),
        _ => None,
    });
    Ok((run.output, counted, shown.unwrap_or_default()))
}

async fn model() -> steadfast::testing::ModelServer {
    let script = ScriptedModel::new().call("report", json!({"lines": LINES})).says("Here it is.");
    script.start().await.expect("a port")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_large_goes_to_the_store_and_the_model_sees_its_beginning() {
    let model = model().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = Blobs::new(ObjectBlobs::folder(folder.path()).expect("a folder")).over(50_000).preview(100);
    let app = server::app("press").await.workflow(press).provider("openai", model.provider()).blobs(blobs.clone());
    let worker = server::worker(&app).await;
    let run = app.start(press, LINES).await.expect("it starts");
    let (answer, counted, shown) = server::result(&run).await.expect("it ends well");
    let whole = report(LINES);
    assert!(whole.len() > 2_500_000, "more than the server takes");
    assert_eq!((answer.as_str(), counted), ("Here it is.", whole.chars().count()));

    assert!(shown.starts_with(&whole[..100]) && shown.len() < 300, "{shown}");
    let address: Address =
        shown.rsplit(' ').next().and_then(|word| word.trim_end_matches(']').parse().ok()).expect(&shown);
    assert_eq!(blobs.get(&address).await.expect("it is kept"), whole.as_bytes());
    let history = server::replayed(&app, &run).await;
    assert!(history.bytes() < 20_000, "{history:?}");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_it_is_refused_before_it_is_sent() {
    let model = model().await;
    let app = server::app("no-store").await.workflow(press).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(press, LINES).await.expect("it starts");
    let error = server::result(&run).await.expect_err("there is no room for it").to_string();
    assert!(error.contains("`report`") && error.contains("over the limit"), "{error}");
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn diary(turns: u32) -> Result<(String, Value)> {
    let run = Reporter.run(turns.to_string()).await?;
    Ok((run.output, serde_json::to_value(&run.conversation).map_err(Error::other)?))
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_codec_everything_is_the_same_and_smaller() {
    let script = |asked: &steadfast::testing::Asked| match asked.turn() {
        turn if turn < 40 => Reply::call("report", json!({"lines": 50})),
        turn => Reply::says(format!("{turn} reports")),
    };
    let model = ScriptedModel::answering(script).start().await.expect("a port");
    let mut sizes = Vec::new();
    let mut results = Vec::new();
    for compressed in [false, true] {
        // Asked for by queries, and carried over several histories, all through the codec.
        let app = App::new(format!("diary-{compressed}"))
            .target(steadfast::Target::address(server::impatient().await))
            .by_reference(ByReference::new().cache(0).over(0).page(5_000))
            .workflow(diary)
            .provider("openai", model.provider());
        let blobs = Blobs::new(MemoryBlobs::new()).over(20_000);
        let app = if compressed { app.codec(Zstd::new()).blobs(blobs) } else { app };
        let worker = server::worker(&app).await;
        let run = app.start(diary, 40).await.expect("it starts");
        results.push(server::result(&run).await.expect("it ends well"));
        let histories = server::all_replayed(&app, &run).await;
        assert!(histories.len() > 2, "{histories:?}");
        assert_eq!(histories[0].contains("line 7 of 50"), !compressed);
        sizes.push(histories.iter().map(steadfast::History::bytes).sum::<usize>());
        worker.stop().await.expect("it stops");
    }
    assert_eq!(results[0], results[1]);
    // What is carried from run to run is compressed in any case.
    assert!(sizes[1] * 3 < sizes[0] * 2, "{sizes:?}");
}
