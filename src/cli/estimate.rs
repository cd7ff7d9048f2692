//! `estimate`: how large each part of a backup would be.
use super::reading::ReadingSession;
use super::screen::{Align, Table};
use super::watch::Watch;
use crate::base::size::Bytes;
use crate::domain::failure::Failure;
use crate::work::archive::estimate;
use crate::work::archive::estimate::Sized;

impl ReadingSession {
    pub(super) fn estimate(&self) -> Result<(), Failure> {
        let watch = Watch::new();
        let estimates = estimate::refresh(&self.tools, &watch);
        let warnings = estimates.as_ref().map(|estimates| estimates.warnings.clone()).unwrap_or_default();
        watch.finish(&warnings);
        let estimates = estimates?;
        self.screen.show(&estimates, |out| {
            let (left, right) = (Align::Left, Align::Right);
            let mut table = Table::new(&[("WHAT", left), ("FILES", right), ("SIZE", right), ("AS ARCHIVE", right)]);
            for (title, parts) in [("config", &estimates.sections), ("images", &estimates.folders)] {
                for part in parts {
                    row(&mut table, format!("{title}: {}", part.key), part);
                }
                let all = |of: fn(&Sized) -> Option<u64>| parts.iter().map(of).sum::<Option<u64>>();
                let sum = Sized {
                    key: String::new(),
                    files: all(|p| p.files),
                    raw_bytes: all(|p| p.raw_bytes),
                    packed_bytes: all(|p| p.packed_bytes),
                };
                row(&mut table, format!("{title}: together"), &sum);
            }
            table.print(out)
        })
    }
}

fn row(table: &mut Table, what: String, sized: &Sized) {
    let bytes = |value: Option<u64>| value.map_or_else(|| "-".into(), |v| Bytes(v).to_string());
    let files = sized.files.map_or_else(|| "-".into(), |v| v.to_string());
    table.row([what, files, bytes(sized.raw_bytes), bytes(sized.packed_bytes)]);
}
