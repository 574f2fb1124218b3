//! From a Plan, the names behind its numbers, and a measurement, to what can be read.

use super::{
    CodeInfo, ConnectionInfo, ControlInfo, EndInfo, EndingInfo, GraphInfo, Inspection, Measured,
    NodeInfo, NodeState, Pending, PortInfo,
};
use crate::plan::{Code, ControlIndex, Drives, NodeId, Plan, PlanGraph, PlanNode, PlanWire, Port};
use crate::rt::{Measure, NodeMeasure};
use crate::signal::{Backend, Control};
use std::collections::HashMap;

/// The names behind a node's numbers.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The node's.
    pub node: String,
    /// Its audio inputs'.
    pub inputs: Vec<String>,
    /// Its controls', gain and pan last.
    pub controls: Vec<String>,
    /// What its own controls are, in the same order.
    pub own: Vec<Control>,
}

/// Describes a Plan for an engine of a sample rate in Hz. Nodes without names (gone by now) are told by number.
pub fn describe(
    plan: &Plan,
    rate: u32,
    names: &HashMap<NodeId, Names>,
    measure: Option<&Measure>,
) -> Inspection {
    let measured: HashMap<NodeId, &NodeMeasure> = measure
        .iter()
        .flat_map(|m| &m.nodes)
        .map(|n| (n.node, n))
        .collect();
    // Nanoseconds that the frames last.
    let length = measure.map_or(1.0, |m| m.frames as f64 * 1e9 / f64::from(rate));
    let mut nodes: Vec<NodeInfo> = plan
        .nodes
        .iter()
        .map(|node| {
            let found = measure.zip(measured.get(&node.id).copied());
            describe_node(node, names.get(&node.id), found, length)
        })
        .collect();
    let mut connections = Vec::new();
    for (at, node) in plan.nodes.iter().enumerate() {
        for wire in &node.wires {
            let to = end(&nodes[at], at, wire);
            connections.push(connection(wire, to));
        }
    }
    for (pair, wire) in plan.nodes.iter().flat_map(|node| &node.outs) {
        connections.push(connection(wire, EndInfo::Out(pair + 1)));
    }
    let mut places = HashMap::new();
    let wires = plan.nodes.iter().flat_map(|node| &node.wires);
    let outs = plan.nodes.iter().flat_map(|node| &node.outs);
    for (place, wire) in wires.chain(outs.map(|(_, wire)| wire)).enumerate() {
        places.insert(wire.slot, place);
    }
    for (info, node) in nodes.iter_mut().zip(&plan.nodes) {
        info.ending = node.ending.as_ref().map(|ending| EndingInfo {
            frees: ending.closes.iter().map(|node| node.0 as usize).collect(),
            opens: {
                let opens = ending.opens.iter();
                let opens = opens.filter_map(|(slot, level, _)| Some((*places.get(slot)?, *level)));
                opens.collect()
            },
        });
    }
    let pending = Pending {
        nodes: plan.nodes.iter().filter(|n| n.leaving).count(),
        connections: connections.iter().filter(|c| c.leaving).count(),
        ..Pending::default()
    };
    Inspection {
        serial: plan.serial,
        rate,
        nodes,
        connections,
        graphs: plan.graphs.iter().map(graph).collect(),
        latency: plan.latency,
        pending,
        measured: measure.map(|m| Measured {
            frames: m.frames,
            load: (m.nanos as f64 / length) as f32,
        }),
    }
}

fn describe_node(
    node: &PlanNode,
    names: Option<&Names>,
    measured: Option<(&Measure, &NodeMeasure)>,
    length: f64,
) -> NodeInfo {
    let unknown = Names {
        node: format!("node {}", node.id.0),
        ..Names::default()
    };
    let names = names.unwrap_or(&unknown);
    let mut group: Vec<String> = names.node.split('/').map(str::to_owned).collect();
    group.pop();
    let named = |names: &[String], at: usize| names.get(at).cloned().unwrap_or(at.to_string());
    let found = measured.map(|(_, found)| found);
    let values = measured.map(|(measure, found)| measure.controls_of(found));
    let inputs = (0..usize::from(node.inputs)).map(|k| PortInfo {
        name: named(&names.inputs, k),
        peak: found.and_then(|f| f.inputs.get(k).copied()),
    });
    let controls = node.controls.iter().enumerate().map(|(k, control)| {
        let drives = Drives::Control(ControlIndex(k as u16));
        let value = values.and_then(|v| v.get(k).copied());
        let own = names.own.get(k);
        let label = own.and_then(|own| own.label(value.unwrap_or(control.value)));
        ControlInfo {
            name: named(&names.controls, k),
            unit: own.map(|own| own.unit.clone()).unwrap_or_default(),
            label: label.map(str::to_owned),
            base: control.value,
            lo: control.lo,
            hi: control.hi,
            pattern: node.bindings.iter().any(|b| b.drives == drives),
            value,
        }
    });
    NodeInfo {
        id: node.id.0,
        name: names.node.clone(),
        group,
        code: match &node.code {
            Code::Kernel(kernel) => match kernel.backend() {
                Backend::MachineCode => CodeInfo::MachineCode,
                Backend::Interpreter => CodeInfo::Interpreter,
            },
            Code::Unit(unit) => CodeInfo::Unit(unit.describe().name.clone()),
            Code::Input(_) => CodeInfo::Input,
            Code::Up(factor) => CodeInfo::Up(*factor),
            Code::Down(factor) => CodeInfo::Down(*factor),
        },
        voices: node.count,
        instances: node.instances,
        channels: node.channels,
        state: match found {
            _ if node.leaving => NodeState::Leaving,
            Some(found) if found.broken => NodeState::Broken,
            _ if node.open => NodeState::Open,
            _ => NodeState::Closed,
        },
        inputs: inputs.collect(),
        output: PortInfo {
            name: "out".to_owned(),
            peak: found.map(|f| f.output),
        },
        controls: controls.collect(),
        ending: None,
        load: found.map(|f| (f.nanos as f64 / length) as f32),
    }
}

fn end(info: &NodeInfo, node: usize, wire: &PlanWire) -> EndInfo {
    match wire.port {
        Port::Input(k) => EndInfo::Input {
            node,
            port: match info.inputs.get(usize::from(k)) {
                Some(port) => port.name.clone(),
                None => k.to_string(),
            },
        },
        Port::Control(k) => EndInfo::Control {
            node,
            control: match info.controls.get(usize::from(k.0)) {
                Some(control) => control.name.clone(),
                None => k.0.to_string(),
            },
        },
    }
}

fn graph(graph: &PlanGraph) -> GraphInfo {
    GraphInfo {
        first: graph.first.0 as usize,
        end: graph.end.0 as usize,
        block: graph.block,
        oversample: graph.oversample,
    }
}

fn connection(wire: &PlanWire, to: EndInfo) -> ConnectionInfo {
    ConnectionInfo {
        from: wire.from.0 as usize,
        to,
        level: wire.level,
        feedback: wire.back,
        delay: wire.delay,
        leaving: wire.leaving,
    }
}
