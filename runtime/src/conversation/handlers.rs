//! What a conversation answers to: the table that `#[workflow] impl` would make of `Talk`.

use super::{
    said::{Page, Said},
    talk::{Talk, send},
};
use crate::workflow::handlers::{self, Handlers, MessageNames, Nothing, Query, Signal, Update};

pub(super) const NAMES: MessageNames =
    MessageNames { signals: &["send", "stop", "end"], queries: &["status", "transcript"], updates: &["send"] };

pub(super) const HANDLERS: &Handlers<Talk> = &Handlers {
    signals: &[
        Signal {
            name: "send",
            handle: |talk, input| {
                handlers::signal(talk, input, |talk: &mut Talk, said: Said| {
                    talk.take_in(said, false);
                })
            },
        },
        Signal {
            name: "stop",
            handle: |talk, input| handlers::signal(talk, input, |talk: &mut Talk, _: Nothing| talk.stop()),
        },
        Signal {
            name: "end",
            handle: |talk, input| handlers::signal(talk, input, |talk: &mut Talk, _: Nothing| talk.is_ending = true),
        },
    ],
    queries: &[
        Query {
            name: "status",
            answer: |talk, input| handlers::query(talk, input, |talk: &Talk, _: Nothing| Ok(talk.status())),
        },
        Query {
            name: "transcript",
            answer: |talk, input| {
                handlers::query(talk, input, |talk: &Talk, page: Option<Page>| {
                    Ok(talk.page(page.unwrap_or_default().from))
                })
            },
        },
    ],
    updates: &[Update {
        name: "send",
        validate: |talk, input| handlers::validate(talk, input, |talk: &Talk, _: &Said| talk.takes_messages()),
        handle: |talk, input| handlers::update_later(talk, input, send),
    }],
};
