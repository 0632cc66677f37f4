//! Several processes of one app, each in a role; and what stops them from starting.

use crate::{desk_example, server};
use serde_json::json;
use std::{
    env,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};
use steadfast::{
    Handle, Role, Target, WorkerSettings,
    model::Provider,
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
    tool::ToolFailureKind,
};

struct Ledger(PathBuf);

/// Looks something up; the first search for rust never ends.
#[tool]
async fn search(subject: String, ledger: State<Ledger>) -> Result<String, ToolError> {
    let before = fs::read_to_string(&ledger.0)?;
    OpenOptions::new().append(true).open(&ledger.0)?.write_all(format!("{subject}\n").as_bytes())?;
    if subject == "rust" && !before.contains("rust") {
        std::future::pending::<()>().await;
    }
    Ok(format!("{subject} is new"))
}

#[agent(model = "m", tools = [search])]
struct Planner;

#[agent(model = "m", instructions = "You write.")]
struct Writer;

#[workflow]
async fn report() -> Result<String> {
    let notes = Planner.run("what is new?").await?.output;
    Ok(Writer.run(notes).await?.output)
}

fn desk(queue: &str, server: &str) -> App {
    App::new(queue)
        .workflow(report)
        .role(Role::named("planner").workflows().agent::<Planner>())
        .role(Role::named("search").tool::<search>().slots(2))
        .role(Role::named("writer").other_agents())
        .target(Target::address(server))
}

/// What a child process runs; in the process of the tests it is no test at all.
#[tokio::test(flavor = "multi_thread")]
async fn role_process() {
    let Ok(settings) = env::var("STEADFAST_TEST_ROLE") else { return };
    let [server, role, model, ledger] = settings.split('|').collect::<Vec<_>>()[..] else { panic!("{settings}") };
    let mut app = desk("roles-desk", server);
    // Nobody else is asked for what only this role needs.
    match role {
        "search" => app = app.state(Ledger(ledger.into())),
        _ => app = app.provider("openai", Provider::responses(model)),
    }
    let worker = app.worker_as(role).await.expect("the role can start");
    worker.run_until(std::future::pending()).await.expect("it runs");
}

struct Process(Child);

