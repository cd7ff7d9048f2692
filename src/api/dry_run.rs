//! What would be done. Nothing was changed.
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct DryRun<T> {
    dry_run: bool,
    #[serde(flatten)]
    would: T,
}

impl<T: Serialize> DryRun<T> {
    pub fn of(would: T) -> Self {
        DryRun { dry_run: true, would }
    }
}

/// What rules would keep and delete, one item for each subject.
#[derive(Debug, Serialize)]
pub struct Previews<T> {
    pub items: T,
}

/// Hooks that were run all the same, because somebody asked for that, and what rules would keep and delete.
#[derive(Debug, Serialize)]
pub struct Rehearsed<H, T> {
    pub hooks: H,
    pub items: T,
}

/// What would go from the drive of the nights.
#[derive(Debug, Serialize)]
pub struct Pruning<P> {
    pub plan: P,
}

/// What a run of the nights would save, and then delete.
#[derive(Debug, Serialize)]
pub struct Saving<S, P> {
    pub would_save: S,
    pub plan: P,
}

/// The snapshot that would be taken.
#[derive(Debug, Serialize)]
pub struct Taking<T> {
    pub snapshot: T,
}

/// The set of snapshots that would go to another drive.
#[derive(Debug, Serialize)]
pub struct Moving<T> {
    pub set: T,
}

/// Snapshots of another program that would be taken over.
#[derive(Debug, Serialize)]
pub struct Adopting<T> {
    pub set: T,
}

/// What a restore would change.
#[derive(Debug, Serialize)]
pub struct Changing<T> {
    pub changes: T,
}
