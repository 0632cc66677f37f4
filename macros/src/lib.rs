//! The attributes of Steadfast: `#[tool]`, `#[agent]` and `#[workflow]`.
//!
//! Depend on `steadfast`, which re-exports them; what they generate names nothing else. What each becomes is in
//! `snapshots/`. Inside, every attribute is a road with three stops: `args` (the grammar), `model` (the rules) and
//! `expand` (the output); a mistake anywhere leads to `fallback` instead.

mod agent;
mod diag;
mod duration;
mod fallback;
mod options;
mod signature;
#[cfg(test)]
mod snapshots;
mod tool;
mod types;
mod values;
mod workflow;

use proc_macro::TokenStream;

/// Makes a function a tool: something a model may call, and a workflow too.
///
/// ```text
/// /// Current weather in a city.
/// #[tool(timeout = "10s", retries = 3)]
/// async fn weather(
///     /// City name, for example "Lisbon".
///     city: String,
///     /// Unit of the temperature.
///     #[arg(default = Unit::C)] unit: Unit,
///     http: State<reqwest::Client>,
/// ) -> Result<Forecast, ToolError> { … }
/// ```
///
/// The function stays what it was: call it, test it. Beside it there is now a type of the same name, so one `use`
/// brings in both: agents list it, as in `tools = [weather]`, and `weather::call("Lisbon".into(), Unit::C).await` in
/// a workflow is a durable step. A plain `fn` is run where it may block; when its time is up the model is told so, but
/// the function itself cannot be stopped.
///
/// # Requirements
///
/// - The function has a `///` comment. The model chooses tools by it.
/// - Arguments are owned, and derive `serde::Deserialize` and `schemars::JsonSchema`; for `call` also
///   `serde::Serialize`. Their `///` comments are shown to the model.
/// - A parameter of type `State<T>` or `ToolContext` is no argument: the worker hands it over, and the model does not
///   know of it.
/// - The result, or the `T` of a `Result<T, E>`, derives `serde::Serialize`; for `call` also `serde::Deserialize`.
///   An `E` has to display: the model is told what it says.
/// - Nothing generic, no `self`, no `unsafe`.
///
/// # Options
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `name` | 1 to 64 of `A-Z a-z 0-9 _ -` | the function's name | What the model calls it. |
/// | `timeout` | a duration such as `"250ms"`, `"30s"`, `"5m"`, `"1h"` | `"5m"` | How long one attempt may take. |
/// | `retries` | a whole number | `0` | How often it is tried again after it failed. |
/// | `task_queue` | a string | that of the app | Where it runs, if not on any worker of the app. |
/// | `local` | nothing, `true` or `false` | `false` | Whether it runs as a local activity; see below. |
/// | `as` | a name | the function's name | The name of the type, where a module has taken the function's. |
///
/// A `local` tool is run by the worker that has the workflow, without a round trip to the server, and leaves one event
/// instead of six. What it gives up: if the worker dies before the workflow's task is done, which
/// is when the next model call is scheduled, it is run again, even though it had finished; it cannot run on another
/// task queue; a long one holds up its workflow; and its result is at most 128 KiB. So it is for what is quick, small
/// and harmless to repeat: looking something up, not booking a hotel.
///
/// On a parameter:
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `#[arg(default = ..)]` | an expression | none: it has to be given | What it is when the model leaves it out. |
/// | `#[arg(default)]` | | | The same, with `Default::default()`. |
///
/// A default needs a type that derives `serde::Serialize`, for the model is told of it.
#[proc_macro_attribute]
pub fn tool(args: TokenStream, item: TokenStream) -> TokenStream {
    tool::tool(args.into(), &item.into()).into()
}

