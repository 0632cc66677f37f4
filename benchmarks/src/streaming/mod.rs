//! What it costs to read along: how soon the first word of an answer is read, and what its thousand words leave behind.
//!
//! The same text is said at the same pace in each way: inline; through a workflow of Steadfast's; and through workflows
//! written by hand in the two other ways that Temporal has for it, by signals and by heartbeats.

mod by_hand;
mod ours;

use crate::{Result, figures::Figures, process, table::Table};
use std::time::{Duration, Instant};
use steadfast::DevServer;

/// How many words the model says, and how long each takes.
const WORDS: usize = 1000;
const PACE: Duration = Duration::from_millis(10);
/// What a streamed answer begins with before its first word, in the Responses API.
const PRELUDE: u32 = 4;
/// How often somebody who follows a workflow asks for news.
const POLL: Duration = Duration::from_millis(25);

/// One reading.
#[derive(Clone, Copy, Debug)]
struct Read {
    /// When the model was asked, when its first word was read, and when its last.
    asked: Instant,
    first: Instant,
    last: Instant,
    /// In how many pieces the text came.
    pieces: usize,
    events: usize,
    bytes: usize,
}

fn text() -> String {
    (0..WORDS).map(|word| format!("word{word} ")).collect::<Vec<_>>().concat()
}

pub(crate) async fn measure(quick: bool) -> Result<()> {
    let times = if quick { 2 } else { 5 };
    let server = DevServer::ephemeral().start().await?;
    let address = server.address().to_owned();
    let ours = ours::Ours::start(&address).await?;
    let by_hand = by_hand::ByHand::start(&address).await?;
    println!("Measured on {}.\n", process::machine());
    println!("## Reading along\n\n{WORDS} words, one every {} ms.\n", PACE.as_millis());
    let mut table = Table::new(["way", "first word, ms", "all of it, s", "pieces", "events", "bytes recorded"]);
    for way in ["inline", "not streamed", "steadfast", "signals, 200 ms", "heartbeats"] {
        let mut figures: [Figures; 5] = Default::default();
        for time in 0..times {
            eprintln!("{way}, {} of {times} …", time + 1);
            let read = match way {
                "inline" => ours.inline().await?,
                "not streamed" => ours.unwatched().await?,
                "steadfast" => ours.watched().await?,
                "heartbeats" => by_hand.heartbeats().await?,
                _ => by_hand.signals().await?,
            };
            let values = [
                (read.first - read.asked).as_secs_f64() * 1000.0,
                (read.last - read.asked).as_secs_f64(),
                crate::figures::figure(read.pieces),
                crate::figures::figure(read.events),
                crate::figures::figure(read.bytes),
            ];
            figures.iter_mut().zip(values).for_each(|(figures, value)| figures.push(value));
        }
        let [first, all, pieces, events, bytes] = figures;
        let cells = [first.spread(0), all.spread(2), pieces.spread(0), events.spread(0), bytes.spread(0)];
        table.row(std::iter::once(way.to_owned()).chain(cells));
    }
    println!("{table}");
    by_hand.stop().await
}
