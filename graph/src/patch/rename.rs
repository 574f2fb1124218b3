//! Other names for a Patch's nodes.

use super::{Deed, Patch, Target};

impl Patch {
    /// Gives every node the name that `name` makes of its own, wherever it is named. Two names must not become one.
    pub fn rename(&mut self, name: impl Fn(&str) -> String) {
        let change = |n: &mut String| *n = name(n);
        self.nodes.iter_mut().for_each(|n| change(&mut n.name));
        for c in &mut self.connections {
            change(&mut c.from);
            match &mut c.to {
                Target::Input { node, .. } | Target::Control { node, .. } => change(node),
                Target::Out(_) => {}
            }
        }
        self.bindings.iter_mut().for_each(|b| change(&mut b.node));
        self.mods.iter_mut().for_each(|m| change(&mut m.node));
        self.mappings.iter_mut().for_each(|m| change(&mut m.node));
        self.keys.iter_mut().for_each(|k| change(&mut k.node));
        let graphs = std::mem::take(&mut self.graphs);
        self.graphs = graphs
            .into_iter()
            .map(|(path, g)| (name(&path), g))
            .collect();
        let modules = std::mem::take(&mut self.modules);
        self.modules = modules
            .into_iter()
            .map(|(path, definition)| (name(&path), definition))
            .collect();
        let endings = std::mem::take(&mut self.endings);
        self.endings = endings.into_iter().map(|(n, e)| (name(&n), e)).collect();
        self.kept = self.kept.iter().map(|n| name(n)).collect();
        for act in &mut self.acts {
            if let Deed::Fade { node, .. } = &mut act.deed {
                change(node);
            }
        }
        for scene in &mut self.scenes {
            let nodes = std::mem::take(&mut scene.nodes);
            scene.nodes = nodes.into_iter().map(|(n, s)| (name(&n), s)).collect();
            scene.bindings.iter_mut().for_each(|b| change(&mut b.node));
            scene.mods.iter_mut().for_each(|m| change(&mut m.node));
        }
    }

    /// Takes a node away with everything that names it, scenes excepted.
    pub fn remove(&mut self, name: &str) {
        self.nodes.retain(|n| n.name != name);
        self.bindings.retain(|b| b.node != name);
        self.connections
            .retain(|c| c.from != name && c.to.node() != Some(name));
        self.mods.retain(|m| m.node != name);
        self.mappings.retain(|m| m.node != name);
        self.keys.retain(|k| k.node != name);
        self.endings.remove(name);
        self.kept.remove(name);
        let of = |deed: &Deed| matches!(deed, Deed::Fade { node, .. } if node == name);
        self.acts.retain(|a| !of(&a.deed));
    }
}
