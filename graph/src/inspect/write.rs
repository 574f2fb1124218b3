//! An inspection as text: what runs, in order, a line for each node and each connection.

use super::{CodeInfo, EndInfo, Inspection, NodeInfo, NodeState};
use crate::signal::Outlet;
use std::fmt;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plan {} at {} Hz", self.serial, self.rate)?;
        if let Some(measured) = &self.measured {
            write!(f, ", load {:.2} %", measured.load * 100.0)?;
        }
        let pending = &self.pending;
        writeln!(
            f,
            "; pending: {} plans, {} nodes, {} connections, {} states",
            pending.plans, pending.nodes, pending.connections, pending.states
        )?;
        for (at, node) in self.nodes.iter().enumerate() {
            writeln!(f, "{at:>4} {node}")?;
            for connection in &self.connections {
                let (to, port) = match &connection.to {
                    EndInfo::Input { node, port } => (Some(*node), port.clone()),
                    EndInfo::Control { node, control } => (Some(*node), format!("[{control}]")),
                    EndInfo::Out(pair) => match Outlet::of(*pair) {
                        Some(Outlet::Channel(_)) => (None, Outlet::written(*pair)),
                        _ => (None, format!("out({pair})")),
                    },
                };
                if connection.from != at {
                    continue;
                }
                let to = to.and_then(|to| self.nodes.get(to)).map(|to| &*to.name);
                let (dot, to) = (if to.is_some() { "." } else { "" }, to.unwrap_or(""));
                write!(f, "       >> {to}{dot}{port} at {}", connection.level)?;
                match connection.feedback {
                    0 => {}
                    frames => write!(f, ", {frames} frames late")?,
                }
                match connection.delay {
                    0 => {}
                    frames => write!(f, ", held back {frames} frames")?,
                }
                writeln!(f, "{}", if connection.leaving { ", leaving" } else { "" })?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for NodeInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = match &self.code {
            CodeInfo::MachineCode => "machine code",
            CodeInfo::Interpreter => "interpreter",
            CodeInfo::Unit(name) => name,
            CodeInfo::Input => "input",
            CodeInfo::Up(_) => "into a higher rate",
            CodeInfo::Down(_) => "out of a higher rate",
        };
        let state = match self.state {
            NodeState::Open => "",
            NodeState::Closed => ", closed",
            NodeState::Leaving => ", leaving",
            NodeState::Broken => ", broken",
        };
        let sound = if self.channels == 2 { "stereo" } else { "mono" };
        write!(
            f,
            "{} ({code}, {} voices, {sound}{state})",
            self.name, self.voices
        )?;
        if let (Some(load), Some(peak)) = (self.load, self.output.peak) {
            write!(
                f,
                " {:.3} %, peak {:.3}",
                load * 100.0,
                peak[0].max(peak[1])
            )?;
        }
        for control in &self.controls {
            let value = control.value.unwrap_or(control.base);
            write!(f, " {}=", control.name)?;
            match (&control.label, control.unit.as_str()) {
                (Some(label), _) => write!(f, "{label}")?,
                (None, "") => write!(f, "{value}")?,
                (None, unit) => write!(f, "{value} {unit}")?,
            }
        }
        Ok(())
    }
}
