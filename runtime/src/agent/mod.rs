//! Agents: a model with instructions, tools and other agents to hand over to, and the loop that runs them.

mod any;
mod approved;
mod budget;
mod called;
mod compaction;
mod drive;
mod dynamic;
mod events;
mod failure;
pub mod filters;
mod generic;
mod guarded;
mod handoff;
pub mod hooks;
mod interrupted;
mod ledger;
mod place;
mod progress;
pub(crate) mod request;
mod run;
mod run_options;
mod sent_options;
mod spec;
mod step;
mod tell;
mod transcript;
mod turn;

pub use budget::{Budget, Budgeted};
pub use compaction::Compaction;
pub use dynamic::DynamicAgent;
pub use events::{RunEvent, RunEventKind};
pub use failure::{Guarded, PartialRun, RunError, RunErrorKind};
pub use handoff::{Handoff, HandoffSpec};
pub use interrupted::Interrupted;
pub use ledger::Share;
pub use spec::{Agent, AgentOptions, AgentOutput, AgentSpec, DEFAULT_MAX_TURNS, OnRunError, OutputFn, ToolUse};
pub use transcript::{Input, Run};
pub use turn::Turn;

pub(crate) use any::AnySpec;
pub(crate) use approved::Approver;
pub(crate) use drive::{Begin, drive};
pub(crate) use events::{Hear, Listener, Stream};
pub(crate) use hooks::AnyHooks;
pub(crate) use ledger::Spent;
pub(crate) use progress::Progress;
pub(crate) use request::{Catalogue, parse_answer, write_answer};
pub(crate) use run_options::{Closure, OnError, Options};
pub(crate) use sent_options::SentOptions;
pub(crate) use spec::AnyAgent;
pub(crate) use step::Answer;

/// What becomes of a call to a tool that the agent does not have. One that a model was offered by older code, and that is
/// gone since, is no mistake of the model's: it is told of that in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolNotFound {
    /// The run fails.
    #[default]
    Fail,
    /// The model is told, with the names that exist, and the run goes on.
    TellModel,
}
