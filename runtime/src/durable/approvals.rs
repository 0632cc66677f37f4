//! The approvals that a workflow waits for: listed by a query, decided by an update.

use super::{desk::lock, payload};
use crate::tool::{AnyTool, Approval, Decision, DecisionError};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::SystemTime,
};
use temporalio_common::protos::temporal::api::common::v1::Payload;

/// The query that lists them.
pub(crate) const APPROVALS: &str = "steadfast.approvals";
/// The update that decides one.
pub(crate) const DECIDE: &str = "steadfast.decide";

/// What is waited for. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Approvals(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    /// In the order they were asked for, by their number.
    pending: BTreeMap<u64, Pending>,
    asked: u64,
}

struct Pending {
    approval: Approval,
    decision: Option<Decision>,
}

/// One that is waited for, until this is dropped.
pub(crate) struct Awaited {
    approvals: Approvals,
    number: u64,
}

impl Approvals {
    /// Adds one, and gives it its id; `run` is the workflow's run that asks.
    pub(crate) fn ask(&self, run: &str, tool: &AnyTool, mut approval: Approval) -> Awaited {
        let mut contents = lock(&self.0);
        let number = contents.asked;
        contents.asked += 1;
        approval.id = approval.id_in(&format!("{run}/{number}"), tool);
        contents.pending.insert(number, Pending { approval, decision: None });
        drop(contents);
        Awaited { approvals: self.clone(), number }
    }

    /// Those that nobody has decided.
    pub(crate) fn list(&self) -> Result<Payload, String> {
        let contents = lock(&self.0);
        let undecided = contents.pending.values().filter(|pending| pending.decision.is_none());
        let list: Vec<&Approval> = undecided.map(|pending| &pending.approval).collect();
        payload::encode(&list).map_err(|error| error.to_string())
    }

    /// Whether there are any that nobody has decided.
    pub(crate) fn are_awaited(&self) -> bool {
        lock(&self.0).pending.values().any(|pending| pending.decision.is_none())
    }

    /// Whether this can be decided.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check(&self, decision: &Decision) -> Result<(), DecisionError> {
        decision.check()?;
        match lock(&self.0).pending.values().find(|pending| pending.approval.id == decision.id) {
            Some(Pending { decision: None, .. }) => Ok(()),
            Some(Pending { decision: Some(earlier), .. }) => Err(DecisionError::Decided { by: earlier.by.clone() }),
            None => Err(DecisionError::Unknown { id: decision.id.clone() }),
        }
    }

    /// Decides one: the first decision is the one that holds.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn decide(&self, mut decision: Decision, now: SystemTime) -> Result<Decision, DecisionError> {
        self.check(&decision)?;
        decision.at = Some(now);
        let mut contents = lock(&self.0);
        let this = contents.pending.values().find(|pending| pending.approval.id == decision.id);
        let (agent, tool) = this.map(|this| (this.approval.agent.clone(), this.approval.tool.clone())).unzip();
        for Pending { approval, decision: decided } in contents.pending.values_mut() {
            let is_another = Some(&approval.agent) == agent.as_ref() && Some(&approval.tool) == tool.as_ref();
            if decided.is_none() && (approval.id == decision.id || decision.always && is_another) {
                *decided = Some(Decision { id: approval.id.clone(), ..decision.clone() });
            }
        }
        drop(contents);
        Ok(decision)
    }
}

impl Awaited {
    /// What was decided, if somebody has.
    pub(crate) fn decision(&self) -> Option<Decision> {
        lock(&self.approvals.0).pending.get(&self.number).and_then(|pending| pending.decision.clone())
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        lock(&self.approvals.0).pending.remove(&self.number);
    }
}
