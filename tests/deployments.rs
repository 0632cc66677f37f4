//! Worker deployments: what stays with the build that it began with, and what goes on with the current one.

use crate::server;
use std::time::Duration;
use steadfast::{
    Handle, Target, Versioning, WorkerSettings,
    prelude::*,
    workflow::{child, signal, sleep},
};

/// Waits of a millisecond: enough for the impatient server to suggest a new run.
const WAITS: u32 = 20;

mod first {
    use super::*;

    #[workflow(name = "leg")]
    pub(super) async fn leg() -> Result<String> {
        Ok("a leg of the first".to_owned())
    }

    #[workflow(name = "trip")]
    pub(super) async fn trip() -> Result<[String; 3]> {
        let begun = here::call().await?;
        signal::<()>("go").await?;
        for _ in 0..WAITS {
            sleep(Duration::from_millis(1)).await;
        }
        Ok([begun, "the first".to_owned(), child(leg, ()).await?])
    }

    /// Which build runs it.
    #[activity]
    pub(super) fn here() -> String {
        "from the first".to_owned()
    }
}

mod second {
    use super::*;

    #[workflow(name = "leg")]
    pub(super) async fn leg() -> Result<String> {
        Ok("a leg of the second".to_owned())
    }

    #[workflow(name = "trip")]
    pub(super) async fn trip() -> Result<[String; 3]> {
        let begun = here::call().await?;
        signal::<()>("go").await?;
        for _ in 0..WAITS {
            sleep(Duration::from_millis(1)).await;
        }
        Ok([begun, "the second".to_owned(), child(leg, ()).await?])
    }

    /// Which build runs it.
    #[activity]
    pub(super) fn here() -> String {
        "from the second".to_owned()
    }
}

async fn begun<T>(run: &Handle<T>) {
    while !run.history().await.expect("there is one").events().contains(&"ActivityTaskCompleted".to_owned()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What becomes of a run that is under way when the second build is made the current one, and of one that begins then.
async fn released(name: &str, versioning: Versioning) -> ([String; 3], [String; 3], usize) {
    let app = |build| {
        let settings = WorkerSettings::new().deployment(name, build).versioning(versioning);
        async move { App::new(name).target(Target::address(server::impatient().await)).worker_settings(settings) }
    };
    let one = app("1").await.workflow(first::trip).workflow(first::leg);
    let two = app("2").await.workflow(second::trip).workflow(second::leg);
    let client = one.client().await.expect("it is connected");
    let workers =
        [one.worker().await.expect("it can start").spawn(), two.worker().await.expect("it can start").spawn()];
    client.set_current_version(name, "1").await.expect("it has a worker");
    let old = one.start(first::trip, ()).await.expect("it starts");
    begun(&old).await;

    client.set_current_version(name, "2").await.expect("it has a worker");
    let new = one.start(first::trip, ()).await.expect("it starts");
    for run in [&old, &new] {
        run.signal("go", &()).await.expect("it is taken");
    }
    let results =
        (server::result(&old).await.expect("it ends well"), server::result(&new).await.expect("it ends well"));
    let runs = server::all_replayed(if versioning == Versioning::Pinned { &one } else { &two }, &old).await.len();
    for worker in workers {
        worker.stop().await.expect("it stops");
    }
    (results.0, results.1, runs)
}

const BY_THE_SECOND: [&str; 3] = ["from the second", "the second", "a leg of the second"];

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_run_stays_with_its_build_through_new_runs_and_children() {
    let (old, new, runs) = released("pinned", Versioning::Pinned).await;
    assert_eq!(old, ["from the first", "the first", "a leg of the first"]);
    assert_eq!(new, BY_THE_SECOND, "what begins goes to the current one");
    assert!(runs > 1, "it has continued as new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_upgrades_goes_on_with_the_current_build() {
    let (old, new, _) = released("upgraded", Versioning::AutoUpgrade).await;
    assert_eq!(old, ["from the first", "the second", "a leg of the second"]);
    assert_eq!(new, BY_THE_SECOND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_ramps_up_and_one_that_nobody_has_is_refused() {
    let name = "ramped";
    let app = |build| {
        let settings = WorkerSettings::new().deployment(name, build);
        async move { server::app(name).await.task_queue(name).worker_settings(settings) }
    };
    let one = app("1").await.workflow(first::trip).workflow(first::leg);
    let two = app("2").await.workflow(second::trip).workflow(second::leg);
    let workers =
        [one.worker().await.expect("it can start").spawn(), two.worker().await.expect("it can start").spawn()];
    let client = one.client().await.expect("it is connected");
    client.set_current_version(name, "1").await.expect("it has a worker");
    client.set_ramping_version(name, "2", 100.0).await.expect("it has a worker");
    let run = one.start(first::trip, ()).await.expect("it starts");
    run.signal("go", &()).await.expect("it is taken");
    assert_eq!(server::result(&run).await.expect("it ends well"), BY_THE_SECOND);
    client.set_ramping_version(name, "2", 0.0).await.expect("it is taken back");

    let error = client.set_ramping_version(name, "2", 101.0).await.expect_err("it is over a hundred");
    assert_eq!(error.code(), "Deployment");
    let said = error.to_string();
    assert!(said.starts_with("build `2` of deployment `ramped` gets no workflows: "), "{said}");
    for worker in workers {
        worker.stop().await.expect("it stops");
    }
}
