//! What pages are made of: the layout around them with the frame that says where they lie and who asks, forms, icons,
//! words, lists, switches, the heading that leads from room to room, and what a page says when something went wrong.
//!
//! Invariant: a part knows no room, and no room's state.
pub(crate) mod error_page;
pub(crate) mod forms;
pub(crate) mod frame;
pub(crate) mod http_error;
pub(crate) mod icons;
pub(crate) mod layout;
pub(crate) mod lines;
pub(crate) mod markdown;
pub(crate) mod placement;
pub(crate) mod query;
pub(crate) mod ranged;
pub(crate) mod room;
pub(crate) mod switch;
pub(crate) mod words;
