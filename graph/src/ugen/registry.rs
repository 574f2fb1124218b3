//! The unit generators that scores may name.

use super::Unit;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Unit generators by name; one list for each session, none for the process.
#[derive(Clone, Default)]
pub struct Units(BTreeMap<String, Arc<dyn Unit>>);

impl Units {
    /// Adds a unit; one of the same name gives way.
    pub fn add(&mut self, unit: Arc<dyn Unit>) {
        self.0.insert(unit.describe().name.clone(), unit);
    }
    /// The unit with a name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Unit>> {
        self.0.get(name)
    }
    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
