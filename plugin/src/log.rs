//! The log: a file that is written only where the environment asks for it.
//!
//! `SORL_LOG` names the file, or a folder in which each process has a file of its own. Every line goes out in one
//! write, unbuffered and without a lock, so that what was said last before a crash is there, also where several
//! processes share a file. Never fails and never panics: where a line cannot be written, it is lost. Control threads
//! only: what happens on the audio thread is told by others; a panic there leaves its place in memory, and the next
//! tick writes it ([`told_of_panic`]).

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

/// The variable that asks for a log.
const VARIABLE: &str = "SORL_LOG";

static FILE: OnceLock<Option<File>> = OnceLock::new();

thread_local! {
    /// Whether this thread is inside the host's audio callback.
    static AUDIO: Cell<bool> = const { Cell::new(false) };
}

/// Where the last panic on an audio thread was, as text.
static LAST_WORDS: Mutex<LastWords> = Mutex::new(LastWords {
    text: [0; 240],
    length: 0,
});

struct LastWords {
    text: [u8; 240],
    length: usize,
}

impl fmt::Write for LastWords {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.text[self.length..];
        let taken = room.len().min(text.len());
        room[..taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.length += taken;
        Ok(())
    }
}

/// Opens the log if the environment asks for one, and says what this is. Does its work once a process.
pub fn start(what: &str) {
    let file = FILE.get_or_init(|| {
        let file = open(Path::new(&std::env::var_os(VARIABLE)?));
        if file.is_some() {
            hear_panics();
        }
        file
    });
    if file.is_some() {
        let host = std::env::current_exe().unwrap_or_default();
        line(format_args!(
            "Sorl {} ({what}, {} {}) in {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
            host.display(),
        ));
    }
}

fn open(path: &Path) -> Option<File> {
    let path = if path.is_dir() {
        path.join(format!("sorl-{}.log", std::process::id()))
    } else {
        PathBuf::from(path)
    };
    OpenOptions::new().create(true).append(true).open(path).ok()
}

/// Writes a line, if there is a log.
pub fn line(what: fmt::Arguments<'_>) {
    if let Some(Some(file)) = FILE.get()
        && !AUDIO.get()
    {
        write(file, what);
    }
}

fn write(mut file: &File, what: fmt::Arguments<'_>) {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut text = String::new();
    let _ = write!(
        text,
        "{}.{:03} {} ",
        since.as_secs(),
        since.subsec_millis(),
        std::process::id()
    );
    let head = text.len();
    let _ = write!(text, "{what}");
    // One entry is one line, whatever a host or a score calls itself.
    let body = text.split_off(head).replace(['\n', '\r'], " / ");
    text.push_str(&body);
    text.push('\n');
    let _ = file.write_all(text.as_bytes());
}

/// From here to its end, what this thread does is the audio callback's.
pub(crate) struct OnAudio(());

impl OnAudio {
    /// Marks this thread. Real-time safe.
    pub(crate) fn enter() -> OnAudio {
        AUDIO.set(true);
        OnAudio(())
    }
}

impl Drop for OnAudio {
    fn drop(&mut self) {
        AUDIO.set(false);
    }
}

fn hear_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        tell_panic(info);
        before(info);
    }));
}

fn tell_panic(info: &PanicHookInfo<'_>) {
    let reason = info.payload_as_str().unwrap_or("no reason given");
    let place = info.location().map(|place| (place.file(), place.line()));
    let (file, number) = place.unwrap_or(("an unknown place", 0));
    if AUDIO.get() {
        // Neither waits nor allocates.
        if let Ok(mut words) = LAST_WORDS.try_lock() {
            words.length = 0;
            let _ = write!(words, "{file}:{number}: {reason}");
        }
    } else {
        line(format_args!("panic at {file}:{number}: {reason}"));
    }
}

/// Writes down the panic that an audio thread has reported.
pub(crate) fn told_of_panic() {
    let words = LAST_WORDS.lock().map_or(String::new(), |words| {
        String::from_utf8_lossy(&words.text[..words.length]).into_owned()
    });
    line(format_args!("the audio thread gave up: {words}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_and_goes_out_at_once() {
        let path = std::env::temp_dir().join(format!("sorl-log-{}", std::process::id()));
        let file = open(&path).unwrap();
        write(&file, format_args!("first\nof {}", 2));
        write(&file, format_args!("second"));
        // The file is still open: nothing waits for its end.
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("first / of 2") && lines[1].ends_with("second"));
        assert_eq!(lines.len(), 2);
        std::fs::remove_file(&path).unwrap();
        assert!(open(Path::new("/no/such/folder/log")).is_none());
    }

    #[test]
    fn the_last_words_of_the_audio_thread_are_cut_to_their_room() {
        let mut words = LastWords {
            text: [0; 240],
            length: 0,
        };
        assert_no_alloc::assert_no_alloc(|| {
            let _here = OnAudio::enter();
            assert!(AUDIO.get());
            for _ in 0..100 {
                let _ = write!(words, "a file:{} ", 7);
            }
        });
        assert_eq!(words.length, 240);
        assert!(words.text.starts_with(b"a file:7 a file:7"));
        assert!(!AUDIO.get());
    }
}
