//! What a restore does with rows that only the camera has.
use super::{Check, Verdict, card, pass};
use crate::domain::restore::database::{DatabaseChange, DatabaseWay, Uncounted};

const NAME: &str = "database";

pub(super) fn database(change: &DatabaseChange) -> Check {
    match &change.uncounted {
        Some(why) => uncounted(change, why),
        None => counted(change),
    }
}

fn counted(change: &DatabaseChange) -> Check {
    let (path, newer, gone) = (&change.path, rows(change.newer()), change.gone());
    match (change.way, change.newer(), gone) {
        (DatabaseWay::Keep, 0, 0) => {
            pass(NAME, format!("{path}: today's database stays; the backup has no other rows."))
        }
        (DatabaseWay::Keep, 0, _) => card(
            NAME,
            Verdict::Warning,
            format!("{path}: today's database stays, and {} of the backup stay in the backup.", rows(gone)),
            "Merge (--database merge) to bring them back.",
        ),
        (DatabaseWay::Keep, _, 0) => pass(
            NAME,
            format!(
                "{path}: today's database stays, because it has {newer} that the backup does not have, and lacks none."
            ),
        ),
        (DatabaseWay::Keep, ..) => card(
            NAME,
            Verdict::Warning,
            format!(
                "{path}: today's database stays, because it has {newer} that the backup does not have. The backup has {} that the camera no longer has.",
                rows(gone)
            ),
            "Merge (--database merge) to have both, or take the backup's (--database take).",
        ),
        (DatabaseWay::Take, 0, _) => {
            pass(NAME, format!("{path}: the backup's database replaces today's, which has no rows of its own."))
        }
        (DatabaseWay::Take, ..) => card(
            NAME,
            Verdict::Warning,
            format!(
                "{path}: the backup's database replaces today's, and {newer} that only the camera has are gone with it."
            ),
            "Merge (--database merge) to have both; an undo brings today's database back.",
        ),
        (DatabaseWay::Merge, ..) => pass(
            NAME,
            format!("{path}: {} of the backup come back, and all that the camera has today stays.", rows(gone)),
        ),
    }
}

fn uncounted(change: &DatabaseChange, why: &Uncounted) -> Check {
    let path = &change.path;
    let (whose, finding) = match why {
        Uncounted::BackupDamaged(finding) => ("the database in the backup is damaged", finding),
        Uncounted::CameraDamaged(finding) => ("today's database is damaged", finding),
        Uncounted::NotRead(finding) => ("the rows of the two databases could not be counted", finding),
    };
    let what = format!("{path}: {whose} ({finding})");
    match change.way {
        DatabaseWay::Merge => card(
            NAME,
            Verdict::Fail,
            format!("{what}, so they cannot be merged."),
            "Keep today's database (--database keep), or take the backup's (--database take).",
        ),
        DatabaseWay::Keep => card(
            NAME,
            Verdict::Warning,
            format!("{what}; today's database stays."),
            "Take the backup's (--database take) if you know that it is the better one; an undo brings today's back.",
        ),
        DatabaseWay::Take => card(
            NAME,
            Verdict::Warning,
            format!("{what}; the backup's database replaces today's."),
            "An undo brings today's file back as it is now.",
        ),
    }
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}
