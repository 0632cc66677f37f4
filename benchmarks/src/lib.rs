//! What durability costs: Steadfast beside a loop written by hand on Temporal's SDK, and beside Python's integration.
//!
//! The README of this folder says what is measured and how; [`run`] is the command. The other two functions are for the
//! two programs that exist only to be weighed. None of them is async, so that all is compiled here, and once.

mod command;
mod compile;
mod engines;
mod figures;
mod model;
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

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

fn words() -> Vec<String> {
    std::env::args().skip(1).collect()
}
