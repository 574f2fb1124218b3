//! The system packages that Sorl needs on Linux, each with a way to see that it is there.
//!
//! The lists follow what the sources link and open. To build, ALSA is linked, and the `jack` crate
//! looks for JACK's headers although it opens the library only while the program runs. X11, Wayland
//! and GL are opened while the program runs: `winit` and `glutin` do it for the standalone window,
//! `baseview` for the editor in a host.

/// One package, by its name in Debian and Ubuntu.
pub struct Need {
    pub package: &'static str,
    pub probe: Probe,
    pub purpose: &'static str,
}

/// How to see, on any Linux, that what a package brings is there.
#[derive(Clone, Copy)]
pub enum Probe {
    /// A program on the search path.
    Program(&'static str),
    /// A library to link with, by its name for `pkg-config`.
    Linkable(&'static str),
    /// A library that is opened by this name while a program runs.
    Opened(&'static str),
    /// Modules that `python3` can import.
    Python(&'static str),
}

use Probe::{Linkable, Opened, Program, Python};

const fn need(package: &'static str, probe: Probe, purpose: &'static str) -> Need {
    Need {
        package,
        probe,
        purpose,
    }
}

/// To compile the workspace.
pub const BUILD: &[Need] = &[
    need(
        "pkg-config",
        Program("pkg-config"),
        "finds libraries while building",
    ),
    need("libasound2-dev", Linkable("alsa"), "ALSA: sound and MIDI"),
    need("libjack-jackd2-dev", Linkable("jack"), "JACK: sound"),
];

/// To open the window, and the editor in a host. Mesa's drivers come with `libgl1`.
pub const WINDOW: &[Need] = &[
    need("libx11-6", Opened("libX11.so.6"), "X11: the window"),
    need("libx11-xcb1", Opened("libX11-xcb.so.1"), "X11: the window"),
    need("libxcb1", Opened("libxcb.so.1"), "X11: the window"),
    need(
        "libxcursor1",
        Opened("libXcursor.so.1"),
        "X11: the mouse pointer",
    ),
    need("libxi6", Opened("libXi.so.6"), "X11: mouse and touch"),
    need("libxkbcommon0", Opened("libxkbcommon.so.0"), "the keyboard"),
    need(
        "libxkbcommon-x11-0",
        Opened("libxkbcommon-x11.so.0"),
        "the keyboard under X11",
    ),
    need(
        "libwayland-client0",
        Opened("libwayland-client.so.0"),
        "Wayland: the window",
    ),
    need(
        "libwayland-egl1",
        Opened("libwayland-egl.so.1"),
        "Wayland: drawing",
    ),
    need("libegl1", Opened("libEGL.so.1"), "drawing"),
    need("libgl1", Opened("libGL.so.1"), "drawing"),
];

/// For `cargo xtask validate`: the virtual environment, and what DawDreamer links.
pub const VALIDATE: &[Need] = &[
    need(
        "python3-venv",
        Python("venv, ensurepip"),
        "a Python environment for DawDreamer",
    ),
    need(
        "libglib2.0-0",
        Opened("libglib-2.0.so.0"),
        "a library of DawDreamer",
    ),
];

/// For `cargo xtask validate`: the hosts that Debian has.
pub const HOSTS: &[Need] = &[
    need("ardour", Program("ardour"), "a host: plays and exports"),
    need("qtractor", Program("qtractor"), "a host: its scanner"),
];

/// For `cargo xtask validate audio`: the servers to play on.
pub const SERVERS: &[Need] = &[
    need("jackd2", Program("jackd"), "JACK: a server to play on"),
    need(
        "libpipewire-0.3-dev",
        Linkable("libpipewire-0.3"),
        "PipeWire: sound",
    ),
    need(
        "libclang-dev",
        Opened("libclang.so.1"),
        "reads PipeWire's headers while building",
    ),
    need(
        "pipewire",
        Program("pipewire"),
        "PipeWire: a server to play on",
    ),
    need(
        "pipewire-bin",
        Program("pw-record"),
        "PipeWire: records what is heard",
    ),
    need(
        "pipewire-pulse",
        Program("pipewire-pulse"),
        "PulseAudio: a server to play on",
    ),
    need(
        "wireplumber",
        Program("wireplumber"),
        "connects PipeWire's streams",
    ),
    need("dbus", Program("dbus-daemon"), "a bus for WirePlumber"),
    need(
        "libportaudio2",
        Opened("libportaudio.so.2"),
        "PortAudio: sound",
    ),
];

/// For `cargo xtask validate window`: a screen that nobody sees, hands, and pictures of it. Mesa's drivers draw.
pub const SCREEN: &[Need] = &[
    need("xvfb", Program("Xvfb"), "a screen that nobody sees"),
    need("xdotool", Program("xdotool"), "hands on that screen"),
    need("imagemagick", Program("import"), "pictures of that screen"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_package_is_listed_twice() {
        let mut names: Vec<&str> = BUILD
            .iter()
            .chain(WINDOW)
            .chain(VALIDATE)
            .chain(HOSTS)
            .chain(SERVERS)
            .chain(SCREEN)
            .map(|need| need.package)
            .collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
