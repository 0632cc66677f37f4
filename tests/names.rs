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

#[derive(Serialize, Deserialize, JsonSchema)]
struct Tags {
    by_name: BTreeMap<String, String>,
}

/// Takes what no strict schema can say.
#[tool]
fn tagged(tags: Tags) -> usize {
    tags.by_name.len()
}

/// Has a rule that nobody can read.
#[tool]
fn matched(#[arg(pattern = "(")] text: String) -> String {
    text
}

#[agent(model = "gpus/llama3.2", tools = [tagged, matched])]
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
        "gpus/llama3.2",
        "the arguments of tool `tagged` have no schema: an open map has no place in strict mode; use a list of key and \
         value at /$defs/Tags/properties/by_name; if it has to be so, write `#[tool(strict = false)]`",
        "a rule for the arguments of tool `matched` cannot be read: ",
        "there are two tools named `weather`, ",
        "tool `book_hotel` needs `State<end_to_end::trips::Bookings>`, which is not registered; add `.state(..)` to the app",
        "there are two workflows named `weekend`; add one only once, and give another a name of its own with",
        "the task queue has no name; give `App::new` or `.task_queue(..)` one",
    ] {
        assert!(text.contains(problem), "{problem:?} is missing in:\n{text}");
    }
    assert_eq!(error.problems.len(), 7, "{text}");
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
