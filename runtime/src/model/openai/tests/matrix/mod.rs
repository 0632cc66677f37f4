//! The fault matrix: what a server may send in place of an answer, in each combination, and the one right outcome.
//!
//! `tables.rs` has what arrives whole, `breaks.rs` what does not, and this file puts them together and compares.

mod breaks;
mod tables;

use super::{KEY, Numbered, Step, ask, endpoint, stream};
use crate::model::{
    ModelError,
    ModelErrorClass::{self as Class, *},
    openai::{Endpoint, Http, OpenAi, Timeouts},
};
use futures::StreamExt as _;
use std::{collections::BTreeSet, time::Duration};
use tables::{BODIES, Body, Delay, Head, STATUSES, heads};
use tokio::time::timeout;

/// A head has to come in the total time even where all cores are busy.
const HURRIED: Timeouts =
    Timeouts { connect: Duration::from_millis(300), idle: Duration::from_millis(300), total: Duration::from_secs(2) };
/// More than any case may take.
const FOR_EVER: Duration = Duration::from_secs(30);
/// More than there are cores, since some cases only wait.
const AT_ONCE: usize = 64;
/// No repetition mends these, whatever the server says.
const NEVER_RETRIED: [Class; 3] = [Quota, ContextLength, Configuration];
const SECRETS: [&str; 2] = ["hunter2", KEY];

/// One of the four ways to ask a model.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Way {
    is_chat: bool,
    streams: bool,
}

const WAYS: [Way; 4] = [
    Way { is_chat: false, streams: false },
    Way { is_chat: false, streams: true },
    Way { is_chat: true, streams: false },
    Way { is_chat: true, streams: true },
];

impl Way {
    async fn ask(self, url: &str, http: &Http) -> Result<(), ModelError> {
        let make: fn(Endpoint, &Http) -> OpenAi =
            if self.is_chat { OpenAi::chat_completions } else { OpenAi::responses };
        let model = make(endpoint(url), http);
        if self.streams { stream(&model).await.0.map(drop) } else { ask(model).await.map(drop) }
    }
}

/// What is right.
#[derive(Clone, Debug)]
enum Outcome {
    Answered,
    Failed(Failure),
}

#[derive(Clone, Debug)]
struct Failure {
    class: Class,
    status: Option<u16>,
    code: Option<&'static str>,
    /// A piece of the message.
    says: &'static str,
    is_retryable: bool,
    delay: Delay,
    request_id: Option<&'static str>,
}

impl Failure {
    /// One worth another try, of which nothing more is known.
    fn new(class: Class, status: Option<u16>) -> Self {
        Self { class, status, code: None, says: "", is_retryable: true, delay: Delay::Unsaid, request_id: None }
    }
}

struct Case {
    name: String,
    way: Way,
    steps: Vec<Step>,
    /// Whether to give up after a moment: for cases in which nothing more comes.
    is_hurried: bool,
    right: Outcome,
}

/// What is wrong with the outcome, if anything is.
fn flaw(outcome: &Result<(), ModelError>, right: &Outcome) -> Option<String> {
    let (error, right) = match (outcome, right) {
        (Ok(()), Outcome::Answered) => return None,
        (Err(error), Outcome::Failed(right)) => (error, right),
        _ => return Some(format!("{outcome:?} is not {right:?}")),
    };
    let is_in_time = match (error.retry_after, right.delay) {
        (None, Delay::Unsaid) => true,
        (Some(asked), Delay::Of(time)) => asked == time,
        (Some(asked), Delay::Until(time)) => asked <= time && asked + Duration::from_secs(30) > time,
        _ => false,
    };
    let shown = format!("{error} {error:?}");
    let is_right = (error.class, error.status, error.code.as_deref()) == (right.class, right.status, right.code)
        && (error.is_retryable(), error.request_id.as_deref()) == (right.is_retryable, right.request_id)
        && is_in_time
        && error.message.contains(right.says)
        && SECRETS.iter().all(|secret| !shown.contains(secret));
    (!is_right).then(|| format!("{error:?} is not {right:?}"))
}

