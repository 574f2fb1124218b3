//! The transport bar: whose clock runs and where it is, and what the sound costs and how loud it is.

use egui::accesskit::Role;
use egui::{
    Align, Align2, Layout, Rect, Response, RichText, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use sorl_graph::session::Change;
use sorl_graph::time::{Meter, Ratio};

use super::edit::Edit;
use super::pace::Pace;
use super::recorder::Recorder;
use super::theme::{self, Palette};
use super::value::{decibels, meter_fraction};
use super::view::View;
use crate::remote::SoundFigures;

/// Its height.
pub(crate) const HEIGHT: f32 = 40.0;
/// Where there is less room, panic, undo and redo are left to their keys.
const ROOM_FOR_TOOLS: f32 = 96.0;
/// Where there is less, the meter is short.
const ROOM_FOR_LONG_METER: f32 = 330.0;
/// A narrow bar does without its name, its dots, a word, the button that one taps, the meter, the scenes, in this order;
/// behind its menus it has so much room with each.
const ROOM_FOR_LABEL: f32 = 815.0;
/// The same for the name.
const ROOM_FOR_NAME: f32 = 760.0;
/// For a dot for each beat.
const ROOM_FOR_BEATS: f32 = 705.0;
/// For the meter.
const ROOM_FOR_METER: f32 = 640.0;
/// For tapping; its key is there all the same.
const ROOM_FOR_TAP: f32 = 566.0;
/// For scenes.
const ROOM_FOR_SCENES: f32 = 518.0;
/// Where there is less, nothing is told of what the sound costs.
const ROOM_FOR_LOAD: f32 = 190.0;
/// Where there is less, only that is told.
const ROOM_FOR_MORE: f32 = 400.0;

/// One frame of the bar. `standalone`: Sorl's own clock rules.
pub(crate) fn show(
    ui: &mut Ui,
    view: &View,
    (pace, recorder): (&mut Pace, &Recorder),
    standalone: bool,
    edits: &mut Vec<Edit>,
) {
    let p = theme::palette(ui);
    let status = &view.status;
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        let room = ui.available_width();
        if room > ROOM_FOR_NAME {
            wordmark(ui, p);
            ui.add_space(4.0);
        }
        if standalone {
            clock(ui, p, status.playing, edits);
            if recorder.show(ui, p, view) {
                edits.push(Edit::Record);
            }
        } else {
            ui.label(RichText::new("host").color(p.secondary));
        }
        let place = position(status.cycle, status.meter);
        ui.label(RichText::new(place).font(theme::mono(12.5)).color(p.text))
            .on_hover_text("bar . beat . sixteenth");
        if room > ROOM_FOR_BEATS {
            beats(ui, p, status.cycle, status.meter, status.playing);
            ui.add_space(2.0);
        }
        let rules = standalone && !status.hosted;
        if rules {
            pace.tempo(ui, view, room > ROOM_FOR_TAP, edits);
        } else {
            number(ui, p, &format!("{:.2}", status.tempo), "bpm");
        }
        if rules && view.patch.course.meter.is_empty() {
            pace.meter(ui, p, view, edits);
        } else {
            let Meter { beats, unit } = status.meter;
            let words = RichText::new(format!("{beats}/{unit}"));
            let words = words.font(theme::mono(theme::BASE)).color(p.text);
            let shown = ui.label(words);
            if rules {
                shown.on_hover_text("the score changes the metre on its way");
            }
        }

        let has_meter = room > ROOM_FOR_METER;
        if room > ROOM_FOR_SCENES && !view.patch.nodes.is_empty() {
            let others = if has_meter { 220.0 } else { 90.0 };
            scenes(ui, p, view, ui.available_width() - others, edits);
        }

        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            peak(ui, p, view, edits);
            if has_meter {
                master(ui, p, view, ui.available_width() > ROOM_FOR_LONG_METER);
            }
            if room > ROOM_FOR_LABEL {
                ui.label(RichText::new("master").color(p.secondary));
            }
            let left = ui.available_width();
            if left > ROOM_FOR_LOAD {
                load(ui, p, view, left > ROOM_FOR_MORE);
            }
            if ui.available_width() > ROOM_FOR_TOOLS {
                tools(ui, p, view, edits);
            }
        });
    });
}

