//! Whose a file is that root makes: it belongs to the owner of the folder in which it is made.
//!
//! A program that its owner starts once with `sudo` must leave nothing that the service, which runs as the owner,
//! cannot read, write or remove later.
//!
//! Invariant: nothing is given away but what was made in the same call: a file that did not exist before, or a folder
//! that is still empty.
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, Mode, OFlags};
use rustix::io::Errno;

/// True when this process makes files for others.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Gives `made` to the owner of `folder`. Nothing happens when this is not root, or in a folder of root. File systems
/// that know no owners are left as they are.
pub(super) fn give(made: impl AsFd, folder: impl AsFd) -> io::Result<()> {
    if !is_root() {
        return Ok(());
    }
    let owner = rustix::fs::fstat(folder)?;
    if owner.st_uid == 0 {
        return Ok(());
    }
    match fchown(made, Some(owner.st_uid), Some(owner.st_gid)) {
        Err(e)
            if matches!(e.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported | ErrorKind::InvalidInput) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Gives a folder that was just made to the owner of the folder it lies in. One that is not empty is another folder
/// that somebody has put in its place.
pub(super) fn give_folder(made: impl AsFd, folder: impl AsFd) -> io::Result<()> {
    if !is_root() {
        return Ok(());
    }
    for entry in rustix::fs::Dir::read_from(&made)? {
        if !matches!(entry?.file_name().to_bytes(), b"." | b"..") {
            return Ok(());
        }
    }
    give(made, folder)
}

/// Makes one folder with `mode`; it must not exist, and its parent must.
pub fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(mode).create(path)?;
    if !is_root() {
        return Ok(());
    }
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    give_folder(rustix::fs::open(path, flags, Mode::empty())?, folder_of(path)?)
}

/// Makes a folder with `mode`, and what is missing on the way to it.
pub fn make_folders(path: &Path, mode: u32) -> io::Result<()> {
    match make_folder(path, mode) {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).ok_or(e)?;
            make_folders(parent, mode)?;
            make_folders(path, mode)
        }
        Err(_) if path.is_dir() => Ok(()),
        other => other,
    }
}

/// Makes an empty file for our user alone where there is none. One that is there is not opened: to close it again
/// would give back locks that this process has on it.
pub fn make_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(made) => give(made, folder_of(path)?),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e),
    }
}

/// Opens a file of ours for writing; makes it where it is missing, and follows no link in its place.
pub fn open_or_make(path: &Path) -> io::Result<File> {
    make_file(path)?;
    OpenOptions::new().write(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)
}

/// Gives a file that another program has just made for us to the owner of the folder in which it lies.
pub fn give_like_folder(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().read(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)?;
    give(file, folder_of(path)?)
}

fn folder_of(path: &Path) -> io::Result<File> {
    File::open(path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// What to do about `error`, when the reason is that something at or above `path` belongs to another user, or that
/// its mode refuses this one.
pub fn advice(path: &Path, error: &io::Error) -> Option<String> {
    if error.kind() != ErrorKind::PermissionDenied || is_root() {
        return None;
    }
    let us = rustix::process::geteuid().as_raw();
    let all_rights = Access::READ_OK | Access::WRITE_OK;
    // The file and its folder, or what of the way to them can still be looked at.
    let seen = path.ancestors().filter_map(|place| Some((place, place.symlink_metadata().ok()?.uid())));
    let of_others = seen
        .take(2)
        .find(|(place, owner)| *owner != us && rustix::fs::access(*place, all_rights) == Err(Errno::ACCESS));
    let Some((place, owner)) = of_others else { return own_mode(path, us) };
    let (shown, us, them) = (place.display(), name_of(us), name_of(owner));
    Some(if is_of_the_system(place) {
        let made = if place == path {
            String::new()
        } else {
            format!(", or have this one made: sudo install -d -o {us} {}", quoted(path))
        };
        format!(
            "{shown} belongs to the system, and this program runs as {us}. Choose a folder that belongs to {us}{made}"
        )
    } else if owner != 0 && Account::of(owner).is_some() {
        format!(
            "{shown} belongs to {them}, and this program runs as {us}. Run it as {them}, or choose a place that belongs to {us}."
        )
    } else {
        let all = if place.is_dir() { "-R " } else { "" };
        format!(
            "{shown} belongs to {them}, and this program runs as {us}. Was it once started with sudo? Give it back: sudo chown {all}{us}: {}",
            quoted(place),
        )
    })
}

/// For what belongs to this user already: the mode of the folder, or else of the file in it, that refuses him.
fn own_mode(path: &Path, us: u32) -> Option<String> {
    let above = path.parent().filter(|_| !path.is_dir());
    above.into_iter().chain([path]).find_map(|place| {
        let looks = place.symlink_metadata().ok().filter(|looks| looks.uid() == us)?;
        let (rights, words) = match looks.is_dir() {
            true => (Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK, "u+rwx"),
            false => (Access::READ_OK | Access::WRITE_OK, "u+rw"),
        };
        let is_refused = rustix::fs::access(place, rights) == Err(Errno::ACCESS);
        let (shown, mode) = (place.display(), looks.mode() & 0o7777);
        is_refused.then(|| {
            format!(
                "{shown} belongs to {} already, and its mode {mode:04o} refuses its owner. Allow it: chmod {words} {}",
                name_of(us),
                quoted(place)
            )
        })
    })
}

/// Whether `place` is a folder of the whole machine or a home: it is never to be given to one user.
fn is_of_the_system(place: &Path) -> bool {
    const SYSTEM: [&str; 11] = ["bin", "boot", "dev", "etc", "lib", "proc", "root", "run", "sbin", "sys", "usr"];
    let parts: Vec<_> = place.iter().skip(1).map(|part| part.to_string_lossy()).collect();
    match parts.iter().map(AsRef::as_ref).collect::<Vec<&str>>()[..] {
        [] | [_] | ["home" | "media" | "var", _] => true,
        // Where desktops mount drives.
        ["run", "media", _, _, ..] => false,
        [first, ..] => SYSTEM.contains(&first),
    }
}

/// What to do about `error` where it is not known which of many files belongs to another user.
pub fn advice_for_all(error: &io::Error, place: &str) -> Option<String> {
    let is_denied = Errno::from_io_error(error) == Some(Errno::ACCESS) && !is_root();
    let us = name_of(rustix::process::geteuid().as_raw());
    is_denied.then(|| {
        format!(
            "Something on {place} belongs to another user than {us}, as after a start with sudo. Give it back: sudo chown -R {us}: and the folder of {place}."
        )
    })
}

/// A line of the machine's account file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub group: u32,
    pub home: PathBuf,
}

impl Account {
    /// `None` for a user without a line.
    pub fn of(user: u32) -> Option<Account> {
        let text = std::fs::read_to_string("/etc/passwd").ok()?;
        text.lines().find_map(|line| Account::parse(line, user))
    }

    /// `name:password:number:group:comment:home:shell`.
    fn parse(line: &str, user: u32) -> Option<Account> {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, number, group, _, home, ..] = fields[..] else { return None };
        let is_it = number.parse() == Ok(user);
        let (name, group) = (name.to_owned(), group.parse().ok()?);
        is_it.then(|| Account { name, group, home: home.into() })
    }
}

