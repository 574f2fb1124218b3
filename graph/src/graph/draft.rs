//! The document that an edit changes: a Patch, the names behind handles, and units that are new.

use super::handle::Key;
use super::route::{Destination, End};
use super::signal::Term;
use super::{Control, EditError, Made, Node, Port, Route, Signal, Sound};
use crate::patch::{self, Binding, Connection, NODE_CONTROLS, Patch, Source, Target};
use crate::pattern::Pattern;
use crate::signal::{self, Builder, Function, Inlet, Op, Outlet};
use crate::time::Meter;
use crate::ugen::Unit;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most an audio connection's level may be, up and down.
const MAX_LEVEL: f32 = 4.0;
/// The most voices of a node.
const MAX_VOICES: u16 = 64;

/// What a session keeps between the edits of a Rust program: the names behind its handles.
#[derive(Clone, Debug)]
pub struct Home {
    id: u64,
    next: u64,
    names: BTreeMap<u64, String>,
    /// Nodes that arithmetic made; they go when nothing hears them.
    made: BTreeSet<String>,
}

impl Home {
    /// The beginning. `id` tells this session's handles from every other's.
    pub fn new(id: u64) -> Home {
        Home {
            id,
            next: 0,
            names: BTreeMap::new(),
            made: BTreeSet::new(),
        }
    }
    /// The name of a handle's node, if it is of this session.
    pub fn name<K>(&self, node: Node<K>) -> Option<&str> {
        let own = node.key.home == self.id;
        own.then(|| self.names.get(&node.key.number).map(String::as_str))?
    }
    /// Node and control that a handle means in a Patch.
    ///
    /// # Errors
    /// [`EditError::Gone`], [`EditError::NoControl`].
    pub fn resolve(
        &self,
        patch: &Patch,
        control: Control<'_>,
    ) -> Result<(String, String), EditError> {
        let gone = || EditError::Gone(format!("{:?}", control.node));
        let name = self.name(Node::<()>::new(control.node)).ok_or_else(gone)?;
        let node = patch.node(name).ok_or_else(gone)?;
        Ok((name.to_owned(), control_name(node, control.port)?))
    }
}

/// A graph while it is edited. Everything here only changes the document; nothing is heard.
pub struct Draft {
    patch: Patch,
    home: Home,
    units: Vec<Arc<dyn Unit>>,
}

impl Draft {
    /// To change a Patch whose nodes' names are at `home`.
    pub fn new(patch: Patch, home: Home) -> Draft {
        Draft {
            patch,
            home,
            units: Vec::new(),
        }
    }
    /// What has been said: the Patch without what arithmetic made and nothing hears, the names, and the units that
    /// its nodes need.
    pub fn finish(mut self) -> (Patch, Home, Vec<Arc<dyn Unit>>) {
        self.sweep();
        (self.patch, self.home, self.units)
    }
    /// The Patch as it stands.
    pub fn patch(&self) -> &Patch {
        &self.patch
    }

    /// Adds a node. Its name must be free; `/` groups: `drums/kick`.
    ///
    /// # Errors
    /// [`EditError::Taken`], [`EditError::Name`], and what is wrong with the sound.
    pub fn add<S: Sound>(&mut self, name: &str, sound: S) -> Result<Node<S::Kind>, EditError> {
        if name.split('/').any(str::is_empty) {
            return Err(EditError::Name(name.to_owned()));
        }
        if self.patch.node(name).is_some() {
            return Err(EditError::Taken(name.to_owned()));
        }
        let (source, label) = self.source(sound.made())?;
        self.patch.nodes.push(patch::Node {
            name: name.to_owned(),
            source,
            label,
            count: 1,
            values: BTreeMap::new(),
            mute: false,
            solo: false,
            span: Default::default(),
        });
        self.home.names.insert(self.home.next, name.to_owned());
        let key = Key {
            home: self.home.id,
            number: self.home.next,
        };
        self.home.next += 1;
        Ok(Node::new(key))
    }