/// The score itself and its scenes, recalled on the next bar, side by side where there is `room`, else as a list; and a
/// way to keep what is said as one.
fn scenes(ui: &mut Ui, p: &Palette, view: &View, room: f32, edits: &mut Vec<Edit>) {
    ui.add_space(6.0);
    ui.spacing_mut().item_spacing.x = 4.0;
    let names = view.scenes.iter().map(String::as_str);
    let all: Vec<&str> = std::iter::once("score").chain(names).collect();
    let padding = 2.0 * ui.spacing().button_padding.x + ui.spacing().item_spacing.x;
    let font = theme::words(theme::BASE);
    let width = |name: &str| {
        let words = ui
            .painter()
            .layout_no_wrap(name.to_owned(), font.clone(), p.text);
        words.size().x + padding
    };
    let fits = all.iter().map(|name| width(name)).sum::<f32>() + width("+") < room;
    if !view.scenes.is_empty() && fits {
        scene_buttons(ui, p, view, &all, edits);
    } else if !view.scenes.is_empty() {
        let chosen = all.get(view.scene).copied().unwrap_or("score");
        let list = ui.menu_button(RichText::new(chosen).color(p.audio), |ui| {
            for (i, name) in all.iter().enumerate() {
                let words =
                    RichText::new(*name).color(if view.scene == i { p.audio } else { p.text });
                let entry = ui.add(egui::Button::new(words).frame(false));
                if entry.accessible_name(format!("scene {name}")).clicked() {
                    edits.push(Edit::Recall(i));
                    ui.close();
                }
            }
        });
        list.response.accessible_name("scenes");
    }
    let add = ui
        .add(egui::Button::new("+").small())
        .accessible_name("keep as a scene");
    if add
        .on_hover_text("keep values, mutes, patterns and tempo as a scene")
        .clicked()
    {
        let name = (1..).map(|i| format!("scene {i}"));
        let name = name.into_iter().find(|name| !view.scenes.contains(name));
        let save = format!("save(\"{}\")", name.unwrap_or_default());
        edits.push(Edit::change(vec![Change::Statement(save)]));
    }
    ui.spacing_mut().item_spacing.x = 10.0;
}

fn scene_buttons(ui: &mut Ui, p: &Palette, view: &View, all: &[&str], edits: &mut Vec<Edit>) {
    for (i, name) in all.iter().enumerate() {
        let chosen = view.scene == i;
        let ink = if chosen { p.on_audio } else { p.secondary };
        let words = RichText::new(*name).color(ink);
        let fill = if chosen { p.audio } else { p.raised };
        let button = ui.add(egui::Button::new(words).fill(fill).small());
        let button = button.accessible_name(format!("scene {name}"));
        if button.on_hover_text("on the next bar").clicked() {
            edits.push(Edit::Recall(i));
        }
    }
}

/// From right to left: panic, redo, undo.
fn tools(ui: &mut Ui, p: &Palette, view: &View, edits: &mut Vec<Edit>) {
    let (back, again) = view.reach;
    ui.spacing_mut().item_spacing.x = 8.0;
    ui.spacing_mut().button_padding.x = 2.0;
    let panic = egui::Button::new(RichText::new("panic").color(p.secondary)).frame(false);
    let help = "all keys come up, the clock stops (Ctrl+.)";
    if ui.add(panic).on_hover_text(help).clicked() {
        edits.push(Edit::Panic);
    }
    if turn(ui, p, "redo", again)
        .on_hover_text("do it again (Ctrl+Shift+Z)")
        .clicked()
    {
        edits.push(Edit::Redo);
    }
    if turn(ui, p, "undo", back)
        .on_hover_text("take it back (Ctrl+Z)")
        .clicked()
    {
        edits.push(Edit::Undo);
    }
    ui.spacing_mut().item_spacing.x = 10.0;
}

/// An arrow that turns: to the left for `undo`, to the right for anything else.
fn turn(ui: &mut Ui, p: &Palette, name: &str, enabled: bool) -> Response {
    ui.add_enabled_ui(enabled, |ui| {
        let (rect, response) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
        let touched = response.hovered() || response.has_focus();
        let ink = match (enabled, touched) {
            (true, true) => p.text,
            (true, false) => p.secondary,
            (false, _) => p.faint,
        };
        let way = if name == "undo" { 1.0 } else { -1.0 };
        let (centre, radius) = (rect.center() + vec2(0.0, 1.5), 5.0);
        let on_arc = |share: f32| {
            let angle = std::f32::consts::PI * (1.0 + 1.2 * share);
            centre + radius * vec2(way * angle.cos(), angle.sin())
        };
        let arc = (0..=12).map(|i| on_arc(i as f32 / 12.0)).collect();
        ui.painter().add(Shape::line(arc, Stroke::new(1.4, ink)));
        let tip = on_arc(0.0) + vec2(0.0, 3.0);
        let head = [tip, tip + vec2(-3.2, -4.2), tip + vec2(3.2, -4.2)];
        ui.painter()
            .add(Shape::convex_polygon(head.to_vec(), ink, Stroke::NONE));
        response
    })
    .inner
}

