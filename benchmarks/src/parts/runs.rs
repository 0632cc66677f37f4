//! How many short conversations can a worker hold in a second, and what does each cost it?

use super::Effort;
use crate::{
    Result,
    engines::{Engine, Plan},
    figures::{Figures, figure},
    stage::{End, Stage, Worker},
    table::Table,
};
use futures::{StreamExt, TryStreamExt, stream};
use std::time::{Duration, Instant};

/// The conversation that is held many times.
pub(super) const SHORT: Plan = Plan { turns: 8, bytes: 100 };

/// At least so many are held, that a second is not all there is to measure.
const FEW: usize = 20;

/// Where there are many at once, each takes many times as long.
const PATIENCE: Duration = Duration::from_mins(3);

#[derive(Default)]
struct Cell {
    /// Conversations in a second.
    rate: Figures,
    /// Seconds of CPU for each.
    cpu: Figures,
}

pub(crate) async fn measure(stage: &Stage, effort: &Effort) -> Result<()> {
    let workers = stage.hire_all().await?;
    println!("## Runs at once\n\nConversations of {} turns with results of {} bytes.\n", SHORT.turns, SHORT.bytes);
    let mut table = Table::new(["at once", "engine", "runs/s", "CPU s/run"]);
    for &at_once in effort.at_once {
        eprintln!("{at_once} runs at once …");
        let mut cells: Vec<(Engine, Cell)> = workers.iter().map(|worker| (worker.engine, Cell::default())).collect();
        for _ in 0..effort.repetitions.min(3) {
            for ((_, cell), worker) in cells.iter_mut().zip(&workers) {
                cell.measure(stage, worker, at_once).await?;
            }
        }
        for (engine, cell) in cells {
            table.row([at_once.to_string(), engine.to_string(), cell.rate.spread(1), cell.cpu.spread(3)]);
        }
    }
    println!("{table}");
    Ok(())
}

impl Cell {
    async fn measure(&mut self, stage: &Stage, worker: &Worker, at_once: usize) -> Result<()> {
        let (cpu, began) = (worker.process.cpu()?, Instant::now());
        let runs = at_once.max(FEW);
        hold(stage, worker, runs, at_once).await?;
        self.rate.push(figure(runs) / began.elapsed().as_secs_f64());
        self.cpu.push((worker.process.cpu()? - cpu) / figure(runs));
        Ok(())
    }
}

/// Holds so many short conversations, so many at once.
pub(super) async fn hold(stage: &Stage, worker: &Worker, runs: usize, at_once: usize) -> Result<()> {
    let one = async || match stage.converse(worker, SHORT).await?.end(PATIENCE).await {
        End::Done => Result::Ok(()),
        end => Err(format!("a short conversation with {} ended as {end:?}", worker.engine).into()),
    };
    stream::iter(0..runs).map(|_| one()).buffer_unordered(at_once).try_collect().await
}
