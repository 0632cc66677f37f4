//! The workflow's side: what its streamed runs have shown so far, and what models are just saying.

use crate::{
    agent::{Hear, Listener, RunEvent, RunEventKind, Stream},
    durable::desk::lock,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// How far somebody has followed the events of a workflow: all that has come before is known. It is plain data, to be
/// kept for as long as the server keeps the workflow; the default is the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// The number of the next entry of the log.
    pub(super) next: u64,
    /// What is known of answers that were not there yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    begun: Vec<Begun>,
}

impl From<u64> for Offset {
    fn from(next: u64) -> Self {
        Self { next, begun: Vec::new() }
    }
}

impl Offset {
    /// Whether a model is at an answer.
    pub(super) const fn awaits_text(&self) -> bool {
        !self.begun.is_empty()
    }
}

/// What is known of an answer that is on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    /// The number of the call's entry.
    call: u64,
    attempt: u32,
    /// Bytes of text.
    bytes: usize,
}

/// An event, and where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Streamed {
    /// What has happened.
    #[serde(flatten)]
    pub event: RunEvent,
    /// From where to go on after it.
    pub offset: Offset,
}

/// A piece of what a model says, from its activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) call: u64,
    pub(crate) attempt: u32,
    /// Bytes of the attempt's text that come before it.
    pub(crate) from: usize,
    pub(crate) text: String,
}

/// What comes after an offset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Page {
    pub(crate) events: Vec<Streamed>,
    pub(crate) next: Offset,
    /// The number of the log's first entry. What comes before is to be had from the run before.
    pub(crate) first: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<String>,
    /// Whether the run has ended, and there is no more.
    pub(crate) is_over: bool,
}

/// The log of a workflow's run. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    first: u64,
    entries: Vec<Entry>,
    /// What models are saying, by the call.
    live: BTreeMap<u64, Live>,
    is_over: bool,
}

enum Entry {
    Shown(RunEvent),
    /// A model was asked; its text will stand here.
    Asked {
        run: Arc<str>,
        agent: String,
        turn: u32,
    },
    /// It has answered: with which text, at which attempt. Without one it has failed.
    Answered {
        call: u64,
        said: Option<(u32, String)>,
    },
}

struct Live {
    attempt: u32,
    text: String,
}

impl Hear for Log {
    fn hear(&self, event: RunEvent) {
        lock(&self.0).entries.push(Entry::Shown(event));
    }
}

impl Log {
    /// The same, as runs know it.
    pub(crate) fn listener(&self) -> Listener {
        Listener(Arc::new(self.clone()))
    }

    /// Goes on after `entries` of the runs before.
    pub(crate) fn begin_at(&self, entries: u64) {
        lock(&self.0).first = entries;
    }

    /// The number of the next entry.
    pub(crate) fn end(&self) -> u64 {
        lock(&self.0).end()
    }

    /// Notes that there will be no more.
    pub(crate) fn close(&self) {
        lock(&self.0).is_over = true;
    }

    /// Notes that a model is asked, and says by what number it is known here.
    pub(crate) fn ask(&self, stream: &Stream, agent: &str, turn: u32) -> u64 {
        let mut log = lock(&self.0);
        let call = log.end();
        log.entries.push(Entry::Asked { run: Arc::clone(&stream.run), agent: agent.to_owned(), turn });
        log.live.insert(call, Live { attempt: 0, text: String::new() });
        call
    }

    /// Notes what came of it.
    pub(crate) fn answer(&self, call: u64, said: Option<(u32, String)>) {
        let mut log = lock(&self.0);
        log.live.remove(&call);
        log.entries.push(Entry::Answered { call, said });
    }

