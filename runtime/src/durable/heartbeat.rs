//! Signs of life: while an activity runs, the server hears of it, and of its progress; and a cancelled one stops.

use super::{limits::HEARTBEAT_INTERVAL, payload};
use serde_json::Value;
use std::future::Future;
use temporalio_common::data_converters::RawValue;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::{sync::watch, task::JoinHandle, time::Instant};

/// What an activity tells of its progress.
pub(crate) type Told = watch::Receiver<Option<Value>>;

/// Runs `work` with heartbeats until it is done or cancelled; cancelling drops it, which closes its sockets.
pub(crate) async fn beating<T>(
    context: &ActivityContext,
    told: Option<Told>,
    work: impl Future<Output = Result<T, ActivityError>>,
) -> Result<T, ActivityError> {
    let _beats = Beats::of(context.clone(), told.clone());
    let work = async {
        let result = work.await;
        // What was told just before the end is for the next attempt.
        if let (Err(_), Some(told)) = (&result, &told) {
            beat(context, Some(told)).await;
        }
        result
    };
    tokio::select! {
        biased;
        result = work => result,
        () = context.cancelled() => Err(ActivityError::cancelled()),
    }
}

/// A task of its own: an async tool that blocks its thread is slow, but it is not dead.
struct Beats(JoinHandle<()>);

impl Beats {
    fn of(context: ActivityContext, mut told: Option<Told>) -> Self {
        Self(tokio::spawn(async move {
            // The first one after a while: that a call has begun, the server knows.
            let mut interval = tokio::time::interval_at(Instant::now() + HEARTBEAT_INTERVAL, HEARTBEAT_INTERVAL);
            loop {
                tokio::select! {
                    _ = interval.tick() => {}
                    () = news(told.as_mut()) => {}
                }
                beat(&context, told.as_ref()).await;
            }
        }))
    }
}

/// Waits until there is progress to tell.
async fn news(told: Option<&mut Told>) {
    let is_open = match told {
        Some(told) => told.changed().await.is_ok(),
        None => false,
    };
    if !is_open {
        std::future::pending::<()>().await;
    }
}

/// Sends a sign of life, with the progress if there was any; the SDK holds back those that come too quickly.
async fn beat(context: &ActivityContext, told: Option<&Told>) {
    let progress = told.and_then(|told| told.borrow().clone());
    let payloads = progress.and_then(|progress| payload::encode(&progress).ok()).into_iter().collect();
    if let Err(error) = context.record_heartbeat(RawValue::new(payloads)).await {
        tracing::warn!(%error, "a heartbeat could not be sent");
    }
}

impl Drop for Beats {
    fn drop(&mut self) {
        self.0.abort();
    }
}
