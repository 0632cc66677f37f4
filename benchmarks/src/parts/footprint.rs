//! What does it take to have a worker at all: memory, time to start, time to replay, room on a disk?

use super::{Effort, runs};
use crate::{
    Result,
    engines::{Engine, Plan},
    figures::{Figures, bytes, size},
    process::Memory,
    programs,
    stage::{End, Stage, Worker},
    table::Table,
};
use std::time::{Duration, Instant};

/// How long a worker rests before its memory counts as that of one at rest.
const REST: Duration = Duration::from_secs(1);

/// What one engine's workers need.
#[derive(Default)]
struct Row {
    /// Seconds from the process's start to the end of a first conversation of one turn.
    ready: Figures,
    idle: Figures,
    peak: Figures,
    /// Milliseconds, for each size of results.
    replays: Vec<Figures>,
}

pub(crate) async fn measure(stage: &Stage, effort: &Effort) -> Result<()> {
    let many = effort.at_once.iter().copied().max().unwrap_or(1);
    let engines: Vec<Engine> = stage.engines().into_iter().filter(|engine| !engine.is_variant()).collect();
    let mut rows: Vec<Row> = engines.iter().map(|_| Row::default()).collect();
    for start in 1..=effort.starts {
        eprintln!("start {start} of each worker …");
        for (row, &engine) in rows.iter_mut().zip(&engines) {
            let worker = row.start(stage, engine).await?;
            runs::hold(stage, &worker, many, many).await?;
            row.peak.push(worker.process.memory()?.peak);
            if start == effort.starts {
                row.replay(stage, &worker, effort).await?;
            }
            worker.process.end().await?;
        }
    }

    println!("## Footprint\n\nMiB, and the peak in {many} runs at once; milliseconds to replay 100 turns.\n");
    let replays = effort.replayed.iter().map(|&bytes| format!("replay, {}", size(bytes)));
    let head = ["engine", "idle", "peak", "ready after, s", "on disk"].map(str::to_owned);
    let mut table = Table::new(head.into_iter().chain(replays));
    for (row, engine) in rows.iter().zip(engines) {
        let disk = if effort.weigh { disk(stage, engine).await } else { Ok("–".to_owned()) };
        let cells = [
            engine.to_string(),
            row.idle.spread(1),
            row.peak.spread(1),
            row.ready.spread(2),
            disk.unwrap_or_else(|error| {
                eprintln!("The size of {engine} is left out: {error}");
                "–".to_owned()
            }),
        ];
        table.row(cells.into_iter().chain(row.replays.iter().map(|taken| taken.spread(1))));
    }
    println!("{table}");
    Ok(())
}

impl Row {
    /// Starts a worker that has something to do, and waits until it is done.
    async fn start(&mut self, stage: &Stage, engine: Engine) -> Result<Worker> {
        let task_queue = stage.name(engine);
        let conversation = stage.start(&task_queue, Plan { turns: 1, bytes: 100 }).await?;
        let began = Instant::now();
        let worker = stage.hire(engine, task_queue)?;
        if conversation.end(Duration::from_mins(1)).await != End::Done {
            return Err(format!("{engine} does not start").into());
        }
        self.ready.push(began.elapsed().as_secs_f64());
        tokio::time::sleep(REST).await;
        let Memory { resident, .. } = worker.process.memory()?;
        self.idle.push(resident);
        Ok(worker)
    }

    async fn replay(&mut self, stage: &Stage, worker: &Worker, effort: &Effort) -> Result<()> {
        for &bytes in effort.replayed {
            let conversation = stage.converse(worker, Plan { turns: 100, bytes }).await?;
            let taken = match conversation.end(Duration::from_mins(1)).await {
                End::Done => stage.replay(worker.engine, &conversation, effort.replays).await?,
                _ => Vec::new(),
            };
            self.replays.push(taken.into_iter().collect());
        }
        Ok(())
    }
}

/// The size of what has to be installed: a stripped program, or Python's packages.
async fn disk(stage: &Stage, engine: Engine) -> Result<String> {
    let size = match engine {
        Engine::Steadfast => program("ours").await?,
        Engine::Floor => program("floor").await?,
        Engine::FloorDeltas => return Ok("the same".to_owned()),
        Engine::Python => stage.python().ok_or("there is no Python here")?.size()?,
        variant => return Err(format!("{variant} is the same program as ours").into()),
    };
    Ok(bytes(usize::try_from(size)?))
}

/// Builds one of the two programs that are there to be weighed, and weighs it.
async fn program(name: &str) -> Result<u64> {
    Ok(std::fs::metadata(programs::built(name, &["-C", "strip=symbols"]).await?)?.len())
}
