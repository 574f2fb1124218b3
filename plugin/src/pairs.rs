//! Completes what a host gives for a block: stereo pairs whose channels are all there and all different.
//!
//! A host may leave out buses that nothing is connected to, give one without memory, or let several that nobody hears
//! share theirs. The framework wants them all, each for itself: without every output it makes no sound, and where there
//! are fewer than it expects it reads past the end of the host's list. So it gets tables of ours, with the host's
//! channels in them where they can be used and with spare memory elsewhere. Audio thread, but for [`Pairs::new`]: no
//! allocation. Unsafe, as both formats hand over pointers; called from the entries alone.

#![allow(unsafe_code)]

/// Stereo pairs of one direction.
pub(crate) struct Pairs {
    /// Frames that each spare channel has room for.
    frames: usize,
    /// Where the channels of each pair begin, in this block.
    tables: Vec<[*mut f32; 2]>,
    /// How many pairs of this block are complete.
    done: usize,
    /// Two channels for each pair. Those of inputs are never written to: what is not there is silent.
    memory: Vec<f32>,
}

impl Pairs {
    /// Room for so many pairs, in blocks of so many frames. Allocates.
    pub(crate) fn new(pairs: usize, frames: usize) -> Pairs {
        Pairs {
            frames,
            tables: vec![[std::ptr::null_mut(); 2]; pairs],
            done: 0,
            memory: vec![0.0; 2 * pairs * frames],
        }
    }

    /// A block begins: no pair is complete.
    pub(crate) fn begin(&mut self) {
        self.done = 0;
    }

    /// The next pair of a block of so many frames, from what the host gives: a table of channels, and how many there
    /// are; null if it gives nothing. What is null, missing, or in an earlier pair already is replaced. Null comes back
    /// where that cannot be, since the block is longer than the host promised, and where there is no further pair.
    ///
    /// # Safety
    /// `channels` is null or a table of so many pointers.
    pub(crate) unsafe fn complete(
        &mut self,
        channels: *const *mut f32,
        count: usize,
        frames: usize,
    ) -> *mut *mut f32 {
        let pair = self.done;
        if pair == self.tables.len() {
            return std::ptr::null_mut();
        }
        self.done += 1;
        for side in 0..2 {
            let given = match side < count && !channels.is_null() {
                // SAFETY: as the caller promises.
                true => unsafe { *channels.add(side) },
                false => std::ptr::null_mut(),
            };
            let taken = self.tables[..pair].iter().flatten();
            let mut taken = taken.chain(&self.tables[pair][..side]);
            let usable = !given.is_null() && !taken.any(|before| *before == given);
            let channel = match usable {
                true => given,
                false if frames > self.frames => return std::ptr::null_mut(),
                false => {
                    let spare = (2 * pair + side) * self.frames;
                    self.memory.as_mut_ptr().wrapping_add(spare)
                }
            };
            self.tables[pair][side] = channel;
        }
        self.tables[pair].as_mut_ptr()
    }
}

/// Silences what a host gave, where nothing can be played.
///
/// # Safety
/// `channels` is null or a table of so many pointers, each null or to so many frames.
pub(crate) unsafe fn silence(channels: *const *mut f32, count: usize, frames: usize) {
    for channel in 0..count {
        // SAFETY: as the caller promises.
        unsafe {
            if !channels.is_null() && !(*channels.add(channel)).is_null() {
                std::ptr::write_bytes(*channels.add(channel), 0, frames);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the channels of a pair begin.
    fn both(table: *mut *mut f32) -> [*mut f32; 2] {
        assert!(!table.is_null());
        // SAFETY: a table of two.
        unsafe { [*table, *table.add(1)] }
    }

    #[test]
    fn what_can_be_used_is_used_and_the_rest_is_memory_of_its_own() {
        let mut pairs = Pairs::new(4, 64);
        let mut host = vec![0.0f32; 4 * 64];
        let mut channel = |c: usize| host[c * 64..].as_mut_ptr();
        let whole = [channel(0), channel(1)];
        let half = [channel(2), std::ptr::null_mut()];
        // One channel of the first pair, and one twice: what nobody hears.
        let shared = [whole[1], channel(3)];
        pairs.begin();
        // SAFETY: tables of as many channels as they are said to have.
        let given = unsafe {
            [
                pairs.complete(whole.as_ptr(), 2, 64),
                pairs.complete(half.as_ptr(), 2, 64),
                pairs.complete(shared.as_ptr(), 2, 64),
                pairs.complete(std::ptr::null(), 2, 64),
            ]
        };
        // SAFETY: as above.
        assert!(unsafe { pairs.complete(whole.as_ptr(), 2, 64) }.is_null());
        let given = given.map(both);
        assert_eq!(given[0], whole);
        assert_eq!(given[1][0], half[0]);
        assert_eq!(given[2][1], shared[1]);
        let mut places: Vec<usize> = given.iter().flatten().map(|p| *p as usize).collect();
        places.sort_unstable();
        assert!(places.windows(2).all(|two| two[1] - two[0] >= 64 * 4));
        for channel in given.into_iter().flatten() {
            // SAFETY: each has room for 64 frames, and none shares it with another.
            unsafe { std::slice::from_raw_parts_mut(channel, 64) }.fill(1.0);
        }
    }

    #[test]
    fn fewer_channels_are_completed_and_more_left_alone() {
        let mut pairs = Pairs::new(2, 8);
        let mut host = [0.0f32; 24];
        let three = [0, 8, 16].map(|at| host[at..].as_mut_ptr());
        pairs.begin();
        // SAFETY: tables of as many channels as they are said to have.
        let (mono, more) = unsafe {
            (
                pairs.complete(three.as_ptr(), 1, 8),
                pairs.complete(three[1..].as_ptr(), 2, 8),
            )
        };
        assert_eq!(both(mono)[0], three[0]);
        assert!(!three.contains(&both(mono)[1]));
        assert_eq!(both(more), three[1..]);
    }

    #[test]
    fn a_block_that_is_too_long_is_completed_only_if_nothing_is_missing() {
        let mut pairs = Pairs::new(2, 8);
        let mut host = [0.0f32; 18];
        let two = [0, 9].map(|at| host[at..].as_mut_ptr());
        pairs.begin();
        // SAFETY: tables of as many channels as they are said to have.
        unsafe {
            assert_eq!(both(pairs.complete(two.as_ptr(), 2, 9)), two);
            assert!(pairs.complete(two.as_ptr(), 2, 9).is_null());
        }
        host.fill(1.0);
        let table = [host.as_mut_ptr(), std::ptr::null_mut()];
        // SAFETY: as above, with room for nine frames.
        unsafe { silence(table.as_ptr(), 2, 9) };
        assert!(host[..9].iter().all(|x| *x == 0.0) && host[9] == 1.0);
    }
}
