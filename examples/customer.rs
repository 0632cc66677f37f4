//! One workflow for each customer, for as long as the customer stays: it takes notes of every visit, and has an agent keep
//! in mind what matters of them. Every few visits it goes on as a new run, with nothing but that.
//!
//! ```text
//! cargo run --example customer
//! ```
//!
//! With `OPENAI_API_KEY` set it asks the real model; without, a scripted one.

use std::{env, error::Error as StdError, io, time::Duration};
use steadfast::{
    DevServer, Filter, SearchKind, Target,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let server = DevServer::ephemeral().search_attribute("Regular", SearchKind::Bool).start().await?;
    let model = if env::var_os("OPENAI_API_KEY").is_none() { Some(model().await?) } else { None };
    let app = app().target(Target::address(server.address()));
    let app = match &model {
        Some(model) => app.provider("openai", model.provider()),
        None => app,
    };
    let worker = app.worker().await?.spawn();
    a_year(&app).await?;
    worker.stop().await?;
    server.stop().await;
    Ok(())
}

pub(crate) fn app() -> App {
    App::new("customer").workflow(Customer::stay)
}

/// What is known of a customer: all that goes from one run to the next.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Known {
    name: String,
    visits: u32,
    /// In the agent's words.
    in_mind: String,
    /// Of visits that the agent has not heard of yet.
    notes: Vec<String>,
    has_left: bool,
}

pub(crate) struct Customer {
    known: Known,
}

/// So many notes are summed up at once.
const SEVERAL: usize = 4;

#[workflow]
impl Customer {
    #[init]
    fn new(known: Known) -> Self {
        Self { known }
    }

    #[run]
    pub(crate) async fn stay(customer: WorkflowContext<Self>) -> Result<Known> {
        customer.until(|customer| customer.known.has_left || customer.known.notes.len() >= SEVERAL).await;
        if customer.state(|customer| customer.known.has_left) {
            customer.handlers_finished().await;
            return Ok(customer.state(|customer| customer.known.clone()));
        }
        let Known { name, visits, in_mind, notes, .. } = customer.state(|customer| customer.known.clone());
        let heard = notes.len();
        let in_mind = Memory { name, in_mind }.run(notes.join("\n")).await?.output;
        customer.state_mut(|customer| {
            // There may have been a visit meanwhile.
            customer.known.notes.drain(..heard);
            customer.known.in_mind = in_mind;
        });
        // For whoever looks for customers who come often.
        workflow::upsert_search_attribute("Regular", visits > 5)?;
        // What is signalled up to the very end is in `known`, and what comes later comes to the new run.
        customer.continue_as_new(Self::stay, |customer| customer.known.clone()).await
    }

    #[signal]
    fn visited(&mut self, note: String) {
        self.known.visits += 1;
        self.known.notes.push(note);
    }

    #[signal]
    fn leave(&mut self) {
        self.known.has_left = true;
    }

    #[query]
    fn known(&self) -> Known {
        self.known.clone()
    }
}

/// Keeps in mind what matters of a customer's visits.
#[agent(
    model = "gpt-5.6-luna",
    instructions = "You keep a bookseller's memory of {name}, in a sentence. So far: {in_mind}. Say what it is with the notes."
)]
struct Memory {
    name: String,
    in_mind: String,
}

/// A year of visits, and then some.
pub(crate) async fn a_year(app: &App) -> Result<()> {
    let ann = Known { name: "Ann".to_owned(), ..Known::default() };
    let customer = app.start(Customer::stay, ann).id("customer-ann").await?;
    println!("Ann comes ten times, and each time somebody takes a note.");
    for visit in 1..=10 {
        customer.visited(format!("visit {visit}: she looked at atlases")).await?;
    }
    // Until the agent has heard of most of them.
    let known = loop {
        let known = customer.known().await?;
        if known.visits == 10 && known.notes.len() < SEVERAL {
            break known;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    println!("  in mind: {}\n  and {} notes since", known.in_mind, known.notes.len());

    let client = app.client().await?;
    let often = Filter::of(Customer::stay).running().attribute("Regular", true);
    while client.count(often.clone()).await? == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("Whoever looks for regular customers finds her.");

    println!("She moves away.");
    customer.leave().await?;
    let known = customer.result().await?;
    println!("  {} visits, in {} runs:", known.visits, customer.histories().await?.len());
    for history in customer.histories().await? {
        println!("  a history of {} events", history.events().len());
    }
    Ok(())
}

/// Plays the memory.
pub(crate) async fn model() -> io::Result<ModelServer> {
    ScriptedModel::answering(answer).start().await
}

fn answer(asked: &Asked) -> Reply {
    let notes = asked.user_text().unwrap_or_default().lines().count();
    let knows_her = asked.instructions().is_some_and(|told| told.contains("atlases"));
    Reply::says(format!("She {} atlases; {notes} more notes say so.", if knows_her { "still loves" } else { "loves" }))
}
