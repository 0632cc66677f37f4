//! Where a run makes its calls, and tells of them.

use super::{
    AnySpec, Interrupted, RunEventKind,
    called::run_called,
    hooks::{Hooks, ModelEnd, ModelStart, ToolEnd, ToolStart},
    ledger::Ledger,
    run_options::Options,
    step::{Came, Done},
};
use crate::{
    effects::{Boundary, Effects, ModelCall, ToolCall},
    model::{ModelError, ModelResponse},
};
use std::sync::Arc;

/// By what rules a run's calls are made, at whose cost, and by whom.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) options: &'a Options,
    pub(super) ledger: &'a Arc<Ledger>,
    pub(super) effects: &'a dyn Effects,
    /// The name of the run in its events.
    pub(super) run: &'a Arc<str>,
}

impl Place<'_> {
    /// Tells whoever wants to know what happens, unless that was told before.
    pub(super) fn tell(self, say: impl Fn(&dyn Hooks)) {
        if self.effects.is_live() {
            self.effects.hooks().iter().chain(&self.options.hooks).for_each(|hooks| hooks.tell(&say));
        }
    }

    /// Tells who begins, and who has handed over to whom.
    pub(super) fn tell_who(self, before: Option<&AnySpec>, now: &AnySpec) {
        if let Some(before) = before {
            self.tell(|hooks| hooks.handoff(before.name(), now.name()));
            self.show(before.name(), || RunEventKind::HandedOver { to: now.name().to_owned() });
        }
        self.tell(|hooks| hooks.agent_start(now.name()));
        self.show(now.name(), || RunEventKind::AgentStarted);
    }

    /// Asks the model, and tells of it; `is_told` says that it was told already who is to be asked.
    pub(super) async fn ask(
        self,
        call: ModelCall,
        at: Option<Boundary>,
        is_told: bool,
    ) -> Result<ModelResponse, ModelError> {
        let (agent, model, turn) = (call.agent.clone(), Arc::clone(&call.model), call.turn);
        let (agent, model) = (agent.name(), &*model);
        if !is_told {
            self.tell(|hooks| {
                let (instructions, conversation) = (call.instructions.as_deref(), &call.conversation);
                hooks.model_start(&ModelStart { agent, model, turn, instructions, conversation });
            });
        }
        let call = ModelCall { stream: self.options.stream(self.run), ..call };
        let answer = self.effects.call_model(call, at).await;
        self.tell(|hooks| hooks.model_end(&ModelEnd { agent, model, turn, answer: answer.as_ref() }));
        answer
    }

    /// Makes a call that a model has asked for, and tells of it.
    pub(super) async fn call_told(self, call: ToolCall, within: Option<Box<Interrupted>>) -> Done {
        let tool = call.tool.clone();
        let (agent, call_id) = call.asked_by.clone().map(|by| (by.agent, by.call_id)).unwrap_or_default();
        let (agent, tool, call_id) = (agent.as_str(), tool.name(), call_id.as_deref().unwrap_or_default());
        // One that is gone on with has begun before.
        if within.is_none() {
            self.tell(|hooks| hooks.tool_start(&ToolStart { agent, tool, call_id, arguments: &call.arguments }));
            self.show(agent, || {
                let (tool, call_id) = (tool.to_owned(), call_id.to_owned());
                RunEventKind::ToolStarted { tool, call_id, arguments: call.arguments.clone() }
            });
        }
        let done = self.call(call, within).await;
        if let Came::Back(result) = &done.came {
            self.tell(|hooks| hooks.tool_end(&ToolEnd { agent, tool, call_id, result: result.as_ref() }));
            self.show(agent, || {
                let (tool, call_id) = (tool.to_owned(), call_id.to_owned());
                match result {
                    Ok(output) => RunEventKind::ToolFinished { tool, call_id, output: output.clone() },
                    Err(failure) => RunEventKind::ToolFailed { tool, call_id, message: failure.message.clone() },
                }
            });
        }
        done
    }

    /// Calls a tool, or runs the agent that is one; `within` is that run, if it was interrupted.
    pub(super) async fn call(self, call: ToolCall, within: Option<Box<Interrupted>>) -> Done {
        match call.tool.agent() {
            Some(agent) => run_called(call, agent, within, self).await,
            None => Done::of(self.effects.call_tool(call).await),
        }
    }
}
