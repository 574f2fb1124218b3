//! Triggers: signals that are 1 for one frame and 0 otherwise. What reads them looks for the rise through one half.

use super::level::Edge;
use super::recipe::Recipe;
use super::{Description, UGen, Unit, UnitIo};
use std::sync::Arc;

/// `once`: one trigger at its first frame, and one more wherever `again` rises through one half.
pub fn once() -> Arc<dyn Unit> {
    let about = Description::new("once")
        .help("a trigger at the first frame, and another wherever `again` rises")
        .value("again", 0.0, 0.0, 1.0)
        .stepped();
    Recipe::new(about, |_, _| Box::new(Once::default()))
        .endless()
        .done()
}

#[derive(Default)]
struct Once {
    begun: bool,
    again: Edge,
}

impl UGen for Once {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let again = self.again.rises(io.control(0, i));
            if again || !self.begun {
                self.begun = true;
                io.output(0)[i] = 1.0;
            }
        }
    }
    fn reset(&mut self) {
        *self = Once::default();
    }
}

/// `interval`: triggers `seconds` apart (0.0005…60 s), the first at once; rounded to frames one by one, so that the
/// mean is exact. Where `sync` rises they begin anew.
pub fn interval() -> Arc<dyn Unit> {
    let about = Description::new("interval")
        .help("triggers so many seconds apart, beginning anew where `sync` rises")
        .value("seconds", 0.5, 0.0005, 60.0)
        .unit("s")
        .logarithmic()
        .value("sync", 0.0, 0.0, 1.0)
        .stepped();
    Recipe::new(about, |rate, _| Box::new(Interval::new(rate)))
        .endless()
        .done()
}

struct Interval {
    rate: f64,
    /// Frames until the next one.
    left: f64,
    sync: Edge,
}

impl Interval {
    fn new(rate: u32) -> Interval {
        Interval {
            rate: f64::from(rate),
            left: 0.0,
            sync: Edge::default(),
        }
    }
}

impl UGen for Interval {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            if self.sync.rises(io.control(1, i)) {
                self.left = 0.0;
            }
            if self.left < 0.5 {
                io.output(0)[i] = 1.0;
                let frames = f64::from(io.control(0, i)) * self.rate;
                self.left += frames.max(1.0);
            }
            self.left -= 1.0;
        }
    }
    fn reset(&mut self) {
        (self.left, self.sync) = (0.0, Edge::default());
    }
}

/// `divider`: of the triggers that come in, lets the first and then every `by`-th (1…64) through; `offset` (0…63)
/// says how many go by first. Where `reset` rises it counts from the beginning.
pub fn divider() -> Arc<dyn Unit> {
    let about = Description::new("divider")
        .help("lets every n-th trigger through, the first after `offset` others")
        .input("inp")
        .value("by", 2.0, 1.0, 64.0)
        .stepped()
        .value("offset", 0.0, 0.0, 63.0)
        .stepped()
        .value("reset", 0.0, 0.0, 1.0)
        .stepped();
    Recipe::new(about, |_, _| Box::new(Divider::default())).done()
}

#[derive(Default)]
struct Divider {
    /// Triggers since the beginning, and since the last that went through.
    seen: u32,
    since: u32,
    edge: Edge,
    again: Edge,
}

impl UGen for Divider {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            if self.again.rises(io.control(2, i)) {
                (self.seen, self.since) = (0, 0);
            }
            if !self.edge.rises(io.input(0)[i]) {
                continue;
            }
            let (by, offset) = (io.control(0, i) as u32, io.control(1, i) as u32);
            if self.seen < offset {
                self.seen += 1;
                continue;
            }
            if self.since == 0 {
                io.output(0)[i] = 1.0;
            }
            self.since += 1;
            if self.since >= by {
                self.since = 0;
            }
        }
    }
    fn reset(&mut self) {
        *self = Divider::default();
    }
}

/// `counter`: how many triggers have come in, from 0 before the first, beginning again at 0 after `to` − 1
/// (`to` 1…65536), or where `reset` rises. Times `scale` (−1000…1000), so that it can drive a control.
pub fn counter() -> Arc<dyn Unit> {
    let about = Description::new("counter")
        .help("counts triggers from 0 to below `to`, round and round, times `scale`")
        .input("inp")
        .value("to", 16.0, 1.0, 65536.0)
        .stepped()
        .value("scale", 1.0, -1000.0, 1000.0)
        .value("reset", 0.0, 0.0, 1.0)
        .stepped();
    Recipe::new(about, |_, _| Box::new(Counter::default()))
        .endless()
        .done()
}

#[derive(Default)]
struct Counter {
    count: u32,
    edge: Edge,
    again: Edge,
}

impl UGen for Counter {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            if self.edge.rises(io.input(0)[i]) {
                self.count += 1;
            }
            if self.again.rises(io.control(2, i)) || self.count >= io.control(0, i) as u32 {
                self.count = 0;
            }
            io.output(0)[i] = self.count as f32 * io.control(1, i);
        }
    }
    fn reset(&mut self) {
        *self = Counter::default();
    }
}
