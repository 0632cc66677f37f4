//! Tests of `offload.rs`.

use super::super::{
    blobs::{BlobStore, MemoryBlobs},
    samples::{decoded, encoded, json},
};
use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

fn offload() -> (MemoryBlobs, Offload) {
    let store = MemoryBlobs::new();
    (store.clone(), Offload::new(Blobs::new(store).over(1000)))
}

fn large() -> Payload {
    json(&"x".repeat(2000))
}

fn reference(payload: &Payload) -> Reference {
    serde_json::from_slice(&payload.data).unwrap()
}

#[tokio::test]
async fn payloads_come_back_as_they_were_and_in_their_order() {
    let (store, codec) = offload();
    let mut with_metadata = large();
    with_metadata.metadata.insert("messageType".to_owned(), b"Mail".to_vec());
    let mut original: Vec<_> = (0..20).map(|n| json(&n.to_string().repeat(2000))).collect();
    original.extend([json("1"), with_metadata, Payload::default()]);

    let sent = encoded(&codec, original.clone()).await.unwrap();
    assert_eq!((sent.len(), store.len()), (23, 21));
    assert_eq!(sent[20], json("1"));
    assert_eq!(decoded(&codec, sent).await.unwrap(), original);
}

/// A store that answers the first question last.
struct LastFirst(MemoryBlobs, AtomicUsize);

impl LastFirst {
    async fn wait(&self) {
        for _ in 0..self.1.fetch_sub(1, Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
    }
}

impl BlobStore for LastFirst {
    fn put(&self, address: &Address, data: Vec<u8>) -> BoxFuture<'_, Result<(), BlobError>> {
        let address = *address;
        async move {
            self.wait().await;
            self.0.put(&address, data).await
        }
        .boxed()
    }

    fn get(&self, address: &Address) -> BoxFuture<'_, Result<Vec<u8>, BlobError>> {
        let address = *address;
        async move {
            self.wait().await;
            self.0.get(&address).await
        }
        .boxed()
    }
}

#[tokio::test]
async fn the_order_is_kept_whatever_the_store_answers_first() {
    let codec = Offload::new(Blobs::new(LastFirst(MemoryBlobs::new(), AtomicUsize::new(1000))).over(0));
    let original: Vec<_> = (0..20).map(|n| json(&n.to_string())).collect();
    let sent = encoded(&codec, original.clone()).await.unwrap();
    let addresses: Vec<_> = sent.iter().map(|payload| reference(payload).blob).collect();
    let expected: Vec<_> = original.iter().map(|payload| Address::of(&envelope::to_bytes(payload.clone()))).collect();
    assert_eq!(addresses, expected);
    assert_eq!(decoded(&codec, sent).await.unwrap(), original);
}

