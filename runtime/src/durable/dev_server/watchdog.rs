//! Sees to it that a process does not outlive ours, even when ours is killed outright.
//!
//! A shell reads from a pipe whose other end only we hold. A line means that all is well; the end of the pipe without
//! one means that we are dead, and the shell kills the process. Linux could do this without a shell, but only with
//! unsafe code.

use std::{
    io::Write,
    process::{Child, Command, Stdio},
};

/// The shell that watches; without Unix there is none.
#[derive(Debug)]
pub(super) struct Watchdog(Child);

impl Watchdog {
    /// Watches over the process `pid`, or does not where that is impossible: the server works without.
    pub(super) fn over(pid: u32) -> Option<Self> {
        if !cfg!(unix) {
            return None;
        }
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg("read -r line || kill -9 \"$0\"").arg(pid.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
        // A Ctrl-C that ends us must leave the watchdog alive, for that is when it is needed.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().map(Self).inspect_err(|error| tracing::debug!(%error, "no watchdog for the dev server")).ok()
    }

    /// Sends the watchdog home, before the process ends and its number may become another's.
    pub(super) fn dismiss(mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            // It can only fail when the watchdog is gone, which is what we want of it.
            let _ = pipe.write_all(b"\n");
        }
        let _ = self.0.wait();
    }

    /// What it sees when our process dies.
    #[cfg(test)]
    pub(super) fn abandon(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}
