//! Telling an owner besides by mail.
//!
//! * `letters` — which channels hear of something; `deliver` — what becomes of it; `trial` — a try on request
//!
//! Invariant: whatever becomes of a message, the work that it tells of is not touched by it, and one channel that does
//! not answer holds up no other.
mod deliver;
mod error;
mod letters;
mod trial;

pub use deliver::{Patience, deliver, tell_failing};
pub use error::Error;
pub use letters::{Told, letters};
pub use trial::send_trial;
