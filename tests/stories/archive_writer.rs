//! What is written can be read: by us, by every common tool, and never wrongly.
use std::fs::{self, File};
use std::io::{BufReader, Read as _, Write as _};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

use allsky_backups::archive::estimate::estimate;
use allsky_backups::archive::extract;
use allsky_backups::archive::glance::{Glance, glance};
use allsky_backups::archive::index::Index;
use allsky_backups::archive::index_build::IndexBuilder;
use allsky_backups::archive::inspect::inspect;
use allsky_backups::archive::verify::{Verdict, verify};
use allsky_backups::archive::write::{Error, write};
use allsky_backups::base::dir::Dir;
use allsky_backups::base::rel_path::RelPath;
use allsky_backups::domain::archive::listing::Source;
use allsky_backups::domain::failure::{Advice, Code};
use allsky_backups::domain::limits::Limits;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::transfer::read_back::read_back;

use crate::support::small_disk::SmallDisk;
use crate::support::tree::{Tree, noise};
use crate::support::watcher::Watcher;

const MIB: usize = 1 << 20;

fn check(path: &Path) -> Verdict {
    verify(&File::open(path).unwrap(), &Unwatched).unwrap()
}

/// Runs a tool that must succeed in `dir`; `None` when this machine does not have it.
fn tool(dir: &Path, argv: &[&str]) -> Option<String> {
    let output = match Command::new(argv[0]).args(&argv[1..]).current_dir(dir).env("LC_ALL", "C.UTF-8").output() {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return None,
        other => other.unwrap(),
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{argv:?}: {said}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Files of every length around the edges of blocks and gzip members, compressible and not.
fn edges() -> Tree {
    let mut tree = Tree::new();
    tree.add_dir("images");
    let lengths = [0, 1, 511, 512, 513, 4095, 4096, 65_535, 65_536, MIB - 1024, MIB - 513, MIB - 512, MIB - 511];
    for (nth, length) in lengths.into_iter().chain([MIB - 1, MIB, MIB + 1, 2 * MIB]).enumerate() {
        tree.add(format!("images/noise-{length}.jpg"), &noise(length, nth as u64 + 1));
        tree.add(format!("images/text-{length}.json"), &b"{\"gain\": 12}\n".repeat(length / 13 + 1)[..length]);
    }
    tree
}

fn hell() -> Tree {
    let mut tree = Tree::new();
    tree.add_dir("dir with space");
    let long = "n".repeat(200);
    for name in [
        "dir with space/it's \"quoted\".json".as_bytes(),
        b"new\nline",
        b"back\\slash",
        b"carriage\rreturn",
        b"tab\there",
        b"-rf",
        "Größe/Ñandú 星空.jpg".as_bytes(),
        b"latin\xe4.jpg",
        long.as_bytes(),
        format!("{long}-/{long}/{long}").as_bytes(),
        format!("{}/{}", "d".repeat(90), "e".repeat(90)).as_bytes(),
    ] {
        tree.add(name, name);
    }
    tree
}

#[test]
fn every_common_tool_reads_what_we_write_and_sha256sum_agrees() {
    for tree in [edges(), hell()] {
        let report = tree.write(&Unwatched).unwrap();
        assert_eq!(report.files, tree.listing.files());
        assert_eq!(report.raw_bytes, tree.listing.bytes());
        let out = tree.path().join("out");
        tool(&out, &["gzip", "-t", "x.tar.gz"]);
        let untar: [&[&str]; 3] = [
            &["tar", "-xzf", "../out/x.tar.gz"],
            &["bsdtar", "-xf", "../out/x.tar.gz"],
            &[
                "python3",
                "-c",
                "import tarfile,sys; t=tarfile.open('../out/x.tar.gz'); [t.extract(m) for m in t.getmembers()]",
            ],
        ];
        for argv in untar {
            let into = tree.path().join(argv[0]);
            fs::create_dir(&into).unwrap();
            if tool(&into, argv).is_none() {
                continue;
            }
            tool(&into, &["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]);
            for entry in &tree.listing.entries {
                let theirs = into.join(entry.name.as_path());
                match entry.source {
                    Source::Directory => assert!(theirs.is_dir()),
                    _ => assert!(fs::read(&theirs).unwrap() == fs::read(tree.place(entry.name.as_bytes())).unwrap()),
                }
            }
        }
        // busybox knows no PAX, so it cuts the longest names; it must count the same members.
        if let Some(list) = tool(&out, &["busybox", "tar", "-tzf", "x.tar.gz"]) {
            assert!(list.ends_with("SHA256SUMS\n"), "{list}");
        }
        let verdict = check(&tree.archive());
        assert_eq!((verdict.damage, verdict.members), (None, report.members));
    }
}

#[test]
fn an_archive_of_nothing_is_whole() {
    let tree = Tree::new();
    let report = tree.write(&Unwatched).unwrap();
    assert_eq!((report.members, report.files, report.raw_bytes), (2, 0, 0));
    assert_eq!(check(&tree.archive()).damage, None);
    read_back(report.written, &Unwatched).unwrap();
}

#[test]
fn large_files_are_packed_by_all_cores_and_come_back() {
    let mut tree = Tree::new();
    tree.add("images/a.mp4", &noise(9 * MIB + 77, 5));
    tree.add("config/allsky.db", &b"row of a database, 42, 43\n".repeat(400_000));
    tree.add("images/exact.mp4", &noise(8 * MIB - 512, 6));
    tree.add("last", b"x");
    let report = tree.write(&Unwatched).unwrap();
    let out = tree.path().join("out");
    tool(&out, &["tar", "-xzf", "x.tar.gz"]);
    tool(&out, &["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]);
    let verdict = check(&tree.archive());
    assert_eq!((verdict.damage, verdict.members), (None, report.members));
    read_back(report.written, &Unwatched).unwrap();
}

#[test]
fn every_changed_byte_and_every_cut_of_a_small_archive_is_found() {
    let mut tree = Tree::new();
    tree.add_dir("config");
    tree.add("config/settings.json", b"{\"cameratype\": \"RPi\"}");
    tree.add("images/a.jpg", &noise(4200, 3));
    tree.add("images/b.jpg", &noise(100, 4));
    tree.write(&Unwatched).unwrap();
    let good = fs::read(tree.archive()).unwrap();
    let path = tree.path().join("bad.tar.gz");
    fs::write(&path, &good).unwrap();
    let file = File::options().read(true).write(true).open(&path).unwrap();
    for at in 0..good.len() {
        for flip in [1 << (at % 8), 0xff] {
            file.write_all_at(&[good[at] ^ flip], at as u64).unwrap();
            let verdict = verify(&file, &Unwatched).unwrap();
            assert!(verdict.damage.is_some(), "byte {at} changed by {flip:#x} was not found");
        }
        file.write_all_at(&good[at..=at], at as u64).unwrap();
    }
    assert_eq!(verify(&file, &Unwatched).unwrap().damage, None);
    for length in (0..good.len()).rev() {
        file.set_len(length as u64).unwrap();
        assert!(verify(&file, &Unwatched).unwrap().damage.is_some(), "cut to {length} bytes was not found");
        assert!(!matches!(glance(&file).unwrap(), Glance::Ours(_)), "cut to {length} bytes looks whole");
    }
    fs::write(&path, [&good[..], b"x"].concat()).unwrap();
    assert!(check(&path).damage.is_some(), "a byte behind the end was not found");
}

#[test]
fn verify_names_the_file_that_is_hit() {
    let mut tree = Tree::new();
    for nth in 0..6u64 {
        tree.add(format!("images/{nth}.jpg"), &noise(MIB + 5000, nth + 1));
    }
    tree.write(&Unwatched).unwrap();
    let mut bytes = fs::read(tree.archive()).unwrap();
    let needle = &noise(MIB, 4)[500_000..500_064];
    let at = bytes.windows(64).position(|w| w == needle).unwrap();
    bytes[at] ^= 4;
    fs::write(tree.archive(), &bytes).unwrap();
    let damage = check(&tree.archive()).damage.unwrap();
    assert_eq!(damage.member.unwrap().to_string(), "images/3.jpg");
    assert!(damage.what.contains("images/3.jpg"), "{}", damage.what);
    // Cut inside the same picture.
    bytes.truncate(at);
    fs::write(tree.archive(), &bytes).unwrap();
    let damage = check(&tree.archive()).damage.unwrap();
    assert_eq!(damage.member.unwrap().to_string(), "images/3.jpg");
}

#[test]
fn a_file_that_is_not_there_any_more_is_named_and_left_out() {
    let mut tree = Tree::new();
    tree.add("images/a.jpg", b"a");
    tree.list("images/gone.jpg", Source::File { root: 0, strip: 0 }, 100);
    fs::create_dir(tree.place("images/folder.jpg")).unwrap();
    tree.list("images/folder.jpg", Source::File { root: 0, strip: 0 }, 5 << 20);
    std::os::unix::fs::symlink("/etc/passwd", tree.place("images/link.jpg")).unwrap();
    tree.list("images/link.jpg", Source::File { root: 0, strip: 0 }, 10);
    assert!(Command::new("mkfifo").arg(tree.place("images/fifo.jpg")).status().unwrap().success());
    tree.list("images/fifo.jpg", Source::File { root: 0, strip: 0 }, 10);
    tree.list("images/nowhere.jpg", Source::File { root: 9, strip: 0 }, 10);
    let watcher = Watcher::new();
    let report = tree.write(&watcher).unwrap();
    // The description, the picture, what was found late, and the sums.
    assert_eq!((report.members, report.files), (4, 1));
    let warnings = watcher.warnings();
    for name in ["gone", "folder", "link", "fifo", "nowhere"] {
        let hits = warnings.iter().filter(|w| w.contains(&format!("images/{name}.jpg"))).count();
        assert_eq!(hits, 1, "{name}: {warnings:?}");
    }
    assert_eq!(warnings.len(), 5, "{warnings:?}");
    assert_eq!(check(&tree.archive()).damage, None);
}

#[test]
fn files_that_change_while_they_are_read_never_damage_the_archive() {
    let mut tree = Tree::new();
    for nth in 0..8u64 {
        tree.add(format!("images/{nth}.jpg"), &noise(3 * MIB, nth + 1));
    }
    tree.add("images/large.mp4", &noise(12 * MIB, 99));
    let places: Vec<_> = tree.listing.entries.iter().map(|e| tree.place(e.name.as_bytes())).collect();
    let done = std::sync::atomic::AtomicBool::new(false);
    let watcher = Watcher::new();
    std::thread::scope(|scope| {
        // A camera that appends to, cuts and rewrites whatever is there, all the time.
        scope.spawn(|| {
            let mut turn = 0u64;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                for path in &places {
                    turn += 1;
                    let mut file = File::options().append(true).open(path).unwrap();
                    // However slow the writer is, the test stays small.
                    let is_large = file.metadata().unwrap().len() > 8 * MIB as u64;
                    match turn % 3 {
                        0 => file.set_len(MIB as u64).unwrap(),
                        _ if is_large => file.set_len(3 * MIB as u64).unwrap(),
                        _ => file.write_all(&noise(MIB / 2, turn)).unwrap(),
                    }
                    std::thread::yield_now();
                }
            }
        });
        for _ in 0..5 {
            let result = tree.write(&watcher);
            let verdict = check(&tree.archive());
            if result.is_err() || verdict.damage.is_some() {
                done.store(true, std::sync::atomic::Ordering::Relaxed);
            }
            let report = result.unwrap();
            assert_eq!((verdict.damage, verdict.members), (None, report.members));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let warnings = watcher.warnings();
    assert!(!warnings.is_empty());
    assert!(warnings.iter().all(|w| w.starts_with("images/")), "{warnings:?}");
}

#[test]
fn cancel_works_at_every_checkpoint() {
    let mut tree = Tree::new();
    tree.add("images/large.mp4", &noise(5 * MIB, 1));
    for nth in 0..5u64 {
        tree.add(format!("images/{nth}.jpg"), &noise(600_000, nth + 2));
    }
    let mut finished = None;
    for stop_at in 0.. {
        match tree.write(&Watcher::stopping_at(stop_at)) {
            Err(Error::Cancelled(_)) => {}
            other => {
                finished = Some(other.unwrap());
                break;
            }
        }
    }
    assert_eq!(finished.unwrap().members, 8);
    assert_eq!(check(&tree.archive()).damage, None);
    let file = File::open(tree.archive()).unwrap();
    let stopped = (0..).take_while(|stop_at| verify(&file, &Watcher::stopping_at(*stop_at)).is_err()).count();
    assert!(stopped > 5, "verify can be stopped at {stopped} places");
}

#[test]
fn progress_ends_at_all_of_it() {
    let tree = edges();
    let watcher = Watcher::new();
    tree.write(&watcher).unwrap();
    let progress = watcher.progress();
    assert_eq!(progress.total_bytes, tree.listing.bytes());
    assert!(progress.done_bytes >= progress.total_bytes);
    assert_eq!(progress.done_files, tree.listing.files());
}

#[test]
fn a_glance_tells_ours_from_cut_and_foreign() {
    let tree = edges();
    tree.write(&Unwatched).unwrap();
    let Glance::Ours(metadata) = glance(&File::open(tree.archive()).unwrap()).unwrap() else {
        panic!("not recognised")
    };
    assert_eq!(metadata.version, "v2025.xx.xx");
    let other = tree.path().join("other.tar.gz");
    tool(tree.path(), &["tar", "-czf", "other.tar.gz", "metadata.json"]).unwrap();
    assert_eq!(glance(&File::open(&other).unwrap()).unwrap(), Glance::Other);
    for bytes in [&b""[..], b"\x1f", b"\x1f\x8b\x08\x00", b"PK\x03\x04 something else that is longer"] {
        fs::write(&other, bytes).unwrap();
        assert!(matches!(glance(&File::open(&other).unwrap()).unwrap(), Glance::Foreign(_)), "{bytes:?}");
    }
}

#[test]
fn pictures_cost_no_more_than_a_percent_and_text_little_more_than_gzip() {
    let mut tree = Tree::new();
    for nth in 0..40u64 {
        let words: Vec<String> =
            noise(3000, nth + 1).iter().map(|b| format!("  \"key{b}\": {},\n", u32::from(*b) * 7)).collect();
        tree.add(format!("config/{nth}.json"), words.concat().as_bytes());
    }
    tree.write(&Unwatched).unwrap();
    tool(tree.path(), &["tar", "-czf", "out/theirs.tar.gz", "-C", "home", "config"]).unwrap();
    let ours = fs::metadata(tree.archive()).unwrap().len() as f64;
    let theirs = fs::metadata(tree.path().join("out/theirs.tar.gz")).unwrap().len() as f64;
    assert!(ours / theirs < 1.03, "text: {:.3} of tar -czf", ours / theirs);
    let mut tree = Tree::new();
    (0..8u64).for_each(|nth| tree.add(format!("images/{nth}.jpg"), &noise(MIB, nth + 1)));
    tree.write(&Unwatched).unwrap();
    let ours = fs::metadata(tree.archive()).unwrap().len() as f64;
    assert!(ours / (8 * MIB) as f64 <= 1.001, "pictures: {:.4} of their bytes", ours / (8 * MIB) as f64);
}

/// Settings of every length, fonts, and a large database.
fn config() -> Tree {
    let mut tree = Tree::new();
    for nth in 0..600u64 {
        let words: Vec<String> = noise(100 + 40 * (nth as usize % 60), nth + 1)
            .chunks(2)
            .map(|b| format!("    \"allsky_{}\": {},\n", b[0] % 64, u32::from(b[b.len() - 1]) * 7))
            .collect();
        tree.add(format!("config/modules/{nth}.json"), words.concat().as_bytes());
    }
    for nth in 0..12u64 {
        let glyphs: Vec<u8> = noise(300_000, nth + 5000).iter().map(|b| b & (b >> 3) & 0x7f).collect();
        tree.add(format!("config/overlay/fonts/{nth}.ttf"), &glyphs);
    }
    let rows: Vec<String> = noise(800_000, 77)
        .chunks(2)
        .enumerate()
        .map(|(nth, b)| format!("2026-11-21 00:{:02}:{:02}|{}|{}|exposure|gain;", nth % 60, b[0] % 60, nth * 30, b[1]))
        .collect();
    tree.add("config/myFiles/allsky.db", rows.concat().as_bytes());
    tree
}

#[test]
fn an_estimate_is_within_three_percent() {
    let mut nights = Tree::new();
    for nth in 0..60u64 {
        nights.add(format!("images/20261117/{nth}.jpg"), &noise(700_000 + 3000 * nth as usize, nth + 1));
        nights.add(format!("images/20261117/thumbnails/{nth}.jpg"), &noise(6000, nth + 900));
    }
    for (what, tree) in [("nights", nights), ("config", config())] {
        let report = tree.write(&Unwatched).unwrap();
        let guess = estimate(&tree.listing);
        let ratio = guess.packed_bytes as f64 / report.written.bytes() as f64;
        assert!((ratio - 1.0).abs() < 0.03, "{what}: {ratio:.3} of the truth");
        assert!(guess.read_bytes * 100 <= guess.raw_bytes, "{what}: read {} bytes", guess.read_bytes);
        assert_eq!(estimate(&tree.listing), guess);
    }
}

#[test]
fn cancel_is_heard_inside_a_large_file() {
    let mut tree = Tree::new();
    tree.add("a.db", &b"0123456789abcdef".repeat(4 * MIB));
    let watcher = Watcher::stopping_at(30);
    assert!(matches!(tree.write(&watcher), Err(Error::Cancelled(_))));
}

#[test]
fn every_file_is_where_the_index_says() {
    for tree in [edges(), hell()] {
        tree.write(&Unwatched).unwrap();
        let archive = File::open(tree.archive()).unwrap();
        let index = Index::open(&tree.index(), &archive).unwrap().unwrap();
        for entry in tree.listing.entries.iter().filter(|e| e.source != Source::Directory) {
            let row = index.find(&entry.name).unwrap().unwrap();
            let mut bytes = Vec::new();
            let opened = extract::open(archive.try_clone().unwrap(), &row).unwrap();
            BufReader::new(opened).read_to_end(&mut bytes).unwrap();
            assert!(bytes == fs::read(tree.place(entry.name.as_bytes())).unwrap(), "{}", entry.name);
        }
    }
}

#[test]
fn a_strict_reader_finds_what_the_writer_says() {
    let tree = edges();
    let report = tree.write(&Unwatched).unwrap();
    let mut members = 0;
    let file = File::open(tree.archive()).unwrap();
    let contents = inspect(BufReader::new(file), &Limits::default(), &mut |_| members += 1, &Unwatched).unwrap();
    assert!(contents.summed);
    assert_eq!((contents.members, contents.files), (report.members, report.files));
    assert_eq!(members, report.members);
}

#[test]
fn a_full_disk_says_how_much_fits() {
    let Some(disk) = SmallDisk::mount("size=2m") else { return };
    let mut tree = Tree::new();
    tree.add("a.jpg", &noise(3 * MIB, 1));
    let mut index = IndexBuilder::create(&tree.index()).unwrap();
    let (to, name) = (Dir::open(disk.path()).unwrap(), RelPath::parse("x.tar.gz").unwrap());
    let error =
        write(&tree.listing, &tree.path().join("metadata.json"), &to, &name, &mut index, &Unwatched).unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().contains("3.1 MB"), "{error}");
    assert_eq!(error.code(), Code::NotReady);
}

#[test]
fn owners_with_the_large_numbers_of_a_domain_are_written_and_read() {
    for id in [2_097_151, 2_097_152, 1_234_567_890, u32::MAX] {
        let mut tree = Tree::new();
        tree.add("images/a.jpg", b"a");
        for entry in &mut tree.listing.entries {
            (entry.uid, entry.gid) = (id, id);
        }
        tree.write(&Unwatched).unwrap();
        assert_eq!(check(&tree.archive()).damage, None, "{id}");
        let file = fs::File::open(tree.archive()).unwrap();
        let mut owned = 0;
        // There are no pictures of a camera in it, only the rules of tar are asked here.
        if let Err(why) = inspect(file, &Limits::of_our_own(), &mut |_| owned += 1, &Unwatched) {
            panic!("{id}: {why}");
        }
        assert_eq!(owned, 3, "{id}");
        let listed = Command::new("tar").args(["--numeric-owner", "-tvzf"]).arg(tree.archive()).output().unwrap();
        assert!(String::from_utf8_lossy(&listed.stdout).contains(&format!("{id}/{id}")), "{id}: {listed:?}");
    }
}
