//! What is missing, doubled or cannot work stops the app at its start, all of it in one message.

use crate::trips::{book_hotel, weekend};
use std::collections::BTreeMap;
use steadfast::prelude::*;

mod elsewhere {
    use steadfast::prelude::*;

    /// Another tool called weather.
    #[tool]
    pub(super) fn weather() -> u32 {
        1
    }

    /// Another workflow called weekend.
    #[workflow]
    pub(super) async fn weekend() -> u32 {
        2
    }
}

/// Takes what no strict schema can say.
#[tool]
fn tagged(tags: BTreeMap<String, String>) -> usize {
    tags.len()
}

#[agent(model = "ollama/llama3.2", tools = [tagged])]
struct Local;

#[test]
fn all_problems_are_in_one_message() {
    let app =
        App::new("broken").workflow(weekend).workflow(elsewhere::weekend).agent::<Local>().tool::<elsewhere::weather>();
    let app = app.task_queue(" ").provider("openai", steadfast::model::Provider::responses("http://127.0.0.1:9"));
    let error = app.validate().expect_err("much is wrong");
    let text = error.to_string();
    for problem in [
        "the app `broken` cannot start:",
        "agent `Local`: ",
        "ollama/llama3.2",
        "the arguments of tool `tagged` cannot have a strict schema: an open map has no place in strict mode; use a list \
         of key and value at /properties/tags",
        "there are two tools named `weather`, ",
        "tool `book_hotel` needs `State<end_to_end::trips::Bookings>`, which is not registered; add `.state(..)` to the app",
        "there are two workflows named `weekend`; give one another with `#[workflow(name = \"..\")]`",
        "the task queue has no name; give `App::new` or `.task_queue(..)` one",
    ] {
        assert!(text.contains(problem), "{problem:?} is missing in:\n{text}");
    }
    assert_eq!(error.problems.len(), 6, "{text}");
}

#[test]
fn an_empty_app_says_what_to_add() {
    let text = App::new("empty").validate().expect_err("nothing to do").to_string();
    assert_eq!(text, "the app `empty` cannot start:\n  - there is nothing to run; add a workflow with `.workflow(..)`");
}

#[test]
fn names_of_values_and_types_do_not_collide() {
    use steadfast::tool::Tool as _;
    assert_eq!(book_hotel::DEF.name, "book_hotel");
    assert_eq!(book_hotel::DEF.args.len(), 1);
}
