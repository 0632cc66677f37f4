//! No truncated answer is accepted: a stream of 4 kB, cut at each of its bytes, in good order, by a close and by a reset.

use super::{Numbered, Step, endpoint, stream};
use crate::model::{
    ModelErrorClass as Class,
    openai::{Http, OpenAi, Timeouts},
};
use futures::StreamExt as _;
use std::ops::ControlFlow;

/// Streams as OpenAI sends them: a thought, a text in pieces, a call in pieces, the usage, the end event.
const RESPONSES: &str = include_str!("recorded/responses.sse");
const CHAT: &str = include_str!("recorded/chat.sse");
const TEXT: &str = "Grüß Gott! In Reykjavík it is −3 °C and clear 🌌.\n";

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n";
/// It keeps two cores busy; more would only wait for each other.
const AT_ONCE: usize = 16;

/// How the connection ends after what was sent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// To HTTP, nothing is missing.
    InOrder,
    /// It is closed before the last chunk.
    HungUp,
    Reset,
}

#[derive(Clone, Copy, Debug)]
struct Cut {
    is_chat: bool,
    end: End,
    /// How many bytes are sent.
    after: usize,
}

/// The whole streams are among them, as the last of each.
fn cuts() -> Vec<Cut> {
    let mut cuts = Vec::new();
    for (is_chat, body) in [(false, RESPONSES), (true, CHAT)] {
        for end in [End::InOrder, End::HungUp, End::Reset] {
            cuts.extend((0..=body.len()).map(|after| Cut { is_chat, end, after }));
        }
    }
    cuts
}

impl Cut {
    fn body(self) -> &'static [u8] {
        if self.is_chat { CHAT.as_bytes() } else { RESPONSES.as_bytes() }
    }

    fn is_whole(self) -> bool {
        self.after == self.body().len()
    }

    /// A body without length or chunks ends with its connection; every second one is such, where that is no way to hang up.
    fn steps(self) -> Vec<Step> {
        let sent = &self.body()[..self.after];
        let mut bytes = HEAD.as_bytes().to_vec();
        if self.end != End::HungUp && self.after.is_multiple_of(2) {
            bytes.extend(b"\r\n");
            bytes.extend(sent);
        } else {
            bytes.extend(b"transfer-encoding: chunked\r\n\r\n");
            // Their bounds are not those of events.
            for chunk in sent.chunks(1_000) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            if self.end == End::InOrder {
                bytes.extend(b"0\r\n\r\n");
            }
        }
        let end = (self.end == End::Reset).then_some(Step::Reset);
        [Step::Send(bytes)].into_iter().chain(end).collect()
    }

    /// Asks once; what is wrong with the outcome, if anything is.
    async fn flaw(self, url: &str, http: &Http) -> ControlFlow<String> {
        let make = if self.is_chat { OpenAi::chat_completions } else { OpenAi::responses };
        let (answer, told) = stream(&make(endpoint(url), http)).await;
        let told = told.concat();
        let is_right = match (&answer, self.end) {
            (Ok(answer), _) => self.is_whole() && answer.text() == TEXT && answer.usage.total_tokens() == 120,
            // It may overtake what was sent before it, so that even a whole answer can be lost, and the head of any.
            (Err(error), End::Reset) => error.is_retryable() && error.class == Class::Connection,
            (Err(error), end) => {
                let is_half_a_letter = std::str::from_utf8(&self.body()[..self.after]).is_err();
                let class = match end {
                    End::HungUp => Class::Connection,
                    _ if is_half_a_letter => Class::Malformed,
                    _ => Class::Incomplete,
                };
                !self.is_whole() && error.is_retryable() && (error.class, error.status) == (class, Some(200))
            }
        };
        if is_right && TEXT.starts_with(&told) && (answer.is_err() || told == TEXT) {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(format!("{self:?} told {told:?} and ended with {answer:?}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_cut_anywhere_is_no_answer() {
    for body in [RESPONSES, CHAT] {
        assert!((3_996..=4_196).contains(&body.len()), "{}", body.len());
    }
    let cuts = cuts();
    assert!(cuts.iter().filter(|cut| !cut.is_whole()).count() > 24_000);

    let server = {
        let cuts = cuts.clone();
        Numbered::start(move |case| cuts[case].steps()).await
    };
    let http = Http::new(Timeouts::default()).expect("a client");
    let outcomes = futures::stream::iter(cuts.iter().enumerate())
        .map(async |(case, cut)| cut.flaw(&server.url(case), &http).await)
        .buffer_unordered(AT_ONCE);
    let flaws: Vec<_> = outcomes.filter_map(async |outcome| outcome.break_value()).collect().await;
    assert!(flaws.is_empty(), "{} of {}, such as {:#?}", flaws.len(), cuts.len(), &flaws[..flaws.len().min(9)]);

    let asked = server.asked();
    assert!(asked.len() == cuts.len() && asked.values().all(|times| *times == 1), "one request for one attempt");
}
