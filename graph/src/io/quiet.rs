//! Libraries that print to the terminal what comes back as an error anyway.
//!
//! Control threads only.

/// Keeps the ALSA library from printing to the terminal what comes back as an error anyway, for
/// calls of this thread.
pub(super) fn quieten() {
    #[cfg(target_os = "linux")]
    {
        // If it cannot be had the library prints, which harms nobody.
        let _ = alsa::Output::local_error_handler();
    }
}
