//! Opens a database of the camera by the path that SQLite wants, and follows no link on the way.
//!
//! SQLite opens the files beside a database by their names as well, and writes to them: a link in place of a
//! log would make it write anywhere.
use std::io;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::SIDE_FILES;
use crate::base::unlinked::Unlinked;

/// The database at `path`, below `folder` when it lies there, with plain files or none beside it.
pub fn found(folder: &Path, path: &Path) -> rusqlite::Result<Unlinked> {
    let found = Unlinked::open(folder, path).map_err(unreachable)?;
    for end in SIDE_FILES {
        let mut beside = found.path().as_os_str().to_owned();
        beside.push(end);
        match std::fs::symlink_metadata(&beside) {
            Ok(there) if there.is_file() => {}
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Ok(_) => {
                return Err(unreachable(io::Error::other(format!("the {end} beside it is no plain file"))));
            }
            Err(why) => return Err(unreachable(why)),
        }
    }
    Ok(found)
}

/// Opens what was found, and nothing that has come in its place since.
pub fn connect(found: &Unlinked, access: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(found.path(), flags)?;
    found.still_there().map_err(unreachable)?;
    Ok(connection)
}

fn unreachable(why: io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(why.into())
}
