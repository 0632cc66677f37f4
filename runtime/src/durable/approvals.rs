//! The approvals that a workflow waits for: listed by a query, decided by an update.

use super::{desk::lock, payload};
use crate::tool::{AnyTool, Approval, Decision};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
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
        approval.id = id(run, number, tool, &approval);
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

    /// Whether this can be decided.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check(&self, decision: &Decision) -> Result<(), String> {
        if decision.by.trim().is_empty() {
            return Err("a decision says who has made it; `by` is empty".to_owned());
        }
        match lock(&self.0).pending.values().find(|pending| pending.approval.id == decision.id) {
            Some(Pending { decision: None, .. }) => Ok(()),
            Some(Pending { decision: Some(earlier), .. }) => Err(format!("{} has decided that already", earlier.by)),
            None => Err(format!("no approval `{}` is waited for; it may have been decided already", decision.id)),
        }
    }

    /// Decides one: the first decision is the one that holds.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn decide(&self, mut decision: Decision, now: SystemTime) -> Result<Decision, String> {
        self.check(&decision)?;
        decision.at = Some(now);
        for pending in lock(&self.0).pending.values_mut().filter(|pending| pending.approval.id == decision.id) {
            pending.decision = Some(decision.clone());
        }
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

/// What a reviewer names. It covers everything that would be done, so that it cannot stand for anything else.
fn id(run: &str, number: u64, tool: &AnyTool, approval: &Approval) -> String {
    let schema = tool.definition().map(|definition| definition.parameters.to_string()).unwrap_or_default();
    let call = approval.call_id.as_deref().unwrap_or_default();
    let (number, arguments) = (number.to_string(), approval.arguments.to_string());
    let mut hash = Sha256::new();
    for part in [run, &number, &approval.agent, call, &approval.tool, &schema, &arguments] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut id, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}
