//! Without real time: a ring modulator is fed with a sound, rendered with progress, stopped half way, and compared with
//! itself in other blocks.

use sorl_graph::graph::{HostInput, out};
use sorl_graph::io::compare;
use sorl_graph::io::offline::{Blocks, Length, Options, RenderError, render};
use sorl_graph::signal::{Control, Op, function};
use sorl_graph::{Session, When};
use std::error::Error;
use std::ops::ControlFlow;

/// A session that multiplies its input with a sine.
fn ring_modulator() -> Result<Session, Box<dyn Error>> {
    let sine = function(|b| {
        let freq = b.control(Control::new("freq", 30.0, 1.0, 5000.0))?;
        b.add(Op::Sine(freq))
    })?;
    let mut session = Session::new();
    let mut edit = session.edit()?;
    let (input, sine) = (edit.add("input", HostInput)?, edit.add("sine", sine)?);
    edit.wire((input * sine) >> out(1))?;
    edit.commit(When::Now)?;
    Ok(session)
}

/// Renders a second of it, up to a share of the whole: 1 is all.
fn second(
    blocks: Blocks,
    until: f64,
    progress: &mut dyn FnMut(f64),
) -> Result<[Vec<f32>; 2], Box<dyn Error>> {
    let options = Options {
        blocks,
        length: Length::Seconds(1.0),
        input: [vec![0.5; 24_000], vec![0.25; 48_000]],
        ..Options::default()
    };
    let mut heard = [Vec::new(), Vec::new()];
    let outcome = render(&mut ring_modulator()?, &options, &mut |piece| {
        heard[0].extend_from_slice(piece.left);
        heard[1].extend_from_slice(piece.right);
        progress(piece.progress());
        if piece.progress() < until {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    match outcome {
        Ok(_) | Err(RenderError::Stopped) => Ok(heard),
        Err(error) => Err(error.into()),
    }
}

/// Does what this example shows, and tells it line by line.
pub fn show(tell: &mut dyn FnMut(String)) -> Result<(), Box<dyn Error>> {
    let mut tenths = 0.0;
    let whole = second(Blocks::Fixed(512), 1.1, &mut |done| {
        if done >= tenths {
            tell(format!("{:.0} %", done * 100.0));
            tenths += 0.25;
        }
    })?;
    let half = second(Blocks::Fixed(480), 0.5, &mut |_| {})?;
    tell(format!("stopped after {} frames", half[0].len()));
    let other = second(Blocks::Random(7), 1.1, &mut |_| {})?;
    let same = compare(&whole, &other).is_none();
    tell(format!(
        "in other blocks it is {}",
        if same { "the same" } else { "another" }
    ));
    let silence: [Vec<f32>; 2] = [vec![0.0; 48_000], vec![0.0; 48_000]];
    let peak = compare(&whole, &silence).peak_dbfs();
    tell(format!("its peak is {peak:.1} dB"));
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    show(&mut |line| println!("{line}"))
}
