//! The command line: what can be said, and who does it.
//!
//! Everything here runs on the program's main thread. Scripts rely on the words: they are never
//! renamed. What a command makes goes to standard output, what it has to say on the way and every
//! error to standard error.

mod audio;
mod check;
mod devices;
mod nodes;
mod pattern;
mod play;
mod presets;
mod remote;
mod render;
mod repl;
mod score;
mod stop;
mod watch;
mod window;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use sorl_graph::io::file::Bits;
use sorl_graph::io::offline::Blocks;
use sorl_graph::io::{Choice, MAX_CHANNELS, Sync};
use sorl_graph::time::Ratio;

use score::ScoreFile;
use stop::Stop;

/// How a command ends; an error is told in one sentence.
type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Sorl, a live and programmable audio graph.
#[derive(Debug, Parser)]
#[command(name = "sorl", version, args_conflicts_with_subcommands = true)]
#[command(after_help = "Without a command, sorl opens its window and plays SCORE.")]
struct Cli {
    #[command(flatten)]
    window: WindowArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a score's sound to a WAV or FLAC file, faster than real time
    Render(RenderArgs),
    /// Play a score without a window, until Ctrl-C
    Play(PlayArgs),
    /// Say what is wrong with a score, or that nothing is
    Check(CheckArgs),
    /// List what scores may call, and the unit generators
    Nodes(NodesArgs),
    /// Show the events of a pattern in mini-notation
    Pattern(PatternArgs),
    /// List back ends with their devices, and MIDI ports
    Devices(DevicesArgs),
    /// Type statements into a running sorl
    Repl(RemoteArgs),
    /// Say what a running sorl does
    Status(StatusArgs),
    /// List the presets; each can be named in place of a score's file
    Presets(PresetsArgs),
}

/// What the window is opened with.
#[derive(Debug, Args)]
pub struct WindowArgs {
    /// The score to open and play, or preset:ID; without one, the instrument's own
    pub score: Option<PathBuf>,
    #[command(flatten)]
    pub sound: SoundArgs,
}

/// How a score is made to sound in real time.
#[derive(Debug, Args)]
pub struct SoundArgs {
    /// Where the sound goes; auto takes the first of JACK, the system's sound and null (unheard)
    #[arg(long, default_value = "auto", value_parser = backend_parser())]
    pub backend: Choice,
    /// Tempo in beats a minute, instead of the score's
    #[arg(long, value_name = "BPM", value_parser = tempo)]
    pub tempo: Option<f64>,
    /// The device to play on, or a part of its name (`sorl devices`); for JACK whom to connect to, or none; for null a
    /// WAV file to write
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// The device to hear, or default; for null a WAV file
    #[arg(long, value_name = "NAME")]
    pub in_device: Option<String>,
    /// The back end of the device to hear, where it is another: cpal, alsa, pipewire, pulseaudio, or null for a WAV file
    #[arg(long, value_name = "BACKEND", value_parser = backend_parser())]
    pub in_backend: Option<Choice>,
    /// A back end on which the sound is heard as well, such as pulseaudio or alsa:headphones
    #[arg(long, value_name = "BACKEND[:NAME]", value_parser = monitor)]
    pub monitor: Option<(Choice, Option<String>)>,
    /// Sample rate in Hz, or the nearest that the device has
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(8_000..=384_000))]
    pub rate: Option<u32>,
    /// Frames a block, or the nearest that the device has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub block: Option<u32>,
    /// Channels that go out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_CHANNELS)))]
    pub channels: Option<u16>,
    /// Channels that come in
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=i64::from(MAX_CHANNELS)))]
    pub inputs: Option<u16>,
    /// MIDI ports to hear: all, none, or a part of a name
    #[arg(long, value_name = "PORT", default_value = "all")]
    pub midi_in: String,
    /// MIDI ports to play: all, none, or a part of a name
    #[arg(long, value_name = "PORT", default_value = "none")]
    pub midi_out: String,
    /// Whose time rules: Sorl's own, a MIDI clock's, or the JACK transport's, which is followed or (jack-lead) led as well
    #[arg(long, default_value = "own", value_parser = sync_parser())]
    pub sync: Sync,
    /// Send a MIDI clock on the ports that are played, as if the score said midi_clock()
    #[arg(long)]
    pub clock_out: bool,
    /// Hear OSC at a port of this machine, or at HOST:PORT
    #[arg(long, value_name = "PORT")]
    pub osc: Option<String>,
    /// Send the OSC messages of patterns to a port of this machine, or to HOST:PORT
    #[arg(long, value_name = "PORT")]
    pub osc_out: Option<String>,
    /// Record what is heard, or a node, to a WAV or .flac file; may be given many times
    #[arg(long, value_name = "[NODE=]OUT.wav", value_parser = recording)]
    pub record: Vec<(Option<String>, PathBuf)>,
    /// How the samples of recordings are written; FLAC takes 24 for 32f
    #[arg(long, default_value = "32f", value_parser = bits_parser())]
    pub record_bits: Bits,
    /// The longest a recording may get, in minutes
    #[arg(long, value_name = "MINUTES", value_parser = minutes, requires = "record")]
    pub record_limit: Option<f64>,
    /// Where `sorl repl` and `sorl status` reach this one, by default on this machine only; `off` for nowhere
    #[arg(long, value_name = "HOST:PORT|off", default_value = "127.0.0.1:0")]
    pub listen: String,
}

