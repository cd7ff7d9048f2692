//! Floor 7: the web, a thin shell. Pages are drawn on the server and work without scripts; a few
//! small modules in `web/` make them live.
//!
//! * `access` — who may come in, who may ask for what, and that a change is meant
//! * `parts` — what pages are made of: layout, frame, forms, icons, words, errors
//! * `archives` — the first page, every archive and its dialogs; `upload` — bytes in; `restore` — everything between
//!   the Restore button and Undo
//! * `dashboard` — how everything stands; `verdict` — is everything backed up?
//! * `nights` — the page, one night, plans, the drive, limits
//! * `plans` — what runs by itself; `jobs` — what runs and ran, and the stream of what happens
//! * `destinations` — where backups are kept; `snapshots` — folders as they were; `hosts` — other machines that they
//!   are taken of
//! * `settings` — the configuration, as form and as text; `mail_page` — what was sent and what waits, `channels` — besides by mail
//! * `serve` — from the start to the stop; `routes` — every address; `state` — what every request has at hand;
//!   `api` — answers for programs;
//!   `home` — states for home automation
//!
//! Invariant: nothing is decided here that a terminal would have to decide again, and no request
//! walks a tree or keeps a worker waiting for the disk.
mod access;
mod alerts;
mod api;
mod architecture;
mod archives;
mod assets;
mod channels;
mod dashboard;
mod destinations;
mod home;
mod hosts;
mod jobs;
mod mail_page;
mod nights;
mod parts;
mod plan_words;
mod plans;
mod restore;
mod routes;
mod serve;
mod settings;
mod snapshots;
mod state;
mod tokens;
mod upload;
mod verdict;

pub use self::serve::serve;
pub use self::settings::Anew;