    /// Adds a node that plays a signal: a sum or product as a node of its own, with a name.
    ///
    /// # Errors
    /// As [`Draft::add`] and [`Draft::wire`].
    pub fn add_signal(&mut self, name: &str, signal: Signal) -> Result<Node, EditError> {
        let node = self.add(name, through())?;
        self.wire(signal >> node)?;
        Ok(node)
    }

    /// Takes a node away, with everything that leads to it and from it. Its handles are of no use any more.
    ///
    /// # Errors
    /// [`EditError::Gone`].
    pub fn remove<K>(&mut self, node: Node<K>) -> Result<(), EditError> {
        let name = self.name(node.key)?;
        self.home.names.remove(&node.key.number);
        self.drop_node(&name);
        Ok(())
    }

    /// Puts another sound in the place of a node: name, voices, and the connections and values of ports that both
    /// have (by name) stay; the others go. The old handle means the new sound too.
    ///
    /// # Errors
    /// [`EditError::Gone`], and what is wrong with the sound.
    pub fn replace<K, S: Sound>(
        &mut self,
        node: Node<K>,
        sound: S,
    ) -> Result<Node<S::Kind>, EditError> {
        let name = self.name(node.key)?;
        let (source, label) = self.source(sound.made())?;
        let place = self.place(&name)?;
        let old = std::mem::replace(&mut self.patch.nodes[place].source, source);
        let old = patch::Node {
            source: old,
            ..self.patch.nodes[place].clone()
        };
        self.patch.nodes[place].label = label;
        let new = self.patch.nodes[place].clone();
        let has = |control: &str| new.range(control).is_some();
        self.patch.nodes[place].values.retain(|control, value| {
            let range = new.range(control);
            range.is_some_and(|(_, lo, hi)| (lo..=hi).contains(value))
        });
        self.patch.connections.retain_mut(|c| match &mut c.to {
            Target::Input { node, port } if *node == name => {
                let input = old.inputs().get(usize::from(*port));
                let now = input.and_then(|i| new.inputs().iter().position(|n| n == i));
                *port = now.unwrap_or(0) as u16;
                now.is_some()
            }
            Target::Control { node, control } if *node == name => has(control),
            _ => true,
        });
        self.patch
            .bindings
            .retain(|b| b.node != name || b.control.as_deref().is_none_or(has));
        Ok(Node::new(node.key))
    }

    /// Makes the connections of a route; one that is there already gets the new level. A signal's constant sets a
    /// control's value; into an audio input it becomes a node, and so does every product.
    ///
    /// # Errors
    /// The first thing in the route that cannot be; what came before it is made.
    pub fn wire(&mut self, route: Route) -> Result<(), EditError> {
        if route.broken {
            return Err(EditError::Onward);
        }
        for (signal, to) in route.legs {
            let target = self.target(&to.end)?;
            self.lead(signal, &target, to.send)?;
        }
        Ok(())
    }

    /// Takes the connections of a route away.
    ///
    /// # Errors
    /// [`EditError::NotConnected`] for one that is not there. A product has no name to take it away by: give it one
    /// with [`Draft::add_signal`].
    pub fn disconnect(&mut self, route: Route) -> Result<(), EditError> {
        if route.broken {
            return Err(EditError::Onward);
        }
        for (signal, Destination { end, .. }) in route.legs {
            let target = self.target(&end)?;
            for (term, _) in signal.terms {
                let from = match term {
                    Term::Node(key) => self.name(key)?,
                    Term::Product(_) => "a product".to_owned(),
                };
                let before = self.patch.connections.len();
                self.patch
                    .connections
                    .retain(|c| c.from != from || c.to != target);
                if self.patch.connections.len() == before {
                    let to = written(&target);
                    return Err(EditError::NotConnected { from, to });
                }
            }
        }
        Ok(())
    }