/// `sorl devices`
#[derive(Debug, Args)]
pub struct DevicesArgs {
    /// For programs: all of it as one object
    #[arg(long)]
    pub json: bool,
}

/// `sorl repl`
#[derive(Debug, Args)]
pub struct RemoteArgs {
    /// The running sorl; without it the one that was started last on this machine
    #[arg(value_name = "HOST:PORT")]
    pub address: Option<String>,
    /// The file with its token, where it is not of this machine
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// `sorl status`
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// For programs: all of it as one object
    #[arg(long)]
    pub json: bool,
}

/// `sorl play`
#[derive(Debug, Args)]
pub struct PlayArgs {
    /// The score to play, or preset:ID
    pub score: PathBuf,
    #[command(flatten)]
    pub sound: SoundArgs,
    /// Evaluate the score again whenever its file is saved
    #[arg(long)]
    pub watch: bool,
}

/// `sorl check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The score to look at, or preset:ID
    pub score: PathBuf,
}

/// `sorl nodes`
#[derive(Debug, Args)]
pub struct NodesArgs {
    /// For programs: a list of names, parameters and help
    #[arg(long)]
    pub json: bool,
}

/// `sorl presets`
#[derive(Debug, Args)]
pub struct PresetsArgs {
    /// For programs: a list of ids, names, descriptions and tags
    #[arg(long)]
    pub json: bool,
    /// Write the factory's as .vstpreset files into this folder, as VST3 hosts look for them
    #[arg(long, value_name = "FOLDER", conflicts_with = "json")]
    pub vst3: Option<PathBuf>,
}

/// `sorl pattern`
#[derive(Debug, Args)]
pub struct PatternArgs {
    /// The pattern, for example 'bd [hh hh]*2 <sn cp>'
    #[arg(value_name = "MINI", allow_hyphen_values = true)]
    pub mini: String,
    /// How many cycles
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub cycles: u32,
    /// The cycle to begin with, also a fraction as 3/4
    #[arg(long, value_name = "C", default_value = "0", value_parser = cycle, allow_hyphen_values = true)]
    pub from: Ratio,
    /// A list of {"whole":["0/1","1/4"],"part":["0/1","1/4"],"value":…} for programs
    #[arg(long)]
    pub json: bool,
}

