//! The activity's side: finds the prompt that a reference stands for, and asks the workflow where the worker lacks it.

use super::{Ask, Page, Prompt, Prompts, Reference};
use crate::model::{Conversation, Digest};
use serde_json::value::RawValue;
use std::{future::Future, sync::Arc};

/// Who can be asked for a prompt: the workflow, by a query.
pub(crate) trait Source: Sync {
    /// One page of what is missing.
    fn page(&self, ask: &Ask) -> impl Future<Output = Result<Page, FetchError>> + Send;
}

/// A prompt that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    /// The workflow does not answer; it may later.
    #[error("the workflow could not be asked for the conversation: {0}")]
    Unreachable(String),
    /// The workflow has ended or gone on without this call, or its code was changed and now makes another.
    #[error(
        "the workflow does not know the conversation of this call; was its code changed while it ran? \
         A conversation has to come out the same on every replay"
    )]
    Unknown,
    /// What came is not what the reference stands for, even when all of it was asked for.
    #[error("the conversation that came ({came}) is not the one that was called with ({expected})")]
    Mismatch { expected: Digest, came: Digest },
    /// What came is not text of ours.
    #[error("the conversation cannot be read: {0}")]
    Unreadable(String),
}

/// Finds what `reference` stands for, and makes sure that it is that and nothing else.
///
/// Where the worker has the beginning, only the rest is asked for. What does not fit the digest is never returned: it
/// is thrown away, and the whole is asked for once more.
///
/// # Errors
/// When the workflow cannot be asked, does not know, or answers something else.
pub(crate) async fn resolve(
    prompts: &Prompts,
    workflow: &str,
    reference: &Reference,
    source: &impl Source,
    limit: usize,
) -> Result<Prompt, FetchError> {
    if let Some(prompt) = prompts.find(workflow, reference) {
        return Ok(prompt);
    }
    let known = prompts.conversations(workflow);
    let instructions = reference.instructions.and_then(|digest| prompts.instructions(workflow, digest));
    let fetch = Fetch { reference, source, limit };
    let prompt = match fetch.missing(&known, instructions).await {
        Err(error @ (FetchError::Mismatch { .. } | FetchError::Unreadable(_))) => {
            tracing::warn!(workflow, %error, "asking for the whole conversation instead");
            fetch.missing(&[], None).await?
        }
        settled => settled?,
    };
    prompts.feed(workflow, &prompt);
    Ok(prompt)
}

/// How many known conversations are named in a question; the newest, and a few for those that go on side by side.
const MOST_NAMED: usize = 8;

struct Fetch<'a, S> {
    reference: &'a Reference,
    source: &'a S,
    limit: usize,
}

impl<S: Source> Fetch<'_, S> {
    /// Asks for what is not known.
    async fn missing(&self, known: &[Conversation], instructions: Option<Arc<str>>) -> Result<Prompt, FetchError> {
        let wants_instructions = self.reference.instructions.is_some() && instructions.is_none();
        let mut ask = Ask {
            of: *self.reference,
            instructions: wants_instructions,
            known: known.iter().take(MOST_NAMED).flat_map(beginnings).collect(),
            offset: 0,
            limit: self.limit,
        };
        let Page { from, after, size, part: mut text } = self.source.page(&ask).await?;
        let nothing = Conversation::new();
        let base = std::iter::once(&nothing).chain(known).find_map(|known| known.prefix(from, after));
        let base = base.ok_or_else(|| FetchError::Unreadable(format!("it starts at item {from}, which is missing")))?;
        ask.known = vec![(from, after)];
        while text.len() < size {
            ask.offset = text.len();
            let page = self.source.page(&ask).await?;
            if page.part.is_empty() || (page.from, page.after, page.size) != (from, after, size) {
                return Err(FetchError::Unreadable("its pages do not belong together".to_owned()));
            }
            text.extend(page.part);
        }
        self.put_together(base, instructions, wants_instructions, &text)
    }

    fn put_together(
        &self,
        mut conversation: Conversation,
        mut instructions: Option<Arc<str>>,
        has_instructions: bool,
        text: &[u8],
    ) -> Result<Prompt, FetchError> {
        let unreadable = |error: serde_json::Error| FetchError::Unreadable(error.to_string());
        let mut lines = serde_json::Deserializer::from_slice(text).into_iter::<Box<RawValue>>();
        if has_instructions {
            let line = lines.next().ok_or_else(|| FetchError::Unreadable("it is empty".to_owned()))?;
            let line = line.map_err(unreadable)?;
            instructions = Some(serde_json::from_str(line.get()).map_err(unreadable)?);
        }
        for line in lines {
            conversation.push_json(line.map_err(unreadable)?);
        }
        let prompt = Prompt { instructions, conversation };
        let came = prompt.reference();
        if came == *self.reference {
            Ok(prompt)
        } else if came.instructions == self.reference.instructions {
            Err(FetchError::Mismatch { expected: self.reference.digest, came: came.digest })
        } else {
            let digest = |reference: &Reference| reference.instructions.unwrap_or_default();
            Err(FetchError::Mismatch { expected: digest(self.reference), came: digest(&came) })
        }
    }
}

/// The beginnings of a conversation that are worth naming. Others that share only part of it are found by them: by its
/// end, its half, its quarter and so on, which is a few numbers for any length.
fn beginnings(known: &Conversation) -> impl Iterator<Item = (usize, Digest)> {
    let lengths = std::iter::successors(Some(known.len()), |len| Some(len / 2)).take_while(|len| *len > 0);
    lengths.filter_map(|len| Some((len, known.digest_of(len)?)))
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