    /// States the value of a control, `gain` and `pan` included. While it plays, the value moves there smoothly.
    ///
    /// # Errors
    /// [`EditError::Gone`], [`EditError::NoControl`], [`EditError::Range`].
    pub fn set(&mut self, control: Control<'_>, value: f32) -> Result<(), EditError> {
        let (name, control) = self.home.resolve(&self.patch, control)?;
        let place = self.place(&name)?;
        let node = &mut self.patch.nodes[place];
        let (_, lo, hi) = node.range(&control).unwrap_or_default();
        if !(lo..=hi).contains(&value) {
            return Err(EditError::Range {
                node: name,
                control,
                value,
                lo,
                hi,
            });
        }
        node.values.insert(control, value);
        Ok(())
    }

    /// How many voices a node has, 1…64. Another number makes a new instance that takes over from the old.
    ///
    /// # Errors
    /// [`EditError::Gone`], [`EditError::Voices`].
    pub fn voices<K>(&mut self, node: Node<K>, count: u16) -> Result<(), EditError> {
        if !(1..=MAX_VOICES).contains(&count) {
            return Err(EditError::Voices(count));
        }
        self.node_mut(node)?.count = count;
        Ok(())
    }

    /// Mutes a node, or lets it be heard again.
    ///
    /// # Errors
    /// [`EditError::Gone`].
    pub fn mute<K>(&mut self, node: Node<K>, mute: bool) -> Result<(), EditError> {
        self.node_mut(node)?.mute = mute;
        Ok(())
    }

    /// Lets only soloed nodes, and what they lead through, be heard.
    ///
    /// # Errors
    /// [`EditError::Gone`].
    pub fn solo<K>(&mut self, node: Node<K>, solo: bool) -> Result<(), EditError> {
        self.node_mut(node)?.solo = solo;
        Ok(())
    }

    /// Lets a pattern play a node's notes; the last one wins.
    ///
    /// # Errors
    /// [`EditError::Gone`].
    pub fn play<K>(&mut self, node: Node<K>, pattern: Pattern) -> Result<(), EditError> {
        let name = self.name(node.key)?;
        self.bind(name, None, Some(pattern));
        Ok(())
    }

    /// Lets a pattern play a control in place of its value, or with `None` no longer.
    ///
    /// # Errors
    /// [`EditError::Gone`], [`EditError::NoControl`].
    pub fn play_control(
        &mut self,
        control: Control<'_>,
        pattern: Option<Pattern>,
    ) -> Result<(), EditError> {
        let (name, control) = self.home.resolve(&self.patch, control)?;
        self.bind(name, Some(control), pattern);
        Ok(())
    }

    /// No pattern plays a node's notes any more.
    ///
    /// # Errors
    /// [`EditError::Gone`].
    pub fn hush<K>(&mut self, node: Node<K>) -> Result<(), EditError> {
        let name = self.name(node.key)?;
        self.bind(name, None, None);
        Ok(())
    }

    /// In what steps and at what rate the nodes run whose names begin with this path and a `/`; `None`: as those
    /// around them.
    ///
    /// # Errors
    /// [`EditError::Graph`].
    pub fn graph(&mut self, path: &str, graph: Option<patch::Graph>) -> Result<(), EditError> {
        let before = match graph {
            Some(graph) => self.patch.graphs.insert(path.to_owned(), graph),
            None => self.patch.graphs.remove(path),
        };
        if self.patch.graph_beyond_bounds().is_some() {
            match before {
                Some(before) => drop(self.patch.graphs.insert(path.to_owned(), before)),
                None => drop(self.patch.graphs.remove(path)),
            }
            return Err(EditError::Graph(path.to_owned()));
        }
        Ok(())
    }

    /// The tempo in bpm where no host rules, or none of its own.
    pub fn tempo(&mut self, bpm: Option<f64>) {
        self.patch.tempo = bpm;
    }

    /// The metre where no host rules, or none of its own.
    pub fn meter(&mut self, meter: Option<Meter>) {
        self.patch.meter = meter;
    }

    fn bind(&mut self, node: String, control: Option<String>, pattern: Option<Pattern>) {
        self.patch
            .bindings
            .retain(|b| b.node != node || b.control != control);
        if let Some(pattern) = pattern {
            self.patch.bindings.push(Binding {
                node,
                control,
                pattern,
                text: String::new(),
                from_zero: false,
                zero: 0,
                span: Default::default(),
            });
        }
    }

