//! Every shape of tool, agent and workflow that is accepted today, without a warning.

#![deny(warnings)]
#![allow(clippy::unnecessary_wraps, clippy::unused_async, reason = "shapes, not sense")]

use std::collections::HashSet;
use steadfast::{
    Judgement,
    prelude::*,
    tool::hosted::{self, FileSearch, WebSearch},
};

/// With everything.
#[tool(name = "every-option", timeout = "90s", retries = 2, task_queue = "tools")]
pub(crate) async fn every(
    /// A text.
    text: String,
    #[arg(default)] times: Option<u8>,
    #[arg(default = 3)] mut retries: u32,
    names: HashSet<String>,
    state: State<String>,
    context: ToolContext,
) -> Result<Vec<String>, std::io::Error> {
    retries += u32::from(times.unwrap_or(1));
    Ok(vec![text, retries.to_string(), names.len().to_string(), state.to_string(), context.tool])
}

/// Plain, without arguments or a result.
#[tool]
fn ping() {}

/// A keyword as its name.
#[tool]
fn r#type(r#in: u8) -> u8 {
    r#in
}

/// With rules about its place in a run.
#[tool(effects = [read, "patient data", r#async], enabled = Rules::late, cache = "90m")]
fn ruled(text: String) -> usize {
    text.len()
}

/// A step that is no tool, with everything.
#[activity(
    name = "every/option",
    timeout = "90s",
    schedule_to_close = "1h",
    heartbeat = "10s",
    retries = 2,
    backoff(initial = "2s"),
    non_retryable = ["Error"],
    task_queue = "steps",
    as = Stepped
)]
pub(crate) async fn step(
    /// A text.
    text: Unschemed,
    #[arg(default, alias = "n")] mut times: u128,
    state: State<String>,
    context: ToolContext,
) -> Result<Unschemed, std::io::Error> {
    times += 1;
    Ok(Unschemed(format!("{}{times}{}{}", text.0, &*state, context.attempt)))
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Unschemed(String);

/// A keyword as its name, and nothing else.
#[activity(local, cache = "1m")]
fn r#loop() {}

struct Rules;

impl Rules {
    fn late(turn: &Turn<'_>) -> bool {
        turn.number > 1
    }
}

/// Part of the workflow.
#[tool(inline = true)]
fn counted(text: String, times: Option<usize>) -> Result<usize, String> {
    let now = String::len(&text);
    Ok(now * times.ok_or("how often?")?)
}

#[agent(model = "m", tools = [ruled, counted], grants = [net, read, r#async, "patient data"], handoffs = [Granted])]
struct Granted;

/// With tools that run at the provider.
#[agent(
    model = "m",
    tools = [
        ping,
        WebSearch,
        hosted::CodeInterpreter,
        FileSearch::new(["vs_1"]).max_results(5),
        hosted::ImageGeneration::new(),
        elsewhere::mcp("docs").never_ask(),
    ],
    tool_choice = FileSearch,
)]
struct Hosted;

#[agent(model = "m", tools = [WebSearch], tool_choice = WebSearch)]
struct Searcher;

mod elsewhere {
    use steadfast::{prelude::*, tool::hosted::HostedMcp};

    pub(crate) fn mcp(label: &str) -> HostedMcp {
        HostedMcp::new(label, "https://mcp.example.org")
    }

    /// In a module of its own, by full paths.
    #[tool(as = Looked)]
    pub(crate) fn looked(at: State<u8>) -> core::result::Result<u8, ToolError> {
        Ok(*at)
    }
}

/// Hands over in a circle.
#[agent(
    model = "m",
    instructions = "Say {{braces}}, {greeting:?} and {times:>3}.",
    tools = [every, ping, r#type, elsewhere::Looked],
    handoffs = [Second { greeting: self.greeting.clone() }, Third],
    output = Vec<u8>,
    max_turns = 4,
    temperature = 1,
    max_tokens = 100,
    tool_choice = ping,
    parallel_tool_calls = false,
    reasoning = "low",
)]
struct First {
    greeting: String,
    times: u8,
}

#[agent(model = "m", handoffs = [Third], tool_choice = "required")]
struct Second {
    #[allow(dead_code)]
    greeting: String,
}

#[agent(model = "m", handoffs = [Third])]
struct Third;

/// Is called with its fields, of which one has a name that is a keyword.
#[agent(model = "m", instructions = "{type} {deep:?}", grants = [net], tools = [Typed])]
pub(crate) struct Called {
    /// The kind.
    r#type: String,
    deep: Option<Vec<u8>>,
}