/// `sorl render`
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// The score to render, or preset:ID
    pub score: PathBuf,
    /// The WAV or .flac file to write
    #[arg(short, long, value_name = "OUT.wav")]
    pub output: PathBuf,
    /// How many bars
    #[arg(
        long,
        value_name = "N",
        default_value_t = 8,
        conflicts_with = "seconds"
    )]
    pub bars: u32,
    /// How many seconds, instead of bars
    #[arg(long, value_name = "S")]
    pub seconds: Option<f64>,
    /// Sample rate in Hz
    #[arg(long, value_name = "HZ", default_value_t = 48_000)]
    pub rate: u32,
    /// Frames a block, or random:SEED; the sound is the same for all
    #[arg(long, value_name = "N|random:SEED", default_value = "512", value_parser = blocks)]
    pub block: Blocks,
    /// Tempo in beats a minute, instead of the score's
    #[arg(long, value_name = "BPM", value_parser = tempo)]
    pub tempo: Option<f64>,
    /// A MIDI file that plays along, as keys would, at the song's tempo (its own if neither the score nor --tempo says one)
    #[arg(long, value_name = "FILE.mid")]
    pub midi: Option<PathBuf>,
    /// Set a value before the first frame, for example bass/cutoff=900; may be given many times
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<(String, f32)>,
    /// How samples are written; FLAC takes 24 for 32f
    #[arg(long, default_value = "32f", value_parser = bits_parser())]
    pub bits: Bits,
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        None => window::run(&cli.window),
        Some(Command::Render(args)) => render::run(args),
        Some(Command::Play(args)) => play::run(args),
        Some(Command::Check(args)) => check::run(args),
        Some(Command::Nodes(args)) => nodes::run(args),
        Some(Command::Pattern(args)) => pattern::run(args),
        Some(Command::Devices(args)) => devices::run(args),
        Some(Command::Repl(args)) => repl::run(args),
        Some(Command::Status(args)) => remote::status(args),
        Some(Command::Presets(args)) => presets::run(args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("sorl: {error}");
        ExitCode::FAILURE
    })
}

fn backend_parser() -> impl TypedValueParser<Value = Choice> {
    PossibleValuesParser::new(Choice::WORDS.map(|(word, _)| word))
        .try_map(|word| word.parse::<Choice>())
}

fn sync_parser() -> impl TypedValueParser<Value = Sync> {
    PossibleValuesParser::new(["own", "midi", "jack", "jack-lead"]).map(|word| {
        match word.as_str() {
            "midi" => Sync::Midi,
            "jack" => Sync::Jack,
            "jack-lead" => Sync::JackLead,
            _ => Sync::Own,
        }
    })
}

fn monitor(word: &str) -> Result<(Choice, Option<String>), String> {
    let (backend, device) = match word.split_once(':') {
        Some((backend, device)) => (backend, Some(device.to_owned())),
        None => (word, None),
    };
    Ok((backend.parse()?, device))
}

fn recording(word: &str) -> Result<(Option<String>, PathBuf), String> {
    match word.split_once('=') {
        Some((node, file)) if !node.trim().is_empty() && !file.is_empty() => {
            Ok((Some(node.trim().to_owned()), file.into()))
        }
        None if !word.is_empty() => Ok((None, word.into())),
        _ => Err("write OUT.wav, or NODE=OUT.wav for one node".to_owned()),
    }
}

fn minutes(word: &str) -> Result<f64, String> {
    let minutes = word.parse::<f64>().ok();
    let minutes = minutes.filter(|m| (0.0..=100_000.0).contains(m));
    minutes.ok_or_else(|| "take a number of minutes".to_owned())
}

fn bits_parser() -> impl TypedValueParser<Value = Bits> {
    PossibleValuesParser::new(["16", "24", "32f"]).try_map(|word| word.parse::<Bits>())
}

fn tempo(word: &str) -> Result<f64, String> {
    match word.parse::<f64>() {
        Ok(bpm) if (1.0..=1000.0).contains(&bpm) => Ok(bpm),
        _ => Err("a tempo is a number from 1 to 1000".to_owned()),
    }
}

