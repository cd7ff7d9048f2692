//! Goes through a tree: in each folder first everything that is no folder, then the folders, each by the bytes of its
//! name. Only the names of one folder, and those of the folders above that wait, are in memory.
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::AtFlags;

use super::names::Names;
use super::open_path::OpenPath;
use crate::base::attributes::{Kind, Seen};

/// Where the walk is.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    /// The folder in which the thing lies.
    pub folder: BorrowedFd<'a>,
    pub name: &'a [u8],
    /// Below the top, with the name.
    pub path: &'a [u8],
    pub seen: Seen,
}

/// Whether the walk goes into a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enter {
    Go,
    /// Neither is it left.
    Skip,
}

/// What is done on the way. An error ends the walk.
pub trait Visitor {
    type Error: From<io::Error>;
    /// A file, a link, or something that is neither that nor a folder.
    fn entry(&mut self, here: &Here<'_>) -> Result<(), Self::Error>;
    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Self::Error>;
    /// The folder that was entered is open.
    fn opened(&mut self, _folder: BorrowedFd<'_>) -> Result<(), Self::Error> {
        Ok(())
    }
    /// Everything in a folder was seen, or it could not be read.
    fn leave(&mut self, here: &Here<'_>) -> Result<(), Self::Error>;
    /// Something could not be looked at, or a folder not be read.
    fn unreadable(&mut self, path: &[u8], why: io::Error) -> Result<(), Self::Error>;
}

struct Level {
    /// Folders that are still to be entered.
    folders: Names,
    next: usize,
    /// The folder itself, and how long the path above it is.
    seen: Option<Seen>,
    above: usize,
}

/// Goes through everything in `top`, not `top` itself.
pub fn walk<V: Visitor>(top: OwnedFd, visitor: &mut V) -> Result<(), V::Error> {
    let mut open = OpenPath::new(top)?;
    let mut path: Vec<u8> = Vec::new();
    let names = Names::of(open.end()?)?;
    let folders = files_of(&open, &names, &mut path, visitor)?;
    drop(names);
    let mut levels = vec![Level { folders, next: 0, seen: None, above: 0 }];
    while let Some(level) = levels.last_mut() {
        let above = path.len();
        let Some(name) = level.folders.nth(level.next).map(<[u8]>::to_vec) else {
            let (seen, above) = (level.seen, level.above);
            levels.pop();
            let Some(seen) = seen else { continue };
            open.leave()?;
            let from = if above == 0 { 0 } else { above + 1 };
            let name = path[from..].to_vec();
            visitor.leave(&Here { folder: open.end()?, name: &name, path: &path, seen })?;
            path.truncate(above);
            continue;
        };
        level.next += 1;
        join(&mut path, &name);
        let folders = match look(open.end()?, &name) {
            Ok(seen) if seen.kind == Kind::Folder => descend(&mut open, &name, seen, &mut path, visitor)?,
            Ok(_) => {
                visitor.unreadable(&path, io::Error::other("it is no longer a folder"))?;
                None
            }
            Err(why) => {
                visitor.unreadable(&path, why)?;
                None
            }
        };
        match folders {
            Some((folders, seen)) => levels.push(Level { folders, next: 0, seen: Some(seen), above }),
            None => path.truncate(above),
        }
    }
    Ok(())
}

/// Enters a folder and goes through what is no folder in it. `None` when it is done with already.
fn descend<V: Visitor>(
    open: &mut OpenPath,
    name: &[u8],
    seen: Seen,
    path: &mut Vec<u8>,
    visitor: &mut V,
) -> Result<Option<(Names, Seen)>, V::Error> {
    let goes = visitor.enter(&Here { folder: open.end()?, name, path, seen })?;
    if goes == Enter::Skip {
        return Ok(None);
    }
    let entered = open.enter(name);
    let names = entered.and_then(|()| match open.end().and_then(Names::of) {
        Ok(names) => Ok(names),
        Err(why) => open.leave().and(Err(why)),
    });
    let names = match names {
        Ok(names) => names,
        Err(why) => {
            visitor.unreadable(path, why)?;
            visitor.leave(&Here { folder: open.end()?, name, path, seen })?;
            return Ok(None);
        }
    };
    visitor.opened(open.end()?)?;
    Ok(Some((files_of(open, &names, path, visitor)?, seen)))
}

/// Shows everything that is no folder to the visitor; gives back the folders.
fn files_of<V: Visitor>(
    open: &OpenPath,
    names: &Names,
    path: &mut Vec<u8>,
    visitor: &mut V,
) -> Result<Names, V::Error> {
    let (mut folders, above, folder) = (Names::default(), path.len(), open.end()?);
    for name in (0..names.len()).filter_map(|n| names.nth(n)) {
        join(path, name);
        match look(folder, name) {
            Ok(seen) if seen.kind == Kind::Folder => folders.add(name),
            Ok(seen) => visitor.entry(&Here { folder, name, path, seen })?,
            Err(why) => visitor.unreadable(path, why)?,
        }
        path.truncate(above);
    }
    Ok(folders)
}

/// A link is itself.
pub fn look(folder: BorrowedFd<'_>, name: &[u8]) -> io::Result<Seen> {
    Ok(Seen::from(&rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?))
}

fn join(path: &mut Vec<u8>, name: &[u8]) {
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Told(Vec<String>);

    impl Visitor for Told {
        type Error = io::Error;
        fn entry(&mut self, here: &Here<'_>) -> io::Result<()> {
            self.0.push(String::from_utf8_lossy(here.path).into_owned());
            Ok(())
        }
        fn enter(&mut self, here: &Here<'_>) -> io::Result<Enter> {
            self.0.push(format!(">{}", String::from_utf8_lossy(here.path)));
            Ok(if here.name == b"skip" { Enter::Skip } else { Enter::Go })
        }
        fn leave(&mut self, here: &Here<'_>) -> io::Result<()> {
            let (name, path) = (String::from_utf8_lossy(here.name), String::from_utf8_lossy(here.path));
            assert_eq!(path.rsplit('/').next(), Some(name.as_ref()));
            self.0.push(format!("<{path}"));
            Ok(())
        }
        fn unreadable(&mut self, path: &[u8], why: io::Error) -> io::Result<()> {
            self.0.push(format!("!{} {why}", String::from_utf8_lossy(path)));
            Ok(())
        }
    }

    #[test]
    fn files_come_first_and_links_are_not_followed() {
        let top = tempfile::tempdir().unwrap();
        for folder in ["b/c", "a", "skip"] {
            std::fs::create_dir_all(top.path().join(folder)).unwrap();
        }
        for file in ["z", "b/c/x", "b/y", "skip/file"] {
            std::fs::write(top.path().join(file), "").unwrap();
        }
        std::os::unix::fs::symlink("b", top.path().join("link")).unwrap();
        let mut told = Told::default();
        walk(std::fs::File::open(top.path()).unwrap().into(), &mut told).unwrap();
        assert_eq!(told.0, ["link", "z", ">a", "<a", ">b", "b/y", ">b/c", "b/c/x", "<b/c", "<b", ">skip"]);
    }
}
