//! The other two ways that Temporal has: the activity signals its workflow, which is queried for what it has; or it tells
//! with its heartbeats, which the server shows to whoever asks for a description of the workflow.
//!
//! The activity makes the words itself, at the pace at which a model would send them: no HTTP is between.

use super::{PACE, POLL, PRELUDE, Read, text};
use crate::{Result, engines::connect};
use std::{
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use temporalio_client::{
    Client, UntypedQuery, UntypedSignal, UntypedWorkflow, WorkflowDescribeOptions, WorkflowFetchHistoryOptions,
    WorkflowGetResultOptions, WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_common::data_converters::{PayloadConverter, RawValue};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, SyncWorkflowContext, Worker, WorkerOptions, WorkflowContext, WorkflowContextView,
    WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tokio::task::JoinHandle;

const QUEUE: &str = "streaming-by-hand";
/// How much time is between two signals: more of them would be more of the history.
const BATCH: Duration = Duration::from_millis(200);
const TIMEOUT: Duration = Duration::from_mins(2);
const HEARTBEAT: Duration = Duration::from_secs(10);

struct Activities {
    asked: Arc<Mutex<Option<Instant>>>,
}

#[activities]
impl Activities {
    #[activity(name = "by-signals")]
    async fn by_signals(self: Arc<Self>, ctx: ActivityContext) -> Result<String, ActivityError> {
        let workflow = ctx.workflow_handle::<UntypedWorkflow>().map(Arc::new);
        let (mut news, mut sent) = (String::new(), Instant::now().checked_sub(BATCH).unwrap_or_else(Instant::now));
        self.say(|word| {
            news.push_str(word);
            let piece = (sent.elapsed() >= BATCH).then(|| std::mem::take(&mut news));
            if piece.is_some() {
                sent = Instant::now();
            }
            let workflow = workflow.clone();
            async move {
                let (Some(piece), Some(workflow)) = (piece, workflow) else { return };
                let signal = UntypedSignal::<UntypedWorkflow>::new("piece");
                let input = RawValue::from_value(&piece, &PayloadConverter::default());
                if let Err(error) = workflow.signal(signal, input, WorkflowSignalOptions::default()).await {
                    eprintln!("a signal was not taken: {error}");
                }
            }
        })
        .await;
        Ok(text())
    }

    #[activity(name = "by-heartbeats")]
    async fn by_heartbeats(self: Arc<Self>, ctx: ActivityContext) -> Result<String, ActivityError> {
        let mut said = String::new();
        self.say(|word| {
            said.push_str(word);
            let (said, ctx) = (said.clone(), ctx.clone());
            async move {
                if let Err(error) = ctx.record_heartbeat(said).await {
                    eprintln!("a heartbeat was not taken: {error}");
                }
            }
        })
        .await;
        Ok(text())
    }
}

impl Activities {
    /// Says word after word.
    async fn say<F: Future<Output = ()>>(&self, mut heard: impl FnMut(&str) -> F) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        tokio::time::sleep(PACE * (PRELUDE - 1)).await;
        for word in text().split_inclusive(' ') {
            tokio::time::sleep(PACE).await;
            heard(word).await;
        }
    }
}

#[workflow]
#[derive(Default)]
struct Signalled {
    text: String,
}

#[workflow_methods]
impl Signalled {
    #[run(name = "signalled")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<String> {
        Ok(ctx.execute_activity(Activities::by_signals, (), ActivityOptions::start_to_close_timeout(TIMEOUT)).await?)
    }

    #[signal]
    #[expect(clippy::needless_pass_by_value, reason = "a signal brings its own")]
    fn piece(&mut self, _ctx: &mut SyncWorkflowContext<Self>, piece: String) {
        self.text.push_str(&piece);
    }

    #[query]
    fn text(&self, _ctx: &WorkflowContextView) -> String {
        self.text.clone()
    }
}

#[workflow]
#[derive(Default)]
struct Beating;

