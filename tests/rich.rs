//! Tools that return images and files: what the model sees of them, over either API, in-process and on a server.

use crate::server;
use serde_json::{Value, json};
use steadfast::{
    codec::blobs::{Blobs, MemoryBlobs},
    model::Provider,
    prelude::*,
    testing::{Asked, ScriptedModel},
    tool::Detail,
};

/// Bytes that no text has, and no two images share.
fn picture(of: &str) -> Vec<u8> {
    of.bytes().cycle().zip(0..1_500_u16).map(|(byte, place)| byte ^ place.to_le_bytes()[0] ^ 0x80).collect()
}

/// Draws a chart.
#[tool]
fn chart(of: String) -> Result<ToolOutput, ToolError> {
    if of.is_empty() {
        return Err(ToolError::new("of what?"));
    }
    let png = picture(&of);
    Ok(ToolOutput::new().text(format!("A chart of {of}")).image(png, "image/png").detail(Detail::Low))
}

/// Finds a report.
#[tool]
fn report() -> ToolOutput {
    ToolOutput::new().file("a,b\n", "text/csv", "report.csv").file_url("https://x.example/report")
}

/// Tells a long story.
#[tool]
fn story() -> ToolOutput {
    "Once upon a time. ".repeat(200).into()
}

#[agent(model = "m", tools = [chart, report, story])]
struct Analyst;

#[agent(model = "m", tools = [chart], tool_use_behavior = "stop_on_first_tool")]
struct Draughtsman;

fn script() -> ScriptedModel {
    let calls = [("chart", json!({"of": "sales"})), ("chart", json!({"of": ""})), ("report", json!({}))];
    ScriptedModel::new().calls(calls).says("Sales are up.")
}

/// The data URL of a picture, which only [`ToolOutput`] can make.
fn url(of: &str) -> String {
    let output = serde_json::to_value(ToolOutput::new().image(picture(of), "image/png")).expect("it serialises");
    output["steadfast.output"][0]["image_url"].as_str().expect("a text").to_owned()
}

/// Whether the model has seen what the calls of [`script`] came to, in the words of its API.
fn assert_seen(asked: &Asked) {
    let failed = "An error occurred while running the tool. Please try again. Error: of what?";
    let image = url("sales");
    assert!(image.starts_with("data:image/png;base64,") && image.len() > 2_000, "{image}");
    let csv = "data:text/csv;base64,YSxiCg==";
    let outputs: Vec<&Value> = ["call_1_1", "call_1_2", "call_1_3"].map(|id| asked.tool_output(id).expect(id)).into();
    if asked.path == "/v1/responses" {
        let chart = json!([
            {"type": "input_text", "text": "A chart of sales"},
            {"type": "input_image", "image_url": image, "detail": "low"},
        ]);
        let report = json!([
            {"type": "input_file", "file_data": csv, "filename": "report.csv"},
            {"type": "input_file", "file_url": "https://x.example/report"},
        ]);
        assert_eq!(outputs, [&chart, &json!(failed), &report]);
        return;
    }
    let text = |text: &str| json!({"type": "text", "text": text});
    let chart = json!([text("A chart of sales"), text("[1 image, see below]")]);
    let report = json!([text("[a file, at https://x.example/report]"), text("[1 file, see below]")]);
    assert_eq!(outputs, [&chart, &json!(failed), &report]);
    let shown = json!({"role": "user", "content": [
        text("Output of the tool call call_1_1:"),
        {"type": "image_url", "image_url": {"url": image, "detail": "low"}},
        text("Output of the tool call call_1_3:"),
        {"type": "file", "file": {"file_data": csv, "filename": "report.csv"}},
    ]});
    assert_eq!(asked.input_items().last(), Some(&shown));
}

#[tokio::test]
async fn a_model_sees_images_and_files_by_either_api() {
    let model = script().start().await.expect("a port");
    for (number, provider) in [model.provider(), model.chat_provider()].into_iter().enumerate() {
        let app = App::new("rich").provider("openai", provider);
        let run = app.inline(async { Analyst.run("How are sales?").await }).await.expect("it ends well");
        assert_eq!(run.output, "Sales are up.");
        assert_seen(&model.requests()[number * 2 + 1]);
    }
    assert_eq!(model.requests()[3].path, "/v1/chat/completions");
}

#[tokio::test]
async fn as_an_answer_it_is_its_text() {
    let model = ScriptedModel::new().call("chart", json!({"of": "sales"})).start().await.expect("a port");
    let app = App::new("rich").provider("openai", model.provider());
    let run = app.inline(async { Draughtsman.run("Draw.").await }).await.expect("it ends well");
    assert_eq!(run.output, "A chart of sales");
}

/// The tool by itself, then in the hands of a model.
#[workflow]
async fn analysis() -> Result<(ToolOutput, String)> {
    let drawn = chart::call("costs".to_owned()).await?;
    let run = Analyst.run("How are sales?").await?;
    Ok((drawn, run.output))
}

async fn analysed(model: &steadfast::testing::ModelServer, provider: Provider, blobs: Option<&Blobs>) -> bool {
    let app = server::app("rich").await.workflow(analysis).provider("openai", provider);
    let app = match blobs {
        Some(blobs) => app.blobs(blobs.clone()),
        None => app,
    };
    let worker = server::worker(&app).await;
    let run = app.start(analysis, ()).await.expect("it starts");
    let (drawn, answer) = server::result(&run).await.expect("it ends well");
    assert_eq!(Ok(drawn), chart("costs".to_owned()).map_err(|error| error.to_string()));
    assert_eq!(answer, "Sales are up.");
    let requests = model.requests();
    assert_seen(requests.last().expect("it was asked"));
    let history = server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
    history.contains(&url("sales"))
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_server_it_stays_what_it_is() {
    let model = script().start().await.expect("a port");
    for provider in [model.provider(), model.chat_provider()] {
        assert!(analysed(&model, provider, None).await, "it is recorded as it is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_store_keeps_it_whole_and_the_model_sees_all_of_it() {
    let model = script().start().await.expect("a port");
    let store = MemoryBlobs::new();
    let blobs = Blobs::new(store.clone()).over(1_000).preview(10);
    assert!(!analysed(&model, model.provider(), Some(&blobs)).await, "only its address is recorded");
    assert!(!store.is_empty());
}

#[workflow]
async fn telling() -> Result<String> {
    Ok(Analyst.run("Tell me a story.").await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_only_text_a_blob_store_shows_its_beginning() {
    let model = ScriptedModel::new().call("story", json!({})).says("The end.").start().await.expect("a port");
    let blobs = Blobs::new(MemoryBlobs::new()).over(1_000).preview(16);
    let app = server::app("telling").await.workflow(telling).provider("openai", model.provider()).blobs(blobs);
    let worker = server::worker(&app).await;
    let run = app.start(telling, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "The end.");
    let requests = model.requests();
    let told = requests[1].tool_output("call_1_1").and_then(Value::as_str).expect("a text");
    assert!(told.starts_with("Once upon a time\n[cut here: the whole result has 3600 bytes"), "{told}");
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}
