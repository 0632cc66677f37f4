//! The books of a run: what was spent, by whom and on which model, and whether there is anything left to spend.
//!
//! An agent that was called as a tool, and a guardrail that is one, keep books of their own, and whatever they enter is
//! entered in the books of their callers too. So a budget holds for all that happens under it, runs side by side
//! included, and nothing that was paid is forgotten when a run is called off.

use super::{
    RunErrorKind,
    budget::{Budget, Budgeted},
};
use crate::model::{Cost, ModelResponse, Usage};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How deep agents may call each other where nobody says otherwise. Each level can make as many runs as the one above has
/// turns, so a circle of agents that call each other would else be paid for without end.
const DEEPEST: u32 = 8;

/// What one agent has spent on one model in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// The agent.
    pub agent: String,
    /// The model that answered, as the agent or the run names it.
    pub model: String,
    /// What it was paid.
    pub usage: Usage,
}

/// What was spent so far. It goes with the run when it goes on elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Spent {
    /// Model calls begun, by the run and by all that it has called.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) model_calls: u64,
    /// Tool calls begun.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) tool_calls: u64,
    /// In the order of each one's first answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) shares: Vec<Share>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Spent {
    pub(crate) fn usage(&self) -> Usage {
        self.shares.iter().fold(Usage::default(), |mut sum, share| {
            sum += share.usage;
            sum
        })
    }

    /// Enters what another run has spent.
    pub(crate) fn add(&mut self, shares: &[Share]) {
        for Share { agent, model, usage } in shares {
            self.enter(agent, model, *usage);
        }
    }

    fn enter(&mut self, agent: &str, model: &str, usage: Usage) {
        match self.shares.iter_mut().find(|share| share.agent == agent && share.model == model) {
            Some(share) => share.usage += usage,
            None => self.shares.push(Share { agent: agent.to_owned(), model: model.to_owned(), usage }),
        }
    }
}

/// The books of one run, and those of the runs it is within.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    budget: Budget,
    spent: Mutex<Spent>,
    within: Option<Arc<Ledger>>,
}

impl Ledger {
    /// Books for a run within another, or for one by itself.
    ///
    /// # Errors
    /// When agents have called each other as deep as they may.
    pub(crate) fn open(budget: Budget, within: Option<Arc<Self>>) -> Result<Arc<Self>, RunErrorKind> {
        let ledger = Self { budget, spent: Mutex::default(), within };
        for (depth, above) in (0_u32..).zip(ledger.all()) {
            // Who says nothing is held to the default by the outermost run alone, lest ten levels be eight.
            let deepest = above.budget.depth.or(above.within.is_none().then_some(DEEPEST));
            if let Some(limit) = deepest.filter(|limit| depth > *limit) {
                return Err(exceeded(Budgeted::Depth, u64::from(limit), u64::from(depth)));
            }
        }
        Ok(Arc::new(ledger))
    }

    /// Goes on from where the run was elsewhere.
    pub(crate) fn restore(&self, spent: Spent) {
        *self.lock() = spent;
    }

    pub(crate) fn spent(&self) -> Spent {
        self.lock().clone()
    }

    /// Takes a model call out of all budgets, unless one of them is spent.
    pub(crate) fn begin_model_call(&self) -> Result<(), RunErrorKind> {
        self.all().try_for_each(Self::affords_a_model_call)?;
        self.all().for_each(|ledger| ledger.lock().model_calls += 1);
        Ok(())
    }

    /// Enters an answer; an error if it has cost more than there was.
    pub(crate) fn answered(&self, agent: &str, model: &str, response: &ModelResponse) -> Result<(), RunErrorKind> {
        let mut usage = response.usage;
        if let Some(cost) = response.cost {
            usage.cost = cost;
        }
        self.all().for_each(|ledger| ledger.lock().enter(agent, model, usage));
        if response.cost.is_none() && self.all().any(|ledger| ledger.budget.cost.is_some()) {
            return Err(RunErrorKind::NoPrice { model: model.to_owned() });
        }
        self.all().try_for_each(|ledger| ledger.tokens_and_cost(|spent, limit| spent > limit))
    }

    /// Takes tool calls out of all budgets, if all of them can be made.
    pub(crate) fn begin_tool_calls(&self, calls: usize) -> Result<(), RunErrorKind> {
        let calls = calls as u64;
        for ledger in self.all() {
            let wanted = ledger.lock().tool_calls + calls;
            if let Some(limit) = ledger.budget.tool_calls.filter(|limit| wanted > *limit) {
                return Err(exceeded(Budgeted::ToolCalls, limit, wanted));
            }
        }
        self.all().for_each(|ledger| ledger.lock().tool_calls += calls);
        Ok(())
    }

    fn affords_a_model_call(&self) -> Result<(), RunErrorKind> {
        let wanted = self.lock().model_calls + 1;
        if let Some(limit) = self.budget.model_calls.filter(|limit| wanted > *limit) {
            return Err(exceeded(Budgeted::ModelCalls, limit, wanted));
        }
        // No answer costs nothing, so what is spent to the last token does not do for another.
        self.tokens_and_cost(|spent, limit| spent >= limit)
    }

    fn tokens_and_cost(&self, is_over: fn(u64, u64) -> bool) -> Result<(), RunErrorKind> {
        let usage = self.lock().usage();
        let of_both = [
            (Budgeted::Tokens, usage.total_tokens(), self.budget.tokens),
            (Budgeted::Cost, usage.cost.nanos(), self.budget.cost.map(Cost::nanos)),
        ];
        for (of, spent, limit) in of_both {
            if let Some(limit) = limit.filter(|limit| is_over(spent, *limit)) {
                return Err(exceeded(of, limit, spent));
            }
        }
        Ok(())
    }

    /// These books, then those of the run that this one is within, and so on.
    fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |ledger| ledger.within.as_deref())
    }

    /// Entries are made whole, so a poisoned lock protects nothing that could be half-written.
    fn lock(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn exceeded(of: Budgeted, limit: u64, spent: u64) -> RunErrorKind {
    RunErrorKind::BudgetExceeded { of, limit, spent }
}
