//! Notes by key: a click makes one, a drag makes it longer, moves one that is there, or changes its
//! end; a double-click or the other button takes one away. With Ctrl only the bar under the pointer is
//! meant, where the phrase is shorter than what is seen.

use egui::accesskit::Role;
use egui::{
    Align2, CursorIcon, Key, PointerButton, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};
use sorl_graph::pattern::{Pitch, Value};
use sorl_graph::time::Ratio;

use super::edit::Edit;
use super::lanes::Lane;
use super::phrase::{self, Note, Phrase};
use super::roll_keys::{self, Cursor};
use super::theme::{self, Palette};
use super::timeline::Scale;
use super::view::View;

/// How many keys are seen at least.
const KEYS: i32 = 17;
/// How near to its end a note is taken by it, in points.
const EDGE: f32 = 5.0;

/// What the hand does on a roll.
#[derive(Debug, Default)]
pub(crate) struct Roll {
    hold: Option<Hold>,
    /// Where the keyboard is.
    cursor: Option<Cursor>,
}

#[derive(Debug)]
struct Hold {
    node: String,
    /// The phrase without the note that is held.
    rest: Phrase,
    note: Note,
    way: Way,
    /// Where it was taken, from the note's beginning.
    from: (Ratio, i32),
    moved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    New,
    Move,
    End,
}

/// The keys that are seen: those of the notes, with room around them.
struct Keys {
    low: i32,
    count: i32,
    track: Rect,
}

impl Keys {
    fn of(phrase: &Phrase, track: Rect) -> Keys {
        let keys = || phrase.notes.iter().filter_map(|n| n.key);
        let low = keys().min().unwrap_or(45);
        let high = keys().max().unwrap_or(low + 7);
        let count = (high - low + 5).max(KEYS);
        let low = (low + high - count) / 2 + 1;
        Keys { low, count, track }
    }

    fn height(&self) -> f32 {
        self.track.height() / self.count as f32
    }

    fn row(&self, key: i32) -> egui::Rangef {
        let bottom = self.track.bottom() - (key - self.low) as f32 * self.height();
        egui::Rangef::new(bottom - self.height(), bottom)
    }

    fn at(&self, y: f32) -> i32 {
        let up = ((self.track.bottom() - y) / self.height()).floor() as i32;
        (self.low + up).clamp(0, 127)
    }
}

/// One frame of a lane of notes that can be changed.
pub(crate) fn show(
    ui: &mut Ui,
    p: &Palette,
    view: &View,
    lane: &Lane,
    (track, scale): (Rect, Scale),
    roll: &mut Roll,
    edits: &mut Vec<Edit>,
) {
    let Some(phrase) = &lane.phrase else { return };
    let id = ui.scope_id().with(lane.title());
    let response = ui.interact(track, id, Sense::click_and_drag());
    let written = phrase.write().unwrap_or_default();
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(written.clone()),
        ..WidgetInfo::labeled(Role::Slider, true, lane.title())
    });
    let keys = Keys::of(phrase, track);
    let under = |at: Pos2| find(phrase, &keys, scale, at);
    if let Some(at) = response.hover_pos() {
        ui.set_cursor_icon(match under(at) {
            Some((_, true)) => CursorIcon::ResizeEast,
            Some((_, false)) => CursorIcon::Grab,
            None => CursorIcon::Crosshair,
        });
    }
    let pointer = response.interact_pointer_pos();
    let removed = response.double_clicked() || response.secondary_clicked();
    if let Some((index, _)) = pointer.filter(|_| removed).and_then(under) {
        let mut changed = phrase.clone();
        changed.notes.remove(index);
        roll.hold = None;
        edits.push(lane.write(&changed));
        return;
    }
    let pressed = response.is_pointer_button_down_on()
        && ui.input(|i| i.pointer.button_pressed(PointerButton::Primary));
    if let Some(at) = pointer.filter(|_| pressed) {
        let alone = ui.input(|i| i.modifiers.command);
        let spread = phrase.spread(if alone { scale.bars } else { 1 });
        roll.hold = Some(take(&spread, lane, &keys, scale, at));
    }
    if let Some(hold) = roll.hold.as_mut().filter(|hold| hold.node == lane.name) {
        if let Some(at) = pointer {
            hold.follow(&keys, scale, at);
        }
        let (down, cancelled) =
            ui.input(|i| (i.pointer.primary_down(), i.key_pressed(Key::Escape)));
        if cancelled {
            roll.hold = None;
        } else if !down && let Some(hold) = roll.hold.take() {
            let changed = hold.phrase();
            if (hold.moved || hold.way == Way::New) && changed != *phrase {
                edits.push(lane.write(&changed));
            }
        }
    }
    if response.clicked() {
        response.request_focus();
    }
    if response.has_focus() {
        let (seen, cursor) = ((keys.low, keys.low + keys.count - 1), &mut roll.cursor);
        roll_keys::act(ui, &response, (lane, phrase), scale, seen, cursor, edits);
    }
    let held = roll.hold.as_ref().filter(|hold| hold.node == lane.name);
    let shown = held.map_or_else(|| phrase.clone(), Hold::phrase);
    paint_keys(ui, p, &keys, scale);
    paint(ui, p, view, &shown, &keys, scale);
    if let Some(Cursor { step, key }) = roll.cursor.filter(|_| response.has_focus()) {
        let x = |step: i64| scale.x(scale.time(step).to_f64());
        let cell = Rect::from_x_y_ranges(x(step)..=x(step + 1), keys.row(key));
        let line = Stroke::new(1.5, p.audio);
        ui.painter_at(track)
            .rect_stroke(cell.expand(1.0), 2.0, line, StrokeKind::Outside);
    }
}

