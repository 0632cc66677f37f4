//! The workflow's side: the prompts it has called models with and has no answer to yet, and what it says when it is
//! asked for one.

use super::{Prompt, Reference};
use crate::model::Digest;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The query by which a model's activity asks for what it lacks of a prompt.
pub(crate) const PAGE_QUERY: &str = "steadfast.prompt";

/// A question for part of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) of: Reference,
    /// Whether the instructions are wanted too.
    pub(crate) instructions: bool,
    /// Beginnings of conversations that whoever asks has already: how many items, and what they are.
    pub(crate) known: Vec<(usize, Digest)>,
    /// Which part of the text.
    pub(crate) offset: usize,
    /// How much of it.
    pub(crate) limit: usize,
}

/// Part of what is missing.
///
/// The whole of it is a text: the instructions as a JSON string, if they are wanted, then each missing item as JSON,
/// one a line. It is cut by bytes, so that no item is too large for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The number of the first missing item.
    pub(crate) from: usize,
    /// What the items before it are: one of the known beginnings.
    pub(crate) after: Digest,
    /// Bytes of the whole text.
    pub(crate) size: usize,
    pub(crate) part: Vec<u8>,
}

/// The prompts that a workflow may be asked for. Clones are the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenCalls(Arc<Mutex<Vec<(Reference, Prompt)>>>);

impl OpenCalls {
    /// Answers for this prompt until the guard is dropped.
    pub(crate) fn add(&self, prompt: Prompt) -> OpenCall {
        let reference = prompt.reference();
        self.lock().push((reference, prompt));
        OpenCall { calls: self.clone(), reference }
    }

    /// Answers a question; `None` when no such call is open.
    pub(crate) fn page(&self, ask: &Ask) -> Option<Page> {
        let prompt = self.lock().iter().find(|(reference, _)| *reference == ask.of)?.1.clone();
        Some(prompt.page(ask))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Reference, Prompt)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A model call that has no answer yet.
pub(crate) struct OpenCall {
    calls: OpenCalls,
    reference: Reference,
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let mut open = self.calls.lock();
        // One of them, since two calls may have the same prompt.
        if let Some(index) = open.iter().position(|(reference, _)| *reference == self.reference) {
            open.swap_remove(index);
        }
    }
}

impl Prompt {
    fn page(&self, ask: &Ask) -> Page {
        let Self { instructions, conversation } = self;
        let shared = ask.known.iter().filter(|(len, digest)| conversation.digest_of(*len) == Some(*digest));
        let (from, after) = shared.max().copied().unwrap_or_default();
        let instructions = instructions.as_ref().filter(|_| ask.instructions);
        let instructions = instructions.map(|text| serde_json::Value::from(&**text).to_string());
        let mut cut = Cut { at: 0, offset: ask.offset, limit: ask.limit, part: Vec::new() };
        if let Some(json) = &instructions {
            cut.line(json);
        }
        conversation.visit_from(from, |json| cut.line(json.get()));
        Page { from, after, size: cut.at, part: cut.part }
    }
}

/// Copies a part of a text that is never put together.
struct Cut {
    /// Bytes of the text so far.
    at: usize,
    offset: usize,
    limit: usize,
    part: Vec<u8>,
}

impl Cut {
    fn line(&mut self, text: &str) {
        self.copy(text.as_bytes());
        self.copy(b"\n");
    }

    fn copy(&mut self, bytes: &[u8]) {
        let skipped = self.offset.saturating_sub(self.at).min(bytes.len());
        let room = self.limit - self.part.len();
        self.part.extend(bytes[skipped..].iter().take(room));
        self.at += bytes.len();
    }
}
