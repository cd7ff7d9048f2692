//! Whether a database and the key that opens its passwords will fit each other after a restore.
use std::io::Read;

use serde_json::Value;

use super::Error;
use super::databases::Known;
use super::drawn::Drawn;
use super::item::{Item, Own};
use super::source::Source;
use crate::archive::index::Row;
use crate::archive::sweep;
use crate::base::rel_path::RelPath;
use crate::domain::monitor::Monitor;
use crate::domain::restore::check::Keys;
use crate::domain::restore::database::DatabaseWay;
use crate::domain::restore::preview::Change;
use crate::domain::restore::request::RestoreRequest;
use crate::site::Restoring;

/// Looks at the choice, and into the archive's own key file where it matters.
pub(super) fn look(
    source: &Source,
    camera: &Restoring,
    items: &[Item],
    own: &[Own],
    databases: &[Known],
    request: &RestoreRequest,
    monitor: &dyn Monitor,
) -> Result<Keys, Error> {
    let Some(file) = camera.key.as_ref().filter(|_| request.to.is_none()) else { return Ok(Keys::NotNeeded) };
    // A database that stays needs today's key, as if it were not in the choice.
    let comes = |path: &RelPath| {
        own.iter().any(|own| own.path == *path)
            || items.iter().any(|item| item.row.path == *path && item.change != Change::Kept)
    };
    let merges =
        databases.iter().any(|known| known.change.path == file.database && known.change.way == DatabaseWay::Merge);
    let (key, database) = (comes(&file.member), comes(&file.database));
    if !database && (!key || !file.has_database) {
        return Ok(Keys::NotNeeded);
    }
    // Rows of both sides in one database need one key.
    if key && database && !merges {
        return Ok(Keys::Together);
    }
    let theirs = of_archive(source, &file.member, file.setting, monitor)?;
    let has_theirs = source.has(&file.member)?;
    Ok(match (&theirs, &file.here) {
        (Some(theirs), Some(here)) if theirs == here => Keys::Same,
        (None, None) if database => Keys::Nowhere,
        (None, Some(_)) if database && !has_theirs => Keys::Unknown,
        (_, None) if key => Keys::Returns,
        _ if database => Keys::DatabaseAlone,
        _ => Keys::KeyAlone,
    })
}

/// When something lies in the place of the database or of its key, the other of the two stays in the backup as
/// well, unless today's fits it.
pub(super) fn part_together(
    source: &Source,
    camera: &Restoring,
    items: &mut Vec<Item>,
    own: &mut Vec<Own>,
    drawn: &mut Drawn,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let Some(file) = camera.key.as_ref().filter(|_| drawn.owners.is_some()) else { return Ok(()) };
    let stays = |path: &RelPath| drawn.obstructed.contains_key(path);
    let (one, other) = match (stays(&file.member), stays(&file.database)) {
        (true, false) => (&file.member, &file.database),
        (false, true) if file.has_database => (&file.database, &file.member),
        _ => return Ok(()),
    };
    let comes =
        items.iter().map(|item| &item.row.path).chain(own.iter().map(|own| &own.path)).any(|path| path == other);
    // Where there is no key today, that of the backup takes nothing from anybody.
    if other == &file.member && file.here.is_none() {
        return Ok(());
    }
    let fits =
        || Ok::<_, Error>(file.here.is_some() && of_archive(source, &file.member, file.setting, monitor)? == file.here);
    if comes && !fits()? {
        items.retain(|item| item.row.path != *other);
        own.retain(|own| own.path != *other);
        drawn.obstruct(other, format!("it belongs to {one}, which stays in the backup"));
    }
    Ok(())
}

fn of_archive(
    source: &Source,
    member: &RelPath,
    setting: &str,
    monitor: &dyn Monitor,
) -> Result<Option<String>, Error> {
    let rows = source.rows(&mut |path| path == member)?;
    let small: Vec<&Row> = rows.iter().filter(|row| row.size <= super::live::MOST_TEXT).collect();
    let mut key = None;
    let mut read = |_: &Row, content: &mut dyn Read| {
        let mut text = Vec::new();
        content.read_to_end(&mut text)?;
        let value: Option<Value> = serde_json::from_slice(&text).ok();
        key = value.and_then(|value| value[setting].as_str().map(str::to_owned));
        Ok(())
    };
    sweep::sweep(&source.file, small, &mut read, monitor)?;
    Ok(key)
}
