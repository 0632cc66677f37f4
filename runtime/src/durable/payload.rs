//! Payloads: JSON, as every Temporal SDK writes and reads it, and plain bytes.

use serde::{Serialize, de::DeserializeOwned};
use std::str::FromStr;
use temporalio_common::protos::temporal::api::common::v1::Payload;

const ENCODING: &str = "encoding";
const JSON: &[u8] = b"json/plain";
const BINARY: &[u8] = b"binary/plain";

/// Writes a value as JSON.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Payload, serde_json::Error> {
    let data = serde_json::to_vec(value)?;
    Ok(Payload { metadata: [(ENCODING.to_owned(), JSON.to_vec())].into(), data, ..Payload::default() })
}

/// Bytes as they are, with facts about them.
pub(crate) fn binary<const N: usize>(data: Vec<u8>, facts: [(&str, String); N]) -> Payload {
    let facts = facts.into_iter().map(|(name, fact)| (name.to_owned(), fact.into_bytes()));
    let metadata = facts.chain([(ENCODING.to_owned(), BINARY.to_vec())]).collect();
    Payload { metadata, data, ..Payload::default() }
}

/// A fact about a payload, as [`binary`] writes it.
pub(crate) fn fact<T: FromStr>(payload: &Payload, name: &str) -> Option<T> {
    std::str::from_utf8(payload.metadata.get(name)?).ok()?.parse().ok()
}

/// Reads JSON; no payload, or one that says it holds nothing, is `null`.
pub(crate) fn decode<T: DeserializeOwned>(payload: Option<&Payload>) -> Result<T, serde_json::Error> {
    let data = payload.map(|payload| payload.data.as_slice()).filter(|data| !data.is_empty()).unwrap_or(b"null");
    let mut json = serde_json::Deserializer::from_slice(data);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        use serde::de::Error as _;
        let path = error.path().to_string();
        let inner = error.into_inner();
        if path == "." { inner } else { serde_json::Error::custom(format!("`{path}`: {inner}")) }
    })?;
    json.end()?;
    Ok(value)
}
