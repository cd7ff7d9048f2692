//! Flows of a backup that would make this camera run more than today: another step, or a script at another
//! place. That is told when a backup comes in, and judged wherever its files go.
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::archive::index::Row;
use crate::archive::sweep;
use crate::base::dir::Dir;
use crate::base::plain::read_open;
use crate::base::rel_path::RelPath;
use crate::domain::monitor::Monitor;
use crate::domain::restore::program::gains;

/// Real flows have some 10 KB. A larger file is not read and counts as one that gains something.
const MOST_BYTES: u64 = 1 << 20;

/// The `flows`, members of `archive`, that gain a step against the files below `home`.
pub(crate) fn gaining(
    home: &Path,
    archive: &File,
    flows: &[&Row],
    monitor: &dyn Monitor,
) -> Result<Vec<RelPath>, sweep::Error> {
    let home = Dir::open(home).ok();
    let today = |path: &RelPath| read_open(home.as_ref()?.read(path).ok()?, MOST_BYTES).ok();
    let (small, large): (Vec<&Row>, Vec<&Row>) = flows.iter().copied().partition(|row| row.size <= MOST_BYTES);
    let mut found: Vec<RelPath> = large.into_iter().map(|row| row.path.clone()).collect();
    let mut judge = |row: &Row, content: &mut dyn Read| {
        let mut new = Vec::new();
        content.read_to_end(&mut new)?;
        if gains(today(&row.path).as_deref(), &new) {
            found.push(row.path.clone());
        }
        Ok(())
    };
    sweep::sweep(archive, small, &mut judge, monitor)?;
    Ok(found)
}
