//! The backups folder: what may lie in it, how things get in, and what a dead process leaves.
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Barrier;

use allsky_backups::archive::index_build::IndexBuilder;
use allsky_backups::base::rel_path::RelPath;
use allsky_backups::destination::folder::{Error, Folder, Note};
use allsky_backups::destination::store::{Naming, StoreAs};
use allsky_backups::destination::workspace::Workspace;
use allsky_backups::domain::archive::name::{ArchiveKind, ArchiveName};
use allsky_backups::domain::archive::proof::{StreamDigest, Verified, Written};
use allsky_backups::domain::failure::{Advice, Code};
use jiff::civil::datetime;
use uuid::Uuid;

use crate::support::small_disk::SmallDisk;

const SIDECAR: &[u8] = br#"{"backupType":"config"}"#;

fn rel(text: &str) -> RelPath {
    RelPath::parse(text).unwrap()
}

fn now() -> Naming {
    Naming::Made { kind: ArchiveKind::Config, at: datetime(2026, 11, 21, 0, 3, 9, 0) }
}

fn folder(top: &Path) -> Folder {
    let folder = Folder::new(top.join("backups"));
    folder.prepare().unwrap();
    folder
}

fn proved(workspace: &Workspace, content: &str) -> Verified {
    let mut file = workspace.dir().create_new(&rel("archive")).unwrap();
    file.write_all(content.as_bytes()).unwrap();
    let digest = StreamDigest([7; 32]);
    Written::new(workspace.path().join("archive"), content.len() as u64, digest).confirmed_by(digest).unwrap()
}

fn store(folder: &Folder, naming: &Naming, content: &str) -> Result<ArchiveName, Error> {
    let workspace = folder.workspace()?;
    workspace.dir().create_new(&rel("sidecar")).unwrap().write_all(SIDECAR).unwrap();
    IndexBuilder::create(&workspace.path().join("index")).unwrap();
    let name = folder.reserve(naming)?;
    let proved = proved(&workspace, content);
    folder.store(&workspace, proved, StoreAs { name, sidecar: Some(rel("sidecar")), index: Some(rel("index")) })
}

fn names(folder: &Folder) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_folder_that_others_could_open_is_tightened_and_the_owner_is_told() {
    let top = tempfile::tempdir().unwrap();
    let folder = Folder::new(top.path().join("backups"));
    assert!(folder.archives().unwrap().is_empty(), "not made yet is empty, not wrong");
    assert!(folder.prepare().unwrap().is_empty(), "a new folder is private from the start");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o2775)).unwrap();
    let told = folder.prepare().unwrap();
    assert!(matches!(&told[..], [Note::Changed(told)] if told.contains("2775") && told.contains("0700")), "{told:?}");
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_folder_with_files_of_others_and_no_archive_keeps_its_mode_and_the_owner_is_told() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    fs::write(folder.path().join("thesis.txt"), "the owner's").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let told = folder.prepare().unwrap();
    assert!(matches!(&told[..], [Note::Lasting(told)] if told.contains("holds other files")), "{told:?}");
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn a_missing_disk_a_file_and_a_read_only_disk_are_each_told_in_words() {
    let top = tempfile::tempdir().unwrap();
    let missing = Folder::new(top.path().join("no/disk")).prepare().unwrap_err();
    assert!(matches!(missing, Error::Missing(_)), "{missing}");
    fs::write(top.path().join("file"), "").unwrap();
    let file = Folder::new(top.path().join("file")).prepare().unwrap_err();
    assert!(matches!(file, Error::NotAFolder(_)), "{file}");
    for error in [&missing, &file] {
        assert_eq!(error.code(), Code::NotReady);
        assert!(!error.advice().is_empty());
    }
    if let Some(disk) = SmallDisk::mount("size=1m") {
        let folder = folder(disk.path());
        disk.remount("ro");
        let read_only = folder.prepare().unwrap_err();
        assert!(matches!(read_only, Error::ReadOnly { .. }), "{read_only}");
        assert!(matches!(folder.workspace().unwrap_err(), Error::ReadOnly { .. }));
    }
}

#[test]
fn too_little_room_is_refused_with_the_numbers_in_bytes_and_in_files() {
    let Some(disk) = SmallDisk::mount("size=100m,nr_inodes=100") else { return };
    let folder = folder(disk.path());
    folder.preflight(1 << 20, 10).unwrap();
    let full = folder.preflight(60 << 20, 10).unwrap_err();
    assert!(!full.advice().contains("Delete archives"), "there are none: {}", full.advice());
    let bytes = full.to_string();
    assert!(bytes.contains("67.1 MB stay free as a reserve"), "{bytes}");
    assert!(bytes.contains("130.0 MB needed") && bytes.contains("104.9 MB free"), "{bytes}");
    let inodes = folder.preflight(1 << 20, 90).unwrap_err().to_string();
    assert!(inodes.contains("106 inodes (files) needed"), "{inodes}");
}

