//! What can go wrong with a blob.

use super::Address;

/// Why a blob could not be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// The store has nothing there.
    #[error(
        "there is no blob {address}; check that every worker and client uses the same store, and that nothing deletes \
         from it"
    )]
    NotFound {
        /// Where nothing is.
        address: Address,
    },
    /// The store has something else there than was put there.
    #[error("the blob {address} has been changed; restore it from a backup, or write the same content again")]
    Corrupt {
        /// Where it is.
        address: Address,
    },
    /// The store itself failed.
    #[error("the blob store failed: {message}")]
    Store {
        /// What it said.
        message: String,
        /// Whether it may work the next time. Wrong credentials do not.
        retryable: bool,
    },
}

impl BlobError {
    /// Whether the same may work if it is tried again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Store { retryable: true, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trouble_with_the_store_may_pass() {
        let address = Address::of(b"one");
        let store = |retryable| BlobError::Store { message: String::new(), retryable };
        let errors = [BlobError::NotFound { address }, BlobError::Corrupt { address }, store(false), store(true)];
        assert_eq!(errors.map(|error| error.is_retryable()), [false, false, false, true]);
    }
}
