//! How tempo and metre change in the course of the song: what a score says, in bars.

use super::Patch;
use crate::time::{
    Bars, Beats, Bend, MapError, Meter, Ratio, Rubato, Tempo, TempoMap, TempoPoint, TempoRamp,
};
use serde::{Deserialize, Serialize};

/// The tempo comes to a point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TempoChange {
    /// Where, in bars from the beginning.
    pub at: Ratio,
    /// The tempo there in bpm. `None` holds the one before: a ramp begins here.
    pub bpm: Option<f64>,
    /// How the tempo comes there from the change before.
    pub ramp: TempoRamp,
}

/// Another metre from a bar on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterChange {
    /// The bar.
    pub at: i64,
    /// The metre.
    pub meter: Meter,
}

/// Beats that linger or hurry over some bars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RubatoChange {
    /// Where they begin, in bars from the beginning.
    pub at: Ratio,
    /// How many bars.
    pub over: Ratio,
    /// How.
    pub bend: Bend,
}

/// Changes of tempo and metre, in the order of the statements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Of the tempo.
    #[serde(default)]
    pub tempo: Vec<TempoChange>,
    /// Of the metre.
    #[serde(default)]
    pub meter: Vec<MeterChange>,
    /// Rubato.
    #[serde(default)]
    pub rubato: Vec<RubatoChange>,
}

impl Patch {
    /// The bars of the song.
    pub fn bars(&self) -> Bars {
        let changes = self.course.meter.iter().map(|c| (c.at, c.meter));
        Bars::new(self.meter.unwrap_or_default(), changes)
    }

    /// The tempo over the beats of the song. Before the first change it is [`Patch::tempo`], or else what the first
    /// change says.
    ///
    /// # Errors
    /// [`MapError`] for changes out of range.
    pub fn tempo_map(&self) -> Result<TempoMap, MapError> {
        let bars = self.bars();
        let said = self.course.tempo.iter().find_map(|c| c.bpm);
        let first = self.tempo.or(said).map(Tempo::from_bpm);
        let points: Vec<TempoPoint> = self
            .course
            .tempo
            .iter()
            .map(|c| TempoPoint {
                at: bars.beat_of_cycle(c.at),
                tempo: c.bpm.map(Tempo::from_bpm),
                ramp: c.ramp,
            })
            .collect();
        let rubato: Vec<Rubato> = self
            .course
            .rubato
            .iter()
            .map(|c| {
                let from = bars.beat_of_cycle(c.at);
                let length: Beats = bars.beat_of_cycle(c.at + c.over) - from;
                Rubato {
                    from,
                    length,
                    bend: c.bend.clone(),
                }
            })
            .collect();
        TempoMap::new(first.unwrap_or_default(), &points, &rubato)
    }
}
