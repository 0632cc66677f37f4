//! Tools, agents and workflows that several tests use.

use std::sync::atomic::{AtomicU32, Ordering};
use steadfast::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Unit {
    C,
    F,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Forecast {
    pub(crate) sky: String,
    pub(crate) degrees: i32,
    pub(crate) unit: Unit,
}

/// Current weather in a city.
#[tool(timeout = "10s", retries = 1)]
pub(crate) async fn weather(
    /// City name, for example "Lisbon".
    city: String,
    /// Unit of the temperature.
    #[arg(default = Unit::C)]
    unit: Unit,
) -> Result<Forecast, ToolError> {
    if city == "Atlantis" {
        return Err(ToolError::new("no such city"));
    }
    Ok(Forecast { sky: format!("clear over {city}"), degrees: if unit == Unit::C { 21 } else { 70 }, unit })
}

/// How often each thing was booked, as a worker's state.
#[derive(Default)]
pub(crate) struct Bookings(pub(crate) AtomicU32);

/// Books a hotel.
#[tool]
pub(crate) fn book_hotel(
    /// Nights to stay.
    nights: u8,
    bookings: State<Bookings>,
    context: ToolContext,
) -> String {
    let number = bookings.0.fetch_add(1, Ordering::SeqCst) + 1;
    format!("booking {number} for {nights} nights, attempt {}, {:?}", context.attempt, context.agent)
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Itinerary {
    pub(crate) city: String,
    pub(crate) cost: u32,
}

/// Plans weekend trips.
#[agent(
    model = "gpt-5.6-luna",
    instructions = "You plan trips within a budget of {budget} euros. Check the weather first.",
    tools = [weather, book_hotel],
    handoffs = [Refunds],
    temperature = 0.2
)]
pub(crate) struct TripPlanner {
    pub(crate) budget: u32,
}

/// Gives money back.
#[agent(model = "gpt-5.6-luna", instructions = "You refund trips.")]
pub(crate) struct Refunds;

/// Answers with an itinerary.
#[agent(model = "gpt-5.6-luna", output = Itinerary, max_turns = 3)]
pub(crate) struct Itineraries;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TripRequest {
    pub(crate) wish: String,
    pub(crate) budget: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trip {
    pub(crate) text: String,
    pub(crate) by: String,
    pub(crate) turns: u32,
    pub(crate) tokens: u64,
}

/// Plans one weekend.
#[workflow]
pub(crate) async fn weekend(request: TripRequest) -> Result<Trip> {
    let planner = TripPlanner { budget: request.budget };
    let run = planner.run(&request.wish).await?;
    Ok(Trip { text: run.output, by: run.last_agent, turns: run.turns, tokens: run.usage.total_tokens() })
}

/// Answers with data.
#[workflow]
pub(crate) async fn itinerary(wish: String) -> Result<Itinerary> {
    let run = Itineraries.run(wish).await?;
    Ok(run.output)
}

pub(crate) fn lisbon() -> TripRequest {
    TripRequest { wish: "A weekend in Lisbon".to_owned(), budget: 400 }
}
