//! The archives of a host: what one is called, when the next one is owed, and how long they stay.
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::name::SnapshotName;
use crate::domain::archive::name::ArchiveName;
use crate::domain::host::settings::HostName;

/// `backup_pi_2026-03-06_0800.tar.gz` holds the snapshot of that hour.
pub fn archive_name(host: &HostName, snapshot: SnapshotName) -> Option<ArchiveName> {
    ArchiveName::parse(&format!("backup_{host}_{snapshot}.tar.gz")).ok()
}

/// The snapshot that an archive of this name holds; `None` for a name that none of ours has.
pub fn snapshot_of(host: &HostName, name: &ArchiveName) -> Option<SnapshotName> {
    name.stem().strip_prefix("backup_")?.strip_prefix(host.as_str())?.strip_prefix('_')?.parse().ok()
}

/// How much earlier than owed.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

/// Whether `snapshot` is to be archived when `newest` is the snapshot of the newest archive. A tenth of the time between
/// two may be missing, an hour at most: a schedule that has the same period is never exactly on time, and names tell the
/// hour alone. More would let each archive be earlier than the one before.
pub fn is_due(snapshot: SnapshotName, newest: Option<SnapshotName>, every: SignedDuration, zone: &TimeZone) -> bool {
    let Some(newest) = newest else { return true };
    match (snapshot.begin(zone), newest.begin(zone)) {
        (Some(snapshot), Some(newest)) => {
            snapshot > newest && snapshot.duration_since(newest) >= every - SLACK.min(every / 10)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_archive_tells_its_host_and_its_snapshot() {
        let (pi, other): (HostName, HostName) = ("pi".parse().unwrap(), "pi-2".parse().unwrap());
        let snapshot: SnapshotName = "2026-10-25_0200f".parse().unwrap();
        let name = archive_name(&pi, snapshot).unwrap();
        assert_eq!(name.as_str(), "backup_pi_2026-10-25_0200f.tar.gz");
        assert_eq!((snapshot_of(&pi, &name), snapshot_of(&other, &name)), (Some(snapshot), None));
        let odd = ArchiveName::parse("backup_pi_2026-10-25_0200-2.tar.gz").unwrap();
        assert_eq!(snapshot_of(&pi, &odd), None);
    }

    #[test]
    fn the_next_one_is_owed_after_nine_tenths_of_the_time_or_an_hour_before_it() {
        let due = |newest: &str, hours| {
            let snapshot = "2026-03-06_1200".parse().unwrap();
            is_due(snapshot, newest.parse().ok(), SignedDuration::from_hours(hours), &TimeZone::UTC)
        };
        assert!(due("none", 4) && due("2026-03-06_0800", 4));
        assert!(!due("2026-03-06_0900", 4) && !due("2026-03-06_1200", 4) && !due("2026-03-06_1300", 4));
        assert!(due("2026-03-06_0300", 10) && !due("2026-03-06_0400", 10));
        let week = 7 * 24;
        assert!(due("2026-02-27_1300", week) && !due("2026-02-27_1400", week), "no week becomes shorter");
    }
}
