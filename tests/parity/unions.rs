//! Tools that take one of several types: enums with data.
#![expect(unused_variables, reason = "only what the tools take is of interest")]

use super::Made;
use steadfast::{prelude::*, tool::Tool};

pub(super) fn tools() -> Vec<Made> {
    made! {
        union_of_all_scalars union_described union_optional union_by_the_key discriminated list_of_discriminated
        recursive_alias recursive_alias_described
    }
}

// What Python writes as a union without a name has no definition there: hence each `inline`.

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Scalar {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Null,
}

/// Takes any scalar.
#[tool]
fn union_of_all_scalars(value: Scalar) {}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Id {
    Number(i64),
    Text(String),
}

/// Takes a number or a string.
#[tool]
fn union_described(
    /// The number of the order, or its name.
    id: Id,
) {
}

/// Takes a number, a string or nothing.
#[tool]
fn union_optional(id: Option<Id>) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Circle {
    radius: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Square {
    side: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum KeyedShape {
    Circle(Circle),
    Square(Square),
}

/// Takes one of two models, which the only key tells.
#[tool]
fn union_by_the_key(shape: KeyedShape) {}

/// A cat.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Cat {
    /// Those that are left.
    lives: i64,
}

/// A dog.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Dog {
    good: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[schemars(inline)]
enum Pet {
    Cat(Cat),
    Dog(Dog),
}

/// Takes one of two models, which a field tells.
#[tool]
fn discriminated(pet: Pet) {}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[schemars(inline)]
enum WrittenOut {
    /// A cat.
    Cat {
        /// Those that are left.
        lives: i64,
    },
    /// A dog.
    Dog { good: bool },
}

/// Takes several of two models.
#[tool]
fn list_of_discriminated(pets: Vec<WrittenOut>) {}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Expression {
    Constant { value: f64 },
    Negation { inner: Box<Expression> },
}

/// Takes a named union that holds itself.
#[tool]
fn recursive_alias(expression: Expression) {}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Choice {
    Constant {
        value: f64,
    },
    Condition {
        /// What it is if so.
        then: Box<Choice>,
    },
}

/// Takes a named union that holds itself in a field with a description.
#[tool]
fn recursive_alias_described(choice: Choice) {}
