//! Blobs in memory.

use super::{Address, BlobError, BlobStore};
use futures::{FutureExt as _, future::BoxFuture};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Blobs in memory, for tests. Clones share them, so that a test keeps one to look at what the program did.
///
/// It believes what it is told: with [`BlobStore::put`], a test puts other content at an address to see what a damaged
/// store does.
#[derive(Clone, Debug, Default)]
pub struct MemoryBlobs(Arc<Mutex<HashMap<Address, Vec<u8>>>>);

impl MemoryBlobs {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many blobs it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Loses a blob. Returns whether it was there.
    // For what it does; most tests know what they have put.
    #[expect(clippy::must_use_candidate)]
    pub fn remove(&self, address: &Address) -> bool {
        self.lock().remove(address).is_some()
    }

    /// An entry is inserted whole or not at all, so a poisoned lock protects nothing that could be half-written.
    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlobStore for MemoryBlobs {
    fn put(&self, address: &Address, data: Vec<u8>) -> BoxFuture<'_, Result<(), BlobError>> {
        let address = *address;
        async move {
            self.lock().insert(address, data);
            Ok(())
        }
        .boxed()
    }

    fn get(&self, address: &Address) -> BoxFuture<'_, Result<Vec<u8>, BlobError>> {
        let address = *address;
        async move { self.lock().get(&address).cloned().ok_or(BlobError::NotFound { address }) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn clones_share_the_blobs() {
        let store = MemoryBlobs::new();
        let address = Address::of(b"one");
        store.clone().put(&address, b"one".to_vec()).await.unwrap();
        assert_eq!((store.len(), store.is_empty()), (1, false));
        assert_eq!(store.get(&address).await.unwrap(), b"one");
        assert!(store.remove(&address));
        assert!(!store.remove(&address));
        assert_eq!(store.get(&address).await, Err(BlobError::NotFound { address }));
    }
}
