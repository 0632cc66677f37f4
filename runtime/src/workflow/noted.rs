//! What a workflow notes on itself while it runs, for whoever lists workflows and looks at one.

use crate::{Error, Result, SearchValue, effects::Noted, runner::here};
use serde::Serialize;

/// Sets a search attribute of this workflow, by which [`Client::list`](crate::Client::list) finds it. Set in one step with
/// others, it costs the history one event.
///
/// The namespace has to know the attribute, and what kind of value it has: else the server does not take the workflow's task,
/// which is tried again until somebody has added it (`temporal operator search-attribute create --name Stage --type Keyword`),
/// and nothing is lost meanwhile. It is not encoded by the app's codec. Outside a workflow it does nothing.
///
/// ```
/// # use steadfast::{prelude::*, workflow};
/// # /// Packs.
/// # #[activity] fn pack(order: u32) {}
/// #[workflow]
/// async fn fulfil(order: u32) -> Result<()> {
///     workflow::upsert_search_attribute("Stage", "packing")?;
///     pack::call(order).await?;
///     workflow::upsert_search_attribute("Stage", "shipping")?;
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// # Errors
/// When no server would take the value: a number that is none, and a text or a list of more than 2,048 bytes of
/// JSON (`limit.searchAttributesSizeOfValue`). And for the names that begin with `Steadfast`, which this crate keeps.
pub fn upsert_search_attribute(name: &'static str, value: impl Into<SearchValue>) -> Result<()> {
    note_search(name, Some(value.into()))
}

/// Takes a search attribute away from this workflow.
///
/// # Errors
/// For the names that begin with `Steadfast`.
pub fn remove_search_attribute(name: &'static str) -> Result<()> {
    note_search(name, None)
}

fn note_search(name: &'static str, value: Option<SearchValue>) -> Result<()> {
    SearchValue::check_name(name).map_err(Error::other)?;
    value.as_ref().map_or(Ok(()), |value| value.check(name)).map_err(Error::other)?;
    here().upsert(Noted { attributes: [(name, value)].into(), ..Noted::default() });
    Ok(())
}

/// Notes something on this workflow that [`Handle::describe`](crate::Handle::describe) and lists show, and that cannot be
/// searched for. It takes the place of what was noted under that key, and `null` takes it away. It goes through the app's
/// codec. Outside a workflow it does nothing.
///
/// # Errors
/// When the value does not serialise, or is more than 64 KiB: all of them have 2 MiB together (`limit.memoSize.error`), each
/// new run is given them again, and lists show them.
pub fn upsert_memo(key: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Result<()> {
    let (key, value) = (key.into(), serde_json::to_value(value)?);
    let bytes = value.to_string().len();
    if bytes > MAX_MEMO {
        return Err(Error::other(format!(
            "the memo `{key}` is {bytes} bytes, over the limit of {MAX_MEMO}; note less"
        )));
    }
    here().upsert(Noted { memo: [(key, value)].into(), ..Noted::default() });
    Ok(())
}

/// The largest memo, in bytes of JSON.
const MAX_MEMO: usize = 64 * 1024;
