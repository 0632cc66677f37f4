//! A worker that lacks a conversation, and a workflow that answers well, badly, in pieces or not at all.

use super::*;
use crate::{durable::prompt::OpenCalls, model::Item};
use std::sync::Mutex;

/// A workflow that is asked directly, and may answer wrongly.
struct Scripted {
    open: OpenCalls,
    asked: Mutex<Vec<Ask>>,
    /// Changes the answer number so and so.
    spoil: fn(usize, Page) -> Result<Page, FetchError>,
}

impl Scripted {
    fn with(open: &OpenCalls, spoil: fn(usize, Page) -> Result<Page, FetchError>) -> Self {
        Self { open: open.clone(), asked: Mutex::default(), spoil }
    }

    fn honest(open: &OpenCalls) -> Self {
        Self::with(open, |_, page| Ok(page))
    }

    fn asked(&self) -> Vec<Ask> {
        self.asked.lock().expect("nobody panics").clone()
    }
}

impl Source for Scripted {
    async fn page(&self, ask: &Ask) -> Result<Page, FetchError> {
        let number = self.asked().len();
        self.asked.lock().expect("nobody panics").push(ask.clone());
        (self.spoil)(number, self.open.page(ask).ok_or(FetchError::Unknown)?)
    }
}

fn prompt(texts: &[&str]) -> Prompt {
    let conversation = texts.iter().map(|text| Item::user(*text)).collect();
    Prompt { instructions: Some("Be \"kind\".\nAlways.".into()), conversation }
}

const PAGE: usize = 1 << 20;

#[tokio::test]
async fn what_is_there_is_not_asked_for() {
    let (prompts, open) = (Prompts::new(1 << 20), OpenCalls::default());
    prompts.feed("w", &prompt(&["a", "b"]));
    let source = Scripted::honest(&open);
    let found = resolve(&prompts, "w", &prompt(&["a"]).reference(), &source, PAGE).await;
    assert_eq!(found, Ok(prompt(&["a"])));
    assert!(source.asked().is_empty());
}

#[tokio::test]
async fn a_worker_that_has_nothing_gets_everything_in_pages_of_any_size() {
    let whole = prompt(&["a", "ä€𝄞 \n \"", &"long".repeat(100), ""]);
    let open = OpenCalls::default();
    let _call = open.add(whole.clone());
    for limit in [1, 2, 3, 7, 64, PAGE] {
        let prompts = Prompts::new(1 << 20);
        let source = Scripted::honest(&open);
        assert_eq!(resolve(&prompts, "w", &whole.reference(), &source, limit).await, Ok(whole.clone()), "{limit}");
        let silent = Scripted::with(&open, |_, _| panic!("what was fetched is kept"));
        assert_eq!(resolve(&prompts, "w", &whole.reference(), &silent, limit).await, Ok(whole.clone()));
    }
}

#[tokio::test]
async fn only_what_is_missing_is_asked_for() {
    let open = OpenCalls::default();
    let (first, third) = (prompt(&["a", "b"]), prompt(&["a", "b", "c", "d"]));
    let _call = open.add(third.clone());
    let prompts = Prompts::new(1 << 20);
    prompts.feed("w", &first);
    prompts.feed("w", &prompt(&["another", "conversation"]));
    let source = Scripted::with(&open, |_, page| {
        assert_eq!((page.from, page.size), (2, third_and_fourth()));
        Ok(page)
    });
    assert_eq!(resolve(&prompts, "w", &third.reference(), &source, PAGE).await, Ok(third.clone()));
    assert_eq!(source.asked().len(), 1);
    assert!(!source.asked()[0].instructions, "they are known");
}

