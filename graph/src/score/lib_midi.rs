//! MIDI files as patterns.

use super::args::Args;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::value::{Builtin, Value};

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[Builtin {
    name: "midi_file",
    params: &["name", "channel"],
    run: midi_file,
}];

/// `midi_file("riff.mid", channel=1)`: the notes of a file in the project or the library folder, as many bars long as it
/// takes.
#[cfg(feature = "midi")]
fn midi_file(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    use super::lib_pattern::built;
    use crate::resource::{MAX_MIDI_FILE, MidiFile};
    use crate::time::Ratio;

    let span = args.need("name")?.span;
    let name = args.need_str("name")?;
    let channel = match args.get("channel") {
        Some(given) if !matches!(given.value, Value::None) => {
            let number = args.need_whole("channel")?;
            let number = Some(number).filter(|n| (1..=16).contains(n));
            let wrong = || Diagnostic::new(given.span, "a channel is a number from 1 to 16");
            Some(number.ok_or_else(wrong)? as u8 - 1)
        }
        _ => None,
    };
    let said = |message: String| Diagnostic::new(span, message);
    let bytes = e
        .library()
        .bytes(&name, MAX_MIDI_FILE)
        .map_err(|error| said(error.to_string()))?;
    let file = MidiFile::parse(&bytes)
        .map_err(|why| said(format!("`{name}` is no MIDI file, or a damaged one: {why}")))?;
    let mut notes = file.notes();
    notes.retain(|note| channel.is_none_or(|channel| note.channel == channel));
    if notes.is_empty() {
        return Err(said(format!("`{name}` has no notes there")).into());
    }
    if notes.len() > MAX_NOTES {
        let count = notes.len();
        return Err(said(format!(
            "`{name}` has {count} notes, and a pattern at most {MAX_NOTES}"
        ))
        .into());
    }
    e.hold_bytes(notes.len() * 256, span)?;
    // A cycle is a bar of the score's metre.
    let bar = e.patch.meter.unwrap_or_default();
    let ticks = i64::from(file.ticks) * 4 * i64::from(bar.beats) / i64::from(bar.unit);
    let end = notes
        .iter()
        .map(|note| note.end.max(note.begin + 1))
        .max()
        .unwrap_or(1);
    let bars = (end as i64 + ticks - 1) / ticks.max(1);
    let whole = layers(&notes, (bars * ticks) as u64);
    Ok(built(whole.and_then(|p| p.over(Ratio::whole(bars))), span)?.into())
}

#[cfg(not(feature = "midi"))]
fn midi_file(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    Err(Diagnostic::new(args.span, "this build reads no MIDI files").into())
}

/// The most notes of a pattern.
#[cfg(feature = "midi")]
const MAX_NOTES: usize = 4096;

/// The notes as sequences, as few as there are notes at once.
#[cfg(feature = "midi")]
fn layers(
    notes: &[crate::resource::MidiNote],
    length: u64,
) -> Result<crate::pattern::Pattern, crate::pattern::PatternError> {
    use crate::pattern::{Atom, Pattern, Pitch};
    use crate::time::Ratio;

    let ticks = |n: u64| Ratio::whole(n as i64);
    let mut layers: Vec<(u64, Vec<(Ratio, Pattern)>)> = Vec::new();
    for note in notes {
        let end = note.end.max(note.begin + 1);
        let step = Pattern::atom(Atom {
            pitch: Some(Pitch::Midi(f64::from(note.key))),
            trigger: Some("gate".to_owned()),
            sets: vec![("vel".to_owned(), f64::from(note.velocity) / 127.0)],
            ..Atom::default()
        });
        let free = layers.iter_mut().find(|layer| layer.0 <= note.begin);
        let (until, steps) = match free {
            Some(layer) => (&mut layer.0, &mut layer.1),
            None => {
                layers.push((0, Vec::new()));
                let Some(layer) = layers.last_mut() else {
                    continue;
                };
                (&mut layer.0, &mut layer.1)
            }
        };
        if note.begin > *until {
            steps.push((ticks(note.begin - *until), Pattern::silence()));
        }
        steps.push((ticks(end - note.begin), step));
        *until = end;
    }
    let sequences = layers.into_iter().map(|(until, mut steps)| {
        if until < length {
            steps.push((ticks(length - until), Pattern::silence()));
        }
        Pattern::weighted(steps)
    });
    Pattern::stack(sequences.collect::<Result<_, _>>()?)
}
