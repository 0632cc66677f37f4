//! What a process costs, read from Linux's `/proc`: seconds of CPU, and memory.

use crate::Result;
use std::{fs, io, process::Stdio, thread};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// How many ticks a second `/proc/<pid>/stat` counts in. The kernel gives programs this unit whatever its own clock is.
const TICKS: f64 = 100.0;

/// A process of ours, which ends with this value; and, if it [`ends_with_parent`], with this process, however that ends.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    id: u32,
}

/// The memory of a process, in MiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) resident: f64,
    pub(crate) peak: f64,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let child = command.stdin(Stdio::piped()).kill_on_drop(true).spawn()?;
        let id = child.id().ok_or("a process ended before it began")?;
        Ok(Self { child, id })
    }

    /// Starts a server whose first line of output is its URL, and waits for it.
    pub(crate) async fn serving(mut command: Command) -> Result<(Self, String)> {
        command.stdout(Stdio::piped());
        let mut process = Self::start(command)?;
        let output = process.child.stdout.take().ok_or("a server has no output")?;
        let url = BufReader::new(output).lines().next_line().await?;
        Ok((process, url.ok_or("a server ended at once")?))
    }

    /// Ends the process and waits until it is gone.
    pub(crate) async fn end(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// The seconds of CPU it has used so far, in steps of a hundredth.
    pub(crate) fn cpu(&self) -> Result<f64> {
        ticks(&self.id.to_string(), 11)
    }

    /// What it has in memory now, and has had at most.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let mebibytes = |name: &str| -> Result<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("/proc has an unknown form")?;
            let kibibytes: f64 = line.trim_start_matches(':').trim_end_matches("kB").trim().parse()?;
            Ok(kibibytes / 1024.0)
        };
        Ok(Memory { resident: mebibytes("VmRSS")?, peak: mebibytes("VmHWM")? })
    }
}

/// The seconds of CPU of all processes that this one has started and that have ended, in steps of a hundredth.
pub(crate) fn cpu_of_children() -> Result<f64> {
    ticks("self", 13)
}

/// The seconds of CPU that this process has used so far, in steps of a hundredth.
pub(crate) fn cpu_of_itself() -> Result<f64> {
    ticks("self", 11)
}

/// The sum of two fields that stand side by side, user's and system's, in seconds.
fn ticks(process: &str, field: usize) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name, which may contain anything; the fields after it are numbers.
    let (_, fields) = stat.rsplit_once(')').ok_or("/proc has an unknown form")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let (user, system): (f64, f64) = (fields[field].parse()?, fields[field + 1].parse()?);
    Ok((user + system) / TICKS)
}

/// This program, to be started once more in another role.
pub(crate) fn itself<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(words);
    Ok(command)
}

/// Ends this process when the one that started it is gone: then its end of our standard input is closed.
pub(crate) fn ends_with_parent() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
}

/// What the machine is, for the reader of the figures.
pub(crate) fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(": "));
    format!("{cores} cores, {}", model.map_or("unknown processor", |(_, model)| model))
}

/// How many processes have wanted to run, on average of the last minute.
pub(crate) fn load() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split_whitespace().next().unwrap_or("unknown").to_owned()
}
