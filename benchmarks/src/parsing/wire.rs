//! A prepared answer: a whole HTTP response, so that sending it costs its server next to nothing.

use super::{
    case::{Api, Case, Kind},
    chat, responses,
};

/// How much a chunk holds that is not an event; a record of TLS holds as much.
const CHUNK: usize = 16 * 1024;

#[derive(Clone, Debug)]
pub(super) struct Wire {
    /// The response, its head included.
    pub(super) bytes: Vec<u8>,
    /// How many events it has; an answer that is not streamed counts as one.
    pub(super) events: usize,
    /// How long its body is, without the chunks' lengths.
    pub(super) body: usize,
    /// How long the text or the arguments are that are to be read from it.
    pub(super) said: usize,
}

impl Wire {
    pub(super) fn of(case: Case) -> Self {
        let said = case.said();
        let events = match (case.kind, case.api) {
            // OpenAI sends it for people to read.
            (Kind::Whole, Api::Responses) => vec![format!("{:#}\n", responses::completed(&said))],
            (Kind::Whole, Api::Chat) => vec![format!("{:#}\n", chat::completed(&said))],
            (_, Api::Responses) => responses::events(&said),
            (_, Api::Chat) => chat::events(&said),
        };
        let body = events.concat();
        let mut bytes = head(case.is_streamed()).into_bytes();
        match case.kind {
            Kind::Text | Kind::Call => events.iter().for_each(|event| chunk(&mut bytes, event.as_bytes())),
            Kind::Buffered | Kind::Whole => body.as_bytes().chunks(CHUNK).for_each(|part| chunk(&mut bytes, part)),
        }
        chunk(&mut bytes, b"");
        Self { bytes, events: events.len(), body: body.len(), said: said.whole().len() }
    }
}

fn head(is_streamed: bool) -> String {
    let kind = if is_streamed { "text/event-stream; charset=utf-8" } else { "application/json" };
    format!(
        "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\
         connection: keep-alive\r\nopenai-version: 2020-10-01\r\nopenai-processing-ms: 412\r\n\
         x-request-id: req_5d1c0a9b8c7d6e5f4a3b2c1d0e9f8a7b\r\nx-ratelimit-limit-requests: 10000\r\n\
         x-ratelimit-remaining-requests: 9999\r\nserver: cloudflare\r\n\r\n"
    )
}

fn chunk(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend(format!("{:x}\r\n", part.len()).bytes());
    bytes.extend(part);
    bytes.extend(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_sent_in_chunks_of_any_size() {
        let of = |kind| Wire::of(Case { api: Api::Responses, kind });
        let (text, buffered) = (of(Kind::Text), of(Kind::Buffered));
        assert_eq!((text.events, text.body, text.said), (buffered.events, buffered.body, buffered.said));
        assert!(text.bytes.ends_with(b"\r\n0\r\n\r\n") && text.bytes.len() > buffered.bytes.len());
    }
}
