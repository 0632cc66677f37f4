//! A codec that compresses.

use super::{Payload, PayloadCodec, PayloadConversionError, SerializationContextData, envelope};
use futures::{FutureExt as _, future::BoxFuture};
use prost::Message as _;
use std::io::{self, Read as _};

const ENCODING: &str = "binary/zstd";

/// Compresses payloads with Zstandard.
///
/// A compressed payload says `binary/zstd` for its encoding and holds the original, metadata and all, as a protobuf
/// message. A payload that does not get smaller is left as it is.
///
/// ```
/// use steadfast::codec::Zstd;
///
/// let codec = Zstd::new().level(9).over(4096);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Zstd {
    level: i32,
    over: usize,
    up_to: usize,
}

#[derive(Debug, thiserror::Error)]
enum ZstdError {
    #[error("a payload could not be compressed: {0}")]
    Compress(#[source] io::Error),
    #[error("a payload says `{ENCODING}` and cannot be decompressed: {0}")]
    Decompress(#[source] io::Error),
    #[error("a payload says `{ENCODING}` and does not hold a payload: {0}")]
    Content(#[source] prost::DecodeError),
    #[error("a payload decompresses to more than {0} bytes; if it is meant to, raise the bound with `Zstd::up_to`")]
    Bomb(usize),
}

impl Zstd {
    /// Level 3, for payloads over 512 bytes and up to 256 MiB.
    #[must_use]
    pub fn new() -> Self {
        Self { level: 3, over: 512, up_to: 256 * 1024 * 1024 }
    }

    /// Sets how hard it tries, from 1 (fast) to 22 (small).
    #[must_use]
    pub fn level(mut self, level: i32) -> Self {
        self.level = level;
        self
    }

    /// Sets the size in bytes up to which payloads are left as they are: there is little to win, and they stay
    /// readable in Temporal's web interface.
    #[must_use]
    pub fn over(mut self, bytes: usize) -> Self {
        self.over = bytes;
        self
    }

    /// Sets the largest payload in bytes. A larger one is not compressed, and to decompress to one is an error, so
    /// that a few bytes from outside cannot fill the memory.
    #[must_use]
    pub fn up_to(mut self, bytes: usize) -> Self {
        self.up_to = bytes;
        self
    }

    fn compress(self, payload: Payload) -> Result<Payload, ZstdError> {
        let size = payload.encoded_len();
        // One that bears the mark already has to get a second one, for decoding will take one away.
        let marked = envelope::is_marked(&payload, ENCODING);
        if size > self.up_to || (size <= self.over && !marked) {
            return Ok(payload);
        }
        // Temporal's web interface counts these without decoding anything.
        let external_payloads = payload.external_payloads.clone();
        let bytes = envelope::to_bytes(payload.clone());
        let data = ::zstd::bulk::compress(&bytes, self.level).map_err(ZstdError::Compress)?;
        let compressed = Payload { external_payloads, ..envelope::marked(ENCODING, data) };
        Ok(if marked || compressed.encoded_len() < size { compressed } else { payload })
    }

    fn decompress(self, payload: Payload) -> Result<Payload, ZstdError> {
        if !envelope::is_marked(&payload, ENCODING) {
            return Ok(payload);
        }
        // What the data says about its size is not to be trusted, so it is read up to one byte over the bound.
        let bound = u64::try_from(self.up_to).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        let decoder = ::zstd::Decoder::with_buffer(payload.data.as_slice()).map_err(ZstdError::Decompress)?;
        decoder.take(bound).read_to_end(&mut bytes).map_err(ZstdError::Decompress)?;
        if bytes.len() > self.up_to {
            return Err(ZstdError::Bomb(self.up_to));
        }
        envelope::from_bytes(&bytes).map_err(ZstdError::Content)
    }
}

impl Default for Zstd {
    fn default() -> Self {
        Self::new()
    }
}

impl PayloadCodec for Zstd {
    fn encode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let zstd = *self;
        async move { Ok(payloads.into_iter().map(|payload| zstd.compress(payload)).collect::<Result<_, _>>()?) }.boxed()
    }

    fn decode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let zstd = *self;
        async move { Ok(payloads.into_iter().map(|payload| zstd.decompress(payload)).collect::<Result<_, _>>()?) }
            .boxed()
    }
}

impl From<ZstdError> for PayloadConversionError {
    fn from(error: ZstdError) -> Self {
        Self::EncodingError(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{decoded, encoded, json, noise};
    use super::*;

    fn repetitive() -> Payload {
        json(&"again ".repeat(1000))
    }

    #[tokio::test]
    async fn payloads_come_back_as_they_were() {
        let mut with_metadata = repetitive();
        with_metadata.metadata.insert("messageType".to_owned(), b"Mail".to_vec());
        let original = vec![repetitive(), json("1"), with_metadata, Payload::default()];

        let sent = encoded(&Zstd::new(), original.clone()).await.unwrap();
        assert_eq!(sent.len(), 4);
        assert_eq!(sent[0].metadata, [("encoding".to_owned(), b"binary/zstd".to_vec())].into());
        assert!(sent[0].encoded_len() < 200, "{}", sent[0].encoded_len());
        assert_ne!(sent[0], sent[2]);
        assert_eq!(decoded(&Zstd::new(), sent).await.unwrap(), original);
    }

    #[tokio::test]
    async fn small_payloads_are_left_alone() {
        let size = repetitive().encoded_len();
        let sent = encoded(&Zstd::new().over(size), vec![repetitive()]).await.unwrap();
        assert_eq!(sent, [repetitive()]);
        let sent = encoded(&Zstd::new().over(size - 1), vec![repetitive()]).await.unwrap();
        assert_ne!(sent, [repetitive()]);
    }

    #[tokio::test]
    async fn what_does_not_get_smaller_is_left_alone() {
        let random = envelope::marked("binary/plain", noise(4000));
        assert_eq!(encoded(&Zstd::new(), vec![random.clone()]).await.unwrap(), [random]);
    }

    #[tokio::test]
    async fn levels_differ() {
        let text = json(&format!("{:?}", noise(50_000)));
        let fast = encoded(&Zstd::new().level(1), vec![text.clone()]).await.unwrap();
        let small = encoded(&Zstd::new().level(19), vec![text]).await.unwrap();
        assert!(small[0].data.len() < fast[0].data.len());
    }

    #[tokio::test]
    async fn foreign_payloads_pass_through() {
        let foreign = vec![json("1"), envelope::marked("binary/encrypted", vec![1, 2, 3]), Payload::default()];
        assert_eq!(decoded(&Zstd::new(), foreign.clone()).await.unwrap(), foreign);
    }

    #[tokio::test]
    async fn what_is_compressed_already_survives_another_time() {
        let once = encoded(&Zstd::new(), vec![repetitive()]).await.unwrap();
        let twice = encoded(&Zstd::new(), once.clone()).await.unwrap();
        assert_eq!(decoded(&Zstd::new(), twice).await.unwrap(), once);
    }

    #[tokio::test]
    async fn the_count_of_external_payloads_stays_visible() {
        use temporalio_common::protos::temporal::api::common::v1::payload::ExternalPayloadDetails;
        let external_payloads = vec![ExternalPayloadDetails { size_bytes: 7 }];
        let original = Payload { external_payloads: external_payloads.clone(), ..repetitive() };
        let sent = encoded(&Zstd::new(), vec![original.clone()]).await.unwrap();
        assert_eq!(sent[0].external_payloads, external_payloads);
        assert_eq!(decoded(&Zstd::new(), sent).await.unwrap(), [original]);
    }

    #[tokio::test]
    async fn a_bomb_is_an_error() {
        let size = repetitive().encoded_len();
        let sent = encoded(&Zstd::new(), vec![repetitive()]).await.unwrap();
        let error = decoded(&Zstd::new().up_to(size - 1), sent.clone()).await.unwrap_err();
        assert!(matches!(&error, PayloadConversionError::EncodingError(_)));
        assert!(error.to_string().contains("raise the bound with `Zstd::up_to`"), "{error}");
        assert_eq!(decoded(&Zstd::new().up_to(size), sent).await.unwrap(), [repetitive()]);
    }

    #[tokio::test]
    async fn what_could_not_be_read_again_is_not_compressed() {
        let codec = Zstd::new().up_to(repetitive().encoded_len() - 1);
        assert_eq!(encoded(&codec, vec![repetitive()]).await.unwrap(), [repetitive()]);
    }

    #[tokio::test]
    async fn damaged_data_is_an_error() {
        let mut cut = encoded(&Zstd::new(), vec![repetitive()]).await.unwrap();
        cut[0].data.pop();
        let no_payload = ::zstd::bulk::compress(b"\xff\xff\xff", 3).unwrap();
        let other_content = vec![envelope::marked(ENCODING, no_payload)];
        for damaged in [cut, other_content, vec![envelope::marked(ENCODING, b"plain".to_vec())]] {
            let error = decoded(&Zstd::new(), damaged).await.unwrap_err();
            assert!(matches!(&error, PayloadConversionError::EncodingError(_)), "{error}");
            assert!(error.to_string().contains("a payload says `binary/zstd` and"), "{error}");
        }
    }
}
