use steadfast::prelude::*;

/// Does something.
#[tool]
fn search<'a>(query: std::borrow::Cow<'a, str>) -> String {
    query.into_owned()
}

fn main() {}
