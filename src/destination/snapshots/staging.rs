//! Where things of a snapshot lie before they get their places: a folder `.allsky-snapshot-ID` beside these places,
//! signed and locked. It goes with all that it holds when it is dropped; what a kill leaves goes with the next one.
use std::io;
use std::os::unix::ffi::OsStrExt;

use uuid::Uuid;

use super::sweep::remove;
use crate::base::dir::Dir;
use crate::base::lock::take;
use crate::base::rel_path::RelPath;
use crate::destination::own;

const STAGING: &str = ".allsky-snapshot-";
const FILES: &str = "files";

#[derive(Debug)]
pub struct Staging<'a> {
    target: &'a Dir,
    id: Uuid,
    /// Holds the lock.
    wrapper: Dir,
    files: Dir,
}

impl Staging<'_> {
    /// Makes it in `target`, and removes those of dead processes.
    pub fn make(target: &Dir) -> io::Result<Staging<'_>> {
        sweep(target)?;
        let id = Uuid::now_v7();
        target.make_dir(&place(id))?;
        let wrapper = target.dir(&place(id))?;
        take(wrapper.as_fd())?;
        own::sign(&wrapper, id)?;
        let files = RelPath::of_our_own(FILES);
        wrapper.make_dir(&files)?;
        let files = wrapper.dir(&files)?;
        Ok(Staging { target, id, wrapper, files })
    }

    /// Where the things go.
    pub fn files(&self) -> &Dir {
        &self.files
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is swept by the next one.
        let _ = remove(self.target, &self.wrapper, &place(self.id), self.id, &mut || Ok::<_, io::Error>(()));
    }
}

fn sweep(target: &Dir) -> io::Result<()> {
    for name in target.entries()? {
        let Some(id) = own::id_in(name.as_bytes(), STAGING) else { continue };
        let Ok(wrapper) = target.dir(&place(id)) else { continue };
        if own::is_signed(&wrapper, id)? && take(wrapper.as_fd())? {
            remove(target, &wrapper, &place(id), id, &mut || Ok::<_, io::Error>(()))?;
        }
    }
    Ok(())
}

fn place(id: Uuid) -> RelPath {
    RelPath::of_our_own(&format!("{STAGING}{id}"))
}
