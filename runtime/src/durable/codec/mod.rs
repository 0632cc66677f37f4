//! Codecs: what is done to everything that the server records, on its way there and back.
//!
//! A [`PayloadCodec`] sees every [`Payload`]: the inputs and results of workflows and activities, signals, queries,
//! updates, memos, heartbeats. It turns each into another payload before it is sent and back again after it was
//! received, on workers and clients alike, so all of them need the same one. What a codec has not encoded it passes
//! through when it decodes; so a codec can be added while workflows run, and taken away once the last history that
//! was written with it is gone.
//!
//! [`Chain`] makes one codec of several. With more than one, this order is the useful one:
//!
//! 1. `Zstd` (feature `zstd`), because text compresses well,
//! 2. encryption, because what is encrypted no longer compresses,
//! 3. [`Offload`], so that the server keeps an address of 100 bytes instead of megabytes, and the store sees only what
//!    the others made.
//!
//! # What no codec sees
//!
//! - The message, type and stack trace of a failure. A failure converter that moves them into the failure's encoded
//!   attributes changes that; details of a failure are payloads and always encoded.
//! - Search attributes, by which the server finds workflows.
//! - The summary and details that a client gives a workflow when it starts it. Those that a workflow gives its
//!   activities, timers and children are payloads like any other: with a codec that encrypts, Temporal's web
//!   interface shows them only with a codec server.
//! - Names: of workflows, their ids, activities, signals, queues.

pub mod blobs;
mod chain;
mod envelope;
mod offload;
#[cfg(test)]
mod reach_tests;
#[cfg(test)]
mod samples;
#[cfg(feature = "zstd")]
mod zstd;

#[cfg(feature = "zstd")]
pub use self::zstd::Zstd;
pub use chain::Chain;
pub use offload::{Offload, OffloadError};
pub use temporalio_common::{
    data_converters::{PayloadCodec, PayloadConversionError, SerializationContextData},
    protos::temporal::api::common::v1::Payload,
};

use temporalio_common::data_converters::{DataConverter, DefaultFailureConverter, PayloadConverter};

/// What the SDK calls a codec together with all else that it does to values.
pub(crate) fn converter(codec: Chain) -> DataConverter {
    DataConverter::new(PayloadConverter::default(), DefaultFailureConverter::default(), codec)
}
