//! The one setting about conversations by reference.

use crate::durable::limits::MAX_WHOLE;

/// How conversations reach the worker that calls the model: see [`App::by_reference`](crate::App::by_reference).
///
/// A conversation is recorded once, where its items come from: the input, the models' answers, the tools' results.
/// A model call names it by its length and a digest; the worker has it in memory, or asks the workflow for what it
/// lacks. These are the thresholds; none of them changes what a run does, and they may differ between workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByReference {
    pub(crate) over: usize,
    pub(crate) cache: u64,
    pub(crate) page: usize,
}

impl Default for ByReference {
    fn default() -> Self {
        Self::new()
    }
}

impl ByReference {
    /// The defaults: over 256 bytes, with a cache of 256 MiB, in pages of 1 MiB.
    #[must_use]
    pub const fn new() -> Self {
        Self { over: 256, cache: 256 << 20, page: 1 << 20 }
    }

    /// Sends what is over this size, in bytes of JSON, by reference; what is smaller goes with the call. A reference
    /// itself takes about 130 bytes. More than 4,096 is taken for that: what all calls of a workflow's task record has to
    /// stay small, whichever worker they come from.
    #[must_use]
    pub const fn over(mut self, bytes: usize) -> Self {
        self.over = if bytes > MAX_WHOLE { MAX_WHOLE } else { bytes };
        self
    }

    /// Lets a worker keep this many bytes of conversations. What was used least recently goes first; who needs it again
    /// asks the workflow. With 0, every call asks.
    #[must_use]
    pub const fn cache(mut self, bytes: u64) -> Self {
        self.cache = bytes;
        self
    }

    /// Asks a workflow for at most this many bytes at once. It has to stay below the server's limit for one payload,
    /// which is 2 MiB unless `limit.blobSize.error` says otherwise.
    #[must_use]
    pub const fn page(mut self, bytes: usize) -> Self {
        self.page = if bytes == 0 { 1 } else { bytes };
        self
    }
}
