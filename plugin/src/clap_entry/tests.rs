//! The plugins in a CLAP host of our own that gives less than it should: ports that are left out, empty, mono or in the
//! memory of others, and blocks without a list for what is sent.

use std::ffi::{CStr, c_char, c_void};

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_NOTE_ON, clap_event_header, clap_event_note,
    clap_input_events,
};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};
use clap_sys::version::CLAP_VERSION;

use super::create;

const BLOCK: usize = 256;
const INSTRUMENT: &CStr = c"org.sorl.instrument";
const EFFECT: &CStr = c"org.sorl.effect";

unsafe extern "C" fn nothing(_: *const clap_host) {}

unsafe extern "C" fn no_extension(_: *const clap_host, _: *const c_char) -> *const c_void {
    std::ptr::null()
}

static HOST: clap_host = clap_host {
    clap_version: CLAP_VERSION,
    host_data: std::ptr::null_mut(),
    name: c"a host".as_ptr(),
    vendor: c"".as_ptr(),
    url: std::ptr::null(),
    version: c"1".as_ptr(),
    get_extension: Some(no_extension),
    request_restart: Some(nothing),
    request_process: Some(nothing),
    request_callback: Some(nothing),
};

/// An instance that is processing.
struct Instance(*const clap_plugin);

impl Instance {
    fn new(id: &CStr) -> Instance {
        // SAFETY: the calls of a host, in their order.
        unsafe {
            let plugin = create(std::ptr::null(), &raw const HOST, id.as_ptr());
            let table = plugin.as_ref().expect("there is such a plugin");
            assert!(table.init.expect("every plugin has it")(plugin));
            let activate = table.activate.expect("every plugin has it");
            assert!(activate(plugin, 48_000.0, 1, BLOCK as u32));
            assert!(table.start_processing.expect("every plugin has it")(plugin));
            Instance(plugin)
        }
    }

    /// A block with these ports, each with its channels; at its first frame a key goes down, if it is one with `note`.
    fn block(
        &self,
        frames: usize,
        ins: &mut [Vec<*mut f32>],
        outs: &mut [Vec<*mut f32>],
        note: bool,
    ) -> clap_process_status {
        let (ins, mut outs) = (ports(ins), ports(outs));
        let events = clap_input_events {
            ctx: (&raw const note).cast_mut().cast(),
            size: Some(count),
            get: Some(get),
        };
        let data = clap_process {
            steady_time: -1,
            frames_count: frames as u32,
            transport: std::ptr::null(),
            audio_inputs: pointer(&ins),
            audio_outputs: match outs.is_empty() {
                true => std::ptr::null_mut(),
                false => outs.as_mut_ptr(),
            },
            audio_inputs_count: ins.len() as u32,
            audio_outputs_count: outs.len() as u32,
            in_events: &raw const events,
            out_events: std::ptr::null(),
        };
        // SAFETY: all lists are as long as they say, and live until the call is over.
        unsafe { (*self.0).process.expect("every plugin has it")(self.0, &raw const data) }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: the calls of a host, in their order.
        unsafe {
            let table = *self.0;
            table.stop_processing.expect("every plugin has it")(self.0);
            table.deactivate.expect("every plugin has it")(self.0);
            table.destroy.expect("every plugin has it")(self.0);
        }
    }
}

fn ports(all: &mut [Vec<*mut f32>]) -> Vec<clap_audio_buffer> {
    let port = |channels: &mut Vec<*mut f32>| clap_audio_buffer {
        data32: match channels.is_empty() {
            true => std::ptr::null_mut(),
            false => channels.as_mut_ptr(),
        },
        data64: std::ptr::null_mut(),
        channel_count: channels.len() as u32,
        latency: 0,
        constant_mask: 3,
    };
    all.iter_mut().map(port).collect()
}

fn pointer<T>(list: &[T]) -> *const T {
    match list.is_empty() {
        true => std::ptr::null(),
        false => list.as_ptr(),
    }
}

static NOTE: clap_event_note = clap_event_note {
    header: clap_event_header {
        size: size_of::<clap_event_note>() as u32,
        time: 0,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_: CLAP_EVENT_NOTE_ON,
        flags: 0,
    },
    note_id: -1,
    port_index: 0,
    channel: 0,
    key: 69,
    velocity: 0.8,
};

unsafe extern "C" fn count(list: *const clap_input_events) -> u32 {
    // SAFETY: the list of a block, whose context is whether it has a note.
    u32::from(unsafe { *(*list).ctx.cast::<bool>() })
}

