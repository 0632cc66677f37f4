//! What is compared. Every engine has the same conversation, in a worker process of its own.
//!
//! To add one: a file that hosts a workflow called [`WORKFLOW`] with a tool called [`TOOL`], and a variant here.

pub(crate) mod floor;
mod floor_deltas;
mod openai;
pub(crate) mod python;
pub(crate) mod steadfast;

use crate::Result;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};

/// What the workflow is called in every engine.
pub(crate) const WORKFLOW: &str = "conversation";

/// What the tool's activity is called in every engine.
pub(crate) const TOOL: &str = "fetch";

/// The activity by which a run of ours gets what the one before it has left. Any other activity is a model call.
pub(crate) const CARRIED: &str = "steadfast.carried";

/// Longer than any activity here takes.
const TIMEOUT: Duration = Duration::from_mins(1);

/// An engine under measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Steadfast,
    /// With a local tool.
    SteadfastLocal,
    /// With workflows and activities on different workers.
    SteadfastApart,
    /// With a second copy of the workflow's code on the way, as builds with debug assertions have it.
    SteadfastTwice,
    Floor,
    FloorDeltas,
    Python,
}

/// What a conversation is to be: the input of the workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Model calls; each but the last is followed by a tool call.
    pub(crate) turns: u32,
    /// The size of a tool's result.
    pub(crate) bytes: u32,
}

/// Where a worker works: what it is told on its command line.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    address: String,
    task_queue: String,
    model: String,
}

impl Engine {
    pub(crate) const ALL: [Self; 7] = [
        Self::Steadfast,
        Self::SteadfastLocal,
        Self::SteadfastApart,
        Self::SteadfastTwice,
        Self::Floor,
        Self::FloorDeltas,
        Self::Python,
    ];

    /// Whether it is only another way to run ours, which a few conversations show well enough.
    pub(crate) fn is_variant(self) -> bool {
        matches!(self, Self::SteadfastLocal | Self::SteadfastApart | Self::SteadfastTwice)
    }

    /// What it is called, in the tables and on a worker's command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Steadfast => "steadfast",
            Self::SteadfastLocal => "steadfast, local tool",
            Self::SteadfastApart => "steadfast, apart",
            Self::SteadfastTwice => "steadfast, run twice",
            Self::Floor => "floor",
            Self::FloorDeltas => "floor, deltas",
            Self::Python => "Python",
        }
    }

    /// The engine of that name.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let engine = Self::ALL.into_iter().find(|engine| engine.name() == name);
        engine.ok_or_else(|| format!("there is no engine `{name}`").into())
    }

    /// Works until the process is killed.
    pub(crate) async fn work(self, place: Place) -> Result<()> {
        match self {
            Self::Steadfast => steadfast::work(place).await,
            Self::SteadfastLocal => steadfast::work_locally(place).await,
            Self::SteadfastApart => steadfast::work_apart(place).await,
            Self::SteadfastTwice => steadfast::work_twice(place).await,
            Self::Floor => floor::work(place).await,
            Self::FloorDeltas => floor_deltas::work(place).await,
            Self::Python => Err("Python's worker is a program of its own".into()),
        }
    }

    /// Replays a workflow's history some times; returns the milliseconds of each.
    pub(crate) async fn replay(self, address: &str, workflow: &str, times: u32) -> Result<Vec<f64>> {
        match self {
            Self::Steadfast => steadfast::replay(address, workflow, times).await,
            Self::Floor => floor::replay(address, workflow, times).await,
            Self::FloorDeltas => floor_deltas::replay(address, workflow, times).await,
            Self::Python => Err("Python's replay is a program of its own".into()),
            variant => Err(format!("{variant} replays like ours").into()),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Plan {
    /// What the user says; the scripted model reads it.
    fn prompt(self) -> String {
        format!("turns={} bytes={}", self.turns, self.bytes)
    }
}

impl Place {
    pub(crate) fn new(address: &str, task_queue: &str, model: &str) -> Self {
        Self { address: address.to_owned(), task_queue: task_queue.to_owned(), model: model.to_owned() }
    }

    /// The place as words of a command line, which [`read`](Self::read) reads.
    pub(crate) fn words(&self) -> [&str; 3] {
        [&self.address, &self.task_queue, &self.model]
    }

    /// Reads a place from a command line.
    pub(crate) fn read(words: &[String]) -> Result<Self> {
        let [address, task_queue, model] = words else {
            return Err("a worker needs the server's address, a task queue and the model's URL".into());
        };
        Ok(Self::new(address, task_queue, model))
    }
}

/// What the tool answers: `bytes` characters, not the same on any two pages.
fn page(page: u32, bytes: u32) -> String {
    let mut text = format!("page {page} ");
    let missing = (bytes as usize).saturating_sub(text.len());
    text.extend(std::iter::repeat_n('.', missing));
    text
}

/// Connects to a server that is known to run.
pub(crate) async fn connect(address: &str) -> Result<Client> {
    let url = Url::parse(&format!("http://{address}"))?;
    let connection = Connection::connect(ConnectionOptions::new(url).build()).await?;
    Ok(Client::new(connection, ClientOptions::new("default").build())?)
}
