//! The edits that may say what a gesture means, the smallest first.

use super::gesture::is;
use super::page::Page;
use super::{Edits, Gesture, group};
use crate::patch::{Mapping, Node, Patch, Span, Target};
use crate::score::origins::Origins;
use crate::signal::{Knob, Outlet};
use crate::time::Meter;

/// All ways to try, in order.
pub fn ways(page: &Page<'_>, patch: &Patch, origins: &Origins, gesture: &Gesture) -> Vec<Edits> {
    let mut ways = Vec::new();
    match gesture {
        Gesture::Set {
            node,
            control,
            value,
        } => {
            let origin = origins.values.get(&(node.clone(), control.clone()));
            ways.extend(origin.and_then(|span| page.number(*span, f64::from(*value), *value)));
            let value = literal(*value);
            ways.push(page.line(&format!("set({}, {value})", path(node, control))));
        }
        Gesture::Add {
            name,
            function,
            voices,
            values,
        } => {
            let values = values.iter().map(|(control, value)| (control, *value));
            let said = said(values, voices.filter(|voices| *voices != 1));
            ways.push(page.line(&format!("node({}, {function}{said})", quoted(name))));
        }
        Gesture::Twin { node, to } => {
            let old = patch.node(node);
            ways.extend(old.map(|old| page.line(&twin(old, to, patch))));
        }
        Gesture::Sound { node, sound } => {
            ways.extend(page.source(node).map(|span| page.replaced(span, sound)));
        }
        Gesture::Remove { node } => {
            ways.extend(page.without_mentions(patch, node));
            let is_node = patch.node(node).is_some();
            let members: Vec<&str> = patch.members(node).collect();
            let names = if is_node { vec![&**node] } else { members };
            let lines = names.iter().map(|n| format!("remove({})", quoted(n)));
            ways.push(page.line(&lines.collect::<Vec<_>>().join("\n")));
        }
        Gesture::Group { nodes, name } => ways.extend(group::ways(page, patch, nodes, name)),
        Gesture::Rename { node, to } => {
            ways.extend(page.renamed(&[(&**node, &**to)]));
            if patch.node(node).is_some() {
                ways.push(page.line(&rename(node, to)));
            } else {
                let lines = patch.members(node).map(|name| {
                    let rest = name.strip_prefix(node.as_str()).unwrap_or_default();
                    rename(name, &format!("{to}{rest}"))
                });
                ways.push(page.line(&lines.collect::<Vec<_>>().join("\n")));
            }
        }
        Gesture::Connect { from, to, level } => {
            if let Some(level) = level
                && let Some(span) = origins.levels.get(&(from.clone(), to.clone()))
            {
                ways.extend(page.number(*span, f64::from(*level), *level));
            }
            let level = level.map_or_else(String::new, |l| format!(", level={}", literal(l)));
            let (target, port) = target(to);
            ways.push(page.line(&format!("connect({}, {target}{level}{port})", quoted(from))));
        }
        Gesture::Disconnect { from, to } => {
            let made = patch
                .connections
                .iter()
                .find(|c| c.from == *from && c.to == *to);
            ways.extend(made.and_then(|c| page.without(c.span)));
            let (target, port) = target(to);
            ways.push(page.line(&format!("unsend({}, {target}{port})", quoted(from))));
        }
        Gesture::Bind {
            node,
            control,
            pattern,
        } => {
            let mut bound = patch.bindings.iter();
            let bound = bound.find(|b| b.node == *node && b.control == *control);
            ways.extend(bound.map(|b| page.replaced(b.span, &quoted(pattern))));
            ways.push(page.line(&play(node, control.as_deref(), &quoted(pattern))));
        }
        Gesture::Unbind { node, control } => {
            let bindings = patch.bindings.iter();
            let bindings = bindings.filter(|b| b.node == *node && b.control == *control);
            let mods = patch.mods.iter();
            let mods = mods.filter(|m| m.node == *node && Some(&m.control) == control.as_ref());
            let spans = bindings.map(|b| b.span).chain(mods.map(|m| m.span));
            ways.extend(spans.filter_map(|span| page.without(span)));
            ways.push(page.line(&play(node, control.as_deref(), "None")));
        }
        Gesture::Map {
            instead_of,
            mapping,
        } => {
            let said = map(mapping);
            let old = match instead_of {
                Some((knob, node, control)) => (*knob, &**node, &**control),
                None => (mapping.knob, &*mapping.node, &*mapping.control),
            };
            let old = patch.mappings.iter().find(|m| is(m, old.0, old.1, old.2));
            ways.extend(old.and_then(|m| page.statement(m.span, &said)));
            let off = match (instead_of, old) {
                (Some(_), Some(old)) => format!("{}\n", unmap(old.knob, &old.node, &old.control)),
                _ => String::new(),
            };
            ways.push(page.line(&format!("{off}{said}")));
        }
        Gesture::Unmap {
            knob,
            node,
            control,
        } => {
            let old = patch.mappings.iter().find(|m| is(m, *knob, node, control));
            ways.extend(old.and_then(|m| page.without(m.span)));
            ways.push(page.line(&unmap(*knob, node, control)));
        }
        Gesture::Mute { node, on } => page.flag(patch, node, "mute", *on, &mut ways),
        Gesture::Solo { node, on } => page.flag(patch, node, "solo", *on, &mut ways),
        Gesture::Tempo(bpm) => {
            let way = |span: Span| page.number(span, *bpm, *bpm as f32);
            ways.extend(origins.tempo.and_then(way));
            ways.push(page.line(&format!("tempo({bpm})")));
        }
        Gesture::Meter(meter) => {
            if let Some(origin) = origins.meter {
                ways.extend(metre(page, origin, *meter));
            }
            ways.push(page.line(&format!("meter({}, {})", meter.beats, meter.unit)));
        }
    }
    ways
}