impl Process {
    fn spawn(server: &str, role: &str, model: &str, ledger: &Path) -> Self {
        let this = env::current_exe().expect("a test has a binary");
        let child = Command::new(this)
            .args(["--exact", "roles::role_process", "--nocapture"])
            .env("STEADFAST_TEST_ROLE", format!("{server}|{role}|{model}|{}", ledger.display()))
            .env_remove("OPENAI_API_KEY")
            .spawn();
        Self(child.expect("the tests' own binary starts"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn until(what: impl AsyncFn() -> bool) {
    for _ in 0..900 {
        if what().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never came to that");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_of_different_roles_share_a_run_and_wait_for_each_other() {
    let script = |asked: &Asked| match asked.turn() {
        _ if asked.body["instructions"] == "You write." => Reply::says("A report."),
        0 => Reply::call("search", json!({"subject": "temporal"})),
        1 => Reply::call("search", json!({"subject": "rust"})),
        _ => Reply::says("both"),
    };
    let model = ScriptedModel::answering(script).start().await.expect("a port");
    let server = server::address().await;
    let ledger = env::temp_dir().join(format!("steadfast-roles-{}", std::process::id()));
    fs::write(&ledger, "").expect("a temporary file");
    let spawn = |role| Process::spawn(server, role, &model.base_url(), &ledger);

    let app = desk("roles-desk", server);
    let run = app.start(report, ()).await.expect("it starts");
    let _planner = spawn("planner");
    // Nobody searches yet: the call waits on its queue.
    let asked = async |run: &Handle<String>| {
        run.history().await.is_ok_and(|history| history.activities().iter().any(|name| name == "search"))
    };
    until(async || asked(&run).await).await;
    assert!(run.history().await.expect("it runs").work().iter().all(|work| work.activity != "search"));
    let first = spawn("search");
    // Killed in the middle of a call, which waits for the next.
    until(async || fs::read_to_string(&ledger).is_ok_and(|read| read.contains("rust"))).await;
    drop(first);
    let _second = spawn("search");
    until(async || model.requests().len() == 3).await;
    let _writer = spawn("writer");
    assert_eq!(server::result(&run).await.expect("it ends well"), "A report.");

    let history = server::replayed(&app, &run).await;
    let done: Vec<_> = history
        .work()
        .into_iter()
        .map(|work| {
            let role = work.worker.split('/').next().unwrap_or_default().to_owned();
            (work.activity, work.task_queue, role, work.attempt)
        })
        .collect();
    let planned = ("steadfast.model", "roles-desk", "planner", 1);
    let searched = |attempt| ("search", "roles-desk-search", "search", attempt);
    let written = ("steadfast.model", "roles-desk-writer", "writer", 1);
    let expected = [planned, searched(1), planned, searched(2), planned, written];
    assert_eq!(done, expected.map(|(a, b, c, d)| (a.to_owned(), b.to_owned(), c.to_owned(), d)));
    assert_eq!(fs::read_to_string(&ledger).expect("it is there"), "temporal\nrust\nrust\n");
    fs::remove_file(ledger).expect("it is there");
}

/// Runs where the big machines are.
#[tool(task_queue = "roles-gpu", priority = 1)]
fn embed(text: String) -> usize {
    text.len()
}

#[agent(model = "m", task_queue = "roles-models", priority = 2)]
struct Remote;

#[workflow]
async fn far() -> Result<(usize, String)> {
    Ok((embed::call("four".into()).await?, Remote.run("hello").await?.output))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_serves_every_queue_that_its_app_names() {
    let model = ScriptedModel::new().says("from afar").start().await.expect("a port");
    let app = server::app("far").await.workflow(far).provider("openai", model.provider());
    let worker = app.worker().await.expect("it can start");
    assert_eq!(worker.task_queues()[1..], ["roles-models", "roles-gpu"]);
    assert!(worker.banner().contains("`, `roles-models`, `roles-gpu` is ready"), "{}", worker.banner());
    let worker = worker.spawn();
    let run = app.start(far, ()).priority(4).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), (4, "from afar".to_owned()));
    let work = server::replayed(&app, &run).await.work();
    let queues: Vec<_> = work.iter().map(|work| (work.task_queue.as_str(), work.priority)).collect();
    assert_eq!(queues, [("roles-gpu", Some(1)), ("roles-models", Some(2))]);
    worker.stop().await.expect("all of it stops");
}

/// Is asked for on a queue whose workers have never heard of it.
#[tool(task_queue = "roles-strangers", schedule_to_close = "3s")]
fn unheard() -> u32 {
    1
}

#[workflow]
async fn asks_strangers() -> Result<u32> {
    Ok(unheard::call().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_its_queue_does_not_know_fails_with_its_name() {
    let app = server::app("asks").await.workflow(asks_strangers).served_elsewhere("roles-strangers");
    let strangers = server::app("x").await.task_queue("roles-strangers").tool::<look>();
    let _workers = (server::worker(&app).await, server::worker(&strangers).await);
    let run = app.start(asks_strangers, ()).await.expect("it starts");
    let error = server::result(&run).await.expect_err("nobody knows it");
    assert_eq!(error.code(), ToolFailureKind::Fatal.code());
    let text = error.to_string();
    assert!(text.contains("tool `unheard` is unknown to the workers of its task queue"), "{text}");
    assert!(text.contains("look"), "it says what they do know: {text}");
}

/// Looks.
#[tool]
fn look(at: u32) -> u32 {
    at
}

#[workflow]
async fn looks() -> Result<usize> {
    let looking = (0..6).map(look::call);
    let seen = futures::future::join_all(looking).await;
    Ok(seen.into_iter().flatten().count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_spreads_calls_out() {
    let app = server::app("slow").await.workflow(looks);
    let app = app.role(Role::named("flow").workflows()).role(Role::named("eyes").tool::<look>().rate_limit(2.0));
    let _worker = server::worker(&app).await;
    let run = app.start(looks, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), 6);
    let mut started: Vec<_> = server::replayed(&app, &run).await.work().into_iter().map(|work| work.started).collect();
    started.sort();
    let took = started[5].duration_since(started[0]).expect("it was sorted");
    // Six calls at two a second are two seconds and a half, less what a server lets through at once; without a limit they
    // are a few milliseconds.
    assert!(took > Duration::from_millis(500), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_runs_in_one_process_as_well() {
    let model = desk_example::model().await.expect("a port");
    let app = desk_example::desk().task_queue("roles-example").target(Target::address(server::address().await));
    let app = app.provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(desk_example::report, "what is new?".to_owned()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "There is nothing new.");
    let work = server::replayed(&app, &run).await.work();
    let queues: Vec<_> = work.iter().map(|work| work.task_queue.as_str()).collect();
    let [planner, search, writer] = ["roles-example", "roles-example-search", "roles-example-writer"];
    assert_eq!(queues, [planner, search, planner, search, planner, writer]);
    worker.stop().await.expect("it stops");
}

fn problems(app: &App) -> Vec<String> {
    app.validate().map_or_else(|error| error.problems, |()| Vec::new())
}

/// Goes by another name.
#[tool(name = "goes-by")]
fn other_name() -> u32 {
    1
}

/// Looks at inputs.
#[guardrail]
fn checked(input: String) -> Verdict {
    if input.is_empty() { Verdict::trip("nothing") } else { Verdict::Pass }
}

struct Bank(u32);

/// What can be done.
#[tool]
impl Bank {
    /// Pays.
    #[tool]
    fn pay(&self) -> u32 {
        self.0
    }
}

#[agent(model = "m", name = "Chief clerk", tools = [other_name, Bank], input_guardrails = [checked])]
struct Chief;

#[test]
fn what_is_missing_is_named_as_it_is_written() {
    let app = App::new("desk").agent::<Chief>().state(Bank(1)).role(Role::named("flow").workflows());
    let app = app.provider("openai", Provider::responses("http://127.0.0.1:9"));
    let problems = problems(&app);
    let remedies: Vec<_> = problems.iter().map(|problem| problem.rsplit("; ").next().unwrap_or_default()).collect();
    assert_eq!(
        remedies,
        [
            "add `.agent::<Chief>()` or `.other_agents()` to one",
            "add `.tool::<other_name>()` or `.other_tools()` to one",
            "add `.tool::<Bank>()` or `.other_tools()` to one",
            "add `.guardrail::<checked>()` or `.other_tools()` to one",
        ]
    );
    assert!(problems[3].starts_with("guardrail `checked` is in no role"), "{}", problems[3]);
}

/// Is local.
#[tool(local)]
fn near() -> u32 {
    1
}

#[test]
fn what_no_role_serves_stops_every_worker() {
    let app = || App::new("desk").workflow(report).workflow(far).tool::<near>();
    let app = app().provider("openai", Provider::responses("http://127.0.0.1:9")).state(Ledger(PathBuf::new()));
    let app = app.role(Role::named("search").tool::<near>().tool_named("lookup")).role(Role::named("idle"));
    assert_eq!(
        problems(&app),
        [
            "role `idle` serves nothing; add `.workflows()`, `.agent::<A>()` or `.tool::<t>()`, or leave it out",
            "no role runs the workflows, among them those of the agents that `.agent::<..>()` has added; add `.workflows()` to one",
            "agent `Planner` is in no role, and would be waited for for ever; add `.agent::<Planner>()` or \
             `.other_agents()` to one",
            "agent `Writer` is in no role, and would be waited for for ever; add `.agent::<Writer>()` or \
             `.other_agents()` to one",
            "agent `Remote` has `task_queue = \"roles-models\"`, and no role serves it; give a role \
             `.task_queue(\"roles-models\")`, or the app `.served_elsewhere(\"roles-models\")` if another program does",
            "tool `search` is in no role, and would be waited for for ever; add `.tool::<search>()` or `.other_tools()` \
             to one",
            "tool `embed` has `task_queue = \"roles-gpu\"`, and no role serves it; give a role \
             `.task_queue(\"roles-gpu\")`, or the app `.served_elsewhere(\"roles-gpu\")` if another program does",
            "tool `near` is local, so it runs where its workflow does, and role `search` has no workflows; take it out of \
             the role, or remove `local`",
            "role `search` has the tool `lookup`, and the app has none of that name; add it to the app, or take it out of \
             the role",
        ]
    );
}

#[test]
fn what_two_roles_serve_stops_every_worker() {
    let app = App::new("desk").workflow(far).provider("openai", Provider::responses("http://127.0.0.1:9"));
    let app = app
        .role(Role::named("one").workflows().tool::<embed>().other_tools())
        .role(Role::named("two").agent::<Remote>().task_queue("desk").other_tools().rate_limit(0.0))
        .role(Role::named("two").workflows().task_queue("three").agent::<Remote>());
    assert_eq!(
        problems(&app),
        [
            "the queue `desk` is served by two roles, `one` and `two`; whichever polls first would get what is meant for \
             the other: give each its own, or make them one role",
            "role `two`: `rate_limit(0)` is no rate; write how many a second, as in `rate_limit(5.0)`",
            "there are two roles named `two`; give one another name",
            "role `two` has the workflows, and they are started on the app's queue `desk`; give the app its \
             `.task_queue(..)`, and not the role",
            "the roles `one` and `two` both have `.other_tools()`; keep one",
            "agent `Remote` is in two roles, `two` and `two`, and its calls can go to one queue; keep one of them",
            "tool `embed` has `task_queue = \"roles-gpu\"`, and role `one`, which it is in, serves `desk`; remove the \
             option, or give the role `.task_queue(\"roles-gpu\")`",
        ]
    );
}

#[tokio::test]
async fn a_role_asks_for_what_it_needs_and_for_nothing_else() {
    // No server is there to connect to, and none is needed to find out.
    let app = desk("desk", "127.0.0.1:9").worker_settings(WorkerSettings::new().slots(3));
    let app = app.provider("openai", Provider::responses("http://127.0.0.1:9"));
    let error = app.worker_as("search").await.expect_err("it lacks the ledger").to_string();
    assert!(error.contains("tool `search` needs `State<end_to_end::roles::Ledger>`"), "{error}");
    assert!(!app.worker_as("writer").await.expect_err("no server").to_string().contains("State"));
    assert_eq!(
        app.worker_as("sales").await.expect_err("there is none").to_string(),
        "the app `desk` cannot start:\n  - a worker is to have the role `sales`, and there is none of that name; the roles \
         are `planner`, `search`, `writer`"
    );
    let bare = App::new("desk").workflow(looks).worker_as("search").await.expect_err("there is none").to_string();
    assert!(bare.contains("and there is none of that name; add one with `.role(..)`"), "{bare}");
}
