//! Workflows that the server starts at set times.

use super::{code, workflow_error};
use crate::server;
use std::time::{Duration, Instant, SystemTime};
use steadfast::{
    Handle, IdReusePolicy, Overlap, ScheduleChanges, ScheduleDescription, ScheduleHandle, Timetable,
    codec::Zstd,
    prelude::*,
    testing::{Reply, ScriptedModel},
};

#[workflow]
async fn report(of: String) -> String {
    format!("the report of {of}")
}

/// Describes a schedule until it is as it should be; what it has done shows a moment later.
async fn described(
    schedule: &ScheduleHandle,
    is_so: impl Fn(&ScheduleDescription) -> bool + Send + Sync,
) -> ScheduleDescription {
    let began = Instant::now();
    loop {
        let described = schedule.describe().await.expect("it is there");
        if is_so(&described) {
            return described;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{described:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_made_triggered_changed_and_deleted() {
    let app = server::app("clients-schedule").await.workflow(report);
    let worker = server::worker(&app).await;
    let client = app.client().await.expect("connected");
    let new = || app.schedule("clients-daily", report, "sales".to_owned()).every(Duration::from_hours(24));
    let daily = new()
        .cron("30 9 * * MON-FRI")
        .overlap(Overlap::BufferOne)
        .catch_up(Duration::from_mins(5))
        .runs(10)
        .note("every day")
        .starting(|start| start.id("clients-report").memo("for", "ann").run_timeout(Duration::from_hours(1)))
        .create()
        .await
        .expect("it is made");
    assert_eq!(daily.id(), "clients-daily");
    let error = new().create().await.expect_err("there is one");
    assert_eq!(error.to_string(), "there is a schedule `clients-daily` already; use its handle, or another id");

    let known = daily.describe().await.expect("it is there");
    assert_eq!((known.workflow.as_str(), known.workflow_id.as_str()), ("report", "clients-report"));
    assert_eq!((known.overlap, known.catch_up), (Overlap::BufferOne, Some(Duration::from_mins(5))));
    assert_eq!((known.remaining, known.note.as_deref(), known.is_paused), (Some(10), Some("every day"), false));
    assert_eq!(known.task_queue, client.task_queue());
    assert!(!known.next.is_empty() && known.started == 0, "{known:?}");

    daily.trigger().await.expect("it is there");
    let done = described(&daily, |schedule| !schedule.recent.is_empty()).await;
    let run = &done.recent[0];
    assert!(run.workflow_id.starts_with("clients-report-"), "{run:?}");
    let run: Handle<String> = client.handle(&run.workflow_id);
    assert_eq!(server::result(&run).await.expect("it ends well"), "the report of sales");
    assert_eq!(run.describe().await.expect("it is there").workflow.memo["for"], "ann");
    server::replayed(&app, &run).await;

    daily.pause("a holiday").await.expect("it is there");
    let paused = daily.describe().await.expect("it is there");
    assert_eq!((paused.is_paused, paused.note.as_deref()), (true, Some("a holiday")));
    let changes =
        ScheduleChanges::new().timetable(Timetable::new().daily(10, 15)).runs(None).overlap(Overlap::AllowAll);
    daily.update(changes).await.expect("it is there");
    let now_known = daily.describe().await.expect("it is there");
    assert_eq!((now_known.remaining, now_known.overlap, now_known.is_paused), (None, Overlap::AllowAll, true));
    assert_eq!(now_known.catch_up, Some(Duration::from_mins(5)), "what was not said stays");
    let of_day = now_known.next[0].duration_since(SystemTime::UNIX_EPOCH).expect("it is past 1970").as_secs() % 86_400;
    assert_eq!(of_day, (10 * 60 + 15) * 60);
    daily.unpause("").await.expect("it is there");

    // The last two days, one after the other.
    let now = SystemTime::now();
    daily.backfill(now - Duration::from_hours(48), now, Overlap::BufferAll).await.expect("it is there");
    let filled = described(&daily, |schedule| schedule.started == 3).await;
    assert_eq!(filled.recent.len(), 3);

    let began = Instant::now();
    loop {
        let all = client.schedules().all().await.expect("the server lists");
        if let Some(listed) = all.iter().find(|listed| listed.id == "clients-daily") {
            assert_eq!(listed.workflow, "report");
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{all:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    daily.delete().await.expect("it is there");
    let error = daily.pause("late").await.expect_err("it is gone");
    assert_eq!(
        (error.to_string().as_str(), code(error).as_str()),
        ("there is no schedule `clients-daily`", "NoSchedule")
    );
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_starts_by_itself_as_often_as_it_should() {
    let app = server::app("clients-seconds").await.workflow(report);
    let worker = server::worker(&app).await;
    let new = app.schedule("clients-seconds", report, "seconds".to_owned()).every(Duration::from_secs(1)).runs(2);
    let schedule = new.create().await.expect("it is made");
    let done = described(&schedule, |schedule| schedule.started == 2).await;
    assert_eq!((done.remaining, done.recent.len()), (Some(0), 2));
    schedule.delete().await.expect("it is there");
    worker.stop().await.expect("it stops");
}

/// Says what is new.
#[agent(model = "m", instructions = "You report on {of}.")]
struct Reporter {
    of: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_asks_an_agent() {
    let model =
        ScriptedModel::answering(|asked| Reply::says(format!("{:?}: {:?}", asked.instructions(), asked.user_text())));
    let model = model.start().await.expect("a port");
    let app = server::app("clients-agent").await.agent::<Reporter>().provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let reporter = Reporter { of: "sales".to_owned() };
    let new = app.schedule_agent("clients-agent", &reporter, "What is new?").every(Duration::from_secs(1)).runs(1);
    let schedule = new.create().await.expect("it is made");
    let done =
        described(&schedule, |schedule| schedule.recent.iter().any(|recent| !recent.workflow_id.is_empty())).await;
    let client = app.client().await.expect("a connection");
    let said =
        server::result(&client.handle::<String>(done.recent[0].workflow_id.clone())).await.expect("it ends well");
    assert_eq!(said, "Some(\"You report on sales.\"): Some(\"What is new?\")");
    schedule.delete().await.expect("it is there");
    worker.stop().await.expect("it stops");
}

/// These requests are written out by hand, so the codec has to be applied by hand.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_by_hand_goes_through_the_codec() {
    let app = server::app("clients-codec").await.workflow(report).codec(Zstd::new());
    let worker = server::worker(&app).await;
    let of = "x".repeat(20_000);
    let late = app.start(report, of.clone()).start_delay(Duration::from_millis(10)).memo("of", &of);
    let late = late.await.expect("it is noted");
    assert!(server::result(&late).await.expect("it ends well").ends_with(&of));
    assert_eq!(late.describe().await.expect("it is there").workflow.memo["of"], of.as_str());
    let history = server::replayed(&app, &late).await;
    assert!(history.bytes() < 10_000, "{history:?}");

    let new = app.schedule("clients-codec", report, of.clone()).every(DAY).starting(|start| start.memo("of", &of));
    let schedule = new.overlap(Overlap::AllowAll).trigger().create().await.expect("it is made");
    // What is encoded is not read and written again.
    schedule.update(ScheduleChanges::new().note("again")).await.expect("it is there");
    schedule.trigger().await.expect("it is there");
    let done = described(&schedule, |schedule| schedule.started == 2).await;
    for started in &done.recent {
        let run: Handle<String> = app.handle(report, &started.workflow_id).await.expect("connected");
        assert!(server::result(&run).await.expect("it ends well").ends_with(&of));
        assert_eq!(run.describe().await.expect("it is there").workflow.memo["of"], of.as_str());
        assert!(server::replayed(&app, &run).await.bytes() < 10_000);
    }
    schedule.delete().await.expect("it is there");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_makes_no_sense_is_refused() {
    let app = server::app("clients-senseless").await.workflow(report);
    let new = || app.schedule("clients-senseless", report, String::new());
    let text = |error| workflow_error(error).to_string();
    let error = text(new().create().await.expect_err("it has no times"));
    assert_eq!(error, "`clients-senseless`: it has no times; add `.every(..)` or `.cron(..)`");
    let error = text(new().every(Duration::from_millis(10)).create().await.expect_err("it is too often"));
    assert!(error.contains("an interval is a second at least, and not 10ms"), "{error}");
    let error = text(new().every(DAY).catch_up(Duration::from_secs(1)).create().await.expect_err("it is too short"));
    assert!(error.contains("a time to catch up is 10s at least, and not 1s"), "{error}");
    let error = text(new().cron("at noon").create().await.expect_err("cron does not say so"));
    assert!(
        error.contains("`clients-senseless`: ") && error.contains("CronString does not have 5-7 fields"),
        "{error}"
    );
    let policy = new().every(DAY).starting(|start| start.id_reuse_policy(IdReusePolicy::Reject));
    let error = text(policy.create().await.expect_err("it has no policies"));
    assert!(error.contains("it has no policies for ids"), "{error}");
    let handle = app.client().await.expect("connected").schedule("clients-nothing");
    for error in [
        handle.describe().await.expect_err("there is none"),
        handle.trigger().await.expect_err("there is none"),
        handle.update(ScheduleChanges::new().note("late")).await.expect_err("there is none"),
        handle.delete().await.expect_err("there is none"),
    ] {
        assert_eq!(code(error), "NoSchedule");
    }
}

const DAY: Duration = Duration::from_hours(24);
