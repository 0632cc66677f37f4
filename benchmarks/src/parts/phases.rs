//! Where does the time of a turn go? Read from what the server wrote down: each event has its time.

use super::Effort;
use crate::{
    Result,
    engines::{Engine, Plan},
    figures::Figures,
    stage::{End, Stage},
    table::Table,
};
use std::{collections::BTreeMap, time::Duration};
use temporalio_common::protos::temporal::api::history::v1::{HistoryEvent, history_event::Attributes};

const PATIENCE: Duration = Duration::from_mins(1);

/// What passes between two events of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Dispatch,
    Activity,
    Scheduling,
    Polling,
    WorkflowTask,
}

impl Phase {
    const ALL: [Self; 5] = [Self::Dispatch, Self::Activity, Self::Scheduling, Self::Polling, Self::WorkflowTask];

    fn name(self) -> &'static str {
        match self {
            Self::Dispatch => "activity scheduled → started",
            Self::Activity => "activity started → completed",
            Self::Scheduling => "activity completed → workflow task scheduled",
            Self::Polling => "workflow task scheduled → started",
            Self::WorkflowTask => "workflow task started → completed",
        }
    }

    /// The phase that ends with `event`.
    fn before(event: &HistoryEvent) -> Option<Self> {
        Some(match event.attributes.as_ref()? {
            Attributes::ActivityTaskStartedEventAttributes(_) => Self::Dispatch,
            Attributes::ActivityTaskCompletedEventAttributes(_) => Self::Activity,
            Attributes::WorkflowTaskScheduledEventAttributes(_) => Self::Scheduling,
            Attributes::WorkflowTaskStartedEventAttributes(_) => Self::Polling,
            Attributes::WorkflowTaskCompletedEventAttributes(_) => Self::WorkflowTask,
            _ => return None,
        })
    }
}

pub(crate) async fn measure(stage: &Stage, effort: &Effort) -> Result<()> {
    let plan = Plan { turns: 100, bytes: 100 };
    let mut columns = Vec::new();
    for engine in [Engine::Steadfast, Engine::Floor, Engine::FloorDeltas, Engine::SteadfastLocal] {
        eprintln!("the phases of a turn, {engine} …");
        let worker = stage.hire(engine, stage.name("phases"))?;
        let mut phases: BTreeMap<Phase, Figures> = BTreeMap::new();
        for _ in 0..effort.repetitions {
            let conversation = stage.converse(&worker, plan).await?;
            if conversation.end(PATIENCE).await != End::Done {
                return Err(format!("{engine} cannot have a conversation of {} turns", plan.turns).into());
            }
            let mut sums: BTreeMap<Phase, f64> = BTreeMap::new();
            let events = conversation.events().await?;
            for (before, event) in events.iter().zip(events.iter().skip(1)) {
                if let Some(phase) = Phase::before(event) {
                    *sums.entry(phase).or_default() += at(event) - at(before);
                }
            }
            for (phase, sum) in sums {
                phases.entry(phase).or_default().push(sum / f64::from(plan.turns));
            }
        }
        columns.push((engine, phases));
        worker.process.end().await?;
    }
    println!("## Where the time of a turn goes\n\nMilliseconds in a turn, of {} turns with 100 B.\n", plan.turns);
    let engines = columns.iter().map(|(engine, _)| engine.name());
    let mut table = Table::new(std::iter::once("from → to").chain(engines));
    for phase in Phase::ALL {
        let cells = columns.iter().map(|(_, phases)| phases.get(&phase).map_or("–".to_owned(), |all| all.spread(2)));
        table.row(std::iter::once(phase.name().to_owned()).chain(cells));
    }
    println!("{table}");
    Ok(())
}

/// When the server wrote an event down, in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "differences of a few milliseconds are what counts")]
fn at(event: &HistoryEvent) -> f64 {
    let time = event.event_time.unwrap_or_default();
    // Seconds of a day are small enough to keep the fractions.
    (time.seconds % 86_400) as f64 * 1000.0 + f64::from(time.nanos) / 1e6
}
