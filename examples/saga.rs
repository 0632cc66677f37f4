//! A trip whose last booking fails is undone, the last booking first, although the worker is killed in the middle of it.
//!
//! ```text
//! cargo run --example saga
//! ```
//!
//! This process holds the server; the worker is a child process, killed with SIGKILL. No model is asked for anything.

use std::{
    error::Error as StdError,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};
use steadfast::{DevServer, Target, prelude::*, workflow::saga};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    if let [_, role, server, ledger] = std::env::args().collect::<Vec<_>>().as_slice()
        && role == "worker"
    {
        let app = app().state(Ledger(ledger.into())).target(Target::address(server));
        return Ok(app.worker().await?.run_until(std::future::pending()).await?);
    }
    let server = DevServer::ephemeral().start().await?;
    let ledger = std::env::temp_dir().join(format!("steadfast-saga-{}", std::process::id()));
    fs::write(&ledger, "")?;
    let spawn = || -> std::io::Result<Child> {
        Command::new(std::env::current_exe()?).args(["worker", server.address()]).arg(&ledger).spawn()
    };

    let app = app().target(Target::address(server.address()));
    let wishes = ["flight", "hotel", "car", "tickets for the opera"].map(str::to_owned).to_vec();
    let run = app.start(trip, wishes).id("trip").await?;
    let mut worker = spawn()?;
    wait_for("cancel hotel", &ledger).await?;
    worker.kill()?;
    worker.wait()?;
    println!("Killed the worker (SIGKILL) while it cancelled the hotel. Starting another; it has to wait until the");
    println!("server misses the dead one's heartbeat, about ten seconds …");
    let mut worker = spawn()?;
    let Err(error) = run.result().await else { return Err("the opera is sold out".into()) };
    worker.kill()?;
    worker.wait()?;

    println!("\n{error}\n");
    let lines = fs::read_to_string(&ledger)?;
    lines.lines().for_each(|line| println!("  {line}"));
    fs::remove_file(&ledger)?;
    server.stop().await;
    let undone: Vec<&str> = lines.lines().filter(|line| line.starts_with("cancel")).collect();
    if undone != ["cancel car", "cancel hotel", "cancel hotel", "cancel flight"] {
        return Err(format!("this is not what was to be undone: {undone:?}").into());
    }
    println!(
        "\nAll that was booked is cancelled. The hotel was asked twice: a call that was killed is made once more."
    );
    Ok(())
}

async fn wait_for(line: &str, ledger: &Path) -> std::io::Result<()> {
    while !fs::read_to_string(ledger)?.lines().any(|known| known == line) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

fn app() -> App {
    App::new("saga").workflow(trip)
}

/// Books all of it, or nothing.
#[workflow]
async fn trip(wishes: Vec<String>) -> Result<()> {
    saga::run(|saga| async move {
        for wish in wishes {
            let booking = book::call(wish).await?;
            saga.compensate(cancel::call(booking));
        }
        Ok(())
    })
    .await
}

/// What the outside world has been told, a line each.
struct Ledger(PathBuf);

impl Ledger {
    fn note(&self, line: &str) -> std::io::Result<()> {
        OpenOptions::new().append(true).open(&self.0)?.write_all(format!("{line}\n").as_bytes())
    }
}

/// No other attempt would find a seat.
#[activity(non_retryable = ["SoldOut"])]
fn book(what: String, ledger: State<Ledger>) -> Result<String, ToolError> {
    if what.contains("opera") {
        return Err(ToolError::new("the opera is sold out").named("SoldOut"));
    }
    ledger.note(&format!("book {what}"))?;
    Ok(what)
}

/// Nobody cancels in its place, so it is tried for as long as it takes.
#[activity(retries = 1000)]
async fn cancel(booking: String, ledger: State<Ledger>) -> Result<(), ToolError> {
    ledger.note(&format!("cancel {booking}"))?;
    // Time to be killed in.
    tokio::time::sleep(Duration::from_millis(500)).await;
    Ok(())
}
