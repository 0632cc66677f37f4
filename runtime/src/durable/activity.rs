//! Where a model call and a tool call become activities: their names, their inputs, and what runs them on a worker.

use super::{
    Site,
    carried::{CARRIED, Part},
    codec::blobs::{Blobs, preview},
    failure, heartbeat,
    limits::{MAX_LOCAL_ANSWER, MAX_LOCAL_RESULT},
    payload,
    prompt::{FetchError, Sent, resolve},
    query::Workflow,
    streamed::Telling,
};
use crate::{
    agent::{AnySpec, DynamicAgent},
    effects::{self, ModelCall, Share},
    model::{ModelError, ModelErrorClass, ModelResponse, ModelSettings},
    tool::{
        AnyTool, CallOptions, Given, ToolContext, ToolError, ToolOptions, ToolOutput,
        line::{self, Line},
        run_once,
    },
};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{borrow::Cow, cell::RefCell, sync::Arc, time::Instant};
use temporalio_common::{ActivityDefinition, data_converters::RawValue};
use temporalio_sdk::activities::{
    ActivityContext, ActivityDefinitions, ActivityError, ActivityImplementer, ExecutableActivity,
};

/// The activity of every model call. No tool can have this name: a tool's has no dot.
pub(crate) const MODEL: &str = "steadfast.model";

/// The input of a model call: what the worker cannot know by itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ModelInput<'a> {
    pub(crate) agent: Cow<'a, str>,
    /// The agent itself, where it is made of data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<Box<DynamicAgent>>,
    /// The model, where it is not the agent's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<Cow<'a, str>>,
    /// What the run sets in place of the agent's settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) settings: Option<Arc<ModelSettings>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer_as: Option<Cow<'a, str>>,
    pub(crate) turn: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) tool_choice_spent: bool,
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) disabled: Cow<'a, [String]>,
    /// By what number the workflow knows the call, if its answer is streamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shown: Option<u64>,
    pub(crate) prompt: Sent,
}

/// A streamed answer, and which attempt has come to it: what others have said is void.
#[derive(Serialize)]
struct Answered<'a> {
    #[serde(flatten)]
    response: &'a ModelResponse,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    attempt: Option<Attempt>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) attempt: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What a tool call is told besides its arguments; the second payload of its activity.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CallInfo {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) call_id: Option<String>,
    /// The context of the run, for a tool that wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<Value>,
    /// What the call sets in place of the tool's options.
    #[serde(default, skip_serializing_if = "CallOptions::is_nothing")]
    pub(crate) set: CallOptions,
}

/// All activities of an app: one for its models, and one for each tool, by the tool's name.
pub(crate) struct Activities(pub(crate) Arc<Site>);

impl ActivityImplementer for Activities {
    fn register_all(self: Arc<Self>, activities: &mut ActivityDefinitions) {
        let runner = |job| Arc::new(Runner { site: Arc::clone(&self.0), job });
        // Even without agents: a workflow may run one that the app was not told of, and is to hear so at once.
        named(MODEL, || activities.register_activity::<Activity>(runner(Job::Model)));
        named(CARRIED, || activities.register_activity::<Activity>(runner(Job::Carried)));
        for tool in self.0.registry.tools().values() {
            if !tool.options().inline && tool.agent().is_none() {
                let job = || runner(Job::Tool(tool.clone()));
                named(tool.name(), || activities.register_activity::<Activity>(job()));
            }
        }
    }
}

thread_local! {
    /// The name of the activity that is being registered.
    ///
    /// The SDK takes an activity's name from a function of its type, without a value to ask. One type for all of
    /// ours, named from outside, spares a copy of the SDK's machinery for each tool.
    static REGISTERING: RefCell<Arc<str>> = RefCell::new("".into());
}

fn named<T>(name: &str, register: impl FnOnce() -> T) -> T {
    let before = REGISTERING.replace(name.into());
    let registered = register();
    REGISTERING.replace(before);
    registered
}

/// Any activity of ours.
struct Activity(Arc<str>);

/// What one activity does.
struct Runner {
    site: Arc<Site>,
    job: Job,
}

enum Job {
    Model,
    Carried,
    Tool(AnyTool),
}

impl ActivityDefinition for Activity {
    type Input = RawValue;
    type Output = RawValue;

    fn name(&self) -> &str {
        &self.0
    }
}

impl ActivityImplementer for Runner {
    // A runner is one activity and registered as such; `Activities` is what has several.
    fn register_all(self: Arc<Self>, _: &mut ActivityDefinitions) {}
}

impl ExecutableActivity for Activity {
    type Implementer = Runner;
    const REQUIRES_INSTANCE: bool = true;

    fn definition() -> Self {
        Self(REGISTERING.with_borrow(Arc::clone))
    }

