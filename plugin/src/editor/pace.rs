//! Tempo and metre on the bar, where Sorl's own clock rules: dragged, typed and tapped.

use egui::{DragValue, RichText, Ui};
use sorl_graph::time::Meter;

use super::edit::Edit;
use super::theme::{self, Palette};
use super::view::View;

/// The most beats of a bar.
const MOST_BEATS: u8 = 64;
/// The finest unit of a metre, as a power of two.
const FINEST: u8 = 5;

/// What is under the hand, and when it tapped.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    taps: Vec<f64>,
    tempo: Option<f64>,
    meter: Option<Meter>,
}

impl Pace {
    /// A tap; from the third on the tempo of the last ones, in bpm.
    fn tap(&mut self, now: f64) -> Option<f64> {
        if self.taps.last().is_some_and(|last| now - last > 2.0) {
            self.taps.clear();
        }
        self.taps.push(now);
        if self.taps.len() > 8 {
            self.taps.remove(0);
        }
        let count = self.taps.len().checked_sub(1).filter(|count| *count >= 2)?;
        let mean = (now - self.taps[0]) / count as f64;
        let bpm = (600.0 / mean).round() / 10.0;
        (20.0..=400.0).contains(&bpm).then_some(bpm)
    }

    /// The tempo, to be dragged, typed and tapped; `taps` where there is room for a button.
    pub fn tempo(&mut self, ui: &mut Ui, view: &View, taps: bool, edits: &mut Vec<Edit>) {
        let mut bpm = self.tempo.unwrap_or(view.status.tempo);
        let value = DragValue::new(&mut bpm)
            .range(20.0..=400.0)
            .speed(0.25)
            .max_decimals(2)
            .suffix(" bpm");
        let response = ui.add(value).accessible_name("tempo");
        if response.changed() {
            self.tempo = Some((bpm * 100.0).round() / 100.0);
        }
        // Written when the hand lets go, or when it was typed.
        if !response.dragged()
            && !response.has_focus()
            && let Some(bpm) = self.tempo.take()
            && bpm != view.status.tempo
        {
            edits.push(Edit::Tempo(bpm));
        }
        let key = !ui.text_edit_focused()
            && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, egui::Key::T));
        let help = "three times or more, in time (T)";
        let tap = egui::Button::new("tap").small();
        let clicked = taps && ui.add(tap).on_hover_text(help).clicked();
        if clicked || key {
            let now = ui.input(|i| i.time);
            edits.extend(self.tap(now).map(Edit::Tempo));
        }
    }

    /// The metre that the song begins with: its beats and their unit, to be dragged and typed.
    pub fn meter(&mut self, ui: &mut Ui, p: &Palette, view: &View, edits: &mut Vec<Edit>) {
        let there = view.patch.meter.unwrap_or_default();
        let mut meter = self.meter.unwrap_or(there);
        let held = ui.scope(|ui| {
            let style = ui.style_mut();
            style.spacing.item_spacing.x = 0.0;
            style.spacing.interact_size.x = 8.0;
            style.spacing.button_padding.x = 4.0;
            // Quiet until touched.
            let quiet = &mut style.visuals.widgets.inactive;
            quiet.weak_bg_fill = egui::Color32::TRANSPARENT;
            quiet.bg_stroke = egui::Stroke::NONE;
            quiet.fg_stroke.color = p.text;
            style.drag_value_text_style = egui::TextStyle::Monospace;
            let beats = DragValue::new(&mut meter.beats)
                .range(1..=MOST_BEATS)
                .speed(0.05);
            let beats = ui.add(beats).accessible_name("beats of a bar");
            let line = RichText::new("/").font(theme::mono(theme::BASE));
            ui.label(line.color(p.secondary));
            // Twice as fine with each step.
            let mut power = meter.unit.trailing_zeros() as u8;
            let unit = DragValue::new(&mut power)
                .range(0..=FINEST)
                .speed(0.03)
                .custom_formatter(|power, _| format!("{}", 1_u32 << power as u32))
                .custom_parser(|typed| {
                    let unit: u32 = typed.trim().parse().ok()?;
                    unit.is_power_of_two()
                        .then(|| f64::from(unit.trailing_zeros()))
                });
            let unit = ui.add(unit).accessible_name("unit of the metre");
            meter.unit = 1 << power;
            let hands = [&beats, &unit];
            if hands.iter().any(|hand| hand.changed()) {
                self.meter = Some(meter);
            }
            hands.iter().any(|hand| hand.dragged() || hand.has_focus())
        });
        // Written when the hand lets go, or when it was typed.
        if !held.inner
            && let Some(meter) = self.meter.take().filter(|meter| *meter != there)
        {
            edits.push(Edit::Meter(meter));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_in_time_are_a_tempo_and_a_pause_begins_anew() {
        let mut bar = Pace::default();
        assert_eq!((bar.tap(0.0), bar.tap(0.5)), (None, None));
        assert_eq!(bar.tap(1.0), Some(120.0));
        assert_eq!(bar.tap(1.51), Some(119.2));
        assert_eq!(bar.tap(9.0), None);
    }
}