/// The numbers of a metre become others; where only the beats were said, the unit comes behind them.
fn metre(page: &Page<'_>, (beats, unit): (Span, Option<Span>), to: Meter) -> Option<Edits> {
    let number = |span: Span, value: u8| page.number(span, f64::from(value), f32::from(value));
    let first = number(beats, to.beats)?;
    let second = match unit {
        Some(unit) => number(unit, to.unit)?,
        None if to.unit == Meter::default().unit => return Some(first),
        None => {
            let both = format!("{}, {}", to.beats, to.unit);
            return Some(page.replaced(beats, &both));
        }
    };
    let both = first.iter().chain(second.iter());
    let changed = both.filter(|edit| edit.old != edit.new).cloned();
    Some(Edits::new(changed.collect()))
}

/// A number as it is written: the shortest that reads back equal.
pub fn literal(value: f32) -> String {
    format!("{value}")
}

/// Values and voices as arguments of `node`, behind its sound.
fn said<'a>(values: impl Iterator<Item = (&'a String, f32)>, voices: Option<u16>) -> String {
    let values = values.map(|(control, value)| format!(", {control}={}", literal(value)));
    let voices = voices.map(|voices| format!(", count={voices}"));
    values.chain(voices).collect()
}

/// A node like another, with what plays it.
fn twin(old: &Node, to: &str, patch: &Patch) -> String {
    let values = old.values.iter().map(|(control, value)| (control, *value));
    let said = said(values, Some(old.count).filter(|count| *count != 1));
    let mut lines = vec![format!("node({}, {}{said})", quoted(to), old.label)];
    let own = patch.bindings.iter().filter(|b| b.node == old.name);
    lines.extend(own.map(|b| play(to, b.control.as_deref(), &b.text)));
    lines.join("\n")
}

/// A line that gives a node another name.
pub fn rename(node: &str, to: &str) -> String {
    format!("rename({}, {})", quoted(node), quoted(to))
}

/// A string as it is written.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn path(node: &str, control: &str) -> String {
    quoted(&format!("{node}/{control}"))
}

/// A target as `connect` and `unsend` take it, and its port.
fn target(to: &Target) -> (String, String) {
    match to {
        Target::Input { node, port: 0 } => (quoted(node), String::new()),
        Target::Input { node, port } => (quoted(node), format!(", port={port}")),
        Target::Control { node, control } => (path(node, control), String::new()),
        Target::Out(number) => (Outlet::written(*number), String::new()),
    }
}

fn play(node: &str, control: Option<&str>, pattern: &str) -> String {
    match control {
        None => format!("play({}, {pattern})", quoted(node)),
        Some(control) => format!("play({}, {pattern}, {})", quoted(node), quoted(control)),
    }
}

fn map(m: &Mapping) -> String {
    let curve = match m.curve.name() {
        "linear" => String::new(),
        name => format!(", curve={}", quoted(name)),
    };
    let ends = format!(
        "{}, {}, {}",
        path(&m.node, &m.control),
        literal(m.lo),
        literal(m.hi)
    );
    match m.knob {
        Knob::Macro(index) => format!("macro({index}, {ends}{curve})"),
        Knob::Controller { cc, channel } => {
            let channel = channel.map_or_else(String::new, |c| format!(", channel={}", c + 1));
            format!("midi_map({cc}, {ends}{channel}{curve})")
        }
    }
}

fn unmap(knob: Knob, node: &str, control: &str) -> String {
    let path = path(node, control);
    match knob {
        Knob::Macro(index) => format!("unmap({path}, index={index})"),
        Knob::Controller { cc, channel: None } => format!("unmap({path}, cc={cc})"),
        Knob::Controller {
            cc,
            channel: Some(channel),
        } => {
            format!("unmap({path}, cc={cc}, channel={})", channel + 1)
        }
    }
}
