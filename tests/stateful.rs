//! Workflows with a state: signals, queries and updates with handlers, and the handles that send them.

use crate::server;
use serde_json::json;
use std::time::Duration;
use steadfast::{
    Target, WorkflowError,
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
    workflow::{now, signal, sleep},
};

/// Tells what an item costs, in cents.
#[tool]
fn price(item: String) -> u32 {
    u32::try_from(item.len()).unwrap_or_default() * 100
}

/// Answers customers.
#[agent(model = "m", instructions = "You sell {shop}.", tools = [price])]
struct Clerk {
    shop: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    name: String,
    count: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Receipt {
    items: Vec<Item>,
    total: u32,
    approved_by: String,
    answers: Vec<String>,
    waited: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("nobody buys {0} of anything")]
struct TooMany(u32);

/// An order that is filled while it goes on.
struct Order {
    shop: String,
    items: Vec<Item>,
    total: u32,
    approved_by: Option<String>,
    answers: Vec<String>,
}

#[workflow]
impl Order {
    #[init]
    fn new(shop: String) -> Self {
        Self { shop, items: Vec::new(), total: 0, approved_by: None, answers: Vec::new() }
    }

    /// Waits for an approval, and then for the handlers.
    #[run]
    async fn run(order: WorkflowContext<Self>) -> Result<Receipt> {
        let before = now();
        order.until(|order| order.approved_by.is_some()).await;
        let waited = order.until(|_| false).within(Duration::from_millis(20)).await.is_none() && now() > before;
        order.handlers_finished().await;
        Ok(order.state(|order| Receipt {
            items: order.items.clone(),
            total: order.total,
            approved_by: order.approved_by.clone().unwrap_or_default(),
            answers: order.answers.clone(),
            waited,
        }))
    }

    /// Adds an item.
    #[signal]
    fn add(&mut self, item: Item) {
        self.items.push(item);
    }

    /// Asks the clerk something.
    #[signal(name = "ask-the-clerk")]
    async fn ask(order: WorkflowContext<Self>, question: String) {
        let clerk = Clerk { shop: order.state(|order| order.shop.clone()) };
        let answer = match clerk.run(&question).await {
            Ok(run) => run.output,
            Err(error) => error.to_string(),
        };
        order.state_mut(|order| order.answers.push(answer));
    }

    /// How many pieces there are.
    #[query]
    fn pieces(&self) -> u32 {
        self.items.iter().map(|item| item.count).sum()
    }

    /// The item of this name.
    #[query]
    fn item(&self, name: String) -> Result<Item> {
        let found = self.items.iter().find(|item| item.name == name);
        found.cloned().ok_or_else(|| Error::other(format!("there is no {name}")))
    }

    /// Changes how many there are of the first item, and tells how many there were.
    #[update]
    fn recount(&mut self, count: u32) -> Result<u32, TooMany> {
        let first = self.items.first_mut().ok_or(TooMany(count))?;
        Ok(std::mem::replace(&mut first.count, count))
    }

    #[update_validator(recount)]
    fn check_count(&self, count: &u32) -> Result<(), TooMany> {
        if *count > 100 { Err(TooMany(*count)) } else { Ok(()) }
    }