#[tokio::test]
async fn the_server_records_an_address_and_a_size() {
    let (store, codec) = offload();
    let sent = encoded(&codec, vec![large()]).await.unwrap();
    let content = envelope::to_bytes(large());
    let address = Address::of(&content);

    let json = format!(r#"{{"blob":"{address}","bytes":{}}}"#, content.len());
    assert_eq!(str::from_utf8(&sent[0].data).unwrap(), json);
    assert_eq!(sent[0].metadata, [("encoding".to_owned(), b"steadfast/blob".to_vec())].into());
    assert_eq!(usize::try_from(sent[0].external_payloads[0].size_bytes).unwrap(), content.len());
    assert_eq!(store.get(&address).await.unwrap(), content);
}

#[tokio::test]
async fn only_what_is_over_the_threshold_goes() {
    let store = MemoryBlobs::new();
    let size = large().encoded_len();
    let at = Offload::new(Blobs::new(store.clone()).over(size));
    assert_eq!(encoded(&at, vec![large()]).await.unwrap(), [large()]);
    assert!(store.is_empty());
    let over = Offload::new(Blobs::new(store.clone()).over(size - 1));
    assert_ne!(encoded(&over, vec![large()]).await.unwrap(), [large()]);
    assert_eq!(store.len(), 1);
}

#[tokio::test]
async fn equal_payloads_are_kept_once() {
    let (store, codec) = offload();
    // Enough metadata that two maps of it hardly ever have the same order.
    let payload = || {
        let mut payload = large();
        payload.metadata.extend((0..20).map(|n| (n.to_string(), vec![n])));
        payload
    };
    let sent = encoded(&codec, vec![payload(), payload(), payload()]).await.unwrap();
    assert_eq!(sent[0], sent[2]);
    assert_eq!(store.len(), 1);
}

#[tokio::test]
async fn foreign_payloads_pass_through() {
    let (_, codec) = offload();
    let foreign = vec![large(), envelope::marked("binary/zstd", vec![1, 2, 3]), Payload::default()];
    assert_eq!(decoded(&codec, foreign.clone()).await.unwrap(), foreign);
}

#[tokio::test]
async fn an_address_survives_being_offloaded() {
    let (_, codec) = offload();
    let once = encoded(&codec, vec![large()]).await.unwrap();
    let twice = encoded(&codec, once.clone()).await.unwrap();
    assert_eq!(decoded(&codec, twice).await.unwrap(), once);
}

#[tokio::test]
async fn a_missing_blob_is_an_error_that_names_it() {
    let (store, codec) = offload();
    let sent = encoded(&codec, vec![json("1"), large()]).await.unwrap();
    let address = reference(&sent[1]).blob;
    store.remove(&address);

    let error = decoded(&codec, sent).await.unwrap_err();
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert!(error.to_string().contains("check that every worker and client uses the same store"), "{error}");
    let PayloadConversionError::EncodingError(error) = error else { panic!("{error}") };
    let OffloadError::Get { source, .. } = error.downcast_ref().unwrap() else { panic!("{error}") };
    assert_eq!(*source, BlobError::NotFound { address });
}

#[tokio::test]
async fn a_changed_blob_is_an_error() {
    let (store, codec) = offload();
    let sent = encoded(&codec, vec![large()]).await.unwrap();
    let address = reference(&sent[0]).blob;
    store.put(&address, envelope::to_bytes(json("2"))).await.unwrap();

    let error = decoded(&codec, sent).await.unwrap_err();
    let PayloadConversionError::EncodingError(error) = error else { panic!("{error}") };
    let OffloadError::Get { source, .. } = error.downcast_ref().unwrap() else { panic!("{error}") };
    assert_eq!(*source, BlobError::Corrupt { address });
}

#[tokio::test]
async fn a_blob_that_is_no_payload_is_an_error() {
    let (store, codec) = offload();
    let address = Address::of(b"\xff\xff\xff");
    store.put(&address, b"\xff\xff\xff".to_vec()).await.unwrap();
    let data = serde_json::to_vec(&Reference { blob: address, bytes: 3 }).unwrap();
    let error = decoded(&codec, vec![envelope::marked(ENCODING, data)]).await.unwrap_err();
    assert!(error.to_string().contains(&format!("the blob {address} does not hold a payload")), "{error}");
}

#[tokio::test]
async fn what_is_no_address_is_an_error() {
    let (_, codec) = offload();
    for data in ["", "{}", r#"{"blob":"sha256:12","bytes":1}"#] {
        let error = decoded(&codec, vec![envelope::marked(ENCODING, data.into())]).await.unwrap_err();
        assert!(error.to_string().contains("does not hold an address"), "{error}");
    }
}

#[tokio::test]
async fn a_store_that_fails_is_an_error_that_says_what_was_to_be_kept() {
    struct Broken;
    impl BlobStore for Broken {
        fn put(&self, _: &Address, _: Vec<u8>) -> BoxFuture<'_, Result<(), BlobError>> {
            async { Err(BlobError::Store { message: "the disk is full".to_owned(), retryable: true }) }.boxed()
        }
        fn get(&self, address: &Address) -> BoxFuture<'_, Result<Vec<u8>, BlobError>> {
            let address = *address;
            async move { Err(BlobError::NotFound { address }) }.boxed()
        }
    }
    let error = encoded(&Offload::new(Blobs::new(Broken).over(1000)), vec![large()]).await.unwrap_err();
    let address = Address::of(&envelope::to_bytes(large()));
    let expected = format!(
        "Encoding error: a payload of {} bytes could not be put into the blob store as {address}: the blob store \
         failed: the disk is full",
        large().encoded_len()
    );
    assert_eq!(error.to_string(), expected);
}
