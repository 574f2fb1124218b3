//! Envelopes of many segments.

use super::level::{Edge, exp2};
use super::recipe::Recipe;
use super::{Description, UGen, Unit, UnitIo};
use crate::math;
use std::f32::consts::LOG2_E;
use std::sync::Arc;

/// The most segments of an envelope.
pub const MAX_SEGMENTS: usize = 16;

// The controls: these, then level, time and curve of each segment.
const GATE: usize = 0;
const SUSTAIN: usize = 1;
const LOOP: usize = 2;
const SEGMENTS: usize = 3;
const START: usize = 4;
const FIRST: usize = 5;
const EACH: usize = 3;

/// How a segment gets to its level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// In a straight line.
    Line,
    /// By the same factor each frame. From or to 0, or through it, a curve of −5 or 5 instead.
    Exponential,
    /// As SuperCollider's `Env` bends: 0 is a line, above 0 it begins slowly, below 0 fast; −20…20.
    Curve(f32),
}

impl Shape {
    /// The bend that makes the shape from one level to another: an exponential from a to b is the curve ln(b/a).
    fn bend(self, from: f32, to: f32) -> f32 {
        match self {
            Shape::Line => 0.0,
            Shape::Curve(bend) => bend,
            Shape::Exponential if from * to > 0.0 => {
                math::ln(f64::from(to) / f64::from(from)) as f32
            }
            Shape::Exponential if to.abs() > from.abs() => 5.0,
            Shape::Exponential => -5.0,
        }
    }
}

/// One segment of an [`EnvelopeShape`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Where it goes, −1…1 … −20000…20000.
    pub level: f32,
    /// In how many seconds, 0…60; rounded to frames.
    pub seconds: f32,
    /// How it gets there.
    pub shape: Shape,
}

/// The segments that an envelope starts with; as controls they all can be moved later.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvelopeShape {
    /// The name of the unit.
    pub name: String,
    /// The level before the first gate.
    pub start: f32,
    /// At least one, at most [`MAX_SEGMENTS`].
    pub segments: Vec<Segment>,
    /// The segment (from 1) after which it waits for the gate to fall; 0 for none: then a gate plays it to its end.
    pub sustain: usize,
    /// While it waits, it begins again with this segment (from 1), as long as the gate is high; 0 for none.
    pub loops: usize,
}

/// An envelope of many segments.
///
/// Where `gate` rises through one half it begins with the first segment, from the level where it is. After the segment
/// `sustain` it waits there, or loops from the segment `loop`, until the gate falls; then the segment after `sustain`
/// begins, from where it is. After the last of its `segments` it says that it is done and keeps its level. `level0` is
/// where it stands before the first gate; `level1`, `time1` and `curve1` are the first segment's level (−20000…20000),
/// seconds (0…60, rounded to frames) and bend (−20…20, [`Shape::Curve`]), and so on. What a segment is like counts
/// when it begins; its last frame is exactly on its level. Values are worked out from the frame's place in the
/// segment, not step by step, so long segments do not drift.
///
/// # Panics
/// If there are no segments, or more than [`MAX_SEGMENTS`].
pub fn envelope(shape: &EnvelopeShape) -> Arc<dyn Unit> {
    made(describe(shape))
}

fn made(about: Description) -> Arc<dyn Unit> {
    Recipe::new(about, |rate, _| Box::new(Running::new(rate)))
        .endless()
        .done()
}

fn describe(shape: &EnvelopeShape) -> Description {
    let count = shape.segments.len();
    assert!(
        (1..=MAX_SEGMENTS).contains(&count),
        "an envelope has 1 to {MAX_SEGMENTS} segments"
    );
    let most = count as f32;
    let mut about = Description::new(&shape.name)
        .help("an envelope of segments, each with level, seconds and bend; waits after `sustain`, loops from `loop`")
        .value("gate", 0.0, 0.0, 1.0).stepped()
        .value("sustain", shape.sustain as f32, 0.0, most).stepped()
        .value("loop", shape.loops as f32, 0.0, most).stepped()
        .value("segments", most, 1.0, most).stepped()
        .value("level0", shape.start, -20000.0, 20000.0);
    let mut from = shape.start;
    for (i, s) in shape.segments.iter().enumerate() {
        let n = i + 1;
        let bend = s.shape.bend(from, s.level).clamp(-20.0, 20.0);
        about = about
            .value(&format!("level{n}"), s.level, -20000.0, 20000.0)
            .value(&format!("time{n}"), s.seconds.clamp(0.0, 60.0), 0.0, 60.0)
            .unit("s")
            .value(&format!("curve{n}"), bend, -20.0, 20.0);
        from = s.level;
    }
    about
}