    fn name(&self, key: Key) -> Result<String, EditError> {
        let name = self.home.name(Node::<()>::new(key));
        // A whole Patch that was applied since may have no such node.
        name.filter(|name| self.patch.node(name).is_some())
            .map(str::to_owned)
            .ok_or_else(|| EditError::Gone(format!("{key:?}")))
    }

    fn place(&self, name: &str) -> Result<usize, EditError> {
        let place = self.patch.nodes.iter().position(|n| n.name == name);
        place.ok_or_else(|| EditError::Gone(name.to_owned()))
    }

    fn node_mut<K>(&mut self, node: Node<K>) -> Result<&mut patch::Node, EditError> {
        let name = self.name(node.key)?;
        let place = self.place(&name)?;
        Ok(&mut self.patch.nodes[place])
    }

    /// Checks a sound and says how a Patch names it.
    fn source(&mut self, made: Made) -> Result<(Source, String), EditError> {
        match made {
            Made::Input => Ok((Source::Input(Inlet::MAIN), "input".to_owned())),
            Made::Function(function) => {
                signal::verify(&function).map_err(EditError::Function)?;
                Ok((Source::Function(function), String::new()))
            }
            Made::Unit(unit) => {
                let about = unit.describe().clone();
                about.check().map_err(|fault| EditError::Unit {
                    name: about.name.clone(),
                    fault,
                })?;
                let taken = self.patch.nodes.iter().any(|n| match &n.source {
                    Source::Unit(other) => other.name == about.name && **other != about,
                    _ => false,
                });
                if taken {
                    return Err(EditError::UnitTaken(about.name));
                }
                let label = about.name.clone();
                self.units.push(unit);
                Ok((Source::Unit(Arc::new(about)), label))
            }
        }
    }

    fn target(&self, end: &End) -> Result<Target, EditError> {
        let input = |key, port| {
            let name = self.name(key)?;
            let place = self.place(&name)?;
            let inputs = self.patch.nodes[place].inputs();
            let at = match port {
                Port::Index(at) => Some(at).filter(|&at| at < inputs.len()),
                Port::Name(port) => inputs.iter().position(|i| i == port),
            };
            match at {
                Some(at) => Ok(Target::Input {
                    node: name,
                    port: at as u16,
                }),
                None => Err(EditError::NoInput {
                    node: name,
                    port: port.to_string(),
                }),
            }
        };
        match end {
            End::Node(key) => input(*key, Port::Index(0)),
            End::Input(key, port) => input(*key, port.port()),
            End::Control(key, port) => {
                let control = Node::<()>::new(*key).control(port.port());
                let (node, control) = self.home.resolve(&self.patch, control)?;
                Ok(Target::Control { node, control })
            }
            End::Out(out) if Outlet::of(out.0).is_some() => Ok(Target::Out(out.0)),
            End::Out(out) => Err(EditError::NoOutput(out.0)),
        }
    }

    /// Leads a signal to a target: its terms become connections, its constant a value or a node.
    fn lead(&mut self, signal: Signal, to: &Target, send: Option<f32>) -> Result<(), EditError> {
        let factor = send.unwrap_or(1.0);
        for (term, level) in signal.terms {
            let from = self.node_of(term)?;
            self.connect(from, to, level * factor, send.is_some())?;
        }
        let constant = signal.constant * factor;
        match to {
            _ if constant == 0.0 => Ok(()),
            Target::Control { node, control } => {
                let place = self.place(node)?;
                let (_, lo, hi) = self.patch.nodes[place].range(control).unwrap_or_default();
                if !(lo..=hi).contains(&constant) {
                    return Err(EditError::Range {
                        node: node.clone(),
                        control: control.clone(),
                        value: constant,
                        lo,
                        hi,
                    });
                }
                let values = &mut self.patch.nodes[place].values;
                values.insert(control.clone(), constant);
                Ok(())
            }
            Target::Input { .. } | Target::Out(_) => {
                let from = self.make("constant", steady(constant))?;
                self.connect(from, to, 1.0, send.is_some())
            }
        }
    }

