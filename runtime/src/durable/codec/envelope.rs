//! A whole payload inside of another: what the codecs here put in place of the original, so that its metadata comes
//! back with it.

use super::Payload;
use prost::{DecodeError, Message};
use std::collections::BTreeMap;
use temporalio_common::protos::temporal::api::common::v1::payload::ExternalPayloadDetails;

const ENCODING: &str = "encoding";

/// The same message as [`Payload`], written in one way only. The order of a `HashMap` differs each time, and a blob
/// that is found by its content would be another blob each time.
#[derive(Message)]
struct Ordered {
    #[prost(btree_map = "string, bytes", tag = "1")]
    metadata: BTreeMap<String, Vec<u8>>,
    #[prost(bytes = "vec", tag = "2")]
    data: Vec<u8>,
    #[prost(message, repeated, tag = "3")]
    external_payloads: Vec<ExternalPayloadDetails>,
}

/// The payload as bytes: equal for equal payloads.
pub(crate) fn to_bytes(payload: Payload) -> Vec<u8> {
    let Payload { metadata, data, external_payloads } = payload;
    Ordered { metadata: metadata.into_iter().collect(), data, external_payloads }.encode_to_vec()
}

/// What [`to_bytes`] has written.
pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Payload, DecodeError> {
    Payload::decode(bytes)
}

/// A payload that says how its data is encoded.
pub(crate) fn marked(encoding: &str, data: Vec<u8>) -> Payload {
    let metadata = [(ENCODING.to_owned(), encoding.as_bytes().to_vec())].into();
    Payload { metadata, data, ..Payload::default() }
}

/// Whether the payload says that its data is encoded so.
pub(crate) fn is_marked(payload: &Payload, encoding: &str) -> bool {
    payload.metadata.get(ENCODING).is_some_and(|mark| mark == encoding.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_metadata() -> Payload {
        let metadata = (0..20).map(|n| (format!("key {n}"), vec![n])).collect();
        let external_payloads = vec![ExternalPayloadDetails { size_bytes: 7 }];
        Payload { metadata, data: b"data".to_vec(), external_payloads }
    }

    #[test]
    fn nothing_of_a_payload_is_lost() {
        assert_eq!(from_bytes(&to_bytes(with_metadata())).unwrap(), with_metadata());
    }

    #[test]
    fn equal_payloads_are_equal_bytes() {
        assert_eq!(to_bytes(with_metadata()), to_bytes(with_metadata()));
    }

    #[test]
    fn the_size_is_that_of_the_payload() {
        assert_eq!(to_bytes(with_metadata()).len(), with_metadata().encoded_len());
    }
}
