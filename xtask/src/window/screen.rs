//! A screen that nobody sees (Xvfb), and hands on it (xdotool).

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::audio::running::Running;
use crate::{Result, process};

/// Between two things that a hand does.
const BEAT: Duration = Duration::from_millis(150);
/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(30);

/// Gone with its server when it is dropped.
pub struct Screen {
    display: String,
    _server: Running,
}

impl Screen {
    /// Starts a server with a number of its own, so that nobody's screen is disturbed.
    pub fn start((width, height): (u32, u32)) -> Result<Screen> {
        let socket = |number: &u32| format!("/tmp/.X11-unix/X{number}");
        let number = (90..190).find(|number| !Path::new(&socket(number)).exists());
        let number = number.ok_or("a hundred screens run already; there is no number left")?;
        let display = format!(":{number}");
        let mut server = Command::new("Xvfb");
        server
            .arg(&display)
            .args(["-nolisten", "tcp", "-screen", "0"]);
        server.arg(format!("{width}x{height}x24"));
        let server = Running::start(&mut server)?;
        let began = Instant::now();
        while !Path::new(&socket(&number)).exists() {
            if began.elapsed() > LIMIT {
                return Err("Xvfb does not start".to_owned());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Screen {
            display,
            _server: server,
        })
    }

    /// What `DISPLAY` is to be for programs on it.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Waits for a window by its name and gives it the keyboard: there is no window manager that would.
    pub fn find(&self, name: &str) -> Result {
        let began = Instant::now();
        while began.elapsed() < LIMIT {
            let mut search = self.command("xdotool");
            search.args(["search", "--onlyvisible", "--name", name]);
            let found = process::ask(&mut search).unwrap_or_default();
            if let Some(id) = found.lines().next() {
                thread::sleep(BEAT);
                return self.hand(&["windowfocus", id]);
            }
            thread::sleep(BEAT);
        }
        Err(format!("no window called {name} comes up"))
    }

    /// Clicks at a place.
    pub fn click(&self, at: (i32, i32)) -> Result {
        self.go(at)?;
        self.hand(&["click", "1"])
    }

    /// Drags from one place to another, as a hand does: in steps.
    pub fn drag(&self, from: (i32, i32), to: (i32, i32)) -> Result {
        self.go(from)?;
        self.hand(&["mousedown", "1"])?;
        for step in 1..=4 {
            let way = |a: i32, b: i32| a + (b - a) * step / 4;
            self.go((way(from.0, to.0), way(from.1, to.1)))?;
        }
        self.hand(&["mouseup", "1"])
    }

    /// Presses a key, or several at once: `ctrl+Return`.
    pub fn key(&self, key: &str) -> Result {
        self.hand(&["key", key])
    }

    /// Holds a key down for a while.
    pub fn hold(&self, key: &str, time: Duration) -> Result {
        self.hand(&["keydown", key])?;
        thread::sleep(time);
        self.hand(&["keyup", key])
    }

    /// Types a text, line by line.
    pub fn write(&self, text: &str) -> Result {
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.key("Return")?;
            }
            if !line.is_empty() {
                self.hand(&["type", "--delay", "40", line])?;
            }
        }
        Ok(())
    }

    /// Keeps what is seen as a picture.
    pub fn picture(&self, path: &Path) -> Result {
        let mut import = self.command("import");
        import.args(["-window", "root", "-strip"]).arg(path);
        process::run(&mut import)
    }

    fn go(&self, (x, y): (i32, i32)) -> Result {
        self.hand(&["mousemove", &x.to_string(), &y.to_string()])
    }

    fn hand(&self, words: &[&str]) -> Result {
        let mut hand = self.command("xdotool");
        let done = hand.args(words).stdin(Stdio::null()).status();
        if !done.is_ok_and(|status| status.success()) {
            return Err(format!("`xdotool {}` failed", words.join(" ")));
        }
        thread::sleep(BEAT);
        Ok(())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display);
        command
    }
}
