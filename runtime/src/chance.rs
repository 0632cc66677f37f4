//! Chance within a run of an agent: what is drawn there does not move what the workflow itself draws. A workflow that goes on
//! as a new run is told of a finished run as a whole, and must draw after it what it drew when the run went turn by turn.

use rand_pcg::{
    Pcg64Mcg,
    rand_core::{Rng as _, SeedableRng as _},
};
use std::{
    cell::{Cell, RefCell},
    future::Future,
};

tokio::task_local! {
    static RUN: Run;
}

/// The chance of a run: each turn has a stream of its own, since a run is left and gone on with between two.
struct Run {
    seed: u64,
    turn: Cell<u32>,
    stream: RefCell<Pcg64Mcg>,
}

/// Makes a run's seed of its workflow's, and of what tells it from others.
pub(crate) fn seed(of: u64, number: u64) -> u64 {
    Pcg64Mcg::seed_from_u64(of ^ (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)).next_u64()
}

/// Polls a run with a chance of its own, if it is one that can be told again.
pub(crate) fn within<F: Future>(seed: Option<u64>, run: F) -> impl Future<Output = F::Output> {
    // A run is large, and would be twice as large with this around it.
    let run = Box::pin(run);
    async move {
        let Some(seed) = seed else { return run.await };
        RUN.scope(Run { seed, turn: Cell::new(0), stream: RefCell::new(stream(seed, 0)) }, run).await
    }
}

/// Begins a turn of the run that is polled.
pub(crate) fn begin_turn(turn: u32) {
    let _ = RUN.try_with(|run| {
        if run.turn.replace(turn) != turn {
            run.stream.replace(stream(run.seed, turn));
        }
    });
}

/// Draws in the run that is polled, if there is one.
pub(crate) fn draw() -> Option<u64> {
    RUN.try_with(|run| run.stream.borrow_mut().next_u64()).ok()
}

fn stream(seed: u64, turn: u32) -> Pcg64Mcg {
    Pcg64Mcg::seed_from_u64(self::seed(seed, turn.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_turn_of_each_run_draws_its_own() {
        assert_eq!(draw(), None);
        let turns = async |run: u64, from: u32| {
            within(Some(seed(7, run)), async move {
                let drawn = (from..4).map(|turn| {
                    begin_turn(turn);
                    (draw(), draw())
                });
                drawn.collect::<Vec<_>>()
            })
            .await
        };
        let whole = turns(0, 0).await;
        assert_eq!(turns(0, 2).await, whole[2..], "a run that goes on draws what it would have drawn");
        let mut all: Vec<_> = whole.into_iter().chain(turns(1, 0).await).flat_map(|(one, two)| [one, two]).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 16);
    }
}
