//! Open Sound Control: other programs set, play and evaluate by UDP, and patterns speak to them.
//!
//! Control threads only. What comes in is bounded in size and rate, decoded by `rosc`, and does no more than what the
//! protocol of `sorl repl` can do; there is no token, so it is heard only where it was asked for, and on the loopback
//! address unless told otherwise. What cannot be understood is left alone.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rosc::{OscMessage, OscPacket, OscType};
use sorl_graph::When;
use sorl_graph::message::NoteEvent;
use sorl_graph::pattern::{Message, Said};
use sorl_graph::session::Sent;
use sorl_graph::time::Beats;
use thiserror::Error;

use crate::desk::Desk;

/// The largest packet: longer ones are cut, and so damaged.
const MOST: usize = 16_384;
/// Bundles in bundles and arrays in arrays are decoded and dropped one in the other: a packet full of them needs less
/// than this many bytes of stack.
const STACK: usize = 64 << 20;
/// Messages a second; an evaluation counts as a hundred.
const RATE: f64 = 2000.0;
/// Messages of one packet, bundles in bundles included.
const BUNDLE: usize = 1024;
/// How often patterns' messages are looked for.
const PERIOD: Duration = Duration::from_millis(5);

/// Why there is no OSC.
#[derive(Debug, Error)]
pub enum OscError {
    /// The address.
    #[error("cannot use {address} for OSC: {error}")]
    Address {
        /// What was asked for.
        address: String,
        /// What the system said.
        error: io::Error,
    },
}

/// A thread that hears or speaks OSC; dropping this ends it.
pub struct Osc {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Osc {
    /// Hears messages at `PORT` (on the loopback address) or `HOST:PORT`.
    ///
    /// # Errors
    /// [`OscError`] when the address cannot be had.
    pub fn hear(desk: &Arc<Desk>, address: &str) -> Result<Osc, OscError> {
        let failed = |error| OscError::Address {
            address: address.to_owned(),
            error,
        };
        let socket = UdpSocket::bind(whole(address)).map_err(failed)?;
        socket
            .set_read_timeout(Some(Duration::from_millis(200)))
            .map_err(failed)?;
        let at = socket.local_addr().map_err(failed)?;
        let desk = Arc::clone(desk);
        Osc::run(at, "sorl-osc-in", move |stop| {
            let mut packet = vec![0; MOST];
            let mut share = Share::new();
            while !stop.load(Ordering::Acquire) {
                let Ok((length, _)) = socket.recv_from(&mut packet) else {
                    continue;
                };
                for message in messages(&packet[..length]) {
                    // Too much of it is left alone: nobody waits for an answer.
                    if share.take(weight(&message), Instant::now()) {
                        let _ = obey(&desk, &message);
                    }
                }
            }
        })
        .map_err(failed)
    }

    /// Sends what patterns say to `HOST:PORT`, or to a port of this machine.
    ///
    /// # Errors
    /// [`OscError`] when the address cannot be reached.
    pub fn speak(desk: &Arc<Desk>, address: &str) -> Result<Osc, OscError> {
        let failed = |error| OscError::Address {
            address: address.to_owned(),
            error,
        };
        let to = whole(address).to_socket_addrs().map_err(failed)?.next();
        let to = to.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any).map_err(failed)?;
        let desk = Arc::clone(desk);
        Osc::run(to, "sorl-osc-out", move |stop| {
            while !stop.load(Ordering::Acquire) {
                thread::sleep(PERIOD);
                let sent = desk.session().take_sent();
                for message in sent.iter().filter_map(packet_of) {
                    // Whoever does not listen does not hear.
                    let _ = socket.send_to(&message, to);
                }
            }
        })
        .map_err(failed)
    }

    fn run(
        address: SocketAddr,
        name: &str,
        work: impl FnOnce(&AtomicBool) + Send + 'static,
    ) -> io::Result<Osc> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK);
        let thread = thread.spawn(move || work(&stopped))?;
        Ok(Osc {
            address,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it hears, or speaks to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Osc {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic was told of already.
            let _ = thread.join();
        }
    }
}

/// A bare port is one of this machine.
fn whole(address: &str) -> String {
    match address.parse::<u16>() {
        Ok(port) => format!("127.0.0.1:{port}"),
        Err(_) => address.to_owned(),
    }
}

