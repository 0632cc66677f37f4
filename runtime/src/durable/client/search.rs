//! Search attributes: values of a user's own, and the two that the framework keeps.

use super::Client;
use crate::durable::payload;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, SystemTime},
};
use temporalio_client::{
    WorkflowStartOptions,
    tonic::{Code, Request},
};
use temporalio_common::{
    protos::temporal::api::{
        common::v1::{Payload, SearchAttributes as Proto},
        enums::v1::IndexedValueType,
        operatorservice::v1::ListSearchAttributesRequest,
    },
    search_attributes::{SearchAttributeKey, SearchAttributeUpdate, SearchAttributeValue, SearchAttributes, Timestamp},
};

/// What a workflow is doing, and which agent does it. The namespace has to know both, each as a `Keyword`.
pub(crate) const STATUS: &str = "SteadfastStatus";
pub(crate) const AGENT: &str = "SteadfastAgent";

/// The status that every workflow starts with.
pub(crate) const RUNNING: &str = "running";

/// How long the server may take to tell its search attributes.
const PATIENCE: Duration = Duration::from_secs(5);

/// What kind of values a search attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SearchKind {
    /// A text that is found as a whole.
    Keyword,
    /// Several such texts.
    KeywordList,
    /// A text that is found by its words.
    Text,
    /// A whole number.
    Int,
    /// Any number.
    Double,
    /// Yes or no.
    Bool,
    /// A time.
    Datetime,
}

/// As the server names it.
impl fmt::Display for SearchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The value of a search attribute. The server knows of each attribute what kind of value it has, and refuses others.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SearchValue {
    /// A `Keyword`, which is found as a whole, or a `Text`, which is found by its words.
    Text(String),
    /// A `KeywordList`.
    List(Vec<String>),
    /// An `Int`.
    Int(i64),
    /// A `Double`.
    Number(f64),
    /// A `Bool`.
    Bool(bool),
    /// A `Datetime`.
    Time(SystemTime),
}

impl SearchValue {
    /// How many bytes of JSON it is, which is what a server counts; of a short one, about.
    pub(crate) fn size(&self) -> usize {
        const OTHERS: usize = 40;
        let json = match self {
            Self::Text(text) => serde_json::to_vec(text),
            Self::List(list) => serde_json::to_vec(list),
            Self::Int(_) | Self::Number(_) | Self::Bool(_) | Self::Time(_) => return OTHERS,
        };
        json.map_or(0, |json| json.len())
    }

    /// Refuses a name that is not the user's to set.
    pub(crate) fn check_name(name: &str) -> Result<(), String> {
        if name.starts_with("Steadfast") {
            return Err(format!("the search attribute `{name}` is kept by this crate"));
        }
        Ok(())
    }

    /// Refuses what no server would take under this name.
    pub(crate) fn check(&self, name: &str) -> Result<(), String> {
        self.check_number(name)?;
        match self.size() {
            bytes if bytes > MAX_ATTRIBUTE => Err(format!(
                "the search attribute `{name}` is {bytes} bytes, over the server's limit of {MAX_ATTRIBUTE}"
            )),
            _ => Ok(()),
        }
    }

    /// Refuses a number that is none.
    fn check_number(&self, name: &str) -> Result<(), String> {
        match self {
            Self::Number(number) if !number.is_finite() => {
                Err(format!("the search attribute `{name}` cannot be {number}"))
            }
            _ => Ok(()),
        }
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $into:expr;)+) => {$(
        impl From<$type> for SearchValue {
            fn from($value: $type) -> Self {
                $into
            }
        }
    )+};
}

from! {
    &str => |value| Self::Text(value.to_owned());
    String => |value| Self::Text(value);
    Vec<String> => |value| Self::List(value);
    i64 => |value| Self::Int(value);
    i32 => |value| Self::Int(value.into());
    u32 => |value| Self::Int(value.into());
    f64 => |value| Self::Number(value);
    bool => |value| Self::Bool(value);
    SystemTime => |value| Self::Time(value);
}

pub(crate) fn encode(values: &BTreeMap<String, SearchValue>) -> Result<SearchAttributes, String> {
    let fields = values.iter().map(|(key, value)| {
        value.check_number(key)?;
        let payload = match value {
            SearchValue::Text(text) => payload::encode(text),
            SearchValue::List(list) => payload::encode(list),
            SearchValue::Int(number) => payload::encode(number),
            SearchValue::Number(number) => payload::encode(number),
            SearchValue::Bool(is_so) => payload::encode(is_so),
            SearchValue::Time(time) => payload::encode(&Timestamp::from(*time).to_string()),
        };
        let payload = payload.map_err(|error| format!("the search attribute `{key}` does not serialise: {error}"))?;
        Ok((key.clone(), payload))
    });
    Ok(Proto { indexed_fields: fields.collect::<Result<_, String>>()? }.into())
}

