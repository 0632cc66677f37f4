//! Agents that are generic over a type: each choice of types is an agent of its own.

use crate::server;
use serde_json::json;
use std::{fmt::Display, marker::PhantomData};
use steadfast::{
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
};

/// Looks a word up.
#[tool]
fn glossary(word: String) -> String {
    format!("{word}: see elsewhere")
}

/// Reads things off a text.
#[agent(model = "m", instructions = Self::brief, tools = [glossary], output = T)]
struct Reader<T> {
    of: PhantomData<fn() -> T>,
}

impl<T: JsonSchema> Reader<T> {
    const NEW: Self = Self { of: PhantomData };

    fn brief(&self) -> String {
        let Self { of: PhantomData } = self;
        format!("You read off: {}.", T::schema_name())
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Invoice {
    number: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Letter {
    sender: String,
}

#[agent(model = "m", instructions = "You greet {name}.", handoffs = [Reader::<Letter> { of: PhantomData }])]
struct Greeter<D, const N: usize>
where
    D: Display,
{
    name: D,
}

#[workflow]
async fn read(text: String) -> Result<(Invoice, Vec<Letter>, String, String)> {
    let invoice = Reader::<Invoice> { of: PhantomData }.run(&text).await?;
    let letters = Reader::<Vec<Letter>>::NEW.run(&text).await?;
    let greeter: Greeter<u8, 3> = Greeter { name: 7 };
    let last = greeter.run(&text).await?;
    Ok((invoice.output, letters.output, last.output, last.last_agent))
}

fn reply(asked: &Asked) -> Reply {
    match (asked.instructions().unwrap_or_default(), asked.turn()) {
        ("You read off: Invoice.", 0) => Reply::call("glossary", json!({"word": "VAT"})),
        ("You read off: Invoice.", _) => Reply::says_json(&Invoice { number: 7 }),
        ("You greet 7.", _) => Reply::call("transfer_to_reader_letter_", json!({})),
        ("You read off: Letter.", _) => Reply::says_json(&Letter { sender: "Ann".to_owned() }),
        _ => Reply::says_json(&json!({"response": [{"sender": "Ben"}]})),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn generic_agents_are_told_apart_by_their_types() {
    let model = ScriptedModel::answering(reply).start().await.expect("a port");
    // The workflow's body names them all.
    let app = server::app("generic").await.workflow(read).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(read, "A text.".to_owned()).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    let letters = vec![Letter { sender: "Ben".to_owned() }];
    let expected = (Invoice { number: 7 }, letters, r#"{"sender":"Ann"}"#.to_owned(), "Reader<Letter>".to_owned());
    assert_eq!(durable, expected);
    server::replayed(&app, &run).await;
    let requests = model.requests();
    assert_eq!(requests[1].body["text"]["format"]["schema"]["required"], json!(["number"]));
    assert_eq!(requests[4].body["text"]["format"]["schema"]["required"], json!(["sender"]));
    assert_eq!(app.inline(read("A text.".to_owned())).await.expect("the same in-process"), expected);
    worker.stop().await.expect("it stops");
}
