//! What a workflow with a state answers to: the table that `#[workflow] impl` makes, and how each entry is called.

use super::WorkflowContext;
use crate::workflow::BoxError;
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::future::Future;

/// Everything that a workflow with the state `S` answers to.
#[derive(Debug)]
pub struct Handlers<S: 'static> {
    /// What changes the state, and is not answered.
    pub signals: &'static [Signal<S>],
    /// What looks at the state.
    pub queries: &'static [Query<S>],
    /// What changes the state, and is answered.
    pub updates: &'static [Update<S>],
}

/// The same, by name only.
#[derive(Clone, Copy, Debug)]
pub struct MessageNames {
    /// Of signals.
    pub signals: &'static [&'static str],
    /// Of queries.
    pub queries: &'static [&'static str],
    /// Of updates.
    pub updates: &'static [&'static str],
}

impl MessageNames {
    /// Nothing that has a handler.
    pub const NONE: Self = Self { signals: &[], queries: &[], updates: &[] };
}

/// A signal's handler.
#[derive(Debug)]
pub struct Signal<S> {
    /// Its name on the server.
    pub name: &'static str,
    /// Runs it.
    pub handle: fn(&WorkflowContext<S>, Value) -> Result<Handled, BoxError>,
}

/// A query's handler.
#[derive(Debug)]
pub struct Query<S> {
    /// Its name on the server.
    pub name: &'static str,
    /// Runs it.
    pub answer: fn(&S, Value) -> Result<Value, BoxError>,
}

/// An update's handler, and what looks at it before.
#[derive(Debug)]
pub struct Update<S> {
    /// Its name on the server.
    pub name: &'static str,
    /// Whether it is to be run.
    pub validate: fn(&S, &Value) -> Result<(), BoxError>,
    /// Runs it.
    pub handle: fn(&WorkflowContext<S>, Value) -> Result<Handled, BoxError>,
}

/// A message that was given to its handler.
pub enum Handled {
    /// It is done with.
    Answered(Result<Value, BoxError>),
    /// It is done with when this is over.
    Later(BoxFuture<'static, Result<Value, BoxError>>),
}

impl std::fmt::Debug for Handled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Answered(_)) { "Answered" } else { "Later" })
    }
}

/// What a handler is given that takes nothing: whatever was sent.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Nothing;

impl<'de> serde::Deserialize<'de> for Nothing {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// A state that is there before anything was sent.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no first state",
    label = "nothing says what the workflow begins with",
    note = "derive `Default` for `{Self}`, or write `#[init] fn new(input: ..) -> Self`"
)]
pub trait FirstState {
    /// The state.
    fn first() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> FirstState for T {
    fn first() -> Self {
        Self::default()
    }
}

/// What a message may carry: anything serde can write and read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to a workflow",
    label = "this has to travel as JSON",
    note = "derive `serde::Serialize` and `serde::Deserialize` for `{Self}`"
)]
pub trait Sent: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> Sent for T {}

/// What a query or an update may answer.
#[diagnostic::on_unimplemented(
    message = "a workflow cannot answer with `{Self}`",
    label = "this has to travel as JSON",
    note = "derive `serde::Serialize` and `serde::Deserialize` for `{Self}`"
)]
pub trait Answer: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Answer for T {}

fn read<T: DeserializeOwned>(input: Value) -> Result<T, BoxError> {
    serde_json::from_value(input).map_err(|error| format!("its input cannot be read: {error}").into())
}

fn write<T: Serialize>(answer: Result<T, BoxError>) -> Result<Value, BoxError> {
    Ok(serde_json::to_value(answer?)?)
}

/// Runs a plain handler of a signal.
///
/// # Errors
/// When the input cannot be read, as with all of these.
pub fn signal<S, I: Sent>(
    context: &WorkflowContext<S>,
    input: Value,
    handle: fn(&mut S, I),
) -> Result<Handled, BoxError> {
    let input = read(input)?;
    context.state_mut(|state| handle(state, input));
    Ok(Handled::Answered(Ok(Value::Null)))
}

