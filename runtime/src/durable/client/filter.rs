//! Which workflows are meant, in the server's own language of queries.

use super::{
    SearchValue, WorkflowStatus,
    search::{AGENT, STATUS},
};
use crate::workflow::{Workflow, WorkflowFn};
use std::{fmt, time::SystemTime};
use temporalio_common::search_attributes::Timestamp;

/// Which workflows are meant: all, less what each call takes away.
///
/// ```
/// # use steadfast::{Filter, prelude::*};
/// # #[workflow]
/// # async fn weekend(wish: String) -> Result<String> { Ok(wish) }
/// let filter = Filter::of(weekend).running().attribute("Customer", "O'Hara");
/// let query = r"WorkflowType = 'weekend' AND ExecutionStatus = 'Running' AND `Customer` = 'O\'Hara'";
/// assert_eq!(filter.to_string(), query);
/// ```
///
/// Where it does not reach, a [query](https://docs.temporal.io/list-filter) may be written out:
/// `Filter::from("ExecutionStatus != 'Running'")`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Filter(Vec<String>);

impl Filter {
    /// All workflows of the namespace.
    pub fn all() -> Self {
        Self::default()
    }

    /// The runs of this workflow.
    pub fn of<A, F: WorkflowFn<A>>(_: F) -> Self {
        Self::all().workflow(F::Workflow::NAME)
    }

    /// Workflows of this name.
    pub fn workflow(self, name: &str) -> Self {
        self.with(format!("WorkflowType = {}", quoted(name)))
    }

    /// Those that run.
    pub fn running(self) -> Self {
        self.status(WorkflowStatus::Running)
    }

    /// Those in this status.
    pub fn status(self, status: WorkflowStatus) -> Self {
        self.with(format!("ExecutionStatus = '{status}'"))
    }

    /// Those where this agent has the word, or had it last. The namespace has to know `SteadfastAgent`, see
    /// [`Client::list`](crate::Client::list).
    pub fn agent(self, name: &str) -> Self {
        self.attribute(AGENT, name)
    }

    /// Those that do this: `running` or `awaiting_approval`, and what it was last for those that have ended. The namespace
    /// has to know `SteadfastStatus`, see [`Client::list`](crate::Client::list).
    pub fn doing(self, status: &str) -> Self {
        self.attribute(STATUS, status)
    }

    /// Those whose search attribute has this value; of a list, any of its values. A local dev server does not find texts
    /// with a backslash or a double quote.
    pub fn attribute(self, key: &str, value: impl Into<SearchValue>) -> Self {
        let value = match value.into() {
            SearchValue::Text(text) => quoted(&text),
            SearchValue::List(list) => {
                let list: Vec<String> = list.iter().map(|text| quoted(text)).collect();
                return self.with(format!("{} IN ({})", name(key), list.join(", ")));
            }
            SearchValue::Int(number) => number.to_string(),
            SearchValue::Number(number) => number.to_string(),
            SearchValue::Bool(is_so) => is_so.to_string(),
            SearchValue::Time(time) => moment(time),
        };
        self.with(format!("{} = {value}", name(key)))
    }

    /// Those whose id begins so.
    pub fn id_prefix(self, prefix: &str) -> Self {
        self.with(format!("WorkflowId STARTS_WITH {}", quoted(prefix)))
    }

    /// Those on this task queue.
    pub fn task_queue(self, task_queue: &str) -> Self {
        self.with(format!("TaskQueue = {}", quoted(task_queue)))
    }

    /// Those that were started at this time or later.
    pub fn started_since(self, time: SystemTime) -> Self {
        self.with(format!("StartTime >= {}", moment(time)))
    }

    /// Those that were started before.
    pub fn started_before(self, time: SystemTime) -> Self {
        self.with(format!("StartTime < {}", moment(time)))
    }

    /// Those of which this holds too, in the server's language.
    pub fn and(self, query: &str) -> Self {
        self.with(format!("({query})"))
    }

    fn with(mut self, term: String) -> Self {
        self.0.push(term);
        self
    }
}

/// The filter as a query.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" AND "))
    }
}

impl From<&str> for Filter {
    fn from(query: &str) -> Self {
        Self::from(query.to_owned())
    }
}

impl From<String> for Filter {
    fn from(query: String) -> Self {
        if query.trim().is_empty() { Self::all() } else { Self::all().and(&query) }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// A name in a query. There is no name with a backtick, so nothing is lost.
fn name(key: &str) -> String {
    format!("`{}`", key.replace('`', ""))
}

fn moment(time: SystemTime) -> String {
    format!("'{}'", Timestamp::from(time))
}
