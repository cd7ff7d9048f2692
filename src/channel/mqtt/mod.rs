//! A broker of MQTT 3.1.1.
//!
//! * `connection` — bytes to and from it, with TLS where that is asked for
//! * `session` — packets: who we are, what is published, and what arrives
//! * `notice` — one message, as the other channels have it
pub mod connection;
pub mod notice;
pub mod session;
