//! What a run may spend.

use crate::model::Cost;
use serde::{Deserialize, Serialize};

/// What a run may spend: it and all the agents that it calls or hands over to, together. What is `None` is not limited.
///
/// It is set for one run with [`Running::budget`](crate::Running::budget), or for all runs that begin with an agent by
/// `#[agent(budget(tokens = 50_000))]`; for what is set in both, the run's own holds. A run that would go over it ends with
/// [`BudgetExceeded`](crate::RunErrorKind::BudgetExceeded): before a call that would be one too many; and after an
/// answer that has cost more than there was, for nobody knows that before. So what is spent too much is at most the calls
/// in flight.
///
/// Turns have a limit of their own, [`max_turns`](crate::Running::max_turns), and so has time,
/// [`timeout`](crate::Running::timeout).
///
/// ```
/// use steadfast::Budget;
///
/// const SMALL: Budget = Budget::new().tokens(50_000).tool_calls(20).cost(0.25);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Budget {
    /// Calls of models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_calls: Option<u64>,
    /// Calls of tools, agents that are tools included; those at the provider are not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<u64>,
    /// Tokens, read and written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Money. It needs [`App::prices`](crate::App::prices).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// How deep agents may call each other as tools; 8 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<u32>,
}

impl Budget {
    /// No limits.
    #[must_use]
    pub const fn new() -> Self {
        Self { model_calls: None, tool_calls: None, tokens: None, cost: None, depth: None }
    }

    /// Sets how many calls of models it may make.
    #[must_use]
    pub const fn model_calls(self, calls: u64) -> Self {
        Self { model_calls: Some(calls), ..self }
    }

    /// Sets how many calls of tools it may make.
    #[must_use]
    pub const fn tool_calls(self, calls: u64) -> Self {
        Self { tool_calls: Some(calls), ..self }
    }

    /// Sets how many tokens may be read and written.
    #[must_use]
    pub const fn tokens(self, tokens: u64) -> Self {
        Self { tokens: Some(tokens), ..self }
    }

    /// Sets what it may cost, in the currency of [`App::prices`](crate::App::prices).
    #[must_use]
    pub const fn cost(self, units: f64) -> Self {
        Self { cost: Some(Cost::of(units)), ..self }
    }

    /// Sets how deep agents may call each other as tools; without it, 8.
    #[must_use]
    pub const fn depth(self, depth: u32) -> Self {
        Self { depth: Some(depth), ..self }
    }

    /// The same, with what `other` sets in place of its own.
    pub(crate) fn overlaid(self, other: Self) -> Self {
        Self {
            model_calls: other.model_calls.or(self.model_calls),
            tool_calls: other.tool_calls.or(self.tool_calls),
            tokens: other.tokens.or(self.tokens),
            cost: other.cost.or(self.cost),
            depth: other.depth.or(self.depth),
        }
    }
}

/// What a [`Budget`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Budgeted {
    /// Calls of models.
    ModelCalls,
    /// Calls of tools.
    ToolCalls,
    /// Tokens, read and written.
    Tokens,
    /// Money, in billionths of a unit.
    Cost,
    /// Agents that call each other.
    Depth,
}

impl Budgeted {
    /// So much of it.
    pub(super) fn number(self, n: u64) -> String {
        match self {
            Self::Cost => Cost::from_nanos(n).to_string(),
            _ => n.to_string(),
        }
    }

    /// The same with what it is of.
    pub(super) fn amount(self, n: u64) -> String {
        let of = match self {
            Self::ModelCalls => "model calls",
            Self::ToolCalls => "tool calls",
            Self::Tokens => "tokens",
            Self::Cost => "in money",
            Self::Depth => "levels of agents that call each other",
        };
        format!("{} {of}", self.number(n))
    }
}
