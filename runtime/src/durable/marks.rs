//! The search attributes that a workflow keeps: which agent has the word, and whether somebody's approval is waited for.
//!
//! A command with an attribute that the namespace does not know would fail the workflow's task, over and over. Whoever
//! starts a workflow looks, and says so by setting the status in the start itself. That is in the history, and in the
//! start of each run that the workflow continues as: so every replay decides the same.

use super::client::search::{AGENT, RUNNING, STATUS};
use temporalio_common::search_attributes::{SearchAttributeKey, SearchAttributeUpdate, SearchAttributes};

/// The status while a call waits for somebody to approve it.
const AWAITING_APPROVAL: &str = "awaiting_approval";

const STATUS_KEY: SearchAttributeKey<String> = SearchAttributeKey::keyword(STATUS);
const AGENT_KEY: SearchAttributeKey<String> = SearchAttributeKey::keyword(AGENT);

/// What the attributes are at present.
#[derive(Debug)]
pub(crate) struct Marks {
    status: String,
    agent: Option<String>,
}

impl Marks {
    /// The attributes that the workflow's start has, if it has any of ours.
    pub(crate) fn of(attributes: &SearchAttributes) -> Option<Self> {
        Some(Self { status: attributes.get(&STATUS_KEY)?, agent: attributes.get(&AGENT_KEY) })
    }

    /// What a child is started with, so that it keeps them too.
    pub(crate) fn of_child(parent: &SearchAttributes) -> Option<(&'static str, &'static str)> {
        parent.get(&STATUS_KEY).map(|_| (STATUS, RUNNING))
    }

    /// What has changed. Each time that anything has costs the workflow an event.
    pub(crate) fn changed(&mut self, awaits_approval: bool, agent: Option<String>) -> Vec<SearchAttributeUpdate> {
        let mut changed = Vec::new();
        let status = if awaits_approval { AWAITING_APPROVAL } else { RUNNING };
        if self.status != status {
            status.clone_into(&mut self.status);
            changed.push(STATUS_KEY.value_set(self.status.clone()));
        }
        if let Some(agent) = agent
            && self.agent.as_ref() != Some(&agent)
        {
            changed.push(AGENT_KEY.value_set(agent.clone()));
            self.agent = Some(agent);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_is_told_and_only_where_the_start_has_the_status() {
        assert!(Marks::of(&SearchAttributes::default()).is_none());
        let started = SearchAttributes::new([STATUS_KEY.value_set(RUNNING.to_owned())]);
        let mut marks = Marks::of(&started).expect("the start has it");
        let names = |changed: Vec<SearchAttributeUpdate>| -> Vec<String> {
            changed.iter().map(|update| update.name().to_owned()).collect()
        };
        assert!(marks.changed(false, None).is_empty());
        assert_eq!(names(marks.changed(false, Some("Clerk".to_owned()))), [AGENT]);
        assert!(marks.changed(false, Some("Clerk".to_owned())).is_empty());
        assert_eq!(names(marks.changed(true, Some("Refunds".to_owned()))), [STATUS, AGENT]);
        assert_eq!(names(marks.changed(false, None)), [STATUS]);
    }
}
