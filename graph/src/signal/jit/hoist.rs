//! Constants of loops that are loaded once before them.
//!
//! The lowering writes a vector constant where it is used, so a loop loads it each time around. Where a function has
//! few of them they all find room in registers beside what is computed, and a third of a small loop's instructions
//! goes. Where it has many, keeping them would drive other values to the stack: measured, that is slower.

use cranelift_codegen::ir::{Constant, Function, Inst, InstructionData, Opcode, Type};

/// Vector constants that find room in registers: there are sixteen of those.
const ROOM: usize = 8;

/// Moves a function's vector constants to where its loops begin, if they are few.
pub fn hoist(f: &mut Function) {
    let Some(entry) = f.layout.entry_block() else {
        return;
    };
    let mut first: Vec<((Type, Constant), Inst)> = Vec::new();
    let mut again: Vec<(Inst, Inst)> = Vec::new();
    for block in f.layout.blocks().filter(|block| *block != entry) {
        for inst in f.layout.block_insts(block) {
            let InstructionData::UnaryConst {
                opcode: Opcode::Vconst,
                constant_handle,
            } = f.dfg.insts[inst]
            else {
                continue;
            };
            let what = (f.dfg.ctrl_typevar(inst), constant_handle);
            match first.iter().find(|(known, _)| *known == what) {
                Some((_, known)) => again.push((inst, *known)),
                None => first.push((what, inst)),
            }
        }
    }
    // Behind everything else there: a call would drive them to the stack.
    let Some(end) = f.layout.last_inst(entry) else {
        return;
    };
    if first.len() > ROOM {
        return;
    }
    for (_, inst) in first {
        f.layout.remove_inst(inst);
        f.layout.insert_inst(inst, end);
    }
    for (inst, known) in again {
        f.dfg.replace_with_aliases(inst, known);
        f.layout.remove_inst(inst);
    }
}
