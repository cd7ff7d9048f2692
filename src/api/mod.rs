//! Floor 6: what programs are told, by noun. The terminal prints it with `--json`, and the web answers with it, so one
//! shape is made in one place.
//!
//! * `endpoints` — every address of the web interface, an `endpoint` for each; `openapi` — their description
//! * `list` — lists and parts of lists; `refusal` — what went wrong
//! * `job`, `token`, `archive`, `night`, `plan`, `snapshot`, `host`, `settings`, `upload`, `mark`, `program` — a file for each noun
//! * `status` — what the hosts are doing; `schedule` — when plans have their turns
//! * `metrics` — figures for Prometheus; `home` — states for home automation
//! * `dry_run` — what would be done
//!
//! Invariant: a shape only grows. A key that a program may read keeps its name and its meaning.
pub mod archive;
pub mod dry_run;
pub mod endpoint;
pub mod endpoints;
pub mod home;
pub mod job;
pub mod list;
pub mod mark;
pub mod metrics;
pub mod night;
pub mod openapi;
pub mod plan;
pub mod program;
pub mod refusal;
pub mod schedule;
pub mod settings;
pub mod snapshot;
pub mod status;
pub mod token;
pub mod upload;
