//! The conversations that a worker has in memory, fed by the code of its workflows as it runs.

use super::{Prompt, Reference};
use crate::model::{Conversation, Digest};
use moka::{ops::compute::Op, policy::EvictionPolicy, sync::Cache};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Conversations of one workflow that are kept at the same time: as many as may go on side by side before they push
/// each other out.
const PER_WORKFLOW: usize = 64;

/// What an item costs beside its JSON: its entry, its digest, its counters.
const ITEM_OVERHEAD: usize = 64;

/// What a worker knows of the conversations it may have to send, by the id of their workflow.
pub(crate) struct Prompts {
    /// None where nothing is to be kept.
    cache: Option<Cache<String, Arc<Known>>>,
    /// What local activities are about to send: those cannot ask, since their workflow's task waits for them.
    local: Mutex<HashMap<(String, Reference), (usize, Prompt)>>,
}

/// What is known of one workflow's conversations.
#[derive(Clone, Default)]
struct Known {
    /// The newest last.
    conversations: Vec<Conversation>,
    instructions: Vec<(Digest, Arc<str>)>,
}

impl Prompts {
    /// Keeps at most this many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        let cache = || {
            Cache::builder()
                .max_capacity(bytes)
                .weigher(|workflow: &String, known: &Arc<Known>| {
                    u32::try_from(workflow.len() + known.bytes()).unwrap_or(u32::MAX)
                })
                // Conversations are used in bursts, turn after turn: how often one was used says nothing about it.
                .eviction_policy(EvictionPolicy::lru())
                .build()
        };
        Self { cache: (bytes > 0).then(cache), local: Mutex::default() }
    }

    /// Takes in a prompt of this workflow.
    pub(crate) fn feed(&self, workflow: &str, prompt: &Prompt) {
        let Some(cache) = &self.cache else { return };
        cache.entry_by_ref(workflow).and_compute_with(|known| {
            let mut known = known.map_or_else(Default::default, |entry| Known::clone(entry.value()));
            known.take_in(prompt);
            Op::Put(Arc::new(known))
        });
    }

    /// Finds what a reference stands for.
    pub(crate) fn find(&self, workflow: &str, reference: &Reference) -> Option<Prompt> {
        if let Some((_, prompt)) = self.local().get(&(workflow.to_owned(), *reference)) {
            return Some(prompt.clone());
        }
        self.known(workflow)?.find(reference)
    }

    /// Finds the instructions that a digest stands for.
    pub(super) fn instructions(&self, workflow: &str, digest: Digest) -> Option<Arc<str>> {
        self.known(workflow)?.instructions(digest)
    }

    /// The conversations that are there, the newest first: one that is asked for may begin like one of them.
    pub(super) fn conversations(&self, workflow: &str) -> Vec<Conversation> {
        self.known(workflow).map(|known| known.conversations.iter().rev().cloned().collect()).unwrap_or_default()
    }

    /// Drops what belongs to a workflow that has ended.
    pub(crate) fn forget(&self, workflow: &str) {
        if let Some(cache) = &self.cache {
            cache.invalidate(workflow);
        }
    }

    /// Keeps a prompt for a local activity until the guard is dropped, however full the cache is.
    pub(crate) fn keep(self: &Arc<Self>, workflow: String, prompt: Prompt) -> Kept {
        let key = (workflow, prompt.reference());
        self.local().entry(key.clone()).or_insert((0, prompt)).0 += 1;
        Kept { prompts: Arc::clone(self), key }
    }

    fn known(&self, workflow: &str) -> Option<Arc<Known>> {
        self.cache.as_ref()?.get(workflow)
    }

    fn local(&self) -> MutexGuard<'_, HashMap<(String, Reference), (usize, Prompt)>> {
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds a prompt for a local activity.
pub(crate) struct Kept {
    prompts: Arc<Prompts>,
    key: (String, Reference),
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut local = self.prompts.local();
        // Two calls may have the same prompt, as when a question is put to one agent several times at once.
        if let Some((holders, _)) = local.get_mut(&self.key) {
            *holders -= 1;
            if *holders == 0 {
                local.remove(&self.key);
            }
        }
    }
}

