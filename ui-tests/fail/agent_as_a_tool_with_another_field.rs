use steadfast::prelude::*;

struct Connection;

#[agent(model = "m")]
struct Librarian {
    connection: Connection,
}

#[agent(model = "m", tools = [Librarian])]
struct Reader;

fn main() {}
