//! A run of an agent as a workflow of its own, started by the one that waits for it.

use super::Running;
use crate::{
    Error, Result, WorkflowError,
    agent::{AgentOutput, Answer, Run, parse_answer},
    conversation::{OPTIONS, WHOLE},
    effects::ChildStart,
    runner::here,
};
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use std::{fmt, future::IntoFuture};

/// A run that is to be a child workflow, made by [`Running::as_child`]: await it, or say first where it runs.
#[must_use = "a run does nothing until it is awaited"]
pub struct ChildRun<'a, T> {
    run: Running<'a, T>,
    id: Option<String>,
    task_queue: Option<String>,
}

impl<'a, T> ChildRun<'a, T> {
    pub(super) fn of(run: Running<'a, T>) -> Self {
        Self { run, id: None, task_queue: None }
    }

    /// Sets the id of its workflow. By default it is made of this workflow's id, the agent's name, and a number.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Has its workflow run by the workers of another task queue. They need the agent: `App::agent`.
    pub fn task_queue(mut self, task_queue: impl Into<String>) -> Self {
        self.task_queue = Some(task_queue.into());
        self
    }
}

impl<'a, T: AgentOutput> IntoFuture for ChildRun<'a, T> {
    type Output = Result<Run<T>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { run, id, task_queue } = self;
            if !here().has_children() {
                return Ok(run.await?);
            }
            let (name, format) = (run.agent.name().to_owned(), run.format());
            let refused = |why: String| Error::other(format!("the run of agent `{name}` cannot be a child: {why}"));
            let input = run.into_input().map_err(refused)?;
            let call = ChildStart { id, task_queue, ..ChildStart::of(&name, Ok(Value::Object(input))) };
            let Some(child) = here().run_child(call) else { return Err(Error::other("there is no server")) };
            let result = match child.await {
                Ok(result) => result,
                // What the run had done is in it, as if it had been here.
                Err(WorkflowError::Failed { run: Some(run), .. }) => return Err(Error::Run(*run)),
                Err(error) => return Err(error.into()),
            };
            let answer: Answer = serde_json::from_value(result)?;
            match parse_answer(&answer, format) {
                Ok(output) => Ok(answer.into_run(output)),
                Err(error) => Err(Error::Run(answer.invalid(&error))),
            }
        })
    }
}

/// The input of an agent's workflow that gives back the whole run.
pub(super) fn input(mut fields: Map<String, Value>, asked: Value, options: &Value) -> Map<String, Value> {
    fields.insert("input".to_owned(), asked);
    fields.insert(OPTIONS.to_owned(), json!({WHOLE: true, "run": options}));
    fields
}

impl<T> fmt::Debug for ChildRun<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChildRun({:?})", self.run)
    }
}
