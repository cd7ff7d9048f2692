//! Allsky Backups: backups that the owner of an all-sky camera can trust.
//!
//! The house has floors. A file uses its own room and rooms on lower floors, never a higher one and
//! never a neighbour; `tests/house` holds us to it.
//!
//! | floor | rooms | speaks of |
//! |---|---|---|
//! | 7 | [`cli`], [`panel`] | terminal and web, thin shells; the only places that know the time, HTTP or a screen |
//! | 6 | [`api`] | what programs are told: the shapes of `--json` and of the web interface |
//! | 5 | [`jobs`], [`observe`] | orders that become history; what takes long to find out, looked at in the background |
//! | 4 | [`work`] | the verbs an owner would say, one path for each |
//! | 3 | [`transfer`] | bytes on their way between two places: read ahead, hashed, read back, watched |
//! | 2 | [`archive`], [`site`], [`destination`], [`host`], [`catalog`], [`swap`], [`mail`], [`channel`] | the file format, the camera, the folder, a machine whose files are taken, the memory, all-or-nothing replacement, the mail server, other ways to tell an owner |
//! | 1 | [`domain`] | values and decisions |
//! | 0 | [`base`] | bytes, paths and processes; knows no cameras |
//!
//! [`app`] puts the floors together, [`demo`] builds a camera to try them on.
//!
//! **A walk through `create`.** A shell hands an [`domain::order::Order`] to [`jobs`]. The runner
//! gives it a row, lanes and a monitor and calls [`work::archive::create`]: the [`site`] lists what is there
//! (a [`domain::archive::listing::Listing`]), databases are copied live into a workspace of the
//! [`destination`], [`archive`] writes (`Written`) and everything is read back from the disk
//! (`Verified`); only that may be put under its final name. The [`catalog`] remembers it.
//!
//! **A walk through `restore`.** [`work::restore`] draws a plan that only reads: the archive is proved,
//! the owner's choice becomes members, each is compared with what lies on the camera, and settings
//! are merged or kept as the owner chose. A preview shows it with the checks and a digest of all that it was
//! drawn from; apply draws it again and goes on only when the digest is the same. New files are
//! written beside the live ones, the camera rests, and [`swap`] lets all names change hands or none.
pub mod api;
pub mod app;
pub mod archive;
pub mod base;
pub mod catalog;
pub mod channel;
pub mod cli;
pub mod demo;
pub mod destination;
pub mod domain;
pub mod host;
pub mod jobs;
pub mod mail;
pub mod observe;
pub mod panel;
pub mod site;
pub mod swap;
pub mod transfer;
pub mod work;
