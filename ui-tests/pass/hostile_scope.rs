//! The expansions name nothing by a short path, so a scope that defines the usual names does them no harm.

#![allow(dead_code, non_camel_case_types, clippy::unnecessary_wraps)]

struct Result;
struct Option;
struct Some;
struct None;
struct Ok;
struct Err;
struct Box;
struct Vec;
struct String;
struct Send;
struct Default;
struct u32;
mod core {}
mod std {}
mod serde {}

type Text = ::std::string::String;
type Number = ::core::primitive::u32;

/// Adds one.
#[::steadfast::tool(timeout = "1s")]
fn more(#[arg(default = 1)] by: Number, on: ::steadfast::tool::State<Text>) -> Text {
    ::std::format!("{by}{}", &*on)
}

#[::steadfast::activity(timeout = "1s", retries = 1, backoff(initial = "1s"))]
fn charge(
    #[arg(default = 1)] by: Number,
    on: ::steadfast::tool::State<Text>,
) -> ::core::result::Result<Text, ::steadfast::tool::ToolError> {
    ::core::result::Result::Ok(::std::format!("{by}{}", &*on))
}

#[::steadfast::agent(model = "m", instructions = "Hello {name}", tools = [more, Other], handoffs = [Other])]
struct Agent {
    name: Text,
}

#[::steadfast::guardrail]
fn checked(input: Text, on: ::steadfast::tool::State<Text>) -> ::steadfast::Verdict {
    drop((input, on));
    ::steadfast::Verdict::Pass
}

#[::steadfast::agent(model = "m", input_guardrails = [checked])]
struct Other;

#[::steadfast::agent(model = "m", output = T, tools = [Agent])]
struct Reader<T> {
    of: ::core::marker::PhantomData<T>,
}

#[::steadfast::workflow]
async fn flow(name: Text) -> ::core::result::Result<Text, ::steadfast::Error> {
    use ::steadfast::AgentExt as _;
    let reader = Reader::<Text> { of: ::core::marker::PhantomData };
    reader.run("hi").await?;
    charge::call(1).await?;
    ::core::result::Result::Ok(Agent { name }.run("hi").await?.output)
}

struct State(Number);

#[::steadfast::workflow]
impl State {
    #[init]
    fn new(first: Number) -> Self {
        Self(first)
    }

    #[run]
    async fn run(state: ::steadfast::workflow::WorkflowContext<Self>) -> Number {
        state.until(|state| state.0 > 1).await;
        state.state(|state| state.0)
    }

    #[signal]
    fn set(&mut self, input: Number) {
        self.0 = input;
    }

    #[signal]
    async fn set_later(context: ::steadfast::workflow::WorkflowContext<Self>, input: Number) {
        context.state_mut(|state| state.0 = input);
    }

    #[query]
    fn get(&self) -> ::core::result::Result<Number, ::steadfast::Error> {
        ::core::result::Result::Ok(self.0)
    }

    #[update]
    fn add(&mut self, state: Number) -> Number {
        self.0 += state;
        self.0
    }

    #[update_validator(add)]
    fn check(&self, context: &Number) -> ::core::result::Result<(), ::steadfast::Error> {
        let _ = context;
        ::core::result::Result::Ok(())
    }
}

#[test]
fn builds() {
    let _ = ::steadfast::App::new("hostile").workflow(flow).workflow(State::run);
}