#[workflow_methods]
impl Beating {
    #[run(name = "beating")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<String> {
        let options = ActivityOptions::with_start_to_close_timeout(TIMEOUT).heartbeat_timeout(HEARTBEAT).build();
        Ok(ctx.execute_activity(Activities::by_heartbeats, (), options).await?)
    }
}

pub(super) struct ByHand {
    client: Client,
    asked: Arc<Mutex<Option<Instant>>>,
    names: AtomicU32,
    worker: JoinHandle<()>,
    shut_down: Box<dyn Fn()>,
}

impl ByHand {
    pub(super) async fn start(server: &str) -> Result<Self> {
        let asked: Arc<Mutex<Option<Instant>>> = Arc::default();
        let options = WorkerOptions::new(QUEUE)
            .register_activities(Activities { asked: Arc::clone(&asked) })
            .register_workflow::<Signalled>()?
            .register_workflow::<Beating>()?
            .build();
        let runtime = Runtime::from_current_tokio(temporalio_sdk::runtime::RuntimeOptions::default())?;
        let mut worker = Worker::new(&runtime, connect(server).await?, options)?;
        let shut_down = Box::new(worker.shutdown_handle());
        // Its futures are not `Send`.
        let worker = tokio::task::spawn_blocking(move || {
            let ran = tokio::runtime::Handle::current().block_on(worker.run());
            if let Err(error) = ran {
                eprintln!("the worker broke down: {error}");
            }
        });
        Ok(Self { client: connect(server).await?, asked, names: AtomicU32::default(), worker, shut_down })
    }

    /// Stops the worker, whose thread the process would wait for otherwise.
    pub(super) async fn stop(self) -> Result<()> {
        (self.shut_down)();
        Ok(self.worker.await?)
    }

    pub(super) async fn signals(&self) -> Result<Read> {
        self.read("signalled", async |workflow| {
            let query = UntypedQuery::<UntypedWorkflow>::new("text");
            let answer = workflow.query(query, RawValue::default(), WorkflowQueryOptions::default()).await.ok()?;
            serde_json::from_slice(&answer.payloads.first()?.data).ok()
        })
        .await
    }

    pub(super) async fn heartbeats(&self) -> Result<Read> {
        self.read("beating", async |workflow| {
            let told = workflow.describe(WorkflowDescribeOptions::default()).await.ok()?;
            let details = told.raw().pending_activities.first()?.heartbeat_details.clone()?;
            serde_json::from_slice(&details.payloads.first()?.data).ok()
        })
        .await
    }

    /// Reads until the workflow has ended; what has come of the text by then, and the rest with the result.
    async fn read(
        &self,
        workflow: &str,
        so_far: impl AsyncFn(&WorkflowHandle<Client, UntypedWorkflow>) -> Option<String>,
    ) -> Result<Read> {
        let id = format!("{workflow}-{}", self.names.fetch_add(1, Ordering::Relaxed));
        let options = WorkflowStartOptions::new(QUEUE, id).build();
        let run = self.client.start_workflow(UntypedWorkflow::new(workflow), RawValue::default(), options).await?;
        let (mut known, mut pieces, mut first) = (0, 0, None);
        let mut result = pin!(run.get_result(WorkflowGetResultOptions::default()));
        loop {
            let asked = async {
                let text = so_far(&run).await;
                tokio::time::sleep(POLL).await;
                text
            };
            tokio::select! {
                ended = &mut result => {
                    ended?;
                    break;
                }
                text = asked => {
                    if let Some(text) = text.filter(|text| text.len() > known) {
                        known = text.len();
                        pieces += 1;
                        first.get_or_insert_with(|| Instant::now().checked_sub(POLL).unwrap_or_else(Instant::now));
                    }
                }
            }
        }
        let last = Instant::now();
        let history = run.fetch_history(WorkflowFetchHistoryOptions::default()).into_events().await?;
        let bytes = history.iter().map(prost::Message::encoded_len).sum();
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).ok_or("nothing was asked")?;
        Ok(Read { asked, first: first.unwrap_or(last), last, pieces: pieces + 1, events: history.len(), bytes })
    }
}
