//! A tone through a back end of one's own: here the standard output, as 32-bit floats in stereo.
//!
//! ```sh
//! cargo run -p sorl-graph --example tone | aplay -f FLOAT_LE -r 48000 -c 2
//! ```

use sorl_graph::signal::{Op, function};
use sorl_graph::{Block, Engine, Session, Setup, When};
use std::io::Write;

/// Plays the tone for so many blocks of 480 frames into whatever takes samples.
pub fn play(blocks: u32, sink: &mut dyn FnMut(f32, f32)) -> Result<(), Box<dyn std::error::Error>> {
    let mut session = Session::new();
    let mut edit = session.edit()?;
    let (freq, level) = (440.0, 0.3);
    let sine = function(|b| b.constant(freq).and_then(|freq| b.add(Op::Sine(freq))))?;
    let tone = edit.add("tone", sine)?;
    edit.set(tone.gain(), level)?;
    edit.commit(When::Now)?;

    let setup = Setup { rate: 48_000 };
    let mut engine = Engine::new(setup, session.connect(setup));
    let (mut left, mut right) = ([0.0; 480], [0.0; 480]);
    for _ in 0..blocks {
        let (outputs, notes) = (&mut [&mut left[..], &mut right[..]], &[]);
        engine.process(Block {
            inputs: &[],
            outputs,
            frames: 480,
            host: None,
            notes,
        }); // the audio thread's part
        session.tick(); // the control thread's part, now and then
        left.iter().zip(&right).for_each(|(l, r)| sink(*l, *r));
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut written = Ok(());
    play(200, &mut |left, right| {
        for sample in [left, right] {
            if written.is_ok() {
                written = out.write_all(&sample.to_le_bytes());
            }
        }
    })?;
    Ok(written?)
}