/// Is asked with something typed, and calls whoever called it.
#[agent(model = "m", tools = [Called, Third], tool_choice = Called, tool_use_behavior = [Third], grants = [net])]
pub(crate) struct Typed {
    input: Option<Vec<String>>,
}

/// Cannot be called, and nobody does.
#[agent(model = "m", instructions = "{known}")]
struct Closed {
    known: u8,
    #[cfg(any())]
    unknown: Nothing,
    #[allow(dead_code)]
    connection: State<u8>,
}

/// With everything.
#[guardrail(blocking, name = "in-all", timeout = "5s", retries = 2, task_queue = "checks")]
pub(crate) async fn guarded(
    input: String,
    state: State<u8>,
    context: ToolContext,
    #[allow(unused_variables)] run: RunContext<u8>,
) -> core::result::Result<Verdict, std::fmt::Error> {
    let _ = (input, state, context);
    Ok(Verdict::Pass)
}

#[guardrail(local, inline = false)]
fn r#match(all: Vec<serde_json::Value>) -> Judgement {
    Judgement { reason: String::new(), tripped: all.is_empty() }
}

#[agent(model = "m", output = Judgement)]
struct Judge;

/// Is looked at from all sides.
#[tool(input_guardrails = [guarded, Judge], output_guardrails = [r#match])]
fn watched(input: String) -> String {
    input
}

/// Always waits.
#[tool(approval, local)]
fn always(input: String) -> String {
    input
}

/// Waits where a rule says so.
#[tool(approval = long, inline)]
fn at_times(input: String) -> String {
    input
}

/// Waits not for ever.
#[tool(approval(rule = long, deadline = "24h"))]
fn with_a_deadline(input: String) -> String {
    input
}

/// Waits, but not for ever.
#[tool(approval(deadline = "1h"))]
fn not_long(input: String) -> String {
    input
}

#[derive(Deserialize)]
struct Text {
    input: String,
}

fn long(text: &Text) -> bool {
    text.input.len() > 100
}

#[agent(model = "m", tools = [watched, always, at_times, with_a_deadline, not_long], input_guardrails = [guarded, Judge], output_guardrails = [r#match])]
struct Watched;

/// Another agent for each choice.
#[agent(model = "m", instructions = "{of:?}", output = Vec<T>, tools = [ping], handoffs = [Third, Generic::<u8, 2> { of: [1, 2] }])]
struct Generic<T: std::fmt::Debug = u8, const N: usize = 2>
where
    T: Clone,
{
    of: [T; N],
}

#[workflow(name = "long-name", agents = [Second], tools = [ping])]
pub(crate) async fn named(input: (u8, String)) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    let first = First { greeting: input.1, times: input.0 };
    let generic: Generic = Generic { of: [1, 2] };
    generic.run("go").await?;
    Called { r#type: String::new(), deep: None }.run("go").await?;
    let (ran, pinged) = workflow::join!(first.run("go"), ping::call());
    pinged?;
    let all = every::call("x".into(), None, 1, HashSet::new()).await?;
    let saga = workflow::Saga::new();
    saga.compensate(r#loop::call().retries(20));
    Stepped::call(Unschemed("x".into()), 1).retries(1).timeout(std::time::Duration::from_secs(1)).await?;
    let words = vec!["a".to_owned(), "b".to_owned()];
    let _ = workflow::map(&words, |word| first.run(word)).at_once(2).await;
    workflow::try_map(words, |word| Stepped::call(Unschemed(word), 2)).await?;
    Ok(ran?.output.first().copied().unwrap_or_default() + u8::try_from(all.len())?)
}

#[workflow]
async fn plain() -> u8 {
    workflow::select! {
        () = workflow::sleep(std::time::Duration::from_secs(1)) => 1,
        run = Third.run("go") => u8::from(run.is_ok()),
    }
}

#[test]
fn builds() {
    let app = App::new("shapes").workflow(named).workflow(plain).state(String::new()).state(7_u8);
    let _ = app.start(named, (1, String::new()));
    ping();
    r#loop();
    let _ = App::new("granted")
        .agent::<Generic<String, 3>>()
        .tool::<Typed>()
        .activity::<r#loop>()
        .agent::<Closed>()
        .agent::<Watched>()
        .agent::<Granted>()
        .agent::<Hosted>()
        .agent::<Searcher>();
    assert_eq!((ruled(String::new()), counted(String::new(), Some(2))), (0, Ok(0)));
    assert_eq!(r#type(1), 1);
    assert!(elsewhere::looked(State::new(1)).is_ok());
}
