//! Files with a user and the hash of a password. The author of such a file decides who may log in.
use super::Error;
use super::drawn::Drawn;
use super::item::Item;
use super::live;
use super::roots::RestoreRoots;
use crate::domain::restore::access::{is_login_file, login_change};
use crate::domain::restore::preview::Change;
use crate::domain::restore::request::{Access, RestoreRequest};

/// Names those that would replace another login, and leaves them in the backup until the owner says by a word of
/// its own that they come. Where there is none today, that of the backup is one more than none.
pub(super) fn look(
    request: &RestoreRequest,
    restore_roots: &RestoreRoots,
    items: &mut [Item],
    drawn: &mut Drawn,
) -> Result<(), Error> {
    if request.to.is_some() {
        return Ok(());
    }
    for item in items.iter_mut().filter(|item| item.change == Change::Changed && is_login_file(&item.row.path)) {
        let path = &item.row.path;
        let today = match drawn.place(restore_roots, path) {
            Some((root, below)) => live::text(root, &below)?,
            None => None,
        };
        let backup = drawn.read.get(path).map(Vec::as_slice);
        drawn.access.push(login_change(path, today.as_deref(), backup));
        if request.access == Access::Keep {
            drawn.seal.file(path, Change::Kept, "login");
            item.change = Change::Kept;
        }
    }
    Ok(())
}
