//! A conversation: items in order, that only ever grows at its end.
//!
//! It is made to be passed around while it grows. Clones share one log, so that handing a conversation of any length
//! to a model call, a cache or another run costs nothing, and adding to it costs what is added. Each item is kept as
//! the JSON it is sent as, and each knows a digest of everything up to and with itself: what two conversations have in
//! common is found by comparing a few numbers.

use super::Item;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeSeq as _};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use std::{
    fmt,
    num::ParseIntError,
    str::FromStr,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

/// Items in order: what was said, called and answered so far. Cloning is cheap, whatever the length.
///
/// ```
/// use steadfast::model::{Conversation, Item};
///
/// let mut talk = Conversation::from(vec![Item::user("Hello!")]);
/// let before = talk.clone();
/// talk.push(Item::assistant("Good morning."));
/// assert_eq!((before.len(), talk.len()), (1, 2));
/// ```
#[derive(Clone, Default)]
pub struct Conversation {
    /// Only ever grows; what lies beyond `len` belongs to those who have gone on from here.
    log: Arc<RwLock<Vec<Entry>>>,
    len: usize,
}

#[derive(Clone)]
struct Entry {
    json: Arc<RawValue>,
    /// Bytes of JSON up to and with this item.
    bytes: usize,
    /// Of everything up to and with this item.
    digest: Digest,
}

/// What stands for a text or for the beginning of a conversation: equal for equal content, and for nothing else.
/// 128 bits of SHA-256; in JSON a string of 32 hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest(u128);

impl Conversation {
    /// An empty conversation.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many items it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was said yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an item at the end. Clones made before do not see it.
    // By value, as `Vec` takes it: nobody has a use for an item that was said.
    #[expect(clippy::needless_pass_by_value)]
    pub fn push(&mut self, item: Item) {
        self.push_json(to_json(&item));
    }

    /// Leaves out the items for which `keep` says no. Clones made before still have them.
    pub fn retain(&mut self, mut keep: impl FnMut(&Item) -> bool) {
        // Not under the lock: whoever is asked may look at a clone.
        let items: Vec<Arc<RawValue>> = self.read()[..self.len].iter().map(|entry| Arc::clone(&entry.json)).collect();
        let kept: Vec<bool> = items.iter().map(|json| keep(&from_json(json))).collect();
        // What goes up to the first one left out is shared as before.
        let Some(first) = kept.iter().position(|kept| !kept) else { return };
        *self = self.first(first);
        for (json, _) in items.iter().zip(kept).skip(first).filter(|(_, kept)| *kept) {
            self.push_json((**json).to_owned());
        }
    }

    /// All items, read anew from their JSON.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.items_from(0)
    }

    /// The items from number `first` on, from 0.
    pub(crate) fn items_from(&self, first: usize) -> Vec<Item> {
        self.read()[..self.len].iter().skip(first).map(|entry| from_json(&entry.json)).collect()
    }

    /// Bytes of JSON of all items, without what stands between them.
    pub(crate) fn bytes(&self) -> usize {
        self.len.checked_sub(1).and_then(|last| self.read().get(last).map(|entry| entry.bytes)).unwrap_or_default()
    }

    /// The digest of the whole.
    pub(crate) fn digest(&self) -> Digest {
        self.digest_of(self.len).unwrap_or_default()
    }

    /// The digest of the first `len` items, if there are so many.
    pub(crate) fn digest_of(&self, len: usize) -> Option<Digest> {
        if len > self.len {
            return None;
        }
        Some(len.checked_sub(1).and_then(|last| self.read().get(last).map(|entry| entry.digest)).unwrap_or_default())
    }

    /// The first `len` items, if there are so many and they are those that `digest` stands for.
    pub(crate) fn prefix(&self, len: usize, digest: Digest) -> Option<Self> {
        let matches = self.digest_of(len)? == digest;
        matches.then(|| Self { log: Arc::clone(&self.log), len })
    }

    /// The first `items` items, or all if there are fewer.
    pub(crate) fn first(&self, items: usize) -> Self {
        Self { log: Arc::clone(&self.log), len: self.len.min(items) }
    }

    /// Whether `other` begins with this conversation.
    pub(crate) fn is_prefix_of(&self, other: &Self) -> bool {
        let same_log = Arc::ptr_eq(&self.log, &other.log) && self.len <= other.len;
        same_log || other.digest_of(self.len) == Some(self.digest())
    }

    /// Calls `visit` with the JSON of each item from number `first` on.
    pub(crate) fn visit_from(&self, first: usize, mut visit: impl FnMut(&RawValue)) {
        for entry in self.read()[..self.len].iter().skip(first) {
            visit(&entry.json);
        }
    }

    /// Adds an item that is JSON already.
    pub(crate) fn push_json(&mut self, json: Box<RawValue>) {
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        if log.len() != self.len {
            // Somebody has gone on from here already, so this is where the two part.
            let common = log[..self.len].to_vec();
            drop(log);
            self.log = Arc::new(RwLock::new(common));
            log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        }
        let (bytes, digest) = log.last().map_or_else(Default::default, |last| (last.bytes, last.digest));
        log.push(Entry { bytes: bytes + json.get().len(), digest: digest.then(json.get()), json: json.into() });
        self.len += 1;
    }

    /// An entry is pushed whole or not at all, so a poisoned lock protects nothing that could be half-written.
    fn read(&self) -> RwLockReadGuard<'_, Vec<Entry>> {
        self.log.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn to_json(item: &Item) -> Box<RawValue> {
    serde_json::value::to_raw_value(item).expect("an item is made of JSON")
}

fn from_json(json: &RawValue) -> Item {
    serde_json::from_str(json.get()).expect("any JSON is an item")
}

impl From<Vec<Item>> for Conversation {
    fn from(items: Vec<Item>) -> Self {
        items.into_iter().collect()
    }
}

impl FromIterator<Item> for Conversation {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        let mut conversation = Self::new();
        conversation.extend(items);
        conversation
    }
}

