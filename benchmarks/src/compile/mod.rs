//! What an attribute costs those who build with it: the compiler's work after one tool was edited.
//!
//! Every contender gets a crate of its own with the same functions, written as its documentation teaches. One number in
//! one of them is changed, and `cargo check` is run. The difference to the same functions without any attribute is the
//! attribute's.

mod checks;
mod contenders;
mod tokens;

use crate::{
    Result,
    figures::{Figures, figure},
    process,
    table::Table,
};
use checks::Crate;
use contenders::Contender;

/// How many tools the crates have.
const COUNTS: [usize; 5] = [0, 1, 10, 100, 300];
const QUICK_COUNTS: [usize; 4] = [0, 1, 10, 100];

/// Measures all contenders and prints the tables.
pub(crate) fn measure(quick: bool) -> Result<()> {
    let (counts, edits) = if quick { (&QUICK_COUNTS[..], 3) } else { (&COUNTS[..], 7) };
    println!("Measured on {}.\n", process::machine());
    let mut crates = Vec::new();
    for contender in Contender::ALL {
        eprintln!("building what {contender} needs …");
        match Crate::make(contender) {
            Ok(made) => crates.push(made),
            Err(error) => eprintln!("{contender} is left out: {error}"),
        }
    }
    let mut costs: Vec<Vec<Figures>> = vec![Vec::new(); crates.len()];
    for &count in counts {
        eprintln!("{count} tools …");
        for (made, costs) in crates.iter().zip(&mut costs) {
            made.check(count, 0)?;
            costs.push(Figures::default());
        }
        // One after the other, so that a slow minute of the machine meets all of them.
        for edit in 1..=edits {
            for (made, costs) in crates.iter().zip(&mut costs) {
                let cost = made.check(count, edit)?;
                if let Some(figures) = costs.last_mut() {
                    figures.push(cost);
                }
            }
        }
    }
    print_checks(counts, &crates, &costs);
    print_tools(counts, &crates, &costs)
}

fn print_checks(counts: &[usize], crates: &[Crate], costs: &[Vec<Figures>]) {
    println!("## An edit\n\nSeconds of CPU of one `cargo check` after one of so many tools was edited.\n");
    let mut table = Table::new(std::iter::once(String::new()).chain(counts.iter().map(ToString::to_string)));
    for (made, costs) in crates.iter().zip(costs) {
        let cells = costs.iter().map(|figures| figures.spread(2));
        table.row(std::iter::once(made.contender.to_string()).chain(cells));
    }
    println!("{table}");
}

fn print_tools(counts: &[usize], crates: &[Crate], costs: &[Vec<Figures>]) -> Result<()> {
    let most = counts.len() - 1;
    let tools = figure(counts[most]);
    println!(
        "## A tool\n\nMilliseconds of CPU: for each of {tools} tools, with the function and without it; for the first \
         tool, beside a crate without any; and the tokens that a tool becomes, its function left out.\n"
    );
    let mut table = Table::new(["", "a tool", "less its function", "the first tool", "tokens"]);
    let plain =
        crates.iter().position(|made| made.contender == Contender::Plain).ok_or("there are no plain functions")?;
    let per_tool = |costs: &[Figures]| (costs[most].median() - costs[0].median()) * 1e3 / tools;
    let plain_tokens = crates[plain].tokens()?;
    for (made, own) in crates.iter().zip(costs) {
        let tokens =
            made.tokens().map_or_else(|error| error.to_string(), |tokens| format!("{:.0}", tokens - plain_tokens));
        table.row([
            made.contender.to_string(),
            format!("{:.1}", per_tool(own)),
            format!("{:.1}", per_tool(own) - per_tool(&costs[plain])),
            format!("{:.0}", (own[1].median() - own[0].median()) * 1e3),
            tokens,
        ]);
    }
    println!("{table}");
    Ok(())
}
