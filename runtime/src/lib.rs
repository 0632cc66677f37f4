//! Write plain Rust. Get agents that survive anything.
//!
//! [`#[tool]`](macro@tool) turns a function into a tool that a model may call, [`#[agent]`](macro@agent) a struct into
//! an agent, [`#[workflow]`](macro@workflow) an async function into a durable workflow. Run them in-process and they
//! are ordinary Rust; run them on [Temporal](https://temporal.io) and every model call and every tool call is an
//! activity: recorded, retried, resumed after a crash.
//!
//! ```no_run
//! use steadfast::prelude::*;
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Forecast {
//!     celsius: f32,
//!     sky: String,
//! }
//!
//! /// Current weather in a city.
//! #[tool(timeout = "10s", retries = 3)]
//! async fn weather(
//!     /// City name, for example "Lisbon".
//!     city: String,
//! ) -> Result<Forecast, ToolError> {
//!     Ok(Forecast { celsius: 21.5, sky: format!("clear over {city}") })
//! }
//!
//! /// Plans weekend trips.
//! #[agent(
//!     model = "gpt-5.6-luna",
//!     instructions = "You plan trips within a budget of {budget} euros. Check the weather first.",
//!     tools = [weather],
//! )]
//! struct TripPlanner {
//!     budget: u32,
//! }
//!
//! #[workflow]
//! async fn weekend(wish: String) -> Result<String> {
//!     let planner = TripPlanner { budget: 400 };
//!     let run = planner.run(&wish).await?; // durable here
//!     Ok(run.output)
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<()> {
//!     App::new("trips").workflow(weekend).main().await
//! }
//! ```
//!
//! # Agents
//!
//! An agent is a struct: its fields are what the instructions may use. `planner.run(input).await` calls the model,
//! runs the tools it asks for, hands over to other agents where it asks for that, and ends with a typed answer
//! ([`Run`]) or a typed error ([`RunError`]) that carries what was done so far. An agent may also call another as a tool,
//! and go on with its answer: see [`macro@agent`]. One that is kept in a database is a [`DynamicAgent`].
//!
//! # Tools
//!
//! A tool is a function whose arguments a model fills in. Its doc comment is what the model chooses by; doc comments
//! on the parameters are what it fills them in by. [`State`](tool::State) and [`ToolContext`](tool::ToolContext)
//! parameters come from the worker, a [`RunContext`](tool::RunContext) from whoever began the run; none is part of the
//! schema. The function stays an ordinary function:
//!
//! ```
//! use steadfast::prelude::*;
//!
//! /// Adds two numbers.
//! #[tool]
//! fn add(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! assert_eq!(add(2, 3), 5);
//! ```
//!
//! Arguments may have rules, such as `#[arg(range(min = 1, max = 10))]`, here and in structs: one that breaks a rule never
//! reaches the function. Tools that share a value are methods of it: see `#[tool] impl` at [`macro@tool`]. A tool that
//! returns a [`ToolOutput`](tool::ToolOutput) shows the model images and files. Tools that run at the model's provider are
//! in [`tool::hosted`]; one that is known only while the program runs is a [`DynamicTool`](tool::DynamicTool).
//!
//! # Guardrails
//!
//! A [`#[guardrail]`](macro@guardrail) looks at what goes into a run or a tool and at what comes out, and may stop it. It is
//! a function that says a [`Verdict`], or an agent that answers with a [`Judgement`]. A run that one has stopped ends with
//! [`RunErrorKind::GuardrailTripped`], which has its name, its reason and its data.
//!
//! A tool may be one whose calls somebody has to approve, `#[tool(approval)]`. In a workflow such a call waits, for weeks if
//! need be, for [`Handle::decide`]; [`Handle::approvals`] lists what waits. Elsewhere the run is [`Interrupted`], which is data,
//! and [resumed](AgentExt::resume) when somebody has decided.
//!
//! # Limits and options of a run
//!
//! What a run may spend, with all the agents it calls, is its [`Budget`]; a run that would go over it ends with a typed error
//! that has what was done so far. [`Running`] has this and the other options of a run: how long it may take, other models
//! and models to fall back on, what models are shown ([`filters`]), what is answered in place of an error. Most of them
//! are options of [`#[agent]`](macro@agent) too, for all runs that begin with it; what a run says holds.
//!
//! # Models
//!
//! A model's name may begin with its provider, `groq/llama-3.3-70b-versatile`; without one it is OpenAI's. What providers do
//! their own way is data, see [`Provider`](model::Provider). Each call is one request in bounded time, and fails with a
//! [`ModelError`](model::ModelError) whose class says what it means; the engine tries again what may pass, waits as long as it is
//! asked to, and keeps to limits that are [set](model::Provider::requests_per_minute) or that answers tell of. After that
//! `fallback_models` are asked, within the same attempts. A conversation that is too long for its model is put into fewer
//! words once, by the agent's `compaction`.
//!
//! # Workflows
//!
//! A workflow is an async function of one serialisable argument or none. What it awaits is recorded; after a crash
//! it is run again from its start, and answered from the record until it has caught up. So it may do only what comes
//! out the same again: agents, tools and activities (`weather::call(..)`), and the functions of the
//! [`workflow`](mod@workflow) module. Everything else belongs into a tool or an activity.
//!
//! # Steps
//!
//! A step of a workflow that is no tool is an [`#[activity]`](macro@activity): a function with a durable `call`, retries and
//! timeouts, and nothing that is for models. [`workflow::map`] and [`workflow::try_map`] call one for each of many inputs, so many
//! at once. A [`Saga`](workflow::Saga) collects what would undo the steps so far, and undoes it in reverse when a later one
//! fails.
//!
//! ```
//! use steadfast::{prelude::*, workflow::saga};
//!
//! #[activity]
//! async fn reserve(seat: String) -> Result<u32, ToolError> {
//!     Ok(seat.len() as u32)
//! }
//!
//! #[activity(retries = 20)]
//! async fn release(reservation: u32) -> Result<(), ToolError> {
//!     println!("released {reservation}");
//!     Ok(())
//! }
//!
//! #[activity(timeout = "10s")]
//! async fn charge(euros: u32) -> Result<String, ToolError> {
//!     if euros > 100 { Err(ToolError::fatal("declined")) } else { Ok(format!("{euros} euros")) }
//! }
//!
//! #[workflow]
//! async fn checkout(seats: Vec<String>) -> Result<String> {
//!     saga::run(|saga| async move {
//!         for seat in seats {
//!             let reservation = reserve::call(seat).await?;
//!             saga.compensate(release::call(reservation)); // made only if something fails
//!         }
//!         Ok(charge::call(120).await?)
//!     })
//!     .await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let error = checkout(vec!["1a".into(), "1b".into()]).await.expect_err("too much");
//! assert_eq!(error.to_string(), "declined");
//! # }
//! ```
//!
//! The failure of a step is a `Result` like any other, and so is that of an agent: a [`RunError`] has the turns, the usage and
//! the items of the run so far, and another agent can go on [after](PartialRun::after) them. What needs no code of its own
//! is an option: [`Running::or_run`], [`Running::fallback_models`], [`Running::on_error`].
//!
//! # Workflows with a state
//!
//! A workflow that is talked to while it runs is a type with [`#[workflow] impl`](macro@workflow): its value is the state, and
//! methods with `#[signal]`, `#[query]` and `#[update]` are what it answers to. What waits (the body, and handlers that are
//! `async`) reaches the state by a [`WorkflowContext`](workflow::WorkflowContext), which lends it to a closure: nothing can hold
//! it while it waits, and [`until`](workflow::WorkflowContext::until) waits for it to be as it should. A handle of such a
//! workflow has a method for each message. An `#[update_validator]` refuses an update before anything of it is recorded.
//!
//! ```no_run
//! # use std::time::Duration;
//! use steadfast::prelude::*;
//! # /// Answers customers.
//! # #[agent(model = "m", instructions = "The customer has ordered: {items}")]
//! # struct Clerk { items: String }
//!
//! #[derive(Default)]
//! struct Order {
//!     items: Vec<String>,
//!     paid_by: Option<String>,
//! }
//!
//! #[workflow]
//! impl Order {
//!     #[run]
//!     async fn run(order: WorkflowContext<Self>) -> Result<Vec<String>> {
//!         let paid = order.until(|order| order.paid_by.is_some()).within(Duration::from_hours(24));
//!         paid.await.ok_or("nobody has paid")?;
//!         Ok(order.state(|order| order.items.clone()))
//!     }
//!
//!     #[signal]
//!     fn pay(&mut self, card: String) {
//!         self.paid_by = Some(card);
//!     }
//!
//!     #[update]
//!     fn add(&mut self, item: String) -> usize {
//!         self.items.push(item);
//!         self.items.len()
//!     }
//!
//!     #[update_validator(add)]
//!     fn check(&self, item: &String) -> Result<(), String> {
//!         if item.is_empty() { Err("what is to be added?".to_owned()) } else { Ok(()) }
//!     }
//!
//!     /// Agents run in handlers as in the body.
//!     #[update]
//!     async fn ask(order: WorkflowContext<Self>, question: String) -> Result<String> {
//!         let clerk = order.state(|order| Clerk { items: order.items.join(", ") });
//!         Ok(clerk.run(&question).await?.output)
//!     }
//! }
//!
//! # async fn example(app: App) -> Result<()> {
//! let order = app.start(Order::run, ()).id("order-42").await?; // an `OrderHandle`
//! order.add("atlas".to_owned()).await?;
//! println!("{}", order.ask("When will it be here?".to_owned()).await?);
//! order.pay("card 7".to_owned()).await?;
//! let items = order.result().await?;
//! # Ok(())
//! # }
//! # fn main() {}
//! ```
//!
//! # An agent as a workflow
//!
//! An agent that an app has ([`App::agent`]) is a workflow too, of the agent's name. [`App::start_agent`] asks it once.
//! [`App::start_conversation`] talks to it for as long as one likes: messages are answered one after the other, by whichever
//! worker there is, and between them nothing but the workflow itself exists. It can be asked how it stands and what was said,
//! stopped in an answer, decided for where a call needs approval, and it ends when it is asked to, or when nothing was said
//! for so long. Its history is renewed by itself. See [`conversation::Conversing`].
//!
//! ```no_run
//! # use std::time::Duration;
//! # use steadfast::{Decision, prelude::*};
//! # #[agent(model = "m")]
//! # struct Guide;
//! # async fn talk(app: App) -> Result<()> {
//! let talk = app.start_conversation(&Guide).id("guide-for-ann").idle_timeout(Duration::from_hours(24 * 30)).await?;
//! println!("{}", talk.send("Where to?").await?);
//!
//! // A month later, in another process:
//! let talk = app.conversation::<Guide>("guide-for-ann").await?;
//! for approval in talk.approvals().await? {
//!     talk.decide(&approval, Decision::approve("ann")).await?;
//! }
//! println!("{} messages, {} items", talk.status().await?.answered, talk.transcript().await?.len());
//! talk.end().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Other workflows
//!
//! A workflow starts others as its children by [`workflow::child`], and waits for their results, or goes on and keeps a
//! [`ChildHandle`](workflow::ChildHandle); [`workflow::child_named`] is for those of other languages. [`workflow::external`] sends
//! signals to any workflow by its id, or cancels it. A run of an agent is a child of its own, with a history of its own,
//! by [`.as_child()`](Running::as_child).
//!
//! ```no_run
//! # use steadfast::prelude::*;
//! # #[agent(model = "m")]
//! # struct Editor;
//! #[workflow]
//! async fn chapter(title: String) -> Result<String> {
//!     # let text = title;
//!     // ..
//!     Ok(text)
//! }
//!
//! #[workflow]
//! async fn book(titles: Vec<String>) -> Result<String> {
//!     let chapters = workflow::try_map(titles, |title| workflow::child(chapter, title)).at_once(3).await?;
//!     let edited = Editor.run(chapters.join("\n")).as_child().task_queue("editors").await?;
//!     workflow::external("printer").signal("print", &edited.output).await?;
//!     Ok(edited.output)
//! }
//! # fn main() {}
//! ```
//!
//! # Cancelling
//!
//! A workflow that is cancelled is dropped where it is, as any Rust future: what it waits for (a tool, a child, a model's
//! answer) is cancelled with it. One that has to clean up waits for [`workflow::cancelled()`] beside what it does, or is a
//! [saga](workflow::saga::run), which does so by itself. [`workflow::shield`] lets a part end first that has to be whole, and a
//! [`CancelScope`](workflow::CancelScope) is a part that is called off by itself. Whatever loses in a `select!` is cancelled too.
//!
//! ```no_run
//! # use std::time::Duration;
//! # use steadfast::{prelude::*, workflow::Cancelled};
//! # #[agent(model = "m")]
//! # struct Planner;
//! # #[activity]
//! # async fn give_back(trip: String) -> Result<(), ToolError> { Ok(()) }
//! #[workflow]
//! async fn plan(trip: String) -> Result<String> {
//!     workflow::select! {
//!         run = Planner.run(&trip) => Ok(run?.output),
//!         () = workflow::sleep(Duration::from_secs(600)) => Ok("no plan in ten minutes".to_owned()),
//!         () = workflow::cancelled() => {
//!             give_back::call(trip).await?;
//!             Err(Cancelled.into()) // ends as cancelled, and not as failed
//!         }
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! # What Temporal developers look for
//!
//! | In Temporal | Here |
//! |---|---|
//! | workflow, activity | [`macro@workflow`]; [`macro@activity`], and every [`macro@tool`] and model call |
//! | signal | [`macro@signal`], [`workflow::signal`] for one without a handler; [`Handle::signal`] |
//! | query | [`macro@query`]; [`Handle::query`] |
//! | update, validator | [`macro@update`], [`macro@update_validator`]; [`Handle::update`], [`Update::accepted`] |
//! | signal-with-start, update-with-start | [`Start::with_signal`], [`Start::with_update`] |
//! | `await` a condition | [`WorkflowContext::until`](workflow::WorkflowContext::until), with [`Wait::within`](workflow::Wait::within) for a deadline |
//! | all handlers finished | [`WorkflowContext::handlers_finished`](workflow::WorkflowContext::handlers_finished) |
//! | timer | [`workflow::sleep`] |
//! | side effect, time, random, UUID | [`workflow::now`], [`workflow::random`], [`workflow::uuid`]; anything else is a [local](macro@activity) activity |
//! | selector, futures | [`workflow::select!`], [`workflow::join!`], and those of `futures`; bounded fan-out: [`workflow::map`], [`workflow::try_map`] |
//! | child workflow, parent close policy | [`workflow::child`], [`ParentClose`](workflow::ParentClose); of an agent: [`Running::as_child`] |
//! | external signal and cancel | [`workflow::external`] |
//! | wait for a cancelled activity | none: [`workflow::shield`] what has to be over before something else begins |
//! | cancellation, scope, disconnected context | [`Handle::cancel`], [`workflow::cancelled()`], [`CancelScope`](workflow::CancelScope), [`workflow::shield`] |
//! | saga | [`workflow::Saga`], [`workflow::saga::run`] |
//! | continue-as-new | by itself, before a history is full, see [long runs](#long-runs); with an input of your own: [`workflow::continue_as_new`], [`WorkflowContext::continue_as_new`](workflow::WorkflowContext::continue_as_new), when [it is suggested](workflow::continue_as_new_suggested) |
//! | patch, version | [`workflow::patched`], [`workflow::deprecate_patch`] |
//! | replay test | `testing::replay_dir`, [`App::replayer`]; [replay tests](#replay-tests) |
//! | activity options, retry policy | options of [`macro@tool`] and [`macro@activity`], and of one call: [`ToolRun`] |
//! | local activity | `#[tool(local)]`, `#[activity(local)]`, [`Running::local_model_calls`] |
//! | heartbeat, its details, cancellation | [`ToolContext::heartbeat`](tool::ToolContext::heartbeat), [`ToolContext::progress`](tool::ToolContext::progress), [`ToolContext::cancelled`](tool::ToolContext::cancelled) |
//! | application failure of a workflow, with a type | [`Failure`], and the `code` of [`WorkflowError::Failed`] |
//! | non-retryable error, next retry delay | [`ToolError::fatal`](tool::ToolError::fatal), [`ToolError::retry_after`](tool::ToolError::retry_after) |
//! | workflow logger, "is replaying" | [`workflow::log`], [`workflow::is_replaying`] |
//! | task queue | [`App::task_queue`], `task_queue = ".."` of tools, activities and agents; groups of them are [`Role`]s |
//! | worker options, rate limits | [`WorkerSettings`] |
//! | priority, fairness | `priority = 1` of tools and agents; [`Start::priority`], [`Start::fairness`] |
//! | start options, id policies, timeouts, delay | [`Start`] |
//! | schedule, cron, backfill | [`App::schedule`], [`App::schedule_agent`], [`ScheduleHandle`] |
//! | visibility, search attribute, memo | [`Client::list`], [`Filter`]; [`Start::search_attribute`], [`Start::memo`]; from the workflow itself [`workflow::upsert_search_attribute`], [`workflow::upsert_memo`] |
//! | describe, terminate, result | [`Handle::describe`], [`Handle::terminate`], [`Handle::result`] |
//! | data converter | plain JSON, in which other languages take part |
//! | codec, encryption, compression | [`App::codec`], [`codec`] |
//! | large payloads | [`App::blobs`], [`codec::blobs`] |
//! | interceptor | [`hooks`], for what happens in runs of agents |
//! | the SDK's own workers, clients, workflows | the [feature](#features) `temporal-sdk`: `App::plugin`, `temporal::within` |
//! | test environment | the [same line in this process](#without-a-server), and [`DevServer`] |
//!
//! What there is not, where you would have to leave this crate (the SDK's own worker may stand beside it, see `temporal`):
//! Nexus; activities that are completed by somebody else, later (send the workflow a signal or an update); interceptors of the
//! SDK; retry policies of whole workflows; a test server that skips time; sessions that pin activities to one worker, other
//! than by a task queue of its own.
//!
//! # What is replayed and what is not
//!
//! Replayed: the body of a workflow, and with it the loop of every agent it runs. Not replayed: model calls and tool
//! calls; one that has finished is never made again. One that was in flight when its worker died is made again on
//! another, and [`ToolContext::idempotency_key`](tool::ToolContext) is the same for both.
//!
//! A task that a workflow spawns (`tokio::spawn`) is outside of it: nothing it does is recorded, and it is done again on
//! every replay. Run things side by side with [`workflow::join`] or `futures::future::join_all`.
//!
//! # Replay tests
//!
//! Code that is changed has to go on with workflows that began with older code. Save histories of some, with
//! [`Handle::save_history`], [`Client::save_histories`] (all of a task queue), `temporal workflow show --output json` or the
//! UI, keep them beside the tests, and replay them there, without a server, a model or a tool:
//!
//! ```no_run
//! # use steadfast::{App, Result};
//! # async fn check(app: App) -> Result<()> {
//! app.replayer().replay_dir("tests/histories").await?;
//! # Ok(())
//! # }
//! ```
//!
//! `testing::replay_dir(&app, ..)` is the same, and says what it notices and what it does not. What no longer replays is said file
//! by file: which step, what is recorded, and what today's code does there. With [`.strict()`](Replays::strict) other values are
//! errors too, where Temporal sees no difference.
//!
//! # Versions
//!
//! Workflows outlive the code that they began with. Which change of it the running ones go along with:
//!
//! | Change | What it needs |
//! |---|---|
//! | instructions, descriptions, models and their settings, prices, `enabled` rules | nothing: the next model call has the new ones |
//! | a tool is added; a tool's arguments or result have other types | nothing: a call that was made with the old types, and that the new code cannot read, is told to the model |
//! | a tool is removed, or renamed | nothing: it is offered no more, and a call that is under way is told to the model as one of a tool that does not exist. To have such calls made, keep it registered ([`App::tool`]) until the last of them is over. One that no worker has taken yet is tried again for as long as its `retries` and ten attempts more last, about four minutes by default |
//! | a removed tool was `inline`, `local`, an agent, had an approval or guardrails | keep it registered, or pinned versions |
//! | a workflow is removed that others start as a child, or go on as | keep it registered ([`App::workflow`]) until the last of them is over |
//! | a handoff is added | nothing |
//! | a handoff is removed | where workflows keep search attributes, a run that has made it would not replay: keep it as `handoff(Refunds, enabled = never)`, with a rule that says no, until the last run is over that has made it; or pinned versions |
//! | an agent's output type | nothing, if it reads what was answered before (new fields have a `default`); else another struct and a patch |
//! | a tool becomes `local`, `inline` or an agent, or ceases to be; an approval or a guardrail comes or goes | a patch around the run, or pinned versions |
//! | steps of a workflow: other calls, another order, timers, children; the workflow's own argument | a patch ([`workflow::patched`]), or pinned versions |
//! | `max_turns`, budgets, time limits, `tool_use_behavior`, `repair_turns` | nothing, where no run that is under way would have been decided otherwise; a patch around the run else |
//!
//! What a model has called is recorded with what it was offered, by the worker that asked it. So code that reads the answer
//! later makes the same of it, whichever tools it has itself. While workers of old and of new code run side by side, a call
//! may come to one that does not know its tool, and is tried again until another takes it: bring in the processes that run
//! tools before those that offer them.
//!
//! A patch is a branch in the code, for runs that began before it. With pinned versions there is none: say which build of
//! which deployment a worker is, and workflows that began with it stay with it, while workers of both run.
//!
//! ```no_run
//! use steadfast::{App, Versioning, WorkerSettings};
//!
//! # async fn release() -> steadfast::Result<()> {
//! let settings = WorkerSettings::new().deployment("trips", env!("CARGO_PKG_VERSION")).versioning(Versioning::Pinned);
//! let app = App::new("trips").worker_settings(settings);
//! let worker = app.worker().await?.spawn();
//! app.client().await?.set_current_version("trips", env!("CARGO_PKG_VERSION")).await?; // what begins, begins here
//! # worker.stop().await
//! # }
//! ```
//!
//! A [pinned](Versioning::Pinned) workflow keeps its version for its whole life: also when it continues as new, and its children
//! on the same task queue have it too. One that [upgrades](Versioning::AutoUpgrade) goes on with the current version from its
//! next task on, and has to replay there; its children begin with the current one. [`Client::set_ramping_version`] brings a
//! version in for a part of the workflows first.
//!
//! # Long runs
//!
//! A history grows by what is new. Every item of a conversation is recorded once, where it comes from; a model call names
//! the conversation by its length and a digest, and the worker looks it up, or asks the workflow
//! ([`App::by_reference`] has the thresholds). Before a history is full, the workflow *continues as new*: it goes on as
//! another run with the same id, where the function's code is executed from its start and told again all that it was told,
//! until it is where it was. Nothing has to be written for it, and nothing is called again; [`Handle::histories`] reads all
//! runs. What it asks of the code is what replay asks anyway: that it does the same again.
//!
//! What is told again grows with what has been. A workflow that is there for years, and needs little of what has been, says
//! itself what goes along: `return workflow::continue_as_new(watch, place).await` begins anew with another input, and
//! [`WorkflowContext::continue_as_new`](workflow::WorkflowContext::continue_as_new) makes that of the state when the last
//! handler is done. `cargo run --example customer` shows it.
//!
//! A tool that is quick, small and harmless to repeat can be `#[tool(local)]`, and a run's model calls can be local too
//! (`.local_model_calls()`): that saves most of a turn's time and events, and costs a repetition where a worker dies.
//!
//! # Clients
//!
//! [`App::start`] starts a workflow, and says under which id, with what limits and what to do where the id is taken
//! ([`Start`]); with a signal or an update, it starts one or finds the one that runs. Its [`Handle`] waits for the result,
//! sends signals, queries and updates by name, cancels, terminates, and [describes](Handle::describe) what a run is stuck
//! at. [`Client::list`] finds workflows by what was said about them, and by the agent that has the word.
//! [`App::schedule`] has the server start them at set times.
//!
//! ```no_run
//! # use std::time::Duration;
//! # use steadfast::{Filter, IdConflictPolicy, prelude::*};
//! # #[workflow]
//! # async fn weekend(wish: String) -> Result<String> { Ok(wish) }
//! # async fn example(app: App) -> Result<()> {
//! let start = app.start(weekend, "Lisbon".to_owned()).id("ann").id_conflict_policy(IdConflictPolicy::UseExisting);
//! let run = start.execution_timeout(Duration::from_hours(24)).await?;
//! println!("{}", run.describe().await?);
//! let waiting = app.client().await?.count(Filter::of(weekend).running().doing("awaiting_approval")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Without a server
//!
//! Outside a workflow the same line `planner.run(..).await` runs in this process, which is how agents are tested:
//!
//! ```
//! # #[cfg(feature = "testing")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use steadfast::{prelude::*, testing::ScriptedModel};
//!
//! /// Adds two numbers.
//! #[tool]
//! fn add(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! #[agent(model = "any", tools = [add])]
//! struct Calculator;
//!
//! let model = ScriptedModel::new().call("add", serde_json::json!({"a": 2, "b": 3})).says("It is 5.").start().await?;
//! let app = App::new("test").agent::<Calculator>().provider("openai", model.provider());
//! let run = app.inline(Calculator.run("What is 2 + 3?")).await?;
//! assert_eq!(run.output, "It is 5.");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "testing"))]
//! # fn main() {}
//! ```
//!
//! # Several processes
//!
//! A worker serves all of its app. What grows apart is divided among [`Role`]s, each of which is a task queue with limits of
//! its own; one program is all of them, and is told its role when it starts.
//!
//! ```no_run
//! # use steadfast::{Role, prelude::*};
//! # #[tool]
//! # /// Searches.
//! # async fn search(subject: String) -> String { subject }
//! # #[agent(model = "m", tools = [search])]
//! # struct Planner;
//! # #[workflow]
//! # async fn report(question: String) -> Result<String> { Ok(Planner.run(question).await?.output) }
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! App::new("desk")
//!     .workflow(report)
//!     .role(Role::named("planner").workflows().agent::<Planner>())
//!     .role(Role::named("search").other_tools().rate_limit(5.0).slots(4))
//!     .main() // desk --role search
//!     .await
//! # }
//! ```
//!
//! # Features
//!
//! - `testing`: a model that answers from a script, over HTTP, and records what it was asked.
//! - `zstd`: compresses what is recorded ([`codec`]).
//! - `sqlite`: keeps sessions in a file.
//! - `temporal-sdk`: an app as a part of a worker that you make with Temporal's own SDK (`temporal`).
//! - `object-store`: keeps blobs in a folder or in S3 ([`codec::blobs`]).
//! - `chrono04`, `rust_decimal1`, `url2`, `uuid1`: types of those crates as arguments and answers; named as schemars names
//!   them.
//!
//! # Limits
//!
//! - One payload (a tool's arguments, its result, a model's answer, a workflow's input or result) may have 2 MiB, the
//!   server's own limit. What is larger is refused before it is sent, with a typed error.
//! - What a workflow has to take along when it continues as new may have 24 MiB: its conversations, and all that its code
//!   was told since it began, of which an agent's run is one answer. A workflow that goes round for years, with a timer, a
//!   signal and a tool each time, should begin anew now and then ([`workflow::continue_as_new`]).

mod agent;
mod app;
mod chance;
pub mod conversation;
mod durable;
mod effects;
mod enclosed;
mod error;
mod inline;
mod kept;
pub mod model;
mod registry;
mod roles;
mod runner;
pub mod session;
#[cfg(feature = "temporal-sdk")]
pub mod temporal;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;
pub mod tool;
pub mod workflow;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;

pub use agent::{
    Agent, AgentOptions, AgentOutput, AgentSpec, Budget, Budgeted, Compaction, DEFAULT_MAX_TURNS, DynamicAgent,
    Guarded, Handoff, HandoffSpec, Input, Interrupted, OnRunError, OutputFn, PartialRun, Run, RunError, RunErrorKind,
    RunEvent, RunEventKind, Share, ToolNotFound, ToolUse, Turn,
};
pub use agent::{filters, hooks};
pub use app::App;
pub use durable::codec;
pub use durable::{
    ByReference, Client, ConnectError, Connected, DeploymentError, Description, DevServer, DevServerError, Events,
    Filter, Handle, History, IdConflictPolicy, IdReusePolicy, Listed, ListedSchedule, Listing, NewSchedule, Offset,
    Overlap, PendingActivity, PendingTask, Query, ReplayError, Replayed, Replayer, Replays, RunningServer,
    RunningWorker, ScheduleChanges, ScheduleDescription, ScheduleHandle, ScheduleListing, ScheduledRun, SearchKind,
    SearchValue, Start, StartWithSignal, StartWithUpdate, Streamed, Target, Timetable, Update, UpdateHandle, Work,
    Worker, WorkerError, WorkflowError, WorkflowStatus,
};
pub use error::{Error, Failure, Result};
pub use registry::StartupError;
pub use roles::{Role, Versioning, WorkerSettings};
pub use runner::{AgentExt, CallArguments, ChildRun, RunAll, RunStream, Running, ToolRun};
pub use session::Session;
pub use steadfast_macros::{
    activity, agent, guardrail, init, query, run, signal, tool, update, update_validator, workflow,
};
pub use tool::{Approval, Decision, DecisionError, Judgement, Verdict};

// For `#[serde(crate = "steadfast::serde")]` and `#[schemars(crate = "steadfast::schemars")]`, and so that a user's
// types meet the versions this crate speaks.
pub use {schemars, serde, serde_json};

/// What nearly every program with agents uses: `use steadfast::prelude::*;`.
pub mod prelude {
    pub use crate::{
        AgentExt, App, Error, Result, Run, RunError, Turn, Verdict, activity, agent, guardrail, init, query, run,
        signal, tool,
        tool::{RunContext, State, ToolContext, ToolError, ToolFailure, ToolOutput},
        update, update_validator, workflow,
        workflow::WorkflowContext,
    };
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};
}

/// The README's program is compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
