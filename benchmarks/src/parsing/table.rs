//! The tables of `parse`: all answers at a glance, then each with everything that is known of it.

use super::{case::Case, readers::Reader, reading::Taken, wire::Wire};
use crate::{
    figures::{Figures, bytes, figure},
    table::Table,
};

/// What one reader needs for one answer.
pub(super) struct Row {
    pub(super) reader: Reader,
    /// Megabytes in a second.
    rate: Figures,
    /// Microseconds for each event, by the clock on the wall and of CPU.
    wall: Figures,
    cpu: Figures,
    /// Allocations for each event, and their bytes.
    pub(super) blocks: Figures,
    pub(super) bytes: Figures,
}

impl Row {
    pub(super) fn new(reader: Reader) -> Self {
        let [rate, wall, cpu, blocks, bytes]: [Figures; 5] = Default::default();
        Self { reader, rate, wall, cpu, blocks, bytes }
    }

    pub(super) fn take(&mut self, taken: Taken, wire: &Wire) {
        let times = figure(taken.times);
        let events = times * figure(wire.events);
        self.rate.push(times * figure(wire.bytes.len()) / taken.wall / 1e6);
        self.wall.push(taken.wall * 1e6 / events);
        self.cpu.push(taken.cpu * 1e6 / events);
    }
}

pub(super) fn print(measured: &[(Case, Vec<Row>)]) {
    println!("## Reading an answer\n\nMicroseconds of CPU / allocations for each event, medians.\n");
    let readers = measured.iter().take(1).flat_map(|(_, rows)| rows.iter().map(|row| row.reader.to_string()));
    let mut overview = Table::new(std::iter::once(String::new()).chain(readers));
    for (case, rows) in measured {
        let digits = digits(*case);
        let cells = rows.iter().map(|row| {
            let (cpu, blocks) = (row.cpu.median(), row.blocks.median());
            if blocks.is_nan() { format!("{cpu:.digits$}") } else { format!("{cpu:.digits$} / {blocks:.digits$}") }
        });
        overview.row(std::iter::once(case.title()).chain(cells));
    }
    println!("{overview}");
    for (case, rows) in measured {
        let (wire, digits) = (Wire::of(*case), digits(*case));
        let events = if case.is_streamed() { format!("{} events", wire.events) } else { "one event".to_owned() };
        println!("### {}\n\n{events}, {} on the wire.\n", case.title(), bytes(wire.bytes.len()));
        let head = ["reader", "MB/s", "µs/event", "CPU µs/event", "allocations/event", "bytes/event"];
        let mut table = Table::new(head);
        for row in rows {
            table.row([
                row.reader.to_string(),
                row.rate.spread(1),
                row.wall.spread(digits),
                row.cpu.spread(digits),
                row.blocks.spread(digits),
                row.bytes.spread(0),
            ]);
        }
        println!("{table}");
    }
}

/// An answer that is one event has figures a thousand times as large.
fn digits(case: Case) -> usize {
    if case.is_streamed() { 2 } else { 0 }
}
