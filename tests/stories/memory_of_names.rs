//! Archives that are all names: however many, long and deep, the program that judges them stays small.
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Child, Stdio};

use allsky_backups::base::digest::Sha256;
use flate2::{Compression, GzBuilder};

use crate::support::tarball::{IMAGES_METADATA, Tar, TarHeader};
use crate::support::terminal::{Said, Terminal};

/// The service must do with 64 MiB for any archive. The pages of the program itself are not measured here, because a
/// build for tests has twice as many of them: this is what remains for the archive.
const MOST_OWN_KIB: u64 = 40 << 10;

/// Letters that do not pack, so that no archive is refused as a bomb; from a seed, so that every run
/// is the same.
struct Letters(u64);

impl Letters {
    fn take(&mut self, many: usize) -> String {
        let letter = |_| {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            char::from(b'a' + (self.0 % 26) as u8)
        };
        (0..many).map(letter).collect()
    }
}

/// An images archive of empty files whose names `name` gives.
fn of_names(terminal: &Terminal, count: usize, name: impl Fn(usize, &mut Letters) -> String) -> &'static str {
    let file = "allsky-images-backup-20261120-120000.tar.gz";
    let mut out = GzBuilder::new().write(fs::File::create(terminal.path(file)).unwrap(), Compression::fast());
    let mut letters = Letters(0x9e37_79b9_7f4a_7c15);
    for number in 0..count {
        let name = name(number, &mut letters);
        let tar = if name.len() <= 100 { Tar::default() } else { Tar::default().pax(&[("path", name.as_bytes())]) };
        out.write_all(&tar.member(TarHeader::new(&name, 0), b"").0).unwrap();
    }
    out.write_all(&Tar::default().file("metadata.json", IMAGES_METADATA).end()).unwrap();
    out.finish().unwrap();
    file
}

/// The outcome, and the most memory that the process asked for at any time.
fn imported(terminal: &Terminal, file: &str) -> (Said, u64) {
    let mut command = terminal.command(["import", file, "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(taken_by(&child));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    (child.wait_with_output().unwrap().into(), peak)
}

fn taken_by(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[test]
fn names_as_many_as_are_allowed_are_taken_in_little_memory() {
    let terminal = Terminal::new();
    // 48,000 folders, 195,000 files, 30 MB of names.
    let file =
        of_names(&terminal, 195_000, |n, letters| format!("images/{}/{}.jpg", n / 4 % 48_000, letters.take(134)));
    let (said, peak) = imported(&terminal, file);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(peak > 0 && peak <= MOST_OWN_KIB, "{peak} KiB");
}

/// What we save ourselves may be a year of pictures. Another program has packed it again, which takes the most memory.
#[test]
fn an_archive_of_our_own_may_have_twice_as_many_files_in_little_memory() {
    let terminal = Terminal::new();
    let ours = r#"{"allskyBackups":{"format":1,"tool":"t","created":"2026-11-21T00:03:09+01:00","site":"allsky","sections":[]},"#;
    let file = "allsky-images-backup-20261120-120000.tar.gz";
    for (count, taken) in [(390_000, true), (400_000, false)] {
        let mut out = GzBuilder::new().write(fs::File::create(terminal.path(file)).unwrap(), Compression::fast());
        let metadata = IMAGES_METADATA.replacen('{', ours, 1);
        out.write_all(&Tar::default().file("metadata.json", metadata).0).unwrap();
        let (mut letters, mut sums) = (Letters(0x9e37_79b9_7f4a_7c15), String::new());
        for n in 0..count {
            let name = format!("images/{}/{}.jpg", n / 10, letters.take(60));
            out.write_all(&Tar::default().member(TarHeader::new(&name, 0), b"").0).unwrap();
            writeln!(sums, "{}  {name}", Sha256::of(b"")).unwrap();
        }
        out.write_all(&Tar::default().file("SHA256SUMS", sums).end()).unwrap();
        out.finish().unwrap();
        let (said, peak) = imported(&terminal, file);
        assert_eq!(said.code, Some(if taken { 0 } else { 1 }), "{count}: {said:?}");
        assert!(peak > 0 && peak <= MOST_OWN_KIB, "{count}: {peak} KiB");
        let words = said.text() + &said.err;
        assert!(taken || words.contains("copy the file into the backups folder"), "{words}");
    }
}

#[test]
fn names_that_are_far_too_long_too_deep_or_too_many_are_refused_in_little_memory() {
    let terminal = Terminal::new();
    for (count, rule, name) in [
        (
            60_000,
            "take more than",
            (|_, letters| {
                // Parts that a disk can hold, in few folders.
                let folders: Vec<String> = ["a", "b", "c"].map(|letter| letter.repeat(200)).into();
                format!("images/{}/{}", folders.join("/"), letters.take(250))
            }) as fn(usize, &mut Letters) -> String,
        ),
        (20_000, "folders that an archive may have", |_, letters| {
            let deep: Vec<String> = (0..29).map(|_| letters.take(6)).collect();
            format!("images/{}/x", deep.join("/"))
        }),
        (200_001, "files and folders", |n, letters| format!("images/{}/{}", n / 9000, letters.take(9))),
    ] {
        let file = of_names(&terminal, count, name);
        let (said, peak) = imported(&terminal, file);
        assert_eq!(said.code, Some(1), "{said:?}");
        let words = said.text() + &said.err;
        assert!(words.contains(rule), "{rule}: {words}");
        assert!(peak > 0 && peak <= MOST_OWN_KIB, "{rule}: {peak} KiB");
    }
}