fn cycle(word: &str) -> Result<Ratio, String> {
    let parsed = match word.split_once('/') {
        Some((num, den)) => (num.trim().parse().ok())
            .zip(den.trim().parse().ok().filter(|den| *den > 0))
            .map(|(num, den)| Ratio::new(num, den)),
        None => word.trim().parse().ok().and_then(Ratio::from_f64),
    };
    parsed
        .filter(|at| (-1_000_000..=1_000_000).contains(&at.floor()))
        .ok_or_else(|| "a cycle is a number up to a million, for example 2, 0.5 or 3/4".to_owned())
}

fn blocks(word: &str) -> Result<Blocks, String> {
    let parsed = match word.strip_prefix("random:") {
        Some(seed) => seed.parse().ok().map(Blocks::Random),
        None => word
            .parse()
            .ok()
            .filter(|&n| (1..=1 << 20).contains(&n))
            .map(Blocks::Fixed),
    };
    parsed
        .ok_or_else(|| "a block is a number of frames from 1 to 1048576, or random:SEED".to_owned())
}

fn assignment(word: &str) -> Result<(String, f32), String> {
    word.split_once('=')
        .and_then(|(path, value)| Some((path.trim().to_owned(), value.trim().parse::<f32>().ok()?)))
        .filter(|(path, value)| !path.is_empty() && value.is_finite())
        .ok_or_else(|| "write PATH=VALUE with a number, for example bass/cutoff=900".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_score_alone_opens_the_window_and_a_command_is_a_command() {
        let cli = Cli::parse_from(["sorl", "beat.sorl", "--backend", "null"]);
        assert!(cli.command.is_none());
        assert_eq!(cli.window.score, Some(PathBuf::from("beat.sorl")));
        assert_eq!(cli.window.sound.backend, Choice::Null);
        assert!(matches!(
            Cli::parse_from(["sorl", "check", "x"]).command,
            Some(Command::Check(_))
        ));
        assert!(
            Cli::try_parse_from([
                "sorl",
                "render",
                "x",
                "-o",
                "y",
                "--bars",
                "1",
                "--seconds",
                "2"
            ])
            .is_err()
        );
    }

    #[test]
    fn values_are_understood_or_refused() {
        assert_eq!(blocks("17"), Ok(Blocks::Fixed(17)));
        assert_eq!(blocks("random:7"), Ok(Blocks::Random(7)));
        assert!(blocks("0").is_err() && blocks("random:").is_err() && blocks("-3").is_err());
        assert_eq!(
            assignment("bass/cutoff=900"),
            Ok(("bass/cutoff".to_owned(), 900.0))
        );
        assert!(
            assignment("bass/cutoff").is_err()
                && assignment("=1").is_err()
                && assignment("a=nan").is_err()
        );
        assert_eq!(cycle("3/4"), Ok(Ratio::new(3, 4)));
        assert_eq!(cycle("-0.5"), Ok(Ratio::new(-1, 2)));
        assert_eq!(monitor("alsa"), Ok((Choice::Alsa, None)));
        let headphones = (Choice::PulseAudio, Some("a:b".to_owned()));
        assert_eq!(monitor("pulseaudio:a:b"), Ok(headphones));
        assert!(monitor("nothing").is_err());
        assert_eq!(recording("a.wav"), Ok((None, "a.wav".into())));
        let bass = (Some("drums/kick".to_owned()), "a.flac".into());
        assert_eq!(recording("drums/kick=a.flac"), Ok(bass));
        assert!(recording("=a.wav").is_err() && recording("bass=").is_err());
        assert!(cycle("1/0").is_err() && cycle("x").is_err() && cycle("1e9").is_err());
        assert!(tempo("0").is_err() && tempo("fast").is_err());
        assert_eq!(tempo("127.5"), Ok(127.5));
    }
}
