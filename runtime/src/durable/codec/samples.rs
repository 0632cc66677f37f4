//! Payloads for this folder's tests, and the two ways through a codec.

use super::{Payload, PayloadCodec, PayloadConversionError, SerializationContextData, envelope};

/// What a Temporal SDK sends for a value.
pub(crate) fn json(text: &str) -> Payload {
    envelope::marked("json/plain", text.as_bytes().to_vec())
}

/// Bytes that do not compress, the same each time.
#[cfg(feature = "zstd")]
pub(crate) fn noise(length: usize) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    (0..length.div_ceil(32)).flat_map(|n| Sha256::digest(n.to_le_bytes())).take(length).collect()
}

pub(crate) async fn encoded(
    codec: &impl PayloadCodec,
    payloads: Vec<Payload>,
) -> Result<Vec<Payload>, PayloadConversionError> {
    codec.encode(&SerializationContextData::None, payloads).await
}

pub(crate) async fn decoded(
    codec: &impl PayloadCodec,
    payloads: Vec<Payload>,
) -> Result<Vec<Payload>, PayloadConversionError> {
    codec.decode(&SerializationContextData::None, payloads).await
}
