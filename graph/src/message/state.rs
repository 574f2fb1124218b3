//! The running state of a node: made by the control thread, used by the engine, freed by the control thread.

use crate::plan::{Code, NodeId, PlanNode};
use crate::signal::{Aligned, Downsampler, FOUR, GRID, Upsampler};
use crate::time::{Curve, Ramp, Ratio};
use crate::ugen::UGen;

/// One voice of a node.
pub struct Voice {
    /// The kernel's words, one stretch for each channel instance.
    pub words: [Box<[u32]>; 2],
    /// The unit generator, one for each channel instance.
    pub units: [Option<Box<dyn UGen>>; 2],
    /// The value an event gave each control, until the base speaks again.
    pub values: Box<[Option<f32>]>,
    /// The control that is held at 1.
    pub held: Option<u16>,
    /// The cycle at which a pattern's note ends.
    pub off: Option<Ratio>,
    /// How many frames later than that it ends.
    pub nudge: i64,
    /// The frame at which its last note began.
    pub since: i64,
    /// The frame at which its gate last fell.
    pub fell: i64,
    /// The gate rises at this frame, after it has read 0 for one.
    pub rise: Option<(u16, i64)>,
    /// Whether the note ends with its event even where another follows at once (legato at most 1).
    pub detached: bool,
    /// MIDI channel and key that hold it.
    pub key: Option<(u8, u8)>,
    /// The key that holds it is up, and a pedal holds it.
    pub sustained: bool,
    /// MIDI channel and key of its last note: what is said of that note is still for it while it rings out.
    pub last_key: Option<(u8, u8)>,
    /// Semitones by which the wheels bend it, and those that are said of the note alone.
    pub bend: [f32; 2],
    /// What moves each control besides what was said of it.
    pub offsets: Box<[Offset]>,
    /// Whether any of them is not at rest at 0.
    pub shifted: bool,
    /// What it is multiplied by: 1, or on its way to 0 where it was choked.
    pub cut: Ramp,
    /// A sounding voice was taken for its note.
    pub stolen: bool,
    /// What it gives next joins what it gave last.
    pub joins: bool,
    /// What it gave last, on each channel, and what bridges the way from there.
    pub last: [f32; 2],
    /// See `last`.
    pub bridge: [Ramp; 2],
    /// The frame, at the node's own rate, from which on it rests and is not run.
    pub rests: Option<i64>,
    /// Peak in the last whole step of the grid, to choose the quietest.
    pub level: f32,
    /// Peak so far in this step.
    pub peak: f32,
}

/// What is added to one control of a voice; to `freq` it is semitones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// The sum, smoothed.
    pub ramp: Ramp,
    /// What is said of the note: bends, pressure, timbre.
    pub note: f32,
    /// What a host's modulation of this voice adds.
    pub host: f32,
}

impl Offset {
    /// Nothing is added.
    pub const NONE: Offset = Offset {
        ramp: Ramp::at(0.0),
        note: 0.0,
        host: 0.0,
    };
}

/// A control on its way. Its time is counted in beats that go by, whether or not the song stands or jumps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fade {
    /// Where it began.
    pub from: f32,
    /// Where it goes.
    pub to: f32,
    /// The way there.
    pub curve: Curve,
    /// The beats that had gone by when it began.
    pub start: f64,
    /// How many it takes.
    pub beats: f64,
}

impl Fade {
    /// The value when so many beats have gone by. Real-time safe.
    pub fn at(&self, beats: f64) -> f32 {
        let gone = beats - self.start;
        if gone >= self.beats {
            self.to
        } else {
            self.curve.mix(self.from, self.to, gone / self.beats)
        }
    }
    /// Whether it has come to its end when so many beats have gone by. Real-time safe.
    pub fn is_over(&self, beats: f64) -> bool {
        beats - self.start >= self.beats
    }
}

/// What takes a signal from one rate to another.
pub enum Resampler {
    /// Into a graph of a higher rate.
    Up(Upsampler),
    /// Out of it.
    Down(Downsampler),
}

