//! A desk's engine on a real-time back end.

use std::sync::Arc;

use sorl_graph::engine::Engine;
use sorl_graph::io::{self, BackendError, Opened, Request};
use sorl_plugin::desk::Desk;

use super::SoundArgs;

/// Starts the desk's score playing on the back end that was asked for, and says which in one line.
pub fn start(desk: &Arc<Desk>, args: &SoundArgs) -> Result<Opened, BackendError> {
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
    Ok(opened)
}
