//! The rest of the matrix: connections that cannot be made, that break or that fall silent, at every point of an answer.

use super::{
    Case, Delay, Failure, HURRIED,
    Outcome::{self, Answered, Failed},
    Step, WAYS, Way, flaw, run,
};
use crate::model::{
    ModelErrorClass::*,
    openai::{Http, Timeouts, tests::Raw},
};
use std::time::Duration;
use tokio::net::TcpListener;

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Framing {
    Length,
    Chunks,
    /// By the end of the connection.
    Close,
}

/// Up to where an answer comes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Request,
    HalfHead,
    Head,
    HalfBody,
    Body,
}

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Reset,
    Close,
    Silence,
}

const FRAMINGS: [Framing; 3] = [Framing::Length, Framing::Chunks, Framing::Close];
const PLACES: [Place; 5] = [Place::Request, Place::HalfHead, Place::Head, Place::HalfBody, Place::Body];
const EVENTS: [Event; 3] = [Event::Reset, Event::Close, Event::Silence];

/// An answer in two pieces; a text has begun within the first.
fn answer(status: u16, way: Way) -> (&'static str, [&'static str; 2]) {
    match (status, way.streams, way.is_chat) {
        (200, false, false) => ("application/json", [r#"{"output":[],"#, r#""secret":"hunter2"}"#]),
        (200, false, true) => ("application/json", [r#"{"choices":[{"message":{"#, r#""content":"hunter2"}}]}"#]),
        (200, true, false) => (
            "text/event-stream",
            [
                "data: {\"type\":\"response.output_text.delta\",\"delta\":\"hunter2\"}\n\n",
                "data: {\"type\":\"response.completed\",\"response\":{\"output\":[]}}\n\n",
            ],
        ),
        (200, true, true) => (
            "text/event-stream",
            [
                "data: {\"choices\":[{\"delta\":{\"content\":\"hunter2\"},\"finish_reason\":\"stop\"}]}\n\n",
                "data: [DONE]\n\n",
            ],
        ),
        _ => ("application/json", [r#"{"error":{"code":"e_7","message":"no luck","#, r#""param":"hunter2"}}"#]),
    }
}

fn steps(status: u16, way: Way, framing: Framing, place: Place, event: Event) -> Vec<Step> {
    let (kind, pieces) = answer(status, way);
    let head = format!("HTTP/1.1 {status} hunter2\r\nconnection: close\r\ncontent-type: {kind}\r\nretry-after: 7\r\n");
    let length = pieces.concat().len();
    let (framed, end) = match framing {
        Framing::Length => (format!("content-length: {length}\r\n\r\n"), ""),
        Framing::Chunks => ("transfer-encoding: chunked\r\n\r\n".to_owned(), "0\r\n\r\n"),
        Framing::Close => ("\r\n".to_owned(), ""),
    };
    let piece = |text: &str| match framing {
        Framing::Chunks => format!("{:x}\r\n{text}\r\n", text.len()),
        _ => text.to_owned(),
    };
    let [first, last] = pieces.map(piece);
    let sent = match place {
        Place::Request => String::new(),
        Place::HalfHead => head,
        Place::Head => head + &framed,
        Place::HalfBody => head + &framed + &first,
        Place::Body => head + &framed + &first + &last + end,
    };
    let event = match event {
        // A reset may overtake what was sent before it, unless that has been read.
        Event::Reset => vec![Step::Wait(Duration::from_millis(100)), Step::Reset],
        Event::Close => vec![],
        Event::Silence => vec![Step::Wait(Duration::from_mins(1))],
    };
    [vec![Step::send(sent)], event].concat()
}

fn right(status: u16, way: Way, framing: Framing, place: Place, event: Event) -> Outcome {
    if matches!(place, Place::Request | Place::HalfHead) {
        return Failed(match event {
            Event::Silence => Failure { says: "waited 2s", ..Failure::new(Timeout, None) },
            Event::Close | Event::Reset => Failure::new(Connection, None),
        });
    }
    // The end of a connection is the end of such a body, if it is one in good order.
    let is_whole = place == Place::Body && (framing != Framing::Close || event == Event::Close);
    let failure = |class| Failure { delay: Delay::Of(Duration::from_secs(7)), ..Failure::new(class, Some(status)) };
    if status == 429 {
        let (code, says) = if is_whole { (Some("e_7"), "no luck") } else { (None, "gives no reason") };
        return Failed(Failure { code, says, ..failure(RateLimited) });
    }
    // A stream says itself where it ends.
    if is_whole || (place == Place::Body && way.streams) {
        return Answered;
    }
    Failed(match event {
        // A model may think before its first word, and not within it.
        Event::Silence if place == Place::Head => Failure { says: "waited 2s", ..failure(Timeout) },
        Event::Silence => Failure { says: "waited 300ms", ..failure(Timeout) },
        Event::Close if framing == Framing::Close => failure(if way.streams { Incomplete } else { Malformed }),
        Event::Close | Event::Reset => failure(Connection),
    })
}

/// More than is read of any body.
fn floods() -> Vec<Case> {
    let mut cases = Vec::new();
    for (status, class, says, is_retryable) in [
        // It would only be as long the next time.
        (200, Malformed, "8388608 bytes", false),
        (413, InvalidRequest, "gives no reason", false),
        (429, RateLimited, "gives no reason", true),
        (503, Overloaded, "gives no reason", true),
    ] {
        for way in WAYS {
            let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n\"");
            cases.push(Case {
                name: format!("{way:?}: {status} without end"),
                way,
                steps: vec![Step::send(head), Step::Flood(b"hunter2 ".repeat(64 * 1024))],
                is_hurried: false,
                right: Failed(Failure { says, is_retryable, ..Failure::new(class, Some(status)) }),
            });
        }
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_keeps_what_was_known() {
    let mut cases = floods();
    for way in WAYS {
        for (place, event) in PLACES.into_iter().flat_map(|place| EVENTS.map(|event| (place, event))) {
            for (status, framing) in [200, 429].into_iter().flat_map(|status| FRAMINGS.map(|it| (status, it))) {
                cases.push(Case {
                    name: format!("{way:?}: {event:?} after {place:?} of {status}, framed by {framing:?}"),
                    way,
                    steps: steps(status, way, framing, place, event),
                    is_hurried: event == Event::Silence,
                    right: right(status, way, framing, place, event),
                });
            }
        }
        cases.push(Case {
            name: format!("{way:?}: no HTTP"),
            way,
            steps: vec![Step::send("hunter2\r\n\r\n")],
            is_hurried: false,
            right: Failed(Failure::new(Connection, None)),
        });
    }
    run(cases).await;
}

#[tokio::test]
async fn what_is_never_reached_is_a_connection_error() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("it is bound");
    // No resolver has to be asked about a label this long.
    let nowhere = format!("http://{}.invalid/v1", "x".repeat(70));
    let secure = |server: &Raw| server.url.replace("http:", "https:");
    let hangs_up = Raw::start(vec![]).await;
    let resets = Raw::start(vec![Step::Reset]).await;
    let in_clear = Raw::start(vec![Step::send("HTTP/1.1 400 hunter2\r\n\r\n")]).await;
    // A fatal alert: no handshake is possible.
    let declines = Raw::start(vec![Step::Send(vec![0x15, 3, 3, 0, 2, 2, 40])]).await;
    let is_silent = Raw::start(vec![Step::Wait(Duration::from_mins(1))]).await;
    let servers = [&hangs_up, &resets, &in_clear, &declines, &is_silent];
    let http = Http::new(Timeouts::default()).expect("a client");
    let hurried = Http::new(HURRIED).expect("a client");
    for way in WAYS {
        let failure = |says| Failure { says, ..Failure::new(Connection, None) };
        let rows = [
            (format!("http://{closed}/v1"), &http, failure("refused")),
            (nowhere.clone(), &http, failure("no answer from")),
            (secure(&hangs_up), &http, failure("")),
            (secure(&resets), &http, failure("")),
            (secure(&in_clear), &http, failure("")),
            (secure(&declines), &http, failure("")),
            (secure(&is_silent), &hurried, Failure { says: "timed out", ..Failure::new(Timeout, None) }),
        ];
        for (url, http, right) in rows {
            let outcome = way.ask(&url, http).await;
            assert_eq!(flaw(&outcome, &Failed(right)), None, "{way:?}: {url}");
        }
    }
    for server in servers {
        assert_eq!(server.seen().len(), WAYS.len(), "one handshake for one attempt");
    }
}
