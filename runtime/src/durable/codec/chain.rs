//! Several codecs as one.

use super::{Payload, PayloadCodec, PayloadConversionError, SerializationContextData};
use futures::{FutureExt as _, future::BoxFuture};
use std::{fmt, sync::Arc};

/// Several codecs as one: they encode in the order they were added, and decode in reverse. Without any, it changes
/// nothing.
///
/// ```
/// use steadfast::codec::{Chain, Offload, blobs::{Blobs, MemoryBlobs}};
///
/// let blobs = Blobs::new(MemoryBlobs::new());
/// # #[cfg(feature = "zstd")]
/// let codec = Chain::new().then(steadfast::codec::Zstd::new()).then(Offload::new(blobs));
/// ```
#[derive(Clone, Default)]
pub struct Chain(Vec<Arc<dyn PayloadCodec + Send + Sync>>);

impl Chain {
    /// A chain of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a codec: the last to encode so far, and the first to decode.
    #[must_use]
    pub fn then(mut self, codec: impl PayloadCodec + Send + Sync + 'static) -> Self {
        self.0.push(Arc::new(codec));
        self
    }
}

impl From<Vec<Arc<dyn PayloadCodec + Send + Sync>>> for Chain {
    fn from(codecs: Vec<Arc<dyn PayloadCodec + Send + Sync>>) -> Self {
        Self(codecs)
    }
}

impl PayloadCodec for Chain {
    fn encode(
        &self,
        context: &SerializationContextData,
        mut payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let (codecs, context) = (self.0.clone(), context.clone());
        async move {
            for codec in codecs {
                payloads = codec.encode(&context, payloads).await?;
            }
            Ok(payloads)
        }
        .boxed()
    }

    fn decode(
        &self,
        context: &SerializationContextData,
        mut payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let (codecs, context) = (self.0.clone(), context.clone());
        async move {
            for codec in codecs.into_iter().rev() {
                payloads = codec.decode(&context, payloads).await?;
            }
            Ok(payloads)
        }
        .boxed()
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chain").field(&format_args!("{} codecs", self.0.len())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{decoded, encoded, json};
    use super::*;

    /// Adds its letter when it encodes, and insists on finding it again when it decodes.
    struct Letter(char);

    impl PayloadCodec for Letter {
        fn encode(
            &self,
            _: &SerializationContextData,
            mut payloads: Vec<Payload>,
        ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
            for payload in &mut payloads {
                payload.data.push(self.0 as u8);
            }
            async { Ok(payloads) }.boxed()
        }

        fn decode(
            &self,
            _: &SerializationContextData,
            mut payloads: Vec<Payload>,
        ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
            let all = payloads.iter_mut().all(|payload| payload.data.pop() == Some(self.0 as u8));
            async move { if all { Ok(payloads) } else { Err(PayloadConversionError::WrongEncoding) } }.boxed()
        }
    }

    #[tokio::test]
    async fn the_last_to_encode_is_the_first_to_decode() {
        let chain = Chain::new().then(Letter('a')).then(Letter('b'));
        let original = vec![json("1"), json("2")];
        let sent = encoded(&chain, original.clone()).await.unwrap();
        assert_eq!(sent[0].data, b"1ab");
        assert_eq!(sent[1].data, b"2ab");
        assert_eq!(decoded(&chain, sent).await.unwrap(), original);
    }

    #[tokio::test]
    async fn an_error_ends_it() {
        let chain = Chain::from(vec![Arc::new(Letter('a')) as Arc<dyn PayloadCodec + Send + Sync>]);
        assert!(matches!(decoded(&chain, vec![json("1")]).await, Err(PayloadConversionError::WrongEncoding)));
    }

    #[tokio::test]
    async fn an_empty_chain_changes_nothing() {
        assert_eq!(encoded(&Chain::new(), vec![json("1")]).await.unwrap(), [json("1")]);
    }

    #[cfg(feature = "zstd")]
    #[tokio::test]
    async fn what_is_offloaded_was_compressed_before() {
        use super::super::{
            Offload, Zstd,
            blobs::{Blobs, MemoryBlobs},
            samples::noise,
        };
        let store = MemoryBlobs::new();
        let chain = Chain::new().then(Zstd::new()).then(Offload::new(Blobs::new(store.clone()).over(1000)));
        let (repetitive, less_so) = (json(&"again ".repeat(10_000)), json(&format!("{:?}", noise(60_000))));

        let original = vec![repetitive, less_so, json("1")];
        let sent = encoded(&chain, original.clone()).await.unwrap();
        let encodings: Vec<_> = sent.iter().map(|payload| payload.metadata["encoding"].as_slice()).collect();
        assert_eq!(encodings, [b"binary/zstd".as_slice(), b"steadfast/blob", b"json/plain"]);
        assert_eq!(store.len(), 1);
        let kept = decoded(&Offload::new(Blobs::new(store)), vec![sent[1].clone()]).await.unwrap();
        assert_eq!(kept[0].metadata["encoding"], b"binary/zstd");
        assert_eq!(decoded(&chain, sent).await.unwrap(), original);
    }
}
