//! Sessions: a conversation that goes on from run to run.

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use sqlite::{SessionError, SqliteSessions};

use crate::{
    agent::Run,
    model::{Conversation, Item},
};
use serde::{Deserialize, Serialize};

/// A conversation as a value: what was said in one run is known in the next.
///
/// ```
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use steadfast::testing::ScriptedModel;
/// use steadfast::{Session, prelude::*};
///
/// #[agent(model = "any")]
/// struct Guide;
///
/// # let model = ScriptedModel::new().says("Porto.").says("By train.").start().await?;
/// # let app = App::new("guide").agent::<Guide>().provider("openai", model.provider());
/// # app.inline(async {
/// let mut session = Session::new();
/// Guide.run("Where to?").session(&mut session).await?;
/// let run = Guide.run("And how do I get there?").session(&mut session).await?;
/// # assert_eq!((run.output.as_str(), session.len()), ("By train.", 4));
/// # Ok::<(), steadfast::RunError>(())
/// # }).await?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// It is plain data. In a workflow it is a variable like any other, and thereby durable; elsewhere it lives as long as the
/// value, is serialised wherever one likes, or kept in a file: `SqliteSessions`, with the feature `sqlite`.
///
/// What models are shown may be less than what was said: the last so many [items](Self::at_most_items) or
/// [tokens](Self::at_most_tokens), or something in [place](Self::replace) of it, such as a
/// [summary](Self::compact), or what an agent's `compaction` has left when a model could not read all of it. The
/// [whole](Self::conversation) is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Everything that was said.
    whole: Conversation,
    /// What stands in place of its beginning, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaced: Option<Replaced>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    most_items: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    most_tokens: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Replaced {
    /// How many items it stands for.
    items: usize,
    by: Conversation,
}

/// Bytes of JSON to a token, as a rule of thumb: what models make of a text, only they know.
const BYTES_PER_TOKEN: usize = 4;

impl Session {
    /// A session in which nothing was said yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows models so many items at most, the last ones. The beginning is left out up to a user's message, so that no
    /// call stands without its output; the last exchange is shown in any case.
    #[must_use]
    pub fn at_most_items(self, items: usize) -> Self {
        Self { most_items: Some(items), ..self }
    }

    /// Shows models so many tokens at most, reckoned at four bytes of JSON to a token; else like
    /// [`at_most_items`](Self::at_most_items).
    #[must_use]
    pub fn at_most_tokens(self, tokens: usize) -> Self {
        Self { most_tokens: Some(tokens), ..self }
    }

    /// Everything that was said in it.
    #[must_use]
    pub fn conversation(&self) -> &Conversation {
        &self.whole
    }

