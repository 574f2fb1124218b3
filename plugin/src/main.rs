//! The `sorl` program: the window and the command line, both in `cli`. The instrument itself is the library beside
//! it, the same that hosts load.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
