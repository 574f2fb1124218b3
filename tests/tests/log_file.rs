//! The log that the environment asks for: what runs in which host, what was refused, and where a process panicked.

use std::process::Command;

use sorl_tests::host::{INSTRUMENT, Library};

/// Tells the process that it is the one whose log is read.
const INNER: &str = "SORL_TEST_INNER";

#[test]
fn a_log_says_version_host_format_and_errors_and_is_written_at_once() {
    if std::env::var_os(INNER).is_some() {
        let mut plugin = Library::load().instance(INSTRUMENT);
        assert!(!plugin.load(b"no state at all"));
        let audio = plugin.activate(44_100.0);
        plugin.deactivate(audio);
        // No destructor runs, and nothing is closed: what is in the file was written before.
        std::process::abort();
    }
    let folder = std::env::temp_dir().join(format!("sorl-log-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("there is room for a log");
    let run = |log: bool| {
        let mut inner = Command::new(std::env::current_exe().expect("a running test"));
        inner.args([
            "--exact",
            "a_log_says_version_host_format_and_errors_and_is_written_at_once",
        ]);
        inner.env(INNER, "1").env_remove("SORL_LOG");
        if log {
            inner.env("SORL_LOG", &folder);
        }
        let ended = inner.output().expect("it starts");
        assert!(!ended.status.success(), "it aborts");
        let files = std::fs::read_dir(&folder).expect("it is there");
        let files = files.map(|file| std::fs::read_to_string(file.expect("a file").path()));
        files
            .map(|text| text.expect("text"))
            .collect::<Vec<String>>()
    };
    assert!(run(false).is_empty(), "nobody asked");
    let files = run(true);
    let [text] = &files[..] else {
        panic!("one process, one file: {files:?}")
    };
    let has = |words: &[&str]| {
        let all = |line: &str| words.iter().all(|word| line.contains(word));
        assert!(text.lines().any(all), "{words:?} in {text}");
    };
    has(&["Sorl", env!("CARGO_PKG_VERSION"), "log_file"]);
    has(&["CLAP", "Sorl's tests"]);
    has(&["activated", "44100 Hz"]);
    has(&["state"]);
    std::fs::remove_dir_all(&folder).expect("it is there");
}