fn wordmark(ui: &mut Ui, p: &Palette) {
    let mut job = egui::text::LayoutJob::default();
    for (letters, colour) in [("s", p.text), ("o", p.audio), ("rl", p.text)] {
        job.append(
            letters,
            0.0,
            egui::TextFormat::simple(theme::strong(15.0), colour),
        );
    }
    ui.label(job);
}

/// Play, stop and back to the beginning.
fn clock(ui: &mut Ui, p: &Palette, playing: bool, edits: &mut Vec<Edit>) {
    ui.spacing_mut().item_spacing.x = 6.0;
    let play = pill(ui, p, vec2(32.0, 22.0), playing, "play");
    let at = play.rect.center();
    let ink = if playing { p.on_audio } else { p.audio };
    let triangle = [
        at + vec2(-4.0, -5.0),
        at + vec2(5.5, 0.0),
        at + vec2(-4.0, 5.0),
    ];
    ui.painter()
        .add(Shape::convex_polygon(triangle.to_vec(), ink, Stroke::NONE));
    if play.on_hover_text("play (space)").clicked() {
        edits.push(Edit::Play);
    }
    let stop = pill(ui, p, vec2(28.0, 22.0), false, "stop");
    ui.painter().rect_filled(
        Rect::from_center_size(stop.rect.center(), vec2(8.0, 8.0)),
        1.0,
        p.secondary,
    );
    let hint = if playing {
        "stop (space)"
    } else {
        "back to the beginning"
    };
    if stop.on_hover_text(hint).clicked() {
        edits.push(if playing { Edit::Stop } else { Edit::Rewind });
    }
    ui.spacing_mut().item_spacing.x = 10.0;
}

fn pill(ui: &mut Ui, p: &Palette, size: egui::Vec2, lit: bool, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, lit, name));
    let touched = response.hovered() || response.has_focus();
    let fill = if lit { p.audio } else { p.raised };
    let line = Stroke::new(1.0, if touched { p.faint } else { p.line });
    ui.painter()
        .rect(rect, rect.height() / 2.0, fill, line, StrokeKind::Inside);
    response
}

/// One dot for each beat of the bar, the present one lit.
fn beats(ui: &mut Ui, p: &Palette, cycle: Ratio, meter: Meter, playing: bool) {
    let count = usize::from(meter.beats).min(16);
    let (rect, _) = ui.allocate_exact_size(vec2(count as f32 * 11.0 - 5.0, 12.0), Sense::hover());
    let now = Place::of(cycle, meter).beat as usize;
    for i in 0..count {
        let at = pos2(rect.left() + 3.0 + 11.0 * i as f32, rect.center().y);
        let colour = if playing && i == now { p.audio } else { p.line };
        ui.painter().circle_filled(at, 3.0, colour);
    }
}

fn number(ui: &mut Ui, p: &Palette, value: &str, unit: &str) {
    ui.spacing_mut().item_spacing.x = 5.0;
    ui.label(
        RichText::new(value)
            .font(theme::mono(theme::BASE))
            .color(p.text),
    );
    ui.label(RichText::new(unit).color(p.secondary));
    ui.spacing_mut().item_spacing.x = 10.0;
}

/// The highest true peak of the main output.
fn peak(ui: &mut Ui, p: &Palette, view: &View, edits: &mut Vec<Edit>) {
    let clipped = view.master.clipped();
    let highest = decibels(view.master.highest());
    let (rect, response) = ui.allocate_exact_size(vec2(66.0, 18.0), Sense::click());
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(highest.clone()),
        ..WidgetInfo::selected(Role::Button, true, clipped, "highest true peak")
    });
    // Red, until somebody has seen it.
    let (fill, ink) = match (clipped, response.hovered() || response.has_focus()) {
        (true, _) => (p.error, p.on_audio),
        (false, true) => (p.raised, p.text),
        (false, false) => (p.panel, p.text),
    };
    ui.painter().rect_filled(rect, 4.0, fill);
    ui.painter().text(
        rect.right_center() - vec2(4.0, 0.0),
        Align2::RIGHT_CENTER,
        &highest,
        theme::mono(theme::BASE),
        ink,
    );
    let help = "the highest true peak so far (ITU-R BS.1770), red when it went over full scale; click to forget it";
    if response.on_hover_text(help).clicked() {
        edits.push(Edit::ForgetPeak);
    }
}

/// The true peaks of the main output as they are now.
fn master(ui: &mut Ui, p: &Palette, view: &View, long: bool) {
    let width = if long { 110.0 } else { 60.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(width, 8.0), Sense::hover());
    response.on_hover_text("true peak of the main output, left and right, from −60 dB to 0 dB");
    for (channel, peak) in view.peak.into_iter().enumerate() {
        let top = rect.top() + 4.5 * channel as f32;
        let track = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), 3.5));
        ui.painter().rect_filled(track, 1.5, p.ground);
        let reach = |level: f32| track.left() + track.width() * meter_fraction(level);
        ui.painter()
            .rect_filled(track.with_max_x(reach(peak)), 1.5, p.audio);
        // The last six decibels are where one looks.
        let warm = track.with_min_x(reach(0.5)).with_max_x(reach(peak));
        if peak > 0.5 {
            ui.painter()
                .rect_filled(warm, 1.5, if peak > 1.0 { p.error } else { p.control });
        }
    }
}

