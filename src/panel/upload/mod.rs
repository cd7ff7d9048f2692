//! Everything between the Upload button and a backup in the list.
//!
//! * `dialog` — choose a file; `unfinished` — what came of others, on the page
//! * `ended` — waits for the end of the job that stores an upload
//! * `form` — all of it in one request: plain forms and small programs
//! * `pieces` — in pieces that go on after a cut, by the tus protocol; `protocol` — its headers
//! * `under_way` — the uploads in pieces that this program takes at this moment
//!
//! Invariant: whichever way the bytes come, the same work checks and stores them.
pub mod dialog;
mod ended;
pub mod form;
pub mod pieces;
mod protocol;
pub mod under_way;
pub mod unfinished;