/// The largest value that a server takes, in bytes of JSON (`limit.searchAttributesSizeOfValue`).
const MAX_ATTRIBUTE: usize = 2_048;

/// What sets an attribute while its workflow runs, or takes it away. A number has to be finite.
pub(crate) fn update(name: &'static str, value: Option<SearchValue>) -> Option<SearchAttributeUpdate> {
    match value {
        // What the SDK sends to take one away has no encoding, and server 1.32 refuses that. An empty list is none.
        None => SearchAttributeKey::keyword_list(name).try_value_set(Vec::new()).ok(),
        // The server knows whether the attribute is one of the other kind of text.
        Some(SearchValue::Text(text)) => SearchAttributeKey::keyword(name).try_value_set(text).ok(),
        Some(SearchValue::List(list)) => SearchAttributeKey::keyword_list(name).try_value_set(list).ok(),
        Some(SearchValue::Int(number)) => SearchAttributeKey::int(name).try_value_set(number).ok(),
        Some(SearchValue::Number(number)) => SearchAttributeKey::float(name).try_value_set(number).ok(),
        Some(SearchValue::Bool(is_so)) => SearchAttributeKey::bool(name).try_value_set(is_so).ok(),
        Some(SearchValue::Time(time)) => SearchAttributeKey::datetime(name).try_value_set(Timestamp::from(time)).ok(),
    }
}

/// Reads what the server tells. Of each value it says what kind it is.
pub(super) fn decode(attributes: Option<&Proto>) -> BTreeMap<String, SearchValue> {
    let fields = attributes.into_iter().flat_map(|attributes| &attributes.indexed_fields);
    fields.filter_map(|(key, payload)| Some((key.clone(), decode_one(payload)?))).collect()
}

fn decode_one(payload: &Payload) -> Option<SearchValue> {
    let kind = payload.metadata.get("type").map(Vec::as_slice);
    if kind == Some(b"Datetime") {
        let time = Timestamp::from_search_attribute_payload(payload).ok()?;
        return SystemTime::try_from(time).ok().map(SearchValue::Time);
    }
    Some(match payload::decode::<Value>(Some(payload)).ok()? {
        Value::String(text) => SearchValue::Text(text),
        Value::Bool(is_so) => SearchValue::Bool(is_so),
        Value::Number(number) => match number.as_i64().filter(|_| kind != Some(b"Double")) {
            Some(number) => SearchValue::Int(number),
            None => SearchValue::Number(number.as_f64()?),
        },
        Value::Array(list) => SearchValue::List(list.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        Value::Null | Value::Object(_) => return None,
    })
}

/// Says in the start itself that the namespace knows our attributes. It stands in the history from then on, so the
/// workflow's code can go by it, in every replay.
pub(super) async fn mark(options: &mut WorkflowStartOptions, client: &Client) {
    if !client.knows_our_attributes().await {
        return;
    }
    let mut attributes = options.search_attributes.take().unwrap_or_default().into_proto();
    if let Ok(running) = payload::encode(RUNNING) {
        attributes.indexed_fields.entry(STATUS.to_owned()).or_insert(running);
    }
    options.search_attributes = Some(attributes.into());
}

impl Client {
    /// Asked until there is an answer. Who may not ask, or is not answered, goes without: a command with an attribute that
    /// the namespace does not know would fail the workflow's task, over and over.
    async fn knows_our_attributes(&self) -> bool {
        let ask = || async {
            let mut operator = self.temporal().connection().operator_service();
            let request = Request::new(ListSearchAttributesRequest { namespace: self.namespace().to_owned() });
            match tokio::time::timeout(PATIENCE, operator.list_search_attributes(request)).await {
                Ok(Ok(known)) => {
                    let (keyword, known) = (IndexedValueType::Keyword as i32, known.into_inner().custom_attributes);
                    Ok([STATUS, AGENT].iter().all(|ours| known.get(*ours) == Some(&keyword)))
                }
                Ok(Err(error)) if matches!(error.code(), Code::PermissionDenied | Code::Unimplemented) => Ok(false),
                Ok(Err(error)) => Err(error.message().to_owned()),
                Err(_) => Err("no answer in time".to_owned()),
            }
        };
        let known = self.knows_ours.get_or_try_init(ask).await;
        known.copied().unwrap_or_else(|reason| {
            tracing::debug!(reason, "the server does not tell its search attributes");
            false
        })
    }
}
