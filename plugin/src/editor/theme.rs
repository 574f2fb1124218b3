//! The look: colours by meaning, type, and egui's style set to match.
//!
//! Colour means kind: audio is teal, control amber, events violet, errors red, in the dark and in the
//! light. Views ask [`palette`] for a colour by its meaning and never write one down themselves.

use std::sync::Arc;

use egui::style::{Selection, TextCursorStyle, WidgetVisuals};
use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Shadow, Stroke,
    Style, TextStyle, Theme, Ui, Visuals,
};

/// The colours of one theme, by what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Palette {
    /// The canvas and everything that lies lowest.
    pub ground: Color32,
    /// Bars and panes.
    pub panel: Color32,
    /// Cards and fields on a pane.
    pub raised: Color32,
    /// Lines between things.
    pub line: Color32,
    /// Words and numbers.
    pub text: Color32,
    /// Words that explain.
    pub secondary: Color32,
    /// Marks that carry no words of their own: dots of the grid, hollow tracks.
    pub faint: Color32,
    /// Audio, and what the score or the hand set.
    pub audio: Color32,
    /// Control and modulation.
    pub control: Color32,
    /// Events and patterns.
    pub event: Color32,
    /// Something is wrong.
    pub error: Color32,
    /// Keywords of a score.
    pub keyword: Color32,
    /// Names that are called.
    pub call: Color32,
    /// Strings.
    pub string: Color32,
    /// Numbers in a score.
    pub number: Color32,
    /// What may stand on a surface of the audio colour.
    pub on_audio: Color32,
    /// What lies under a card.
    pub shadow: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark theme, the one that stages and studios see.
pub(crate) const DARK: Palette = Palette {
    ground: rgb(0x121417),
    panel: rgb(0x191c21),
    raised: rgb(0x1f2329),
    line: rgb(0x2a2f37),
    text: rgb(0xd7dbe0),
    secondary: rgb(0x8a929d),
    faint: rgb(0x565e69),
    audio: rgb(0x5cc8bd),
    control: rgb(0xe8b45a),
    event: rgb(0xa78bfa),
    error: rgb(0xef6b6b),
    keyword: rgb(0xc095f0),
    call: rgb(0x7fb0f2),
    string: rgb(0x9ccf8f),
    number: rgb(0xeda56f),
    on_audio: rgb(0x0f1a19),
    shadow: Color32::from_black_alpha(60),
};

/// The light theme, with the same meanings.
pub(crate) const LIGHT: Palette = Palette {
    ground: rgb(0xeceef1),
    panel: rgb(0xf6f7f9),
    raised: rgb(0xffffff),
    line: rgb(0xd3d8de),
    text: rgb(0x20252b),
    secondary: rgb(0x59626d),
    faint: rgb(0xa7aeb8),
    audio: rgb(0x0b766d),
    control: rgb(0x8a5a00),
    event: rgb(0x6a45d1),
    error: rgb(0xc22f2f),
    keyword: rgb(0x7a3fb8),
    call: rgb(0x1f5fb4),
    string: rgb(0x2f7028),
    number: rgb(0x9a4d12),
    on_audio: rgb(0xffffff),
    shadow: Color32::from_black_alpha(18),
};

/// What a node can be marked with; none of them is a colour that has a meaning.
const MARKS: [Color32; 8] = [
    rgb(0xf0876a),
    rgb(0xe3cf57),
    rgb(0x6aa5f0),
    rgb(0xd97fc0),
    rgb(0x8cc96b),
    rgb(0xc9a27e),
    rgb(0x63bfe8),
    rgb(0xb9c46a),
];

/// The palette of the theme that `ui` is drawn in.
pub(crate) fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode {
        &DARK
    } else {
        &LIGHT
    }
}

/// A mark for every name: a name keeps its own colour as long as no earlier one has taken it.
pub(crate) fn marks<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Color32> {
    let mut taken = [0_u32; MARKS.len()];
    names
        .map(|name| {
            // FNV-1a: the same on every machine and in every version, unlike the standard hasher.
            let hash = name.bytes().fold(0x811c_9dc5_u32, |h, b| {
                (h ^ u32::from(b)).wrapping_mul(0x0100_0193)
            });
            let own = hash as usize % MARKS.len();
            let least = taken.iter().copied().min().unwrap_or(0);
            let free = (0..MARKS.len())
                .map(|step| (own + step) % MARKS.len())
                .find(|&i| taken[i] == least)
                .unwrap_or(own);
            taken[free] += 1;
            MARKS[free]
        })
        .collect()
}

/// Words.
pub(crate) fn words(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Words that name something.
pub(crate) fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("strong".into()))
}

