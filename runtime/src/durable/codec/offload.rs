//! A codec that keeps large payloads in a blob store.

use super::{
    Payload, PayloadCodec, PayloadConversionError, SerializationContextData,
    blobs::{Address, BlobError, Blobs},
    envelope,
};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use temporalio_common::protos::temporal::api::common::v1::payload::ExternalPayloadDetails;

const ENCODING: &str = "steadfast/blob";

/// How many payloads of one field are on their way to or from the store at once. There is seldom more than one.
const AT_ONCE: usize = 8;

/// Keeps large payloads in a blob store, and lets the server record their addresses.
///
/// A payload whose size is over [`Blobs::threshold`] goes to the store as a whole, metadata included. In its place the
/// server records one with the encoding `steadfast/blob` and the data `{"blob": "sha256:…", "bytes": 3145728}`.
///
/// # When the store fails
///
/// A workflow's task that cannot write or read a payload fails, and the server gives it out again until it can. An
/// activity whose result cannot be written fails too, and is tried again as a whole: what it did, it does twice. So
/// the store should be at least as dependable as the server.
///
/// ```no_run
/// # #[cfg(feature = "object-store")]
/// # fn example() -> Result<(), steadfast::codec::blobs::BlobError> {
/// use steadfast::codec::{Offload, blobs::{Blobs, ObjectBlobs}};
///
/// let codec = Offload::new(Blobs::new(ObjectBlobs::s3("agents")?).over(1024 * 1024));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Offload(Blobs);

/// What went wrong with a payload that is, or should have been, kept in a blob store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OffloadError {
    /// The payload did not get into the store.
    #[error("a payload of {bytes} bytes could not be put into the blob store as {address}: {source}")]
    Put {
        /// Where it would have been.
        address: Address,
        /// Its size.
        bytes: usize,
        /// Why.
        source: BlobError,
    },
    /// The payload did not come back from the store.
    #[error("a payload that is kept as {address} could not be had from the blob store: {source}")]
    Get {
        /// Where it should be.
        address: Address,
        /// Why.
        source: BlobError,
    },
    /// The payload in its place is not what [`Offload`] writes.
    #[error("a payload says `{ENCODING}` and does not hold an address: {0}")]
    Reference(#[source] serde_json::Error),
    /// What the store has is not what [`Offload`] puts there.
    #[error("the blob {address} does not hold a payload: {source}")]
    Content {
        /// Where it is.
        address: Address,
        /// Why.
        source: prost::DecodeError,
    },
}

/// What the server records in place of the payload.
#[derive(Serialize, Deserialize)]
struct Reference {
    blob: Address,
    bytes: usize,
}

impl Offload {
    /// Keeps payloads there that are over its threshold.
    #[must_use]
    pub fn new(blobs: Blobs) -> Self {
        Self(blobs)
    }

    async fn put(self, payload: Payload) -> Result<Payload, OffloadError> {
        // One that bears the mark already has to get a second one, for decoding will take one away.
        let marked = envelope::is_marked(&payload, ENCODING);
        if payload.encoded_len() <= self.0.threshold() && !marked {
            return Ok(payload);
        }
        let content = envelope::to_bytes(payload);
        let (address, bytes) = (Address::of(&content), content.len());
        self.0.put_at(&address, content).await.map_err(|source| OffloadError::Put { address, bytes, source })?;

        let data = serde_json::to_vec(&Reference { blob: address, bytes }).map_err(OffloadError::Reference)?;
        // By this the server and its web interface know that there is more than they have.
        let details = ExternalPayloadDetails { size_bytes: i64::try_from(bytes).unwrap_or(i64::MAX) };
        Ok(Payload { external_payloads: vec![details], ..envelope::marked(ENCODING, data) })
    }

    async fn get(self, payload: Payload) -> Result<Payload, OffloadError> {
        if !envelope::is_marked(&payload, ENCODING) {
            return Ok(payload);
        }
        let reference: Reference = serde_json::from_slice(&payload.data).map_err(OffloadError::Reference)?;
        let address = reference.blob;
        let content = self.0.get(&address).await.map_err(|source| OffloadError::Get { address, source })?;
        envelope::from_bytes(&content).map_err(|source| OffloadError::Content { address, source })
    }
}

impl PayloadCodec for Offload {
    fn encode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let offload = self.clone();
        let all = stream::iter(payloads).map(move |payload| offload.clone().put(payload)).buffered(AT_ONCE);
        all.map_err(Into::into).try_collect().boxed()
    }

    fn decode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let offload = self.clone();
        let all = stream::iter(payloads).map(move |payload| offload.clone().get(payload)).buffered(AT_ONCE);
        all.map_err(Into::into).try_collect().boxed()
    }
}

impl From<OffloadError> for PayloadConversionError {
    fn from(error: OffloadError) -> Self {
        Self::EncodingError(Box::new(error))
    }
}

#[cfg(test)]
#[path = "offload_tests.rs"]
mod tests;