/// The note under a place, and whether its end is taken there.
fn find(phrase: &Phrase, keys: &Keys, scale: Scale, at: Pos2) -> Option<(usize, bool)> {
    let key = keys.at(at.y);
    let share = f64::from((at.x - scale.left) / scale.width) * scale.bars as f64;
    let time = Ratio::from_f64(scale.first as f64 + share)?;
    let place = phrase.place(time);
    let index = phrase.at(place, Some(key))?;
    let left = phrase.notes[index].end - place;
    let near = (left.to_f64() / scale.bars as f64) as f32 * scale.width < EDGE;
    Some((index, near))
}

fn take(phrase: &Phrase, lane: &Lane, keys: &Keys, scale: Scale, at: Pos2) -> Hold {
    let time = phrase.place(scale.time(scale.step(at.x)));
    let key = keys.at(at.y);
    let mut rest = phrase.clone();
    let (note, way) = match find(phrase, keys, scale, at) {
        Some((index, end)) => {
            let note = rest.notes.remove(index);
            (note, if end { Way::End } else { Way::Move })
        }
        None => {
            let note = Note {
                begin: time,
                end: time + scale.length(),
                key: Some(key),
            };
            (note, Way::New)
        }
    };
    Hold {
        node: lane.name.clone(),
        rest,
        note,
        way,
        from: (time - note.begin, key - note.key.unwrap_or(key)),
        moved: false,
    }
}

impl Hold {
    fn phrase(&self) -> Phrase {
        let mut phrase = self.rest.clone();
        phrase.put(self.note);
        phrase
    }

    fn follow(&mut self, keys: &Keys, scale: Scale, at: Pos2) {
        let before = self.note;
        let all = Ratio::whole(self.rest.cycles);
        let time = self.rest.place(scale.time(scale.step(at.x)));
        match self.way {
            Way::New | Way::End => {
                let end = time + scale.length();
                if end > self.note.begin {
                    self.note.end = end.min(all);
                }
            }
            Way::Move => {
                let length = self.note.end - self.note.begin;
                let begin = (time - self.from.0).max(Ratio::ZERO);
                if begin + length <= all {
                    self.note.begin = begin;
                    self.note.end = begin + length;
                }
                self.note.key = Some((keys.at(at.y) - self.from.1).clamp(0, 127));
            }
        }
        self.moved |= self.note != before;
    }
}

