//! What a drive can do, found by trying: names of file systems promise less than they keep.
use std::io;
use std::os::fd::AsFd;

use rustix::fs::AtFlags;
use serde::{Deserialize, Serialize};

use crate::base::attributes::{Moment, put_mode, put_mtime};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::base::space::room_at;

/// A time that no new file has by itself.
const LONG_AGO: i64 = 1_000_000_000;

/// Answers of the drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    pub hard_links: bool,
    pub symlinks: bool,
    /// Files of more than 4 GiB.
    pub large_files: bool,
    /// `None` where inodes are made as needed.
    pub free_inodes: Option<u64>,
    #[serde(flatten)]
    pub habits: Habits,
}

impl Capabilities {
    /// Everything that the drive cannot do, a sentence for each.
    pub fn lacks(&self) -> Vec<&'static str> {
        let more = [
            (self.hard_links, "it has no hard links"),
            (self.symlinks, "it has no symbolic links"),
            (self.large_files, "it takes no files above 4 GiB"),
        ];
        let lacking = more.into_iter().filter_map(|(has, sentence)| (!has).then_some(sentence));
        self.habits.in_words().into_iter().chain(lacking).collect()
    }
}

/// What every work on the drive must know, found within a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habits {
    pub case_sensitive: bool,
    /// `:`, `?` and the like may be in names.
    pub any_names: bool,
    /// Files get the time of the pictures that they are copies of.
    pub keeps_times: bool,
    /// Files can be closed to other users.
    pub keeps_modes: bool,
    /// A rename may take the place of a file.
    pub replaces: bool,
    /// How large it is, and how full.
    pub tells_room: bool,
}

impl Habits {
    /// What its owner should know, a sentence for each.
    pub fn in_words(&self) -> Vec<&'static str> {
        let sentences = [
            (
                self.keeps_times,
                "it does not take the times of files, which are kept in the list of each night (files.tsv)",
            ),
            (
                self.keeps_modes,
                "it does not close files to other users, so everybody who reaches it can read the camera's settings on it",
            ),
            (
                self.replaces,
                "it replaces no file in one step, so a power cut at the wrong moment costs a list, and its night is then saved again",
            ),
            (self.tells_room, "it does not tell how much room it has, so nothing is deleted on it to make room"),
            (self.case_sensitive, "it does not tell apart names that differ in upper and lower case alone"),
            (self.any_names, "it does not take : * ? \" < > | in names"),
        ];
        sentences.into_iter().filter_map(|(is_so, sentence)| (!is_so).then_some(sentence)).collect()
    }
}

/// Tries each in a folder of its own, which is gone afterwards. An error means that not even a file
/// can be made.
pub fn probe(drive: &Dir) -> io::Result<Capabilities> {
    let free_inodes = room_at(drive.path())?.free_inodes;
    on_a_bench(drive, |bench| {
        let habits = try_habits(drive, bench)?;
        let file = bench.create_new(&RelPath::of_our_own("file"))?;
        let fd = bench.as_fd();
        let hard_links = rustix::fs::linkat(fd, "file", fd, "link", AtFlags::empty()).is_ok();
        let symlinks = rustix::fs::symlinkat("file", fd, "symlink").is_ok();
        // A hole: nothing is written, and file systems with 32-bit sizes refuse it.
        let large_files = rustix::fs::ftruncate(file.as_fd(), (4 << 30) + 1).is_ok();
        Ok(Capabilities { hard_links, symlinks, large_files, free_inodes, habits })
    })
}

/// What the disk can do, as far as it is found without writing anything large.
pub fn habits(drive: &Dir) -> io::Result<Habits> {
    on_a_bench(drive, |bench| try_habits(drive, bench))
}

fn on_a_bench<T>(drive: &Dir, work: impl FnOnce(&Dir) -> io::Result<T>) -> io::Result<T> {
    let bench = RelPath::of_our_own(&format!(".allsky-backups-probe-{}", uuid::Uuid::now_v7()));
    drive.make_dir(&bench)?;
    let tried = drive.dir(&bench).and_then(|bench| work(&bench));
    drive.remove_tree(&bench)?;
    tried
}

fn try_habits(drive: &Dir, bench: &Dir) -> io::Result<Habits> {
    let [one, other] = ["one", "other"].map(RelPath::of_our_own);
    let file = bench.create_new(&one)?;
    bench.create_new(&other)?;
    let long_ago = Moment { seconds: LONG_AGO, nanos: 0 };
    let time = put_mtime(&file, long_ago)?.is_none();
    let closed = put_mode(&file, 0o600)?.is_none();
    let looks = bench.seen(&one)?.ok_or(io::ErrorKind::NotFound)?.attributes;
    let odd = rustix::fs::openat(
        bench.as_fd(),
        "a:b?",
        rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    );
    Ok(Habits {
        case_sensitive: rustix::fs::statat(bench.as_fd(), "ONE", AtFlags::SYMLINK_NOFOLLOW).is_err(),
        any_names: odd.is_ok(),
        keeps_times: time && looks.mtime.seconds.abs_diff(LONG_AGO) <= 2,
        keeps_modes: closed && looks.mode & 0o077 == 0,
        tells_room: room_at(drive.path())?.is_told(),
        replaces: bench.rename(&one, &other).is_ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_of_linux_has_no_odd_habits_and_nothing_is_left_of_the_trial() {
        let top = tempfile::tempdir().unwrap();
        let drive = Dir::open(top.path()).unwrap();
        let can = probe(&drive).unwrap();
        assert_eq!(can.habits, habits(&drive).unwrap());
        assert_eq!(can.habits.in_words(), Vec::<&str>::new());
        assert!(can.hard_links && can.symlinks && can.large_files);
        assert_eq!(can.lacks(), Vec::<&str>::new());
        assert_eq!(Capabilities { hard_links: false, ..can }.lacks(), ["it has no hard links"]);
        assert!(drive.entries().unwrap().is_empty());
    }
}