/// The messages of a packet, those of bundles one after the other; none if it is damaged.
fn messages(packet: &[u8]) -> Vec<OscMessage> {
    let Ok((_, packet)) = rosc::decoder::decode_udp(packet) else {
        return Vec::new();
    };
    let (mut found, mut waiting) = (Vec::new(), vec![packet]);
    while let Some(packet) = waiting.pop() {
        match packet {
            OscPacket::Message(message) => found.push(message),
            OscPacket::Bundle(bundle) => waiting.extend(bundle.content.into_iter().rev()),
        }
        if found.len() + waiting.len() > BUNDLE {
            return Vec::new();
        }
    }
    found
}

/// How much of the share a message takes.
fn weight(message: &OscMessage) -> f64 {
    match message.addr.as_str() {
        "/eval" | "/run" => 100.0,
        _ => 1.0,
    }
}

/// So many messages a second, as many at once.
struct Share {
    left: f64,
    at: Option<Instant>,
}

impl Share {
    fn new() -> Share {
        Share {
            left: RATE,
            at: None,
        }
    }

    fn take(&mut self, weight: f64, now: Instant) -> bool {
        let past = self
            .at
            .map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.at = Some(now);
        self.left = (self.left + past * RATE).min(RATE);
        let enough = self.left >= weight;
        if enough {
            self.left -= weight;
        }
        enough
    }
}

fn number(arg: Option<&OscType>) -> Option<f64> {
    let x = match *arg? {
        OscType::Int(x) => f64::from(x),
        OscType::Float(x) => f64::from(x),
        OscType::Long(x) => x as f64,
        OscType::Double(x) => x,
        OscType::Bool(x) => f64::from(u8::from(x)),
        _ => return None,
    };
    Some(x).filter(|x| x.is_finite())
}

fn word(arg: Option<&OscType>) -> Option<&str> {
    match arg? {
        OscType::String(word) => Some(word),
        _ => None,
    }
}

/// Does what a message says; `None` if that cannot be done.
fn obey(desk: &Desk, message: &OscMessage) -> Option<()> {
    let args = &message.args;
    let (first, second) = (args.first(), args.get(1));
    match message.addr.as_str() {
        "/set" => desk
            .session()
            .set(word(first)?, number(second)? as f32)
            .ok(),
        "/play" => {
            desk.session().play();
            Some(())
        }
        "/stop" => {
            desk.session().stop();
            Some(())
        }
        "/rewind" => {
            desk.session().rewind();
            Some(())
        }
        "/seek" => {
            let beat = number(first).filter(|beat| beat.abs() <= 1e9)?;
            desk.session().seek(Beats::from_f64(beat));
            Some(())
        }
        "/tempo" => {
            let bpm = number(first).filter(|bpm| (1.0..=1000.0).contains(bpm));
            // Without a number the score has its say again.
            (bpm.is_some() || first.is_none()).then(|| desk.session().set_tempo_override(bpm))
        }
        "/eval" => desk.evaluate_at(word(first)?, When::Now).ok(),
        "/run" => desk.run(word(first)?, When::Now).ok(),
        "/macro" => {
            let index = number(first).filter(|i| (1.0..=64.0).contains(i))? as u8;
            desk.session().set_macro(index, number(second)? as f32).ok()
        }
        "/note" => {
            let key = number(first)
                .filter(|key| (0.0..=127.0).contains(key))?
                .round() as u8;
            let velocity = number(second).unwrap_or(0.8).clamp(0.0, 1.0) as f32;
            let channel = number(args.get(2)).unwrap_or(1.0).clamp(1.0, 16.0) as u8 - 1;
            desk.session().note(match velocity > 0.0 {
                true => NoteEvent::On {
                    channel,
                    key,
                    velocity,
                },
                false => NoteEvent::Off { channel, key },
            });
            Some(())
        }
        // `/set/bass/cutoff 900` is the same as `/set "bass/cutoff" 900`.
        address => {
            let path = address.strip_prefix("/set/")?;
            desk.session().set(path, number(first)? as f32).ok()
        }
    }
}

