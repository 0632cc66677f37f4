//! The attributes of Steadfast: `#[tool]`, `#[activity]`, `#[agent]`, `#[guardrail]` and `#[workflow]`.
//!
//! Depend on `steadfast`, which re-exports them; what they generate names nothing else. What each becomes is in
//! `snapshots/`. Inside, every attribute is a road with three stops: `args` (the grammar), `model` (the rules) and
//! `expand` (the output); a mistake anywhere leads to `fallback` instead.

mod agent;
mod diag;
mod duration;
mod fallback;
mod generics;
mod invocation;
mod options;
mod rename;
mod replay;
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
/// a workflow is a durable step. There the function itself refuses to be called, unless it is inline or a method: nothing of it
/// would be recorded. A plain `fn` is run where it may block; when its time is up the model is told so, but the function itself cannot
/// be stopped.
///
/// # Requirements
///
/// - The function has a `///` comment. The model chooses tools by it.
/// - Arguments are owned, and derive `serde::Deserialize` and `schemars::JsonSchema`; for `call` also
///   `serde::Serialize`. Their `///` comments are shown to the model.
/// - A parameter of type `State<T>`, `RunContext<T>` or `ToolContext` is no argument, and the model does not know of it:
///   the worker hands it over, or who began the run has given it, with `agent.run(..).context(&value)`.
/// - The result, or the `T` of a `Result<T, E>`, derives `serde::Serialize`; for `call` also `serde::Deserialize`.
///   An `E` has to display: the model is told what it says. A text is told as it is and anything else as JSON, but for
///   `ToolOutput`, whose images and files the model sees.
/// - Nothing generic, no `unsafe`; and no `self`, unless the function stands in a toolset.
///
/// # Toolsets
///
/// Tools that share a value are methods of it. The value is registered once, with `App::state`.
///
/// ```text
/// #[tool]
/// impl Bank {
///     /// Sends money to somebody.
///     #[tool(retries = 2)]
///     async fn transfer(&self, to: String, cents: i64) -> Result<Receipt, ToolError> { … }
/// }
/// ```
///
/// Agents list all of them, `tools = [Bank]`, or some, `tools = [Bank::transfer]`. In a workflow,
/// `Bank::call_transfer("Ann".into(), 500).await` is the durable step. Methods without `#[tool]` are left alone.
///
/// # In the body
///
/// - **Errors.** Any error that displays goes to the model: `ToolError::new("no such city")`, or `?` on what implements
///   `std::error::Error`, or a type of your own as the `E`. `ToolError::fatal(..)` ends the run; of an error of your own, one
///   variant is made fatal where it is returned, `.map_err(|error| match error { Shut => ToolError::fatal(error), .. })`, with
///   `Result<_, ToolError>`. `ToolError::retry_after(text, wait)` says when to try again, and `.named("Declined")` what
///   `non_retryable` knows it by.
/// - **`ToolContext`** has the fields `tool`, `agent`, `call_id`, `workflow_id`, `attempt` (1 for the first), `deadline` and
///   `idempotency_key`: equal for all attempts of one call, also after a crash, and different for every other call. It is
///   what to send to a payment service. `context.heartbeat(&progress)?` saves how far the tool is, and
///   `context.progress::<Progress>()?` is what the attempt before has saved, if there was one. `context.is_cancelled()`
///   says that nobody waits any more.
/// - **`State<T>`** and **`RunContext<T>`** are used as a `&T`. The `T` of a run's context is serialised with each call, and a
///   call without one, or with another, ends the run. An agent that is called as a tool has the same context.
/// - **`ToolOutput::new().text("Done:").image(bytes, "image/png")`** is what a tool returns whose images and files a model
///   is to see.
/// - **Types of other crates**, such as dates, ids and decimals, are arguments by the features `chrono04`, `uuid1`, `url2` and
///   `rust_decimal1`. The derives of serde and schemars are in the prelude.
///
/// # Options
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `name` | 1 to 64 of `A-Z a-z 0-9 _ -` | the function's name | What the model calls it. |
/// | `description` | a string | the `///` comment | What the model is told it does. |
/// | `description_file` | a path, from this file | none | The same, from a file. |
/// | `timeout` | a duration such as `"250ms"`, `"30s"`, `"5m"`, `"1h"` | `"5m"` | How long one attempt may take. |
/// | `schedule_to_close` | a duration | none | How long all attempts together may take, waits included. |
/// | `heartbeat` | a duration | none | How long it may be silent: it has to call `ToolContext::heartbeat` more often than that, else the attempt has failed. |
/// | `retries` | a whole number | `0` | How often it is tried again after it failed. |
/// | `backoff(..)` | `initial = "1s", coefficient = 2.0, maximum = "1m"`, or some of it | as shown | How long to wait before it is. |
/// | `non_retryable` | `["Name", ..]` | `[]` | After which errors it is not: the names of their types, or what `ToolError::named` says. |
/// | `task_queue` | a string | that of the app or its role | The queue where its calls wait: the app's worker serves it too, or the role of that queue. |
/// | `priority` | a whole number from 1 to 5 | that of the workflow, else 3 | Which calls on a queue are made first: those with the smallest number. |
/// | `local` | nothing, `true` or `false` | `false` | Whether it runs as a local activity; see below. |
/// | `strict` | nothing, `true` or `false` | `true` | Whether providers hold the model to the schema; see below. |
/// | `max_output` | a number of bytes, or, as `max_output(..)`, `bytes = 20_000, beyond = "truncate"` | none | How much of the result a model sees; beyond, its beginning and a note, or, with `"fail"`, an error. |
/// | `on_error` | `"tell"`, `"fail"` or a function | `"tell"` | Whether the model is told of an error, or the run fails; or what the model is told, by a `fn(&ToolFailure) -> String`. |
/// | `approval` | nothing, a function, or, as `approval(..)`, `rule = .., deadline = "24h"` | not | Whether somebody has to approve each call a model asks for, or those of whose arguments the function is true; see below. |
/// | `input_guardrails` | `[small_sums, ..]` | `[]` | Functions with `#[guardrail]`, and agents, that look at the arguments when a model has called it. |
/// | `output_guardrails` | `[no_secrets, ..]` | `[]` | What looks at its result before the model does. |
/// | `effects` | `[read, net, money, ..]`, words of your own | `[]` | What it does to the world: agents need a grant for each. |
/// | `enabled` | a function | always | Whether the model is offered it in a turn: a `fn(&Turn<'_>) -> bool`, which has to say the same on a replay. |
/// | `cache` | a duration | none | How long a result serves other calls with equal arguments, in the process that has it; errors are not kept. |
/// | `inline` | nothing, `true` or `false` | `false` | Whether the workflow runs it by itself; see below. |
/// | `tags` | `["word", ..]` | `[]` | Words that tell tools apart. |
/// | `as` | a name | the function's name | The name of the type, where a module has taken the function's. |
/// | `crate` | a path | `::steadfast` | Where this crate is, if it goes by another name. |
///
/// In strict mode a provider holds the model to the schema, so that arguments are never malformed. It has no words for
/// open maps (`HashMap`), for any JSON (`serde_json::Value`) and for numbers of 128 bits. A tool with such an argument
/// is an error, here or when the worker starts, unless it is `strict = false`.
///
/// A `local` tool is run by the worker that has the workflow, without a round trip to the server, and leaves one event
/// instead of six. What it gives up: if the worker dies before the workflow's task is done, which
/// is when the next model call is scheduled, it is run again, even though it had finished; it cannot run on another
/// task queue; a long one holds up its workflow; and its result is at most 128 KiB. So it is for what is quick, small
/// and harmless to repeat: looking something up, not booking a hotel.
///
/// An `inline` tool is part of the workflow's own code: nothing of it is recorded, and it is run again by every replay. So
/// it is a plain function of its arguments alone, and what a replay cannot repeat (the time, random numbers, files) is an
/// error where it is spelled out in its body. It is for arithmetic, not for looking things up.
///
/// A call that has to be approved waits, in a workflow, until somebody has decided: `Handle::approvals` lists such calls
/// with their exact arguments, and `Handle::decide` approves or rejects one. Other calls of the same turn go on meanwhile.
/// What is rejected, or not decided by the `deadline`, is not run, and the model is told so. Outside a workflow
/// `.run(..).on_approval(..)` says who decides, or the run is interrupted, and resumed when somebody has. A rule takes a struct with some of the arguments,
/// `fn over_a_hundred(call: &Sum) -> bool`; like `enabled` it is asked by the loop. Calls by code need no approval.
///
/// Effects are what an agent can be held to. One that lists a tool has to be granted all of its effects,
/// `#[agent(grants = [net, money])]`, and a handoff cannot widen them: whoever hands over has to be granted what the
/// other agent is. Both are checked while compiling.
///
/// On a parameter:
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `#[arg(default = ..)]` | an expression | none: it has to be given | What it is when the model leaves it out. |
/// | `#[arg(default)]` | | | The same, with `Default::default()`. |
/// | `#[arg(rename = "..")]` | a string | the parameter's name | What the model calls it. |
/// | `#[arg(alias = "..")]`, several times | a string | none | Another name under which it is taken. |
/// | `#[arg(range(min = .., max = ..))]` | numbers | none | The least and the most a number may be. |
/// | `#[arg(length(min = .., max = ..))]`, or `equal` | numbers | none | How many characters a text has, or things a list. |
/// | `#[arg(pattern = "..")]` | a regular expression | none | What a text has to match. |
/// | `#[arg(inner(..))]` | rules as above | none | The rules for each thing in a list. |
///
/// The names and defaults may be written as for serde, `#[serde(rename = "..", alias = "..", default)]`, and the rules as
/// for schemars, `#[schemars(range(..), length(..), regex(pattern = ".."), inner(..))]`. Rules are part of the schema,
/// and arguments that break one, also inside a struct, never reach the function: the model is told which, and where.
/// A default needs a type that derives `serde::Serialize`, for the model is told of it.
#[proc_macro_attribute]
pub fn tool(args: TokenStream, item: TokenStream) -> TokenStream {
    tool::tool(args.into(), &item.into()).into()
}

