//! What is kept for a while, in memory: results that serve again.

use moka::{Expiry, sync::Cache};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// What one cache may take, in bytes of JSON. What was used least goes first.
const MOST: u64 = 64 << 20;
/// What an entry costs beside its JSON.
const OVERHEAD: usize = 128;

/// Values by a text, each for a time of its own. Clones are the same.
#[derive(Clone)]
pub(crate) struct Kept<T>(Cache<Arc<str>, Arc<Entry<T>>>);

struct Entry<T> {
    value: T,
    bytes: usize,
    lifetime: Duration,
}

struct ByLifetime;

impl<T> Expiry<Arc<str>, Arc<Entry<T>>> for ByLifetime {
    fn expire_after_create(&self, _: &Arc<str>, entry: &Arc<Entry<T>>, _: Instant) -> Option<Duration> {
        Some(entry.lifetime)
    }

    fn expire_after_update(
        &self,
        _: &Arc<str>,
        entry: &Arc<Entry<T>>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.lifetime)
    }
}

impl<T: Send + Sync + 'static> Default for Kept<T> {
    fn default() -> Self {
        let weigh = |key: &Arc<str>, entry: &Arc<Entry<T>>| {
            u32::try_from(key.len() + entry.bytes + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(MOST).weigher(weigh).expire_after(ByLifetime).build())
    }
}

impl<T: Clone + Send + Sync + 'static> Kept<T> {
    pub(crate) fn find(&self, key: &str) -> Option<T> {
        self.0.get(key).map(|entry| entry.value.clone())
    }

    /// Keeps a value that is so many bytes of JSON.
    pub(crate) fn keep(&self, key: String, value: T, bytes: usize, lifetime: Duration) {
        self.0.insert(key.into(), Arc::new(Entry { value, bytes, lifetime }));
    }
}

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}
