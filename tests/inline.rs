//! The same agents without a server.

use crate::trips::{Bookings, Itineraries, Itinerary, TripPlanner, Unit, weather};
use serde_json::json;
use steadfast::{RunErrorKind, ToolNotFound, model::ModelErrorClass, prelude::*, testing::ScriptedModel};

#[tokio::test]
async fn an_agent_runs_in_process() {
    let model =
        ScriptedModel::new().call("book_hotel", json!({"nights": 3})).says("Booked.").start().await.expect("a port");
    let app = App::new("inline").state(Bookings::default()).provider("openai", model.provider());
    let run = app.inline(TripPlanner { budget: 100 }.run("three nights")).await.expect("it ends well");
    assert_eq!((run.output.as_str(), run.turns, run.items().len()), ("Booked.", 2, 3));
    assert_eq!(
        model.requests()[1].tool_output("call_1_1"),
        Some(&json!("booking 1 for 3 nights, attempt 1, Some(\"TripPlanner\")"))
    );

    let mut conversation = run.conversation;
    conversation.push(steadfast::model::Item::user("and now?"));
    assert_eq!(conversation.len(), 5);
}

#[tokio::test]
async fn missing_state_is_a_typed_error_and_options_count() {
    let model = ScriptedModel::new().call("book_hotel", json!({"nights": 3})).start().await.expect("a port");
    let app = App::new("inline").provider("openai", model.provider());
    let error = app.inline(TripPlanner { budget: 1 }.run("x")).await.expect_err("no state");
    assert!(matches!(&error.kind, RunErrorKind::ToolFatal { tool, .. } if tool == "book_hotel"), "{error}");
    assert!(error.to_string().contains("which is not registered; add `.state(..)` to the app"), "{error}");

    let error = app.inline(TripPlanner { budget: 1 }.run("x").max_turns(0)).await.expect_err("none allowed");
    assert_eq!(error.kind, RunErrorKind::MaxTurns { limit: 0 });

    let model = ScriptedModel::new().call("fly", json!({})).says("I walk.").start().await.expect("a port");
    let app = App::new("inline").provider("openai", model.provider());
    let planner = TripPlanner { budget: 1 };
    let run = app.inline(planner.run("x").tool_not_found(ToolNotFound::TellModel)).await.expect("it goes on");
    assert_eq!(run.output, "I walk.");
}

#[tokio::test]
async fn structured_output_and_retries() {
    let model = ScriptedModel::new()
        .fails_with(429, [("retry-after-ms", "10")], "slow down")
        .says_json(&json!({"city": "Oslo", "cost": 5}))
        .start()
        .await
        .expect("a port");
    let app = App::new("inline").provider("openai", model.chat_provider());
    let run = app.inline(Itineraries.run("north")).await.expect("it ends well");
    assert_eq!(run.output, Itinerary { city: "Oslo".into(), cost: 5 });
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_tool_is_a_function_and_a_step() {
    assert_eq!(weather("Rome".into(), Unit::F).await.expect("it is fine").degrees, 70);
    let forecast = weather::call("Rome".into(), Unit::C).await.expect("it is fine");
    assert_eq!(forecast.degrees, 21);
}

#[tokio::test]
async fn an_unknown_provider_is_a_configuration_error() {
    #[agent(model = "nowhere/llama")]
    struct Lost;
    let error = App::new("inline").inline(Lost.run("x")).await.expect_err("nobody there");
    let RunErrorKind::Model(model) = error.kind else { panic!("its kind") };
    assert_eq!(model.class, ModelErrorClass::Configuration);
    assert!(model.message.contains("nowhere/llama"), "{model}");
}
