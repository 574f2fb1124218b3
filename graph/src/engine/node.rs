//! One node over one piece: values, voices, gain, pan, and the guard against NaN.

use super::clock::Clock;
use super::notes::Score;
use super::stage::Stage;
use super::touch::{self, Hands};
use super::work::{Buffers, Piece, Step, Work};
use super::{gather, mix, moves, rest, steady};
use crate::message::{NodeState, Voice};
use crate::plan::{Code, ControlIndex, Drives, Plan, PlanNode};
use crate::signal::{FOUR, FourIo, GRID, Io, Lane, MAX_CONTROLS, Scratch, VoiceOut};
use crate::time::{Beats, Ramp};
use crate::ugen::UnitIo;

impl Stage<'_> {
    /// Runs a node: gathers what reaches it, runs its voices between its own events, and leaves the result in its
    /// ring.
    pub fn node(&mut self, index: usize, piece: &Piece) {
        let plan = self.plan;
        let node = &plan.nodes[index];
        if self.steady(node, piece) {
            return;
        }
        self.lend(node);
        self.run_code(index, node, piece);
        if let Some(state) = self.table.get(node.slot) {
            self.taps.after(node, state, self.work, piece);
            // What comes out of a graph of a higher rate is at the rate outside.
            let piece = match node.code {
                Code::Down(factor) => &piece.slower(factor.into(), true),
                _ => piece,
            };
            mix::add_to_outputs(node, &state.out, self.wires, self.work, piece);
        }
        self.lend(node);
    }

    /// An output that no node reads needs no memory of its own: it lies where that of all such nodes does, which is
    /// never far. Called again, it takes it back.
    fn lend(&mut self, node: &PlanNode) {
        if !node.kept
            && let Some(state) = self.table.at(node.slot)
        {
            std::mem::swap(&mut state.out, &mut self.work.lent);
        }
    }

    fn run_code(&mut self, index: usize, node: &PlanNode, piece: &Piece) {
        match node.code {
            Code::Up(factor) => self.up(node, factor, piece),
            Code::Down(factor) => self.down(node, factor, piece),
            Code::Kernel(_) | Code::Unit(_) | Code::Input(_) => {
                if self.is_over(node, piece) {
                    return;
                }
                self.gather(node, piece);
                gather::events(node, self.clock, self.work, *piece);
                if let Some(state) = self.table.at(node.slot) {
                    run(self.plan, index, node, state, self.clock, self.work, *piece);
                }
            }
        }
    }
}

fn run(
    plan: &Plan,
    index: usize,
    node: &PlanNode,
    state: &mut NodeState,
    clock: &Clock,
    work: &mut Work,
    piece: Piece,
) {
    state.dropped = state
        .dropped
        .saturating_add(work.onsets.left_out + work.steps.left_out);
    values(node, state, clock, work, piece);
    if state.broken {
        for channel in state.out.iter_mut() {
            channel[piece.from..piece.to].fill(0.0);
        }
    } else {
        match &node.code {
            Code::Input(inlet) => {
                let heard = work.ins.iter().skip(usize::from(inlet.first));
                for (out, input) in state.out.iter_mut().zip(heard) {
                    out[piece.from..piece.to].copy_from_slice(&input[piece.from..piece.to]);
                }
            }
            _ => voices(plan, index, node, state, clock, work, piece),
        }
        mix::shape(node, state, &work.lanes, &piece);
    }
    let frames = piece.frames() as u32;
    state.open.advance(frames);
    state.bases.iter_mut().for_each(|base| base.advance(frames));
    if state.modulated {
        state
            .added
            .iter_mut()
            .for_each(|added| added.advance(frames));
        let rests = |added: &Ramp| !added.moving() && added.target() == 0.0;
        state.modulated = !state.added.iter().all(rests);
    }
    steady::settle(node, state);
}

