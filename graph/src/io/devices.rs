//! What there is to play on and to hear: `sorl devices`.
//!
//! Control threads only. To look is not to open: nothing sounds, no server is started.

use serde::Serialize;

/// A device, as far as it tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// The name by which it can be asked for.
    pub name: String,
    /// The most channels that come in.
    pub inputs: u16,
    /// The most channels that go out.
    pub outputs: u16,
    /// The lowest and the highest sample rate in Hz.
    pub rates: Option<(u32, u32)>,
    /// The smallest and the largest block in frames.
    pub blocks: Option<(u32, u32)>,
}

/// A back end and its devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackendDevices {
    /// The word by which it is asked for.
    pub backend: &'static str,
    /// Whether it can be used now; else why not.
    pub state: Result<(), String>,
    /// Its devices.
    pub devices: Vec<Device>,
}

/// All back ends of this program, in the order in which they are tried.
pub fn devices() -> Vec<BackendDevices> {
    let mut all = vec![jack()];
    all.extend(hosts());
    #[cfg(feature = "portaudio")]
    all.push(portaudio());
    all.push(BackendDevices {
        backend: "null",
        state: Ok(()),
        devices: vec![Device {
            name: "nobody hears it".to_owned(),
            inputs: 2,
            outputs: 2,
            rates: Some((8_000, 384_000)),
            blocks: Some((1, 65_536)),
        }],
    });
    all
}

#[cfg(feature = "jack")]
fn jack() -> BackendDevices {
    let server = super::jack::server();
    let device = server.map(|(rate, block, [inputs, outputs])| Device {
        name: "the running server".to_owned(),
        inputs: inputs as u16,
        outputs: outputs as u16,
        rates: Some((rate, rate)),
        blocks: Some((block, block)),
    });
    BackendDevices {
        backend: "jack",
        state: device
            .as_ref()
            .map(|_| ())
            .ok_or_else(|| "no server is running".to_owned()),
        devices: device.into_iter().collect(),
    }
}

#[cfg(not(feature = "jack"))]
fn jack() -> BackendDevices {
    BackendDevices {
        backend: "jack",
        state: Err("not part of this program".to_owned()),
        devices: Vec::new(),
    }
}

#[cfg(feature = "cpal")]
fn hosts() -> Vec<BackendDevices> {
    let host = |&id: &cpal::HostId| {
        let devices = super::Cpal::of(id).devices();
        BackendDevices {
            backend: match id.name() {
                "PipeWire" => "pipewire",
                "PulseAudio" => "pulseaudio",
                "ALSA" => "alsa",
                _ => "cpal",
            },
            state: match devices.is_empty() {
                true => Err(format!("{} has no devices", id.name())),
                false => Ok(()),
            },
            devices,
        }
    };
    let mut hosts: Vec<BackendDevices> = cpal::ALL_HOSTS.iter().map(host).collect();
    hosts.sort_by_key(|host| host.backend != "pipewire");
    hosts
}

#[cfg(not(feature = "cpal"))]
fn hosts() -> Vec<BackendDevices> {
    Vec::new()
}

#[cfg(feature = "portaudio")]
fn portaudio() -> BackendDevices {
    let devices = super::portaudio::devices();
    let state = match &devices {
        Ok(devices) if devices.is_empty() => Err("PortAudio has no devices".to_owned()),
        Ok(_) => Ok(()),
        Err(reason) => Err(format!("PortAudio cannot be opened ({reason})")),
    };
    BackendDevices {
        backend: "portaudio",
        state,
        devices: devices.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_back_end_is_listed_and_null_is_always_there() {
        let all = devices();
        assert_eq!(all[0].backend, "jack");
        let null = all.last().unwrap();
        assert!(null.state.is_ok() && null.devices[0].outputs == 2);
        for backend in &all {
            assert_eq!(
                backend.state.is_ok(),
                !backend.devices.is_empty(),
                "{backend:?}"
            );
        }
    }
}