/// The name of a user, or the number of one without a name.
pub fn name_of(user: u32) -> String {
    Account::of(user).map_or_else(|| user.to_string(), |account| account.name)
}

/// A path as a shell reads it.
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    if is_plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::super::dir::Dir;
    use super::super::rel_path::RelPath;
    use super::*;

    const SOMEBODY: u32 = 1500;

    #[test]
    fn what_root_makes_belongs_to_the_owner_of_its_folder() {
        if !is_root() {
            return eprintln!("skipped: needs root");
        }
        let top = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(top.path(), Some(SOMEBODY), Some(SOMEBODY + 1)).unwrap();
        let (at, dir) = (|name: &str| top.path().join(name), Dir::open(top.path()).unwrap());
        make_folders(&at("a/b/c"), 0o700).unwrap();
        make_folders(&at("a/b/c"), 0o700).unwrap();
        open_or_make(&at("lock")).unwrap();
        dir.make_dir(&RelPath::of_our_own("made")).unwrap();
        dir.create_new(&RelPath::of_our_own("made/file")).unwrap();
        dir.write_atomic(&RelPath::of_our_own("made/atomic"), b"x").unwrap();
        for name in ["a", "a/b", "a/b/c", "lock", "made", "made/file", "made/atomic"] {
            let looks = at(name).symlink_metadata().unwrap();
            assert_eq!((looks.uid(), looks.gid()), (SOMEBODY, SOMEBODY + 1), "{name}");
        }
    }

    #[test]
    fn what_was_there_before_is_given_to_nobody() {
        if !is_root() {
            return eprintln!("skipped: needs root");
        }
        let top = tempfile::tempdir().unwrap();
        std::fs::write(top.path().join("file"), "x").unwrap();
        std::fs::create_dir(top.path().join("full")).unwrap();
        std::fs::write(top.path().join("full/file"), "x").unwrap();
        std::os::unix::fs::symlink("file", top.path().join("link")).unwrap();
        std::os::unix::fs::chown(top.path(), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
        open_or_make(&top.path().join("file")).unwrap();
        make_folders(&top.path().join("full"), 0o700).unwrap();
        let [full, folder] = ["full", ""].map(|name| File::open(top.path().join(name)).unwrap());
        give_folder(full, folder).unwrap();
        assert!(open_or_make(&top.path().join("link")).is_err(), "a link leads somewhere else");
        for name in ["file", "full"] {
            assert_eq!(top.path().join(name).metadata().unwrap().uid(), 0, "{name}");
        }
    }

    #[test]
    fn nobody_is_told_to_take_a_folder_of_the_machine_or_a_home() {
        let of_the_system = |place: &&str| is_of_the_system(Path::new(place));
        assert!(
            ["/", "/opt", "/var/lib", "/home/anna", "/media/pi", "/etc/x", "/run/media/pi"].iter().all(of_the_system)
        );
        let others =
            ["/var/lib/x", "/home/pi/allskybackups", "/media/pi/USB", "/mnt/nas", "/opt/x", "/run/media/pi/USB"];
        assert!(!others.iter().any(of_the_system));
    }

    #[test]
    fn a_path_is_quoted_for_the_shell() {
        assert_eq!(quoted(Path::new("/home/pi/a_b")), "/home/pi/a_b");
        assert_eq!(quoted(Path::new("/mnt/my 'disk'")), r"'/mnt/my '\''disk'\'''");
    }
}
