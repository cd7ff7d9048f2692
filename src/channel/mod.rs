//! Floor 2: how a message leaves for a channel.
//!
//! * `http` — to the server of a channel; `bodies` — what each kind of server wants to be told; `error` — why it did not leave
//!
//! Invariant: no address and no token is in an error, a log or a message, and no answer of a server is repeated.
mod bodies;
mod error;
mod http;

pub use error::Error;
pub use http::send;
