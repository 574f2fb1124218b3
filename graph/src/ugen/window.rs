//! Running extremes and means over a window of frames, exact however long they run. Real-time safe once made.

/// The least of the last values, in a window of fixed length (a queue of falling candidates, as in Lemire's
/// streaming maximum–minimum filter: two steps a value on average, never more than the window).
pub struct MovingMin {
    /// A ring of candidates, rising from the front: the frame and the value.
    queue: Box<[(u64, f32)]>,
    front: usize,
    len: usize,
    frame: u64,
}

impl MovingMin {
    /// A window of so many frames, at least 1. Allocates.
    pub fn new(window: usize) -> MovingMin {
        MovingMin {
            queue: vec![(0, 0.0); window.max(1)].into(),
            front: 0,
            len: 0,
            frame: 0,
        }
    }

    /// Takes the next value and gives the least of the window that ends with it.
    #[inline]
    pub fn next(&mut self, value: f32) -> f32 {
        let room = self.queue.len();
        if self.len > 0 && self.queue[self.front].0 + room as u64 <= self.frame {
            self.front = (self.front + 1) % room;
            self.len -= 1;
        }
        while self.len > 0 && self.queue[(self.front + self.len - 1) % room].1 >= value {
            self.len -= 1;
        }
        self.queue[(self.front + self.len) % room] = (self.frame, value);
        self.len += 1;
        self.frame += 1;
        self.queue[self.front].1
    }

    /// As new.
    pub fn reset(&mut self) {
        (self.front, self.len, self.frame) = (0, 0, 0);
    }
}

/// The sum of the last integers, in a window of fixed length: no rounding, so no drift.
pub struct MovingSum {
    ring: Box<[i64]>,
    at: usize,
    sum: i64,
}

impl MovingSum {
    /// A window of so many frames, at least 1, full of a value. Allocates.
    pub fn new(window: usize, fill: i64) -> MovingSum {
        let mut made = MovingSum {
            ring: vec![0; window.max(1)].into(),
            at: 0,
            sum: 0,
        };
        made.reset(fill);
        made
    }

    /// Takes the next value and gives the sum of the window that ends with it.
    #[inline]
    pub fn next(&mut self, value: i64) -> i64 {
        self.sum += value - std::mem::replace(&mut self.ring[self.at], value);
        self.at += 1;
        if self.at == self.ring.len() {
            self.at = 0;
        }
        self.sum
    }

    /// Full of a value again.
    pub fn reset(&mut self, fill: i64) {
        self.ring.fill(fill);
        self.at = 0;
        self.sum = fill * self.ring.len() as i64;
    }
}

/// A signal some frames late.
pub struct Late {
    ring: Box<[f32]>,
    at: usize,
}

impl Late {
    /// Late by so many frames. Allocates.
    pub fn new(frames: usize) -> Late {
        Late {
            ring: vec![0.0; frames].into(),
            at: 0,
        }
    }
    /// Takes the next value and gives the one that is due.
    #[inline]
    pub fn next(&mut self, value: f32) -> f32 {
        if self.ring.is_empty() {
            return value;
        }
        let due = std::mem::replace(&mut self.ring[self.at], value);
        self.at += 1;
        if self.at == self.ring.len() {
            self.at = 0;
        }
        due
    }
    /// Silent again.
    pub fn reset(&mut self) {
        self.ring.fill(0.0);
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_equal_what_is_worked_out_anew_each_frame(
            values in prop::collection::vec(-100i64..100, 1..200), window in 1usize..40,
        ) {
            let (mut least, mut sum) = (MovingMin::new(window), MovingSum::new(window, 0));
            let mut late = Late::new(window);
            for (i, &value) in values.iter().enumerate() {
                let seen = &values[(i + 1).saturating_sub(window)..=i];
                prop_assert_eq!(least.next(value as f32), *seen.iter().min().unwrap() as f32);
                prop_assert_eq!(sum.next(value), seen.iter().sum::<i64>());
                let due = if i < window { 0 } else { values[i - window] };
                prop_assert_eq!(late.next(value as f32), due as f32);
            }
        }
    }
}
