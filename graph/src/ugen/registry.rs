//! The unit generators that scores may name.

use super::{Description, Granular, Looper, Sampler, Unit, WavetableOscillator};
use super::{compressor, envelope, hall, limiter, meter, random, sequencer, trigger};
use crate::resource::Library;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Unit generators by name, and the sounds that they are made with; one list for each session, none for the
/// process. The default is [`Units::standard`].
#[derive(Clone)]
pub struct Units {
    by_name: BTreeMap<String, Arc<dyn Unit>>,
    sounds: Library,
}

impl Default for Units {
    fn default() -> Units {
        Units::standard()
    }
}

impl Units {
    /// None at all, and an empty library.
    pub fn empty() -> Units {
        Units {
            by_name: BTreeMap::new(),
            sounds: Library::default(),
        }
    }
    /// Those that come with Sorl, which every score may name.
    pub fn standard() -> Units {
        let all: [Arc<dyn Unit>; _] = [
            compressor::compressor(),
            #[cfg(feature = "spectra")]
            Arc::new(super::Convolver::new()),
            trigger::counter(),
            trigger::divider(),
            envelope::standard(),
            #[cfg(feature = "spectra")]
            super::freeze(),
            Arc::new(Granular::new()),
            hall::hall(),
            trigger::interval(),
            limiter::limiter(),
            Arc::new(Looper::new()),
            meter::loudness(),
            trigger::once(),
            meter::peak(),
            #[cfg(feature = "spectra")]
            super::pitch_shift(),
            random::random(),
            random::random_walk(),
            meter::rms(),
            Arc::new(Sampler::new()),
            sequencer::sequencer(),
            Arc::new(WavetableOscillator::new()),
        ];
        let mut units = Units::empty();
        all.into_iter().for_each(|unit| units.add(unit));
        units
    }
    /// The sounds that units are made with.
    pub fn sounds(&self) -> &Library {
        &self.sounds
    }
    /// The unit of a description, with the sounds as they are now; none if there is no unit of that name and kind.
    /// Allocates; for the control side.
    pub fn furnished(&self, about: &Description) -> Option<Arc<dyn Unit>> {
        let unit = self.get(&about.name)?;
        let kind = unit.describe();
        if kind == about {
            return Some(Arc::clone(unit));
        }
        // What a score gives in brackets may change, and where controls start; the rest is the kind's.
        let mut bare = about.clone();
        bare.resources.clear();
        bare.controls
            .iter_mut()
            .zip(&kind.controls)
            .for_each(|(c, k)| c.init = k.init);
        if bare != *kind || unit.accepts(&about.resources).is_err() {
            return None;
        }
        unit.furnish(about, &self.sounds)
    }
    /// Adds a unit; one of the same name gives way.
    pub fn add(&mut self, unit: Arc<dyn Unit>) {
        self.by_name.insert(unit.describe().name.clone(), unit);
    }
    /// The unit with a name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Unit>> {
        self.by_name.get(name)
    }
    /// All of them, in the order of their names.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Unit>> {
        self.by_name.values()
    }
    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

impl fmt::Debug for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
