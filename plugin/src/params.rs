//! The host's parameters: fixed slots with stable ids, and the document that is saved beside them.
//!
//! Hosts read the list once, so it never changes: what a macro does is the score's business. The
//! values are atomics; reading them is safe on every thread.

use std::sync::Arc;

use nice_plug::formatters;
use nice_plug::params::persist::PersistentField;
use nice_plug::prelude::{BoolParam, FloatParam, FloatRange, IntParam, IntRange, Param, Params};
use serde_json::Value;

use crate::desk::Desk;
use crate::labels;
use crate::processor::Levels;
use crate::state::Document;

/// Everything that a host can automate or save.
#[derive(Params)]
pub struct HostParams {
    /// The document: score and positions.
    #[persist = "document"]
    document: Saved,

    /// What the whole plugin's sound is multiplied by, 0…2.
    #[id = "gain"]
    pub gain: FloatParam,

    /// The host's bypass.
    #[id = "bypass"]
    pub bypass: BoolParam,

    /// Of no meaning but for its changes: how a host learns that there is something to save.
    #[id = "edited"]
    pub edited: BoolParam,

    /// The scene that plays, by its number: 0 is the score itself.
    #[id = "scene"]
    pub scene: IntParam,

    /// The macros.
    #[nested(group = "Macros")]
    pub macros: Macros,
}

impl HostParams {
    /// The parameters of a fresh instance.
    pub fn new(desk: Arc<Desk>) -> HostParams {
        let decibels = formatters::v2s_f32_gain_to_db(2);
        let from_decibels = formatters::s2v_f32_gain_to_db();
        let gain = FloatParam::new(
            "Master gain",
            1.0,
            FloatRange::Linear { min: 0.0, max: 2.0 },
        )
        .with_unit(" dB")
        .with_value_to_string(decibels)
        .with_string_to_value(from_decibels);
        let (named, numbered) = (Arc::clone(&desk), Arc::clone(&desk));
        let range = IntRange::Linear {
            min: 0,
            max: SCENES,
        };
        let scene = IntParam::new("Scene", 0, range)
            .with_value_to_string(Arc::new(move |scene| labels::scene_name(&named, scene)))
            .with_string_to_value(Arc::new(move |text| labels::scene_number(&numbered, text)));
        HostParams {
            macros: Macros::new(&desk),
            document: Saved(desk),
            scene,
            gain,
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            edited: BoolParam::new("Edited", false).hide(),
        }
    }

    /// Where the user or the host's automation has put a parameter, as CLAP counts: without what modulates it. None for
    /// a number that is no parameter's.
    pub(crate) fn set_value(&self, wanted: u32) -> Option<f64> {
        fn of(param: &impl Param) -> f64 {
            let steps = param.step_count().unwrap_or(1);
            f64::from(param.unmodulated_normalized_value()) * steps as f64
        }
        const GAIN: u32 = number(b"gain");
        const BYPASS: u32 = number(b"bypass");
        const EDITED: u32 = number(b"edited");
        const SCENE: u32 = number(b"scene");
        match wanted {
            GAIN => Some(of(&self.gain)),
            BYPASS => Some(of(&self.bypass)),
            EDITED => Some(of(&self.edited)),
            SCENE => Some(of(&self.scene)),
            _ => {
                let index = (1..=MACROS as u8).find(|index| macro_number(*index) == wanted)?;
                let stands = self.macros.values()[usize::from(index) - 1].stands;
                Some(f64::from(stands))
            }
        }
    }

    /// What the processor needs to know for a block.
    pub(crate) fn levels(&self) -> Levels {
        Levels {
            gain: self.gain.value(),
            bypass: self.bypass.value(),
        }
    }
}

/// A parameter's number in both formats, made of its id as the framework does it.
const fn number(id: &[u8]) -> u32 {
    let (mut hash, mut at) = (0u32, 0);
    while at < id.len() {
        hash = hash.wrapping_mul(31).wrapping_add(id[at] as u32);
        at += 1;
    }
    hash & (u32::MAX >> 1)
}

/// The number of a macro, 1…64.
const fn macro_number(index: u8) -> u32 {
    let (tens, ones) = (b'0' + index / 10, b'0' + index % 10);
    match index {
        0..10 => number(&[b'm', ones]),
        _ => number(&[b'm', tens, ones]),
    }
}

/// The document as the host's state has it. The host's thread calls here, never the audio thread.
struct Saved(Arc<Desk>);

impl PersistentField<'_, Value> for Saved {
    fn set(&self, value: Value) {
        match Document::from_value(value) {
            // The editor shows what is wrong with a score; there is nobody to tell it to here.
            Ok(document) => drop(self.0.restore(document)),
            Err(error) => self.0.refuse(&error),
        }
    }

    fn map<F, R>(&self, read: F) -> R
    where
        F: Fn(&Value) -> R,
    {
        read(&self.0.save().to_value())
    }
}