/// Works out every control of the node over the piece: the base, what a pattern puts in its place, what wires
/// add, held to the range.
fn values(node: &PlanNode, state: &mut NodeState, clock: &Clock, work: &mut Work, piece: Piece) {
    if piece.jumped && clock.playing() && !node.timed.is_empty() {
        moves::jump(node, state, clock, piece);
    }
    for (k, control) in node.controls.iter().enumerate() {
        if state.modulated {
            moves::add_modulation(state, k, work, piece);
        }
        let lane = &mut work.lanes[k];
        moves::base(node, state, k, lane, clock, piece);
        if let Some(by) = node.mods.iter().find(|m| usize::from(m.control.0) == k) {
            if clock.playing() {
                moves::shape(by, lane, piece);
                clamp(lane, piece, control.lo, control.hi);
                state.steps[k] = Some(lane.frames[piece.to - 1]);
            } else if let Some(value) = state.steps[k] {
                (lane.moving, lane.value) = (false, value);
            }
        }
        let drives = Drives::Control(ControlIndex(k as u16));
        if let Some(binding) = node.bindings.iter().find(|b| b.drives == drives) {
            if binding.program.is_continuous() {
                if clock.playing() {
                    let at = |frame| binding.program.sample(clock.cycle(frame));
                    let from = at(piece.grid);
                    curve(lane, from, at(piece.grid + GRID as i64).or(from), piece);
                    state.steps[k] = Some(if lane.moving {
                        lane.frames[piece.to - 1]
                    } else {
                        lane.value
                    });
                } else if let Some(value) = state.steps[k] {
                    (lane.moving, lane.value) = (false, value);
                }
            } else {
                if piece.look_up && clock.playing() {
                    let now = binding.program.sample(clock.cycle(piece.frame));
                    state.steps[k] = now.map(|v| v as f32).or(state.steps[k]);
                }
                steps(
                    lane,
                    &mut state.steps[k],
                    work.steps.as_slice(),
                    ControlIndex(k as u16),
                    piece,
                );
            }
            lane.value = lane.value.clamp(control.lo, control.hi);
            if lane.moving {
                clamp(lane, piece, control.lo, control.hi);
            }
        }
        if work.added[k] {
            if !lane.moving {
                lane.frames[piece.from..piece.to].fill(lane.value);
                lane.moving = true;
            }
            for i in piece.from..piece.to {
                lane.frames[i] += work.adds[k][i];
            }
            clamp(lane, piece, control.lo, control.hi);
        }
    }
}

/// Holds the frames to a range; NaN counts as the lowest value.
fn clamp(lane: &mut Lane, piece: Piece, lo: f32, hi: f32) {
    lane.frames[piece.from..piece.to]
        .iter_mut()
        .for_each(|x| *x = x.max(lo).min(hi));
}

/// A curve: its values at both ends of the grid step, joined by a line. Where it rests, the base stays.
fn curve(lane: &mut Lane, from: Option<f64>, to: Option<f64>, piece: Piece) {
    let (Some(from), Some(to)) = (from, to) else {
        return;
    };
    let (from, rise) = (from as f32, (to - from) as f32);
    lane.moving = true;
    let first = (piece.local - piece.grid * piece.factor) as f32;
    // A power of two: exact.
    let step = 1.0 / (GRID as i64 * piece.factor) as f32;
    for (i, value) in lane.frames[piece.from..piece.to].iter_mut().enumerate() {
        *value = from + rise * ((first + i as f32) * step);
    }
}

/// Steps: each holds until the next.
fn steps(
    lane: &mut Lane,
    now: &mut Option<f32>,
    all: &[Step],
    control: ControlIndex,
    piece: Piece,
) {
    if let Some(value) = *now {
        (lane.moving, lane.value) = (false, value);
    }
    for step in all.iter().filter(|s| s.control == control) {
        let at = piece.at(step.frame);
        if at > piece.from && !lane.moving {
            lane.frames[piece.from..at].fill(lane.value);
        }
        if at > piece.from {
            lane.moving = true;
        }
        if lane.moving {
            lane.frames[at..piece.to].fill(step.value);
        }
        lane.value = step.value;
        *now = Some(step.value);
    }
}