#[test]
fn a_stored_archive_is_private_and_has_its_sidecar_and_index_beside_it() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    let name = store(&folder, &now(), "first").unwrap();
    let stem = "allsky-config-backup-20261121-000309";
    assert_eq!(names(&folder), [format!("{stem}.index"), format!("{stem}.json"), format!("{stem}.tar.gz")]);
    for file in names(&folder) {
        let mode = fs::metadata(folder.path().join(&file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let found = folder.found(&name).unwrap();
    assert_eq!(found.bytes, 5);
    fs::write(folder.path().join(name.as_str()), "other").unwrap();
    assert_ne!(folder.found(&name).unwrap().fingerprint, found.fingerprint);
    folder.remove(&name).unwrap();
    assert!(names(&folder).is_empty());
    assert_eq!(folder.remove(&name).unwrap_err().code(), Code::NotFound);
}

#[test]
fn many_archives_of_one_second_get_many_names_and_no_one_is_replaced() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    let start = Barrier::new(8);
    let mut made: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|n| {
                let (folder, start) = (&folder, &start);
                scope.spawn(move || {
                    start.wait();
                    let content = format!("content {n}");
                    (store(folder, &now(), &content).unwrap(), content)
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for (name, content) in &made {
        assert_eq!(&fs::read_to_string(folder.path().join(name.as_str())).unwrap(), content);
    }
    made.sort();
    made.dedup_by(|a, b| a.0 == b.0);
    assert_eq!(made.len(), 8);
    assert!(names(&folder).iter().all(|n| !n.starts_with('.')), "{:?}", names(&folder));
}

#[test]
fn a_program_that_does_not_ask_for_names_is_not_overwritten() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    let workspace = folder.workspace().unwrap();
    let name = folder.reserve(&now()).unwrap();
    let path = folder.path().join(name.name().as_str());
    fs::write(&path, "the panel was here").unwrap();
    let proved = proved(&workspace, "ours");
    let error = folder.store(&workspace, proved, StoreAs { name, sidecar: None, index: None }).unwrap_err();
    assert!(matches!(error, Error::Taken(_)), "{error}");
    assert_eq!(fs::read_to_string(path).unwrap(), "the panel was here");
    drop(workspace);
    assert_eq!(names(&folder).len(), 1);
}

#[test]
fn a_given_name_is_kept_and_numbered_when_taken() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    let given = |text: &str| Naming::Given(ArchiveName::parse(text).unwrap());
    assert_eq!(store(&folder, &given("mine.tar.gz"), "1").unwrap().as_str(), "mine.tar.gz");
    assert_eq!(store(&folder, &given("mine.tar.gz"), "2").unwrap().as_str(), "mine-2.tar.gz");
    let long = format!("{}.tar.gz", "x".repeat(121));
    assert_eq!(store(&folder, &given(&long), "1").unwrap().as_str(), long);
    assert!(store(&folder, &given(&long), "2").unwrap().as_str().ends_with("x-2.tar.gz"));
}

/// A workspace and a reserved name as a process leaves them that is killed.
fn die(folder: &Folder) {
    let (workspace, reserved) = (folder.workspace().unwrap(), folder.reserve(&now()).unwrap());
    workspace.dir().create_new(&rel("archive")).unwrap().write_all(b"half").unwrap();
    let kept = tempfile::tempdir().unwrap();
    let copy = |name: &str| {
        let said = Command::new("cp").arg("-a").arg(folder.path().join(name)).arg(kept.path()).status().unwrap();
        assert!(said.success());
    };
    let hidden: Vec<_> = names(folder).into_iter().filter(|name| name.starts_with('.')).collect();
    hidden.iter().for_each(|name| copy(name));
    drop((workspace, reserved));
    for name in hidden {
        assert!(
            Command::new("cp").arg("-a").arg(kept.path().join(name)).arg(folder.path()).status().unwrap().success()
        );
    }
}

#[test]
fn sweeping_takes_what_the_dead_left_and_nothing_of_the_living() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    let name = store(&folder, &now(), "whole").unwrap();
    die(&folder);
    fs::create_dir(folder.path().join(format!(".partial-{}", Uuid::now_v7()))).unwrap();
    let living = folder.workspace().unwrap();
    let reserved = folder.reserve(&now()).unwrap();
    assert_eq!(folder.sweep().unwrap(), 3, "and a folder whose maker died before it had signed it");
    assert!(living.path().exists());
    let left = names(&folder);
    assert_eq!(left.iter().filter(|n| n.starts_with('.')).count(), 2, "{left:?}");
    drop((living, reserved));
    assert_eq!(folder.sweep().unwrap(), 0);
    assert!(folder.found(&name).is_ok());
    assert_eq!(names(&folder).len(), 3, "archive, sidecar and index");
}

/// Each as an owner may have it, with a name that looks like one of ours.
fn look_alikes() -> Vec<String> {
    let id = Uuid::now_v7();
    let stem = "allsky-config-backup-20250101-000000";
    let mut all: Vec<String> = [
        "photos.index",
        "a.index",
        "notes.json",
        "readme.txt",
        "allsky-config-backup-20250101-000001.index",
        ".partial-mine/thesis.txt",
        ".partial-0192/archive",
        ".reserved-notes",
        ".reserving-notes",
        ".upload-mine/film.mp4",
        ".of-allsky-backups-0192",
        "x.part",
        "y.new",
    ]
    .map(str::to_owned)
    .into();
    all.extend([
        format!("{stem}.json"),
        format!(".reserved-{stem}"),
        format!(".partial-{id}/thesis.txt"),
        format!(".partial-{id}x/thesis.txt"),
        format!(".partial-{}/thesis.txt", id.to_string().to_uppercase()),
        format!(".upload-{id}/about.json"),
        format!(".reserving-{id}"),
        // Signed by another folder.
        format!(".partial-{}/.of-allsky-backups-{id}", Uuid::now_v7()),
    ]);
    all
}

#[test]
fn what_only_looks_like_ours_is_never_touched() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    let all = look_alikes();
    for file in &all {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("the owner's {file}")).unwrap();
    }
    assert_eq!((folder.sweep().unwrap(), folder.sweep_parts(i64::MAX).unwrap()), (0, 0));
    for naming in [now(), Naming::Given(ArchiveName::parse("photos.tar.gz").unwrap())] {
        let name = store(&folder, &naming, "whole").unwrap();
        assert_eq!(name.as_str().contains("-2."), name.as_str().starts_with("photos"), "{name}");
        folder.remove(&name).unwrap();
    }
    for file in &all {
        assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap(), format!("the owner's {file}"));
    }
}

