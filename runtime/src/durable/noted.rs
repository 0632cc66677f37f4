//! What a workflow's code notes on the workflow, on its way to the server.

use super::client::search;
use crate::effects::Noted;
use temporalio_common::{MemoValue, data_converters::PayloadConversionError};
use temporalio_workflow::WorkflowContext;

/// Notes it.
pub(crate) fn write<S>(context: &WorkflowContext<S>, noted: Noted) -> Result<(), PayloadConversionError> {
    let attributes = noted.attributes.into_iter().filter_map(|(name, value)| search::update(name, value));
    let attributes: Vec<_> = attributes.collect();
    if !attributes.is_empty() {
        context.upsert_search_attributes(attributes);
    }
    let memo = noted.memo.into_iter().map(|(key, value)| (key, (!value.is_null()).then(|| MemoValue::new(value))));
    let memo: Vec<_> = memo.collect();
    if memo.is_empty() { Ok(()) } else { context.upsert_memo(memo) }
}