impl Extend<Item> for Conversation {
    fn extend<I: IntoIterator<Item = Item>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl PartialEq for Conversation {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.digest() == other.digest()
    }
}

impl Eq for Conversation {}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.read()[..self.len].iter().map(|entry| entry.json.get())).finish()
    }
}

impl Serialize for Conversation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len))?;
        for entry in &self.read()[..self.len] {
            list.serialize_element(&*entry.json)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Conversation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Box<RawValue>>::deserialize(deserializer)?;
        let mut conversation = Self::new();
        for json in items {
            conversation.push_json(json);
        }
        Ok(conversation)
    }
}

impl Digest {
    pub(crate) fn of(content: impl AsRef<[u8]>) -> Self {
        Self::default().then(content)
    }

    fn then(self, content: impl AsRef<[u8]>) -> Self {
        let hash = Sha256::new().chain_update(self.0.to_be_bytes()).chain_update(content).finalize();
        Self(hash.iter().take(16).fold(0, |bits, &byte| bits << 8 | u128::from(byte)))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl FromStr for Digest {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(items: &[&str]) -> Conversation {
        items.iter().map(|text| Item::user(*text)).collect()
    }

    #[test]
    fn clones_share_what_they_have_in_common_and_part_where_they_differ() {
        let mut one = talk(&["a", "b"]);
        let mut other = one.clone();
        one.push(Item::user("c"));
        assert!(Arc::ptr_eq(&one.log, &other.log), "a longer clone is the same log");
        assert!(other.is_prefix_of(&one) && !one.is_prefix_of(&other));
        other.push(Item::user("d"));
        assert!(!Arc::ptr_eq(&one.log, &other.log), "two ends cannot be in one log");
        assert_eq!((one.items(), other.items()), (talk(&["a", "b", "c"]).items(), talk(&["a", "b", "d"]).items()));
        assert!(!one.is_prefix_of(&other));
    }

    #[test]
    fn equal_content_is_equal_wherever_it_comes_from() {
        let one = talk(&["a", "b", "c"]);
        let read: Conversation = serde_json::from_str(&serde_json::to_string(&one).expect("JSON")).expect("items");
        assert_eq!(one, read);
        assert_eq!(read.prefix(2, talk(&["a", "b"]).digest()), Some(talk(&["a", "b"])));
        assert_eq!(read.prefix(2, talk(&["a", "x"]).digest()), None, "other content");
        assert_eq!(read.prefix(4, one.digest()), None, "not so many");
        assert_ne!(talk(&["ab"]).digest(), talk(&["a", "b"]).digest());
        assert_ne!(talk(&["a", "b"]).digest(), talk(&["b", "a"]).digest());
        assert_eq!(Conversation::new().prefix(0, Digest::default()), Some(Conversation::new()));
    }

    #[test]
    fn what_is_left_out_is_still_there_for_others() {
        let whole = talk(&["a", "b", "c", "d"]);
        let mut some = whole.clone();
        some.retain(|item| *item != Item::user("b"));
        assert_eq!((&some, whole.len()), (&talk(&["a", "c", "d"]), 4));
        some.push(Item::user("e"));
        assert_eq!((some, whole), (talk(&["a", "c", "d", "e"]), talk(&["a", "b", "c", "d"])));
        let mut all = talk(&["a", "b"]);
        let before = all.clone();
        all.retain(|_| true);
        assert!(Arc::ptr_eq(&all.log, &before.log), "nothing is copied where nothing is left out");
        all.retain(|_| false);
        assert!(all.is_empty() && before.len() == 2);
    }

    #[test]
    fn an_item_is_kept_to_the_byte() {
        let wire = r#"[{"type":"reasoning","n":0.1000000000000000055511151231257827,"big":123456789012345678901}]"#;
        let read: Conversation = serde_json::from_str(wire).expect("items");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), wire);
        assert_eq!(read.bytes(), wire.len() - 2);
    }

    #[test]
    fn a_digest_survives_json() {
        let digest = Digest::of("text");
        let json = serde_json::to_string(&digest).expect("JSON");
        assert_eq!(json.len(), 34);
        assert_eq!(serde_json::from_str::<Digest>(&json).expect("a digest"), digest);
        serde_json::from_str::<Digest>("\"not hex\"").expect_err("no digest");
    }
}
