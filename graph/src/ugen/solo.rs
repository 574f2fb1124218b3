//! A unit generator by itself: offline work in Rust, tests, measurements.

use super::{Description, UGen, Unit, UnitIo};
use crate::signal::{GRID, Io, Lane, Scratch};

/// What a [`Solo`] is fed with over a stretch of frames.
#[derive(Clone, Copy, Default)]
pub struct Feed<'a> {
    /// Left and right of each audio input, as long as the stretch; the same twice for mono.
    pub inputs: &'a [[&'a [f32]; 2]],
    /// Controls that move at audio rate: their index and a value for each frame. The others stand as
    /// [`Solo::set`] left them.
    pub controls: &'a [(usize, &'a [f32])],
}

/// One running instance of a unit generator outside an engine, with the memory that an engine would lend it.
///
/// ```
/// use sorl_graph::ugen::{Solo, Units};
///
/// let units = Units::standard();
/// let mut limiter = Solo::new(&**units.get("limiter").unwrap(), 48000, 0);
/// limiter.set("ceiling", -6.0);
/// let loud = vec![1.0; 4800];
/// assert!(limiter.render(&loud).iter().all(|x| *x <= 0.5012));
/// ```
pub struct Solo {
    about: Description,
    unit: Box<dyn UGen>,
    inputs: [Box<[[f32; GRID]]>; 2],
    lanes: Box<[Lane]>,
    outputs: Box<[[f32; GRID]]>,
    scratch: Scratch,
    frame: u64,
    finished: Option<u64>,
}

impl Solo {
    /// An instance for a sample rate in Hz; its controls stand where they start. Allocates.
    pub fn new(unit: &dyn Unit, rate: u32, seed: u64) -> Solo {
        let about = unit.describe().clone();
        let inputs = || vec![[0.0; GRID]; about.inputs.len()].into_boxed_slice();
        let lane = |value| Lane {
            value,
            ..Lane::default()
        };
        Solo {
            unit: unit.make(rate, seed),
            inputs: [inputs(), inputs()],
            lanes: about.controls.iter().map(|c| lane(c.init)).collect(),
            outputs: vec![[0.0; GRID]; usize::from(about.outputs)].into(),
            about,
            scratch: Scratch::new(),
            frame: 0,
            finished: None,
        }
    }

    /// Sets a control, held to its range. Real-time safe.
    ///
    /// # Panics
    /// If there is no control of that name.
    pub fn set(&mut self, control: &str, value: f32) {
        let index = self.index(control);
        let range = &self.about.controls[index];
        self.lanes[index].value = value.clamp(range.lo, range.hi);
    }

    /// The index of a control, for [`Feed::controls`].
    ///
    /// # Panics
    /// If there is no control of that name.
    pub fn index(&self, control: &str) -> usize {
        let found = self.about.controls.iter().position(|c| c.name == control);
        found.unwrap_or_else(|| panic!("`{}` has no control `{control}`", self.about.name))
    }

    /// Runs as many frames as the outputs are long, in spans that end where the grid's do and where the call does:
    /// so calls of other lengths are other partitions. Real-time safe.
    ///
    /// # Panics
    /// If there are fewer outputs or inputs than the unit has, or one is shorter than the first output.
    pub fn run(&mut self, feed: Feed<'_>, outputs: &mut [&mut [f32]]) {
        let frames = outputs[0].len();
        let mut done = 0;
        while done < frames {
            let from = (self.frame % GRID as u64) as usize;
            let to = GRID.min(from + frames - done);
            let span = done..done + to - from;
            for (side, buffers) in self.inputs.iter_mut().enumerate() {
                for (buffer, given) in buffers.iter_mut().zip(feed.inputs) {
                    buffer[from..to].copy_from_slice(&given[side][span.clone()]);
                }
            }
            for (control, values) in feed.controls {
                let lane = &mut self.lanes[*control];
                lane.moving = true;
                lane.frames[from..to].copy_from_slice(&values[span.clone()]);
            }
            self.outputs.iter_mut().for_each(|o| o[from..to].fill(0.0));
            let io = Io {
                from,
                to,
                inputs: &self.inputs[0],
                controls: &self.lanes,
                outputs: &mut self.outputs,
                scratch: &mut self.scratch,
            };
            let mut io = UnitIo::stereo(io, &self.inputs[1]);
            self.unit.process(&mut io);
            if let Some(at) = io.finished() {
                self.finished.get_or_insert(self.frame + at as u64);
            }
            for (given, output) in outputs.iter_mut().zip(&self.outputs) {
                given[span.clone()].copy_from_slice(&output[from..to]);
            }
            for (control, _) in feed.controls {
                self.lanes[*control].moving = false;
            }
            done = span.end;
            self.frame += (to - from) as u64;
        }
    }

    /// Runs one signal through every input and gives the first output. Allocates.
    pub fn render(&mut self, input: &[f32]) -> Vec<f32> {
        self.render_with(&[], input)
    }

    /// As [`Solo::render`], with controls that move. Allocates.
    pub fn render_with(&mut self, controls: &[(usize, &[f32])], input: &[f32]) -> Vec<f32> {
        let mut outputs: Vec<Vec<f32>> = vec![vec![0.0; input.len()]; self.outputs.len()];
        let inputs = vec![[input; 2]; self.about.inputs.len()];
        let mut given: Vec<&mut [f32]> = outputs.iter_mut().map(|o| &mut o[..]).collect();
        let inputs = &inputs;
        self.run(Feed { inputs, controls }, &mut given);
        outputs.swap_remove(0)
    }

    /// The first frame since the beginning at which the unit said it was done.
    pub fn finished(&self) -> Option<u64> {
        self.finished
    }

    /// Back to the beginning; the controls stay. Real-time safe.
    pub fn reset(&mut self) {
        self.unit.reset();
        (self.frame, self.finished) = (0, None);
    }
}
