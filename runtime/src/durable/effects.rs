//! Effects of a workflow: each becomes a request on the desk, and the adapter answers it.
//!
//! The handle that user code carries is `Send` and touches nothing of Temporal's, whose contexts are not.

use super::{
    desk::{Desk, Reply, What, lock},
    inbox::Inbox,
    journal::{Journal, Outcome},
    limits::MAX_ATTRIBUTES,
    patches::Patches,
    streamed::Log,
    updates::Updates,
    words::shortened,
};
use crate::{
    SearchValue, WorkflowError,
    agent::{Answer, AnyHooks, Listener, RunError},
    chance,
    effects::{
        Anew, Boundary, ChildStart, Deadline, Effects, Entered, Mailbox, ModelCall, NextInput, Note, Noted, Outgoing,
        Sending, SoFar, ToolCall,
    },
    model::{ModelError, ModelResponse},
    registry::Registry,
    tool::{
        AnyTool, Approval, CallOptions, Decision, Registered, ToolContext, ToolDef, ToolFailure, ToolFailureKind,
        run_now,
    },
    workflow::Info,
};
use futures::future::BoxFuture;
use rand_pcg::{
    Pcg64Mcg,
    rand_core::{Rng as _, SeedableRng as _},
};
use serde_json::{Value, json};
use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

/// What a workflow's code and its adapter share.
pub(crate) struct Shared {
    pub(crate) desk: Arc<Desk>,
    pub(crate) inbox: Inbox,
    pub(crate) updates: Updates,
    pub(crate) patches: Patches,
    /// What streamed runs have shown.
    pub(crate) log: Log,
    tools: Registered,
    startable: BTreeMap<&'static str, &'static ToolDef>,
    workflows: Arc<BTreeSet<&'static str>>,
    pub(crate) seed: u64,
    time: Mutex<SystemTime>,
    random: Mutex<Pcg64Mcg>,
    progress: Mutex<Option<String>>,
    noted: Mutex<Noted>,
    offence: Mutex<Option<String>>,
    agents: Mutex<Agents>,
    hooks: Option<AnyHooks>,
    is_replaying: AtomicBool,
    /// Whether the code knows that the workflow is to be cancelled, and goes on by itself.
    has_heard: Arc<AtomicBool>,
    /// Whether code that can begin anew with what it has should do so.
    should_start_over: AtomicBool,
    /// Shared with each shield that there is.
    shields: Arc<()>,
    /// Whether somebody can decide about calls, and send signals.
    is_heard: bool,
    /// What the workflow is.
    info: OnceLock<Info>,
}

/// The agents at work.
#[derive(Default)]
struct Agents {
    /// By the number of their run.
    runs: BTreeMap<u64, String>,
    /// The one that was last to begin, or to be handed a run.
    latest: Option<String>,
}

impl Shared {
    /// `seed` is the workflow's own, so that replay makes the same random values.
    pub(crate) fn new(
        seed: u64,
        inbox: Inbox,
        updates: Updates,
        patches: Patches,
        journal: Journal,
        log: Log,
        registry: &Registry,
    ) -> Self {
        Self {
            desk: Arc::new(Desk::with(journal)),
            inbox,
            updates,
            patches,
            log,
            tools: registry.tools(),
            startable: registry.startable.clone(),
            workflows: Arc::clone(&registry.workflows),
            should_start_over: AtomicBool::new(false),
            hooks: registry.hooks.clone(),
            is_replaying: AtomicBool::new(false),
            has_heard: Arc::default(),
            shields: Arc::default(),
            is_heard: true,
            info: OnceLock::new(),
            seed,
            time: Mutex::new(SystemTime::UNIX_EPOCH),
            random: Mutex::new(Pcg64Mcg::seed_from_u64(seed)),
            progress: Mutex::default(),
            noted: Mutex::default(),
            offence: Mutex::default(),
            agents: Mutex::default(),
        }
    }

    /// In a workflow that has none of our handlers.
    #[cfg(feature = "temporal-sdk")]
    pub(crate) fn alone(self) -> Self {
        Self { is_heard: false, ..self }
    }

    /// Says what the workflow is, before its code is called.
    pub(crate) fn set_info(&self, info: Info) {
        let _ = self.info.set(info);
    }

