//! The listening end: a thread that lets clients in, and one for each of them.
//!
//! None of these threads is the audio thread's concern: they take the desk's lock for the length of one request. A line
//! that is too long, a stranger who says nothing, a reader who does not read and a client too many are let go; who asks
//! too much is read more slowly.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use thiserror::Error;

use super::conversation::Conversation;
use super::place::{Place, Token, Visiting};
use crate::desk::Desk;

/// What is allowed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Clients at a time.
    pub clients: usize,
    /// Those among them that have not said the token yet.
    pub strangers: usize,
    /// Bytes of a line.
    pub line: usize,
    /// Bytes of a stranger's line.
    pub hello: usize,
    /// How long a stranger may keep silent.
    pub patience: Duration,
    /// How long a client may be silent that has subscribed to nothing.
    pub idle: Duration,
    /// Requests a second; an evaluation counts as twenty. Ten times as many at once.
    pub requests: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            clients: 64,
            strangers: 16,
            line: 1 << 20,
            hello: 256,
            patience: Duration::from_secs(5),
            idle: Duration::from_secs(3600),
            requests: 200,
        }
    }
}

/// Why nobody can be let in.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The address.
    #[error(
        "cannot listen on {address}: {error}; take another port, or 127.0.0.1:0 for any that is free"
    )]
    Listen {
        /// What was asked for.
        address: String,
        /// What the system said.
        error: io::Error,
    },
    /// The token.
    #[error("cannot make a token that only you can read: {0}")]
    Token(io::Error),
}

/// A server; dropping it sends everybody away and waits for its threads.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    visiting: Option<Visiting>,
}

struct Shared {
    desk: Arc<Desk>,
    token: Arc<Token>,
    limits: Limits,
    ended: AtomicBool,
    clients: AtomicUsize,
    strangers: AtomicUsize,
}

impl Server {
    /// Listens on an address (port 0: any that is free) for those who know a new token.
    ///
    /// # Errors
    /// [`ServerError`] when the address is taken, or the system has no randomness.
    pub fn start(desk: &Arc<Desk>, address: &str, limits: Limits) -> Result<Server, ServerError> {
        let failed = |error| ServerError::Listen {
            address: address.to_owned(),
            error,
        };
        let token = Arc::new(Token::new().map_err(ServerError::Token)?);
        let listener = TcpListener::bind(address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared {
            desk: Arc::clone(desk),
            token,
            limits,
            ended: AtomicBool::new(false),
            clients: AtomicUsize::new(0),
            strangers: AtomicUsize::new(0),
        });
        let thread = {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("sorl-remote".to_owned())
                .spawn(move || shared.listen(&listener))
                .map_err(failed)?
        };
        Ok(Server {
            address,
            shared,
            thread: Some(thread),
            visiting: None,
        })
    }

    /// Writes down in a folder how this server is reached, for the user only.
    ///
    /// # Errors
    /// [`ServerError::Token`] when that cannot be.
    pub fn publish(&mut self, folder: &std::path::Path, score: &str) -> Result<(), ServerError> {
        let place = Place {
            score: score.to_owned(),
            ..self.place()
        };
        self.visiting = Some(place.publish(folder).map_err(ServerError::Token)?);
        Ok(())
    }