impl Known {
    fn take_in(&mut self, prompt: &Prompt) {
        let Prompt { instructions, conversation } = prompt;
        if !self.conversations.iter().any(|known| conversation.is_prefix_of(known)) {
            // What it grew out of is part of it.
            self.conversations.retain(|known| !known.is_prefix_of(conversation));
            make_room(&mut self.conversations);
            self.conversations.push(conversation.clone());
        }
        if let Some(text) = instructions {
            let digest = Digest::of(text.as_bytes());
            if self.instructions(digest).is_none() {
                make_room(&mut self.instructions);
                self.instructions.push((digest, Arc::clone(text)));
            }
        }
    }

    fn find(&self, reference: &Reference) -> Option<Prompt> {
        let instructions = match reference.instructions {
            Some(digest) => Some(self.instructions(digest)?),
            None => None,
        };
        let mut newest_first = self.conversations.iter().rev();
        let conversation = newest_first.find_map(|known| known.prefix(reference.items, reference.digest))?;
        Some(Prompt { instructions, conversation })
    }

    fn instructions(&self, digest: Digest) -> Option<Arc<str>> {
        self.instructions.iter().find(|(known, _)| *known == digest).map(|(_, text)| Arc::clone(text))
    }

    fn bytes(&self) -> usize {
        let conversations = self.conversations.iter();
        let conversations = conversations.map(|known| known.bytes() + known.len() * ITEM_OVERHEAD).sum::<usize>();
        conversations + self.instructions.iter().map(|(_, text)| text.len()).sum::<usize>()
    }
}

fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == PER_WORKFLOW {
        list.remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Item;

    fn prompt(items: &[&str]) -> Prompt {
        let conversation = items.iter().map(|text| Item::user(*text)).collect();
        Prompt { instructions: Some("Be kind.".into()), conversation }
    }

    #[test]
    fn what_was_fed_is_found_with_all_it_grew_out_of() {
        let prompts = Prompts::new(1 << 20);
        prompts.feed("w", &prompt(&["a"]));
        prompts.feed("w", &prompt(&["a", "b"]));
        prompts.feed("w", &prompt(&["x"]));
        for known in [prompt(&["a"]), prompt(&["a", "b"]), prompt(&["x"])] {
            assert_eq!(prompts.find("w", &known.reference()), Some(known));
        }
        assert_eq!(prompts.conversations("w").len(), 2, "a prefix is not kept twice");
        assert_eq!(prompts.find("w", &prompt(&["a", "c"]).reference()), None);
        assert_eq!(prompts.find("v", &prompt(&["a"]).reference()), None, "another workflow");
        let others = Prompt { instructions: Some("Be brief.".into()), ..prompt(&["a"]) };
        assert_eq!(prompts.find("w", &others.reference()), None, "other instructions");
        prompts.forget("w");
        assert_eq!(prompts.find("w", &prompt(&["a"]).reference()), None);
    }

    #[test]
    fn it_is_bounded_by_bytes_and_by_conversations() {
        let prompts = Prompts::new(10_000);
        for n in 0..100 {
            prompts.feed(&format!("w{n}"), &prompt(&["x".repeat(1_000).as_str()]));
        }
        let cache = prompts.cache.as_ref().expect("there is one");
        cache.run_pending_tasks();
        assert!(cache.weighted_size() <= 10_000, "{}", cache.weighted_size());
        assert!(prompts.find("w99", &prompt(&["x".repeat(1_000).as_str()]).reference()).is_some(), "the newest stays");

        let prompts = Prompts::new(1 << 20);
        for n in 0..PER_WORKFLOW + 10 {
            prompts.feed("w", &prompt(&[n.to_string().as_str()]));
        }
        assert_eq!(prompts.conversations("w").len(), PER_WORKFLOW);
    }

    #[test]
    fn nothing_is_kept_without_a_cache_but_what_a_local_activity_needs() {
        let prompts = Arc::new(Prompts::new(0));
        let asked = prompt(&["a"]);
        prompts.feed("w", &asked);
        assert_eq!(prompts.find("w", &asked.reference()), None);
        let (first, second) = (prompts.keep("w".into(), asked.clone()), prompts.keep("w".into(), asked.clone()));
        drop(first);
        assert_eq!(prompts.find("w", &asked.reference()), Some(asked.clone()), "the second still needs it");
        drop(second);
        assert_eq!(prompts.find("w", &asked.reference()), None);
    }
}
