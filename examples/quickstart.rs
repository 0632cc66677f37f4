//! An agent answers a question about a folder of yours, and no crash can stop it.
//!
//! ```text
//! cargo run --example quickstart                               # this folder, a question of ours
//! cargo run --example quickstart -- ../my-project "Which licence is this under?"
//! cargo run --example quickstart -- --worker ../my-project     # only a worker: start workflows from anywhere
//! ```
//!
//! Kill it in the middle and start it again: it goes on where it was. With `OPENAI_API_KEY` set it asks the real
//! model, or with `STEADFAST_PROVIDER=ollama/llama3.2` that of another provider; without, a scripted one that really uses
//! the tools.

pub(crate) mod folder;
pub(crate) mod stand_in;

use folder::{Folder, list_files, read_file, search_files};
use std::{
    error::Error as StdError,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::IsTerminal as _,
    path::PathBuf,
};
use steadfast::{WorkflowError, prelude::*};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let mut words = std::env::args().skip(1).peekable();
    let only_a_worker = words.next_if_eq("--worker").is_some();
    let folder = Folder::open(&PathBuf::from(words.next().unwrap_or_else(|| ".".to_owned())))?;
    let question =
        words.next().unwrap_or_else(|| "What is this folder about, and where should I begin to read?".to_owned());

    let mut app = App::new("quickstart").workflow(ask).state(folder.clone());
    // Held until the end: the scripted model answers as long as it lives.
    let is_set = |name| std::env::var_os(name).is_some();
    let stand_in = if !is_set("OPENAI_API_KEY") && !is_set("STEADFAST_PROVIDER") {
        println!("No OPENAI_API_KEY is set, so a scripted model stands in: it calls the tools on your folder");
        println!("and puts its answer together from what they return. It thinks for a second each time.\n");
        Some(stand_in::start().await?)
    } else {
        None
    };
    if let Some(model) = &stand_in {
        app = app.provider("openai", model.provider());
    }
    show_steps();
    if only_a_worker {
        return Ok(app.main().await?);
    }

    let mut worker = app.worker().await?.spawn();
    let asked = Question { folder: folder.to_string(), text: question };
    println!("Folder    {}\nQuestion  {}\n", asked.folder, asked.text);

    // The same question about the same folder has the same id, so that a second start finds the first.
    let id = format!("quickstart-{:016x}", fingerprint(&asked));
    let run = match app.start(ask, asked).id(&id).await {
        Err(Error::Workflow(WorkflowError::AlreadyRunning { .. })) => {
            println!("This question was interrupted; going on where it was. A call that was in flight is made again");
            println!("when the server misses the heartbeat of the dead worker, after ten seconds at most.\n");
            app.handle(ask, &id).await?
        }
        started => started?,
    };
    let answer = tokio::select! {
        answer = run.result() => answer?,
        ended = worker.ended() => return Err(ended.map_or_else(Into::into, |()| "the worker ended".into())),
    };

    println!("\n{}\n", answer.text);
    println!("{} model calls, {} tool calls, {} tokens", answer.model_calls, answer.tool_calls, answer.tokens);
    worker.stop().await?;
    let client = app.client().await?;
    if let Some(url) = run.url() {
        println!("Every step of it: {url}");
    }
    if let Some(pid) = client.dev_server_pid() {
        println!("(The dev server stays up for that. To stop it: kill {pid})");
    }
    Ok(())
}

#[derive(Serialize, Deserialize, Hash)]
pub(crate) struct Question {
    pub(crate) folder: String,
    pub(crate) text: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) model_calls: u32,
    pub(crate) tool_calls: usize,
    pub(crate) tokens: u64,
}

/// Answers questions about a folder of files.
#[agent(
    model = "gpt-5.6-luna",
    instructions = "You answer questions about the files in {folder}. Look before you answer: list the files, search \
                    them, read those that matter. Answer in a few sentences and name the files you rely on.",
    tools = [list_files, search_files, read_file],
    max_turns = 20,
)]
struct Librarian {
    folder: String,
}

/// Answers one question.
#[workflow]
pub(crate) async fn ask(question: Question) -> Result<Answer> {
    let librarian = Librarian { folder: question.folder };
    let run = librarian.run(&question.text).await?;
    let tool_calls = run.items().iter().filter(|item| matches!(item, steadfast::model::Item::FunctionCall(_))).count();
    Ok(Answer { tool_calls, model_calls: run.turns, tokens: run.usage.total_tokens(), text: run.output })
}

/// Prints each model call and each tool call as it happens; `RUST_LOG` says otherwise.
fn show_steps() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,steadfast=info"));
    let steps = tracing_subscriber::fmt().with_env_filter(filter).without_time().with_target(false).with_level(false);
    steps.with_ansi(std::io::stdout().is_terminal()).init();
}

fn fingerprint(question: &Question) -> u64 {
    let mut hasher = DefaultHasher::new();
    question.hash(&mut hasher);
    hasher.finish()
}