    /// How it is reached.
    pub fn place(&self) -> Place {
        Place {
            address: self.address.to_string(),
            token: self.shared.token.text().to_owned(),
            score: String::new(),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.visiting = None;
        self.shared.ended.store(true, Ordering::Release);
        // Wakes the thread that waits for clients: what is bound to all addresses is reached on the loopback one.
        let mut door = self.address;
        if door.ip().is_unspecified() {
            door.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        let woken = TcpStream::connect_timeout(&door, Duration::from_secs(1)).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            // A panic was told of already.
            let _ = thread.join();
        }
    }
}

/// One more of something, for as long as this lives.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize, most: usize) -> Option<Counted<'a>> {
        // Taken first and given back if it was one too many: two at once cannot both be the last.
        let counted = Counted(count);
        (count.fetch_add(1, Ordering::AcqRel) < most).then_some(counted)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Shared {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    fn listen(self: Arc<Self>, listener: &TcpListener) {
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        for stream in listener.incoming() {
            if self.has_ended() {
                break;
            }
            threads.retain(|thread| !thread.is_finished());
            let Ok(stream) = stream else {
                // Out of handles, perhaps: others have to go first.
                thread::sleep(Duration::from_millis(50));
                continue;
            };
            // No more threads than clients, and a few that tell the others that they are too many.
            if threads.len() >= self.limits.clients + 8 {
                let _ = stream.shutdown(Shutdown::Both);
                continue;
            }
            let shared = Arc::clone(&self);
            let thread = thread::Builder::new().name("sorl-client".to_owned());
            threads.extend(thread.spawn(move || shared.serve(stream)).ok());
        }
        for thread in threads {
            let _ = thread.join();
        }
    }

    /// One client, until it goes or is let go. An error of the socket is its end.
    fn serve(&self, mut stream: TcpStream) {
        let Some(_client) = Counted::new(&self.clients, self.limits.clients) else {
            let error =
                serde_json::json!({"ok": false, "error": "too many clients; come back later"});
            let _ = stream.set_write_timeout(Some(Duration::from_secs(1)));
            let _ = writeln!(stream, "{error}");
            return;
        };
        let _ = self.converse(&mut stream);
        let _ = stream.shutdown(Shutdown::Both);
    }

    fn converse(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        // Who does not read what is written is let go; it can always come back.
        stream.set_write_timeout(Some(Duration::from_secs(2)))?;
        let mut stranger = Counted::new(&self.strangers, self.limits.strangers);
        if stranger.is_none() {
            return Ok(());
        }
        let mut talk = Conversation::new(Arc::clone(&self.desk), Arc::clone(&self.token));
        let began = Instant::now();
        let mut heard = began;
        let mut share = Share::new(self.limits.requests);
        let mut line: Vec<u8> = Vec::new();
        let mut chunk = [0u8; 4096];
        while !self.has_ended() {
            let wait = if talk.is_subscribed() { 20 } else { 200 };
            stream.set_read_timeout(Some(Duration::from_millis(wait)))?;
            let read = match stream.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(n) => &chunk[..n],
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => &[],
                    _ => return Err(error),
                },
            };
            for piece in read.split_inclusive(|&byte| byte == b'\n') {
                let most = if talk.is_known() {
                    self.limits.line
                } else {
                    self.limits.hello
                };
                if line.len() + piece.len() > most {
                    let error = format!("a line has at most {most} bytes");
                    let error = serde_json::json!({"ok": false, "error": error});
                    return writeln!(stream, "{error}");
                }
                line.extend_from_slice(piece);
                if line.last() != Some(&b'\n') {
                    continue;
                }
                heard = Instant::now();
                let reply = talk.line(line.trim_ascii());
                line.clear();
                stream.write_all((reply.text + "\n").as_bytes())?;
                if reply.close {
                    return Ok(());
                }
                stranger = stranger.filter(|_| !talk.is_known());
                // Not reading is what slows a sender down, all the way back.
                let mut pause = share.take(reply.weight, Instant::now());
                while !pause.is_zero() && !self.has_ended() {
                    let nap = pause.min(Duration::from_millis(200));
                    thread::sleep(nap);
                    pause -= nap;
                }
            }
            let patience = if talk.is_known() {
                self.limits.idle
            } else {
                self.limits.patience
            };
            let since = if talk.is_known() { heard } else { began };
            if !talk.is_subscribed() && since.elapsed() > patience {
                return Ok(());
            }
            for event in talk.events(began.elapsed()) {
                stream.write_all((event + "\n").as_bytes())?;
            }
        }
        Ok(())
    }
}

/// A client's share of the control side's time: so many requests a second, ten times as many at once.
struct Share {
    rate: f64,
    left: f64,
    at: Option<Instant>,
}

impl Share {
    fn new(requests: u32) -> Share {
        let rate = f64::from(requests.max(1));
        Share {
            rate,
            left: rate * 10.0,
            at: None,
        }
    }

