//! Blobs: large things, kept in a store of their own and found by what they contain.
//!
//! [`Blobs`] is what the rest of the program holds: a [`BlobStore`] and the sizes that decide what goes there. A blob's
//! [`Address`] is the hash of its content. So equal content is kept once, writing it again does no harm, and what comes
//! back is checked against its address each time.
//!
//! Stores: [`MemoryBlobs`] for tests; `ObjectBlobs` (feature `object-store`) for a folder or S3; anything else that
//! implements [`BlobStore`].
//!
//! Nothing here deletes a blob, because a history that names it can be replayed for as long as the server keeps it. A
//! store's own rule can: "older than" the longest run of a workflow and the namespace's retention together.

mod address;
mod error;
mod memory;
#[cfg(feature = "object-store")]
mod object;
mod preview;

pub use address::{Address, AddressError};
pub use error::BlobError;
pub use memory::MemoryBlobs;
#[cfg(feature = "object-store")]
pub use object::ObjectBlobs;
pub use preview::preview;

use futures::future::BoxFuture;
use std::{fmt, sync::Arc};

/// A place for large things, by content address.
///
/// Neither method has to look at the content: [`Blobs`] makes the address before it writes, and checks it after it
/// has read.
pub trait BlobStore: Send + Sync + 'static {
    /// Keeps `data` at `address`, for good, once this has returned. To put the same there again changes nothing, and
    /// nobody ever sees a part of it.
    fn put(&self, address: &Address, data: Vec<u8>) -> BoxFuture<'_, Result<(), BlobError>>;

    /// What is kept at `address`, or [`BlobError::NotFound`].
    fn get(&self, address: &Address) -> BoxFuture<'_, Result<Vec<u8>, BlobError>>;
}

/// A blob store, and from what size on it is used. Cloning is cheap, and clones share the store.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), steadfast::codec::blobs::BlobError> {
/// use steadfast::codec::blobs::{Blobs, MemoryBlobs};
///
/// let blobs = Blobs::new(MemoryBlobs::new()).over(64 * 1024);
/// let address = blobs.put(b"a long report".to_vec()).await?;
/// assert_eq!(blobs.get(&address).await?, b"a long report");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn BlobStore>,
    over: usize,
    preview: usize,
}

impl Blobs {
    /// Uses `store` for what is over 256 KiB, with previews of 2,000 characters.
    #[must_use]
    pub fn new(store: impl BlobStore) -> Self {
        Self { store: Arc::new(store), over: 256 * 1024, preview: 2_000 }
    }

    /// Sets the size in bytes up to which things stay where they are. By default a server takes up to 2 MiB at once.
    #[must_use]
    pub fn over(mut self, bytes: usize) -> Self {
        self.over = bytes;
        self
    }

    /// Sets how many characters [`preview`] shows of a text that is kept here.
    #[must_use]
    pub fn preview(mut self, chars: usize) -> Self {
        self.preview = chars;
        self
    }

    /// The size in bytes over which things go to the store.
    #[must_use]
    pub fn threshold(&self) -> usize {
        self.over
    }

    /// Keeps `data`, whatever its size, and says where.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`] if the store does not take it.
    pub async fn put(&self, data: Vec<u8>) -> Result<Address, BlobError> {
        let address = Address::of(&data);
        self.put_at(&address, data).await?;
        Ok(address)
    }

    /// Keeps `data`, whose address is known already.
    pub(crate) async fn put_at(&self, address: &Address, data: Vec<u8>) -> Result<(), BlobError> {
        self.store.put(address, data).await
    }

    /// What is kept at `address`.
    ///
    /// # Errors
    ///
    /// [`BlobError::NotFound`] if nothing is, [`BlobError::Corrupt`] if it is something else than was put there, and
    /// [`BlobError::Store`] if the store does not answer.
    pub async fn get(&self, address: &Address) -> Result<Vec<u8>, BlobError> {
        let data = self.store.get(address).await?;
        if Address::of(&data) == *address { Ok(data) } else { Err(BlobError::Corrupt { address: *address }) }
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blobs").field("over", &self.over).field("preview", &self.preview).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_put_comes_back() {
        let blobs = Blobs::new(MemoryBlobs::new());
        let one = blobs.put(b"one".to_vec()).await.unwrap();
        let two = blobs.clone().put(b"two".to_vec()).await.unwrap();
        assert_eq!(one, Address::of(b"one"));
        assert_eq!(blobs.get(&two).await.unwrap(), b"two");
        assert_eq!(blobs.get(&one).await.unwrap(), b"one");
    }

    #[tokio::test]
    async fn equal_content_is_kept_once() {
        let store = MemoryBlobs::new();
        let blobs = Blobs::new(store.clone());
        let addresses = (blobs.put(vec![7; 10]).await.unwrap(), blobs.put(vec![7; 10]).await.unwrap());
        assert_eq!(addresses.0, addresses.1);
        assert_eq!(store.len(), 1);
    }

    #[tokio::test]
    async fn content_that_does_not_fit_its_address_is_corrupt() {
        let store = MemoryBlobs::new();
        let blobs = Blobs::new(store.clone());
        let address = blobs.put(b"one".to_vec()).await.unwrap();
        store.put(&address, b"two".to_vec()).await.unwrap();
        assert_eq!(blobs.get(&address).await, Err(BlobError::Corrupt { address }));
    }

    #[tokio::test]
    async fn what_was_never_put_is_not_found() {
        let address = Address::of(b"one");
        assert_eq!(Blobs::new(MemoryBlobs::new()).get(&address).await, Err(BlobError::NotFound { address }));
    }

    #[test]
    fn the_threshold_is_a_quarter_of_a_mebibyte_unless_it_is_set() {
        assert_eq!(Blobs::new(MemoryBlobs::new()).threshold(), 262_144);
        assert_eq!(Blobs::new(MemoryBlobs::new()).over(5).threshold(), 5);
    }
}