/// Asks once for each case.
async fn run(cases: Vec<Case>) {
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert!(names.len() >= 150, "{}", names.len());

    let server = {
        let scripts: Vec<_> = cases.iter().map(|case| case.steps.clone()).collect();
        Numbered::start(move |case| scripts[case].clone()).await
    };
    let [patient, hurried] = [Timeouts::default(), HURRIED].map(|timeouts| Http::new(timeouts).expect("a client"));
    let outcomes = futures::stream::iter(cases.iter().enumerate()).map(async |(number, case)| {
        let http = if case.is_hurried { &hurried } else { &patient };
        let outcome = timeout(FOR_EVER, case.way.ask(&server.url(number), http)).await;
        let flaw = outcome.map_or_else(|_| Some("it hangs".to_owned()), |outcome| flaw(&outcome, &case.right));
        flaw.map(|flaw| format!("{}: {flaw}", case.name))
    });
    let flaws: Vec<_> = outcomes.buffer_unordered(AT_ONCE).filter_map(async |flaw| flaw).collect().await;
    assert!(flaws.is_empty(), "{} of {}, such as {:#?}", flaws.len(), cases.len(), &flaws[..flaws.len().min(20)]);

    let asked = server.asked();
    assert!(asked.len() == cases.len() && asked.values().all(|times| *times == 1), "one request for one attempt");
}

/// An answer that arrives whole, with what must not be shown in its reason phrase and in headers nobody asks for.
fn whole(status: u16, body: &Body, head: &Head) -> Vec<Step> {
    let kind = if body.kind.is_empty() { String::new() } else { format!("content-type: {}\r\n", body.kind) };
    let (lines, text, length) = (&head.lines, body.text, body.text.len());
    vec![Step::send(format!(
        "HTTP/1.1 {status} hunter2\r\nset-cookie: hunter2\r\nwww-authenticate: {KEY}\r\nlocation: http://127.0.0.1:1/hunter2\r\n\
         connection: close\r\ncontent-length: {length}\r\n{kind}{lines}\r\n{text}"
    ))]
}

fn case(row: (u16, Class, bool), body: &Body, head: &Head, way: Way) -> Case {
    let (status, class, retryable) = row;
    let (code, says) = match status {
        // Nobody reads the body of a redirect.
        300..=399 => (None, "redirects"),
        // What is no error in its form is not read for one, where the status says that there is none.
        200 if class == Malformed || class == Incomplete => (None, ""),
        _ => (body.code, body.says),
    };
    let is_retryable = if NEVER_RETRIED.contains(&class) { false } else { head.should_retry.unwrap_or(retryable) };
    let failure = Failure {
        code,
        says,
        is_retryable,
        delay: head.delay,
        request_id: head.request_id,
        ..Failure::new(class, Some(status))
    };
    Case {
        name: format!("{way:?}: {status} with {} and {:?}", body.name, head.lines),
        way,
        steps: whole(status, body, head),
        is_hurried: false,
        right: Outcome::Failed(failure),
    }
}

/// Each status with each body, and the heads by turns, so that each status meets each; then each head with a few statuses.
fn cases() -> Vec<Case> {
    let heads = heads();
    let mut turn = 0;
    let mut cases = Vec::new();
    for way in WAYS {
        for body in BODIES {
            // All of them are worth another try: a gateway may have been in the way.
            let as_success = (200, body.as_success[usize::from(way.streams)], true);
            for (place, row) in STATUSES.iter().copied().chain([as_success]).enumerate() {
                cases.push(case(row, body, &heads[(turn + place) % heads.len()], way));
            }
            turn += 1;
        }
        for head in &heads {
            for row in STATUSES.iter().filter(|row| [400, 402, 429, 503].contains(&row.0)) {
                cases.push(case(*row, &BODIES[0], head, way));
            }
        }
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_that_arrives_whole_is_what_the_tables_say() {
    run(cases()).await;
}