/// The running state of a node. What a steady node needs comes first, and lies together: of thousands of nodes it is
/// not in the fastest memory when it is their turn.
#[repr(C)]
pub struct NodeState {
    /// It is steady: its controls have the values of `stills`, and nothing happens to it until somebody changes it.
    pub steady: bool,
    /// While it is steady: what its code gives is its output, as it is.
    pub plain: bool,
    /// Silenced because of NaN or infinity.
    pub broken: bool,
    /// 0 closed … 1 open: mute, solo, coming and going.
    pub open: Ramp,
    /// Peaks since the last report.
    pub peak: [f32; 2],
    /// The output of the last 64 frames, a ring: read before it is written it is 64 frames old.
    pub out: Box<Aligned<[[f32; GRID]; 2]>>,
    /// See `steady`.
    pub stills: Box<[f32]>,
    /// Its voices.
    pub voices: Box<[Voice]>,
    /// Which node this is.
    pub id: NodeId,
    /// Both channels' resamplers, for a node that leads into or out of a graph of another rate.
    pub resamplers: Option<Box<[Resampler; 2]>>,
    /// The seed of its randomness.
    pub seed: u64,
    /// The words of four voices that stand in for those that rest while others of their four run.
    pub spare: Box<[u32]>,
    /// The base value of each control, smoothed.
    pub bases: Box<[Ramp]>,
    /// What a host's modulation adds to each control, smoothed, and whether any of it is not at rest at 0.
    pub added: Box<[Ramp]>,
    /// See `added`.
    pub modulated: bool,
    /// The base value of each control in the Plan adopted last: only a change speaks.
    pub stated: Box<[f32]>,
    /// Frames in which each base gets to a new value.
    pub smooth: Box<[u32]>,
    /// The value a bound pattern's last step gave each control.
    pub steps: Box<[Option<f32>]>,
    /// The fade that each control is on.
    pub fades: Box<[Option<Fade>]>,
    /// The controls that a knob moved since the last report, and whether there is one.
    pub turned: Box<[bool]>,
    /// See `turned`.
    pub any_turned: bool,
    /// How many channel instances ran last.
    pub instances: u8,
    /// Whether its output is kept, as the Plan adopted last says.
    pub kept: bool,
    /// Whether nothing but a change from outside could move it.
    pub may_be_steady: bool,
    /// Its unit generator said that it is done; what that does begins with the next step of the ring.
    pub done: bool,
    /// An ending has freed it: it fades, then nothing of it runs.
    pub ended: bool,
    /// Onsets that found no place in one piece of the grid.
    pub dropped: u32,
}

impl NodeState {
    /// The state at the beginning. Allocates; for the control thread.
    pub fn new(node: &PlanNode, seed: u64, rate: u32) -> NodeState {
        let words = match &node.code {
            Code::Kernel(kernel) => kernel.state_words(),
            _ => 0,
        };
        // A node with inputs may be fed with stereo later: the second channel's state is there from the start.
        let sides = [true, node.inputs > 0];
        let second = if sides[1] { words } else { 0 };
        // Of a unit generator both sides are made at once, or there is one that has both (`PlanNode::sides`).
        let instances = [true, node.instances == 2];
        let controls = node.controls.len();
        let voice = |i: usize| Voice {
            words: [vec![0; words].into(), vec![0; second].into()],
            units: instances.map(|there| match &node.code {
                Code::Unit(unit) if there => {
                    Some(unit.make(rate.saturating_mul(node.factor), voice_seed(seed, i)))
                }
                _ => None,
            }),
            values: vec![None; controls].into(),
            held: None,
            off: None,
            since: i64::MIN,
            nudge: 0,
            fell: i64::MIN,
            rise: None,
            detached: true,
            key: None,
            sustained: false,
            last_key: None,
            bend: [0.0; 2],
            offsets: vec![Offset::NONE; controls].into(),
            shifted: false,
            cut: Ramp::at(1.0),
            stolen: false,
            joins: false,
            last: [0.0; 2],
            bridge: [Ramp::at(0.0); 2],
            rests: None,
            level: 0.0,
            peak: 0.0,
        };
        let mut state = NodeState {
            id: node.id,
            resamplers: resamplers(&node.code),
            seed,
            spare: match &node.code {
                Code::Kernel(kernel)
                    if kernel.rest().is_some() && usize::from(node.count) >= FOUR =>
                {
                    vec![0; FOUR * words].into()
                }
                _ => Box::default(),
            },
            voices: (0..usize::from(node.count.max(1))).map(voice).collect(),
            bases: node.controls.iter().map(|c| Ramp::at(c.value)).collect(),
            added: vec![Ramp::at(0.0); controls].into(),
            modulated: false,
            stated: node.controls.iter().map(|c| c.value).collect(),
            smooth: node.controls.iter().map(|c| c.smooth).collect(),
            steps: vec![None; controls].into(),
            fades: vec![None; controls].into(),
            turned: vec![false; controls].into(),
            any_turned: false,
            open: Ramp::at(f32::from(node.open)),
            out: Box::new(Aligned([[0.0; GRID]; 2])),
            instances: node.instances,
            kept: node.kept,
            may_be_steady: false,
            steady: false,
            plain: false,
            stills: vec![0.0; controls].into(),
            broken: false,
            done: false,
            ended: false,
            dropped: 0,
            peak: [0.0; 2],
        };
        state.clear(node);
        state
    }