    /// How many items it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.whole.len()
    }

    /// Whether nothing was said in it yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    /// Adds an item, as if it had been said.
    pub fn push(&mut self, item: Item) {
        self.whole.push(item);
    }

    /// What the next run will begin with.
    #[must_use]
    pub fn shown(&self) -> Conversation {
        let items = self.unlimited().items();
        // Where a conversation may begin: with what a user says.
        let starts =
            items.iter().enumerate().filter(|(_, item)| matches!(item, Item::Message(said) if said.role == "user"));
        let mut starts: Vec<usize> = starts.map(|(start, _)| start).collect();
        starts.insert(0, 0);
        let fits = |start: &&usize| {
            let rest = &items[**start..];
            let few = self.most_items.is_none_or(|most| rest.len() <= most);
            few && self.most_tokens.is_none_or(|most| tokens(rest) <= most)
        };
        let start = starts.iter().find(fits).or(starts.last()).copied().unwrap_or_default();
        if start == 0 { self.unlimited() } else { items[start..].iter().cloned().collect() }
    }

    /// About how many tokens the next run will begin with, at four bytes of JSON to a token.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.shown().bytes().div_ceil(BYTES_PER_TOKEN)
    }

    /// Shows models this in place of what was said so far. The whole stays as it is.
    pub fn replace(&mut self, by: Conversation) {
        self.replaced = Some(Replaced { items: self.whole.len(), by });
    }

    /// What is shown, but for the limits.
    fn unlimited(&self) -> Conversation {
        let Some(Replaced { items, by }) = &self.replaced else { return self.whole.clone() };
        let mut shown = by.clone();
        shown.extend(self.whole.items_from(*items));
        shown
    }

    /// Leaves out the oldest exchanges beyond so many bytes of JSON, and says how many items that are. The last one stays.
    pub(crate) fn forget_beyond(&mut self, most: usize) -> usize {
        if self.whole.bytes() <= most {
            return 0;
        }
        let items = self.whole.items();
        let (mut bytes, mut first) = (0, items.len());
        for (index, item) in items.iter().enumerate().rev() {
            bytes += serde_json::to_string(item).map_or(0, |json| json.len());
            if bytes > most && first < items.len() {
                break;
            }
            if matches!(item, Item::Message(said) if said.role == "user") {
                first = index;
            }
        }
        if first == items.len() {
            return 0;
        }
        self.whole = items[first..].iter().cloned().collect();
        let replaced = self.replaced.take().filter(|replaced| replaced.items >= first);
        self.replaced = replaced.map(|replaced| Replaced { items: replaced.items - first, ..replaced });
        first
    }

    /// Takes in what a run has added to what it was shown, its input included.
    pub(crate) fn take_in<T>(&mut self, shown: &Conversation, run: &Run<T>) {
        // A run that was interrupted may have begun with another session, or with none.
        let known = if shown.is_prefix_of(&run.conversation) { shown.len() } else { 0 };
        self.whole.extend(run.conversation.items_from(known));
        if let Some(compacted) = &run.compacted {
            self.replace(compacted.clone());
        }
    }
}

fn tokens(items: &[Item]) -> usize {
    let bytes: usize = items.iter().map(|item| serde_json::to_string(item).map_or(0, |json| json.len())).sum();
    bytes.div_ceil(BYTES_PER_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let mut session = Session::new();
        let said = [
            Item::user("one"),
            Item::function_call("c", "f", "{}"),
            Item::function_call_output("c", "1"),
            Item::assistant("first"),
            Item::user("two"),
            Item::assistant("second"),
        ];
        for item in said {
            session.push(item);
        }
        session
    }

    #[test]
    fn what_is_forgotten_is_the_beginning_and_whole_exchanges() {
        let mut all = session();
        assert_eq!(all.forget_beyond(10_000), 0);
        let mut half = session();
        half.replace([Item::assistant("a summary")].into_iter().collect());
        half.push(Item::user("three"));
        let whole = half.conversation().bytes();
        assert_eq!(half.forget_beyond(whole - 1), 4);
        assert_eq!((half.len(), half.shown().len()), (3, 2), "the summary stands for what is left of it");
        assert_eq!(session().forget_beyond(0), 4, "the last exchange stays");
    }

    #[test]
    fn limits_cut_between_exchanges_and_leave_the_last() {
        for (most, shown) in [(6, 6), (5, 2), (3, 2), (2, 2), (1, 2), (0, 2)] {
            assert_eq!(session().at_most_items(most).shown().len(), shown, "at most {most}");
        }
        let all = session().tokens();
        assert_eq!(session().at_most_tokens(all).shown().len(), 6);
        assert_eq!(session().at_most_tokens(all - 1).shown().len(), 2);
        assert_eq!(session().at_most_tokens(0).len(), 6, "the whole is kept");
    }

    #[test]
    fn what_is_replaced_is_kept() {
        let mut session = session().at_most_items(2);
        session.replace(vec![Item::assistant("a summary")].into());
        session.push(Item::user("three"));
        assert_eq!(session.shown().items(), [Item::assistant("a summary"), Item::user("three")]);
        assert_eq!(session.len(), 7);
        let json = serde_json::to_string(&session).expect("JSON");
        assert_eq!(serde_json::from_str::<Session>(&json).expect("a session"), session);
    }
}
