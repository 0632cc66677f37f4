//! Whoever follows a log sees each thing once and each text whole, from wherever and after whatever.

use super::*;
use serde_json::json;

fn stream(log: &Log) -> Stream {
    Stream { run: "0".into(), listener: log.listener() }
}

fn asked(log: &Log) -> u64 {
    log.ask(&stream(log), "Guide", 1)
}

fn say(log: &Log, call: u64, attempt: u32, from: usize, text: &str) -> Option<usize> {
    log.say(&Piece { call, attempt, from, text: text.to_owned() })
}

/// What comes after the offset, in short; and the offset after it.
fn read(log: &Log, from: &Offset) -> (Vec<String>, Offset) {
    let page = log.page(from, usize::MAX);
    let short = |streamed: &Streamed| match &streamed.event.kind {
        RunEventKind::Text { attempt, delta, .. } => format!("{attempt}:{delta}"),
        RunEventKind::TextDropped { .. } => "dropped".to_owned(),
        other => json!(other)["type"].as_str().unwrap_or_default().to_owned(),
    };
    let events = page.events.iter().map(short).collect();
    (events, page.next)
}

#[test]
fn text_is_read_while_it_is_said_and_not_again_in_the_answer() {
    let log = Log::default();
    stream(&log).show("Guide", RunEventKind::AgentStarted);
    let call = asked(&log);
    assert_eq!(say(&log, call, 1, 0, "It is "), Some(6));
    let (events, at) = read(&log, &Offset::default());
    assert_eq!(events, ["agent_started", "1:It is "]);
    // The answer to the query was lost, so it comes again with what is new.
    assert_eq!(say(&log, call, 1, 0, "It is su"), Some(8));
    let (events, at) = read(&log, &at);
    assert_eq!(events, ["1:su"]);
    log.answer(call, Some((1, "It is sunny.".to_owned())));
    assert_eq!(say(&log, call, 1, 8, "nny."), None);
    let (events, at) = read(&log, &at);
    assert_eq!(events, ["1:nny."]);
    assert_eq!(read(&log, &at).0, Vec::<String>::new());
    assert_eq!(read(&log, &Offset::default()).0, ["agent_started", "1:It is sunny."]);
}

#[test]
fn a_lost_attempt_is_dropped_and_told_anew() {
    let log = Log::default();
    let call = asked(&log);
    say(&log, call, 1, 0, "It is rai");
    let (_, at) = read(&log, &Offset::default());
    say(&log, call, 2, 0, "It is");
    assert_eq!(say(&log, call, 1, 9, "ny."), None, "the lost attempt is still talking");
    let (events, during) = read(&log, &at);
    assert_eq!(events, ["dropped", "2:It is"]);
    log.answer(call, Some((2, "It is sunny.".to_owned())));
    assert_eq!(read(&log, &during).0, ["2: sunny."]);
    assert_eq!(read(&log, &at).0, ["dropped", "2:It is sunny."]);
    assert_eq!(read(&log, &Offset::default()).0, ["2:It is sunny."]);
}

#[test]
fn a_call_that_failed_takes_its_text_back() {
    let log = Log::default();
    let call = asked(&log);
    say(&log, call, 1, 0, "It");
    let (_, at) = read(&log, &Offset::default());
    log.answer(call, None);
    assert_eq!(read(&log, &at).0, ["dropped"]);
    assert_eq!(read(&log, &Offset::default()).0, Vec::<String>::new());
}

/// The worker that has the workflow dies; the activity goes on, and tells another worker.
#[test]
fn another_worker_is_told_what_it_lacks() {
    let (before, after) = (Log::default(), Log::default());
    let call = asked(&before);
    say(&before, call, 1, 0, "It is ");
    let (_, at) = read(&before, &Offset::default());
    assert_eq!(asked(&after), call);
    assert_eq!(say(&after, call, 1, 6, "sunny."), Some(0), "the beginning is missing");
    assert_eq!(read(&after, &at).0, Vec::<String>::new());
    assert_eq!(say(&after, call, 1, 0, "It is sunny."), Some(12));
    assert_eq!(read(&after, &at).0, ["1:sunny."]);
}

/// Whatever event somebody stops after, what follows is the same.
#[test]
fn every_offset_goes_on_where_it_is() {
    let log = Log::default();
    let (one, other) = (asked(&log), asked(&log));
    say(&log, one, 1, 0, "a");
    say(&log, other, 1, 0, "x");
    let (_, at) = read(&log, &Offset::default());
    log.answer(other, Some((2, "yz".to_owned())));
    stream(&log).show("Guide", RunEventKind::AgentStarted);
    log.answer(one, Some((1, "ab".to_owned())));
    let whole = log.page(&at, usize::MAX).events;
    assert_eq!(read(&log, &at).0, ["dropped", "2:yz", "agent_started", "1:b"]);
    for (read, streamed) in (1..).zip(&whole) {
        let kept = serde_json::from_value(json!(streamed.offset)).expect("an offset is data");
        let rest: Vec<_> = log.page(&kept, usize::MAX).events.into_iter().map(|streamed| streamed.event).collect();
        let expected: Vec<_> = whole[read..].iter().map(|streamed| streamed.event.clone()).collect();
        assert_eq!(rest, expected, "after {read}");
    }
    // And however little comes at once.
    let (mut at, mut some) = (at, Vec::new());
    loop {
        let page = log.page(&at, 1);
        if page.events.is_empty() {
            break;
        }
        some.extend(page.events.into_iter().map(|streamed| streamed.event));
        at = page.next;
    }
    assert_eq!(some, whole.into_iter().map(|streamed| streamed.event).collect::<Vec<_>>());
}

#[test]
fn a_log_that_goes_on_from_another_is_numbered_after_it() {
    let log = Log::default();
    log.begin_at(5);
    let call = asked(&log);
    assert_eq!((call, log.end()), (5, 6));
    say(&log, call, 1, 0, "It");
    assert_eq!(read(&log, &Offset::from(5)).0, ["1:It"]);
    let page = log.page(&Offset::from(3), usize::MAX);
    assert_eq!((page.first, page.events.len(), page.next.next), (5, 0, 3));
}
