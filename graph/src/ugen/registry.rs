//! The unit generators that scores may name.

use super::{Limiter, Unit};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Unit generators by name; one list for each session, none for the process. The default is
/// [`Units::standard`].
#[derive(Clone)]
pub struct Units(BTreeMap<String, Arc<dyn Unit>>);

impl Units {
    /// None at all.
    pub fn empty() -> Units {
        Units(BTreeMap::new())
    }
    /// Those that come with Sorl, which every score may name.
    pub fn standard() -> Units {
        let all: [Arc<dyn Unit>; _] = [Arc::new(Limiter::new())];
        let mut units = Units::empty();
        all.into_iter().for_each(|unit| units.add(unit));
        units
    }
    /// Adds a unit; one of the same name gives way.
    pub fn add(&mut self, unit: Arc<dyn Unit>) {
        self.0.insert(unit.describe().name.clone(), unit);
    }
    /// The unit with a name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Unit>> {
        self.0.get(name)
    }
    /// All of them, in the order of their names.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Unit>> {
        self.0.values()
    }
    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Default for Units {
    fn default() -> Units {
        Units::standard()
    }
}

impl fmt::Debug for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
