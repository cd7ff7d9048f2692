//! Programs of pictures, shown as text before they are restored.
use std::collections::BTreeMap;
use std::io::Read;

use super::Error;
use super::drawn::Drawn;
use super::item::Item;
use super::live::{self, MOST_TEXT};
use super::roots::RestoreRoots;
use super::source::Source;
use crate::archive::index::Row;
use crate::archive::sweep;
use crate::base::rel_path::RelPath;
use crate::domain::monitor::Monitor;
use crate::domain::restore::diff;
use crate::domain::restore::preview::TextChange;
use crate::domain::restore::program::{ContentVerdict, is_program};
use crate::domain::restore::setting::mask_line;

/// All of them together; what is beyond is named and not shown.
const MOST_BYTES: u64 = 4 << 20;
/// Nobody reads more of them, and each takes memory beyond its bytes.
const MOST_FILES: usize = 500;

/// What each program that would be written says, against what lies there today.
pub(super) fn programs(
    source: &Source,
    items: &[Item],
    drawn: &Drawn,
    restore_roots: &RestoreRoots,
    monitor: &dyn Monitor,
) -> Result<Vec<TextChange>, Error> {
    let mut room = MOST_BYTES;
    let mut rows: Vec<&Row> = Vec::new();
    for row in items.iter().filter(|item| item.is_work()).map(|item| &item.row) {
        let runs = is_program(&row.path) || row.content == ContentVerdict::Otherwise;
        if runs && row.size <= MOST_TEXT.min(room) && rows.len() < MOST_FILES {
            room -= row.size;
            rows.push(row);
        }
    }
    let mut read = BTreeMap::new();
    let mut keep = |row: &Row, content: &mut dyn Read| {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        read.insert(row.path.clone(), bytes);
        Ok(())
    };
    sweep::sweep(&source.file, rows, &mut keep, monitor)?;
    let mut shown = Vec::new();
    for (path, new) in read {
        let today = match drawn.place(restore_roots, &path) {
            Some((root, below)) => live::text(root, &below)?,
            None => None,
        };
        shown.extend(as_text(path, &today.unwrap_or_default(), &new));
    }
    Ok(shown)
}

/// `None` where one of the two is no text.
pub(super) fn as_text(path: RelPath, today: &[u8], new: &[u8]) -> Option<TextChange> {
    let (today, new) = (std::str::from_utf8(today).ok()?, std::str::from_utf8(new).ok()?);
    let mut lines = diff::lines(today, new);
    for line in lines.iter_mut().flatten() {
        line.text = mask_line(&line.text);
    }
    Some(TextChange { path, lines })
}
