//! Nodes that were done and have been freed: what is said of them goes on to be said, and they stay gone.

use super::Session;
use crate::patch::{Ending, Patch, Source};
use std::borrow::Cow;

/// A node that was freed, and what it was: said anew with something else it comes again.
#[derive(Debug)]
pub(super) struct Freed {
    name: String,
    ending: Ending,
    source: Source,
    count: u16,
}

impl Session {
    /// The nodes that were done and have been freed, with what went along with them. A statement, or a program's Patch,
    /// that still has one unchanged does not bring it back; another function does.
    pub fn freed(&self) -> Vec<&str> {
        let freed = self.freed.iter();
        let mut names: Vec<&str> = freed
            .flat_map(|f| self.patch.freed_by(&f.name, f.ending))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Takes away what is never heard: the nodes from which nothing leads to an output, by any way. Where a score
    /// writes the Patch it goes on to say them, and they stay gone until it says something else of them. Gives how many.
    pub fn free_disconnected(&mut self) -> usize {
        let kept = &self.patch.kept;
        let names = self.patch.disconnected().into_iter();
        let names: Vec<String> = names
            .filter(|name| !kept.contains(*name))
            .map(str::to_owned)
            .collect();
        let before = self.freed.len();
        for name in &names {
            self.free(name, Ending::FreeSelf);
        }
        if self.freed.len() > before {
            // What compiled before compiles without them.
            let sent = self.send_patch(crate::plan::When::Now);
            debug_assert!(sent.is_ok(), "{sent:?}");
        }
        self.freed.len() - before
    }

    /// A node is done: the next Plan does without what its ending frees.
    pub(super) fn free(&mut self, name: &str, ending: Ending) {
        let known = self.freed.iter().any(|f| f.name == name);
        if let (Some(node), false) = (self.patch.node(name), known) {
            self.freed.push(Freed {
                name: name.to_owned(),
                ending,
                source: node.source.clone(),
                count: node.count,
            });
        }
    }
}

/// A Patch without what has been freed. What it says anew of a freed node brings that back.
pub(super) fn without<'a>(freed: &mut Vec<Freed>, patch: &'a Patch) -> Cow<'a, Patch> {
    freed.retain(|f| {
        let now = patch.node(&f.name);
        now.is_some_and(|n| n.source == f.source && n.count == f.count)
    });
    if freed.is_empty() {
        return Cow::Borrowed(patch);
    }
    let mut rest = patch.clone();
    for freed in freed {
        rest.free(&freed.name, freed.ending);
    }
    Cow::Owned(rest)
}
