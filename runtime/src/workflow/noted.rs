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
/// When no server would take the value, as of a number that is none, and for the names that begin with `Steadfast`, which this
/// crate keeps.
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
    if name.starts_with("Steadfast") {
        return Err(Error::other(format!("the search attribute `{name}` is kept by this crate")));
    }
    if let Some(SearchValue::Number(number)) = &value
        && !number.is_finite()
    {
        return Err(Error::other(format!("the search attribute `{name}` cannot be {number}")));
    }
    here().upsert(Noted { attributes: [(name, value)].into(), ..Noted::default() });
    Ok(())
}

/// Notes something on this workflow that [`Handle::describe`](crate::Handle::describe) and lists show, and that cannot be
/// searched for. It takes the place of what was noted under that key, and `null` takes it away. It goes through the app's
/// codec. Outside a workflow it does nothing.
///
/// # Errors
/// When the value does not serialise.
pub fn upsert_memo(key: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Result<()> {
    let memo = [(key.into(), serde_json::to_value(value)?)].into();
    here().upsert(Noted { memo, ..Noted::default() });
    Ok(())
}
