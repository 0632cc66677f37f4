//! One program and every provider that is known: what it asks is bent for each, and what it gets is the same.

use crate::server;
use serde_json::json;
use std::sync::{Arc, Mutex};
use steadfast::{
    RunEventKind,
    model::{Provider, Providers},
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
};

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Weather {
    celsius: f64,
}

/// Current weather in a city.
#[tool]
fn weather(city: String) -> String {
    format!("9 degrees in {city}")
}

#[agent(
    model = "gpt-5.6-luna",
    instructions = "You are brief.",
    tools = [weather],
    output = Weather,
    max_tokens = 500,
    tool_choice = "required",
    parallel_tool_calls = false,
    metadata = { "team": "forecasts" },
)]
struct Forecaster;

#[workflow]
async fn forecast(city: String) -> Result<f64> {
    Ok(Forecaster.run(format!("How warm is it in {city}?")).await?.output.celsius)
}

fn script(asked: &Asked) -> Reply {
    match asked.turn() {
        0 => Reply::call("weather", json!({"city": "Oslo"})),
        _ => Reply::says_json(&json!({"celsius": 9.0})),
    }
}

/// The names that `Provider::named` knows, as an error tells them.
fn names() -> Vec<String> {
    let error = Providers::default().resolve("nobody/gpt").err().expect("there is no such provider").to_string();
    let known = error.split("which is none of ").nth(1).and_then(|rest| rest.split(';').next()).expect("it lists them");
    known.split(", ").map(|name| name.trim_matches('`').to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_program_talks_to_each_of_them() {
    let names = names();
    assert_eq!(names.len(), 12, "{names:?}");
    for name in names {
        let model = ScriptedModel::answering(script).start().await.expect("a port");
        let provider = Provider::named(&name).base_url(model.base_url()).api_key("a key that is long enough");
        let app = App::new("forecasts").workflow(forecast).provider("openai", provider);
        let celsius = app.inline(forecast("Oslo".to_owned())).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!((celsius - 9.0).abs() < f64::EPSILON, "{name}");
        // And while it is watched.
        let told = Arc::new(Mutex::new(String::new()));
        let watched = async {
            let mut run = Forecaster.run_streamed("How warm is it in Oslo?");
            while let Some(event) = run.next().await {
                if let RunEventKind::Text { delta, .. } = event.kind {
                    told.lock().expect("not poisoned").push_str(&delta);
                }
            }
            run.await
        };
        let run = app.inline(watched).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(run.output, Weather { celsius: 9.0 }, "{name}");
        assert_eq!(told.lock().expect("not poisoned").as_str(), "{\"celsius\":9.0}", "{name}");
        assert_eq!(model.requests().len(), 4, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_of_the_environment_is_enough() {
    let Ok(city) = std::env::var("STEADFAST_TEST_FORECAST") else {
        // The same program, as another process that is told by its environment whom to ask.
        let model = ScriptedModel::answering(script).start().await.expect("a port");
        let this = std::env::current_exe().expect("a test has a binary");
        let mut child = std::process::Command::new(this);
        child.args(["--exact", "providers::a_variable_of_the_environment_is_enough", "--nocapture"]);
        child.env("STEADFAST_PROVIDER", "ollama/llama3.2").env("OLLAMA_BASE_URL", model.base_url());
        child.env("STEADFAST_TEST_FORECAST", "Oslo").env("STEADFAST_TEST_SERVER", server::address().await);
        let status = tokio::task::spawn_blocking(move || child.status()).await.expect("no panic");
        assert!(status.expect("it starts").success());
        let models: Vec<String> = model.requests().iter().map(|asked| asked.model().to_owned()).collect();
        assert_eq!(models, ["llama3.2", "llama3.2"]);
        return;
    };
    let target = steadfast::Target::address(std::env::var("STEADFAST_TEST_SERVER").expect("it is set"));
    let app = App::new("forecast-by-variable").target(target).workflow(forecast);
    let worker = server::worker(&app).await;
    let run = app.start(forecast, city).await.expect("it starts");
    assert!((server::result(&run).await.expect("it ends well") - 9.0).abs() < f64::EPSILON);
    worker.stop().await.expect("it stops");
}
