//! What one call of a tool or an activity sets in place of its own options.

use super::ToolOptions;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a call sets. It goes with the call, since the worker keeps time and counts the attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CallOptions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retries: Option<u32>,
    /// The server keeps this time.
    #[serde(skip)]
    pub(crate) schedule_to_close: Option<Duration>,
}

impl CallOptions {
    /// Whether there is nothing that a worker has to know.
    pub(crate) fn is_nothing(&self) -> bool {
        self.timeout.is_none() && self.retries.is_none()
    }

    /// The tool's options, with what the call sets.
    pub(crate) fn over(self, options: &ToolOptions) -> ToolOptions {
        ToolOptions {
            timeout: self.timeout.unwrap_or(options.timeout),
            retries: self.retries.unwrap_or(options.retries),
            schedule_to_close: self.schedule_to_close.or(options.schedule_to_close),
            ..*options
        }
    }
}