    fn execute(
        runner: Option<Arc<Runner>>,
        context: ActivityContext,
        input: RawValue,
    ) -> BoxFuture<'static, Result<RawValue, ActivityError>> {
        Box::pin(async move {
            let Some(runner) = runner else { return Err(ActivityError::from(std::io::Error::other("no runner"))) };
            let registry = &runner.site.registry;
            let earlier = payload::decode(context.heartbeat_details().raw().first()).ok().flatten();
            let (line, listener) = line::open(earlier);
            let told = matches!(runner.job, Job::Tool(_)).then(|| listener.told());
            let attempts = context.info().attempt;
            let of_model = |error| failure::of_model(ModelError { attempts, ..error });
            let work = async {
                // It goes with the work: when nobody waits any more, the tool is to see it.
                let _listener = listener;
                match &runner.job {
                    Job::Model => call_model(&runner.site, &context, &input).await.map_err(of_model),
                    Job::Carried => fetch_carried(&context, &input).await.map_err(of_model),
                    Job::Tool(tool) => {
                        let info = info_of(&input);
                        let options = info.set.over(tool.options());
                        call_tool(tool, &runner.site, &context, &input, info, line)
                            .await
                            .map_err(|error| failure::of_tool(&error, is_last_attempt(&options, &error, &context)))
                    }
                }
            };
            // A tool may run an agent of its own, in this process, with what the app has.
            let inline = registry.inline();
            heartbeat::beating(&context, told, effects::within(Arc::new(inline), work)).await
        })
    }
}

/// What this worker cannot read may be of a later version, as while workers are replaced one by one. So it is tried again,
/// where another worker may take it.
pub(super) fn read_input(input: &RawValue) -> Result<ModelInput<'static>, ModelError> {
    payload::decode(input.payloads.first()).map_err(|error| {
        let message = format!("this worker cannot read the input of a model call: {error}");
        ModelError::new(ModelErrorClass::Malformed, message)
    })
}

async fn call_model(site: &Site, activity: &ActivityContext, input: &RawValue) -> Result<RawValue, ModelError> {
    let registry = &site.registry;
    let configuration = |message: String| ModelError::new(ModelErrorClass::Configuration, message);
    let input = read_input(input)?;
    let find = |name: &str| {
        registry.agent(name).ok_or_else(|| {
            configuration(format!(
                "agent `{name}` is not registered on this worker; add `.agent::<{name}>()` to the app"
            ))
        })
    };
    let agent = match input.made {
        None => AnySpec::Written(find(&input.agent)?),
        Some(agent) => agent.received(&registry.tools()).map_err(configuration)?,
    };
    let answer_as = input.answer_as.as_deref().map(find).transpose()?;
    let model_name: Arc<str> = input.model.as_deref().unwrap_or(agent.model()).into();
    let cache = agent.options().cache;
    let (model, name) =
        registry.providers.resolve_kept(&model_name, cache).map_err(|error| configuration(error.to_string()))?;
    let prompt = match input.prompt {
        Sent::Whole(prompt) => prompt,
        Sent::Reference(reference) => {
            let workflow = activity.info().workflow_id.as_deref().unwrap_or_default();
            let source = Workflow::of(activity);
            resolve(&site.prompts, workflow, &reference, &source, site.by_reference.page)
                .await
                .map_err(|error| not_had(&error))?
        }
    };
    let turn = input.turn;
    let call = ModelCall {
        agent: agent.clone(),
        answer_as,
        model: Arc::clone(&model_name),
        settings: input.settings,
        turn,
        instructions: prompt.instructions,
        tool_choice_spent: input.tool_choice_spent,
        disabled: input.disabled.into_owned(),
        local: false,
        share: Share::WHOLE,
        conversation: prompt.conversation,
        stream: None,
    };
    let request = registry.catalogue.request(call, name).map_err(|error| configuration(error.to_string()))?;
    let (offered, handoffs) = (Arc::clone(&request.tools), request.handoffs);
    let began = Instant::now();
    let agent = agent.name();
    tracing::info!(agent, turn, model = &*model_name, "model call");
    let answer = match input.shown {
        None => model.respond(request).await,
        Some(call) => {
            let telling = Telling::default();
            let answer = model.stream(request, telling.heard());
            // The answer has all of it, so nobody waits for what is not told yet.
            tokio::select! {
                answer = answer => answer,
                never = telling.tell(activity, call) => match never {},
            }
        }
    };
    let mut response = answer.inspect_err(|error| {
        tracing::warn!(agent, turn, %error, "model call failed");
    })?;
    response.cost = registry.prices.of(&model_name, &response.usage);
    response.note_offered(&offered, handoffs);
    log_answer(agent, turn, &response, began);
    let attempt = activity.info().attempt;
    let attempt = (input.shown.is_some() && attempt > 1).then_some(Attempt { attempt });
    let answer = payload::encode(&Answered { response: &response, attempt })
        .map_err(|error| configuration(error.to_string()))?;
    let (bytes, limit) = (answer.data.len(), if is_local(activity) { MAX_LOCAL_ANSWER } else { site.sizes().most });
    if bytes > limit {
        return Err(configuration(format!("the model's answer is {bytes} bytes, over the limit of {limit}")));
    }
    Ok(RawValue::new(vec![answer]))
}

