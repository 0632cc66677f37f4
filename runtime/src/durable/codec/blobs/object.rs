//! Blobs in a folder, in S3 or in any other object store.

use super::{Address, BlobError, BlobStore};
use futures::{FutureExt as _, future::BoxFuture};
use object_store::{Error, ObjectStore, ObjectStoreExt as _, aws::AmazonS3Builder, local::LocalFileSystem, path::Path};
use std::{fs, sync::Arc};

/// Blobs in a folder, in S3 or in any other object store.
///
/// The blob `sha256:abcdef…` has the name `sha256/ab/abcdef…`, so that no folder gets too many files.
///
/// ```no_run
/// # fn example() -> Result<(), steadfast::codec::blobs::BlobError> {
/// use steadfast::codec::blobs::ObjectBlobs;
///
/// let beside_the_program = ObjectBlobs::folder("/var/lib/agents/blobs")?;
/// let in_s3 = ObjectBlobs::s3("my-bucket")?.under("agents");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    under: Path,
}

impl ObjectBlobs {
    /// Keeps blobs in this folder, which is created if it is not there. All workers and clients have to see the same
    /// one: on one machine, or on a file system they share.
    ///
    /// A blob gets its name only when all of it is on the disk. A process that dies before leaves a file behind whose
    /// name ends in `#` and a number; nobody reads it.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`] if the folder cannot be created or is not one.
    pub fn folder(path: impl AsRef<std::path::Path>) -> Result<Self, BlobError> {
        let path = path.as_ref();
        let failed = |error: &dyn std::fmt::Display| BlobError::Store {
            message: format!("the folder `{}` cannot be used: {error}", path.display()),
            retryable: false,
        };
        fs::create_dir_all(path).map_err(|error| failed(&error))?;
        // The server keeps the address for good, so a blob has to survive a power failure like the history does.
        let store = LocalFileSystem::new_with_prefix(path).map_err(|error| failed(&error))?.with_fsync(true);
        Ok(Self::of(Arc::new(store)))
    }

    /// Keeps blobs in this bucket, as the environment says: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_SESSION_TOKEN`, `AWS_REGION` (`us-east-1` if not set), and `AWS_ENDPOINT_URL` with `AWS_ALLOW_HTTP` for
    /// stores that speak S3. Without keys, it asks for the role of the machine, container or pod it runs in, at the
    /// first blob.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`] if the bucket has no name, or one of the two keys is missing. Nothing is sent yet, so
    /// everything else is found out at the first blob.
    pub fn s3(bucket: &str) -> Result<Self, BlobError> {
        Self::s3_with(AmazonS3Builder::from_env(), bucket)
    }

    fn s3_with(builder: AmazonS3Builder, bucket: &str) -> Result<Self, BlobError> {
        if bucket.is_empty() {
            let message = "the name of the S3 bucket is empty".to_owned();
            return Err(BlobError::Store { message, retryable: false });
        }
        crate::tls::ensure_provider();
        let store = builder.with_bucket_name(bucket).build().map_err(|error| {
            let message = format!("the S3 bucket `{bucket}` cannot be used: {error}");
            BlobError::Store { message, retryable: false }
        })?;
        Ok(Self::of(Arc::new(store)))
    }

    /// Keeps blobs in any store of the crate `object_store`.
    #[must_use]
    pub fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, under: Path::default() }
    }

    /// Puts this before the name of every blob, and a `/` after it: for a store that is used for other things, too.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.under = prefix.into();
        self
    }

    fn name(&self, address: &Address) -> Path {
        let hex = address.hex();
        Path::from(format!("{}/sha256/{}/{hex}", self.under, &hex[..2]))
    }
}

impl BlobStore for ObjectBlobs {
    fn put(&self, address: &Address, data: Vec<u8>) -> BoxFuture<'_, Result<(), BlobError>> {
        let name = self.name(address);
        // Over what is there already, because that could be damaged, or about to be deleted for its age.
        async move { self.store.put(&name, data.into()).await.map(drop).map_err(|error| failed(&error)) }.boxed()
    }

    fn get(&self, address: &Address) -> BoxFuture<'_, Result<Vec<u8>, BlobError>> {
        let (name, address) = (self.name(address), *address);
        async move {
            let read = async { self.store.get(&name).await?.bytes().await };
            match read.await {
                Ok(data) => Ok(data.into()),
                Err(Error::NotFound { .. }) => Err(BlobError::NotFound { address }),
                Err(error) => Err(failed(&error)),
            }
        }
        .boxed()
    }
}

/// What is left when the store has tried again by itself. Not to find anything while writing is to have no bucket.
fn failed(error: &Error) -> BlobError {
    let retryable = !matches!(
        error,
        Error::NotFound { .. }
            | Error::InvalidPath { .. }
            | Error::NotSupported { .. }
            | Error::NotImplemented { .. }
            | Error::PermissionDenied { .. }
            | Error::Unauthenticated { .. }
            | Error::UnknownConfigurationKey { .. }
    );
    BlobError::Store { message: error.to_string(), retryable }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
