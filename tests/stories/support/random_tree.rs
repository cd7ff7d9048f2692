//! The property of archives: whatever folder `create` accepts, `import` takes its archive under any name,
//! and a restore gives the folder back. What is not in the archive, the archive names.
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use allsky_backups::base::digest::Sha256;
use allsky_backups::base::rel_path::printable;
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{NightChoice, PauseChoice, SectionChoice};
use allsky_backups::domain::restore::program::Programs;
use allsky_backups::domain::restore::request::RestoreRequest;
use allsky_backups::work::archive::{create, import, info};
use allsky_backups::work::restore;

use super::rig::Rig;

/// Parts of names that some disk, screen, shell or program takes for something else.
const PARTS: [&[u8]; 26] = [
    b"a",
    b"A",
    b"TWIN.jpg",
    b"twin.jpg",
    b"back\\slash",
    b"C:",
    b"new\nline",
    b"cr\r",
    b"\x1b[31mred",
    b"\x7f",
    "\u{202e}gpj.exe".as_bytes(),
    "\u{2066}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{e9}".as_bytes(),
    "e\u{301}".as_bytes(),
    "stra\u{df}e".as_bytes(),
    "STRASSE".as_bytes(),
    "\u{fb01}le".as_bytes(),
    b"latin\xe4",
    b"\xff\xfe",
    b"-rf",
    b"--help",
    b"dot.",
    b"blank ",
    b" ",
    b"*?\"'$(x)",
];

const MODES: [u32; 9] = [0o644, 0o600, 0o664, 0o755, 0o444, 0o000, 0o2664, 0o4755, 0o6777];
const OWNERS: [u32; 6] = [0, 1000, 2_097_151, 2_097_152, 3_000_000_000, u32::MAX - 1];
const SIZES: [usize; 8] = [0, 1, 511, 512, 513, 5000, 70_000, 1_200_000];
/// Unix seconds, in the first of which nothing was, up to one that eleven octal digits cannot say.
const TIMES: [i64; 6] = [0, 1, -1, 1_760_000_000, 4_102_444_800, 8_589_934_592];

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 ^ (self.0 >> 29)) >> 16
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn name(&mut self) -> Vec<u8> {
        let part = self.pick(&PARTS).to_vec();
        match self.below(8) {
            0..4 => part,
            4 | 5 => [&part[..], self.pick(&PARTS)].concat(),
            6 => part.iter().copied().cycle().take(200).collect(),
            _ => [&b"."[..], &part].concat(),
        }
    }
}

/// Fills `folder`. What the disk does not take is not in the tree.
fn plant(dice: &mut Dice, folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    for _ in 0..2 + dice.below(6) {
        let place = folder.join(OsStr::from_bytes(&dice.name()));
        if fs::symlink_metadata(&place).is_ok() {
            continue;
        }
        match dice.below(16) {
            0..9 => file(dice, &place, files),
            9..11 if depth < 4 && fs::create_dir(&place).is_ok() => plant(dice, &place, depth + 1, files),
            11 => drop(fs::create_dir(&place)),
            12 if !files.is_empty() => {
                let first = &files[dice.below(files.len())];
                drop(fs::hard_link(first, &place));
            }
            13 => drop(symlink("/etc/passwd", &place)),
            14 => {
                let pipe = rustix::fs::FileType::Fifo;
                let _ = rustix::fs::mknodat(rustix::fs::CWD, &place, pipe, rustix::fs::Mode::RUSR, 0);
            }
            15 => deep(dice, folder, files),
            _ => {}
        }
    }
}

/// Folders below folders, or names that are long together, beyond what an archive may hold.
fn deep(dice: &mut Dice, folder: &Path, files: &mut Vec<PathBuf>) {
    let (part, levels) = if dice.below(2) == 0 { ("d".to_owned(), 36) } else { ("long".repeat(60), 5) };
    let place = std::iter::repeat_n(part, levels).fold(folder.join("deep"), |way, part| way.join(part));
    if fs::create_dir_all(&place).is_ok() {
        file(dice, &place.join("last"), files);
    }
}

fn file(dice: &mut Dice, place: &Path, files: &mut Vec<PathBuf>) {
    let Ok(mut file) = File::create_new(place) else { return };
    if dice.below(40) == 0 {
        // A hole, which no disk stores.
        file.set_len(24 << 20).unwrap();
    } else {
        let size = dice.pick(&SIZES);
        let mut noise = Dice(dice.next());
        let bytes: Vec<u8> = std::iter::repeat_with(|| noise.next() as u8).take(size).collect();
        file.write_all(&bytes).unwrap();
    }
    if rustix::process::geteuid().is_root() {
        chown(place, Some(dice.pick(&OWNERS)), Some(dice.pick(&OWNERS))).unwrap();
        fs::set_permissions(place, Permissions::from_mode(dice.pick(&MODES))).unwrap();
    }
    let time = dice.pick(&TIMES);
    let distance = Duration::from_secs(time.unsigned_abs());
    file.set_modified(if time < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }).unwrap();
    files.push(place.to_owned());
}

