//! Runs on Temporal: the only folder that names its crates.
//!
//! A workflow's code asks for effects (`effects`), the adapter (`adapter`) polls it and begins what it asks for
//! (`schedule`), a worker executes it (`activity`), and errors keep their types on the way (`failure`). Conversations
//! are not among what is sent: they go by reference (`prompt`).

mod activity;
mod adapter;
mod approvals;
mod busy;
mod carried;
mod client;
pub mod codec;
mod connect;
mod desk;
mod dev_server;
mod effects;
mod failure;
#[cfg(test)]
mod golden;
mod heartbeat;
mod history;
mod hosted;
mod inbox;
mod journal;
mod limits;
mod marks;
mod named;
mod noted;
mod patches;
mod payload;
#[cfg(feature = "temporal-sdk")]
mod plugin;
mod prompt;
mod query;
mod replay;
mod schedule;
mod settings;
mod site;
mod sizes;
mod streamed;
mod updates;
#[cfg(feature = "temporal-sdk")]
mod within;
mod words;
mod worker;

pub use client::{
    Client, Conversing, DeploymentError, Description, Filter, Handle, IdConflictPolicy, IdReusePolicy, Listed,
    ListedSchedule, Listing, NewSchedule, Overlap, PendingActivity, PendingTask, Query, ScheduleChanges,
    ScheduleDescription, ScheduleHandle, ScheduleListing, ScheduledRun, SearchKind, SearchValue, Start,
    StartConversation, StartWithSignal, StartWithUpdate, Timetable, Update, UpdateHandle, WorkflowError,
    WorkflowStatus,
};
pub use connect::{ConnectError, Connected, Target};
pub use dev_server::{DevServer, DevServerError, RunningServer};
pub use history::{History, Work};
#[cfg(feature = "temporal-sdk")]
pub use plugin::{Definition, Plugin, definition};
pub use prompt::ByReference;
pub use replay::{ReplayError, Replayed, Replayer, Replays};
pub use streamed::{Events, Offset, Streamed};
#[cfg(feature = "temporal-sdk")]
pub use within::within;
pub use worker::{RunningWorker, Worker, WorkerError};

pub(crate) use site::Site;
pub(crate) use sizes::Sizes;
pub(crate) use worker::{Hosting, asked_to_stop};