fn third_and_fourth() -> usize {
    2 * (r#"{"role":"user","content":"c"}"#.len() + 1)
}

#[tokio::test]
async fn a_conversation_that_parted_half_way_is_used_up_to_there() {
    let open = OpenCalls::default();
    let asked = prompt(&["a", "b", "x"]);
    let _call = open.add(asked.clone());
    let prompts = Prompts::new(1 << 20);
    prompts.feed("w", &prompt(&["a", "b", "c", "d"]));
    let source = Scripted::with(&open, |_, page| {
        assert_eq!(page.from, 2);
        Ok(page)
    });
    assert_eq!(resolve(&prompts, "w", &asked.reference(), &source, PAGE).await, Ok(asked));
}

#[tokio::test]
async fn what_does_not_fit_the_digest_is_thrown_away_and_asked_for_whole() {
    let open = OpenCalls::default();
    let asked = prompt(&["a", "b", "c"]);
    let _call = open.add(asked.clone());
    let prompts = Prompts::new(1 << 20);
    prompts.feed("w", &prompt(&["a", "b"]));
    let source = Scripted::with(&open, |number, mut page| {
        if number == 0 {
            let at = page.part.iter().position(|&byte| byte == b'c').expect("the item is in there");
            page.part[at..].iter_mut().filter(|byte| **byte == b'c').for_each(|byte| *byte = b'z');
        }
        Ok(page)
    });
    assert_eq!(resolve(&prompts, "w", &asked.reference(), &source, PAGE).await, Ok(asked.clone()));
    let questions = source.asked();
    assert_eq!(questions.len(), 2);
    assert!(questions[1].known.is_empty() && questions[1].instructions, "the second is for the whole");
}

#[tokio::test]
async fn what_is_wrong_even_as_a_whole_is_a_typed_error() {
    let open = OpenCalls::default();
    let asked = prompt(&["a"]);
    let _call = open.add(asked.clone());
    let prompts = Prompts::new(1 << 20);
    let wrong_item = Scripted::with(&open, |_, page| Ok(Page { part: b"\"Be kind.\" {}".to_vec(), size: 13, ..page }));
    let error = resolve(&prompts, "w", &asked.reference(), &wrong_item, PAGE).await.expect_err("other content");
    assert!(matches!(error, FetchError::Mismatch { .. }), "{error}");

    let cut = Scripted::with(&open, |_, page| Ok(Page { size: 5, part: b"\"Be k".to_vec(), ..page }));
    let error = resolve(&prompts, "w", &asked.reference(), &cut, PAGE).await.expect_err("half a text");
    assert!(matches!(error, FetchError::Unreadable(_)), "{error}");

    let empty = Scripted::with(&open, |number, page| {
        Ok(if number % 2 == 0 { Page { part: page.part[..3].to_vec(), ..page } } else { Page { part: vec![], ..page } })
    });
    let error = resolve(&prompts, "w", &asked.reference(), &empty, 3).await.expect_err("it never ends");
    assert!(matches!(error, FetchError::Unreadable(_)), "{error}");

    let beyond = Scripted::with(&open, |_, page| Ok(Page { from: 7, after: Digest::of("x"), ..page }));
    let error = resolve(&prompts, "w", &asked.reference(), &beyond, PAGE).await.expect_err("nobody has item 6");
    assert!(matches!(error, FetchError::Unreadable(_)), "{error}");

    assert_eq!(prompts.find("w", &asked.reference()), None, "nothing of it is kept");
}

#[tokio::test]
async fn a_call_that_is_over_is_not_answered_for() {
    let open = OpenCalls::default();
    let asked = prompt(&["a"]);
    let (first, second) = (open.add(asked.clone()), open.add(asked.clone()));
    drop(first);
    let prompts = Prompts::new(0);
    let answered = resolve(&prompts, "w", &asked.reference(), &Scripted::honest(&open), PAGE).await;
    assert_eq!(answered, Ok(asked.clone()), "another call has the same prompt");
    drop(second);
    let error = resolve(&prompts, "w", &asked.reference(), &Scripted::honest(&open), PAGE).await;
    assert_eq!(error, Err(FetchError::Unknown));
}
