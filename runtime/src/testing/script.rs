//! The script: which reply a request gets, by how far its conversation has come.

use super::{Asked, ModelServer, Reply};
use serde::Serialize;
use serde_json::Value;
use std::{
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A model that replies from a script.
///
/// The n-th answer goes to a request whose conversation holds n - 1 answers of a model, whenever and however often
/// it is asked: a call that is repeated because its worker died gets the same answer again, and any number of
/// conversations can run at once. What [`fails`](Self::fails), [`fails_with`](Self::fails_with),
/// [`hangs`](Self::hangs) and [`delay`](Self::delay) say is about the next answer. A failure or a silence before
/// it happens once; a delay, each time the answer is asked for.
///
/// Agents that hide parts of the conversation from their model confuse the count;
/// [`answering`](Self::answering) serves them.
#[derive(Debug, Default)]
pub struct ScriptedModel {
    turns: Vec<Turn>,
    faults: Vec<Reply>,
    delay: Duration,
}

/// One answer and what goes wrong before it.
#[derive(Debug)]
struct Turn {
    faults: Vec<Reply>,
    faults_spent: AtomicUsize,
    answer: Reply,
}

impl Turn {
    fn new(faults: Vec<Reply>, answer: Reply) -> Self {
        Self { faults, faults_spent: AtomicUsize::new(0), answer }
    }

    fn reply(&self) -> Reply {
        // One step for asking and counting, or two requests at once would get the same failure.
        let attempt = self.faults_spent.fetch_add(1, Ordering::Relaxed);
        self.faults.get(attempt).unwrap_or(&self.answer).clone()
    }
}

impl ScriptedModel {
    /// An empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A model that answers each request with what `reply` makes of it.
    #[must_use]
    pub fn answering(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> AnsweringModel {
        AnsweringModel { reply: Arc::new(reply) }
    }

    /// Next, one function call.
    #[must_use]
    pub fn call(self, name: impl Into<String>, arguments: Value) -> Self {
        self.answers(Reply::call(name, arguments))
    }

    /// Next, several function calls at once.
    #[must_use]
    pub fn calls<N: Into<String>>(self, calls: impl IntoIterator<Item = (N, Value)>) -> Self {
        self.answers(Reply::calls(calls))
    }

    /// Next, a text, which ends the run of an agent.
    #[must_use]
    pub fn says(self, text: impl Into<String>) -> Self {
        self.answers(Reply::says(text))
    }

    /// Next, a structured answer.
    #[must_use]
    pub fn says_json(self, value: &impl Serialize) -> Self {
        self.answers(Reply::says_json(value))
    }

    /// Next, a refusal.
    #[must_use]
    pub fn refuses(self, text: impl Into<String>) -> Self {
        self.answers(Reply::refuses(text))
    }

    /// Next, any reply. If it is a failure, it is one each time it is asked for.
    #[must_use]
    pub fn answers(mut self, reply: Reply) -> Self {
        let answer = reply.delay(std::mem::take(&mut self.delay));
        let faults = std::mem::take(&mut self.faults);
        self.turns.push(Turn::new(faults, answer));
        self
    }

    /// Before the next answer, one attempt that fails with this HTTP status.
    #[must_use]
    pub fn fails(self, status: u16) -> Self {
        self.fault(Reply::fails(status))
    }

    /// Before the next answer, one attempt that gets exactly this HTTP answer.
    #[must_use]
    pub fn fails_with<'a>(
        self,
        status: u16,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: impl Into<String>,
    ) -> Self {
        self.fault(Reply::fails_with(status, headers, body))
    }

    /// Before the next answer, one attempt that is never answered.
    #[must_use]
    pub fn hangs(self) -> Self {
        self.fault(Reply::hangs())
    }

    /// Holds the next answer or failure back for this long.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay += delay;
        self
    }

    fn fault(mut self, fault: Reply) -> Self {
        let delay = std::mem::take(&mut self.delay);
        self.faults.push(fault.delay(delay));
        self
    }

    /// Starts the server. It stops when it is dropped.
    ///
    /// # Errors
    ///
    /// When no port can be opened.
    pub async fn start(mut self) -> io::Result<ModelServer> {
        let answers = self.turns.len();
        let end = format!("the script has {answers} answers, and the conversation asks for one more");
        self.turns.push(Turn::new(self.faults, Reply::broken_script(&end)));
        let turns = self.turns;
        ModelServer::start(Arc::new(move |asked| turns[asked.turn().min(answers)].reply())).await
    }
}

/// A model that answers each request by itself; made by [`ScriptedModel::answering`].
pub struct AnsweringModel {
    reply: Arc<dyn Fn(&Asked) -> Reply + Send + Sync>,
}

impl AnsweringModel {
    /// Starts the server. It stops when it is dropped.
    ///
    /// # Errors
    ///
    /// When no port can be opened.
    pub async fn start(self) -> io::Result<ModelServer> {
        ModelServer::start(self.reply).await
    }
}

impl fmt::Debug for AnsweringModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnsweringModel").finish_non_exhaustive()
    }
}
