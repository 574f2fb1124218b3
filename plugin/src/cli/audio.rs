//! A desk's engine on a real-time back end, and what a playing program has beside it.

use std::path::Path;
use std::sync::Arc;

use sorl_graph::engine::Engine;
use sorl_graph::io::{self, BackendError, Fault, Opened, Request};
use sorl_plugin::desk::Desk;
use sorl_plugin::remote::{Server, SoundFigures};

use super::{SoundArgs, remote};

/// A score that sounds. Dropping it ends the sound and brings the engine home while the session is still there.
pub struct Sound {
    opened: Opened,
    desk: Arc<Desk>,
    _server: Option<Server>,
}

impl Sound {
    /// Starts the desk's score playing on the back end that was asked for, and says which in one line.
    pub fn start(
        desk: &Arc<Desk>,
        args: &SoundArgs,
        score: Option<&Path>,
    ) -> Result<Sound, BackendError> {
        desk.session().set_tempo_override(args.tempo);
        let opened = io::open(args.backend, &Request::default(), &mut |setup| {
            let mut session = desk.session();
            let end = session.connect(setup);
            // Said before the first block is played, so that the first beat is at frame 0.
            session.rewind();
            session.play();
            Engine::new(setup, end)
        })?;
        desk.start_ticking();
        eprintln!("audio: {opened}");
        let name = score.map(|path| path.display().to_string());
        let server = remote::listen(desk, &args.listen, &name.unwrap_or_default());
        let sound = Sound {
            opened,
            desk: Arc::clone(desk),
            _server: server,
        };
        sound.look();
        Ok(sound)
    }

    /// Takes down how the sound is; to be called now and then. Says why it no longer plays, if so.
    pub fn look(&self) -> Option<Fault> {
        let info = self.opened.stream.info();
        self.desk.set_sound(SoundFigures {
            backend: self.opened.backend.to_owned(),
            device: info.device.clone(),
            rate: info.rate,
            block: info.block,
            channels: [0, 2],
            xruns: self.opened.stream.xruns(),
            round_trip: None,
            reason: self.opened.reason.clone(),
        });
        self.opened.stream.fault()
    }
}
