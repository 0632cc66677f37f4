//! The pages by name.

use steadfast::{Handle, RunEventKind, prelude::*};

macro_rules! pages {
    ($($page:ident),* $(,)?) => {
        $(pub(crate) mod $page;)*

        pub(crate) const PAGES: [&str; [$(stringify!($page)),*].len()] = [$(stringify!($page)),*];

        /// An app with this page in it. Each has its own, since many of their agents go by the same name.
        pub(crate) fn app(page: &str) -> App {
            match page {
                $(stringify!($page) => App::new(concat!("tour-", stringify!($page))).workflow($page::$page),)*
                _ => App::new("tour"),
            }
        }

        /// What a page says, in this process.
        pub(crate) async fn inline(app: &App, page: &str) -> Result<String> {
            match page {
                $(stringify!($page) => app.inline($page::$page()).await,)*
                _ => Err(format!("there is no page `{page}`").into()),
            }
        }

        /// The same of a workflow, which a worker has to run.
        pub(crate) async fn durable(app: &App, page: &str) -> Result<String> {
            match page {
                $(stringify!($page) => follow(app.start($page::$page, ()).await?).await,)*
                _ => Err(format!("there is no page `{page}`").into()),
            }
        }
    };
}

/// Waits for what a workflow says, and reads along where it is streamed.
async fn follow(run: Handle<String>) -> Result<String> {
    let mut events = run.events();
    while let Some(shown) = events.next().await? {
        if let RunEventKind::Text { delta, .. } = shown.event.kind {
            println!("> {delta}");
        }
    }
    run.result().await
}

pages!(
    tutors,
    agents,
    running,
    results,
    streaming,
    sessions,
    tools,
    output,
    handoffs,
    guardrails,
    context,
    orchestration,
    models,
    usage,
);