/// Begins a handler of a signal that waits.
///
/// # Errors
/// As [`signal`].
pub fn signal_later<S, I: Sent, F: Future<Output = ()> + Send + 'static>(
    context: &WorkflowContext<S>,
    input: Value,
    handle: fn(WorkflowContext<S>, I) -> F,
) -> Result<Handled, BoxError> {
    let handling = handle(context.clone(), read(input)?);
    Ok(Handled::Later(Box::pin(async move {
        handling.await;
        Ok(Value::Null)
    })))
}

/// Answers a query.
///
/// # Errors
/// Also the handler's own.
pub fn query<S, I: Sent, T: Answer>(
    state: &S,
    input: Value,
    answer: fn(&S, I) -> Result<T, BoxError>,
) -> Result<Value, BoxError> {
    write(answer(state, read(input)?))
}

/// Looks at an update before it is run.
///
/// # Errors
/// Also the validator's own.
pub fn validate<S, I: Sent>(
    state: &S,
    input: &Value,
    validate: fn(&S, &I) -> Result<(), BoxError>,
) -> Result<(), BoxError> {
    validate(state, &read(input.clone())?)
}

/// Runs a plain handler of an update.
///
/// # Errors
/// As [`signal`].
pub fn update<S, I: Sent, T: Answer>(
    context: &WorkflowContext<S>,
    input: Value,
    handle: fn(&mut S, I) -> Result<T, BoxError>,
) -> Result<Handled, BoxError> {
    let input = read(input)?;
    Ok(Handled::Answered(write(context.state_mut(|state| handle(state, input)))))
}

/// Begins a handler of an update that waits.
///
/// # Errors
/// As [`signal`].
pub fn update_later<S, I, T, F>(
    context: &WorkflowContext<S>,
    input: Value,
    handle: fn(WorkflowContext<S>, I) -> F,
) -> Result<Handled, BoxError>
where
    I: Sent,
    T: Answer,
    F: Future<Output = Result<T, BoxError>> + Send + 'static,
{
    let handling = handle(context.clone(), read(input)?);
    Ok(Handled::Later(Box::pin(async move { write(handling.await) })))
}

/// A workflow with a state, as whoever runs it sees it: what is asked outside of its body.
pub(crate) trait Served: Send + Sync {
    /// Answers a query; `None` where there is none of this name.
    fn query(&self, name: &str, input: Value) -> Option<Result<Value, BoxError>>;

    /// Looks at an update before it is accepted.
    ///
    /// # Errors
    /// Why it is refused.
    fn validate(&self, name: &str, input: &Value) -> Result<(), BoxError>;
}

/// A state and its handlers.
pub(crate) struct Stateful<S: 'static> {
    pub(crate) context: WorkflowContext<S>,
    pub(crate) handlers: &'static Handlers<S>,
}

impl<S> Stateful<S> {
    /// Gives a message to its handler.
    ///
    /// # Errors
    /// When it cannot be read, is refused, or has no handler.
    pub(super) fn handle(&self, name: &str, input: Value, is_update: bool) -> Result<Handled, BoxError> {
        if is_update {
            let update = self.update(name)?;
            // Once more: what came together with it may have changed what it was validated against.
            self.context.state(|state| (update.validate)(state, &input))?;
            return (update.handle)(&self.context, input);
        }
        match self.handlers.signals.iter().find(|signal| signal.name == name) {
            Some(signal) => (signal.handle)(&self.context, input),
            None => Err(format!("there is no signal `{name}`").into()),
        }
    }

    fn update(&self, name: &str) -> Result<&'static Update<S>, BoxError> {
        let found = self.handlers.updates.iter().find(|update| update.name == name);
        found.ok_or_else(|| format!("there is no update `{name}`").into())
    }
}

impl<S: Send> Served for Stateful<S> {
    fn query(&self, name: &str, input: Value) -> Option<Result<Value, BoxError>> {
        let query = self.handlers.queries.iter().find(|query| query.name == name)?;
        Some(self.context.state(|state| (query.answer)(state, input)))
    }

    fn validate(&self, name: &str, input: &Value) -> Result<(), BoxError> {
        let update = self.update(name)?;
        self.context.state(|state| (update.validate)(state, input))
    }
}

impl<S> Clone for Stateful<S> {
    fn clone(&self) -> Self {
        Self { context: self.context.clone(), handlers: self.handlers }
    }
}