/// A pattern's step as a packet: `osc("/dim", 0.5)` as it is, `ctrl("dim", …)` as `/ctrl "dim" value`.
fn packet_of(sent: &Sent) -> Option<Vec<u8>> {
    let (addr, args) = match &sent.message {
        Message::Osc { address, args } => {
            let arg = |said: &Said| match said {
                Said::Word(word) => OscType::String(word.clone()),
                Said::Number(x) => OscType::Float(*x as f32),
            };
            (address.clone(), args.iter().map(arg).collect())
        }
        Message::Control { label } => {
            let args = vec![OscType::String(label.clone()), OscType::Float(sent.value)];
            ("/ctrl".to_owned(), args)
        }
    };
    rosc::encoder::encode(&OscPacket::Message(OscMessage { addr, args })).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORE: &str = "def one():\n    return sine_osc(control(\"freq\", 220, 20, 2000)) * 0.1\n\no = node(\"one\", one)\n";

    fn packet(addr: &str, args: Vec<OscType>) -> Vec<u8> {
        let addr = addr.to_owned();
        rosc::encoder::encode(&OscPacket::Message(OscMessage { addr, args })).unwrap()
    }

    #[test]
    fn messages_set_play_and_evaluate() {
        let desk = Desk::new(SCORE);
        let say = |addr: &str, args: Vec<OscType>| {
            let message = messages(&packet(addr, args)).remove(0);
            obey(&desk, &message).is_some()
        };
        assert!(say(
            "/set",
            vec!["one/freq".to_owned().into(), 330.0f32.into()]
        ));
        assert_eq!(desk.session().value("one", "freq"), Some(330.0));
        assert!(say("/set/one/freq", vec![OscType::Int(440)]));
        assert_eq!(desk.session().value("one", "freq"), Some(440.0));
        assert!(say("/tempo", vec![OscType::Float(90.0)]));
        assert_eq!(desk.session().tempo().bpm(), 90.0);
        assert!(
            say("/play", vec![]) && say("/stop", vec![]) && say("/seek", vec![OscType::Int(8)])
        );
        assert!(say("/note", vec![OscType::Int(60), OscType::Float(0.5)]));
        assert!(say("/run", vec!["p = node(\"p\", one)".to_owned().into()]));
        assert!(desk.session().patch().node("p").is_some());
        assert!(say("/eval", vec![String::new().into()]));
        assert!(desk.session().patch().nodes.is_empty());
        for (addr, args) in [
            ("/set", vec![OscType::Nil]),
            ("/set/one/freq", vec![OscType::Float(f32::NAN)]),
            ("/tempo", vec![OscType::Int(0)]),
            ("/eval", vec!["nod(".to_owned().into()]),
            ("/fly", vec![]),
            ("/note", vec![OscType::Int(200)]),
        ] {
            assert!(!say(addr, args), "{addr}");
        }
    }

    #[test]
    fn it_is_heard_on_this_machine_and_damage_is_left_alone() {
        let desk = Desk::new(SCORE);
        let osc = Osc::hear(&desk, "0").unwrap();
        assert!(osc.address().ip().is_loopback());
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sound = packet("/set/one/freq", vec![OscType::Float(500.0)]);
        let mut seed = 5u64;
        for _ in 0..200 {
            let mut bad = sound.clone();
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 33) as usize % bad.len();
            bad[at] ^= (seed >> 20) as u8 | 1;
            bad.truncate(at.max(1) + 7);
            assert!(messages(&bad).len() <= 1);
            socket.send_to(&bad, osc.address()).unwrap();
        }
        // As deep as a packet can be, both ways.
        let mut deep = Vec::new();
        while deep.len() + 20 <= MOST {
            let length = u32::try_from(MOST - deep.len() - 20).unwrap();
            deep.extend(b"#bundle\0\0\0\0\0\0\0\0\x01");
            deep.extend(length.to_be_bytes());
        }
        socket.send_to(&deep, osc.address()).unwrap();
        let mut deep = b"/set\0\0\0\0,".to_vec();
        deep.resize(MOST / 2, b'[');
        deep.resize(MOST - 4, b']');
        deep.extend([0; 4]);
        socket.send_to(&deep, osc.address()).unwrap();
        while desk.session().value("one", "freq") != Some(500.0) {
            socket.send_to(&sound, osc.address()).unwrap();
            thread::yield_now();
        }
    }

    #[test]
    fn steps_of_patterns_are_packets() {
        let sent = |message| Sent {
            message,
            value: 0.25,
            frame: 0,
        };
        let dim = sent(Message::Osc {
            address: "/dim".to_owned(),
            args: vec![Said::Word("all".to_owned()), Said::Number(0.5)],
        });
        let heard = messages(&packet_of(&dim).unwrap()).remove(0);
        assert_eq!(
            (heard.addr.as_str(), number(heard.args.get(1))),
            ("/dim", Some(0.5))
        );
        let ctrl = sent(Message::Control {
            label: "dim".to_owned(),
        });
        let heard = messages(&packet_of(&ctrl).unwrap()).remove(0);
        assert_eq!(
            (word(heard.args.first()), number(heard.args.get(1))),
            (Some("dim"), Some(0.25))
        );
    }

    #[test]
    fn too_much_is_left_alone() {
        let (mut share, now) = (Share::new(), Instant::now());
        assert!((0..2000).all(|_| share.take(1.0, now)) && !share.take(1.0, now));
        assert!(share.take(100.0, now + Duration::from_millis(60)));
    }
}