/// `envelope`: eight segments, of which three are used unless `segments` says more: attack, decay to a sustain,
/// release.
pub fn standard() -> Arc<dyn Unit> {
    let segment = |level, seconds, bend| Segment {
        level,
        seconds,
        shape: Shape::Curve(bend),
    };
    let mut segments = vec![
        segment(1.0, 0.01, 0.0),
        segment(0.5, 0.2, -3.0),
        segment(0.0, 0.3, -3.0),
    ];
    segments.resize(8, segment(0.0, 0.1, 0.0));
    let shape = EnvelopeShape {
        name: "envelope".to_owned(),
        start: 0.0,
        segments,
        sustain: 2,
        loops: 0,
    };
    let mut about = describe(&shape);
    about.controls[SEGMENTS].init = 3.0;
    made(about)
}

struct Running {
    rate: f64,
    gate: Edge,
    /// The segment, from 0; none before the first gate and after the last segment.
    segment: Option<usize>,
    /// Waiting for the gate to fall.
    waits: bool,
    begun: bool,
    /// Of the running segment: where it began and goes, frames done and in all, and its bend.
    from: f32,
    to: f32,
    at: u32,
    of: u32,
    bend: f32,
    /// 1 / (eᵇ − 1), where there is a bend.
    scale: f32,
    now: f32,
}

impl Running {
    fn new(rate: u32) -> Running {
        Running {
            rate: f64::from(rate),
            gate: Edge::default(),
            segment: None,
            waits: false,
            begun: false,
            from: 0.0,
            to: 0.0,
            at: 0,
            of: 0,
            bend: 0.0,
            scale: 0.0,
            now: 0.0,
        }
    }

    /// The level inside the running segment.
    fn inside(&self) -> f32 {
        let share = self.at as f32 / self.of as f32;
        let moved = if self.bend == 0.0 {
            share
        } else {
            (exp2(share * self.bend * LOG2_E) - 1.0) * self.scale
        };
        self.from + (self.to - self.from) * moved
    }

    /// Begins a segment; one of no time is over at once. Each frame passes as many as there are, at most.
    fn begin(&mut self, io: &UnitIo<'_>, i: usize, mut segment: usize) {
        let count = io.control(SEGMENTS, i) as usize;
        let sustain = io.control(SUSTAIN, i) as usize;
        let first = io.control(LOOP, i) as usize;
        self.waits = false;
        let mut looped = false;
        loop {
            if segment >= count {
                self.segment = None;
                return;
            }
            let at = FIRST + EACH * segment;
            let frames = (f64::from(io.control(at + 1, i)) * self.rate).round() as u32;
            (self.from, self.to) = (self.now, io.control(at, i));
            (self.at, self.of) = (0, frames);
            self.bend = io.control(at + 2, i);
            if self.bend != 0.0 {
                self.scale = 1.0 / (exp(self.bend) - 1.0);
            }
            self.segment = Some(segment);
            if frames > 0 {
                return;
            }
            self.now = self.to;
            match after(segment, sustain, first, self.gate.is_high()) {
                // A loop of segments without time goes round once and waits.
                Some(next) if next > segment || !looped => {
                    looped |= next <= segment;
                    segment = next;
                }
                _ => {
                    self.waits = true;
                    return;
                }
            }
        }
    }
}

/// The segment after this one; none where it waits.
fn after(segment: usize, sustain: usize, first: usize, high: bool) -> Option<usize> {
    if high && segment + 1 == sustain {
        (1..=sustain).contains(&first).then(|| first - 1)
    } else {
        Some(segment + 1)
    }
}

fn exp(x: f32) -> f32 {
    math::exp(f64::from(x)) as f32
}

impl UGen for Running {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            if !self.begun {
                self.now = io.control(START, i);
            }
            let (sustain, first) = (
                io.control(SUSTAIN, i) as usize,
                io.control(LOOP, i) as usize,
            );
            if let Some(segment) = self.segment
                && !self.waits
            {
                self.at += 1;
                if self.at < self.of {
                    self.now = self.inside();
                } else {
                    self.now = self.to;
                    match after(segment, sustain, first, self.gate.is_high()) {
                        Some(next) => self.begin(io, i, next),
                        None => self.waits = true,
                    }
                }
            }
            let was = self.gate.is_high();
            if self.gate.rises(io.control(GATE, i)) {
                self.begun = true;
                self.begin(io, i, 0);
            } else if was
                && !self.gate.is_high()
                && sustain > 0
                && self.segment.is_some_and(|s| s < sustain)
            {
                self.begin(io, i, sustain);
            }
            if self.begun && self.segment.is_none() {
                io.finish(i);
            }
            io.output(0)[i] = self.now;
        }
    }

    fn reset(&mut self) {
        *self = Running {
            rate: self.rate,
            ..Running::new(1)
        };
    }
}