fn voices(
    plan: &Plan,
    index: usize,
    node: &PlanNode,
    state: &mut NodeState,
    clock: &Clock,
    work: &mut Work,
    piece: Piece,
) {
    let arpeggiated = node.bindings.iter().any(|b| b.plays_keys);
    let named = !node.keys.is_empty() || plan.instrument.is_some_and(|i| i.0 as usize == index);
    let plays_keys = named && !arpeggiated;
    let Work {
        scratch,
        inputs,
        lanes,
        adds,
        added,
        voice_lanes,
        voice_outs,
        onsets,
        notes,
        done,
        down,
        channels,
        ..
    } = work;
    let rate = clock.rate() * node.factor;
    let score = Score {
        node,
        clock,
        onsets: onsets.as_slice(),
        notes: notes.as_slice(),
        plays_keys,
        index: index as u32,
        down,
        hands: Hands {
            channels,
            mappings: &plan.mappings,
            rate,
        },
        piece,
    };
    let mut rig = Rig {
        node,
        scratch,
        inputs,
        lanes,
        adds,
        added,
        voice_lanes,
        voice_outs,
        rate,
        done: false,
        start: piece.local - piece.from as i64,
    };
    if let Code::Kernel(kernel) = &node.code
        && kernel.hears_time()
    {
        tell_time(rig.scratch, clock, piece);
    }
    // In a graph of a higher rate the piece may begin between two of the engine's frames.
    let mut frame = piece.frame;
    rig.run_all(state, piece.from, piece.at(frame));
    while frame < piece.end() {
        score.apply(state, frame);
        let next = score.next(state, frame);
        rig.run_all(state, piece.at(frame), piece.at(next));
        frame = next;
    }
    if piece.ends_step {
        rest::begin(node, state, piece.local + piece.frames() as i64);
    }
    if rig.done && node.ending.is_some() {
        (state.done, *done) = (true, true);
    }
    if piece.ends_step && state.voices.len() > 1 {
        for voice in &mut state.voices {
            (voice.level, voice.peak) = (voice.peak, 0.0);
        }
    }
}

/// What the clock says at each frame of the piece: every frame by itself, so that it is the same however blocks are cut.
fn tell_time(scratch: &mut Scratch, clock: &Clock, piece: Piece) {
    let [beat, part, tempo] = &mut scratch.time;
    for i in piece.from..piece.to {
        let local = piece.local + (i - piece.from) as i64;
        let (frame, between) = (
            local.div_euclid(piece.factor),
            local.rem_euclid(piece.factor),
        );
        let mut position = clock.beat(frame).units();
        if between > 0 {
            let step = clock.beat(frame + 1).units() - position;
            position += step * between / piece.factor;
        }
        beat[i] = position.div_euclid(Beats::UNITS) as f32;
        let rest = position.rem_euclid(Beats::UNITS) as f64 / Beats::UNITS as f64;
        // Just below the next beat is not the next beat.
        part[i] = (rest as f32).min(1.0 - f32::EPSILON / 2.0);
    }
    tempo[piece.from..piece.to].fill(clock.tempo(piece.frame).bpm() as f32);
}

/// What every voice of a node shares while it runs.
pub(super) struct Rig<'a> {
    pub node: &'a PlanNode,
    scratch: &'a mut Scratch,
    inputs: &'a [Buffers; 2],
    lanes: &'a [Lane],
    adds: &'a [[f32; GRID]],
    added: &'a [bool; MAX_CONTROLS + 2],
    pub voice_lanes: &'a mut [Box<[Lane]>; FOUR],
    voice_outs: &'a mut [VoiceOut; FOUR],
    /// Frames a second, of the graph it is in.
    rate: u32,
    /// Its only voice is done.
    done: bool,
    /// The frame, at the node's own rate, of the first place in the ring.
    pub start: i64,
}

