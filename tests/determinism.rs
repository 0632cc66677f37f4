//! What a workflow's code must not do, where no macro can see it: in helper functions. It is noticed while the workflow runs,
//! and named.
//!
//! Not seen is what is the same each time in one process (the environment, a file that nobody writes), and what shows in no
//! step (a log).

use crate::server;
use serde_json::json;
use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
    hash::{BuildHasher as _, RandomState},
    io::Write as _,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};
use steadfast::{
    prelude::*,
    testing::{Reply, ScriptedModel},
};
use tracing_subscriber::filter::LevelFilter;

/// Takes notes.
#[tool]
fn note(text: String) -> String {
    text
}

/// Is run by the workflow itself, and notes nothing.
#[tool(inline)]
fn sum(n: u32) -> String {
    note(n.to_string())
}

/// What has to stand in the failure of the workflow's task.
const DIFFERS: &str = "does not do the same when it is run again";
const FOREIGN: &str = "waits for something that is not part of it";
const SPAWNS: &str = "it spawns a task";
const THREAD: &str = "it hands work to another thread";
const TIMER: &str = "it uses a timer of tokio's";
const SOCKET: &str = "it opens a socket";
/// What the SDK says of a future that another thread has woken.
const WOKEN: &str = "a waker was invoked by a non-SDK source";

/// Names a workflow for each of these, which does it out of sight; and lists them with what has to be said.
macro_rules! misuses {
    ($($name:ident: $said:expr, $body:expr;)+) => {
        mod hidden {
            use super::*;
            $(pub(super) async fn $name() -> String { $body })+
        }
        $(#[workflow]
        async fn $name() -> Result<String> {
            Ok(note::call(hidden::$name().await).await?)
        })+

        fn with_all(app: App) -> App {
            app$(.workflow($name))+
        }

        const ALL: &[(&str, &[&str])] = &[$((stringify!($name), $said)),+];
    };
}

static COUNTER: AtomicU32 = AtomicU32::new(0);
static GUARDED: Mutex<u32> = Mutex::new(0);
static SHARED: RwLock<u32> = RwLock::new(0);
thread_local! {
    static LOCAL: Cell<u32> = const { Cell::new(0) };
}

