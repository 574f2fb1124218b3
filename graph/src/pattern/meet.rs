//! Events of two patterns where they meet, and one pattern inside of another. Real-time safe.

use super::event::{Event, shared};
use super::program::Program;
use super::tree::{Join, Structure};
use crate::time::Ratio;

impl Program {
    /// Gives every fragment in which events of two patterns meet, with the two, the left one first.
    pub(super) fn meet(
        &self,
        structure: Structure,
        (left, right): (u32, u32),
        span: (Ratio, Ratio),
        sink: &mut dyn FnMut(Event, &Event, &Event),
    ) {
        let (first, second) = match structure {
            Structure::Left | Structure::Both => (left, right),
            Structure::Right => (right, left),
        };
        self.visit(first as usize, span, &mut |a| {
            // A curve speaks where the event begins. Of steps only what lies in the part can leave a fragment.
            let asked = match (structure, a.whole) {
                (Structure::Left | Structure::Right, Some(whole)) if self.is_curve(second) => whole,
                _ => a.part,
            };
            self.visit(second as usize, asked, &mut |b| {
                let Some(part) = shared(a.part, b.part) else {
                    return;
                };
                let whole = match (structure, a.whole, b.whole) {
                    (Structure::Both, Some(x), Some(y)) => shared(x, y),
                    (Structure::Both, ..) => None,
                    _ => a.whole,
                };
                let (l, r) = match structure {
                    Structure::Left | Structure::Both => (&a, &b),
                    Structure::Right => (&b, &a),
                };
                let met = Event {
                    whole,
                    part,
                    value: l.value,
                    carried: l.carried.and(&r.carried),
                };
                sink(met, l, r);
            });
        });
    }

    /// A choice inside of the event that chose it.
    pub(super) fn bound(
        &self,
        join: Join,
        outer: &Event,
        choice: usize,
        sink: &mut dyn FnMut(Event),
    ) {
        if join != Join::Squeeze {
            return self.visit(choice, outer.part, &mut |inner| {
                let whole = match join {
                    Join::Inner => inner.whole,
                    Join::Outer => outer.whole,
                    _ => match (outer.whole, inner.whole) {
                        (Some(a), Some(b)) => shared(a, b),
                        _ => None,
                    },
                };
                sink(Event {
                    whole,
                    carried: outer.carried.and(&inner.carried),
                    ..inner
                });
            });
        }
        // The cycle in which the event begins, squeezed into it.
        let Some((from, to)) = outer.whole.filter(|w| w.0 < w.1) else {
            return;
        };
        let (cycle, len) = (Ratio::whole(from.floor()), to - from);
        let inward = |t: Ratio| cycle + (t - from) / len;
        let span = (inward(outer.part.0), inward(outer.part.1));
        self.visit(choice, span, &mut |inner| {
            let inner = inner.moved(span, outer.part, |t| from + (t - cycle) * len);
            let whole = match inner.whole {
                // What reaches beyond the event is cut off.
                Some(whole) => match shared(whole, (from, to)) {
                    Some(whole) => Some(whole),
                    None => return,
                },
                None => None,
            };
            if let Some(part) = shared(inner.part, outer.part) {
                sink(Event {
                    whole,
                    part,
                    carried: outer.carried.and(&inner.carried),
                    ..inner
                });
            }
        });
    }
}
