//! The asking end: `sorl repl` and `sorl status`.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value as Json, json};
use thiserror::Error;

use super::place::Place;

/// Longer than any evaluation takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("no sorl answers at {address}: {error}")]
    Unreachable {
        /// Where.
        address: String,
        /// What the system said.
        error: io::Error,
    },
    /// There is no file of a running sorl.
    #[error(
        "no running sorl was found; start one with `sorl play SCORE`, or name it: `sorl repl HOST:PORT`"
    )]
    Nobody,
    /// It refused, in its own words.
    #[error("{0}")]
    Refused(String),
    /// The connection broke.
    #[error("the connection to sorl ended ({0})")]
    Gone(io::Error),
}

/// A connection to a running `sorl`.
pub struct Client {
    lines: BufReader<TcpStream>,
}

impl Client {
    /// Connects and says the token.
    ///
    /// # Errors
    /// [`ClientError`] when nobody listens there or the token is not the right one.
    pub fn connect(place: &Place) -> Result<Client, ClientError> {
        let unreachable = |error| ClientError::Unreachable {
            address: place.address.clone(),
            error,
        };
        let stream = TcpStream::connect(&place.address).map_err(unreachable)?;
        stream
            .set_read_timeout(Some(PATIENCE))
            .map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let mut client = Client {
            lines: BufReader::new(stream),
        };
        client.ask(&json!({"token": place.token}))?;
        Ok(client)
    }

    /// The youngest that answers of those in a folder, and where it is. What nobody answers for is removed.
    ///
    /// # Errors
    /// [`ClientError::Nobody`] when there is none.
    pub fn find(folder: &Path) -> Result<(Client, Place), ClientError> {
        for (path, place) in Place::all(folder) {
            match Client::connect(&place) {
                Ok(client) => return Ok((client, place)),
                Err(ClientError::Unreachable { error, .. })
                    if error.kind() == io::ErrorKind::ConnectionRefused =>
                {
                    // Left behind by a program that was killed.
                    let _ = std::fs::remove_file(path);
                }
                Err(_) => {}
            }
        }
        Err(ClientError::Nobody)
    }

    /// Asks, and waits for the answer; events on the way are passed over.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with what is wrong, [`ClientError::Gone`] when there is no answer.
    pub fn ask(&mut self, request: &Json) -> Result<Json, ClientError> {
        let line = request.to_string() + "\n";
        let sent = self.lines.get_mut().write_all(line.as_bytes());
        sent.map_err(ClientError::Gone)?;
        loop {
            let answer = self.hear()?;
            match answer["ok"].as_bool() {
                Some(true) => return Ok(answer),
                Some(false) => {
                    let error = answer["error"].as_str().unwrap_or("refused");
                    return Err(ClientError::Refused(error.to_owned()));
                }
                None => {}
            }
        }
    }

    /// The next line: an answer or an event.
    ///
    /// # Errors
    /// [`ClientError::Gone`] when there is none.
    pub fn hear(&mut self) -> Result<Json, ClientError> {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(0) => Err(ClientError::Gone(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => serde_json::from_str(&line).map_err(|error| ClientError::Gone(error.into())),
            Err(error) => Err(ClientError::Gone(error)),
        }
    }
}