    /// Says whether the code is polled for what stands in the history already.
    pub(crate) fn set_replaying(&self, is_replaying: bool) {
        self.is_replaying.store(is_replaying, Ordering::Relaxed);
    }

    /// Whether the code knows that the workflow is to be cancelled.
    pub(crate) fn has_heard(&self) -> bool {
        self.has_heard.load(Ordering::Relaxed)
    }

    /// Whether a workflow that is to be cancelled can be dropped.
    pub(crate) fn can_be_dropped(&self) -> bool {
        !self.has_heard.load(Ordering::Relaxed) && Arc::strong_count(&self.shields) == 1
    }

    pub(crate) fn set_should_start_over(&self, should: bool) {
        self.should_start_over.store(should, Ordering::Relaxed);
    }

    pub(crate) fn set_time(&self, now: SystemTime) {
        *lock(&self.time) = now;
    }

    /// Asks under a number, which is taken when this is first polled.
    fn ask_numbered<T: Send + 'static>(
        &self,
        note: impl FnOnce() -> String + Send + 'static,
        what: impl FnOnce(Reply<T>) -> What + Send + 'static,
    ) -> BoxFuture<'static, T> {
        let desk = Arc::clone(&self.desk);
        Box::pin(async move {
            let number = desk.number(note);
            desk.ask(Some(number), what).await
        })
    }

    /// Why a child on the app's own queue would be waited for for ever.
    fn nobody_runs(&self, call: &ChildStart) -> Option<WorkflowError> {
        let remedy = call.remedy.filter(|_| call.task_queue.is_none() && !self.workflows.contains(&*call.workflow))?;
        let message =
            format!("no worker of this app runs it; add {remedy} to the app, or say on which task queue it is run");
        Some(WorkflowError::Unreachable { id: call.workflow.clone(), message })
    }

    /// What the code has done that no workflow may.
    pub(crate) fn take_offence(&self) -> Option<String> {
        lock(&self.offence).take()
    }

    /// What the code has noted on the workflow since this was last asked, as much of it as there is room for, by bytes.
    pub(crate) fn take_noted(&self, mut has_room: impl FnMut(usize) -> bool) -> Noted {
        let (mut noted, mut taken, mut bytes) = (lock(&self.noted), Noted::default(), 0);
        while let Some(next) = noted.attributes.first_entry() {
            let more = next.key().len() + next.get().as_ref().map_or(0, SearchValue::size);
            bytes += more;
            if bytes > MAX_ATTRIBUTES || !has_room(more) {
                break;
            }
            taken.attributes.extend([next.remove_entry()]);
        }
        while let Some(next) = noted.memo.first_entry()
            && has_room(next.key().len() + next.get().to_string().len())
        {
            taken.memo.extend([next.remove_entry()]);
        }
        taken
    }

    /// Whether there is something of that left.
    pub(crate) fn has_noted(&self) -> bool {
        !lock(&self.noted).is_empty()
    }

    pub(crate) fn take_progress(&self) -> Option<String> {
        lock(&self.progress).take()
    }

    /// The agent that has the word: of several side by side, the last to begin or to be handed a run, so that their turns
    /// change nothing.
    pub(crate) fn agent(&self) -> Option<String> {
        lock(&self.agents).latest.clone()
    }
}