/// The highest scene that a host can choose.
const SCENES: i32 = 64;

/// How many macros there are.
pub(crate) const MACROS: usize = 64;

/// A macro at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Macro {
    /// Where it stands, 0…1.
    pub(crate) stands: f32,
    /// By how much the host modulates it.
    pub(crate) by: f32,
}

impl Macro {
    /// A macro's parameter; its id is `m` and its number.
    fn param(desk: &Arc<Desk>, id: &str, name: &str) -> FloatParam {
        let index: u8 = id[1..].parse().unwrap_or(0);
        let (shown, read) = (Arc::clone(desk), Arc::clone(desk));
        FloatParam::new(name, 0.0, FloatRange::Linear { min: 0.0, max: 1.0 })
            .with_poly_modulation_id(index.into())
            .with_value_to_string(Arc::new(move |turn| {
                labels::macro_text(&shown, index, turn)
            }))
            .with_string_to_value(Arc::new(move |text| {
                labels::macro_place(&read, index, text)
            }))
    }

    fn of(param: &FloatParam) -> Macro {
        let stands = param.unmodulated_normalized_value();
        let by = param.modulated_normalized_value() - stands;
        Macro { stands, by }
    }
}

/// Writes the struct of macros: the derive needs every id as a literal.
macro_rules! macros {
    ($($field:ident $id:tt $name:literal;)*) => {
        /// The 64 macros, 0…1 each, inert until a score maps them.
        #[derive(Params)]
        pub struct Macros {
            $(
                #[doc = $name]
                #[id = $id]
                pub $field: FloatParam,
            )*
        }

        impl Macros {
            /// All at 0, with the names and values that the desk's score gives them.
            fn new(desk: &Arc<Desk>) -> Macros {
                Macros { $($field: Macro::param(desk, $id, $name),)* }
            }

            /// Where they stand now and how they are modulated, the first first.
            pub(crate) fn values(&self) -> [Macro; MACROS] {
                [$(Macro::of(&self.$field),)*]
            }
        }
    };
}

macros! {
    m1 "m1" "Macro 1";
    m2 "m2" "Macro 2";
    m3 "m3" "Macro 3";
    m4 "m4" "Macro 4";
    m5 "m5" "Macro 5";
    m6 "m6" "Macro 6";
    m7 "m7" "Macro 7";
    m8 "m8" "Macro 8";
    m9 "m9" "Macro 9";
    m10 "m10" "Macro 10";
    m11 "m11" "Macro 11";
    m12 "m12" "Macro 12";
    m13 "m13" "Macro 13";
    m14 "m14" "Macro 14";
    m15 "m15" "Macro 15";
    m16 "m16" "Macro 16";
    m17 "m17" "Macro 17";
    m18 "m18" "Macro 18";
    m19 "m19" "Macro 19";
    m20 "m20" "Macro 20";
    m21 "m21" "Macro 21";
    m22 "m22" "Macro 22";
    m23 "m23" "Macro 23";
    m24 "m24" "Macro 24";
    m25 "m25" "Macro 25";
    m26 "m26" "Macro 26";
    m27 "m27" "Macro 27";
    m28 "m28" "Macro 28";
    m29 "m29" "Macro 29";
    m30 "m30" "Macro 30";
    m31 "m31" "Macro 31";
    m32 "m32" "Macro 32";
    m33 "m33" "Macro 33";
    m34 "m34" "Macro 34";
    m35 "m35" "Macro 35";
    m36 "m36" "Macro 36";
    m37 "m37" "Macro 37";
    m38 "m38" "Macro 38";
    m39 "m39" "Macro 39";
    m40 "m40" "Macro 40";
    m41 "m41" "Macro 41";
    m42 "m42" "Macro 42";
    m43 "m43" "Macro 43";
    m44 "m44" "Macro 44";
    m45 "m45" "Macro 45";
    m46 "m46" "Macro 46";
    m47 "m47" "Macro 47";
    m48 "m48" "Macro 48";
    m49 "m49" "Macro 49";
    m50 "m50" "Macro 50";
    m51 "m51" "Macro 51";
    m52 "m52" "Macro 52";
    m53 "m53" "Macro 53";
    m54 "m54" "Macro 54";
    m55 "m55" "Macro 55";
    m56 "m56" "Macro 56";
    m57 "m57" "Macro 57";
    m58 "m58" "Macro 58";
    m59 "m59" "Macro 59";
    m60 "m60" "Macro 60";
    m61 "m61" "Macro 61";
    m62 "m62" "Macro 62";
    m63 "m63" "Macro 63";
    m64 "m64" "Macro 64";
}