/// What plays, how often it was late, and how long the way from the input to the output is.
fn about_sound(sound: &SoundFigures) -> String {
    let mut words = format!("{}, {} late blocks so far", sound.backend, sound.xruns);
    if let Some(frames) = sound.round_trip {
        let milliseconds = f64::from(frames) * 1000.0 / f64::from(sound.rate);
        words += &format!(", round trip {milliseconds:.1} ms");
    }
    words
}

/// From right to left: the load, or that there is no sound; `full` with what drives it and the longest block.
fn load(ui: &mut Ui, p: &Palette, view: &View, full: bool) {
    ui.add_space(6.0);
    if !view.status.connected {
        ui.label(RichText::new("no sound yet").color(p.secondary))
            .on_hover_text("nothing asks Sorl for sound at present");
        return;
    }
    let rate = format!("{} kHz", f64::from(view.status.rate) / 1000.0);
    let (words, about) = match &view.sound {
        Some(sound) => (format!("{rate} · {}", sound.block), about_sound(sound)),
        None => (rate, "the host drives the sound".to_owned()),
    };
    if full {
        let words = RichText::new(words).font(theme::mono(theme::BASE));
        ui.label(words.color(p.secondary)).on_hover_text(about);
    }
    let share = |ui: &mut Ui, share: f32, quiet, help| {
        let ink = if share > 0.8 { p.error } else { quiet };
        let words = RichText::new(format!("{:.1} %", share * 100.0));
        ui.label(words.font(theme::mono(theme::BASE)).color(ink))
            .on_hover_text(help);
    };
    if full {
        let help = "the longest block of the last seconds, of the time that it has";
        share(ui, view.status.worst, p.secondary, help);
        ui.label(RichText::new("worst").color(p.secondary));
    }
    share(
        ui,
        view.status.load,
        p.text,
        "the time that the sound takes, of the time that it has",
    );
    ui.label(RichText::new("cpu").color(p.secondary));
}

/// A position as musicians count it, all from 0.
struct Place {
    bar: i64,
    beat: i64,
    sixteenth: i64,
}

impl Place {
    fn of(cycle: Ratio, meter: Meter) -> Place {
        let unit = cycle.fract() * Ratio::whole(meter.beats.max(1).into());
        let sixteenths = unit.fract() * Ratio::new(16, meter.unit.max(1).into());
        Place {
            bar: cycle.floor(),
            beat: unit.floor(),
            sixteenth: sixteenths.floor(),
        }
    }
}

/// Bar, beat and sixteenth, from 1.
fn position(cycle: Ratio, meter: Meter) -> String {
    let place = Place::of(cycle, meter);
    format!(
        "{:>2} . {} . {}",
        place.bar + 1,
        place.beat + 1,
        place.sixteenth + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use sorl_graph::Beats;

    #[test]
    fn what_plays_is_told_with_the_way_through_it() {
        let mut sound = SoundFigures {
            backend: "JACK".to_owned(),
            device: String::new(),
            rate: 48_000,
            block: 256,
            channels: [2, 2],
            xruns: 3,
            round_trip: Some(768),
            drift: None,
            reason: None,
        };
        assert_eq!(
            about_sound(&sound),
            "JACK, 3 late blocks so far, round trip 16.0 ms"
        );
        sound.round_trip = None;
        assert_eq!(about_sound(&sound), "JACK, 3 late blocks so far");
    }

    #[test]
    fn positions_count_from_one_and_go_on_before_the_beginning() {
        let common = Meter { beats: 4, unit: 4 };
        let six = Meter { beats: 6, unit: 8 };
        let place =
            |beat: f64, meter: Meter| position(meter.cycle_of(Beats::from_f64(beat)), meter);
        assert_eq!(place(0.0, common), " 1 . 1 . 1");
        assert_eq!(place(66.25, common), "17 . 3 . 2");
        assert_eq!(place(-1.0, common), " 0 . 4 . 1");
        assert_eq!(place(3.5, Meter { beats: 7, unit: 8 }), " 2 . 1 . 1");
        assert_eq!(place(1.25, six), " 1 . 3 . 2");
        // Bars are counted by the engine: the metre may have changed on the way.
        assert_eq!(position(Ratio::new(17, 2), six), " 9 . 4 . 1");
    }
}