impl Effects for Shared {
    fn enter_run(&self, note: Note) -> BoxFuture<'static, Entered> {
        let desk = Arc::clone(&self.desk);
        Box::pin(async move {
            let number = desk.number(note);
            let (at_once, catching_up) = {
                let mut journal = desk.journal();
                (journal.take_at_once(number), journal.is_catching_up())
            };
            match at_once {
                Some(Outcome::Run(result)) => Entered { number, so_far: SoFar::Ended(result) },
                _ if catching_up => desk.ask(Some(number), What::Run).await,
                _ => Entered { number, so_far: SoFar::Nothing },
            }
        })
    }

    fn leave_run(&self, number: u64, result: &Result<Answer, RunError>) {
        lock(&self.agents).runs.remove(&number);
        self.desk.journal().settle(number, Outcome::Run(Box::new(result.clone())));
    }

    fn tools(&self) -> Registered {
        Arc::clone(&self.tools)
    }

    fn call_model(
        &self,
        call: ModelCall,
        at: Option<Boundary>,
    ) -> BoxFuture<'static, Result<ModelResponse, ModelError>> {
        let desk = Arc::clone(&self.desk);
        Box::pin(desk.ask(None, |reply| What::Model(Box::new((call, at)), reply)))
    }

    fn call_tool(&self, call: ToolCall) -> BoxFuture<'static, Result<Value, ToolFailure>> {
        if call.tool.options().inline {
            if call.set != CallOptions::default() {
                let message = format!(
                    "tool `{}` is inline, so the workflow runs it at once; call it without options",
                    call.tool.name()
                );
                return Box::pin(std::future::ready(Err(ToolFailure { kind: ToolFailureKind::Fatal, message })));
            }
            let context = ToolContext::of(&call);
            // Once it is polled, as other calls.
            return Box::pin(async move { run_now(&call.tool, call.arguments, context).map_err(ToolFailure::from) });
        }
        let desk = Arc::clone(&self.desk);
        Box::pin(async move {
            let note = || format!("a call of `{}` with {}", call.tool.name(), shortened(&json!(call.arguments)));
            let number = call.asked_by.is_none().then(|| desk.number(note));
            desk.ask(number, |reply| What::Tool(call, reply)).await
        })
    }

    fn approve(&self, tool: &AnyTool, approval: &Approval) -> Option<BoxFuture<'static, Decision>> {
        if !self.is_heard {
            return None;
        }
        let (desk, asked) = (Arc::clone(&self.desk), Box::new((tool.clone(), approval.clone())));
        Some(Box::pin(desk.ask(None, |reply| What::Approval(asked, reply))))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let desk = Arc::clone(&self.desk);
        Box::pin(async move {
            let number = desk.number(|| format!("a wait of {duration:?}"));
            desk.ask(Some(number), move |reply| What::Sleep(duration, reply)).await;
        })
    }

    fn until(&self, deadline: Deadline) -> BoxFuture<'static, ()> {
        // The run asks again wherever it goes on, so nothing of it is written down.
        let (desk, left) = (Arc::clone(&self.desk), deadline.at.duration_since(self.now()).unwrap_or_default());
        Box::pin(desk.ask(None, move |reply| What::Sleep(left, reply)))
    }

    fn signal(&self, name: String) -> BoxFuture<'static, Value> {
        let (desk, inbox) = (Arc::clone(&self.desk), self.inbox.clone());
        Box::pin(async move {
            assert!(
                !inbox.handles(&name),
                "the signal `{name}` has a handler, which gets it; wait for what that changes, by `context.until(..)`"
            );
            loop {
                if let Some(value) = inbox.take(&name) {
                    return value;
                }
                let number = desk.number(|| format!("a wait for the signal `{name}`"));
                Arc::clone(&desk).ask(Some(number), |reply| What::Signal(name.clone(), reply)).await;
            }
        })
    }

    fn mailbox(&self) -> Arc<dyn Mailbox> {
        Arc::new(self.inbox.clone())
    }

    fn stand_by(&self) -> BoxFuture<'static, ()> {
        Box::pin(Arc::clone(&self.desk).ask(None, What::State))
    }

    fn cancelled(&self) -> BoxFuture<'static, ()> {
        let (desk, heard) = (Arc::clone(&self.desk), Arc::clone(&self.has_heard));
        if self.has_heard() {
            // It is said once.
            return Box::pin(std::future::pending());
        }
        Box::pin(async move {
            let number = desk.number(|| "a wait for its cancellation".to_owned());
            desk.ask(Some(number), What::Cancelled).await;
            heard.store(true, Ordering::Relaxed);
        })
    }

    fn shield(&self) -> Box<dyn Any + Send> {
        // Counted by its clones.
        Box::new(Arc::clone(&self.shields))
    }

    fn has_children(&self) -> bool {
        true
    }

    fn run_child(&self, call: ChildStart) -> Option<BoxFuture<'static, Result<Value, WorkflowError>>> {
        if let Some(error) = self.nobody_runs(&call) {
            return Some(Box::pin(std::future::ready(Err(error))));
        }
        let note = note_of_child(&call);
        Some(self.ask_numbered(note, |reply| What::Child(Box::new(call), reply)))
    }

    fn start_child(&self, call: ChildStart) -> Option<BoxFuture<'static, Result<(u64, String), WorkflowError>>> {
        if let Some(error) = self.nobody_runs(&call) {
            return Some(Box::pin(std::future::ready(Err(error))));
        }
        let note = note_of_child(&call);
        Some(self.ask_numbered(note, |reply| What::StartChild(Box::new(call), reply)))
    }

    fn child_result(&self, number: u64, id: &str) -> Option<BoxFuture<'static, Result<Value, WorkflowError>>> {
        let child = (number, id.to_owned());
        let note = move || format!("a wait for the child of step {number}");
        Some(self.ask_numbered(note, |reply| What::ChildResult(child, reply)))
    }

    fn send(&self, outgoing: Outgoing) -> Option<BoxFuture<'static, Result<(), WorkflowError>>> {
        let to = outgoing.clone();
        let note = move || match &to.what {
            Sending::Signal { name, payload } => {
                format!("the signal `{name}` to workflow `{}` with {}", to.id, shortened(payload))
            }
            Sending::Cancel => format!("the cancellation of workflow `{}`", to.id),
        };
        Some(self.ask_numbered(note, |reply| What::Send(outgoing, reply)))
    }

    fn patched(&self, id: &str, is_over: bool) -> bool {
        let is_catching_up = {
            let mut journal = self.desk.journal();
            journal.goes_on();
            journal.is_catching_up()
        };
        self.patches.has(id, is_over, is_catching_up)
    }

    fn startable(&self, agent: &str) -> Option<&'static ToolDef> {
        self.startable.get(agent).copied()
    }

    fn should_start_over(&self) -> bool {
        self.should_start_over.load(Ordering::Relaxed)
    }

    fn start_over(&self, state: Value) -> BoxFuture<'static, ()> {
        // Without a number: whether it is asked for depends on the history, which is another one after it.
        Box::pin(Arc::clone(&self.desk).ask(None, |reply| What::StartOver(state, reply)))
    }

    fn continue_as_new(&self, next: Anew) -> Option<BoxFuture<'static, ()>> {
        assert!(
            matches!(next.input, NextInput::Made { .. }) || !self.inbox.has_handlers(),
            "this workflow has handlers, and what they do before its end would be lost; write `context.continue_as_new(..)`, \
             which makes the input of the state at the very end"
        );
        let (workflow, input) = match &next.input {
            NextInput::Known(Ok(input)) => (next.workflow, Some(input.clone())),
            _ => (next.workflow, None),
        };
        let note = move || {
            let with = input.map(|input| format!(" with {}", shortened(&input))).unwrap_or_default();
            format!("going on as a new run of `{workflow}`{with}")
        };
        Some(self.ask_numbered(note, |reply| What::Anew(next, reply)))
    }

    fn upsert(&self, noted: Noted) {
        let mut all = lock(&self.noted);
        all.attributes.extend(noted.attributes);
        all.memo.extend(noted.memo);
    }

    fn info(&self) -> Option<Info> {
        self.info.get().cloned()
    }

    fn now(&self) -> SystemTime {
        *lock(&self.time)
    }

    fn random(&self) -> u64 {
        chance::draw().unwrap_or_else(|| {
            self.desk.journal().goes_on();
            lock(&self.random).next_u64()
        })
    }

    fn chance_of(&self, run: u64) -> Option<u64> {
        Some(chance::seed(self.seed, run))
    }

    fn hooks(&self) -> Option<AnyHooks> {
        self.hooks.clone()
    }

    fn listener(&self) -> Option<Listener> {
        Some(self.log.listener())
    }

    fn is_recorded(&self) -> bool {
        true
    }

    fn offend(&self, why: String) {
        lock(&self.offence).get_or_insert(why);
    }

    fn is_live(&self) -> bool {
        !self.is_replaying.load(Ordering::Relaxed) && !self.desk.journal().is_catching_up()
    }

    fn progress(&self, run: Option<u64>, agent: &str, text: String) {
        *lock(&self.progress) = Some(text);
        let Some(run) = run else { return };
        let Agents { runs, latest } = &mut *lock(&self.agents);
        if runs.get(&run).is_none_or(|before| before != agent) {
            runs.insert(run, agent.to_owned());
            *latest = Some(agent.to_owned());
        }
    }
}

/// What is noted of the start of a child.
fn note_of_child(call: &ChildStart) -> impl FnOnce() -> String + Send + use<> {
    let (workflow, input) = (call.workflow.clone(), call.input.clone());
    move || format!("the child workflow `{workflow}` with {}", shortened(&input.unwrap_or_else(Value::String)))
}
