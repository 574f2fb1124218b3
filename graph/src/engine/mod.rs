//! The audio thread's half: runs a Plan, owns all running state.
//!
//! Lives on the audio thread. [`Engine::process`] and [`Engine::reset`] never allocate, lock, wait or free heap
//! memory, and do work bounded by the Plan and the block. (The load figure reads the clock, which enters no
//! kernel on the systems Sorl runs on.)
//!
//! A block is cut into *pieces* at the grid (64 frames from the last reset, play or jump), at the ring (64
//! frames from the beginning, for feedback), and where a Plan begins, a command takes effect or a knob is turned.
//! Within a piece every node runs once, its
//! own events cutting its own span. Nothing depends on where a block ends, so the output is the same for every
//! partition into blocks.

mod act;
mod adopt;
mod channels;
mod clock;
mod clock_out;
mod down;
mod ending;
mod gather;
mod mix;
mod moves;
mod node;
mod notes;
mod outgoing;
mod pulse;
mod report;
mod rest;
mod schedule;
mod stage;
mod steady;
mod table;
mod taps;
mod touch;
mod work;

use crate::message::{Adoption, NoteEvent, Setup, TimedMidi, TimedNote, WireState};
use crate::plan::Plan;
use crate::rt::{AudioEnd, FlushDenormals};
use crate::signal::GRID;
use crate::time::{Bars, Beats, HostTime, Meter, Ramp, Ratio, Segment, Tempo};
use channels::Channels;
pub use clock::Wish;
use clock::{Clock, Turn};
use clock_out::ClockOut;
use down::Down;
use outgoing::Outgoing;
use pulse::{Line, Pulse};
use report::Reporter;
use schedule::Schedule;
use stage::Stage;
use std::sync::Arc;
use std::time::Instant;
use table::Table;
use taps::Taps;
use work::Work;

/// Milliseconds in which a node or a connection fades in or out.
const FADE_MS: u32 = 10;
/// Milliseconds in which a level gets to a new value.
const LEVEL_MS: u32 = 20;
/// Notes from the window's keyboard and from empty blocks that can wait for the next frame.
const KEYS: usize = 64;

/// One block of audio and what comes with it.
pub struct Block<'a, 'b> {
    /// Input channels, each at least `frames` long: the main input's two, then the side chain's. May be none.
    pub inputs: &'a [&'a [f32]],
    /// Output channels, each at least `frames` long; overwritten. Channels 2k and 2k+1 are the pair `out(k+1)`.
    pub outputs: &'a mut [&'b mut [f32]],
    /// Frames in this block; any number from 0.
    pub frames: usize,
    /// What the host's transport says; without one Sorl's own clock rules.
    pub host: Option<HostTime>,
    /// Notes, in the order of their frames.
    pub notes: &'a [TimedNote],
}

/// A Plan that waits for its frame.
struct Pending {
    adoption: Box<Adoption>,
    due: clock::Due,
}

/// The audio thread's half of Sorl.
pub struct Engine {
    setup: Setup,
    link: AudioEnd,
    plan: Option<Arc<Plan>>,
    pending: Option<Pending>,
    schedule: Schedule,
    table: Table,
    wires: Vec<WireState>,
    clock: Clock,
    pulse: Pulse,
    /// What the outputs are multiplied by.
    master: Ramp,
    /// Frames since the beginning or the last reset.
    frame: i64,
    /// The frame at which the grid began.
    grid: i64,
    /// Nothing has sounded yet: what begins now need not fade.
    untouched: bool,
    /// Stepped controls look up the step that sounds now.
    look_up: bool,
    /// The song went elsewhere before the next piece.
    jumped: bool,
    /// Notes of the window's keyboard, for the next block's first frame.
    keys: [NoteEvent; KEYS],
    key_count: usize,
    work: Work,
    outgoing: Outgoing,
    clock_out: ClockOut,
    /// A MIDI clock is sent, whatever the score says.
    sends_clock: bool,
    serves_host: bool,
    /// What patterns hold outside is to end with the next frame.
    release: bool,
    reporter: Reporter,
    taps: Taps,
}

impl Engine {
    /// An engine for a sample rate, at the audio end of a link. Allocates: for the control thread.
    pub fn new(setup: Setup, link: AudioEnd) -> Engine {
        Engine {
            setup,
            link,
            plan: None,
            pending: None,
            schedule: Schedule::new(),
            table: Table::new(),
            wires: Vec::new(),
            clock: Clock::new(setup.rate),
            pulse: Pulse::new(setup.rate),
            master: Ramp::at(1.0),
            jumped: false,
            frame: 0,
            grid: 0,
            untouched: true,
            look_up: false,
            keys: [NoteEvent::AllOff; KEYS],
            key_count: 0,
            work: Work::new(),
            outgoing: Outgoing::new(),
            clock_out: ClockOut::default(),
            sends_clock: false,
            serves_host: false,
            release: false,
            reporter: Reporter::new(setup.rate),
            taps: Taps::new(),
        }
    }

