//! PipeWire and its PulseAudio, by daemons of our own with a sink that nobody hears; what comes out of its monitor is
//! recorded by PipeWire's own program.

use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::running::Running;
use super::{Check, wav};
use crate::{Result, process};

const SINK: &str = "sorl-validate";

/// The daemons, of this run alone: their sockets lie in a folder of their own, whose name is short, as those of sockets
/// have to be.
pub struct Servers {
    folder: PathBuf,
    daemons: Vec<Running>,
}

impl Servers {
    /// Starts the daemons and makes the sink.
    pub fn start() -> Result<Servers> {
        let folder = std::env::temp_dir().join(format!("sorl-pw-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let mut servers = Servers {
            folder,
            daemons: Vec::new(),
        };
        let bus = format!("--address={}", servers.bus());
        servers.daemon("dbus-daemon", &["--session", "--nofork", &bus])?;
        servers.daemon("pipewire", &[])?;
        servers.wait("PipeWire", "pw-cli", &["info", "0"])?;
        let sink = format!(
            "{{ factory.name=support.null-audio-sink node.name={SINK} media.class=Audio/Sink object.linger=true \
             audio.position=[FL FR] }}"
        );
        process::run(
            servers
                .client("pw-cli")
                .args(["create-node", "adapter", &sink]),
        )?;
        servers.daemon("wireplumber", &[])?;
        servers.wait("WirePlumber", "wpctl", &["inspect", "@DEFAULT_AUDIO_SINK@"])?;
        servers.daemon("pipewire-pulse", &[])?;
        Ok(servers)
    }

    fn bus(&self) -> String {
        format!("unix:path={}", self.folder.join("bus").display())
    }

    /// A command that finds these daemons and no others.
    fn client(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("XDG_RUNTIME_DIR", &self.folder)
            .env_remove("PIPEWIRE_REMOTE")
            .env_remove("PIPEWIRE_RUNTIME_DIR")
            .env_remove("PULSE_SERVER")
            .env("DBUS_SESSION_BUS_ADDRESS", self.bus());
        command
    }

    fn daemon(&mut self, program: &str, arguments: &[&str]) -> Result {
        let running = Running::start(self.client(program).args(arguments))?;
        self.daemons.push(running);
        Ok(())
    }

    /// Asks until there is an answer.
    fn wait(&self, name: &str, program: &str, arguments: &[&str]) -> Result {
        let began = Instant::now();
        while !process::succeeds(self.client(program).args(arguments)) {
            if began.elapsed() > Duration::from_secs(30) {
                return Err(format!("{name} does not answer"));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// What the sink's monitor gives while `sorl` plays on a back end is, for so many seconds, what `sorl render` makes.
    pub fn hear_what_is_rendered(
        &self,
        check: &Check,
        backend: &str,
        name: &str,
        seconds: usize,
    ) -> Result {
        let heard = check.folder.join(format!("{backend}.wav"));
        let rendered = check.folder.join("rendered.wav");
        let mut recorder = self.client("pw-record");
        recorder.args(["--target", SINK, "-P", "{ stream.capture.sink=true }"]);
        recorder.args(["--rate", "48000", "--channels", "2", "--format", "f32"]);
        let recorder = Running::start(recorder.arg(&heard))?;
        let mut player = self.client(&check.sorl);
        player.arg("play").arg(&check.score);
        let player = Running::start(player.args([
            "--backend",
            backend,
            "--rate",
            "48000",
            "--block",
            "2048",
        ]))?;
        let line = player.wait_for("audio:")?;
        for part in [name, "48000 Hz"] {
            if !line.contains(part) {
                return Err(format!("{name}: `{line}` does not say `{part}`"));
            }
        }
        thread::sleep(Duration::from_secs(7));
        player.interrupt()?;
        // It counts being interrupted as a failure, and writes its file to the end all the same.
        recorder.end()?;
        check.render(&rendered, 48_000)?;
        let said = wav::compare(
            &wav::frames(&heard)?,
            &wav::frames(&rendered)?,
            48_000,
            seconds * 48_000,
        )
        .map_err(|error| format!("{name}: {error}"))?;
        println!("{name}: {said}");
        Ok(())
    }

    /// PipeWire is killed while `sorl` plays on it: the song goes on unheard.
    pub fn leave_the_song(mut self, check: &Check) -> Result {
        let mut player = self.client(&check.sorl);
        player.arg("play").arg(&check.score);
        let player = Running::start(player.args(["--backend", "pipewire"]))?;
        player.wait_for("playing")?;
        self.daemons.clear();
        player.wait_for("null back end")?;
        println!("PipeWire: the daemon was killed, and the null back end went on");
        player.interrupt()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.daemons.clear();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
