//! The line between a tool at work and whoever runs it: progress goes one way, and the other way that nobody waits any
//! more.

use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// The tool's end, for one attempt.
#[derive(Debug)]
pub(crate) struct Line {
    told: watch::Sender<Option<Value>>,
    /// What the attempt before told last.
    earlier: Option<Value>,
    waiting: watch::Receiver<()>,
}

/// The other end. When it is dropped, nobody waits for the tool any more.
#[derive(Debug)]
pub(crate) struct Listener {
    told: watch::Receiver<Option<Value>>,
    _waiting: watch::Sender<()>,
}

/// A line for an attempt, after one that told `earlier` last.
pub(crate) fn open(earlier: Option<Value>) -> (Arc<Line>, Listener) {
    let (told, heard) = watch::channel(None);
    let (waiting, ended) = watch::channel(());
    (Arc::new(Line { told, earlier, waiting: ended }), Listener { told: heard, _waiting: waiting })
}

impl Line {
    pub(super) fn tell(&self, progress: Value) {
        // With nobody at the other end the tool runs for nothing, and will see it by itself.
        self.told.send_replace(Some(progress));
    }

    pub(super) fn earlier(&self) -> Option<&Value> {
        self.earlier.as_ref()
    }

    pub(super) fn is_over(&self) -> bool {
        self.waiting.has_changed().is_err()
    }

    pub(super) async fn over(&self) {
        let mut waiting = self.waiting.clone();
        // Nothing is ever sent this way, so all that can happen is that it ends.
        while waiting.changed().await.is_ok() {}
    }

    /// Waits until nothing has been told for so long.
    pub(super) async fn silent(&self, longest: Duration) {
        let mut told = self.told.subscribe();
        while let Ok(Ok(())) = tokio::time::timeout(longest, told.changed()).await {}
    }
}

impl Listener {
    /// What is told, as it comes.
    pub(crate) fn told(&self) -> watch::Receiver<Option<Value>> {
        self.told.clone()
    }

    /// What was told last, here or in the attempt before.
    pub(crate) fn last(&self, line: &Line) -> Option<Value> {
        self.told.borrow().clone().or_else(|| line.earlier.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn both_ends_hear_of_each_other() {
        let (line, listener) = open(Some(json!(1)));
        assert_eq!((listener.last(&line), line.is_over()), (Some(json!(1)), false));
        line.tell(json!(2));
        assert_eq!(listener.last(&line), Some(json!(2)));
        assert_eq!(line.earlier(), Some(&json!(1)));
        drop(listener);
        assert!(line.is_over());
        line.over().await;
        line.tell(json!(3));
    }
}
