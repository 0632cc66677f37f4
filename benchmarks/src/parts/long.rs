//! Does a conversation have an end? Only ours is asked: the others' do, at some hundred turns.

use super::Effort;
use crate::{
    Result,
    engines::{Engine, Plan},
    figures::{bytes, figure},
    recorded::Recorded,
    stage::{End, Stage},
    table::Table,
};
use std::time::{Duration, Instant};

/// Ten times what it should take.
const PATIENCE: Duration = Duration::from_mins(20);

pub(crate) async fn measure(stage: &Stage, effort: &Effort) -> Result<Recorded> {
    let plan = Plan { turns: effort.long, bytes: 100 };
    eprintln!("one conversation of {} turns …", plan.turns);
    let worker = stage.hire(Engine::Steadfast, stage.name("long"))?;
    let began = Instant::now();
    let conversation = stage.converse(&worker, plan).await?;
    let end = conversation.end(PATIENCE).await;
    let (took, cpu) = (began.elapsed().as_secs_f64(), worker.process.cpu()?);
    let recorded = conversation.recorded().await?;
    let memory = worker.process.memory()?;

    let (total, largest) = (recorded.total(), recorded.largest_run());
    let turns = recorded.growth.len().saturating_sub(1);
    println!("## One conversation of {} turns, steadfast\n", plan.turns);
    println!("- {}, after {turns} turns and {took:.0} s ({:.1} ms a turn)", ended(end), took * 1000.0 / figure(turns));
    println!("- the worker used {cpu:.1} s of CPU and {:.0} MiB at most", memory.peak);
    println!("- runs: {}; recorded {} in {} events", recorded.runs.len(), bytes(total.bytes), total.events);
    println!("- the most in one run: {} and {} events\n", bytes(largest.bytes), largest.events);
    let mut table = Table::new(["turns", "history", "events", "bytes/turn"]);
    let (mut before, step) = (0, (turns / 10).clamp(1, 500));
    for (turn, size) in recorded.growth.iter().enumerate().step_by(step).skip(1) {
        table.row([
            turn.to_string(),
            bytes(size.bytes),
            size.events.to_string(),
            ((size.bytes - before) / step).to_string(),
        ]);
        before = size.bytes;
    }
    println!("{table}");
    Ok(recorded)
}

fn ended(end: End) -> &'static str {
    match end {
        End::Done => "done",
        End::Terminated => "terminated by the server for its size",
        End::TooSlow => "given up",
        End::Failed => "failed",
    }
}