#[derive(Debug, PartialEq, Eq)]
enum Thing {
    File {
        bytes: usize,
        sum: Sha256,
        mtime: i64,
    },
    EmptyFolder,
    /// Links and pipes.
    Other,
}

fn file_of(content: &[u8], mtime: i64) -> Thing {
    Thing::File { bytes: content.len(), sum: Sha256::of(content), mtime }
}

/// Everything below `folder`, by its name from `top` on.
fn things(top: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Thing>) {
    let mut is_empty = true;
    for entry in fs::read_dir(folder).unwrap() {
        is_empty = false;
        let place = entry.unwrap().path();
        let seen = fs::symlink_metadata(&place).unwrap();
        let thing = if seen.is_dir() {
            things(top, &place, found);
            continue;
        } else if seen.is_file() {
            file_of(&fs::read(&place).unwrap(), seen.mtime())
        } else {
            Thing::Other
        };
        found.insert(place.strip_prefix(top).unwrap().to_owned(), thing);
    }
    if is_empty {
        found.insert(folder.strip_prefix(top).unwrap().to_owned(), Thing::EmptyFolder);
    }
}

/// Shows the property for the tree of `seed`; returns how many things were in it.
pub fn holds(rig: &Rig, seed: u64) -> usize {
    let mut dice = Dice(seed);
    let home = rig.tools.site.home();
    let of_pictures = seed % 2 == 1;
    let folder = home.join(if of_pictures { "images/20261118" } else { "config/myFiles/random" });
    fs::create_dir_all(&folder).unwrap();
    plant(&mut dice, &folder, 0, &mut Vec::new());
    let mut planted = BTreeMap::new();
    things(home, &folder, &mut planted);
    let made = if of_pictures {
        create::images(&rig.tools, &NightChoice::All, &Unwatched)
    } else {
        create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched)
    };
    let made = made.unwrap_or_else(|why| panic!("seed {seed}: create: {why}"));
    let named = |archive: &str| {
        let about = info::info(&rig.tools, &ArchiveName::parse(archive).unwrap()).unwrap().metadata.unwrap();
        assert_eq!(about.left_out_more(), 0, "seed {seed}");
        about.left_out().iter().map(|one| one.path.clone()).collect::<Vec<_>>()
    };
    let carried = rig.path("carried anywhere.bin");
    fs::copy(rig.archive(&made.name), &carried).unwrap();
    let left_out = named(&made.name);
    let imported = import::import(&rig.tools, &carried, &Unwatched);
    let imported = imported.unwrap_or_else(|why| panic!("seed {seed}: import: {why}")).created.name;
    assert_eq!(named(&imported), left_out, "seed {seed}");

    let to = rig.path("given back");
    let name = ArchiveName::parse(&imported).unwrap();
    let ask = RestoreRequest { to: Some(to.clone()), programs: Some(Programs::Take), ..RestoreRequest::all(name) };
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap_or_else(|why| panic!("seed {seed}: restore: {why}"));
    let mut back = BTreeMap::new();
    things(&to, &to, &mut back);
    for (path, thing) in &planted {
        let shown = printable(path.as_os_str().as_bytes());
        let is_told = left_out.iter().any(|out| {
            let rest = shown.strip_prefix(out.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        match back.get(path) {
            None => assert!(is_told, "seed {seed}: {shown} is neither back nor named: {left_out:?}"),
            Some(found) => assert!(thing == found, "seed {seed}: {shown} was {thing:?} and is {found:?}"),
        }
        // Modes are those of a camera's files, and never such that somebody else's rights come with them.
        if let Ok(seen) = fs::metadata(to.join(path)).map(|seen| seen.mode()) {
            assert!(seen & 0o4000 == 0 && seen & 0o400 != 0, "seed {seed}: {shown}: {seen:o}");
        }
    }
    // What a restore keeps for its undo lies beside what it gives back.
    back.retain(|path, _| !path.as_os_str().as_bytes().starts_with(b".allsky-restore"));
    for path in back.keys() {
        assert!(home.join(path).exists(), "seed {seed}: {} was never there", path.display());
    }
    for gone in [&folder, &to, &rig.tools.folder.path().to_owned()] {
        fs::remove_dir_all(gone).unwrap();
    }
    fs::remove_file(carried).unwrap();
    planted.len()
}