#[test]
fn what_the_owner_put_beside_an_archive_outlives_it_and_every_new_index() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    let name = ArchiveName::parse("photos.tar.gz").unwrap();
    for file in ["photos.tar.gz", "photos.json", "photos.index"] {
        fs::write(folder.path().join(file), "the owner's").unwrap();
    }
    let workspace = folder.workspace().unwrap();
    IndexBuilder::create(&workspace.path().join("index")).unwrap();
    folder.put_index(&workspace, &rel("index"), &name).unwrap();
    drop(workspace);
    assert_eq!(fs::read_to_string(folder.index_path(&name)).unwrap(), "the owner's");
    folder.remove(&name).unwrap();
    assert_eq!(names(&folder), ["photos.index", "photos.json"]);
}

#[test]
fn a_workspace_outlives_sweeping_at_any_moment() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    std::thread::scope(|scope| {
        let maker = scope.spawn(|| {
            for n in 0..200 {
                let workspace = folder.workspace().unwrap();
                let file = rel(&format!("file{n}"));
                workspace.dir().create_new(&file).unwrap();
                assert!(workspace.path().join(file.as_path()).exists());
            }
        });
        while !maker.is_finished() {
            folder.sweep().unwrap();
        }
    });
    assert!(names(&folder).is_empty());
}

#[test]
fn a_stale_sidecar_is_never_taken_for_that_of_a_new_archive_and_a_stale_index_gives_way() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    fs::write(folder.path().join("allsky-config-backup-20261121-000309.json"), "stale").unwrap();
    let workspace = folder.workspace().unwrap();
    let name = folder.reserve(&now()).unwrap();
    let proved = proved(&workspace, "new");
    let name = folder.store(&workspace, proved, StoreAs { name, sidecar: None, index: None }).unwrap();
    assert!(!folder.sidecar_path(&name).exists() && name.as_str().ends_with("-2.tar.gz"), "{name}");
    assert!(folder.path().join("allsky-config-backup-20261121-000309.json").exists());
    fs::remove_file(folder.path().join(name.as_str())).unwrap();
    IndexBuilder::create(&folder.index_path(&name)).unwrap();
    assert_eq!(store(&folder, &Naming::Given(name.clone()), "newer").unwrap(), name);
}

#[test]
fn only_archives_are_listed_and_odd_names_are_told_apart() {
    let top = tempfile::tempdir().unwrap();
    let folder = folder(top.path());
    for file in ["a.tar.gz", "b.tar", "c.json", ".hidden.tar.gz", "with space.tar.gz", "new\nline.tar.gz"] {
        fs::write(folder.path().join(file), "x").unwrap();
    }
    fs::create_dir(folder.path().join("d.tar.gz")).unwrap();
    std::os::unix::fs::symlink("a.tar.gz", folder.path().join("e.tar.gz")).unwrap();
    let found: Vec<_> = folder.archives().unwrap().into_iter().map(|f| f.name.to_string()).collect();
    assert_eq!(found, ["a.tar.gz"]);
    assert_eq!(folder.open(&ArchiveName::parse("e.tar.gz").unwrap()).unwrap_err().code(), Code::NotFound);
    let mut odd: Vec<_> = folder.strangers().unwrap().into_iter().map(|s| s.name).collect();
    odd.sort();
    assert_eq!(odd, ["new\\x0aline.tar.gz", "with space.tar.gz"]);
}
