//! The crate by another name, which `crate = ..` says.

#![deny(warnings)]

pub(crate) use steadfast as durable;

mod inner {
    use super::durable::{
        App, Verdict, activity, agent, guardrail, tool,
        tool::{State, hosted::WebSearch},
        workflow,
    };
    use std::marker::PhantomData;

    /// Looks something up.
    #[tool(crate = super::durable)]
    pub(crate) fn look_up(word: String, known: State<Known>) -> bool {
        known.0 == word
    }

    #[activity(crate = super::durable)]
    pub(crate) fn note_down(word: String) {
        drop(word);
    }

    #[guardrail(crate = super::durable)]
    fn sane(input: String) -> Verdict {
        if input.is_empty() { Verdict::trip("empty") } else { Verdict::Pass }
    }

    /// What is known.
    pub(crate) struct Known(pub(crate) String);

    #[tool(crate = super::durable)]
    impl Known {
        /// Says it.
        #[tool]
        fn say(&self) -> String {
            self.0.clone()
        }
    }

    #[agent(model = "m", tools = [look_up, Known], output_guardrails = [sane], crate = super::durable)]
    pub(crate) struct Librarian;

    #[agent(model = "m", tools = [Librarian, WebSearch], handoffs = [Librarian], output = Vec<T>, crate = super::durable)]
    pub(crate) struct Archive<T> {
        of: PhantomData<T>,
    }

    #[workflow(crate = super::durable)]
    pub(crate) async fn looking(word: String) -> bool {
        note_down::call(word.clone()).await.is_ok() && look_up::call(word).await.unwrap_or_default()
    }

    pub(crate) fn app() -> App {
        App::new("library").workflow(looking).agent::<Archive<u8>>().state(Known("word".into()))
    }
}

#[test]
fn builds() {
    drop(inner::app());
}