unsafe extern "C" fn get(_: *const clap_input_events, _: u32) -> *const clap_event_header {
    &raw const NOTE.header
}

/// The channels of a port, where they are.
fn pair(of: &mut [Vec<f32>; 2]) -> Vec<*mut f32> {
    of.iter_mut().map(|c| c.as_mut_ptr()).collect()
}

fn two(value: f32) -> [Vec<f32>; 2] {
    [vec![value; BLOCK], vec![value; BLOCK]]
}

#[test]
fn a_host_may_leave_out_ports_give_them_empty_or_let_them_share_memory() {
    let mut heard: Vec<Vec<f32>> = Vec::new();
    for kind in 0..6 {
        let (mut main, mut other, mut scratch) = (two(7.0), two(7.0), vec![7.0f32; BLOCK]);
        let mut outs = vec![pair(&mut main)];
        match kind {
            0 => {}
            1 => outs.push(pair(&mut other)),
            2 => outs.extend(vec![vec![]; 8]),
            3 => outs.extend(vec![vec![scratch.as_mut_ptr(); 2]; 8]),
            4 => outs.extend(vec![vec![std::ptr::null_mut(); 2]; 8]),
            // In the memory of the main pair itself.
            _ => outs.extend(vec![pair(&mut main); 8]),
        }
        let instance = Instance::new(INSTRUMENT);
        for note in [true, false] {
            let status = instance.block(BLOCK, &mut [], &mut outs, note);
            assert_ne!(status, CLAP_PROCESS_ERROR);
        }
        heard.push(main[0].clone());
    }
    assert!(heard[0].iter().any(|x| x.abs() > 0.01 && x.abs() < 1.0));
    assert!(heard.iter().all(|other| *other == heard[0]));
}

#[test]
fn one_channel_or_none_harms_nothing() {
    let instance = Instance::new(INSTRUMENT);
    let mut mono = vec![7.0f32; BLOCK];
    let mut outs = [vec![mono.as_mut_ptr()]];
    instance.block(BLOCK, &mut [], &mut outs, true);
    instance.block(BLOCK, &mut [], &mut outs, false);
    assert!(mono.iter().any(|x| x.abs() > 0.01) && mono.iter().all(|x| x.abs() < 1.0));
    // It plays on where nobody hears it.
    let mut nothing: [Vec<*mut f32>; 1] = [vec![]];
    assert_ne!(
        instance.block(BLOCK, &mut [], &mut nothing, false),
        CLAP_PROCESS_ERROR
    );
    assert_ne!(
        instance.block(BLOCK, &mut [], &mut [], false),
        CLAP_PROCESS_ERROR
    );
}

#[test]
fn what_does_not_come_in_is_silent_and_what_goes_out_may_lie_where_it_came_in() {
    let instance = Instance::new(EFFECT);
    let (mut left, mut both) = (vec![0.5f32; BLOCK], two(0.25));
    // Left alone: the right is silent.
    let (mut ins, mut out) = ([vec![left.as_mut_ptr()]], two(7.0));
    instance.block(BLOCK, &mut ins, &mut [pair(&mut out)], false);
    assert!(out[0].iter().all(|x| *x == 0.5) && out[1].iter().all(|x| *x == 0.0));
    // Nothing, and a table without channels.
    let nulls = [vec![std::ptr::null_mut(); 2], vec![]];
    for mut ins in [&[][..], &nulls[..1], &nulls].map(<[_]>::to_vec) {
        let mut out = two(7.0);
        instance.block(BLOCK, &mut ins, &mut [pair(&mut out)], false);
        assert!(out.iter().flatten().all(|x| *x == 0.0));
    }
    // In place, with a side chain in the same memory.
    let mut ins = [pair(&mut both), pair(&mut both)];
    let mut outs = [pair(&mut both)];
    instance.block(BLOCK, &mut ins, &mut outs, false);
    assert!(both.iter().flatten().all(|x| *x == 0.25));
}

#[test]
fn a_block_longer_than_promised_is_silent_where_something_is_missing() {
    let instance = Instance::new(INSTRUMENT);
    let mut long = vec![7.0f32; 2 * BLOCK];
    let mut mono = [vec![long.as_mut_ptr()]];
    instance.block(2 * BLOCK, &mut [], &mut mono, true);
    assert!(long.iter().all(|x| *x == 0.0), "not what lay there before");
}
