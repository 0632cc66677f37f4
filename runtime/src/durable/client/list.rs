//! Finds workflows.

use super::{Client, Filter, Listed, WorkflowError};
use crate::Result;
use futures::StreamExt;
use std::{fmt, pin::Pin};
use temporalio_client::{ListWorkflowsStream, WorkflowCountOptions, WorkflowListOptions, errors::ClientError};

impl Client {
    /// The workflows of the namespace that a filter means, the latest first.
    ///
    /// ```no_run
    /// # use steadfast::{Filter, prelude::*};
    /// # #[workflow]
    /// # async fn weekend(wish: String) -> Result<String> { Ok(wish) }
    /// # async fn example(app: App) -> Result<()> {
    /// let client = app.client().await?;
    /// let mut waiting = client.list(Filter::of(weekend).running().doing("awaiting_approval"));
    /// while let Some(listed) = waiting.next().await? {
    ///     println!("{} since {:?}", listed.id, listed.started);
    ///     let approvals = client.handle::<String>(listed.id).approvals().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// What has just happened is not in it yet: a workflow that has started or ended shows up a moment later.
    ///
    /// Every workflow keeps two search attributes of its own, if the namespace knows both of them as keywords when it
    /// is started: `SteadfastAgent`, the agent that was last to begin a run or to be handed one, and `SteadfastStatus`,
    /// which is `running`, or `awaiting_approval` while a call waits for somebody's decision. Each change costs the
    /// workflow an event: one for the first agent, one for each handoff, two for each wait. A local dev server knows them
    /// in the namespace `default` of a database that it has made; another learns them once:
    ///
    /// ```text
    /// temporal operator search-attribute create --name SteadfastAgent --type Keyword
    /// temporal operator search-attribute create --name SteadfastStatus --type Keyword
    /// ```
    pub fn list(&self, filter: impl Into<Filter>) -> Listing {
        let query = filter.into().to_string();
        let found = self.temporal().list_workflows(query.as_str(), WorkflowListOptions::default());
        Listing { query, found: Box::pin(found) }
    }

    /// How many workflows a filter means.
    ///
    /// # Errors
    /// When the server cannot be reached, or does not understand the filter.
    pub async fn count(&self, filter: impl Into<Filter>) -> Result<u64> {
        let query = filter.into().to_string();
        let counted = self.temporal().count_workflows(query.as_str(), WorkflowCountOptions::default()).await;
        let counted = counted.map_err(|error| refused(&query, error))?;
        Ok(u64::try_from(counted.count()).unwrap_or(u64::MAX))
    }
}

/// Workflows that are being found; made by [`Client::list`].
#[must_use = "a list is asked for as it is read"]
pub struct Listing {
    query: String,
    found: Pin<Box<ListWorkflowsStream>>,
}

impl Listing {
    /// The next workflow, or `None` after the last. They come from the server in pages, each when it is needed.
    ///
    /// # Errors
    /// When the server cannot be reached, or does not understand the filter.
    pub async fn next(&mut self) -> Result<Option<Listed>> {
        match self.found.next().await {
            Some(Ok(found)) => Ok(Some(Listed::new(found.raw(), found.status(), &found.memo()))),
            Some(Err(error)) => Err(refused(&self.query, error).into()),
            None => Ok(None),
        }
    }

    /// All of them, which may be many.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn all(mut self) -> Result<Vec<Listed>> {
        let mut all = Vec::new();
        while let Some(listed) = self.next().await? {
            all.push(listed);
        }
        Ok(all)
    }
}

fn refused(query: &str, error: ClientError) -> WorkflowError {
    let message = match error {
        ClientError::Rpc(status) => status.message().to_owned(),
        other => other.to_string(),
    };
    WorkflowError::List { query: query.to_owned(), message }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("query", &self.query).finish_non_exhaustive()
    }
}
