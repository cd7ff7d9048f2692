//! Hosts over ssh: a look at their host key, added to the configuration with a key of ours, tested, and taken out.
//!
//! * `host_key` — asks for the key of a host, so that its owner can compare it; `add` — keeps what he has confirmed
//! * `target` — both for the machine that a plan sends to
//! * `test` — goes the whole way once; `list` — which there are, with the line that each of them needs; `remove`
//! * `authorized` — that line; `error` — what can go wrong
//!
//! Invariant: nothing is asked of a host whose key was not confirmed, and nothing that is added here runs a program.
pub mod add;
mod authorized;
mod error;
pub mod host_key;
pub mod list;
pub mod remove;
pub mod target;
pub mod test;

pub use error::Error;
