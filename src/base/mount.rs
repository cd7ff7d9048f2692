//! Which mount a folder really lies on, asked of the kernel through the open folder and not by name.
//!
//! The table of mounts stays readable while a network share hangs; the folder itself may not.
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, StatxFlags};

/// A line of `/proc/self/mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    pub id: u64,
    /// The mount that it is mounted on.
    pub parent: u64,
    /// `major:minor`.
    pub device: String,
    /// What of the file system is mounted; other than `/` for bind mounts of a folder.
    pub root: Vec<u8>,
    pub point: PathBuf,
    pub is_read_only: bool,
    /// The file system takes writes, and this mount passes none on: so a service sees what it has no right to write to.
    pub is_shut_here: bool,
    pub fs_type: String,
    /// `/dev/sda1`, `nas:/share`.
    pub source: String,
}

/// File systems that are answered for by another machine or by a program.
const FAR: [&str; 13] =
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "davfs", "glusterfs", "lustre", "autofs", "virtiofs"];

impl Mount {
    /// True for a share and for a file system of a program: whoever asks it for anything may wait for ever.
    pub fn may_hang(&self) -> bool {
        self.fs_type.starts_with("fuse") || FAR.contains(&self.fs_type.as_str())
    }
}

/// The mount that `path` lies on, by its name alone: no disk is asked, and links are not followed.
///
/// The table also has mounts that others hide. So the way goes down from the root, as the kernel goes it: a service
/// whose unit names `/mnt` sees that folder mounted on itself, and every drive in it twice.
pub fn of_path<'a>(mounts: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    let is_known = |id: u64, but: u64| mounts.iter().any(|mount| mount.id == id && mount.id != but);
    let root = |mount: &&Mount| mount.point == Path::new("/") && !is_known(mount.parent, mount.id);
    let mut here = mounts.iter().find(root)?;
    for _ in mounts {
        let is_next = |mount: &&Mount| mount.parent == here.id && mount.id != here.id && path.starts_with(&mount.point);
        match mounts.iter().filter(is_next).min_by_key(|mount| mount.point.components().count()) {
            Some(next) => here = next,
            None => break,
        }
    }
    Some(here)
}

/// Number of the mount that `folder` lies on.
pub fn id_of(folder: impl AsFd) -> io::Result<u64> {
    let stat = rustix::fs::statx(folder, "", AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC, StatxFlags::MNT_ID)?;
    if stat.stx_mask & StatxFlags::MNT_ID.bits() == 0 {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "this kernel does not tell the mount of a folder"));
    }
    Ok(stat.stx_mnt_id)
}

/// All mounts as this process sees them.
pub fn table() -> io::Result<Vec<Mount>> {
    Ok(parse(&fs::read("/proc/self/mountinfo")?))
}

/// The mounts of a text that is written like `/proc/self/mountinfo`.
pub fn parse(text: &[u8]) -> Vec<Mount> {
    text.split(|b| *b == b'\n').filter_map(line).collect()
}

/// `36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/sda1 rw,errors=continue`
fn line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|b| *b == b' ');
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let id = text(fields.next()?).parse().ok()?;
    let parent = text(fields.next()?).parse().ok()?;
    let device = text(fields.next()?);
    let root = unescape(fields.next()?);
    let point = unescape(fields.next()?);
    let options = text(fields.next()?);
    let mut rest = fields.skip_while(|field| *field != b"-");
    rest.next()?;
    let fs_type = text(rest.next()?);
    let source = text(&unescape(rest.next()?));
    let super_options = text(rest.next().unwrap_or_default());
    let is_read_only = |options: &str| options.split(',').any(|o| o == "ro");
    use std::os::unix::ffi::OsStringExt;
    Some(Mount {
        id,
        parent,
        device,
        root,
        point: PathBuf::from(std::ffi::OsString::from_vec(point)),
        is_read_only: is_read_only(&options) || is_read_only(&super_options),
        is_shut_here: is_read_only(&options) && !is_read_only(&super_options),
        fs_type,
        source,
    })
}

/// The kernel writes blank, tab, newline and backslash as `\040` and the like.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, tail)) = rest.split_first() {
        let octal = (*first == b'\\').then(|| tail.get(..3)).flatten();
        let value = octal.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        match value {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[3..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_blanks_in_its_names_is_read() {
        let text = b"36 35 98:0 /mnt1 /mnt/my\\040disk rw,noatime master:1 - ext3 /dev/ro\\040ot ro,errors=continue\n";
        let mounts = parse(text);
        assert_eq!(mounts.len(), 1);
        assert_eq!(mounts[0].point, PathBuf::from("/mnt/my disk"));
        assert_eq!((mounts[0].fs_type.as_str(), mounts[0].source.as_str()), ("ext3", "/dev/ro ot"));
        assert!(mounts[0].is_read_only, "the file system is, although the mount is not");
        assert_eq!(mounts[0].root, b"/mnt1");
    }

    #[test]
    fn a_path_lies_on_the_mount_that_is_seen_and_on_none_that_another_hides() {
        let text = b"9 1 8:1 / / rw - ext4 /dev/sda1 rw\n2 9 8:2 / /mnt/a ro - ext4 /dev/sdb1 rw\n\
                     3 2 8:3 / /mnt/a ro - ext4 /dev/sdc1 rw\n4 9 0:9 / /mnt/ab rw - nfs4 nas:/x rw\n\
                     7 6 8:4 / /srv/d rw - ext4 /dev/sdd1 rw\n6 9 8:1 /srv /srv rw - ext4 /dev/sda1 rw\n\
                     5 9 8:4 / /srv/d ro - ext4 /dev/sdd1 rw\n";
        let mounts = parse(text);
        let of = |path: &str| of_path(&mounts, Path::new(path)).map(|mount| mount.id);
        for (path, id) in [("/mnt/a/b", 3), ("/mnt/ab", 4), ("/mnt/abc", 9), ("/srv/d/x", 7), ("/srv/x", 6), ("/", 9)] {
            assert_eq!(of(path), Some(id), "{path}");
        }
        assert_eq!(of_path(&[], Path::new("/")), None);
        assert!(mounts[2].is_shut_here && mounts[3].may_hang() && !mounts[0].may_hang());
    }

    #[test]
    fn a_name_and_an_open_folder_lead_to_one_mount() {
        let mounts = table().unwrap();
        for path in ["/", "/proc", "/dev", "/sys", "/usr"].map(Path::new).into_iter().filter(|path| path.is_dir()) {
            let real = path.canonicalize().unwrap();
            let id = id_of(fs::File::open(&real).unwrap()).unwrap();
            assert_eq!(of_path(&mounts, &real).map(|mount| mount.id), Some(id), "{}", path.display());
        }
    }

    #[test]
    fn every_folder_lies_on_a_mount_of_the_table() {
        let folder = fs::File::open("/proc").unwrap();
        let id = id_of(&folder).unwrap();
        let mount = table().unwrap().into_iter().find(|m| m.id == id).unwrap();
        assert_eq!(mount.fs_type, "proc");
    }
}
