//! The command line: what to measure, or which role to play in the measurement of another process.

use crate::{
    Result, compile,
    engines::{Engine, Place, python},
    model, parsing, parts,
    parts::Effort,
    plot, process,
    stage::Stage,
    streaming,
};
use std::path::{Path, PathBuf};

const HELP: &str = "\
Measures what durability costs, and prints tables in Markdown.

  cargo run --release -p steadfast-benchmarks -- [--quick] [PART ..]

  turns      CPU, time and history for each turn, for short and long conversations
  runs       many short conversations at once
  footprint  memory, start, replay, size on disk
  phases     where the time of a turn goes
  long       one conversation of 5,000 turns
  stream     how soon a word is read through a workflow, and what that leaves in its history; alone
  parse      what it costs to read a model's answer, streamed and whole; alone, and needs no server
  compile    what an edit costs with attributes of several crates; alone, and needs no server

Without a part it measures the first five, in about an hour; --quick takes about twenty minutes.";

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Turns,
    Runs,
    Footprint,
    Phases,
    Long,
}

/// Does what the words of the command line ask for.
///
/// Some of them are for its own processes: `model` serves the scripted model, `work` is a worker, `replay` replays,
/// `parse serve` serves prepared answers, and `parse read` reads one of them.
pub(crate) async fn run(words: &[String]) -> Result<()> {
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["model"] => {
            process::ends_with_parent();
            model::serve().await
        }
        ["work", engine, ..] => {
            process::ends_with_parent();
            Engine::named(engine)?.work(Place::read(&words[2..])?).await
        }
        ["replay", engine, address, workflow, times] => {
            let taken = Engine::named(engine)?.replay(address, workflow, times.parse()?).await?;
            for milliseconds in taken {
                println!("{milliseconds}");
            }
            Ok(())
        }
        ["stream"] => streaming::measure(false).await,
        ["stream", "--quick"] | ["--quick", "stream"] => streaming::measure(true).await,
        ["parse"] => parsing::measure(false).await,
        ["parse", "--quick"] | ["--quick", "parse"] => parsing::measure(true).await,
        ["parse", "serve"] => {
            process::ends_with_parent();
            parsing::serve().await
        }
        ["parse", "read", words @ ..] => parsing::read(words).await,
        ["compile"] => compile::measure(false),
        ["compile", "--quick"] | ["--quick", "compile"] => compile::measure(true),
        ["--help" | "-h" | "help"] => {
            println!("{HELP}");
            Ok(())
        }
        asked => {
            let quick = asked.contains(&"--quick");
            let parts: Result<Vec<Part>> =
                asked.iter().filter(|word| **word != "--quick").map(|word| Part::named(word)).collect();
            measure(&parts?, quick).await
        }
    }
}

async fn measure(parts: &[Part], quick: bool) -> Result<()> {
    let effort = if quick { Effort::QUICK } else { Effort::FULL };
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    let stage = Stage::set().await?;
    println!("Measured on {}.", process::machine());
    if let Some(python) = stage.python() {
        println!("The Python column is {}.", python.version().await?);
    }
    println!();

    let mut turns = Vec::new();
    if wanted(Part::Turns) {
        turns = parts::turns::measure(&stage, &effort).await?;
        parts::turns::print(&turns, &effort);
    }
    if wanted(Part::Runs) {
        parts::runs::measure(&stage, &effort).await?;
    }
    if wanted(Part::Footprint) {
        parts::footprint::measure(&stage, &effort).await?;
    }
    if wanted(Part::Phases) {
        parts::phases::measure(&stage, &effort).await?;
    }
    let mut long = None;
    if wanted(Part::Long) {
        long = Some(parts::long::measure(&stage, &effort).await?);
    }
    if !turns.is_empty() {
        let path = picture(quick)?;
        plot::draw(&path, &turns, long.as_ref())?;
        eprintln!("The plot is in {}.", path.display());
    }
    Ok(())
}

/// Where the plot goes: into the documentation only if it shows all there is to show.
fn picture(quick: bool) -> Result<PathBuf> {
    let folder = if quick { python::cache()? } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs") };
    Ok(folder.join("history.svg"))
}

impl Part {
    fn named(word: &str) -> Result<Self> {
        Ok(match word {
            "turns" => Self::Turns,
            "runs" => Self::Runs,
            "footprint" => Self::Footprint,
            "phases" => Self::Phases,
            "long" => Self::Long,
            _ => return Err(format!("there is no part `{word}`\n\n{HELP}").into()),
        })
    }
}
