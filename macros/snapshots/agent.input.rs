/// Plans weekend trips.
#[agent(
    model = "gpt-5.6-luna",
    instructions = "You plan trips within a budget of {budget} euros, {days:?} days long. Check the weather first.",
    tools = [weather, book_hotel],
    output = Itinerary,
    max_turns = 5,
    temperature = 0.2,
    tool_choice = weather,
    parallel_tool_calls = false,
    reasoning = "low",
)]
#[derive(Clone)]
pub struct TripPlanner {
    budget: u32,
    days: Vec<Day>,
}