    fn connect(
        &mut self,
        from: String,
        to: &Target,
        level: f32,
        send: bool,
    ) -> Result<(), EditError> {
        let in_range = match to {
            Target::Control { .. } => level.is_finite(),
            _ => level.abs() <= MAX_LEVEL,
        };
        if !in_range {
            return Err(EditError::Level(level));
        }
        self.patch
            .connections
            .retain(|c| c.from != from || c.to != *to);
        self.patch.connections.push(Connection {
            from,
            to: to.clone(),
            level,
            send,
            span: Default::default(),
        });
        Ok(())
    }

    /// The name of the node that gives a term; a product is made one.
    fn node_of(&mut self, term: Term) -> Result<String, EditError> {
        match term {
            Term::Node(key) => self.name(key),
            Term::Product(factors) => {
                let name = self.make("product", product())?;
                for (port, factor) in [factors.0, factors.1].into_iter().enumerate() {
                    let to = Target::Input {
                        node: name.clone(),
                        port: port as u16,
                    };
                    self.lead(factor, &to, None)?;
                }
                Ok(name)
            }
        }
    }

    /// A node that arithmetic needs.
    fn make(&mut self, what: &str, function: Function) -> Result<String, EditError> {
        let mut number = 1;
        let name = loop {
            let name = format!("{what} {number}");
            if self.patch.node(&name).is_none() {
                break name;
            }
            number += 1;
        };
        let node = self.add(&name, function)?;
        self.home.names.remove(&node.key.number);
        self.home.made.insert(name.clone());
        Ok(name)
    }

    fn drop_node(&mut self, name: &str) {
        self.patch.nodes.retain(|n| n.name != name);
        let leads_there = |to: &Target| to.node() == Some(name);
        self.patch
            .connections
            .retain(|c| c.from != name && !leads_there(&c.to));
        self.patch.bindings.retain(|b| b.node != name);
        self.home.made.remove(name);
    }

    /// Drops what arithmetic made and nothing hears any more.
    fn sweep(&mut self) {
        loop {
            let heard: BTreeSet<&str> = self.patch.connections.iter().map(|c| &*c.from).collect();
            let unheard = self
                .home
                .made
                .iter()
                .find(|name| !heard.contains(name.as_str()));
            let Some(unheard) = unheard.cloned() else {
                return;
            };
            self.drop_node(&unheard);
        }
    }
}

/// A target, to be read.
fn written(target: &Target) -> String {
    match target {
        Target::Input { node, port } => format!("input {port} of `{node}`"),
        Target::Control { node, control } => format!("`{node}/{control}`"),
        Target::Out(number) => format!("`{}`", Outlet::written(*number)),
    }
}

/// The name of a control that a port means.
fn control_name(node: &patch::Node, port: Port<'_>) -> Result<String, EditError> {
    let named = match port {
        Port::Name(name) => node.range(name).map(|_| name),
        Port::Index(at) => {
            let own = node.controls().iter().map(|c| c.name.as_str());
            own.chain(NODE_CONTROLS.iter().map(|c| c.0)).nth(at)
        }
    };
    named
        .map(str::to_owned)
        .ok_or_else(|| EditError::NoControl {
            node: node.name.clone(),
            port: port.to_string(),
        })
}

/// One operation on two inputs cannot fail to build; if it did, the empty function would be refused.
fn product() -> Function {
    signal::function(|b: &mut Builder| {
        let (x, y) = (b.input("x")?, b.input("y")?);
        b.add(Op::Mul(x, y))
    })
    .unwrap_or_default()
}

fn through() -> Function {
    signal::function(|b: &mut Builder| b.input("inp")).unwrap_or_default()
}

fn steady(value: f32) -> Function {
    signal::function(|b: &mut Builder| b.constant(value)).unwrap_or_default()
}
