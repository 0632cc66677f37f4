//! Answers of any type that has a schema: what is no object is wrapped on its way, and nobody sees it.

use crate::server;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steadfast::{
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
};

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Colour {
    Red,
    Green,
}

/// By a field that says which.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: u32 },
    Square { side: u32, colour: Option<Colour> },
}

/// By what is in it.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Either {
    Number(u32),
    Word(String),
}

/// By the name around it.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Wrapped {
    Shape(Shape),
    Nothing,
}

/// Has itself within.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Tree {
    name: String,
    children: Vec<Tree>,
}

macro_rules! agents {
    ($($agent:ident, $name:literal, $output:ty, $answer:expr;)*) => {
        $(#[agent(model = "m", instructions = $name, output = $output)]
        struct $agent;)*

        /// What each agent answers, by its name.
        #[workflow]
        async fn all() -> Result<BTreeMap<String, Value>> {
            let mut answers = BTreeMap::new();
            $(answers.insert($name.to_owned(), serde_json::to_value($agent.run("Go").await?.output)?);)*
            Ok(answers)
        }

        /// What the model says to each, without what is put around it.
        fn said() -> BTreeMap<String, Value> {
            [$(($name.to_owned(), $answer)),*].into()
        }
    };
}

agents! {
    Number, "number", u32, json!(7);
    Truth, "truth", bool, json!(true);
    Paint, "paint", Colour, json!("Green");
    Maybe, "maybe", Option<u32>, json!(null);
    List, "list", Vec<Shape>, json!([{"kind": "circle", "radius": 2}, {"kind": "square", "side": 3, "colour": null}]);
    OneShape, "shape", Shape, json!({"kind": "square", "side": 3, "colour": "Red"});
    OneOf, "either", Either, json!("seven");
    Around, "wrapped", Wrapped, json!({"Shape": {"kind": "circle", "radius": 1}});
    Alone, "nothing", Wrapped, json!("Nothing");
    Family, "tree", Tree, json!({"name": "a", "children": [{"name": "b", "children": []}]});
}

#[tokio::test(flavor = "multi_thread")]
async fn any_type_with_a_schema_is_an_answer() {
    let reply = |asked: &Asked| {
        let answer = said()[asked.instructions().unwrap_or_default()].clone();
        let schema = &asked.body["text"]["format"]["schema"];
        let is_wrapped = schema["properties"]["response"].is_object();
        Reply::says_json(&if is_wrapped { json!({"response": answer}) } else { answer })
    };
    let model = ScriptedModel::answering(reply).start().await.expect("a port");
    let app = server::app("outputs").await.workflow(all).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(all, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), said());
    assert_eq!(app.inline(all()).await.expect("the same in-process"), said());
    server::replayed(&app, &run).await;
    for asked in model.requests() {
        let format = &asked.body["text"]["format"];
        assert_eq!((&format["strict"], &format["name"]), (&json!(true), &json!("final_output")));
        // Strict mode: an object at the root, whose properties are all required.
        let schema = &format["schema"];
        assert_eq!((&schema["type"], &schema["additionalProperties"]), (&json!("object"), &json!(false)), "{schema}");
        assert!(schema.get("anyOf").is_none() && schema.get("$ref").is_none(), "{schema}");
    }
    worker.stop().await.expect("it stops");
}
