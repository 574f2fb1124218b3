//! Flush-to-zero for the time of the callback.
#![allow(unsafe_code)]

/// While it lives, denormal numbers count as nought on this thread; then the processor's state is as it was.
///
/// A reverb's tail would otherwise run tens of times slower. Real-time safe. On processors other than x86-64
/// and AArch64 it does nothing.
pub struct FlushDenormals {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    before: u64,
    // The state is the thread's: the guard must not leave it.
    _thread: std::marker::PhantomData<*const ()>,
}

#[cfg(target_arch = "x86_64")]
mod cpu {
    use std::arch::asm;

    /// Flush to zero, denormals are zero.
    const MODE: u64 = 0x8040;

    pub fn read() -> u64 {
        let mut word = 0u32;
        // SAFETY: stores the 32-bit control register to a live, aligned local and changes nothing else.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack, preserves_flags)) };
        u64::from(word)
    }
    pub fn write(word: u64) {
        let word = word as u32;
        // SAFETY: loads the control register from a live, aligned local. Only the two flush bits ever differ
        // from what `read` gave, so no exception is unmasked and the rounding mode stays.
        unsafe {
            asm!("ldmxcsr [{}]", in(reg) &raw const word, options(nostack, preserves_flags, readonly))
        };
    }
    pub fn flushing(word: u64) -> u64 {
        word | MODE
    }
}

#[cfg(target_arch = "aarch64")]
mod cpu {
    use std::arch::asm;

    pub fn read() -> u64 {
        let word: u64;
        // SAFETY: reads the floating-point control register and changes nothing.
        unsafe { asm!("mrs {}, fpcr", out(reg) word, options(nomem, nostack, preserves_flags)) };
        word
    }
    pub fn write(word: u64) {
        // SAFETY: only the flush bit ever differs from what `read` gave.
        unsafe { asm!("msr fpcr, {}", in(reg) word, options(nomem, nostack, preserves_flags)) };
    }
    pub fn flushing(word: u64) -> u64 {
        word | 1 << 24
    }
}

impl FlushDenormals {
    /// From now on, denormals are flushed.
    pub fn begin() -> FlushDenormals {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        {
            let before = cpu::read();
            cpu::write(cpu::flushing(before));
            FlushDenormals {
                before,
                _thread: std::marker::PhantomData,
            }
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        FlushDenormals {
            _thread: std::marker::PhantomData,
        }
    }
}

impl Drop for FlushDenormals {
    fn drop(&mut self) {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        cpu::write(self.before);
    }
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn denormals_are_nought_inside_and_themselves_outside() {
        let tiny = black_box(f32::MIN_POSITIVE);
        // The six lowest bits tell what happened, not how to count.
        let mode = || cpu::read() & !0x3f;
        let before = mode();
        {
            let _flush = FlushDenormals::begin();
            assert_eq!(black_box(tiny) * black_box(0.5), 0.0);
        }
        assert!(black_box(tiny) * black_box(0.5) > 0.0);
        assert_eq!(mode(), before);
    }
}