/// Numbers and scores.
pub(crate) fn mono(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// The size of text unless said otherwise, in points.
pub(crate) const BASE: f32 = 12.0;

/// Loads the fonts and sets egui's style in both themes.
pub(crate) fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    ctx.set_style_of(Theme::Dark, style(&DARK, Visuals::dark()));
    ctx.set_style_of(Theme::Light, style(&LIGHT, Visuals::light()));
}

/// Our faces first; egui's own stay behind them for the signs that ours lack.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let faces: [(&str, &'static [u8]); 3] = [
        ("Inter", include_bytes!("../../fonts/Inter-Regular.otf")),
        (
            "Inter SemiBold",
            include_bytes!("../../fonts/Inter-SemiBold.otf"),
        ),
        (
            "JetBrains Mono",
            include_bytes!("../../fonts/JetBrainsMono-Regular.ttf"),
        ),
    ];
    for (name, bytes) in faces {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let fallback = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    let families = [
        (FontFamily::Proportional, vec!["Inter"]),
        (FontFamily::Monospace, vec!["JetBrains Mono"]),
        (FontFamily::Name("strong".into()), vec!["Inter SemiBold"]),
    ];
    for (family, faces) in families {
        let faces = faces
            .into_iter()
            .map(str::to_owned)
            .chain(fallback.iter().cloned());
        fonts.families.insert(family, faces.collect());
    }
    fonts
}

fn style(p: &Palette, visuals: Visuals) -> Style {
    let mut style = Style {
        visuals,
        ..Style::default()
    };
    style.text_styles = [
        (TextStyle::Small, words(10.5)),
        (TextStyle::Body, words(BASE)),
        (TextStyle::Button, words(BASE)),
        (TextStyle::Heading, strong(14.0)),
        (TextStyle::Monospace, mono(BASE)),
    ]
    .into();
    style.spacing.item_spacing = egui::vec2(8.0, 4.0);
    style.spacing.button_padding = egui::vec2(10.0, 3.0);
    style.spacing.interact_size.y = 22.0;
    style.interaction.selectable_labels = false;

    let v = &mut style.visuals;
    v.panel_fill = p.panel;
    v.window_fill = p.raised;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.window_corner_radius = CornerRadius::same(6);
    v.menu_corner_radius = CornerRadius::same(6);
    v.popup_shadow = Shadow {
        offset: [0, 4],
        blur: 12,
        spread: 0,
        color: p.shadow,
    };
    v.extreme_bg_color = p.ground;
    v.code_bg_color = p.ground;
    v.faint_bg_color = p.raised;
    v.error_fg_color = p.error;
    v.warn_fg_color = p.control;
    v.hyperlink_color = p.audio;
    v.weak_text_color = Some(p.secondary);
    v.selection = Selection {
        bg_fill: p.audio.gamma_multiply(0.28),
        stroke: Stroke::new(1.0, p.audio),
    };
    v.text_cursor = TextCursorStyle {
        stroke: Stroke::new(1.5, p.audio),
        ..TextCursorStyle::default()
    };
    let widget = |fill: Color32, line: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: CornerRadius::same(11),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    v.widgets.noninteractive = widget(p.panel, p.line, p.text);
    v.widgets.inactive = widget(p.raised, p.line, p.secondary);
    v.widgets.hovered = widget(p.line, p.faint, p.text);
    v.widgets.active = widget(p.line, p.audio, p.text);
    v.widgets.open = widget(p.raised, p.faint, p.text);
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as in WCAG 2.1.
    fn luminance(colour: Color32) -> f32 {
        let channel = |byte: u8| {
            let c = f32::from(byte) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn all_words_can_be_read_on_every_surface() {
        for p in [DARK, LIGHT] {
            let inks = [
                p.text,
                p.secondary,
                p.audio,
                p.control,
                p.event,
                p.error,
                p.keyword,
                p.call,
                p.string,
                p.number,
            ];
            for ink in inks {
                for surface in [p.ground, p.panel, p.raised] {
                    let found = contrast(ink, surface);
                    assert!(found >= 4.5, "{ink:?} on {surface:?} has {found:.2} : 1");
                }
            }
            assert!(contrast(p.on_audio, p.audio) >= 4.5);
        }
    }

    #[test]
    fn nodes_are_told_apart_as_long_as_there_are_colours() {
        let names = [
            "kick", "hat", "bass", "verb", "lead", "pad", "snare", "delay",
        ];
        let marks = marks(names.into_iter());
        for (i, mark) in marks.iter().enumerate() {
            assert!(
                !marks[..i].contains(mark),
                "{} looks like another",
                names[i]
            );
        }
    }
}
