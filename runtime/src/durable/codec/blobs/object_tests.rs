//! Tests of `object.rs`: a real folder, and S3 as far as it goes without one.

use super::super::Blobs;
use super::*;
use object_store::{RetryConfig, memory::InMemory};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

fn folder() -> (tempfile::TempDir, ObjectBlobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = ObjectBlobs::folder(folder.path().join("not/there/yet")).unwrap();
    (folder, blobs)
}

fn file_of(folder: &tempfile::TempDir, address: &Address) -> PathBuf {
    let hex = address.hex();
    folder.path().join("not/there/yet/sha256").join(&hex[..2]).join(hex)
}

#[tokio::test]
async fn a_folder_gives_back_what_it_got_also_to_another_process() {
    let (folder, store) = folder();
    let content = b"one".to_vec();
    let address = Blobs::new(store).put(content.clone()).await.unwrap();
    assert_eq!(fs::read(file_of(&folder, &address)).unwrap(), content);

    let other = Blobs::new(ObjectBlobs::folder(folder.path().join("not/there/yet")).unwrap());
    assert_eq!(other.get(&address).await.unwrap(), content);
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_leaves_no_other_file() {
    let (folder, store) = folder();
    let blobs = Blobs::new(store);
    let address = blobs.put(b"one".to_vec()).await.unwrap();
    assert_eq!(blobs.put(b"one".to_vec()).await.unwrap(), address);
    let files = fs::read_dir(file_of(&folder, &address).parent().unwrap()).unwrap();
    assert_eq!(files.count(), 1);
}

#[tokio::test]
async fn a_missing_file_is_not_found() {
    let (_folder, store) = folder();
    let address = Address::of(b"one");
    assert_eq!(store.get(&address).await, Err(BlobError::NotFound { address }));
}

#[tokio::test]
async fn a_damaged_file_is_noticed_and_repaired_by_writing_it_again() {
    let (folder, store) = folder();
    let blobs = Blobs::new(store);
    let address = blobs.put(b"one".to_vec()).await.unwrap();
    for damage in [b"on".as_slice(), b"", b"two"] {
        fs::write(file_of(&folder, &address), damage).unwrap();
        assert_eq!(blobs.get(&address).await, Err(BlobError::Corrupt { address }));
    }
    blobs.put(b"one".to_vec()).await.unwrap();
    assert_eq!(blobs.get(&address).await.unwrap(), b"one");
}

#[tokio::test]
async fn what_a_killed_process_left_behind_is_not_read_and_not_in_the_way() {
    let (folder, store) = folder();
    let blobs = Blobs::new(store);
    let address = Address::of(b"one");
    let mut half_written = file_of(&folder, &address).into_os_string();
    half_written.push("#1");
    fs::create_dir_all(file_of(&folder, &address).parent().unwrap()).unwrap();
    fs::write(&half_written, "o").unwrap();

    assert_eq!(blobs.get(&address).await, Err(BlobError::NotFound { address }));
    blobs.put(b"one".to_vec()).await.unwrap();
    assert_eq!(blobs.get(&address).await.unwrap(), b"one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_written_file_is_never_seen() {
    let (_folder, store) = folder();
    let content = vec![7; 1024 * 1024];
    let address = Address::of(&content);

    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (store, done) = (store.clone(), Arc::clone(&done));
        async move {
            let mut sizes = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                // Without the hash, which would take most of the time and so miss most of the writing.
                sizes.extend(store.get(&address).await.map(|data| data.len()).ok());
            }
            sizes
        }
    });
    for _ in 0..50 {
        let puts = tokio::join!(store.put(&address, content.clone()), store.put(&address, content.clone()));
        assert_eq!(puts, (Ok(()), Ok(())));
    }
    done.store(true, Ordering::Relaxed);
    assert_eq!(reader.await.unwrap(), [content.len()].into());
}

#[test]
fn a_folder_that_is_a_file_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = ObjectBlobs::folder(file.path()).unwrap_err();
    assert!(!error.is_retryable());
    assert!(error.to_string().contains(file.path().to_str().unwrap()), "{error}");
}

#[tokio::test]
async fn a_prefix_comes_before_every_name() {
    let store = Arc::new(InMemory::new());
    let address = Address::of(b"one");
    let plain = ObjectBlobs::of(Arc::clone(&store) as Arc<dyn ObjectStore>);
    let blobs = plain.clone().under("agents/prod/");
    blobs.put(&address, b"one".to_vec()).await.unwrap();
    let name = Path::from(format!("agents/prod/sha256/{}/{}", &address.hex()[..2], address.hex()));
    assert!(store.head(&name).await.is_ok());
    assert_eq!(blobs.get(&address).await.unwrap(), b"one");
    assert_eq!(plain.get(&address).await, Err(BlobError::NotFound { address }));
}

fn with_keys() -> AmazonS3Builder {
    AmazonS3Builder::new().with_access_key_id("id").with_secret_access_key("secret")
}

#[test]
fn s3_with_keys_and_a_bucket_is_fine() {
    assert!(ObjectBlobs::s3_with(with_keys(), "agents").is_ok());
}

#[test]
fn s3_without_a_bucket_or_a_key_is_an_error_that_does_not_pass() {
    let half = AmazonS3Builder::new().with_access_key_id("id");
    for (builder, bucket, says) in [(half, "agents", "SecretAccessKey"), (with_keys(), "", "bucket is empty")] {
        let error = ObjectBlobs::s3_with(builder, bucket).unwrap_err();
        assert!(matches!(error, BlobError::Store { retryable: false, .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn s3_that_does_not_answer_is_an_error_that_may_pass() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    let retry = RetryConfig { max_retries: 0, ..RetryConfig::default() };
    let builder = with_keys().with_endpoint(endpoint).with_allow_http(true).with_retry(retry);
    let store = ObjectBlobs::s3_with(builder, "agents").unwrap();
    let address = Address::of(b"one");
    for error in [store.put(&address, b"one".to_vec()).await.unwrap_err(), store.get(&address).await.unwrap_err()] {
        assert!(error.is_retryable(), "{error}");
    }
}

#[test]
fn only_some_errors_may_pass() {
    let (path, source) = (|| "agents".to_owned(), || "no".into());
    assert!(failed(&Error::Generic { store: "S3", source: source() }).is_retryable());
    assert!(!failed(&Error::NotFound { path: path(), source: source() }).is_retryable());
    assert!(!failed(&Error::PermissionDenied { path: path(), source: source() }).is_retryable());
    assert!(!failed(&Error::Unauthenticated { path: path(), source: source() }).is_retryable());
}
