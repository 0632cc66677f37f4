//! The first example of each page of the OpenAI Agents SDK's documentation, in Rust: a file for each page.
//!
//! ```text
//! cargo run --example tour                         # all of them, in this process
//! cargo run --example tour -- handoffs             # one
//! cargo run --example tour -- handoffs --durable   # the same on Temporal, on a server that it finds or installs
//! ```
//!
//! With `OPENAI_API_KEY` set they ask the real model; without, a scripted one. Two pages have programs of their own,
//! `quickstart` and `human_in_the_loop`.

mod pages;
mod stand_in;

use pages::PAGES;
use steadfast::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_durable = words.iter().any(|word| word == "--durable");
    let asked: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--durable").collect();
    if let Some(unknown) = asked.iter().find(|page| !PAGES.contains(page)) {
        return Err(format!("there is no page `{unknown}`; the pages are {}", PAGES.join(", ")).into());
    }
    let model = match std::env::var_os("OPENAI_API_KEY") {
        Some(_) => None,
        None => Some(stand_in::start().await?),
    };
    if model.is_some() {
        println!("There is no OPENAI_API_KEY, so a script answers in place of a model.\n");
    }
    for page in PAGES.into_iter().filter(|page| asked.is_empty() || asked.contains(page)) {
        println!("--- {page}");
        let app = pages::app(page);
        let app = match &model {
            Some(model) => app.provider("openai", model.provider()),
            None => app,
        };
        println!("{}\n", if is_durable { durable(&app, page).await? } else { pages::inline(&app, page).await? });
    }
    Ok(())
}

/// What a page says as a workflow, with a worker of its own.
async fn durable(app: &App, page: &str) -> Result<String> {
    let worker = app.worker().await?.spawn();
    let said = pages::durable(app, page).await;
    worker.stop().await?;
    said
}
