//! What is measured: each part is a question with a table for an answer.

pub(crate) mod footprint;
pub(crate) mod long;
pub(crate) mod phases;
pub(crate) mod runs;
pub(crate) mod turns;

use std::time::Duration;

/// How much trouble to take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// The sizes of a tool's result.
    pub(crate) bytes: &'static [u32],
    /// The lengths of a conversation.
    pub(crate) turns: &'static [u32],
    /// How often everything is measured, if there is time.
    pub(crate) repetitions: u32,
    /// How many turns are measured together at least, by as many runs as that takes.
    pub(crate) batch: u32,
    /// How long one engine may spend on one conversation's repetitions.
    pub(crate) budget: Duration,
    /// How long one conversation may take.
    pub(crate) patience: Duration,
    /// How many conversations are held at once.
    pub(crate) at_once: &'static [usize],
    /// How often a worker is started.
    pub(crate) starts: u32,
    /// The sizes of a tool's result in the histories that are replayed.
    pub(crate) replayed: &'static [u32],
    /// How often each is.
    pub(crate) replays: u32,
    /// Whether to build the programs that are there to be weighed.
    pub(crate) weigh: bool,
    /// The length of the long conversation.
    pub(crate) long: u32,
}

impl Effort {
    /// Everything, in about an hour.
    pub(crate) const FULL: Self = Self {
        bytes: &[100, 4096, 20_480],
        turns: &[1, 8, 32, 100, 500],
        repetitions: 4,
        batch: 100,
        budget: Duration::from_secs(15),
        patience: Duration::from_secs(40),
        at_once: &[1, 50, 200],
        starts: 3,
        replayed: &[100, 4096],
        replays: 10,
        weigh: true,
        long: 5000,
    };

    /// The same questions, fewer of them, in about twenty minutes.
    pub(crate) const QUICK: Self = Self {
        bytes: &[100, 4096],
        turns: &[8, 100],
        repetitions: 2,
        batch: 40,
        budget: Duration::from_secs(5),
        patience: Duration::from_secs(40),
        at_once: &[50],
        starts: 1,
        replayed: &[100],
        replays: 3,
        weigh: false,
        long: 5000,
    };
}