    /// Prices everything, and approves it.
    #[update]
    async fn approve(order: WorkflowContext<Self>, by: String) -> Result<u32> {
        let items = order.state(|order| order.items.clone());
        let mut total = 0;
        for item in items {
            total += price::call(item.name).await? * item.count;
        }
        order.state_mut(|order| {
            order.total = total;
            order.approved_by = Some(by);
        });
        Ok(total)
    }
}

fn item(name: &str, count: u32) -> Item {
    Item { name: name.to_owned(), count }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_changed_by_signals_and_updates_read_by_queries_and_waited_for() {
    let model =
        ScriptedModel::new().call("price", json!({"item": "nut"})).says("300 cents.").start().await.expect("a port");
    let app = server::app("order").await.workflow(Order::run).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let order = app.start(Order::run, "nuts and bolts".to_owned()).id("order-1").await.expect("it starts");
    order.add(item("nut", 2)).await.expect("it is taken");
    order.add(item("bolt", 3)).await.expect("it is taken");
    assert_eq!(order.pieces().await.expect("it answers"), 5);
    assert_eq!(order.item("bolt".to_owned()).await.expect("it answers"), item("bolt", 3));
    let unknown = order.item("screw".to_owned()).await.expect_err("there is none").to_string();
    assert!(unknown.contains("query `item` of workflow `Order`: there is no screw"), "{unknown}");

    assert_eq!(order.recount(4).await.expect("it is done"), 2);
    let refused = order.recount(987_654).await.expect_err("it is refused");
    assert!(matches!(refused, Error::Workflow(WorkflowError::UpdateRejected { .. })), "{refused:?}");
    assert!(refused.to_string().contains("nobody buys 987654 of anything"), "{refused}");

    order.ask("What is a nut?".to_owned()).await.expect("it is taken");
    // A handle made elsewhere is the same.
    let again = app.handle(Order::run, "order-1").await.expect("a connection");
    assert_eq!(again.approve("Ann".to_owned()).await.expect("it is done"), 4 * 300 + 3 * 400);
    let receipt = server::result(&order).await.expect("it ends well");
    let expected = Receipt {
        items: vec![item("nut", 4), item("bolt", 3)],
        total: 2_400,
        approved_by: "Ann".to_owned(),
        answers: vec!["300 cents.".to_owned()],
        waited: true,
    };
    assert_eq!(receipt, expected);
    // A workflow that has ended still answers.
    assert_eq!(order.pieces().await.expect("it answers"), 7);
    let history = server::replayed(&app, &order).await;
    assert!(!history.contains("987654"), "what was refused leaves nothing");
    worker.stop().await.expect("it stops");
}

/// Counts, and ends when it is told to.
#[derive(Default)]
struct Counter {
    count: u32,
    is_done: bool,
    log: Vec<String>,
}

#[workflow(name = "counter")]
impl Counter {
    #[run]
    async fn count(counter: WorkflowContext<Self>) -> (u32, Vec<String>) {
        counter.until(|counter| counter.is_done).await;
        // A signal without a handler is waited for as in a function.
        let word: String = signal("word").await.unwrap_or_default();
        counter.state_mut(|counter| {
            counter.log.push(word);
            (counter.count, std::mem::take(&mut counter.log))
        })
    }

    #[signal]
    fn add(&mut self, n: u32) {
        self.count += n;
        self.log.push(format!("+{n}"));
    }

    #[signal]
    async fn add_later(counter: WorkflowContext<Self>, n: u32) {
        counter.state_mut(|counter| counter.log.push(format!("later {n}")));
        sleep(Duration::from_millis(10)).await;
        counter.state_mut(|counter| counter.add(n));
    }

    /// Ends it; the answer arrives although the workflow ends in the same moment.
    #[update]
    fn finish(&mut self) -> u32 {
        self.is_done = true;
        self.count
    }

    /// Is never done with.
    #[update]
    async fn hang(counter: WorkflowContext<Self>) -> u32 {
        counter.until(|_| false).await;
        0
    }

    #[query]
    fn log(&self) -> Vec<String> {
        self.log.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_before_a_worker_is_there_is_handled_in_order_and_once() {
    let app = server::app("early").await.workflow(Counter::count);
    let counter = app.start(Counter::count, ()).await.expect("it starts");
    for n in 0..5 {
        counter.add(n).await.expect("it is kept");
    }
    counter.signal("word", &"bye").await.expect("it is kept");
    // What cannot be read is left out, and said in the log.
    counter.signal("add", &"many").await.expect("it is kept");
    counter.add_later(7).await.expect("it is kept");
    let worker = server::worker(&app).await;
    while !counter.log().await.expect("it answers").contains(&"+7".to_owned()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The state is in no process: another one has the same.
    worker.stop().await.expect("it stops");
    let worker = server::worker(&app).await;
    assert_eq!(counter.finish().await.expect("it is answered"), 17);
    let (count, log) = server::result(&counter).await.expect("it ends well");
    assert_eq!(count, 17);
    assert_eq!(log, ["+0", "+1", "+2", "+3", "+4", "later 7", "+7", "bye"]);
    server::replayed(&app, &counter).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_a_workflow_that_ends_first_says_so() {
    let app = server::app("hang").await.workflow(Counter::count);
    let worker = server::worker(&app).await;
    let counter = app.start(Counter::count, ()).await.expect("it starts");
    let hanging = counter.hang().accepted().await.expect("it is accepted");
    counter.signal("word", &"bye").await.expect("it is taken");
    assert_eq!(counter.finish().await.expect("it is answered"), 0);
    let error = hanging.result().await.expect_err("it was never done");
    assert!(matches!(error, Error::Workflow(WorkflowError::UpdateUnfinished { .. })), "{error:?}");
    server::result(&counter).await.expect("it ends well");
    server::replayed(&app, &counter).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_goes_along_when_the_workflow_continues_as_new() {
    let app = App::new("counting-for-long").target(Target::address(server::impatient().await)).workflow(Counter::count);
    let worker = server::worker(&app).await;
    let counter = app.start(Counter::count, ()).await.expect("it starts");
    for n in 0..60 {
        if n % 3 == 0 {
            counter.add_later(n).await.expect("it is taken");
        } else {
            counter.add(n).await.expect("it is taken");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while counter.log().await.unwrap_or_default().len() < 80 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    counter.signal("word", &"bye").await.expect("it is taken");
    assert_eq!(counter.finish().await.expect("it is answered"), (0..60).sum::<u32>());
    let (count, log) = server::result(&counter).await.expect("it ends well");
    assert_eq!((count, log.len()), ((0..60).sum::<u32>(), 81));
    let histories = server::all_replayed(&app, &counter).await;
    assert!(histories.len() > 1, "{histories:?}");
    worker.stop().await.expect("it stops");
}

/// Ends at once.
#[derive(Default)]
struct Brief(u32);

#[workflow]
impl Brief {
    #[run]
    async fn run(brief: WorkflowContext<Self>, n: u32) -> u32 {
        brief.state_mut(|brief| brief.0 = n);
        brief.until(|brief| brief.0 > 0).await;
        brief.state(|brief| brief.0)
    }
}

#[tokio::test]
async fn outside_a_workflow_a_body_runs_and_its_methods_are_methods() {
    let mut order = Order::new("nuts".to_owned());
    order.add(item("nut", 2));
    assert_eq!(order.pieces(), 2);
    assert!(order.check_count(&101).is_err());

    assert_eq!(Brief::run(3).await, 3);
}

#[derive(Default)]
struct Twice(u32);

#[workflow]
impl Twice {
    #[run]
    async fn run(twice: WorkflowContext<Self>) -> u32 {
        twice.state_mut(|one| one.0 + twice.state(|two| two.0))
    }
}

#[tokio::test]
#[should_panic(expected = "the state is lent to a closure, and that closure asks for it again")]
async fn a_state_that_is_lent_is_not_lent_again() {
    Twice::run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_answers_each_question_by_itself() {
    // Several handlers run their agents side by side.
    let model =
        ScriptedModel::answering(|asked: &Asked| Reply::says(format!("{}!", asked.user_text().unwrap_or_default())));
    let model = model.start().await.expect("a port");
    let app = server::app("clerk").await.workflow(Order::run).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let order = app.start(Order::run, "nuts".to_owned()).await.expect("it starts");
    for n in 0..8 {
        order.ask(n.to_string()).await.expect("it is taken");
    }
    order.approve("Bob".to_owned()).await.expect("it is done");
    let mut receipt = server::result(&order).await.expect("it ends well");
    receipt.answers.sort();
    assert_eq!(receipt.answers, (0..8).map(|n| format!("{n}!")).collect::<Vec<_>>());
    server::replayed(&app, &order).await;
    worker.stop().await.expect("it stops");
}

/// Answers much, to several at once.
#[derive(Default)]
struct Talkative {
    may_answer: bool,
}

#[workflow]
impl Talkative {
    #[run]
    async fn run(talkative: WorkflowContext<Self>) -> Result<()> {
        talkative.until(|talkative| talkative.may_answer).await;
        talkative.handlers_finished().await;
        Ok(())
    }

    #[update]
    async fn much(talkative: WorkflowContext<Self>, of: String) -> String {
        talkative.until(|talkative| talkative.may_answer).await;
        of.repeat(1_900_000)
    }

    #[signal]
    fn answer(&mut self) {
        self.may_answer = true;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_too_much_for_one_task_come_in_several() {
    let app = server::app("talkative").await.workflow(Talkative::run);
    let worker = server::worker(&app).await;
    let run = app.start(Talkative::run, ()).await.expect("it starts");
    let mut asked = Vec::new();
    for of in ["a", "b", "c", "d"] {
        asked.push((of, run.update::<String>("much", of).accepted().await.expect("it is taken")));
    }
    run.answer().await.expect("it is taken");
    for (of, asked) in asked {
        let answer = tokio::time::timeout(Duration::from_secs(30), asked.result()).await.expect("it is answered");
        assert_eq!(answer.expect("it is answered well"), of.repeat(1_900_000));
    }
    server::result(&run).await.expect("it ends well");
    let history = server::replayed(&app, &run).await;
    assert!(!history.contains("WorkflowTaskFailed"), "{:?}", history.events());
    worker.stop().await.expect("it stops");
}

#[derive(Default)]
struct Shop {
    is_closed: bool,
}

#[workflow]
impl Shop {
    #[run]
    async fn run(shop: WorkflowContext<Self>) -> Result<()> {
        shop.until(|shop| shop.is_closed).await;
        Ok(())
    }

    #[update]
    async fn order(_: WorkflowContext<Self>, n: u32) -> Result<u32> {
        sleep(Duration::from_millis(2)).await;
        Ok(n)
    }

    #[signal]
    fn close(&mut self) {
        self.is_closed = true;
    }

    #[query]
    fn catalogue(&self) -> String {
        "x".repeat(5 << 20)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_worker_can_do_is_said_with_what_to_do() {
    let app = server::app("shop").await.workflow(Shop::run);
    let worker = app.worker().await.expect("the app can start").spawn();
    let shop = app.start(Shop::run, ()).await.expect("it starts");
    let error = shop.catalogue().await.expect_err("it is too large").to_string();
    assert!(error.contains("its answer is 5242882 bytes, over the limit of 2080768"), "{error}");
    assert!(error.contains("keep what is large in a blob store (`App::blobs`)"), "{error}");
    shop.terminate("it has been seen").await.expect("it runs");

    let client = app.client().await.expect("a connection");
    let id = format!("forgotten-{}", client.task_queue());
    client.start_by_name("forgotten", &id, &()).await.expect("it starts");
    let forgotten = client.handle::<()>(id);
    let said = async {
        loop {
            let task = forgotten.describe().await.expect("it is there").task;
            if let Some(said) = task.and_then(|task| task.last_failure) {
                break said;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let said = tokio::time::timeout(Duration::from_secs(20), said).await.expect("its task fails");
    assert!(said.starts_with("Workflow type forgotten not found") && said.contains("add `.workflow(..)`"), "{said}");
    forgotten.terminate("it has been seen").await.expect("it runs");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_that_come_too_late_are_told_that_the_workflow_has_ended() {
    let app = server::app("shop").await.workflow(Shop::run);
    let worker = server::worker(&app).await;
    let mut late = 0;
    for _ in 0..3 {
        let shop = app.start(Shop::run, ()).await.expect("it starts");
        let shop = &shop;
        let orders = (0..60).map(async |n| {
            tokio::time::sleep(Duration::from_millis(u64::from(n))).await;
            shop.order(n).await
        });
        let closing = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            shop.close().await.expect("it is taken");
        };
        for ordered in futures::join!(futures::future::join_all(orders), closing).0 {
            match ordered {
                Ok(_) => {}
                Err(Error::Workflow(WorkflowError::Ended { .. } | WorkflowError::UpdateUnfinished { .. })) => late += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    assert!(late > 0);
    worker.stop().await.expect("it stops");
}