    /// What it was made for.
    pub fn setup(&self) -> Setup {
        self.setup
    }

    /// Frames since the beginning or the last reset.
    pub fn frame(&self) -> i64 {
        self.frame
    }

    /// Where the song is on Sorl's own clock; `None` while a host's rules. Real-time safe.
    pub fn own_position(&self) -> Option<Beats> {
        (!self.clock.hosted()).then(|| self.clock.beat(self.frame))
    }

    /// What Sorl's own transport was told last, whoever rules: for a back end that leads another's transport by it.
    /// Real-time safe.
    pub fn wish(&self) -> Wish {
        self.clock.wish()
    }

    /// The song from its beginning on, as a line from frame 0 and beat 0 at the pace in force. Real-time safe.
    pub fn timeline(&self) -> Segment {
        self.clock.timeline()
    }

    /// Where the song's bars begin. Real-time safe.
    pub fn bars(&self) -> &Bars {
        self.clock.bars()
    }

    /// Where the next frame is: the song in bars, the tempo and the metre. Real-time safe.
    pub fn place(&self) -> (Ratio, Tempo, Meter) {
        let frame = self.frame;
        (
            self.clock.cycle(frame),
            self.clock.tempo(frame),
            self.clock.meter(frame),
        )
    }

    /// By how many frames the outputs are late with the Plan that plays: all paths to them are made as long as the
    /// longest. Real-time safe.
    pub fn latency(&self) -> u32 {
        self.plan.as_ref().map_or(0, |plan| plan.latency)
    }

    /// What patterns sent to MIDI in the last block, and the song's clock where one is sent, in the order of time. At one
    /// frame the clock comes first. Real-time safe.
    pub fn midi_out(&self) -> &[TimedMidi] {
        self.outgoing.midi()
    }

    /// Sends the song as a MIDI clock from now on, whether or not the score says `midi_clock()`, or only then again.
    /// Real-time safe.
    pub fn send_clock(&mut self, on: bool) {
        self.sends_clock = on;
    }

    /// A host plays this, also where it has no transport: then its song stands still, and a score that runs free goes on.
    /// Real-time safe.
    pub fn serve_host(&mut self) {
        self.serves_host = true;
    }

    /// The line from frames to beats that is in force while the song plays. Real-time safe.
    pub fn segment(&self) -> Option<&Segment> {
        self.clock.segment()
    }

    /// Back to the beginning: frame 0, beat 0, all sound gone, the grid anew. Real-time safe.
    pub fn reset(&mut self) {
        self.frame = 0;
        self.untouched = true;
        self.clock.rewind();
        let inbox = &self.link.inbox;
        self.schedule.reset(&mut |sent| inbox.done(sent, false));
        self.restart_grid();
        if let Some(plan) = &self.plan {
            for node in &plan.nodes {
                if let Some(state) = self.table.wake(node.slot) {
                    state.clear(node);
                }
            }
        }
        for wire in &mut self.wires {
            wire.level.finish();
            if let Some(line) = &mut wire.line {
                line.clear();
            }
        }
        self.master.finish();
        self.work.down = Down::NONE;
        self.work.channels = Channels::REST;
        self.release = true;
    }

    /// Begins the grid anew at the next frame, as a reset, a start of the transport and a jump do. What moves
    /// by the grid (curves of patterns) then depends on where this was called. Real-time safe.
    pub fn restart_grid(&mut self) {
        self.grid = self.frame;
    }

