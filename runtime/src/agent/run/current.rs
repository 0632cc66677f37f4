//! The agent whose turn it is.

use crate::{
    agent::{AnyAgent, AnySpec, RunErrorKind},
    tool::Registered,
};
use std::sync::Arc;

/// The agent whose turn it is.
pub(super) struct Current<'a> {
    value: Whose<'a>,
    pub(super) spec: AnySpec,
}

/// Its value: the caller's, until a handoff brings one of the run's own.
pub(super) enum Whose<'a> {
    Callers(&'a dyn AnyAgent),
    HandedOver(Arc<dyn AnyAgent>),
}

impl<'a> Current<'a> {
    pub(super) fn of(value: Whose<'a>, registered: &Registered) -> Result<Self, RunErrorKind> {
        let agent = value.agent();
        let spec = agent.resolve(registered);
        let spec = spec.map_err(|reason| RunErrorKind::InvalidAgent { agent: agent.name().to_owned(), reason })?;
        Ok(Self { value, spec })
    }

    pub(super) fn value(&self) -> &dyn AnyAgent {
        self.value.agent()
    }
}

impl Whose<'_> {
    fn agent(&self) -> &dyn AnyAgent {
        match self {
            Self::Callers(agent) => *agent,
            Self::HandedOver(agent) => agent.as_ref(),
        }
    }
}
