//! Where boxes stand that nobody has placed: columns by depth, sources left, `out` right.
//!
//! Plain geometry over sizes and edges; knows neither nodes nor egui's frames, and never recurses.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// The room between columns, for wires and the levels on them.
const COLUMN_GAP: f32 = 150.0;
/// The room between boxes of a column.
const ROW_GAP: f32 = 44.0;

/// The height of the lane that a wire gets in a column it runs through.
const LANE: f32 = 28.0;

/// What is to be arranged.
pub(crate) struct Diagram<'a> {
    /// The size of each box.
    pub sizes: &'a [Vec2],
    /// Which box leads to which.
    pub edges: &'a [(usize, usize)],
    /// Boxes from this index on are exits: they stand in the last column.
    pub exits: usize,
    /// Where boxes stand already; nothing else is put on top of them.
    pub fixed: &'a [Option<Pos2>],
}

/// What takes room in a column: a box, or a wire that runs through.
struct Guest {
    index: Option<usize>,
    wish: f32,
    height: f32,
    gap: f32,
}

impl Guest {
    fn middle(&self) -> f32 {
        self.wish + self.height / 2.0
    }
}

impl Diagram<'_> {
    /// A place (the left upper corner) for every box. The free ones never overlap each other or a
    /// fixed one, and adding a fixed place leaves the columns of the others as they were.
    pub fn arrange(&self) -> Vec<Pos2> {
        let depths = self.depths();
        let columns = depths.iter().max().map_or(0, |deepest| deepest + 1);
        let mut corners: Vec<Pos2> = vec![Pos2::ZERO; self.sizes.len()];
        let mut left = 0.0;
        let mut extent = (0.0_f32, 0.0_f32);
        for column in 0..columns {
            let mut guests = self.passing(column, &depths, &corners);
            let here = (0..self.sizes.len()).filter(|&i| depths[i] == column);
            guests.extend(here.map(|i| {
                let wish = self.wish(i, &depths, &corners, extent);
                Guest {
                    index: Some(i),
                    wish,
                    height: self.sizes[i].y,
                    gap: ROW_GAP,
                }
            }));
            // By their middles; sorting is stable, so that a wire goes above a box on its level.
            guests.sort_by(|a, b| a.middle().total_cmp(&b.middle()));
            let mut free = f32::NEG_INFINITY;
            let mut widest = 0.0_f32;
            for guest in guests {
                let top = if column == 0 {
                    free.max(0.0)
                } else {
                    guest.wish.max(free)
                };
                free = top + guest.height + guest.gap;
                let Some(i) = guest.index else { continue };
                corners[i] = pos2(left, top.round());
                widest = widest.max(self.sizes[i].x);
                extent = (extent.0.min(top), extent.1.max(top + guest.height));
            }
            left += widest + COLUMN_GAP;
        }
        self.make_room(&mut corners);
        corners
    }

    /// Long wires that run through a column want a lane there, so that boxes do not stand on them.
    fn passing(&self, column: usize, depths: &[usize], corners: &[Pos2]) -> Vec<Guest> {
        let runs = |e: &&(usize, usize)| depths[e.0] < column && column < depths[e.1];
        let mut sources: Vec<usize> = self.edges.iter().filter(runs).map(|e| e.0).collect();
        sources.sort_unstable();
        sources.dedup();
        let lane = |i: usize| Guest {
            index: None,
            wish: corners[i].y + (self.sizes[i].y - LANE) / 2.0,
            height: LANE,
            gap: ROW_GAP / 4.0,
        };
        sources.into_iter().map(lane).collect()
    }

    /// How far down a box would like to be: level with the middle of what leads into it, an exit
    /// with the middle of everything. Sources keep the order in which they were made.
    fn wish(&self, i: usize, depths: &[usize], corners: &[Pos2], extent: (f32, f32)) -> f32 {
        let half = self.sizes[i].y / 2.0;
        if i >= self.exits {
            return (extent.0 + extent.1) / 2.0 - half;
        }
        let before = self
            .edges
            .iter()
            .filter(|e| e.1 == i && depths[e.0] < depths[i]);
        let (sum, count) = before.fold((0.0, 0.0), |(sum, count), &(from, _)| {
            (
                sum + corners[from].y + self.sizes[from].y / 2.0,
                count + 1.0,
            )
        });
        if count > 0.0 { sum / count - half } else { 0.0 }
    }

    /// The column of each box: one more than the deepest that leads into it. An edge that closes a
    /// loop does not count.
    fn depths(&self) -> Vec<usize> {
        let count = self.sizes.len();
        let mut waiting = vec![0_usize; count];
        let mut out = vec![Vec::new(); count];
        for &(from, to) in self.edges.iter().filter(|e| e.0 != e.1) {
            waiting[to] += 1;
            out[from].push(to);
        }
        let mut depths = vec![0; count];
        let mut done = vec![false; count];
        let mut ready: Vec<usize> = (0..count).rev().filter(|&i| waiting[i] == 0).collect();
        for _ in 0..count {
            // With nothing ready the rest is loops: the one made first opens them.
            let next = ready.pop().or_else(|| done.iter().position(|d| !d));
            let Some(at) = next else { break };
            done[at] = true;
            for &to in out[at].iter().filter(|&&to| !done[to]) {
                depths[to] = depths[to].max(depths[at] + 1);
                waiting[to] -= 1;
                if waiting[to] == 0 {
                    ready.push(to);
                }
            }
        }
        let inner = depths[..self.exits]
            .iter()
            .max()
            .map_or(0, |deepest| deepest + 1);
        depths[self.exits..].fill(inner.max(1));
        depths
    }

    /// Puts the fixed boxes where they belong and moves the free ones down out of their way.
    fn make_room(&self, corners: &mut [Pos2]) {
        let mut taken = Vec::new();
        for (i, at) in self.fixed.iter().enumerate() {
            if let Some(at) = at {
                corners[i] = *at;
                taken.push(Rect::from_min_size(*at, self.sizes[i]));
            }
        }
        if taken.is_empty() {
            return;
        }
        let mut free: Vec<usize> = (0..corners.len())
            .filter(|&i| self.fixed[i].is_none())
            .collect();
        free.sort_by(|&a, &b| corners[a].y.total_cmp(&corners[b].y));
        for i in free {
            let mut at = Rect::from_min_size(corners[i], self.sizes[i]);
            // Each step goes below one taken box for good, so there are at most as many.
            while let Some(hit) = taken
                .iter()
                .find(|t| t.expand(ROW_GAP / 4.0).intersects(at))
            {
                let down = hit.bottom() + ROW_GAP - at.top();
                at = at.translate(vec2(0.0, down));
            }
            corners[i] = at.min;
            taken.push(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rects(diagram: &Diagram<'_>) -> Vec<Rect> {
        let corners = diagram.arrange();
        corners
            .iter()
            .zip(diagram.sizes)
            .map(|(c, s)| Rect::from_min_size(*c, *s))
            .collect()
    }

    fn assert_apart(rects: &[Rect]) {
        for (i, a) in rects.iter().enumerate() {
            for (j, b) in rects.iter().enumerate().skip(i + 1) {
                assert!(!a.intersects(*b), "{i} {a:?} lies on {j} {b:?}");
            }
        }
    }

    /// A reproducible jumble of edges, loops and self-loops included.
    fn jumble(count: usize, seed: u32) -> (Vec<Vec2>, Vec<(usize, usize)>) {
        let mut state = seed;
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        let sizes = (0..count)
            .map(|_| vec2(176.0, 40.0 + next(6) as f32 * 24.0))
            .collect();
        let edges = (0..count * 2)
            .map(|_| (next(count - 1), next(count)))
            .collect();
        (sizes, edges)
    }

    #[test]
    fn boxes_never_overlap_and_the_exit_is_rightmost() {
        for seed in 0..50 {
            let (sizes, edges) = jumble(24, seed);
            let fixed = vec![None; 24];
            let rects = rects(&Diagram {
                sizes: &sizes,
                edges: &edges,
                exits: 23,
                fixed: &fixed,
            });
            assert_apart(&rects);
            let out = rects[23];
            assert!(rects[..23].iter().all(|r| r.right() < out.left()));
        }
    }

    #[test]
    fn free_boxes_make_room_for_placed_ones() {
        for seed in 0..50 {
            let (sizes, edges) = jumble(16, seed);
            let mut fixed = vec![None; 16];
            fixed[3] = Some(pos2(10.0, 30.0));
            fixed[7] = Some(pos2(330.0, 400.0));
            let rects = rects(&Diagram {
                sizes: &sizes,
                edges: &edges,
                exits: 15,
                fixed: &fixed,
            });
            assert_apart(&rects);
            assert_eq!(rects[3].min, pos2(10.0, 30.0));
            assert_eq!(rects[7].min, pos2(330.0, 400.0));
        }
    }

    #[test]
    fn an_effect_stands_to_the_right_of_what_feeds_it() {
        let sizes = [vec2(100.0, 50.0); 4];
        let edges = [(0, 1), (1, 2), (2, 1), (2, 3), (0, 3)];
        let at = Diagram {
            sizes: &sizes,
            edges: &edges,
            exits: 3,
            fixed: &[None; 4],
        }
        .arrange();
        assert!(at[0].x < at[1].x && at[1].x < at[2].x && at[2].x < at[3].x);
    }

    #[test]
    fn an_empty_patch_has_only_its_exit() {
        let at = Diagram {
            sizes: &[vec2(100.0, 80.0)],
            edges: &[],
            exits: 0,
            fixed: &[None],
        }
        .arrange();
        assert_eq!(at.len(), 1);
        assert!(at[0].is_finite());
    }
}
