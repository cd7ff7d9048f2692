//! Floor 2: a machine whose files are taken.
//!
//! * `local` — a folder of this machine, found to be there and not empty; `selection` — what of it is taken
//! * `rsync`, `ssh` — how both are called for a folder of another machine; `judged` — rsync run to its end
//! * `own_files` — the key and the host key that we keep for it; `host_key` — a host key as it is shown and kept
pub mod host_key;
pub mod judged;
pub mod local;
pub mod own_files;
pub mod rsync;
pub mod selection;
pub mod ssh;