/// Gets a part of what an earlier run of this workflow has left.
async fn fetch_carried(activity: &ActivityContext, input: &RawValue) -> Result<RawValue, ModelError> {
    let part: Part = payload::decode(input.payloads.first())
        .map_err(|error| ModelError::new(ModelErrorClass::Configuration, error.to_string()))?;
    let part = Workflow::earlier(activity, &part.run).carried(&part).await.map_err(|error| not_had(&error))?;
    Ok(RawValue::new(vec![part]))
}

/// A conversation that cannot be had, as a failed model call: nothing was sent to the model.
fn not_had(error: &FetchError) -> ModelError {
    let class = match error {
        FetchError::Unreachable(_) => ModelErrorClass::Connection,
        FetchError::Unknown | FetchError::Mismatch { .. } | FetchError::Unreadable(_) => ModelErrorClass::Configuration,
    };
    ModelError::new(class, error.to_string())
}

fn log_answer(agent: &str, turn: u32, response: &ModelResponse, began: Instant) {
    let ms = began.elapsed().as_millis();
    let tokens = response.usage.total_tokens();
    tracing::info!(agent, turn, tokens, ms, "model answered");
}

/// Whoever starts the activity from elsewhere need not send the second payload.
fn info_of(input: &RawValue) -> CallInfo {
    input.payloads.get(1).and_then(|info| payload::decode(Some(info)).ok()).unwrap_or_default()
}

async fn call_tool(
    tool: &AnyTool,
    site: &Site,
    activity: &ActivityContext,
    input: &RawValue,
    told: CallInfo,
    line: Arc<Line>,
) -> Result<RawValue, ToolError> {
    let arguments: Map<String, Value> = payload::decode(input.payloads.first()).map_err(ToolError::bad_arguments)?;
    let CallInfo { agent, call_id, context: given, set } = told;
    let info = activity.info();
    let run = info.workflow_run_id.as_deref().or(info.activity_run_id.as_deref()).unwrap_or_default();
    let context = ToolContext {
        tool: tool.name().to_owned(),
        agent,
        call_id,
        workflow_id: info.workflow_id.clone(),
        idempotency_key: format!("{run}/{}", info.activity_id),
        attempt: info.attempt,
        given: Given::received(given),
        set,
        ..ToolContext::default()
    };
    let context = context.on(line);
    let began = Instant::now();
    tracing::info!(tool = tool.name(), arguments = %beginning(&arguments), attempt = info.attempt, "tool call");
    let for_a_model = context.agent.is_some();
    let value = run_once(tool, arguments, context, site.registry.toolbox.clone()).await.inspect_err(|error| {
        tracing::warn!(tool = tool.name(), %error, "tool failed");
    })?;
    let mut result = payload::encode(&value).map_err(ToolError::new)?;
    if let Some(blobs) = site.blobs.as_ref().filter(|blobs| for_a_model && result.data.len() > blobs.threshold()) {
        result = payload::encode(&shown(value, blobs).await?).map_err(ToolError::new)?;
    }
    let limit = if is_local(activity) { MAX_LOCAL_RESULT } else { site.sizes().most };
    if result.data.len() > limit {
        return Err(ToolError::too_large(tool.noun(), tool.name(), result.data.len(), limit));
    }
    tracing::info!(tool = tool.name(), bytes = result.data.len(), ms = began.elapsed().as_millis(), "tool done");
    Ok(RawValue::new(vec![result]))
}

/// What a model sees of a result that is kept in the blob store: its beginning, and where the whole is.
///
/// The beginning of an image or a file says nothing, so an output with one stays whole; the codec takes it to the
/// store.
async fn shown(value: Value, blobs: &Blobs) -> Result<Value, ToolError> {
    let text = match (ToolOutput::read(&value), value) {
        (Some(output), value) => match output.only_text() {
            Some(text) => text,
            None => return Ok(value),
        },
        (None, Value::String(text)) => text,
        (None, other) => other.to_string(),
    };
    let address = blobs.put(text.clone().into_bytes()).await?;
    Ok(preview(blobs, &text, text.len(), &address).into())
}

fn is_local(activity: &ActivityContext) -> bool {
    activity.info().is_local
}

/// Arguments for the log: enough to recognise a call by.
fn beginning(arguments: &Map<String, Value>) -> String {
    const LONGEST: usize = 120;
    let text = Value::Object(arguments.clone()).to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Whether the tool has had its retries. Attempts that died with a worker count as well, since the server numbers
/// them all.
fn is_last_attempt(options: &ToolOptions, error: &ToolError, context: &ActivityContext) -> bool {
    !options.is_retryable(error) || context.info().attempt > options.retries
}
