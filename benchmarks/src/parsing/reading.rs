//! A process that reads one answer again and again, timed or counted.

use super::{
    case::Case,
    readers::{Reader, Reads},
};
use crate::{Result, process};
use std::time::{Duration, Instant};

/// How often an answer is read before allocations are counted: connections and tables are made once.
const FIRST: u32 = 3;

/// What a reading process prints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) times: usize,
    /// Seconds.
    pub(super) wall: f64,
    pub(super) cpu: f64,
    /// All bytes of text that it has read.
    pub(super) said: usize,
}

impl Taken {
    pub(super) fn parse(printed: &str) -> Result<Self> {
        let [times, wall, cpu, said] = printed.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!("a reader printed `{printed}`").into());
        };
        Ok(Self { times: times.parse()?, wall: wall.parse()?, cpu: cpu.parse()?, said: said.parse()? })
    }
}

/// Reads an answer for so long and prints what it took: `READER CASE URL WARM SECONDS`.
pub(crate) async fn read(words: &[&str]) -> Result<()> {
    let [reader, case, url, warm, seconds] = *words else { return Err("that is no way to read".into()) };
    let (reader, case, url) = (Reader::named(reader)?, Case::named(case)?, url.to_owned());
    let [warm, seconds] = [warm, seconds].map(|number| number.parse().map(Duration::from_secs_f64));
    let (warm, seconds) = (warm?, seconds?);
    let reading = move || -> Result<()> {
        let client = reader.at(&url, case)?;
        on_one_thread(async {
            reads(&*client, warm).await?;
            let (cpu, began) = (process::cpu_of_itself()?, Instant::now());
            let (times, said) = reads(&*client, seconds).await?;
            let (wall, cpu) = (began.elapsed().as_secs_f64(), process::cpu_of_itself()? - cpu);
            println!("{times} {wall} {cpu} {said}");
            Ok(())
        })
    };
    tokio::task::spawn_blocking(reading).await?
}

/// Reads an answer some times and prints what each time has allocated, blocks and bytes: `READER CASE URL TIMES`.
pub(crate) fn count(words: &[String], allocated: fn() -> (u64, u64)) -> Result<()> {
    let [reader, case, url, times] = words else { return Err("that is no way to count".into()) };
    let client = Reader::named(reader)?.at(url, Case::named(case)?)?;
    let times: u32 = times.parse()?;
    on_one_thread(async {
        for time in 0..FIRST + times {
            let before = allocated();
            client.read().await?;
            let after = allocated();
            if time >= FIRST {
                println!("{} {}", after.0 - before.0, after.1 - before.1);
            }
        }
        Ok(())
    })
}

async fn reads(client: &dyn Reads, patience: Duration) -> Result<(usize, usize)> {
    let (began, mut times, mut said) = (Instant::now(), 0, 0);
    while times == 0 || began.elapsed() < patience {
        said += client.read().await?;
        times += 1;
    }
    Ok((times, said))
}

/// Python has one thread, and with more, what is measured is their waking of each other.
fn on_one_thread(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
