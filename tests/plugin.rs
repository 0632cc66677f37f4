//! An app in a worker that was made by hand with Temporal's own SDK, beside workflows and activities of its own.

#![allow(unreachable_pub, missing_docs, reason = "the macros of the SDK want what they expand to be public")]

use crate::server;
use serde_json::json;
use std::time::Duration;
use steadfast::{
    App, Filter, Result, Role,
    codec::Zstd,
    model::Provider,
    prelude::*,
    temporal,
    testing::{ModelServer, Reply, ScriptedModel},
};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowGetResultOptions, WorkflowStartOptions,
};
use temporalio_common::HasWorkflowDefinition;
use temporalio_macros::{activities, workflow as by_hand, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ChildWorkflowOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    runtime::RuntimeOptions,
};

/// Says how a word is spelled.
#[tool]
fn spell(word: String) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join("-")
}

/// Does what cannot be undone.
#[tool(approval)]
fn publish(word: String) -> String {
    format!("{word} is out")
}

#[agent(model = "m", tools = [spell, publish])]
struct Speller;

#[workflow]
async fn spelled(word: String) -> Result<String> {
    Ok(Speller.run(word).await?.output)
}

pub struct Shouting;

#[activities]
impl Shouting {
    #[activity]
    #[expect(clippy::unused_async, reason = "an activity is async")]
    pub async fn shout(_context: ActivityContext, text: String) -> Result<String, ActivityError> {
        Ok(text.to_uppercase())
    }
}

/// Somebody's own workflow: an activity of theirs, and ours as a child.
#[by_hand]
#[derive(Default)]
pub struct Parent;

#[workflow_methods]
impl Parent {
    #[run(name = "Parent")]
    pub async fn run(context: &mut WorkflowContext<Self>, word: String) -> WorkflowResult<String> {
        let id = format!("{}-child", context.workflow_id());
        let child = context
            .start_child_workflow(temporal::definition(spelled), word, ChildWorkflowOptions::workflow_id(id))
            .await?;
        let text = child.result().await?;
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        Ok(context.execute_activity(Shouting::shout, text, options).await?)
    }
}

/// The agent in a workflow of the SDK.
#[by_hand]
#[derive(Default)]
pub struct Inside;

#[workflow_methods]
impl Inside {
    #[run(name = "Inside")]
    pub async fn run(context: &mut WorkflowContext<Self>, word: String) -> WorkflowResult<String> {
        let both = temporal::within(context, async move {
            let (one, other) = workflow::join!(Speller.run(word.clone()), Speller.run("other"));
            workflow::sleep(Duration::from_millis(1)).await;
            workflow::upsert_memo("spelled", "both")?;
            Ok::<_, Error>(format!("{} {}", one?.output, other?.output))
        });
        let text = both.await?;
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        Ok(context.execute_activity(Shouting::shout, text, options).await?)
    }
}

async fn model() -> ModelServer {
    ScriptedModel::answering(|asked| match (asked.turn(), asked.user_text()) {
        (0, Some("out")) => Reply::call("publish", json!({"word": "out"})),
        (0, Some(word)) => Reply::call("spell", json!({"word": word})),
        _ => Reply::says(asked.input_items().last().and_then(|item| item["output"].as_str()).unwrap_or("?")),
    })
    .start()
    .await
    .expect("a port")
}

async fn connection() -> Connection {
    let url = Url::parse(&format!("http://{}", server::address().await)).expect("an address");
    Connection::connect(ConnectionOptions::new(url).build()).await.expect("the server is there")
}

/// A worker as a user of the SDK writes it, until `work` is done with its client.
async fn with_worker<T>(options: WorkerOptions, client: Client, work: impl AsyncFnOnce(Client) -> T) -> T {
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).expect("a runtime");
    let mut worker = Worker::new(&runtime, client.clone(), options).expect("the worker can start");
    let shut_down = worker.shutdown_handle();
    let working = async {
        let done = work(client).await;
        shut_down();
        done
    };
    let (ran, done) = futures::join!(worker.run(), working);
    ran.expect("it runs");
    done
}