    /// Takes in what a model says, and tells how many bytes of the attempt are here; `None` when nobody cares any more.
    pub(crate) fn say(&self, piece: &Piece) -> Option<usize> {
        let mut log = lock(&self.0);
        let live = log.live.get_mut(&piece.call)?;
        if piece.attempt < live.attempt {
            return None;
        }
        if piece.attempt > live.attempt {
            *live = Live { attempt: piece.attempt, text: String::new() };
        }
        // What is here already is told again where the answer to a query was lost.
        if let Some(known) = live.text.len().checked_sub(piece.from)
            && let Some(news) = piece.text.get(known..)
        {
            live.text.push_str(news);
        }
        Some(live.text.len())
    }

    /// What comes after `offset`, about so many bytes of it.
    pub(crate) fn page(&self, offset: &Offset, limit: usize) -> Page {
        let log = lock(&self.0);
        let mut reading = Reading { log: &log, at: offset.clone(), events: Vec::new(), bytes: 0 };
        while reading.bytes < limit && reading.entry() {}
        if reading.at.next == log.end() {
            reading.live();
        }
        let Reading { at: next, events, .. } = reading;
        let is_over = log.is_over && next.next >= log.end();
        Page { events, next, first: log.first, before: None, is_over }
    }
}

impl Contents {
    fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    fn entry(&self, number: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }
}

/// Somebody's way through the log.
struct Reading<'a> {
    log: &'a Contents,
    at: Offset,
    events: Vec<Streamed>,
    bytes: usize,
}

impl Reading<'_> {
    /// Takes the next entry, if there is one.
    fn entry(&mut self) -> bool {
        let number = self.at.next;
        match self.log.entry(number) {
            None => return false,
            Some(Entry::Shown(event)) => {
                self.at.next += 1;
                self.show(event.clone());
            }
            Some(Entry::Asked { .. }) => {
                self.at.begun.push(Begun { call: number, ..Begun::default() });
                self.at.next += 1;
            }
            Some(Entry::Answered { call, said }) => {
                let place = self.at.begun.iter().position(|begun| begun.call == *call);
                // Before the entry counts as read: whoever goes on from within gets the rest.
                if let (Some(place), Some((attempt, text))) = (place, said) {
                    self.text(place, *attempt, text);
                }
                self.at.next += 1;
                let begun = place.map(|place| self.at.begun.remove(place)).unwrap_or_default();
                if said.is_none() && begun.bytes > 0 {
                    self.show_of(*call, |turn| RunEventKind::TextDropped { turn });
                }
            }
        }
        true
    }

    /// What models are saying.
    fn live(&mut self) {
        for place in 0..self.at.begun.len() {
            if let Some(live) = self.log.live.get(&self.at.begun[place].call) {
                self.text(place, live.attempt, &live.text);
            }
        }
    }

    /// Goes on with a text from where it is known.
    fn text(&mut self, place: usize, attempt: u32, text: &str) {
        let Begun { call, attempt: before, bytes } = self.at.begun[place];
        let known = if before == attempt { bytes } else { 0 };
        if before != attempt {
            self.at.begun[place] = Begun { call, attempt, bytes: 0 };
            if bytes > 0 {
                self.show_of(call, |turn| RunEventKind::TextDropped { turn });
            }
        }
        let delta = text.get(known..).unwrap_or_default();
        if !delta.is_empty() {
            self.at.begun[place].bytes = text.len();
            let delta = delta.to_owned();
            self.show_of(call, |turn| RunEventKind::Text { turn, attempt, delta });
        }
    }

    /// Shows something of the run that has made this call.
    fn show_of(&mut self, call: u64, kind: impl FnOnce(u32) -> RunEventKind) {
        if let Some(Entry::Asked { run, agent, turn }) = self.log.entry(call) {
            self.show(RunEvent { run: Arc::clone(run), agent: agent.clone(), kind: kind(*turn) });
        }
    }

    fn show(&mut self, event: RunEvent) {
        self.bytes += serde_json::to_string(&event).map_or(0, |json| json.len());
        self.events.push(Streamed { event, offset: self.at.clone() });
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