impl Rig<'_> {
    /// Runs all voices over a span, which may be empty; a voice that rests until its gate rises.
    fn run_all(&mut self, state: &mut NodeState, mut from: usize, to: usize) {
        while from < to {
            let next = self.wake(state, from, to);
            self.run_span(state, from, next);
            from = next;
        }
    }

    fn run_span(&mut self, state: &mut NodeState, from: usize, to: usize) {
        let NodeState {
            voices, spare, out, ..
        } = state;
        if let [only] = &mut **voices {
            if only.rests.is_none() {
                self.run_alone(only, out, from, to);
            } else {
                let channels = out.iter_mut().take(usize::from(self.node.channels));
                channels.for_each(|channel| channel[from..to].fill(0.0));
            }
            touch::advance(only, (to - from) as u32);
            return;
        }
        for channel in out.iter_mut().take(usize::from(self.node.channels)) {
            channel[from..to].fill(0.0);
        }
        let (fours, rest) = match &self.node.code {
            Code::Kernel(_) => voices.as_chunks_mut::<FOUR>(),
            // Unit generators run one by one.
            _ => (&mut [][..], &mut voices[..]),
        };
        // Voices sum in the order of their slots, always.
        for four in fours {
            match four.iter().filter(|voice| voice.rests.is_none()).count() {
                0 => {}
                1 => {
                    let awake = four.iter_mut().find(|voice| voice.rests.is_none());
                    awake
                        .into_iter()
                        .for_each(|voice| self.run(voice, out, from, to));
                }
                _ => self.run_four(four, spare, out, from, to),
            }
        }
        for voice in rest.iter_mut().filter(|voice| voice.rests.is_none()) {
            self.run(voice, out, from, to);
        }
        for voice in voices.iter_mut() {
            touch::advance(voice, (to - from) as u32);
        }
    }

    /// Runs one voice over a span and adds it to the node's output.
    fn run(&mut self, voice: &mut Voice, out: &mut [[f32; GRID]; 2], from: usize, to: usize) {
        let own = self.lanes_of(0, voice, from, to);
        for instance in 0..usize::from(self.node.instances) {
            let outputs = usize::from(self.node.outputs);
            let io = Io {
                from,
                to,
                inputs: &self.inputs[instance][..usize::from(self.node.inputs)],
                controls: &self.voice_lanes[0][..own],
                outputs: &mut self.voice_outs[0][..outputs],
                scratch: self.scratch,
            };
            run_code(&self.node.code, voice, instance, io, &self.inputs[1]);
            self.add(0, instance, voice, out, from, to);
        }
    }

    /// Runs a node's only voice straight into the node's output. Nothing is chosen by its peak, so none is
    /// taken. (That a sum would turn −0 into 0 is lost on whoever reads the output: they add to 0.)
    fn run_alone(&mut self, voice: &mut Voice, out: &mut [[f32; GRID]; 2], from: usize, to: usize) {
        let own = self.lanes_of(0, voice, from, to);
        let outputs = usize::from(self.node.outputs);
        for instance in 0..usize::from(self.node.instances) {
            let io = Io {
                from,
                to,
                inputs: &self.inputs[instance][..usize::from(self.node.inputs)],
                controls: &self.voice_lanes[0][..own],
                outputs: &mut out[instance..instance + outputs],
                scratch: self.scratch,
            };
            self.done |= run_code(&self.node.code, voice, instance, io, &self.inputs[1]);
            for (k, out) in out[instance..instance + outputs].iter_mut().enumerate() {
                touch::smooth(voice, instance + k, &mut out[from..to], self.rate);
            }
        }
        let [left, right] = out;
        let (left, right) = (&mut left[from..to], &mut right[from..to]);
        let [on_left, on_right] = self.sides(voice);
        if self.copies() {
            let both = left.iter_mut().zip(right);
            both.for_each(|(l, r)| (*l, *r) = (*l * on_left, *l * on_right));
        } else {
            let sides = [(on_left, left), (on_right, right)];
            for (side, frames) in sides.into_iter().take(self.node.channels.into()) {
                if side != 1.0 {
                    frames.iter_mut().for_each(|x| *x *= side);
                }
            }
        }
    }

    /// What a note says of its own level and place: the factor of each side. On top of the node's.
    fn sides(&self, voice: &Voice) -> [f32; 2] {
        let said = |control: ControlIndex| voice.values[usize::from(control.0)];
        let gain = said(self.node.gain()).unwrap_or(1.0);
        match said(self.node.pan()) {
            Some(pan) if self.node.spread => [0, 1].map(|side| gain * mix::side(pan, side)),
            _ => [gain; 2],
        }
    }

    /// Whether each voice goes to both sides by itself.
    fn copies(&self) -> bool {
        self.node.spread && self.node.instances == 1 && self.node.outputs == 1
    }

    /// Runs four voices over a span, with the same result as one after the other. What rests of them stays as it is:
    /// its lane runs on spare words, unheard.
    fn run_four(
        &mut self,
        voices: &mut [Voice; FOUR],
        spare: &mut [u32],
        out: &mut [[f32; GRID]; 2],
        from: usize,
        to: usize,
    ) {
        let Code::Kernel(kernel) = &self.node.code else {
            return;
        };
        let mut own = 0;
        for (v, voice) in voices.iter().enumerate() {
            own = self.lanes_of(v, voice, from, to);
        }
        for instance in 0..usize::from(self.node.instances) {
            let mut spare = spare.chunks_exact_mut(kernel.state_words().max(1));
            kernel.run_four(
                voices.each_mut().map(|v| match (v.rests, spare.next()) {
                    (Some(_), Some(words)) => words,
                    _ => &mut *v.words[instance],
                }),
                FourIo {
                    from,
                    to,
                    inputs: &self.inputs[instance][..usize::from(self.node.inputs)],
                    controls: self.voice_lanes.each_ref().map(|lanes| &lanes[..own]),
                    outputs: self.voice_outs,
                    scratch: self.scratch,
                },
            );
            for (v, voice) in voices.iter_mut().enumerate() {
                if voice.rests.is_none() {
                    self.add(v, instance, voice, out, from, to);
                }
            }
        }
    }

    /// Adds what voice `v` of the four gave to the node's output.
    fn add(
        &mut self,
        v: usize,
        instance: usize,
        voice: &mut Voice,
        out: &mut [[f32; GRID]; 2],
        from: usize,
        to: usize,
    ) {
        let outputs = usize::from(self.node.outputs);
        let sides = self.sides(voice);
        let sum_up = |to: &mut [f32; GRID], of: &[f32], side: f32| {
            let both = to[from..from + of.len()].iter_mut().zip(of);
            if side == 1.0 {
                both.for_each(|(to, from)| *to += from);
            } else {
                both.for_each(|(to, from)| *to += from * side);
            }
        };
        for k in 0..outputs {
            let voice_out = &mut self.voice_outs[v][k][from..to];
            touch::smooth(voice, instance + k, voice_out, self.rate);
            let voice_out = &self.voice_outs[v][k][from..to];
            sum_up(&mut out[instance + k], voice_out, sides[instance + k]);
            if self.copies() {
                sum_up(&mut out[1], voice_out, sides[1]);
            }
            let loud = sides[0].max(sides[1]).min(1.0);
            voice.peak = voice
                .peak
                .max(mix::peak_of(voice_out).unwrap_or(0.0) * loud);
        }
    }

    /// Works out the controls of voice `v` of the four over a span, and how many of them the code has.
    pub fn lanes_of(&mut self, v: usize, voice: &Voice, from: usize, to: usize) -> usize {
        let own = self.node.controls.len() - 2;
        for k in 0..own {
            self.lane(v, k, voice, from, to);
        }
        own
    }

    /// A control for voice `v` of the four: what its event said, or what the whole node has.
    pub fn lane(&mut self, v: usize, k: usize, voice: &Voice, from: usize, to: usize) {
        let said = voice.values[k];
        let (lane, node) = (&mut self.voice_lanes[v][k], &self.lanes[k]);
        match said {
            Some(value) if self.added[k] => {
                let range = &self.node.controls[k];
                lane.moving = true;
                for i in from..to {
                    lane.frames[i] = (value + self.adds[k][i]).max(range.lo).min(range.hi);
                }
            }
            Some(value) => (lane.moving, lane.value) = (false, value),
            None => {
                (lane.moving, lane.value) = (node.moving, node.value);
                if node.moving {
                    lane.frames[from..to].copy_from_slice(&node.frames[from..to]);
                }
            }
        }
        if voice.shifted {
            let range = &self.node.controls[k];
            let pitch = self.node.note_controls.freq == Some(ControlIndex(k as u16));
            let ramp = &voice.offsets[k].ramp;
            touch::add(lane, ramp, pitch, (range.lo, range.hi), from, to);
        }
    }
}

/// Runs a voice's instance of what the node runs; `right` is the second side of what reaches the node. Whether it is
/// done.
fn run_code(code: &Code, voice: &mut Voice, instance: usize, io: Io<'_>, right: &Buffers) -> bool {
    match code {
        Code::Kernel(kernel) => kernel.run(&mut voice.words[instance], io),
        Code::Unit(_) => {
            if let Some(unit) = &mut voice.units[instance] {
                for output in io.outputs.iter_mut() {
                    output[io.from..io.to].fill(0.0);
                }
                // A stereo unit runs once and has both sides.
                let mut io = match io.outputs.len() {
                    2 => UnitIo::stereo(io, right),
                    _ => UnitIo::new(io),
                };
                unit.process(&mut io);
                return io.finished().is_some();
            }
        }
        Code::Input(_) | Code::Up(_) | Code::Down(_) => {}
    }
    false
}