async fn run<W>(client: &Client, queue: &str, workflow: W, input: W::Input) -> Result<W::Output, String>
where
    W: HasWorkflowDefinition,
    W::Input: Send,
{
    let options = WorkflowStartOptions::new(queue, uuid::Uuid::new_v4().to_string()).build();
    let run = client.start_workflow(workflow, input, options).await.map_err(|error| error.to_string())?;
    run.get_result(WorkflowGetResultOptions::default()).await.map_err(|error| format!("{error:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_takes_the_app_to_its_workers() {
    let model = model().await;
    let app = App::new("plugin").workflow(spelled).codec(Zstd::new()).provider("openai", model.provider());
    let options = ClientOptions::new("default").plugin(app.plugin().expect("the app can start")).build();
    let client = Client::new(connection().await, options).expect("a client");
    let worker = WorkerOptions::new("plugin").register_workflow::<Parent>().expect("it is new");
    let worker = worker.register_activities(Shouting).build();
    let (by_hand, ours) = with_worker(worker, client, async |client| {
        let by_hand = run(&client, "plugin", Parent::run, "abc".to_owned()).await;
        (by_hand, run(&client, "plugin", temporal::definition(spelled), "de".to_owned()).await)
    })
    .await;
    assert_eq!((by_hand, ours), (Ok("A-B-C".to_owned()), Ok("d-e".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_runs_within_a_workflow_of_the_sdk() {
    let model = model().await;
    let app = server::app("plugin-within").await.task_queue("plugin-within").agent::<Speller>();
    let app = app.provider("openai", model.provider());
    let client = Client::new(connection().await, ClientOptions::new("default").build()).expect("a client");
    let worker = WorkerOptions::new("plugin-within").worker_plugin(app.plugin().expect("the app can start"));
    let worker = worker.register_workflow::<Inside>().expect("it is new").register_activities(Shouting);
    // Each task begins with a replay of all before it.
    let worker = worker.max_cached_workflows(0).build();
    let (both, published) = with_worker(worker, client, async |client| {
        let both = run(&client, "plugin-within", Inside::run, "abc".to_owned()).await;
        let mut listed = Vec::new();
        // The list of workflows lags behind by some milliseconds.
        while listed.is_empty() {
            let client = app.client().await.expect("a connection");
            listed = client.list(Filter::all().task_queue("plugin-within")).all().await.expect("the server answers");
        }
        assert_eq!(listed[0].memo["spelled"], "both");
        (both, run(&client, "plugin-within", Inside::run, "out".to_owned()).await)
    })
    .await;
    assert_eq!(both, Ok("A-B-C O-T-H-E-R".to_owned()));
    // Nobody can decide there: the run is interrupted, and the workflow fails with its kind.
    let error = published.expect_err("somebody has to approve");
    assert!(error.contains("Interrupted"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_plugin_a_workflow_of_the_sdk_is_told_what_to_add() {
    let client = Client::new(connection().await, ClientOptions::new("default").build()).expect("a client");
    let worker = WorkerOptions::new("plugin-none").register_workflow::<Inside>().expect("it is new").build();
    let work = async |client| run(&client, "plugin-none", Inside::run, "abc".to_owned()).await;
    let error = with_worker(worker, client, work).await.expect_err("nobody would make the calls");
    assert!(error.contains("this worker knows no app") && error.contains(".worker_plugin(app.plugin()?)"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_a_foreign_queue_is_refused() {
    let app = App::new("plugin-home").workflow(spelled).provider("openai", Provider::responses("http://127.0.0.1:9"));
    let app = app.role(Role::named("all").workflows().other_agents().other_tools());
    let plugin = app.plugin().expect("the app can start");
    let client = Client::new(connection().await, ClientOptions::new("default").build()).expect("a client");
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).expect("a runtime");
    let options = WorkerOptions::new("elsewhere").worker_plugin(plugin).register_activities(Shouting).build();
    let error = Worker::new(&runtime, client, options).expect_err("it would serve nothing of the app");
    let text = format!("{error} {error:?}");
    assert!(
        text.contains(
            "a worker of the task queue `elsewhere` cannot serve the app `plugin-home`, which has `plugin-home`; give one of \
             both the other's name"
        ),
        "{text}"
    );
}
