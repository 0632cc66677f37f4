//! Agents in workflows: tools, handoffs, structured output, and what is on the wire and in the history.

use crate::{
    server,
    trips::{Bookings, Itineraries, Itinerary, Trip, itinerary, lisbon, weekend},
};
use serde_json::json;
use steadfast::{
    prelude::*,
    testing::{Reply, ScriptedModel},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_calls_tools_and_answers() {
    let model = ScriptedModel::new()
        .calls([("weather", json!({"city": "Lisbon", "unit": "F"})), ("book_hotel", json!({"nights": 2}))])
        .says("Booked.")
        .start()
        .await
        .expect("a port is free");
    let app = server::app("tools").await.workflow(weekend).state(Bookings::default());
    let app = app.provider("openai", model.provider().api_key("sk-secret-of-this-test"));
    let worker = server::worker(&app).await;

    let run = app.start(weekend, lisbon()).await.expect("it starts");
    let trip = server::result(&run).await.expect("it ends well");
    assert_eq!((trip.text.as_str(), trip.by.as_str(), trip.turns), ("Booked.", "TripPlanner", 2));
    assert!(trip.tokens > 0);

    let requests = model.requests();
    assert_eq!(requests.len(), 2, "one request a turn");
    let first = &requests[0];
    assert_eq!(first.instructions(), Some("You plan trips within a budget of 400 euros. Check the weather first."));
    assert_eq!(first.tool_names(), ["weather", "book_hotel", "transfer_to_refunds"], "in the source's order");
    assert_eq!(first.body["temperature"], 0.2);
    assert_eq!(first.body["tools"][0]["parameters"]["properties"]["unit"]["default"], "C");
    assert_eq!(
        first.body["tools"][1]["parameters"]["required"],
        json!(["nights"]),
        "state and context are no arguments"
    );
    let outputs: Vec<&str> = requests[1].input_items().iter().filter_map(|item| item["output"].as_str()).collect();
    assert_eq!(
        outputs,
        [
            r#"{"sky":"clear over Lisbon","degrees":70,"unit":"F"}"#,
            "booking 1 for 2 nights, attempt 1, Some(\"TripPlanner\")"
        ]
    );

    let history = server::replayed(&app, &run).await;
    assert_eq!(history.activities(), ["steadfast.model", "weather", "book_hotel", "steadfast.model"]);
    assert!(!history.contains("sk-secret-of-this-test"), "a key never reaches the server");
    assert!(history.contains("TripPlanner · gpt-5.6-luna · turn 2"), "each model call says whose it is");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_changes_the_agent_and_keeps_the_conversation() {
    let model =
        ScriptedModel::new().call("transfer_to_refunds", json!({})).says("Refunded.").start().await.expect("a port");
    let app = server::app("handoff").await.workflow(weekend).state(Bookings::default());
    let app = app.provider("openai", model.provider());
    let _worker = server::worker(&app).await;

    let run = app.start(weekend, lisbon()).await.expect("it starts");
    let trip = server::result(&run).await.expect("it ends well");
    assert_eq!((trip.text.as_str(), trip.by.as_str()), ("Refunded.", "Refunds"));
    let second = &model.requests()[1];
    assert_eq!(second.instructions(), Some("You refund trips."));
    assert!(second.tool_names().is_empty());
    assert_eq!(second.input_items().len(), 3, "the wish, the handoff, its output");
    assert_eq!(second.input_items()[2]["output"], r#"{"assistant":"Refunds"}"#);
    server::replayed(&app, &run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_structured_output_is_typed_by_either_api() {
    let wanted = Itinerary { city: "Lisbon".into(), cost: 380 };
    let model = ScriptedModel::answering(|_| Reply::says_json(&json!({"city": "Lisbon", "cost": 380})));
    let model = model.start().await.expect("a port");
    for provider in [model.provider(), model.chat_provider()] {
        let app = server::app("structured").await.workflow(itinerary).provider("openai", provider);
        let _worker = server::worker(&app).await;
        let run = app.start(itinerary, "Lisbon".to_owned()).await.expect("it starts");
        assert_eq!(server::result(&run).await.expect("it ends well"), wanted);
        server::replayed(&app, &run).await;
    }
    let requests = model.requests();
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"},
        "cost": {"type": "integer", "minimum": 0}},
        "required": ["city", "cost"], "additionalProperties": false});
    let format = &requests[0].body["text"]["format"];
    assert_eq!(
        (&format["type"], &format["name"], &format["strict"]),
        (&json!("json_schema"), &json!("final_output"), &json!(true))
    );
    assert_eq!(format["schema"], schema);
    assert_eq!(requests[1].path, "/v1/chat/completions");
    assert_eq!(requests[1].body["response_format"]["json_schema"]["schema"], schema);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tool_refuses_is_told_and_the_run_goes_on() {
    let model = ScriptedModel::new()
        .calls([
            ("weather", json!({"city": "Atlantis"})),
            ("weather", json!({"city": 7})),
            ("weather", json!({"city": "Rome", "moons": 2})),
        ])
        .says("Rome it is.")
        .start()
        .await
        .expect("a port");
    let app = server::app("failing").await.workflow(weekend).state(Bookings::default());
    let app = app.provider("openai", model.provider());
    let _worker = server::worker(&app).await;

    let run = app.start(weekend, lisbon()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("the run goes on").text, "Rome it is.");
    let told: Vec<String> =
        model.requests()[1].input_items()[4..].iter().map(|item| item["output"].to_string()).collect();
    let begin = "\"An error occurred while running the tool. Please try again. Error: ";
    assert_eq!(
        told,
        [
            format!("{begin}no such city\""),
            format!("{begin}invalid type: integer `7`, expected a string at /city\""),
            format!("{begin}unknown argument at /moons (there are: city, unit)\""),
        ]
    );
    server::replayed(&app, &run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_json_from_elsewhere_starts_the_same_workflow() {
    let model = ScriptedModel::new().says("Hello.").start().await.expect("a port");
    let app = server::app("json").await.workflow(weekend).state(Bookings::default());
    let app = app.provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    let client = app.client().await.expect("connected");

    let id = "started-by-name";
    client.start_by_name("weekend", id, &json!({"wish": "x", "budget": 1})).await.expect("it starts");
    let trip: serde_json::Value = server::result(&client.handle(id)).await.expect("plain JSON comes back");
    assert_eq!(trip["text"], "Hello.");
    let typed: Trip = server::result(&app.handle(weekend, id).await.expect("connected")).await.expect("and typed");
    assert_eq!(typed.turns, 1);
}

/// Hands over to an agent with an answer of its own.
#[agent(model = "m", handoffs = [Itineraries])]
struct Triage;

#[workflow]
async fn triage() -> Result<String> {
    Ok(Triage.run("Lisbon").await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_text_may_end_with_an_agent_of_data() {
    let model = ScriptedModel::new()
        .call("transfer_to_itineraries", json!({}))
        .says_json(&json!({"city": "Lisbon", "cost": 1}));
    let model = model.start().await.expect("a port");
    let app = server::app("triage").await.workflow(triage).provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    let run = app.start(triage, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), r#"{"city":"Lisbon","cost":1}"#);
    assert_eq!(model.requests()[1].body["text"]["format"]["name"], "final_output");
}

struct Weights(u32);

/// Runs where the weights are.
#[tool(task_queue = "elsewhere")]
fn embed(text: String, weights: State<Weights>) -> usize {
    text.len() * weights.0 as usize
}

/// Asks an agent of its own, inside the tool.
#[tool]
async fn second_opinion(question: String) -> Result<String, ToolError> {
    Ok(Triage.run(question).await?.output)
}

#[workflow]
async fn split() -> Result<(usize, String)> {
    let (embedded, opinion) = workflow::join!(embed::call("four".into()), second_opinion::call("really?".into()));
    Ok((embedded?, opinion?))
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_run_on_their_own_queue_and_may_ask_agents() {
    let model = ScriptedModel::new().says("really").start().await.expect("a port");
    let app = server::app("split").await.workflow(split).served_elsewhere("elsewhere");
    let app = app.provider("openai", model.provider());
    let elsewhere = server::app("x").await.task_queue("elsewhere").tool::<embed>().state(Weights(3));
    let _workers = (server::worker(&app).await, server::worker(&elsewhere).await);
    let run = app.start(split, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), (12, "really".to_owned()));
    assert_eq!(model.requests().len(), 1, "with the providers of the app");
    server::replayed(&app, &run).await;
}