misuses! {
    instant: &[DIFFERS], format!("{:?}", Instant::now());
    system_time: &[DIFFERS], format!("{:?}", SystemTime::now());
    since_epoch: &[DIFFERS], format!("{:?}", SystemTime::UNIX_EPOCH.elapsed());
    chance: &[DIFFERS], RandomState::new().hash_one(1).to_string();
    order_of_a_map: &[DIFFERS], {
        let map: HashMap<u32, u32> = (0..50).map(|n| (n, n)).collect();
        format!("{:?}", map.keys().collect::<Vec<_>>())
    };
    order_of_a_set: &[DIFFERS], {
        let set: HashSet<u32> = (0..50).collect();
        format!("{:?}", set.iter().collect::<Vec<_>>())
    };
    counter: &[DIFFERS], COUNTER.fetch_add(1, Ordering::Relaxed).to_string();
    guarded: &[DIFFERS], { let mut count = GUARDED.lock().expect("nobody panics"); *count += 1; count.to_string() };
    thread_local: &[DIFFERS], LOCAL.with(|count| { count.set(count.get() + 1); count.get().to_string() });
    temporary_file: &[DIFFERS], tempfile::NamedTempFile::new().map_or_else(|e| e.to_string(), |file| format!("{file:?}"));
    free_port: &[DIFFERS], {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("{:?}", listener.local_addr())
    };
    program: &[DIFFERS], {
        let output = std::process::Command::new("date").arg("+%N").output().expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    new_file: &[DIFFERS], {
        let file = tempfile::tempfile().expect("a file");
        format!("{:?}", file.metadata().and_then(|metadata| metadata.modified()))
    };
    mapped: &[DIFFERS], {
        let map: HashMap<u32, u32> = (0..50).map(|n| (n, n)).collect();
        map.into_values().map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
    };
    read_write_lock: &[DIFFERS], { let mut count = SHARED.write().expect("nobody panics"); *count += 1; count.to_string() };
    grown_file: &[DIFFERS], {
        let path = std::env::temp_dir().join(format!("steadfast-grown-{}", std::process::id()));
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(&path).expect("a file");
        file.write_all(b"x").expect("it is written");
        std::fs::metadata(path).expect("it is there").len().to_string()
    };
    called_as_it_is: &["tool `note` is called as a plain function"], note("not recorded".to_owned());
    called_by_an_inline_tool: &["tool `note` is called as a plain function"], sum::call(1).await.unwrap_or_default();
    tokio_sleep: &[TIMER], { tokio::time::sleep(Duration::from_millis(50)).await; String::new() };
    tokio_timeout: &[TIMER], {
        let never = std::future::pending::<()>();
        format!("{:?}", tokio::time::timeout(Duration::from_millis(50), never).await)
    };
    tokio_interval: &[TIMER], {
        let mut interval = tokio::time::interval(Duration::from_millis(50));
        interval.tick().await;
        interval.tick().await;
        String::new()
    };
    forgotten_task: &[SPAWNS], { drop(tokio::spawn(async {})); String::new() };
    set_of_tasks: &[SPAWNS], {
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async {});
        format!("{:?}", tasks.join_next().await)
    };
    tokio_spawn: &[SPAWNS], {
        let task = tokio::spawn(async { tokio::time::sleep(Duration::from_millis(50)).await });
        format!("{:?}", task.await)
    };
    spawn_blocking: &[THREAD], {
        let task = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(50)));
        format!("{:?}", task.await)
    };
    tokio_file: &[THREAD], format!("{:?}", tokio::fs::read("/proc/self/stat").await.map(|bytes| bytes.len()));
    host: &[THREAD], format!("{:?}", tokio::net::lookup_host("localhost:1").await.map(Iterator::count));
    handle: &[SPAWNS], { drop(tokio::runtime::Handle::current().spawn(async {})); String::new() };
    elapsed: &[DIFFERS], { let began = Instant::now(); format!("{:?}", began.elapsed()) };
    thread_and_channel: &[FOREIGN, WOKEN], {
        let (send, receive) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || { std::thread::sleep(Duration::from_millis(50)); let _ = send.send(1); });
        format!("{:?}", receive.await)
    };
    lost_channel: &[FOREIGN], {
        let (send, receive) = tokio::sync::oneshot::channel::<u32>();
        std::mem::forget(send);
        format!("{:?}", receive.await)
    };
    async_lock: &[FOREIGN], {
        let lock = Arc::new(tokio::sync::Mutex::new(1));
        let held = Arc::clone(&lock).lock_owned().await;
        std::mem::forget(held);
        lock.lock().await.to_string()
    };
    watch: &[FOREIGN], {
        let (send, mut receive) = tokio::sync::watch::channel(1);
        let changed = format!("{:?}", receive.changed().await);
        drop(send);
        changed
    };
    notify: &[FOREIGN], { tokio::sync::Notify::new().notified().await; String::new() };
    socket: &[SOCKET], {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        format!("{:?}", listener.accept().await)
    };
    datagrams: &[SOCKET], {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        format!("{:?}", socket.recv(&mut [0]).await)
    };
    signal: &[SOCKET], format!("{:?}", tokio::signal::ctrl_c().await);
    process: &[SOCKET], format!("{:?}", tokio::process::Command::new("true").status().await);
    pending: &[FOREIGN], { std::future::pending::<()>().await; String::new() };
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_macro_sees_is_named_while_the_workflow_runs() {
    let app = with_all(server::app("misuses").await);
    // Not a worker of the suite's own: what it runs is not to be replayed.
    let worker = app.worker().await.expect("the app can start").spawn();
    let client = app.client().await.expect("a connection");
    let id = |name: &str| format!("{name}-{}", client.task_queue());
    for (name, _) in ALL {
        client.start_by_name(name, &id(name), &()).await.expect("it starts");
    }
    let mut unnamed = Vec::new();
    for (name, said) in ALL {
        let run = client.handle::<String>(id(name));
        let named = async {
            loop {
                let history = run.history().await.expect("the server has it");
                if said.iter().any(|said| history.contains(said)) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(20), named).await.is_err() {
            unnamed.push((name, run.history().await.expect("the server has it").events()));
        }
        let _ = run.terminate("it has been seen").await;
    }
    assert!(unnamed.is_empty(), "{unnamed:#?}");
    worker.stop().await.expect("it stops");
}

/// Differs only by an argument that is known late.
#[workflow]
async fn late() -> Result<String> {
    let first = note::call("always the same".to_owned()).await?;
    workflow::sleep(Duration::from_millis(10)).await;
    Ok(note::call(format!("{first} {}", hidden::counter().await)).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_says_which_step_it_was_and_what_to_write() {
    let app = server::app("late").await.workflow(late);
    let worker = app.worker().await.expect("the app can start").spawn();
    let run = app.start(late, ()).await.expect("it starts");
    let message = loop {
        let failure = run.describe().await.expect("the server has it").task.and_then(|task| task.last_failure);
        if let Some(failure) = failure {
            break failure;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(message.contains("step 2 was a call of `note` with {\"text\":\"always the same "), "{message}");
    assert!(message.contains("use `workflow::now`, `workflow::random` or `workflow::uuid`"), "{message}");
    run.terminate("it has been seen").await.expect("it runs");
    worker.stop().await.expect("it stops");

    // Whoever does not want to know is not told.
    let app = server::app("late").await.workflow(late).check_determinism(false);
    let worker = app.worker().await.expect("the app can start").spawn();
    let run = app.start(late, ()).await.expect("it starts");
    assert!(server::result(&run).await.expect("it ends well").starts_with("always the same"));
    worker.stop().await.expect("it stops");
}

/// Takes another way each time.
#[workflow]
async fn wavering() -> Result<()> {
    for _ in 0..20 {
        if hidden::counter().await.ends_with(['0', '2', '4', '6', '8']) {
            workflow::sleep(Duration::from_millis(1)).await;
        } else {
            note::call("odd".to_owned()).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replay_comes_to_does_not_hide_what_was_wrong_before() {
    let app = server::app("wavering").await.workflow(wavering);
    let worker = app.worker().await.expect("the app can start").spawn();
    let run = app.start(wavering, ()).await.expect("it starts");
    let said = async {
        loop {
            let task = run.describe().await.expect("the server has it").task;
            if let Some(task) = task.filter(|task| task.attempt > 3) {
                break task.last_failure.expect("it has failed");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let said = tokio::time::timeout(Duration::from_secs(30), said).await.expect("it fails again and again");
    assert!(
        said.contains(DIFFERS) || said.contains("`workflow::patched` lets running workflows go the old way"),
        "{said}"
    );
    run.terminate("it has been seen").await.expect("it runs");
    worker.stop().await.expect("it stops");
}

/// The longest that `blocks` has begun to wait.
static BLOCKED: AtomicU32 = AtomicU32::new(0);

/// Waits for a thread, in its own.
fn blocks(seconds: u32) {
    BLOCKED.fetch_max(seconds, Ordering::Relaxed);
    let (send, receive) = std::sync::mpsc::channel::<()>();
    let _ = receive.recv_timeout(Duration::from_secs(seconds.into()));
    drop(send);
}

#[workflow]
async fn blocking() -> Result<()> {
    blocks(4);
    Ok(())
}

#[workflow]
async fn spinning() -> Result<()> {
    blocks(14);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_cannot_be_stopped_says_so() {
    let app = server::app("spinning").await.workflow(spinning).check_determinism(false);
    let worker = app.worker().await.expect("the app can start").spawn();
    let run = app.start(spinning, ()).await.expect("it starts");
    while BLOCKED.load(Ordering::Relaxed) < 14 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let error = worker.stop().await.expect_err("it does not end").to_string();
    assert!(error.contains("workflow `spinning`") && error.contains("has not given back its thread"), "{error}");
    run.terminate("it has been seen").await.expect("it runs");
}

/// What is logged.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_keeps_its_thread_is_named_before_it_gives_it_back() {
    let logged = Logged::default();
    let writer = logged.clone();
    // Of the whole process, since the lookout has a thread of its own; other tests may log into it too.
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::ERROR).with_writer(move || writer.clone());
    log.with_ansi(false).try_init().expect("no other test sets one");
    let app = server::app("blocking").await.workflow(blocking).check_determinism(false);
    let worker = app.worker().await.expect("the app can start").spawn();
    let run = app.start(blocking, ()).await.expect("it starts");
    let text = loop {
        let text = String::from_utf8_lossy(&logged.0.lock().expect("nobody panics")).into_owned();
        if text.contains("workflow `blocking` has not given back its thread for 2 seconds") {
            break text;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(text.contains(run.id()), "{text}");
    run.terminate("it has been seen").await.expect("it runs");
    worker.stop().await.expect("it stops");
}

static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Says what it is at.
#[workflow]
async fn chatty(who: String) -> Result<()> {
    workflow::log(|| SAID.lock().expect("nobody panics").push(format!("{who} begins")));
    note::call("a step".to_owned()).await?;
    workflow::signal::<()>("go on").await?;
    workflow::log(|| SAID.lock().expect("nobody panics").push(format!("{who} goes on")));
    note::call("another".to_owned()).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_written_once_however_often_the_code_is_run() {
    let app = server::app("chatty").await.workflow(chatty);
    let worker = server::worker(&app).await;
    let run = app.start(chatty, "ann".to_owned()).await.expect("it starts");
    let of_ann = || SAID.lock().expect("nobody panics").iter().filter(|said| said.starts_with("ann")).count();
    while of_ann() < 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The next one knows the workflow by its history only, and runs its code from the beginning.
    worker.stop().await.expect("it stops");
    let worker = server::worker(&app).await;
    run.signal("go on", &()).await.expect("it is taken");
    server::result(&run).await.expect("it ends well");
    worker.stop().await.expect("it stops");
    assert_eq!(*SAID.lock().expect("nobody panics"), ["ann begins", "ann goes on"]);

    app.inline(async { workflow::log(|| SAID.lock().expect("nobody panics").push("here".to_owned())) }).await;
    assert_eq!(SAID.lock().expect("nobody panics").len(), 3);
}

/// Thinks for a while.
#[agent(model = "m", tools = [note], max_turns = 20)]
struct Thinker;

#[derive(Default)]
struct Clock;

#[workflow]
impl Clock {
    /// Goes on at a time, which comes while nothing but a model answers.
    #[run]
    async fn run(clock: WorkflowContext<Self>) -> Result<String> {
        let late = workflow::now() + Duration::from_millis(500);
        let at_last = async {
            clock.until(move |_| workflow::now() > late).await;
            note::call("it is late".to_owned()).await
        };
        let (thought, noted) = workflow::join!(Thinker.run("think").into_future(), at_last);
        Ok(format!("{} {}", thought?.output, noted?))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_on_because_of_the_time_is_told_when_it_was() {
    let model = ScriptedModel::answering(|asked| match asked.turn() {
        turn @ 0..6 => Reply::call("note", json!({"text": turn.to_string()})).delay(Duration::from_millis(150)),
        _ => Reply::says("thought"),
    });
    let model = model.start().await.expect("a port");
    let app = server::app("clock").await.workflow(Clock::run).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(Clock::run, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "thought it is late");
    let history = server::replayed(&app, &run).await;
    assert!(!history.events().contains(&"WorkflowTaskFailed".to_owned()), "{:?}", history.events());
    worker.stop().await.expect("it stops");
}
