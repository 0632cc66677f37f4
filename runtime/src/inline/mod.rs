//! Runs in this process: effects are performed directly, and what dies with the process is gone.

use crate::{
    WorkflowError,
    agent::{AgentOptions, Answer, AnyHooks, AnySpec, Catalogue, Listener, RunError, RunEventKind, Stream},
    effects::{
        Anew, Boundary, ChildStart, Deadline, Effects, Entered, Mailbox, Message, ModelCall, Note, Noted, Outgoing,
        SoFar, ToolCall,
    },
    model::{LONGEST_WAIT, Model, ModelError, ModelErrorClass, ModelRequest, ModelResponse, Prices, Providers},
    tool::{AnyTool, Approval, Decision, Registered, ToolContext, ToolDef, ToolFailure, Toolbox, line, run_once},
    workflow::Info,
};
use futures::future::BoxFuture;
use serde_json::Value;
use std::{
    any::Any,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

/// How often a model call is tried again before its failure counts.
const MODEL_RETRIES: u32 = 4;
/// The first wait between two attempts; it doubles, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The effects of a run in this process.
#[derive(Debug, Default)]
pub(crate) struct Inline {
    pub(crate) providers: Arc<Providers>,
    pub(crate) tools: Registered,
    pub(crate) toolbox: Toolbox,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) prices: Arc<Prices>,
    pub(crate) hooks: Option<AnyHooks>,
}

/// Attempts at a model call.
struct Asking {
    model: Arc<dyn Model>,
    request: ModelRequest,
    timeout: Option<Duration>,
    agent: AnySpec,
    turn: u32,
    stream: Option<Stream>,
}

impl Asking {
    /// One attempt, in its time.
    async fn attempt(&self, number: u32) -> Result<ModelResponse, ModelError> {
        let Some(timeout) = self.timeout else { return self.ask(number).await };
        tokio::time::timeout(timeout, self.ask(number)).await.unwrap_or_else(|_| {
            let message = format!("the model did not answer within {} seconds", timeout.as_secs_f64());
            Err(ModelError::new(ModelErrorClass::Timeout, message))
        })
    }

    async fn ask(&self, attempt: u32) -> Result<ModelResponse, ModelError> {
        let request = self.request.clone();
        let Some(stream) = self.stream.clone() else { return self.model.respond(request).await };
        let turn = self.turn;
        let mut said = Said { stream: stream.clone(), agent: self.agent.clone(), turn, anything: Arc::default() };
        let (agent, anything) = (self.agent.clone(), Arc::clone(&said.anything));
        let heard = Arc::new(move |text: &str| {
            anything.store(true, Ordering::Relaxed);
            stream.show(agent.name(), RunEventKind::Text { turn, attempt, delta: text.to_owned() });
        });
        let answer = self.model.stream(request, heard).await;
        if answer.is_ok() {
            said.anything = Arc::default();
        }
        answer
    }
}

/// What a model has said in an attempt. It is void when this is dropped, unless that was the answer.
struct Said {
    stream: Stream,
    agent: AnySpec,
    turn: u32,
    anything: Arc<AtomicBool>,
}

impl Drop for Said {
    fn drop(&mut self) {
        if self.anything.load(Ordering::Relaxed) {
            self.stream.show(self.agent.name(), RunEventKind::TextDropped { turn: self.turn });
        }
    }
}

/// The effects where nobody set any: the OpenAI API, and no state.
pub(crate) fn by_default() -> Arc<dyn Effects> {
    static DEFAULT: LazyLock<Arc<Inline>> = LazyLock::new(Arc::default);
    Arc::<Inline>::clone(&DEFAULT)
}

/// Nobody can send anything to what runs in this process.
struct Unreachable;

impl Mailbox for Unreachable {
    fn next_message(&self) -> Option<Message> {
        None
    }
}

