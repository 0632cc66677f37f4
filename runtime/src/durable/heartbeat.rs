//! Signs of life: while an activity runs, the server hears of it, and a cancelled one stops.

use super::limits::HEARTBEAT_INTERVAL;
use std::future::Future;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::{task::JoinHandle, time::Instant};

/// Runs `work` with heartbeats until it is done or cancelled; cancelling drops it, which closes its sockets.
pub(crate) async fn beating<T>(
    context: &ActivityContext,
    work: impl Future<Output = Result<T, ActivityError>>,
) -> Result<T, ActivityError> {
    let _beats = Beats::of(context.clone());
    tokio::select! {
        biased;
        result = work => result,
        () = context.cancelled() => Err(ActivityError::cancelled()),
    }
}

/// A task of its own: an async tool that blocks its thread is slow, but it is not dead.
struct Beats(JoinHandle<()>);

impl Beats {
    fn of(context: ActivityContext) -> Self {
        Self(tokio::spawn(async move {
            // The first one after a while: that a call has begun, the server knows.
            let mut interval = tokio::time::interval_at(Instant::now() + HEARTBEAT_INTERVAL, HEARTBEAT_INTERVAL);
            loop {
                interval.tick().await;
                if let Err(error) = context.record_heartbeat(()).await {
                    tracing::warn!(%error, "a heartbeat could not be sent");
                }
            }
        }))
    }
}

impl Drop for Beats {
    fn drop(&mut self) {
        self.0.abort();
    }
}