/// Makes a function an activity: a step of a workflow that is no tool, so that no model is told of it.
///
/// ```text
/// #[activity(timeout = "10s", retries = 5)]
/// async fn charge(order: Order, cents: u32, bank: State<Bank>) -> Result<Receipt, ToolError> { … }
///
/// #[workflow]
/// async fn checkout(order: Order) -> Result<Receipt> {
///     Ok(charge::call(order, 12_000).await?)
/// }
/// ```
///
/// The function stays what it was: call it, test it. Beside it there is now a type of the same name, and
/// `charge::call(..)` takes the arguments. In a workflow it is a durable step: recorded, retried, and not repeated by a replay;
/// elsewhere it runs in this process. It gives what the function returns, or a `ToolFailure` when that has failed for good.
/// A workflow that calls the function itself, `charge(..)`, fails its task: nothing of that would be recorded.
/// One call may have its own options: `charge::call(order, 12_000).timeout(Duration::from_secs(5)).retries(2)`.
///
/// An app registers the activities whose calls a workflow's body spells out; where a helper function does, say
/// `App::activity::<charge>()`.
///
/// # Requirements
///
/// - Arguments are owned and derive `serde::Deserialize`, and `serde::Serialize` for `call`. They need no schema, and no comment.
/// - `State<T>`, `RunContext<T>` and `ToolContext` are handed over as they are to a tool. The context's `idempotency_key` is equal
///   for all attempts of one call: send it to whoever must not do the same twice.
/// - The result, or the `T` of a `Result<T, E>`, derives `serde::Serialize` and `serde::Deserialize`. An `E` has to display;
///   `ToolError` says more, such as that there is no sense in another attempt: `ToolError::fatal("card declined")`.
/// - Nothing generic, no `self`, no `unsafe`.
///
/// # In another language
///
/// The activity's type on the server is its name. Its input is two payloads of JSON: an object with the arguments by their names,
/// and an object about the call that may be ignored. So a worker in any language can serve it, on a `task_queue` of its own, where
/// the function here is no more than its signature; and a workflow in any language can call it, with the first payload alone.
/// How often it may be tried is decided by whoever runs it: a worker of another kind does so ten times more often than `retries`
/// says, but for errors whose type is in `non_retryable`.
///
/// # Options
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `name` | a string | the function's name | The activity's type on the server. |
/// | `timeout` | a duration such as `"250ms"`, `"30s"`, `"5m"`, `"1h"` | `"5m"` | How long one attempt may take. |
/// | `schedule_to_close` | a duration | none | How long all attempts together may take, waits included. |
/// | `heartbeat` | a duration | none | How long it may be silent: it has to call `ToolContext::heartbeat` more often than that. |
/// | `retries` | a whole number | `3` | How often it is tried again after it failed; see below. |
/// | `backoff(..)` | `initial = "1s", coefficient = 2.0, maximum = "1m"`, or some of it | as shown | How long to wait before it is. |
/// | `non_retryable` | `["Name", ..]` | `[]` | After which errors it is not: the names of their types, or what `ToolError::named` says. |
/// | `task_queue` | a string | that of the app | Where it runs, if not on any worker of the app. |
/// | `local` | nothing, `true` or `false` | `false` | Whether it runs as a local activity, see `#[tool]`. |
/// | `cache` | a duration | none | How long a result serves other calls with equal arguments, in the process that has it. |
/// | `as` | a name | the function's name | The name of the type, where a module has taken the function's. |
/// | `crate` | a path | `::steadfast` | Where this crate is, if it goes by another name. |
///
/// Temporal's own activities are tried for ever unless somebody says otherwise. These have three retries, which is some seven
/// seconds: enough for a connection that was reset, and then the workflow's code is told, and can fall back on something
/// else, or undo what it did. For a service that may be away for an hour, say so: `retries = 100`. A worker that dies uses up no
/// retry that matters: then the activity is started again whatever `retries` says, ten times at most.
///
/// On a parameter, `#[arg(default = ..)]`, `#[arg(rename = "..")]` and `#[arg(alias = "..")]` mean what they do for `#[tool]`: an
/// argument that is added with a default may be missing in calls that are on their way already.
#[proc_macro_attribute]
pub fn activity(args: TokenStream, item: TokenStream) -> TokenStream {
    tool::activity(args.into(), &item.into()).into()
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
/// in a workflow, in this process elsewhere; that gives a `Run`, whose `output` is the answer. Its `///` comment tells other
/// agents' models what it is good for.
///
/// # Requirements
///
/// - A struct whose fields have names, and there may be none. It may be generic, but borrow nothing.
/// - `{field}` in the instructions is a field of the struct, and is written as `format!` would: `{days:?}` and
///   `{price:.2}` work, and `{{` is a brace.
/// - Two tools of an agent cannot have the same name.
///
/// # Agents as tools
///
/// An agent can list another one among its `tools`, and then calls it and goes on with its answer, where a handoff would
/// have left the rest of the run to it. The model fills in the other agent's fields, by their types and their `///`
/// comments, and `input`, which is what that agent is asked:
///
/// ```text
/// /// Translates a text.
/// #[agent(model = "gpt-5.6-luna", instructions = "Translate into {language}.")]
/// struct Translator {
///     /// The language to translate into.
///     language: String,
/// }
///
/// #[agent(model = "gpt-5.6-luna", tools = [weather, Translator])]
/// struct Reporter;
/// ```
///
/// A field that is itself called `input` may be of any type; the agent is then asked with its JSON. All fields have to be
/// of types that a model can fill in, the same as the arguments of a tool. The tool is named like the agent, in small
/// letters, and has its `///` comment as description; its effects are what the agent is granted, so that whoever calls it
/// has to be granted them too.
///
/// Its model calls and tool calls are recorded like all others. What goes wrong in it is told to the model that called,
/// except what is fatal. It has turns of its own (`max_turns`); the tokens count for the whole run.
///
/// # Generic agents
///
/// Each choice of types is an agent of its own, and its name says which: `Reader<Invoice>`. With `output = T` it is an
/// agent for every `T` that an answer can be; a type that no field has needs one of type `PhantomData<fn() -> T>`. It can be run and handed over to (`handoffs = [Reader::<Invoice> { .. }]`),
/// but is no tool. An app finds those that a workflow's body spells out, as in
/// `Reader::<Invoice> { of: PhantomData }.run(..)`.
///
/// # Handoffs
///
/// The model of an agent hands over by calling a function, `transfer_to_refunds` for an agent `Refunds`; the next agent goes
/// on with the conversation. `handoff(..)` in the list says more about it:
///
/// ```text
/// #[agent(
///     model = "gpt-5.6-luna",
///     handoffs = [
///         Orders,
///         handoff(Refunds, on_handoff = note_reason, filter = remove_all_tools),
///         handoff(Human { shift: self.shift }, name = "escalate", description = "Asks for a human.", enabled = is_angry),
///     ],
/// )]
/// struct Desk { shift: u8 }
///
/// /// Notes why a customer is passed on.
/// #[tool]
/// async fn note_reason(reason: String, desk: State<Desks>) -> Result<(), ToolError> { .. }
/// ```
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `name` | a string | `transfer_to_` and the agent's | The function's name. One agent may be in the list several times, by different names. |
/// | `description` | a string | from the agent's `///` comment | What the model is told of it. |
/// | `on_handoff` | a tool | none | Is called on the way. Its arguments are what the model gives to the handoff, so it is how a handoff has an input. |
/// | `filter` | a function | the agent's `handoff_filter`, then the run's | What the next agent is shown: a `fn(&mut HandoffInput<'_>)`. |
/// | `enabled` | a function | always | Whether the model is offered it in a turn: a `fn(&Turn<'_>) -> bool`, which has to say the same on a replay. |
///
/// The tool of `on_handoff` is called like the others of the turn: recorded, retried, with `State`, approved by a human where
/// it has to be. Where it fails or is rejected there is no handoff: the model is told, and goes on.
///
/// # Hosted tools
///
/// Some tools run at the model's provider: searching the web or files, running code, drawing, calling MCP servers. They are
/// the types of `steadfast::tool::hosted`, listed by name where they need nothing, and else as what makes one: a function
/// of a type or a module, followed by any methods.
///
/// ```text
/// #[agent(
///     model = "gpt-5.6-luna",
///     tools = [weather, WebSearch, FileSearch::new(["vs_1"]).max_results(5)],
///     tool_choice = WebSearch,
/// )]
/// struct Researcher;
/// ```
///
/// The model sees them after the functions and before the handoffs. They need a provider with the Responses API: where it
/// is known to speak Chat Completions, the app does not start.
///
/// # Options
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `model` | a string | required | The model, perhaps with a provider: `"ollama/llama3.2"`. |
/// | `instructions` | a string with `{field}`, or a function such as `Self::brief` that takes `&self` | none | What the model is told before anything else; a function is asked at each turn. |
/// | `tools` | `[name, .., Agent, .., WebSearch, FileSearch::new(..), ..]` | `[]` | The functions with `#[tool]` it may call, in the order the model sees them; agents and hosted tools, see above. |
/// | `handoffs` | `[Agent, Agent { field: .. }, handoff(Agent, ..), ..]` | `[]` | The agents it may hand over to, see above; values can use `self`. |
/// | `output` | a type | `String` | What a run answers: a type with `Deserialize` and `JsonSchema`. |
/// | `max_turns` | a whole number, 1 or more | `10` | The most model calls of one run. |
/// | `name` | a string | the struct's name | The agent's name. |
/// | `temperature` | 0 to 2 | the server's | How freely the model samples. |
/// | `top_p` | 0 to 1 | the server's | The share of likely tokens it samples from. |
/// | `max_tokens` | a whole number, 1 or more | the server's | The most tokens of one answer. |
/// | `tool_choice` | `"auto"`, `"required"`, `"none"` or one of `tools`, a hosted one by its type | the server's | Whether it has to call a tool. |
/// | `parallel_tool_calls` | `true` or `false` | the server's | Whether it may ask for several calls at once. |
/// | `reasoning` | `"minimal"`, `"low"`, `"medium"` or `"high"` | the server's | How hard a reasoning model thinks. |
/// | `provider_options` | `{ "key": value, .. }` | none | What is put into each request as it is. |
/// | `input_guardrails` | `[about_trips, ..]` | `[]` | What looks at the input of runs that begin with it: functions with `#[guardrail]`, and agents. |
/// | `output_guardrails` | `[no_prices, ..]` | `[]` | What looks at its answers. |
/// | `grants` | `[net, money, ..]` | `[]` | What its tools may do: the `effects` of `#[tool]`. No agent it hands over to may do more. |
/// | `tool_use_behavior` | `"run_llm_again"`, `"stop_on_first_tool"` or `[tool, ..]` | `"run_llm_again"` | Whether the output of the first tool, or of the first of these, is the answer. |
/// | `reset_tool_choice` | `true` or `false` | `true` | Whether `tool_choice` holds only until the agent has used a tool. |
/// | `tool_not_found` | `"fail"` or `"tell_model"` | `"fail"` | What becomes of a call to a tool that it does not have: the run ends, or the model is told which there are. |
/// | `on_error` | a function | none | What answers where a run that begins with it has no answer: a `fn(&RunError) -> Option<Output>`; with `None` the error stands. The output needs `Serialize`. |
/// | `metadata` | `{ "key": "value", .. }` | none | What providers note about its requests. |
/// | `compaction` | an agent | none | Who writes a summary when a conversation is too long for its model: once in a run, and then with the last exchange in its place. An agent without fields that answers in text. |
/// | `compaction_filter` | a function | none | The same by a function, such as `filters::forget_outputs`; what it leaves is shown to the run's end. |
/// | `timeout` | a duration | `"990s"` | How long one attempt of a model call may take, the wait for the provider's limits included. |
/// | `retries` | a whole number | `7`, in-process `4` | How often a model call is tried again after a failure that may pass; `fallback_models` share it. |
/// | `cache` | a duration | none | How long an answer serves again for an equal request (model, instructions, conversation, tools, settings), in the process that has it. It costs nothing then; errors are not kept. |
/// | `task_queue` | a string | that of the app or its role | The queue where its model calls wait: the app's worker serves it too, or the role of that queue. |
/// | `priority` | a whole number from 1 to 5 | that of the workflow, else 3 | Which model calls on a queue are made first: those with the smallest number. |
/// | `fallback_models` | `["model", ..]` | `[]` | Which models are asked, in this order, when a call of its own has failed for good. |
/// | `repair_turns` | a whole number, 1 or more | none | How often in a run a model is told that its answer does not fit `output`, and asked again. |
/// | `run_timeout` | a duration | none | How long a whole run that begins with it may take. |
/// | `budget(..)` | `model_calls = 30, tool_calls = 20, tokens = 50_000, cost = 0.25, depth = 2`, or some of it | no limits, and `depth = 8` | What a run that begins with it may spend, with all the agents it calls. |
/// | `tool_concurrency` | a whole number, 1 or more | all | How many of the calls of a turn are made at once. |
/// | `input_filter` | a function | none | What its model is shown: a `fn(&mut ModelInput<'_>)`, see `steadfast::filters`. |
/// | `handoff_filter` | a function | none | What those are shown that it hands over to: a `fn(&mut HandoffInput<'_>)`. |
/// | `crate` | a path | `::steadfast` | Where this crate is, if it goes by another name. |
#[proc_macro_attribute]
pub fn agent(args: TokenStream, item: TokenStream) -> TokenStream {
    agent::agent(args.into(), &item.into()).into()
}

/// Makes a function a guardrail: it looks at what goes into a run or a tool, or at what comes out, and may stop it.
///
/// ```text
/// /// Keeps the talk on travelling.
/// #[guardrail]
/// async fn about_trips(input: String) -> Verdict {
///     if input.contains("weapon") { Verdict::trip("that is no trip") } else { Verdict::Pass }
/// }
///
/// #[agent(model = "gpt-5.6-luna", input_guardrails = [about_trips], output_guardrails = [no_prices])]
/// struct TripPlanner;
///
/// #[tool(input_guardrails = [small_sums])]
/// async fn pay(euros: u32) -> Result<Receipt, ToolError> { … }
/// ```
///
/// Like a tool it is an activity: it may look things up, and its verdict is recorded. An agent with `output = Judgement` and
/// without fields is a guardrail too, and is listed in the same way.
///
/// What it looks at, its one argument, is
/// - for a run's input, a `String`: what users have said since a model answered last. Only the agent that the run begins
///   with is asked. It is asked while the first turn is under way, tools included, and calls that off if it trips; one
///   that is `blocking` comes before everything else;
/// - for a run's output, the answer, of the output's type or `serde_json::Value`. The agent that answered is asked;
/// - for a tool's input, an object with the arguments: a struct with some of them will do. And for its output, what it
///   returned. Both only where a model has called the tool.
///
/// `Verdict::Pass` lets it through. `Verdict::trip(reason)` ends the run with an error that has the guardrail's name, the
/// reason, and any data added by `.with(..)`. `Verdict::reject(message)` gives the model `message` in place of the
/// tool's output, and ends the run where there is no tool. A guardrail that fails ends the run too.
///
/// # Requirements
///
/// - One argument, which derives `serde::Deserialize` and `schemars::JsonSchema`; beside it `State<T>`, `RunContext<T>` and
///   `ToolContext`, as for a tool.
/// - It returns a `Verdict`, or a `Result` of one whose error displays.
/// - Nothing generic, no `self`, no `unsafe`.
///
/// # Options
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `blocking` | | not | Whether a run waits for it before it does anything else. |
/// | `name` | a string | the function's name | The name of its activity, and that errors have. |
/// | `timeout` | a duration | `"5m"` | How long one attempt may take. |
/// | `retries` | a whole number | `0` | How often it is tried again after it failed. |
/// | `task_queue` | a string | that of the app or its role | The queue where its calls wait. |
/// | `local` | | not | Whether it runs as a local activity, see `#[tool]`. |
/// | `inline` | | not | Whether the workflow's own code runs it, see `#[tool]`. |
/// | `crate` | a path | `::steadfast` | Where this crate is, if it goes by another name. |
#[proc_macro_attribute]
pub fn guardrail(args: TokenStream, item: TokenStream) -> TokenStream {
    tool::guardrail(args.into(), &item.into()).into()
}

/// Makes an async function durable: started on Temporal, it survives the process it runs in. On an `impl` block, a type
/// is the [state](#a-workflow-with-a-state) of a workflow.
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
/// agents, tools and activities that its body uses: those it calls `.run(..)` on and those whose `call(..)` it spells out. What a
/// helper function uses does not show in the body, and is listed in `agents` and `tools`, or given to `App::activity`.
///
/// # Requirements
///
/// - An `async fn` with one argument at most. Put several into one struct, so that fields can be added later.
/// - Argument and result, or the `T` of a `Result<T, E>`, derive `serde::Serialize` and `serde::Deserialize`. An `E`
///   is an error, such as `steadfast::Error`.
/// - What the body waits for is a run of an agent, a call of a tool or an activity, or anything in `steadfast::workflow`; it is
///   replayed from its history, and must do the same each time. What is known not to (clocks, random numbers, files,
///   sockets, tasks, waits that are not the workflow's, going through a `HashMap`, printing) is an error while compiling, as
///   far as the body spells it out. `workflow::unchecked(|| ..)` is the way out. For what helper functions do there is
///   `docs/replay.clippy.toml`, a list for clippy.
/// - Nothing generic, no `self`, no `unsafe`.
///
/// # A workflow with a state
///
/// On an `impl` block it makes a type the state of a workflow, which goes by the type's name. Some methods mean something to
/// it; the others are left alone.
///
/// ```text
/// #[derive(Default)]
/// struct Order { items: Vec<Item>, approved_by: Option<String> }
///
/// #[workflow]
/// impl Order {
///     #[run]
///     async fn run(order: WorkflowContext<Self>) -> Result<Receipt> {
///         order.until(|order| order.approved_by.is_some()).await;
///         ..
///     }
///
///     #[signal]
///     fn add(&mut self, item: Item) { self.items.push(item); }
///
///     #[query]
///     fn count(&self) -> usize { self.items.len() }
///
///     #[update]
///     async fn approve(order: WorkflowContext<Self>, by: String) -> Result<u32> {
///         let price = Clerk.run("..").await?;
///         ..
///     }
/// }
///
/// let order = app.start(Order::run, ()).await?;      // an `OrderHandle`
/// order.add(item).await?;
/// let price = order.approve("Ann".into()).await?;
/// let receipt = order.result().await?;
/// ```
///
/// | Attribute | On | Meaning |
/// |---|---|---|
/// | `#[run]` | `async fn(WorkflowContext<Self>, Input) -> Output` | The body. `app.workflow(Order::run)` registers it, `app.start(Order::run, input)` starts it, and calling `Order::run(input)` runs it in this process. |
/// | `#[init]` | `fn(Input) -> Self` | Makes the state; then the body takes no input. Without it the type is `Default`. |
/// | `#[signal]` | `fn(&mut self, T)`, or `async fn(WorkflowContext<Self>, T)` | Is run when the signal comes. What cannot be read as a `T` is left out, and logged. |
/// | `#[query]` | `fn(&self, T) -> R` | Answers from the state, also of a workflow that has ended. |
/// | `#[update]` | `fn(&mut self, T) -> R`, or `async fn(WorkflowContext<Self>, T) -> R` | Is run when the update comes, and answers it. |
/// | `#[update_validator(name)]` | `fn(&self, &T) -> Result<(), E>` | Looks at an update before; what it refuses leaves nothing in the history. |
///
/// A message has one payload or none, and a name: the method's, or `#[signal(name = "..")]`. Where `R` is a `Result`, its error
/// is what the query or update fails with. Messages are given to their handlers in the order they came, before the body goes
/// on, and from the first one on: the state is there when they come.
///
/// What waits reaches the state by the context, which lends it to a closure, `order.state_mut(|order| ..)`, so that
/// nothing holds it while it waits. Agents and tools are run in handlers as in the body. When the body returns, handlers that
/// still wait are dropped, unless it has waited for `order.handlers_finished()`.
///
/// The handle is the type's name with `Handle`: a method for each message, beside those of `steadfast::Handle`.
///
/// # Options
///
/// | Option | Value | Default | Meaning |
/// |---|---|---|---|
/// | `name` | a string | the function's or the type's name | The workflow's type on the server. |
/// | `agents` | `[Agent, ..]` | `[]` | More agents to register, beside those seen in the body. |
/// | `tools` | `[name, ..]` | `[]` | More tools to register. |
/// | `crate` | a path | `::steadfast` | Where this crate is, if it goes by another name. |
#[proc_macro_attribute]
pub fn workflow(args: TokenStream, item: TokenStream) -> TokenStream {
    workflow::workflow(args.into(), &item.into()).into()
}

/// Makes the state of a [`#[workflow] impl`](macro@workflow): `#[init] fn new(input: Input) -> Self`.
#[proc_macro_attribute]
pub fn init(_: TokenStream, item: TokenStream) -> TokenStream {
    workflow::alone("init", &item.into()).into()
}

/// Marks the body of a [`#[workflow] impl`](macro@workflow).
#[proc_macro_attribute]
pub fn run(_: TokenStream, item: TokenStream) -> TokenStream {
    workflow::alone("run", &item.into()).into()
}

/// Marks a method of a [`#[workflow] impl`](macro@workflow) that is run when a signal comes.
#[proc_macro_attribute]
pub fn signal(_: TokenStream, item: TokenStream) -> TokenStream {
    workflow::alone("signal", &item.into()).into()
}

/// Marks a method of a [`#[workflow] impl`](macro@workflow) that answers a query.
#[proc_macro_attribute]
pub fn query(_: TokenStream, item: TokenStream) -> TokenStream {
    workflow::alone("query", &item.into()).into()
}

/// Marks a method of a [`#[workflow] impl`](macro@workflow) that is run when an update comes, and answers it.
#[proc_macro_attribute]
pub fn update(_: TokenStream, item: TokenStream) -> TokenStream {
    workflow::alone("update", &item.into()).into()
}

/// Marks a method of a [`#[workflow] impl`](macro@workflow) that looks at an update before it is accepted:
/// `#[update_validator(approve)] fn check(&self, by: &String) -> Result<(), E>`.
#[proc_macro_attribute]
pub fn update_validator(_: TokenStream, item: TokenStream) -> TokenStream {
    workflow::alone("update_validator", &item.into()).into()
}
