//! Whether a new snapshot looks like harm, and why it is not trusted then.
use jiff::{SignedDuration, Zoned};

use super::Error;
use super::measure::{Expiry, Side, measure};
use crate::base::rel_path::RelPath;
use crate::destination::manifest::ManifestReader;
use crate::destination::snapshots::partial::Partial;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::anomaly::baseline::Baseline;
use crate::domain::anomaly::measure::Measure;
use crate::domain::anomaly::rules::{Finding, Severity, judge};
use crate::domain::failure::Failure;
use crate::domain::host::settings::{HostSettings, Source};
use crate::domain::monitor::Monitor;
use crate::domain::snapshot::marker::MANIFEST_FILE;
use crate::work::Tools;

/// What was measured, and what is out of the ordinary.
#[derive(Debug, Clone, Default)]
pub(super) struct Alarm {
    pub measure: Option<Measure>,
    pub findings: Vec<Finding>,
}

impl Alarm {
    /// Why the snapshot is not trusted.
    pub fn critical(&self) -> Option<String> {
        let worst = self.findings.iter().find(|finding| finding.severity == Severity::Critical)?;
        let names = self.measure.as_ref().map(|measure| measure.samples.names.join(", ")).unwrap_or_default();
        let named = if names.is_empty() { String::new() } else { format!(", such as {names}") };
        Some(format!("{}{named}", worst.why))
    }
}

/// Compares the snapshot that is being made with `before`. What cannot be compared is told, and stops no backup.
pub(super) fn look(
    tools: &Tools,
    host: &HostSettings,
    (store, all, before): (&SnapshotStore, &[Snapshot], &Snapshot),
    partial: &Partial<'_>,
    monitor: &dyn Monitor,
) -> Result<Alarm, Error> {
    match compared(tools, host, (store, before), partial, monitor) {
        Ok(measure) => {
            let good = all.iter().filter(|snapshot| snapshot.suspect().is_none());
            let past: Vec<Measure> = good.filter_map(|snapshot| snapshot.marker.measure.clone()).collect();
            let raised = store.raised_limits().map_err(Error::io("the limits of alarms could not be read"))?;
            let findings = judge(&measure, Baseline::of(&past).as_ref(), &raised);
            for finding in findings.iter().filter(|finding| finding.severity == Severity::Warning) {
                monitor.warn(format!("{} since the snapshot before", finding.why));
            }
            Ok(Alarm { measure: Some(measure), findings })
        }
        Err(error @ Error::Cancelled(_)) => Err(error),
        Err(error) => {
            monitor.warn(format!("whether this looks like harm was not judged: {}", Failure::of(&error).message));
            Ok(Alarm::default())
        }
    }
}

fn compared(
    tools: &Tools,
    host: &HostSettings,
    (store, before): (&SnapshotStore, &Snapshot),
    partial: &Partial<'_>,
    monitor: &dyn Monitor,
) -> Result<Measure, Error> {
    let tree = store.tree(before.name).map_err(Error::io("the snapshot before could not be read"))?;
    let old = Side { manifest: &|| store.manifest(before), tree: &tree };
    let open = || ManifestReader::open(partial.tree().read(&RelPath::of_our_own(MANIFEST_FILE))?);
    let new = Side { manifest: &open, tree: partial.tree() };
    measure(&old, &new, expiry(tools, host, &(tools.now)()).as_ref(), monitor)
}

/// Pictures of a camera of this machine go by themselves when they are old enough.
fn expiry(tools: &Tools, host: &HostSettings, now: &Zoned) -> Option<Expiry> {
    use std::os::unix::ffi::OsStrExt;
    let days = tools.nights.source.days_kept().ok()??;
    let Source::Here(taken) = &host.source else { return None };
    let folder = tools.nights.source.images_dir().strip_prefix(taken).ok()?.as_os_str().as_bytes().to_vec();
    // A night ends in the morning after it began, and a camera deletes it then.
    let kept = SignedDuration::from_hours(24 * i64::from(days.saturating_sub(1)));
    Some(Expiry { folder, before: now.timestamp().checked_sub(kept).ok()? })
}
