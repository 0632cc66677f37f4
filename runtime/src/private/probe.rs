//! What the types in a workflow's body are: agents, calls of tools, or something else.

use crate::{
    agent::Agent,
    conversation::Startable,
    runner::ToolRun,
    tool::{Tool, ToolDef},
    workflow::Reach,
};
use serde_json::{Map, Value};
use std::marker::PhantomData;

/// Finds out whether `T` is an agent, or the call of a tool or an activity, by which methods it has:
/// `(&Probe::<T>::new()).reach(reach)` with the traits below in scope.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Default for Probe<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// A probe that found an agent.
pub trait ReachAgent {
    /// Adds it.
    fn reach(&self, reach: &mut Reach);
}

impl<A: Agent> ReachAgent for Probe<A> {
    fn reach(&self, reach: &mut Reach) {
        reach.agent(A::SPEC);
    }
}

/// A probe that found the call of a tool or an activity.
pub trait ReachTool {
    /// Adds what is called.
    fn reach(&self, reach: &mut Reach);
}

impl<T: Tool, A, O> ReachTool for Probe<ToolRun<T, A, O>> {
    fn reach(&self, reach: &mut Reach) {
        reach.tool(T::DEF);
    }
}

/// A probe that found something else.
pub trait ReachNothing {
    /// Does nothing.
    fn reach(&self, _: &mut Reach) {}
}

impl<T: ?Sized> ReachNothing for &Probe<T> {}

/// A probe that found an agent that can be started as a workflow.
pub trait Started<A> {
    /// How it is made of an input.
    fn def(&self) -> Option<&'static ToolDef>;
    /// Its fields.
    fn fields(&self, agent: &A) -> Option<Map<String, Value>>;
}

impl<A: Startable> Started<A> for Probe<A> {
    fn def(&self) -> Option<&'static ToolDef> {
        Some(A::DEF)
    }

    fn fields(&self, agent: &A) -> Option<Map<String, Value>> {
        Some(agent.fields())
    }
}

/// A probe that found an agent whose fields do not travel.
pub trait NotStarted<A> {
    /// Nothing.
    fn def(&self) -> Option<&'static ToolDef> {
        None
    }

    /// Nothing.
    fn fields(&self, _: &A) -> Option<Map<String, Value>> {
        None
    }
}

impl<A> NotStarted<A> for &Probe<A> {}

/// The probe for what a function returns, without calling it.
#[must_use]
pub fn probe_returned<F: Returns<Arguments>, Arguments>(_: F) -> Probe<F::Returned> {
    Probe::default()
}

/// A function, by what it returns.
pub trait Returns<Arguments> {
    /// What it returns.
    type Returned;
}

macro_rules! returns {
    ($($argument:ident)*) => {
        impl<Function, Output, $($argument),*> Returns<($($argument,)*)> for Function
        where
            Function: FnOnce($($argument),*) -> Output,
        {
            type Returned = Output;
        }
    };
}

returns!();
returns!(A);
returns!(A B);
returns!(A B C);
returns!(A B C D);
returns!(A B C D E);
returns!(A B C D E F);
returns!(A B C D E F G);
returns!(A B C D E F G H);