    /// Runs one block. Real-time safe.
    ///
    /// # Panics
    /// If a channel is shorter than `frames`.
    pub fn process(&mut self, mut block: Block<'_, '_>) {
        let started = Instant::now();
        let _flush = FlushDenormals::begin();
        if self.plan.is_none() {
            // The first Plan comes first: what was commanded since it was sent is about it.
            self.adopt_what_is_there();
        }
        self.take_commands();
        self.outgoing.begin();
        if block.frames == 0 {
            // Notes of an empty block sound with the next one's first frame.
            block.notes.iter().for_each(|note| self.key(note.event));
            return;
        }
        self.taps.begin_block(&mut self.link, &self.table);
        self.receive_plan();
        let free = self.plan.as_ref().is_some_and(|plan| plan.free_run);
        let still = || (free && self.serves_host).then(HostTime::default);
        let host = block.host.or_else(still);
        let turn = self
            .clock
            .follow(self.frame, host.as_ref(), self.plan.as_deref());
        if turn == Turn::Jump {
            self.jump();
        }
        self.pulse.follow(&self.clock, self.frame);
        self.place_commands();
        if std::mem::take(&mut self.release) {
            self.outgoing.release(0);
        }
        let mut done = 0;
        while done < block.frames {
            self.do_what_is_due();
            self.end_what_is_done();
            self.turn_knobs(&block, done);
            let left = self.next_turn(&block, done).unwrap_or(block.frames - done);
            let frames = self.piece_length(left);
            self.run_piece(&mut block, done, frames);
            done += frames;
        }
        self.key_count = 0;
        self.taps.end_block(&mut self.link, block.frames, started);
        self.report(block.frames, started);
    }

    /// The transport started, stopped or jumped: held notes of patterns end, the grid begins anew.
    fn jump(&mut self) {
        self.restart_grid();
        (self.look_up, self.jumped) = (true, true);
        self.let_go_of_the_run();
        self.release = true;
        if let Some(plan) = &self.plan {
            for node in &plan.nodes {
                if let Some(state) = self.table.wake(node.slot) {
                    notes::release_pattern_notes(state, self.frame);
                }
            }
        }
    }

    /// How far the next piece may go: to the end of the grid step, of the ring, to the next Plan or command.
    fn piece_length(&self, left: usize) -> usize {
        let step = GRID as i64;
        let mut frames = (left as i64).min(step - (self.frame - self.grid).rem_euclid(step));
        frames = frames.min(step - self.frame.rem_euclid(step));
        let plan = self.pending.as_ref();
        let plan = plan.map(|pending| self.clock.frame_of_due(pending.due, self.frame));
        for due in plan.into_iter().chain(self.schedule.next(&self.clock)) {
            if due > self.frame {
                frames = frames.min(due - self.frame);
            }
        }
        frames as usize
    }

    fn run_piece(&mut self, block: &mut Block<'_, '_>, done: usize, frames: usize) {
        let ring = self.frame.rem_euclid(GRID as i64) as usize;
        let grid = self.frame - (self.frame - self.grid).rem_euclid(GRID as i64);
        let piece = work::Piece {
            frame: self.frame,
            factor: 1,
            local: self.frame,
            from: ring,
            to: ring + frames,
            grid,
            ends_step: (self.frame + frames as i64 - self.grid).rem_euclid(GRID as i64) == 0,
            begins: true,
            look_up: self.look_up,
            jumped: self.jumped,
            gone: Line::new(grid, |frame| self.pulse.beats(&self.clock, frame).to_f64()),
            song: Line::new(grid, |frame| self.clock.cycle(frame).to_f64()),
        };
        self.work.take_input(block, done, piece);
        self.work
            .take_notes(block, &self.keys[..self.key_count], done, piece);
        self.pulse_out(piece, done);
        if let Some(plan) = &self.plan {
            let mut stage = Stage {
                plan,
                table: &mut self.table,
                wires: &mut self.wires,
                clock: &self.clock,
                work: &mut self.work,
                taps: &mut self.taps,
            };
            stage.work.clear_outputs(piece);
            stage.taps.begin_nodes();
            stage.run(0..plan.nodes.len(), &plan.graphs, &piece);
            stage.work.finish_outputs(piece);
            self.outgoing
                .run(plan, &self.clock, &mut self.link, piece, done);
            mix::master(&mut self.master, &mut self.work, piece);
        } else {
            self.work.clear_outputs(piece);
        }
        self.taps.end_piece(&self.work, &piece);
        self.work.give_output(block, done, piece);
        self.work.keep_keys();
        (self.look_up, self.jumped) = (false, false);
        self.pulse.advance(&self.clock, self.frame + frames as i64);
        self.clock.settle(self.frame + frames as i64);
        self.frame += frames as i64;
        self.untouched = false;
    }

    /// Sends what belongs to a piece of the song's clock, before what patterns send.
    fn pulse_out(&mut self, piece: work::Piece, done: usize) {
        let wanted = self.sends_clock || self.plan.as_ref().is_some_and(|plan| plan.midi_clock);
        let segment = self.clock.segment().filter(|_| wanted);
        let (jumps, outgoing) = (self.clock.jumps(), &mut self.outgoing);
        let (from, to) = (piece.frame, piece.end());
        self.clock_out
            .run(segment, jumps, from, to, |frame, bytes| {
                outgoing.send((done as i64 + frame - from) as u32, bytes);
            });
    }
}