fn paint_keys(ui: &Ui, p: &Palette, keys: &Keys, scale: Scale) {
    let painter = ui.painter_at(keys.track);
    for key in keys.low..=keys.low + keys.count {
        let row = keys.row(key);
        if [1, 3, 6, 8, 10].contains(&key.rem_euclid(12)) {
            let dark = Rect::from_x_y_ranges(keys.track.x_range(), row);
            painter.rect_filled(dark, 0.0, p.panel);
        }
        if key.rem_euclid(12) == 0 {
            let at = pos2(keys.track.left() + 3.0, row.center());
            painter.text(
                at,
                Align2::LEFT_CENTER,
                phrase::name(key),
                theme::mono(9.0),
                p.secondary,
            );
        }
    }
    for step in 0..scale.bars * scale.steps {
        let x = scale.x(scale.time(step).to_f64());
        let line = if step % scale.steps == 0 {
            p.faint
        } else {
            p.raised
        };
        painter.vline(x, keys.track.y_range(), Stroke::new(1.0, line));
    }
}

fn paint(ui: &Ui, p: &Palette, view: &View, phrase: &Phrase, keys: &Keys, scale: Scale) {
    let painter = ui.painter_at(keys.track);
    let now = view.status.cycle;
    for bar in 0..scale.bars {
        let base = Ratio::whole(scale.first + bar);
        let within = Ratio::whole((scale.first + bar).rem_euclid(phrase.cycles));
        for note in phrase
            .notes
            .iter()
            .filter(|n| n.begin.floor() == within.floor())
        {
            let (begin, end) = (base + note.begin - within, base + note.end - within);
            let sounds = view.status.playing && begin <= now && now < end;
            let row = keys.row(note.key.unwrap_or(keys.low + 1));
            let across = scale.x(begin.to_f64()) + 0.5..=scale.x(end.to_f64()) - 0.5;
            let rect = Rect::from_x_y_ranges(across, row).shrink2(vec2(0.0, 0.5));
            let fill = if sounds {
                p.text.lerp_to_gamma(p.event, 0.35)
            } else {
                p.event
            };
            painter.rect_filled(rect, 2.0, fill);
        }
    }
}

/// What a pattern plays, seen from afar; whatever it is.
pub(crate) fn notes(ui: &Ui, p: &Palette, view: &View, lane: &Lane, (track, scale): (Rect, Scale)) {
    let Some(program) = lane.binding.and_then(|b| view.program(b)) else {
        return;
    };
    let painter = ui.painter_at(track);
    let (from, to) = (
        Ratio::whole(scale.first),
        Ratio::whole(scale.first + scale.bars),
    );
    let now = view.status.cycle;
    let key = |value: Value| match value {
        Value::Atom(atom) => program.atoms()[atom as usize]
            .pitch
            .map(|pitch| match pitch {
                Pitch::Midi(key) => key,
                Pitch::Hertz(hertz) => 69.0 + 12.0 * (hertz / 440.0).log2(),
            }),
        Value::Number(_) => None,
    };
    let mut found = Vec::new();
    program.query(from, to, &mut |event| {
        if let Some((begin, end)) = event.whole.filter(|_| found.len() < 2048) {
            found.push((begin, end, key(event.value)));
        }
    });
    let pitches = || found.iter().filter_map(|n| n.2);
    let low = pitches().fold(f64::INFINITY, f64::min);
    let high = pitches().fold(f64::NEG_INFINITY, f64::max);
    for (begin, end, key) in &found {
        let sounds = view.status.playing && *begin <= now && now < *end;
        let share = match key {
            Some(key) if high > low => ((key - low) / (high - low)) as f32,
            _ => 0.5,
        };
        let height = if high > low {
            6.0
        } else {
            track.height() - 8.0
        };
        let middle = track.bottom() - 3.0 - height / 2.0 - share * (track.height() - 6.0 - height);
        let (left, right) = (scale.x(begin.to_f64()), scale.x(end.to_f64()));
        let rect = Rect::from_min_max(
            pos2(left + 0.5, middle - height / 2.0),
            pos2((right - 1.0).max(left + 3.0), middle + height / 2.0),
        );
        let fill = if sounds {
            p.text.lerp_to_gamma(p.event, 0.35)
        } else {
            p.event
        };
        painter.rect_filled(rect, 2.0, fill);
    }
}
