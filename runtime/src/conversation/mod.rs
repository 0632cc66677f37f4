//! An agent as a workflow of its own: asked once, or talked to for as long as one likes.
//!
//! [`App::start_agent`](crate::App::start_agent) does the one, [`App::start_conversation`](crate::App::start_conversation) the
//! other; what a conversation is asked and answers is here, and the handle is a [`Conversing`].

mod begun;
mod handlers;
mod said;
mod talk;

pub use crate::durable::{Conversing, StartConversation};
pub use begun::Startable;
pub(crate) use begun::{CONVERSATION, InvalidInput, OPTIONS, WHOLE};
pub use said::{Because, Doing, Ended, Said, Status, Transcript};

use crate::{
    agent::{Begin, drive},
    runner::here,
    workflow::{BoxError, Execution, Reach, Workflow},
};
use begun::Begun;
use handlers::{HANDLERS, NAMES};
use serde_json::{Value, json};
use talk::Talk;

/// The workflow of every agent: which one it is says the name that it was started by.
pub(crate) struct AgentWorkflow {}

impl Workflow for AgentWorkflow {
    type Input = Value;
    type Output = Value;
    type Returned = Result<Value, BoxError>;
    type Handle = crate::Handle<Value>;

    // Each goes by its agent's.
    const NAME: &'static str = "";
    const MESSAGES: crate::workflow::handlers::MessageNames = NAMES;

    fn execute(_: Value) -> Execution<Self> {
        Execution::new(std::future::ready(Err(InvalidInput("an agent's workflow goes by its name".to_owned()).into())))
    }

    fn execute_as(name: &str, input: Value, state: Option<Value>) -> Execution<Self> {
        let begun = Begun::read(name, here().startable(name), input);
        let talk = Talk::goes_on(state);
        match (begun, talk) {
            (Ok(begun), Ok(mut talk)) => {
                talk.is_one = begun.conversation.is_some();
                Execution::stateful(talk, HANDLERS, |talk| async move {
                    match begun.conversation {
                        Some(options) => talk::hold(talk, begun.agent, options).await,
                        None => once(begun).await,
                    }
                })
            }
            (Err(error), _) => Execution::new(std::future::ready(Err(error.into()))),
            (_, Err(error)) => Execution::new(std::future::ready(Err(error.into()))),
        }
    }

    fn finish(returned: Self::Returned) -> Result<Value, BoxError> {
        returned
    }

    fn reach(_: &mut Reach) {}
}

/// Asks it once.
async fn once(begun: Begun) -> Result<Value, BoxError> {
    let Begun { agent, input, options, whole, .. } = begun;
    let answer = drive(agent.as_ref(), Begin::Input(input), &options, here().as_ref()).await?;
    match agent.read(&answer) {
        Ok(_) if whole => Ok(json!(answer)),
        Ok(output) => Ok(output),
        Err(error) => Err(answer.invalid(&error).into()),
    }
}
