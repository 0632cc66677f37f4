//! How large things may be that the server is to record, with a blob store and without.

use super::{
    codec::blobs::Blobs,
    limits::{MAX_OFFLOADED, MAX_PAYLOAD, OFFLOADED},
};

/// The sizes of payloads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// The largest payload, in bytes.
    pub(crate) most: usize,
    /// Over how many bytes a payload goes to the blob store, if there is one.
    offloaded_over: Option<usize>,
}

impl Sizes {
    pub(crate) fn with(blobs: Option<&Blobs>) -> Self {
        let most = if blobs.is_some() { MAX_OFFLOADED } else { MAX_PAYLOAD };
        Self { most, offloaded_over: blobs.map(Blobs::threshold) }
    }

    /// Refuses what is too large to be recorded; `it_is` begins the sentence. Says what to do, such as to use a blob store where
    /// there is none.
    pub(crate) fn check(self, it_is: &str, bytes: usize) -> Result<(), String> {
        if bytes <= self.most {
            return Ok(());
        }
        let or =
            if self.offloaded_over.is_some() { "" } else { ", or keep what is large in a blob store (`App::blobs`)" };
        Err(format!("{it_is} {bytes} bytes, over the limit of {}; make that less{or}", self.most))
    }

    /// What the server gets of a payload of so many bytes.
    pub(crate) fn recorded(&self, bytes: usize) -> usize {
        if self.offloaded_over.is_some_and(|over| bytes > over) { OFFLOADED } else { bytes }
    }
}
