//! A program that runs until it is no longer needed, and what it says.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Result, process};

/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Killed when it is dropped.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    name: String,
}

impl Running {
    /// Starts a command; its standard error is read.
    pub fn start(command: &mut Command) -> Result<Running> {
        let name = command.get_program().to_string_lossy().into_owned();
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = spawned
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {name}: {error}"))?;
        let stderr = child.stderr.take().ok_or("no standard error to read")?;
        let (send, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(stderr).lines();
            lines
                .map_while(std::result::Result::ok)
                .try_for_each(|line| send.send(line))
        });
        Ok(Running { child, lines, name })
    }

    /// Waits for a line with `part` in it, and gives it.
    pub fn wait_for(&self, part: &str) -> Result<String> {
        let mut seen = String::new();
        let began = Instant::now();
        while began.elapsed() < LIMIT {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) if line.contains(part) => return Ok(line),
                Ok(line) => seen += &format!("    {line}\n"),
                Err(_) => break,
            }
        }
        Err(format!("{} never said `{part}`, only:\n{seen}", self.name))
    }

    /// Ends it in order, as Ctrl-C does; then it must have succeeded.
    pub fn interrupt(self) -> Result {
        let name = self.name.clone();
        match self.end()? {
            status if status.success() => Ok(()),
            status => Err(format!("{name} ended with {status}")),
        }
    }

    /// Ends it in order, and gives what it makes of that.
    pub fn end(mut self) -> Result<ExitStatus> {
        let id = self.child.id().to_string();
        process::succeeds(Command::new("kill").args(["-INT", &id]));
        let began = Instant::now();
        while began.elapsed() < LIMIT {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(format!("{} does not end", self.name))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
