//! A set of files becomes another set, all of it or none of it, and can go back.
//!
//! `Staging` collects new files beside the live ones; `Planned` has them and the plan on the disk;
//! `Saved` keeps the old as well; `Applied` is done. Until the commit a drop, a cancel or a crash
//! leaves everything as it was; from the commit on it becomes all new, or after a fault all old
//! again; there is no third end. `docs/restore-design.md` tells why.
mod age;
mod commit;
mod direction;
mod elsewhere;
mod error;
mod held;
mod history;
mod id;
mod place;
mod plan;
mod record;
mod recover;
mod staged_file;
mod staging;
mod step;
mod thing;
mod things;
mod undo;

pub use crate::base::attributes::{Attributes, Moment};
pub use commit::{Applied, Planned, Saved};
pub use elsewhere::Elsewhere;
pub use error::{Error, Obstacle};
pub use history::Swap;
pub use id::SwapId;
pub use record::Swaps;
pub use recover::{Outcome, Recovered};
pub use staged_file::{Filled, Put, StagedFile};
pub use staging::{Ownership, Staging};
pub use undo::{Difference, Since};
