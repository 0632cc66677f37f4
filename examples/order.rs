//! An order that is talked to while it runs: it is filled, asked about, paid and shipped, and gives everything back when it is
//! cancelled.
//!
//! ```text
//! cargo run --example order
//! ```
//!
//! Three customers: one whose order is delivered, one who changes his mind, and one who does not pay in time. With
//! `OPENAI_API_KEY` set the clerk is the real model; without, a scripted one.

use std::{
    error::Error as StdError,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use steadfast::{
    DevServer, Filter, SearchKind, Target, WorkflowError,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
    workflow::{child, external, saga},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let server = DevServer::ephemeral().search_attribute("Customer", SearchKind::Keyword).start().await?;
    let ledger = Ledger::default();
    let (app, _model) = shop(App::new("order"), ledger.clone()).await?;
    let app = app.target(Target::address(server.address()));
    let worker = app.worker().await?.spawn();
    delivered(&app).await?;
    cancelled(&app).await?;
    unpaid(&app).await?;
    worker.stop().await?;
    server.stop().await;
    match ledger.lines().as_slice() {
        [.., paid_back, put_back] if paid_back.starts_with("paid back") && put_back.ends_with("put back") => Ok(()),
        lines => Err(format!("this is not what was to be undone: {lines:?}").into()),
    }
}

/// Ann's order, from its first line to its delivery.
pub(crate) async fn delivered(app: &App) -> Result<()> {
    println!("Ann adds a first line, and with that the order begins (update-with-start).");
    let start = app.start(Order::run, Opened::by("ann")).id(id_of("ann")).search_attribute("Customer", "ann");
    let (order, total) = start.with_update::<u32>("add", &Line::of("atlas", 1)).await?;
    println!("  it comes to {total} euros");

    // From here on by the methods of `OrderHandle`.
    println!("She adds 1000 more, and a validator refuses that: nothing of it is in the history.");
    match order.add(Line::of("atlas", 1000)).await {
        Err(Error::Workflow(WorkflowError::UpdateRejected { reason, .. })) => println!("  {reason}"),
        other => return Err(format!("this should have been refused: {other:?}").into()),
    }
    println!("She adds a novel, and says how it is to be wrapped (signal).");
    println!("  it comes to {} euros", order.add(Line::of("novel", 2)).await?);
    order.wrap("in red paper".to_owned()).await?;

    println!("She asks when it comes, and an agent answers, inside the update's handler.");
    println!("  {}", order.ask("When will my books be here?".to_owned()).await?);
    println!("Where it stands (query): {:?}", order.stage().await?);

    println!("She pays, and the parcel, a child workflow, tells the order its number.");
    order.pay("card 7".to_owned()).await?;
    let number = until_shipped(&order).await?;
    println!("  {number} is on its way");
    println!("What the server knows of the order (describe):\n{}", order.describe().await?);
    app.handle(ship, parcel_of("ann")).await?.signal("delivered", &"Ann").await?;
    println!("  {}\n", order.result().await?);
    Ok(())
}

/// Bob's order, which he cancels when it is on its way.
pub(crate) async fn cancelled(app: &App) -> Result<()> {
    println!("Bob orders and pays.");
    let start = app.start(Order::run, Opened::by("bob")).id(id_of("bob")).search_attribute("Customer", "bob");
    let order = start.await?;
    order.add(Line::of("novel", 3)).await?;
    order.pay("card 8".to_owned()).await?;
    until_shipped(&order).await?;

    println!("Somebody looks for him (list):");
    let client = app.client().await?;
    let of_bob = || Filter::of(Order::run).running().attribute("Customer", "bob");
    // The server's index is a moment late.
    while client.count(of_bob()).await? == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for found in client.list(of_bob()).all().await? {
        println!("  {} is {}", found.id, found.status);
    }

    println!("He cancels. The parcel is stopped, and what was done is undone, last first:");
    order.cancel().await?;
    match order.result().await {
        Err(Error::Workflow(WorkflowError::Cancelled { .. })) => println!("  the order is cancelled\n"),
        other => return Err(format!("this should have been cancelled: {other:?}").into()),
    }
    Ok(())
}

/// Cid's order, which nobody pays.
pub(crate) async fn unpaid(app: &App) -> Result<()> {
    println!("Cid has a second to pay, and does not.");
    let opened = Opened { pay_within: Duration::from_secs(1), ..Opened::by("cid") };
    let order = app.start(Order::run, opened).id(id_of("cid")).await?;
    match order.result().await {
        Err(error) => println!("  {error}"),
        Ok(receipt) => return Err(format!("nobody has paid for this: {receipt}").into()),
    }
    Ok(())
}

async fn until_shipped(order: &OrderHandle) -> Result<String> {
    loop {
        if let Stage::Shipped(number) = order.stage().await? {
            return Ok(number);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn id_of(customer: &str) -> String {
    format!("order-of-{customer}")
}

fn parcel_of(customer: &str) -> String {
    format!("parcel-of-{customer}")
}

/// What an order begins with.
#[derive(Serialize, Deserialize)]
pub(crate) struct Opened {
    customer: String,
    pay_within: Duration,
}

impl Opened {
    fn by(customer: &str) -> Self {
        Self { customer: customer.to_owned(), pay_within: Duration::from_hours(24) }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    title: String,
    count: u32,
}

impl Line {
    fn of(title: &str, count: u32) -> Self {
        Self { title: title.to_owned(), count }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Stage {
    Open,
    Paid,
    /// With the parcel's number.
    Shipped(String),
}

/// The state of an order: what its messages change, and its body waits for.
pub(crate) struct Order {
    opened: Opened,
    lines: Vec<Line>,
    wrapping: Option<String>,
    card: Option<String>,
    stage: Stage,
}

#[workflow]
impl Order {
    #[init]
    fn new(opened: Opened) -> Self {
        Self { opened, lines: Vec::new(), wrapping: None, card: None, stage: Stage::Open }
    }

    #[run]
    pub(crate) async fn run(order: WorkflowContext<Self>) -> Result<String> {
        let (customer, limit) = order.state(|order| (order.opened.customer.clone(), order.opened.pay_within));
        // A timer of the server, which may as well be of a month.
        if order.until(|order| order.card.is_some()).within(limit).await.is_none() {
            return Err(format!("{customer} has not paid within {limit:?}").into());
        }
        let ended = saga::run(|saga| async {
            let saga = saga;
            let (lines, total, card) = order.state(|order| (order.lines.clone(), order.total(), order.card.clone()));
            for line in lines {
                saga.compensate(put_back::call(line.clone()));
                take::call(line).await?;
            }
            let receipt = charge::call(card.unwrap_or_default(), total).await?;
            saga.compensate(pay_back::call(receipt.clone()));
            // Waits for weeks, if need be. Whoever stops waiting, as one who is cancelled does, cancels the child.
            let signed = child(ship, customer.clone()).id(parcel_of(&customer)).await?;
            Ok(format!("{receipt}, and {signed} has signed for the parcel"))
        });
        ended.await
    }

    /// Adds a line, and says what all of them come to.
    #[update]
    fn add(&mut self, line: Line) -> u32 {
        self.lines.push(line);
        self.total()
    }

    #[update_validator(add)]
    fn check(&self, line: &Line) -> Result<()> {
        match (&self.stage, line.count) {
            (Stage::Open, 1..=10) => Ok(()),
            (Stage::Open, count) => Err(format!("{count} copies of the {} are not to be had", line.title).into()),
            _ => Err("it is paid already".into()),
        }
    }

    #[signal]
    fn wrap(&mut self, how: String) {
        self.wrapping = Some(how);
    }

    /// Answers a question. An agent is run in a handler as anywhere else.
    #[update]
    async fn ask(order: WorkflowContext<Self>, question: String) -> Result<String> {
        let clerk = order.state(|order| Clerk {
            titles: order.lines.iter().map(|line| line.title.clone()).collect::<Vec<_>>().join(", "),
            wrapping: order.wrapping.clone().unwrap_or_else(|| "as ever".to_owned()),
        });
        Ok(clerk.run(&question).await?.output)
    }

    #[update]
    fn pay(&mut self, card: String) {
        self.card = Some(card);
        self.stage = Stage::Paid;
    }

    #[query]
    fn stage(&self) -> Stage {
        self.stage.clone()
    }

    /// The parcel says its number.
    #[signal]
    fn shipped(&mut self, number: String) {
        self.stage = Stage::Shipped(number);
    }

    /// What has no attribute is no message.
    fn total(&self) -> u32 {
        self.lines.iter().map(|line| line.count * 20).sum()
    }
}

/// A parcel on its way, until somebody has signed for it.
#[workflow]
pub(crate) async fn ship(customer: String) -> Result<String> {
    let number = hand_over::call(customer.clone()).await?;
    // Any workflow can be sent a signal by its id; this one's parent is no different.
    external(id_of(&customer)).signal("shipped", &number).await?;
    Ok(workflow::signal("delivered").await?)
}

/// Answers customers.
#[agent(
    model = "gpt-5.6-luna",
    instructions = "You are the clerk of a bookshop. The customer has ordered: {titles}, wrapped {wrapping}.",
    tools = [days_to_deliver]
)]
struct Clerk {
    titles: String,
    wrapping: String,
}

/// How many days it takes until a book is delivered.
#[tool]
fn days_to_deliver(title: String) -> usize {
    title.len()
}

/// What was done in the shop and its bank, in order.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<String>>>);

impl Ledger {
    fn note(&self, line: &str) {
        println!("    {line}");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[activity]
fn take(line: Line, ledger: State<Ledger>) {
    ledger.note(&format!("{} x {} taken from the shelf", line.count, line.title));
}

#[activity(retries = 1000)]
fn put_back(line: Line, ledger: State<Ledger>) {
    ledger.note(&format!("{} x {} put back", line.count, line.title));
}

#[activity(timeout = "10s", retries = 5)]
fn charge(card: String, euros: u32, ledger: State<Ledger>) -> String {
    ledger.note(&format!("{euros} euros from {card}"));
    format!("{euros} euros are paid by {card}")
}

#[activity(retries = 1000)]
fn pay_back(receipt: String, ledger: State<Ledger>) {
    ledger.note(&format!("paid back: {receipt}"));
}

#[activity]
fn hand_over(customer: String, ledger: State<Ledger>) -> String {
    ledger.note(&format!("a parcel for {customer} handed over"));
    format!("parcel {}", customer.len())
}

/// What `app` is made into, and the scripted model where there is no key; it answers as long as it lives.
pub(crate) async fn shop(app: App, ledger: Ledger) -> Result<(App, Option<ModelServer>)> {
    let app = app.workflow(Order::run).workflow(ship).state(ledger);
    if std::env::var_os("OPENAI_API_KEY").is_some() {
        return Ok((app, None));
    }
    let model = ScriptedModel::answering(answer).start().await?;
    Ok((app.provider("openai", model.provider()), Some(model)))
}

fn answer(asked: &Asked) -> Reply {
    match asked.input_items().last().map(|item| &item["output"]) {
        Some(serde_json::Value::String(days)) => Reply::says(format!("The atlas will be with you in {days} days.")),
        _ => Reply::call("days_to_deliver", serde_json::json!({"title": "atlas"})),
    }
}
