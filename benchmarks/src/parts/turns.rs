//! What does a turn cost, as conversations get longer and tools' results larger?

use super::Effort;
use crate::{
    Result,
    engines::{Engine, Plan},
    figures::{Figures, bytes, figure, size},
    recorded::Recorded,
    stage::{Conversation, End, Stage, Worker},
    table::Table,
};
use std::time::{Duration, Instant};

/// The conversations that variants of ours have too: turns, and bytes of a result.
const VARIED: [(u32, u32); 3] = [(8, 100), (100, 100), (100, 4096)];

/// What one engine needed for one conversation.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) plan: Plan,
    pub(crate) engine: Engine,
    /// None if it was not tried, because it had not come to the end of a shorter one.
    end: Option<End>,
    /// Seconds of the worker's CPU for a run.
    cpu: Figures,
    /// Milliseconds for a turn.
    pub(crate) pace: Figures,
    pub(crate) recorded: Recorded,
    spent: Duration,
}

pub(crate) async fn measure(stage: &Stage, effort: &Effort) -> Result<Vec<Cell>> {
    let workers = stage.hire_all().await?;
    let mut measured: Vec<Cell> = Vec::new();
    for &bytes in effort.bytes {
        for &turns in effort.turns {
            let plan = Plan { turns, bytes };
            eprintln!("{turns} turns of {bytes} bytes …");
            let mut cells: Vec<Cell> = workers.iter().map(|worker| Cell::new(plan, worker.engine)).collect();
            for _ in 0..effort.repetitions {
                // One after the other, so that what else the machine does meets them alike.
                for (cell, worker) in cells.iter_mut().zip(&workers) {
                    let hopeless = measured.iter().any(|shorter| shorter.stands_in_the_way_of(cell));
                    let spared = cell.engine.is_variant() && !VARIED.contains(&(turns, bytes));
                    if !spared && !hopeless && cell.wants_more(effort) {
                        cell.measure(stage, worker, effort).await?;
                    }
                }
            }
            measured.extend(cells);
        }
    }
    Ok(measured)
}

impl Cell {
    fn new(plan: Plan, engine: Engine) -> Self {
        let (cpu, pace, recorded) = (Figures::default(), Figures::default(), Recorded::default());
        Self { plan, engine, end: None, cpu, pace, recorded, spent: Duration::ZERO }
    }

    /// Whether a longer conversation would only end in the same way.
    fn stands_in_the_way_of(&self, longer: &Self) -> bool {
        let shorter = self.engine == longer.engine && self.plan.bytes == longer.plan.bytes;
        shorter && self.end.is_some_and(|end| end != End::Done)
    }

    pub(crate) fn was_terminated(&self) -> bool {
        self.end == Some(End::Terminated)
    }

    fn wants_more(&self, effort: &Effort) -> bool {
        matches!(self.end, None | Some(End::Done)) && self.spent < effort.budget
    }

    /// Measures once: as many runs, one after the other, as it takes for the clock's steps not to matter.
    async fn measure(&mut self, stage: &Stage, worker: &Worker, effort: &Effort) -> Result<()> {
        let runs = effort.batch.div_ceil(self.plan.turns);
        let (cpu, began) = (worker.process.cpu()?, Instant::now());
        let mut last: Option<Conversation> = None;
        for _ in 0..runs {
            let conversation = stage.converse(worker, self.plan).await?;
            let end = conversation.end(effort.patience).await;
            self.end = Some(end);
            last = Some(conversation);
            if end != End::Done {
                break;
            }
        }
        let took = began.elapsed();
        self.spent += took;
        if self.end == Some(End::Done) {
            self.cpu.push((worker.process.cpu()? - cpu) / f64::from(runs));
            self.pace.push(took.as_secs_f64() * 1000.0 / f64::from(runs * self.plan.turns));
        }
        if self.recorded.runs.is_empty()
            && let Some(conversation) = last
        {
            self.recorded = conversation.recorded().await?;
        }
        Ok(())
    }

    /// How it ended if it did not come to its end.
    fn misfortune(&self, effort: &Effort) -> Option<String> {
        let turns = self.recorded.growth.len().saturating_sub(1);
        match self.end {
            Some(End::Done) => None,
            Some(End::Terminated) => Some(format!("terminated in turn {turns}")),
            Some(End::TooSlow) => Some(format!("over {} s, in turn {turns}", effort.patience.as_secs())),
            Some(End::Failed) => Some(format!("failed in turn {turns}")),
            None if self.engine.is_variant() => Some("–".to_owned()),
            None => Some("not tried".to_owned()),
        }
    }

    fn summary(&self, effort: &Effort) -> String {
        self.misfortune(effort).unwrap_or_else(|| {
            let size = bytes(self.recorded.total().bytes);
            format!("{:.3} / {:.1} / {size}", self.cpu.median(), self.pace.median())
        })
    }

    fn row(&self, effort: &Effort) -> [String; 7] {
        let Plan { turns, .. } = self.plan;
        let total = self.recorded.total();
        let (cpu, pace) = self
            .misfortune(effort)
            .map_or_else(|| (self.cpu.spread(3), self.pace.spread(1)), |misfortune| (misfortune, "–".to_owned()));
        let recorded = |text: String| if self.end.is_some() { text } else { "–".to_owned() };
        [
            turns.to_string(),
            self.engine.to_string(),
            cpu,
            pace,
            recorded(bytes(total.bytes)),
            recorded(total.events.to_string()),
            recorded(format!("{:.1}", figure(total.events) / figure(self.recorded.growth.len().saturating_sub(1)))),
        ]
    }
}

pub(crate) fn print(cells: &[Cell], effort: &Effort) {
    let mut engines: Vec<Engine> = cells.iter().map(|cell| cell.engine).collect();
    engines.dedup();
    engines.truncate(cells.iter().take_while(|cell| cell.plan == cells[0].plan).count());
    println!("## Turns\n\nSeconds of the worker's CPU for a run / milliseconds for a turn / history, medians.\n");
    let mut overview = Table::new(std::iter::once("").chain(engines.iter().map(|engine| engine.name())));
    for row in cells.chunks(engines.len()) {
        let Plan { turns, bytes } = row[0].plan;
        let name = format!("{turns} turns, {}", size(bytes));
        overview.row(std::iter::once(name).chain(row.iter().map(|cell| cell.summary(effort))));
    }
    println!("{overview}");
    for &bytes in effort.bytes {
        println!("### Turns with results of {}\n", size(bytes));
        let head = ["turns", "engine", "CPU s/run", "ms/turn", "history", "events", "events/turn"];
        let mut table = Table::new(head);
        let spared = |cell: &&Cell| cell.engine.is_variant() && cell.end.is_none();
        let cells = cells.iter().filter(|cell| cell.plan.bytes == bytes && !spared(cell));
        cells.for_each(|cell| table.row(cell.row(effort)));
        println!("{table}");
    }
}