    /// Back to the beginning, as if new: all state of the sound, nothing of the score. Real-time safe.
    pub fn clear(&mut self, node: &PlanNode) {
        for (i, voice) in self.voices.iter_mut().enumerate() {
            if let Code::Kernel(kernel) = &node.code {
                for words in voice.words.iter_mut().filter(|w| !w.is_empty()) {
                    kernel.init(words, voice_seed(self.seed, i));
                }
            }
            voice
                .units
                .iter_mut()
                .flatten()
                .for_each(|unit| unit.reset());
            voice.values.fill(None);
            (voice.held, voice.off, voice.rise, voice.key) = (None, None, None, None);
            (voice.since, voice.fell) = (i64::MIN, i64::MIN);
            voice.rests = None;
            (voice.level, voice.peak) = (0.0, 0.0);
            (voice.sustained, voice.last_key, voice.bend) = (false, None, [0.0; 2]);
            voice.offsets.fill(Offset::NONE);
            (voice.shifted, voice.stolen, voice.joins) = (false, false, false);
            (voice.cut, voice.last, voice.bridge) = (Ramp::at(1.0), [0.0; 2], [Ramp::at(0.0); 2]);
        }
        self.added.iter_mut().for_each(Ramp::finish);
        for resampler in self.resamplers.iter_mut().flat_map(|both| both.iter_mut()) {
            resampler.clear();
        }
        self.steps.fill(None);
        for (fade, base) in self.fades.iter_mut().zip(&mut self.bases) {
            // What it was to leave is left.
            if let Some(fade) = fade.take() {
                base.jump(fade.to);
            }
        }
        self.bases.iter_mut().for_each(Ramp::finish);
        self.open.finish();
        self.out.iter_mut().for_each(|c| c.fill(0.0));
        (self.broken, self.done, self.ended) = (false, false, false);
    }
}

fn resamplers(code: &Code) -> Option<Box<[Resampler; 2]>> {
    let make = |up, factor: u8| match up {
        true => Resampler::Up(Upsampler::new(factor.into())),
        false => Resampler::Down(Downsampler::new(factor.into())),
    };
    let both = |up, factor| Some(Box::new([make(up, factor), make(up, factor)]));
    match code {
        Code::Up(factor) => both(true, *factor),
        Code::Down(factor) => both(false, *factor),
        Code::Kernel(_) | Code::Unit(_) | Code::Input(_) => None,
    }
}

impl Resampler {
    /// Back to silence. Real-time safe.
    pub fn clear(&mut self) {
        match self {
            Resampler::Up(up) => up.clear(),
            Resampler::Down(down) => down.clear(),
        }
    }
    /// Takes over where another one of its kind is. Real-time safe.
    pub fn copy_from(&mut self, other: &Resampler) {
        match (self, other) {
            (Resampler::Up(to), Resampler::Up(from)) => to.copy_from(from),
            (Resampler::Down(to), Resampler::Down(from)) => to.copy_from(from),
            _ => {}
        }
    }
}

/// Every voice has randomness of its own; both channels of one voice have the same.
fn voice_seed(seed: u64, voice: usize) -> u64 {
    seed.wrapping_add((voice as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
