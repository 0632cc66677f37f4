//! Signs of life: while an activity runs, the server hears of it, and a cancelled one stops.

use super::limits::HEARTBEAT_INTERVAL;
use std::{future::Future, pin::pin};
use temporalio_sdk::activities::{ActivityContext, ActivityError};

/// Runs `work` with heartbeats until it is done or cancelled; cancelling drops it, which closes its sockets.
pub(crate) async fn beating<T>(
    context: &ActivityContext,
    work: impl Future<Output = Result<T, ActivityError>>,
) -> Result<T, ActivityError> {
    let mut work = pin!(work);
    let mut interval = tokio::time::interval(HEARTBEAT_INTERVAL);
    interval.tick().await;
    loop {
        tokio::select! {
            biased;
            result = &mut work => return result,
            () = context.cancelled() => return Err(ActivityError::cancelled()),
            _ = interval.tick() => {
                if let Err(error) = context.record_heartbeat(()).await {
                    tracing::warn!(%error, "a heartbeat could not be sent");
                }
            }
        }
    }
}
