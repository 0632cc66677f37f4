//! What the compiler says to the mistakes people make, one mistake a file, and that accepted shapes are accepted.
//!
//! After a change of a message: `TRYBUILD=overwrite cargo test -p steadfast-ui-tests`, and read the difference.

// What is accepted is compiled with this binary rather than by trybuild, which would have to link the SDK for it.
#[path = "pass/arguments.rs"]
mod arguments;
#[path = "pass/hostile_scope.rs"]
mod hostile_scope;
#[path = "pass/renamed.rs"]
mod renamed;
#[path = "pass/shapes.rs"]
mod shapes;

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("fail/*.rs");
}