    /// Takes some of it, and says how long to wait until there is more.
    fn take(&mut self, weight: u32, now: Instant) -> Duration {
        let past = self
            .at
            .map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.at = Some(now);
        self.left = (self.left + past * self.rate).min(self.rate * 10.0) - f64::from(weight);
        Duration::from_secs_f64((-self.left).max(0.0) / self.rate)
    }
}

/// Whether an address is reached from this machine only.
pub fn is_loopback(address: &str) -> bool {
    address
        .to_socket_addrs()
        .is_ok_and(|mut addresses| addresses.all(|address| address.ip().is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::super::client::Client;
    use super::*;
    use serde_json::json;

    fn server(limits: Limits) -> Server {
        let desk = Desk::new("def one():\n    return sine_osc(440)\n\no = node(\"one\", one)\n");
        Server::start(&desk, "127.0.0.1:0", limits).unwrap()
    }

    /// All that a server writes until it closes.
    fn rest(mut stream: TcpStream) -> String {
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut text = Vec::new();
        // A reset after what was written is an end as well.
        let _ = stream.read_to_end(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn sixty_four_clients_are_served_and_one_more_is_told_so() {
        let server = server(Limits::default());
        let place = server.place();
        let mut clients: Vec<Client> = (0..64).map(|_| Client::connect(&place).unwrap()).collect();
        for client in &mut clients {
            assert_eq!(
                client.ask(&json!({"do": "nodes"})).unwrap()["nodes"][0]["name"],
                "one"
            );
        }
        let late = TcpStream::connect(server.address()).unwrap();
        assert!(rest(late).contains("too many clients"));
        for client in &mut clients {
            assert_eq!(client.ask(&json!({"do": "ping"})).unwrap()["ok"], true);
        }
        drop(server);
        assert!(clients[0].ask(&json!({"do": "ping"})).is_err());
    }

    #[test]
    fn who_does_not_know_the_token_is_let_go() {
        let server = server(Limits::default());
        let wrong = Place {
            token: "0".repeat(64),
            ..server.place()
        };
        assert!(Client::connect(&wrong).is_err());
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        assert!(rest(stream).contains("\"ok\":false"));
        assert!(Client::connect(&server.place()).is_ok());
    }

    #[test]
    fn half_open_connections_and_endless_lines_end() {
        let server = server(Limits {
            patience: Duration::from_millis(1),
            ..Limits::default()
        });
        let silent = TcpStream::connect(server.address()).unwrap();
        assert_eq!(rest(silent), "");
        let mut half = TcpStream::connect(server.address()).unwrap();
        let _ = half.write_all(b"{\"token\":");
        assert!(!rest(half).contains("\"ok\":true"));

        let server = self::server(Limits::default());
        let mut endless = TcpStream::connect(server.address()).unwrap();
        let _ = endless.write_all(&[b'x'; 257]);
        assert!(rest(endless).contains("at most 256 bytes"));
        let mut known = TcpStream::connect(server.address()).unwrap();
        let hello = json!({"token": server.place().token}).to_string() + "\n";
        known.write_all(hello.as_bytes()).unwrap();
        // The server stops in the middle; writing on into a closed socket is an error, and as it should be.
        let _ = known.write_all(&vec![b'x'; (1 << 20) + 1]);
        let said = rest(known);
        assert!(said.is_empty() || said.contains("\"ok\":true"), "{said}");
        assert!(Client::connect(&server.place()).is_ok());
    }

    #[test]
    fn a_share_is_used_up_and_grows_again() {
        let mut share = Share::new(100);
        let start = Instant::now();
        for _ in 0..1000 {
            assert_eq!(share.take(1, start), Duration::ZERO);
        }
        assert_eq!(share.take(20, start), Duration::from_millis(200));
        assert_eq!(
            share.take(0, start + Duration::from_millis(200)),
            Duration::ZERO
        );
    }

    #[test]
    fn only_the_loopback_address_counts_as_near() {
        assert!(is_loopback("127.0.0.1:0") && is_loopback("[::1]:80"));
        assert!(!is_loopback("0.0.0.0:0") && !is_loopback("nonsense"));
    }
}
