//! A session from afar: other programs evaluate, set and look at what this one plays.
//!
//! A running `sorl` listens on a TCP port of the loopback address; who knows the token, which lies in a file that only
//! the user may read, speaks JSON in lines (`docs/protocol.md`). [`Conversation`] is what one client may say and hears,
//! without any socket; [`Server`] carries it, a thread for each client; [`Client`] is the other end; [`Place`] is the
//! file through which they find each other.
//!
//! Control threads only. What comes in is bounded in size, number and rate before it is looked at, and reaches the
//! engine only through the session's queues, so nothing that a client sends or leaves undone is heard, other than
//! what it evaluates.

mod client;
mod conversation;
mod figures;
mod place;
mod request;
mod server;

pub use client::{Client, ClientError};
pub use conversation::{Conversation, Reply};
pub use figures::SoundFigures;
pub use place::{Place, Token, Visiting};
pub use server::{Limits, Server, ServerError, is_loopback};
