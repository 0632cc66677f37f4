//! What it costs to read a model's answer: our client beside async-openai's own types and Python's client, over HTTP, on
//! the same bytes.
//!
//! A server in a process of its own sends prepared answers. Each measurement is a process that reads one of them for a
//! while, so that nothing but reading is in its figures. Allocations are counted in a further one, which that makes slow.

mod case;
mod chat;
mod readers;
mod reading;
mod responses;
mod said;
mod server;
mod table;
mod wire;

pub(crate) use reading::{count, read};
pub(crate) use server::serve;

use crate::{
    Result,
    engines::python::Python,
    figures::{Figures, figure},
    process::{self, Process, itself},
    programs,
};
use case::Case;
use readers::Reader;
use reading::Taken;
use std::{path::PathBuf, process::Stdio};
use table::Row;
use tokio::process::Command;
use wire::Wire;

const READER: &str = include_str!("reader.py");

/// How much trouble to take.
struct Effort {
    repetitions: u32,
    /// Seconds to read before it counts, and then.
    warm: &'static str,
    seconds: &'static str,
    /// How often an answer's allocations are counted.
    counted: u32,
}

const FULL: Effort = Effort { repetitions: 7, warm: "0.3", seconds: "1.2", counted: 5 };
const QUICK: Effort = Effort { repetitions: 2, warm: "0.1", seconds: "0.4", counted: 2 };

/// What reads, and what is read from.
struct Place {
    url: String,
    python: Option<Python>,
    /// The program that counts.
    counted: Option<PathBuf>,
}

/// Measures all readers on all answers and prints the tables.
pub(crate) async fn measure(quick: bool) -> Result<()> {
    let effort = if quick { QUICK } else { FULL };
    let (_server, url) = Process::serving(itself(["parse", "serve"])?).await?;
    let counted = programs::built("counted", &[]).await;
    let counted = counted.inspect_err(|error| eprintln!("Allocations are left out: {error}")).ok();
    let place = Place { url, python: Python::find().await, counted };
    println!("Measured on {}.", process::machine());
    if let Some(python) = &place.python {
        println!("The Python column is {}.", python.version_with("openai").await?);
    }
    let before = process::load();
    let mut measured = Vec::new();
    for case in Case::all() {
        eprintln!("{case} …");
        measured.push((case, place.measure(case, &effort).await?));
    }
    println!("The machine's load was {before} before and {} after.\n", process::load());
    table::print(&measured);
    Ok(())
}

impl Place {
    async fn measure(&self, case: Case, effort: &Effort) -> Result<Vec<Row>> {
        let wire = Wire::of(case);
        let readers = Reader::ALL.into_iter().filter(|reader| *reader != Reader::Python || self.python.is_some());
        let mut rows: Vec<Row> = readers.map(Row::new).collect();
        for _ in 0..effort.repetitions {
            // In turn, so that a slow minute of the machine meets all of them.
            for row in &mut rows {
                let taken = self.read(row.reader, case, effort).await?;
                let to_read = if row.reader == Reader::Http { wire.body } else { wire.said };
                if taken.said != taken.times * to_read {
                    return Err(format!("{} did not read all of {case}", row.reader).into());
                }
                row.take(taken, &wire);
            }
        }
        for row in &mut rows {
            (row.blocks, row.bytes) = self.count(row.reader, case, effort, wire.events).await?;
        }
        Ok(rows)
    }

    async fn read(&self, reader: Reader, case: Case, effort: &Effort) -> Result<Taken> {
        let case = case.to_string();
        let mut command = match (reader, &self.python) {
            (Reader::Python, Some(python)) => {
                let mut command = python.running("reader.py", READER)?;
                command.args([&case, effort.warm, effort.seconds]);
                command.env("OPENAI_BASE_URL", &self.url).env("OPENAI_API_KEY", "prepared");
                command
            }
            _ => itself(["parse", "read", reader.name(), &case, &self.url, effort.warm, effort.seconds])?,
        };
        Taken::parse(&output(&mut command).await?)
    }

    /// How many blocks each event takes, and of how many bytes.
    async fn count(&self, reader: Reader, case: Case, effort: &Effort, events: usize) -> Result<(Figures, Figures)> {
        let (mut blocks, mut bytes) = (Figures::default(), Figures::default());
        let Some(program) = self.counted.as_ref().filter(|_| reader != Reader::Python) else {
            return Ok((blocks, bytes));
        };
        let mut command = Command::new(program);
        command.args([reader.name(), &case.to_string(), &self.url, &effort.counted.to_string()]);
        for line in output(&mut command).await?.lines() {
            let (some_blocks, some_bytes) = line.split_once(' ').ok_or("a count is missing")?;
            blocks.push(some_blocks.parse::<f64>()? / figure(events));
            bytes.push(some_bytes.parse::<f64>()? / figure(events));
        }
        Ok((blocks, bytes))
    }
}

async fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true).output().await?;
    if output.status.success() { Ok(String::from_utf8(output.stdout)?) } else { Err("a reader failed".into()) }
}