impl Effects for Inline {
    fn enter_run(&self, _: Note) -> BoxFuture<'static, Entered> {
        Box::pin(std::future::ready(Entered { number: 0, so_far: SoFar::Nothing }))
    }

    fn leave_run(&self, _: u64, _: &Result<Answer, RunError>) {}

    fn tools(&self) -> Registered {
        Arc::clone(&self.tools)
    }

    fn call_model(
        &self,
        call: ModelCall,
        _: Option<Boundary>,
    ) -> BoxFuture<'static, Result<ModelResponse, ModelError>> {
        let (providers, catalogue) = (Arc::clone(&self.providers), Arc::clone(&self.catalogue));
        let prices = Arc::clone(&self.prices);
        Box::pin(async move {
            let model_name = Arc::clone(&call.model);
            let with_cost = |mut response: ModelResponse| {
                response.cost = prices.of(&model_name, &response.usage);
                response
            };
            let AgentOptions { timeout, retries, cache, .. } = *call.agent.options();
            let (model, name) = providers
                .resolve_kept(&call.model, cache)
                .map_err(|error| ModelError::new(ModelErrorClass::Configuration, error.to_string()))?;
            let (agent, turn, stream) = (call.agent.clone(), call.turn, call.stream.clone());
            let attempts = call.share.of(retries.unwrap_or(MODEL_RETRIES).saturating_add(1));
            let request = catalogue
                .request(call, name)
                .map_err(|error| ModelError::new(ModelErrorClass::Configuration, error.to_string()))?;
            let asking = Asking { model, request, timeout, agent, turn, stream };
            let (mut wait, mut attempt) = (FIRST_WAIT, 1);
            loop {
                match asking.attempt(attempt).await {
                    // What this process itself holds back has nobody else to wait for it, and was no attempt.
                    Err(error) if error.is_held_back() => {
                        tokio::time::sleep(error.retry_after.unwrap_or_default()).await;
                    }
                    // Who asks for a longer wait is told to the caller: nothing here outlives the process anyway.
                    Err(error) if attempt < attempts && error.is_retryable() && error.long_wait().is_none() => {
                        tokio::time::sleep(error.retry_after.unwrap_or(wait)).await;
                        wait = (wait * 2).min(LONGEST_WAIT);
                        attempt += 1;
                    }
                    Err(error) => return Err(ModelError { attempts: attempt, ..error }),
                    Ok(response) => return Ok(with_cost(response)),
                }
            }
        })
    }

    fn call_tool(&self, call: ToolCall) -> BoxFuture<'static, Result<Value, ToolFailure>> {
        let toolbox = self.toolbox.clone();
        Box::pin(async move {
            let mut context = ToolContext::of(&call);
            context.idempotency_key = uuid::Uuid::new_v4().to_string();
            let options = call.options();
            let mut progress = None;
            loop {
                context.attempt += 1;
                let (line, listener) = line::open(progress.take());
                let attempt = context.clone().on(Arc::clone(&line));
                let outcome = run_once(&call.tool, call.arguments.clone(), attempt, toolbox.clone()).await;
                progress = listener.last(&line);
                match outcome {
                    Err(error) if options.is_retryable(&error) && context.attempt <= options.retries => {
                        let wait = error.retry_after.unwrap_or_else(|| options.backoff.after(context.attempt));
                        tokio::time::sleep(wait).await;
                    }
                    settled => return settled.map_err(ToolFailure::from),
                }
            }
        })
    }

    fn approve(&self, _: &AnyTool, _: &Approval) -> Option<BoxFuture<'static, Decision>> {
        None
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn until(&self, deadline: Deadline) -> BoxFuture<'static, ()> {
        self.sleep(deadline.at.duration_since(SystemTime::now()).unwrap_or_default())
    }

    fn signal(&self, name: String) -> BoxFuture<'static, Value> {
        tracing::warn!("nobody can send the signal `{name}` to a run outside a workflow; it waits for ever");
        Box::pin(std::future::pending())
    }

    fn mailbox(&self) -> Arc<dyn Mailbox> {
        Arc::new(Unreachable)
    }

    fn stand_by(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn cancelled(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn shield(&self) -> Box<dyn Any + Send> {
        Box::new(())
    }

    fn has_children(&self) -> bool {
        false
    }

    fn run_child(&self, _: ChildStart) -> Option<BoxFuture<'static, Result<Value, WorkflowError>>> {
        None
    }

    fn start_child(&self, _: ChildStart) -> Option<BoxFuture<'static, Result<(u64, String), WorkflowError>>> {
        None
    }

    fn child_result(&self, _: u64, _: &str) -> Option<BoxFuture<'static, Result<Value, WorkflowError>>> {
        None
    }

    fn send(&self, _: Outgoing) -> Option<BoxFuture<'static, Result<(), WorkflowError>>> {
        None
    }

    fn patched(&self, _: &str, _: bool) -> bool {
        true
    }

    fn startable(&self, _: &str) -> Option<&'static ToolDef> {
        None
    }

    fn should_start_over(&self) -> bool {
        false
    }

    fn start_over(&self, _: Value) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn continue_as_new(&self, _: Anew) -> Option<BoxFuture<'static, ()>> {
        None
    }

    fn upsert(&self, noted: Noted) {
        tracing::debug!(?noted, "nobody looks at it here");
    }

    fn info(&self) -> Option<Info> {
        None
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn random(&self) -> u64 {
        rand::random()
    }

    fn chance_of(&self, _: u64) -> Option<u64> {
        None
    }

    fn hooks(&self) -> Option<AnyHooks> {
        self.hooks.clone()
    }

    fn listener(&self) -> Option<Listener> {
        None
    }

    fn is_recorded(&self) -> bool {
        false
    }

    fn offend(&self, _: String) {}

    fn is_live(&self) -> bool {
        true
    }

    fn progress(&self, _: Option<u64>, _: &str, text: String) {
        tracing::debug!("{text}");
    }
}
