//! What durability costs: Steadfast beside a loop written by hand on Temporal's SDK, and beside Python's integration.
//!
//! The README of this folder says what is measured and how; [`run`] is the command. The other functions are for the
//! programs beside it: two exist only to be weighed, and one counts allocations. None is async, so that all is compiled
//! here, and once.

mod command;
mod compile;
mod engines;
mod figures;
mod model;
mod parsing;
mod parts;
mod plot;
mod process;
mod programs;
mod recorded;
mod stage;
mod streaming;
mod table;

use engines::{Place, floor, steadfast};

/// Whatever goes wrong here ends the benchmark, or one process of it, with a line that says what it was.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Measures what the words of the command line ask for.
///
/// # Errors
/// When the words make no sense, or when the server, the model or a worker cannot be started.
pub fn run() -> Result<()> {
    block_on(command::run(&words()))
}

/// Runs Steadfast's worker until the process is killed.
///
/// # Errors
/// When the worker cannot start, or breaks down.
pub fn work_steadfast() -> Result<()> {
    block_on(steadfast::work(Place::read(&words())?))
}

/// Runs the hand-written loop's worker until the process is killed.
///
/// # Errors
/// When the worker cannot start, or breaks down.
pub fn work_floor() -> Result<()> {
    block_on(floor::work(Place::read(&words())?))
}

/// Reads a prepared answer some times and prints what each time has allocated; `allocated` tells how many blocks of memory
/// the process has asked for so far, and of how many bytes.
///
/// # Errors
/// When an answer cannot be read.
pub fn count_allocations(allocated: fn() -> (u64, u64)) -> Result<()> {
    parsing::count(&words(), allocated)
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

fn words() -> Vec<String> {
    std::env::args().skip(1).collect()
}
