//! Delay compensation: what arrives at a node along several paths arrives at the same time.
//!
//! A node that reports a latency makes everything behind it late. Each wire on a shorter path to the same node, or to
//! the outputs, waits for the longest one. Wires that lead back in the order are left alone: they are late anyway.

/// The longest that a wire may wait, in frames.
pub const MAX_DELAY: u32 = 1 << 20;

/// What a node does to the time of what passes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lateness {
    /// Its latency: for a node that leads into a graph of a higher rate in frames outside, likewise for one that leads
    /// out of it, else in frames of its own rate.
    pub frames: u32,
    /// The frames of its output to one of its input, for a node that leads into a graph of a higher rate.
    pub up: u8,
    /// The frames of its input to one of its output, for a node that leads out of it.
    pub down: u8,
}

/// A wire by the places of its ends in the order; without an end it leads out.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    pub from: usize,
    pub to: Option<usize>,
}

/// How many frames (of its end's rate) each wire waits, and how late everything is at the outputs.
pub fn compensate(nodes: &[Lateness], wires: &[Path]) -> (Vec<u32>, u32) {
    if nodes.iter().all(|n| n.frames == 0) {
        return (vec![0; wires.len()], 0);
    }
    let is_forward = |w: &Path| w.to.is_none_or(|to| w.from < to);
    let mut into = vec![Vec::new(); nodes.len()];
    for wire in wires.iter().filter(|w| is_forward(w)) {
        if let Some(to) = wire.to {
            into[to].push(wire.from);
        }
    }
    let (mut arrives, mut leaves) = (vec![0u32; nodes.len()], vec![0u32; nodes.len()]);
    for (at, node) in nodes.iter().enumerate() {
        let latest = into[at].iter().map(|&from| leaves[from]).max().unwrap_or(0);
        let down = u32::from(node.down.max(1));
        // Out of a graph of a higher rate only whole frames of the rate outside can be.
        arrives[at] = latest.div_ceil(down).saturating_mul(down);
        let passed = (arrives[at] / down).saturating_add(node.frames);
        leaves[at] = passed.saturating_mul(u32::from(node.up.max(1)));
    }
    let latency = wires
        .iter()
        .filter(|w| w.to.is_none())
        .map(|w| leaves[w.from])
        .max()
        .unwrap_or(0)
        .min(MAX_DELAY);
    let wait = |wire: &Path| match wire.to {
        _ if !is_forward(wire) => 0,
        Some(to) => arrives[to].saturating_sub(leaves[wire.from]).min(MAX_DELAY),
        None => latency.saturating_sub(leaves[wire.from]),
    };
    (wires.iter().map(wait).collect(), latency)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(frames: u32) -> Lateness {
        Lateness {
            frames,
            ..Lateness::default()
        }
    }
    fn path(from: usize, to: usize) -> Path {
        Path { from, to: Some(to) }
    }
    fn out(from: usize) -> Path {
        Path { from, to: None }
    }

    #[test]
    fn the_shorter_path_waits_for_the_longer_one() {
        // 0 → 1 (100) → 2, 0 → 2, 2 → out, 0 → out.
        let wires = [path(0, 1), path(1, 2), path(0, 2), out(2), out(0)];
        let (waits, latency) = compensate(&[late(0), late(100), late(0)], &wires);
        assert_eq!((waits, latency), (vec![0, 0, 100, 0, 100], 100));
    }

    #[test]
    fn a_wire_back_is_left_alone() {
        let wires = [path(0, 1), path(1, 0), out(1)];
        let (waits, latency) = compensate(&[late(10), late(5)], &wires);
        assert_eq!((waits, latency), (vec![0, 0, 0], 15));
    }

    #[test]
    fn what_is_late_inside_a_faster_graph_comes_out_at_a_whole_frame() {
        // Up by 4 (44 outside), a node that is 6 frames late inside, down by 4.
        let up = Lateness {
            frames: 44,
            up: 4,
            down: 0,
        };
        let down = Lateness {
            frames: 44,
            up: 0,
            down: 4,
        };
        let wires = [path(0, 1), path(1, 2), path(2, 3), out(3)];
        let (waits, latency) = compensate(&[late(0), up, late(6), down], &wires);
        // 44 · 4 + 6 = 182, made 184 = 46 · 4.
        assert_eq!((waits, latency), (vec![0, 0, 2, 0], 90));
    }
}
