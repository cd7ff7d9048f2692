//! Snapshots of hosts: taken, listed, pruned, verified, and given back.
//!
//! * `pull` — takes one: `survey` looks first, `base` is the snapshot before, `findings` is what is told
//! * `source` — what it is taken of: of this machine `walk_here` plans what is copied and linked; of another one `remote`
//!   has it brought by rsync, whose words `rsync_says` and `unchanged` read, and `walk_brought` looks at what came
//! * `fill` — `steps` of both are done on all cores by `step_work`, and recorded in their order by `step_record`
//! * `prune` — lets older ones go; `mark` — what their owner says of them; `pointed` — the newest, and the newest good one
//! * `ls`, `search` — what is in one; `read` — a file or folder of it as a stream; `verify` — reads all of it again
//! * `give_back` — gives parts of it back: `fetch` copies them, `bring` adds what came since, `mounts` refuses; `compare` — what that would change
//! * `archive` — the newest good one as a `.tar.gz`, of `members`; `golden` — as a full copy for each month; `frozen` — why not
//! * `measure` — what a new one changed; `alarm` — whether that looks like harm; `alerts` — what their owner says of alarms
//! * `moving` — the whole set goes to another drive: `fetch_whole` brings each snapshot, `kept_links` keeps what it shares
//! * `adopting` — what other programs made becomes ours
//! * `list` — which there are; `places` — the host, its drive and its store; `error` — what can go wrong
pub mod adopting;
mod alarm;
pub mod alerts;
pub mod archive;
mod base;
mod bring;
pub mod compare;
pub mod delete;
mod error;
mod fetch;
mod fetch_whole;
mod fill;
mod findings;
pub(in crate::work) mod frozen;
pub mod give_back;
pub mod golden;
mod kept_links;
pub mod list;
pub mod ls;
pub mod mark;
mod measure;
mod members;
mod mounts;
pub mod moving;
mod one_file;
pub mod places;
mod pointed;
pub mod prune;
mod prune_others;
pub mod pull;
pub mod read;
mod remote;
pub(in crate::work) mod rsync_says;
pub mod search;
mod several_names;
mod source;
mod step_record;
mod step_work;
mod steps;
mod survey;
mod told;
mod unchanged;
pub mod verify;
mod walk_brought;
mod walk_here;

pub use error::Error;
pub use prune_others::{OtherLine, Thing};