/// Makes a struct an agent: a model with instructions and tools.
///
/// ```text
/// /// Plans weekend trips.
/// #[agent(
///     model = "gpt-5.6-luna",
///     instructions = "You plan trips within a budget of {budget} euros. Check the weather first.",
///     tools = [weather, book_hotel],
///     handoffs = [Refunds],
///     output = Itinerary,
/// )]
/// struct TripPlanner { budget: u32 }
/// ```
///
/// The struct stays what it was. `TripPlanner { budget: 500 }.run("Somewhere sunny").await` runs the agent: durably
/// in a workflow, in this process elsewhere. Its `///` comment tells other agents' models what it is good for.
///
/// # Requirements
///
/// - A struct without generics; fields have names, and there may be none.
/// - `{field}` in the instructions is a field of the struct, and is written as `format!` would: `{days:?}` and
///   `{price:.2}` work, and `{{` is a brace.
/// - Two tools of an agent cannot have the same name.
///
/// # Options
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `model` | a string | required | The model, perhaps with a provider: `"ollama/llama3.2"`. |
/// | `instructions` | a string with `{field}` | none | What the model is told before anything else. |
/// | `tools` | `[name, ..]` | `[]` | The functions with `#[tool]` it may call, in the order the model sees them. |
/// | `handoffs` | `[Agent, Agent { field: .. }, ..]` | `[]` | The agents it may hand over to; values can use `self`. |
/// | `output` | a type | `String` | What a run answers: a type with `Deserialize` and `JsonSchema`. |
/// | `max_turns` | a whole number, 1 or more | `10` | The most model calls of one run. |
/// | `name` | a string | the struct's name | The agent's name. |
/// | `temperature` | 0 to 2 | the server's | How freely the model samples. |
/// | `top_p` | 0 to 1 | the server's | The share of likely tokens it samples from. |
/// | `max_tokens` | a whole number, 1 or more | the server's | The most tokens of one answer. |
/// | `tool_choice` | `"auto"`, `"required"`, `"none"` or one of `tools` | the server's | Whether it has to call a tool. |
/// | `parallel_tool_calls` | `true` or `false` | the server's | Whether it may ask for several calls at once. |
/// | `reasoning` | `"minimal"`, `"low"`, `"medium"` or `"high"` | the server's | How hard a reasoning model thinks. |
#[proc_macro_attribute]
pub fn agent(args: TokenStream, item: TokenStream) -> TokenStream {
    agent::agent(args.into(), &item.into()).into()
}

/// Makes an async function durable: started on Temporal, it survives the process it runs in.
///
/// ```text
/// #[workflow]
/// async fn weekend(request: TripRequest) -> Result<Itinerary> {
///     let planner = TripPlanner { budget: request.budget };
///     let run = planner.run(&request.wish).await?;
///     Ok(run.output)
/// }
/// ```
///
/// Calling the function still runs it, in this process. `App::workflow(weekend)` registers it, together with the
/// agents and tools that its body uses: those it calls `.run(..)` on and those whose `call(..)` it spells out. What a
/// helper function uses does not show in the body, and is listed in `agents` and `tools`.
///
/// # Requirements
///
/// - An `async fn` with one argument at most. Put several into one struct, so that fields can be added later.
/// - Argument and result, or the `T` of a `Result<T, E>`, derive `serde::Serialize` and `serde::Deserialize`. An `E`
///   is an error, such as `steadfast::Error`.
/// - What the body waits for is a run of an agent, a call of a tool, or anything in `steadfast::workflow`; it is
///   replayed from its history, and must do the same each time.
/// - Nothing generic, no `self`, no `unsafe`.
///
/// # Options
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `name` | a string | the function's name | The workflow's type on the server. |
/// | `agents` | `[Agent, ..]` | `[]` | More agents to register, beside those seen in the body. |
/// | `tools` | `[name, ..]` | `[]` | More tools to register. |
#[proc_macro_attribute]
pub fn workflow(args: TokenStream, item: TokenStream) -> TokenStream {
    workflow::workflow(args.into(), &item.into()).into()
}
