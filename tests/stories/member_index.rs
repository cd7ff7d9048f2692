//! The index beside an archive: folders, search and one-file extraction agree with the archive, stay
//! fast with 100,000 files, and never answer for another archive.
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use allsky_backups::archive::extract;
use allsky_backups::archive::index::{Index, Row};
use allsky_backups::archive::index_build::IndexBuilder;
use allsky_backups::archive::inspect::{Contents, Member, inspect};
use allsky_backups::archive::write::write;
use allsky_backups::base::digest::Sha256;
use allsky_backups::base::dir::Dir;
use allsky_backups::base::rel_path::RelPath;
use allsky_backups::domain::archive::metadata::Metadata;
use allsky_backups::domain::limits::Limits;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::restore::program::ContentVerdict;

use super::support::tarball::{IMAGES_METADATA, Tar, gzip, images_with};
use super::support::tree::{Tree, noise};

fn path(text: impl AsRef<[u8]>) -> RelPath {
    RelPath::parse(text).unwrap()
}

/// Stores `archive` in `folder` and indexes it.
fn indexed(folder: &Path, archive: &[u8]) -> (File, Index, Contents) {
    std::fs::write(folder.join("a.tar.gz"), archive).unwrap();
    let file = File::open(folder.join("a.tar.gz")).unwrap();
    let mut builder = IndexBuilder::create(&folder.join("a.index")).unwrap();
    let contents = inspect(&file, &Limits::default(), &mut |member| builder.add(&member).unwrap(), &Unwatched).unwrap();
    builder.finish(&contents.metadata, &file).unwrap();
    let index = Index::open(&folder.join("a.index"), &file).unwrap().unwrap();
    (file, index, contents)
}

fn names(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.path.to_string()).collect()
}

fn content(archive: &File, row: &Row) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    extract::open(archive.try_clone()?, row)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[test]
fn folders_are_listed_with_all_that_is_below_them() {
    let folder = tempfile::tempdir().unwrap();
    let archive = images_with(|tar| {
        tar.file("images/20261117/b.jpg", "12345")
            .file("images/20261117/a.jpg", "123")
            .file("images/20261117/thumbnails/a.jpg", "1")
            .file(b"images/20261118/latin\xe4.jpg", "12")
            .file("images/readme", "")
    });
    let (_, index, contents) = indexed(folder.path(), &archive);
    assert_eq!(index.totals().unwrap(), (5, 11));
    assert_eq!((contents.files, contents.raw_bytes), (5, 11));
    assert_eq!(index.metadata().unwrap(), contents.metadata);

    let top = index.folder(None, 0, 10).unwrap();
    assert_eq!(names(&top), ["images", "metadata.json"]);
    assert_eq!((top[0].is_dir, top[0].size, top[0].files), (true, 11, 5));
    let images = path("images");
    let below = index.folder(Some(&images), 0, 10).unwrap();
    assert_eq!(names(&below), ["images/20261117", "images/20261118", "images/readme"]);
    assert_eq!((below[0].files, below[0].size, below[1].size), (3, 9, 2));
    for offset in 0..5 {
        for limit in 0..5 {
            let page = index.folder(Some(&images), offset, limit).unwrap();
            let want: Vec<_> = below.iter().skip(offset as usize).take(limit as usize).cloned().collect();
            assert_eq!(page, want, "{offset} {limit}");
        }
    }
    let night = index.folder(Some(&path("images/20261117")), 0, 10).unwrap();
    assert_eq!(names(&night), ["images/20261117/thumbnails", "images/20261117/a.jpg", "images/20261117/b.jpg"]);
    assert_eq!(index.folder(Some(&path("images/1999")), 0, 10).unwrap(), []);

    let mut all = Vec::new();
    index.each(&mut |row| all.push(row)).unwrap();
    assert_eq!(all.len(), 6);
    assert_eq!(all[0].path, path("images/20261117/b.jpg"), "in archive order");
    for row in &all {
        assert_eq!(index.find(&row.path).unwrap().as_ref(), Some(row));
    }
    assert!(index.find(&images).unwrap().unwrap().is_dir);
    assert_eq!(index.find(&path("images/none")).unwrap(), None);
}

#[test]
fn search_ignores_case_finds_folders_and_says_when_there_is_more() {
    let folder = tempfile::tempdir().unwrap();
    let archive = images_with(|tar| {
        tar.file("images/20261117/Keogram.jpg", "").file("images/20261117/keogram2.jpg", "").file("images/x%_y", "")
    });
    let (_, index, _) = indexed(folder.path(), &archive);
    let (rows, more) = index.search("KEOGRAM", 10).unwrap();
    assert_eq!((names(&rows).len(), more), (2, false));
    assert_eq!(index.search("7/keo", 1).unwrap(), (vec![rows[0].clone()], true));
    assert!(!index.search("7/keo", 2).unwrap().1);
    assert_eq!(names(&index.search("%_", 10).unwrap().0), ["images/x%_y"]);
    assert_eq!(index.search("startrail", 10).unwrap(), (vec![], false));
}

#[test]
fn every_file_comes_out_as_it_went_in_from_one_or_many_gzip_members() {
    let folder = tempfile::tempdir().unwrap();
    let picture: Vec<u8> = (0..200_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let tar = Tar::default()
        .file("images/20261117/a.jpg", &picture)
        .file("images/20261117/empty", "")
        .file("images/20261117/b.jpg", "second")
        .file("metadata.json", IMAGES_METADATA)
        .end();
    let many: Vec<u8> = tar.chunks(70_000).flat_map(gzip).collect();
    for archive in [gzip(&tar), many] {
        let (file, index, _) = indexed(folder.path(), &archive);
        index
            .each(&mut |row| {
                let bytes = content(&file, &row).unwrap();
                assert_eq!(bytes.len() as u64, row.size, "{}", row.path);
                assert_eq!(Some(Sha256::of(&bytes)), row.sha256, "{}", row.path);
            })
            .unwrap();
        std::fs::remove_file(folder.path().join("a.index")).unwrap();
    }
}

#[test]
fn a_member_that_starts_a_gzip_member_is_reached_without_what_is_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let parts = [
        Tar::default().file("images/a", vec![7; 100_000]).0,
        Tar::default().file("images/b", "b").0,
        Tar::default().file("metadata.json", IMAGES_METADATA).end(),
    ];
    let archive: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
    let (_, index, _) = indexed(folder.path(), &archive);
    let row = index.find(&path("images/b")).unwrap().unwrap();
    assert_eq!((row.gzip_offset, row.skip), (gzip(&parts[0]).len() as u64, 512));
}

#[test]
fn an_archive_of_ours_is_accepted_and_both_ways_to_its_index_agree() {
    let mut tree = Tree::new();
    tree.add_dir("images/20261117");
    for nth in 0..40 {
        tree.add(format!("images/20261117/{nth}.jpg"), &noise(nth * 5_000, nth as u64));
        tree.add(format!("images/20261117/{nth}.json"), "{\"gain\": 12}\n".repeat(nth * 400).as_bytes());
    }
    tree.add(b"images/latin\xe4.jpg", b"latin");
    let metadata: Metadata = serde_json::from_str(IMAGES_METADATA).unwrap();
    let mut written = IndexBuilder::create(&tree.path().join("written.index")).unwrap();
    let name = path("x.tar.gz");
    let to = Dir::open(&tree.path().join("out")).unwrap();
    let report =
        write(&tree.listing, &tree.path().join("metadata.json"), &to, &name, &mut written, &Unwatched).unwrap();
    let archive = File::open(tree.archive()).unwrap();
    written.finish(&metadata, &archive).unwrap();
    let written = Index::open(&tree.path().join("written.index"), &archive).unwrap().unwrap();

    let (archive, read, contents) = indexed(tree.path(), &std::fs::read(tree.archive()).unwrap());
    assert!(contents.summed);
    assert_eq!(
        (contents.members, contents.files, contents.raw_bytes),
        (report.members, report.files, report.raw_bytes)
    );
    assert_eq!(contents.remarks, Vec::<String>::new());
    assert_eq!(written.totals().unwrap(), read.totals().unwrap());
    let mut rows = Vec::new();
    written.each(&mut |row| rows.push(row)).unwrap();
    let mut nth = 0;
    read.each(&mut |row| {
        let other = &rows[nth];
        assert_eq!((&row.path, row.size, row.mtime, row.sha256), (&other.path, other.size, other.mtime, other.sha256));
        for row in [&row, other] {
            assert_eq!(content(&archive, row).unwrap().len() as u64, row.size, "{}", row.path);
            assert!(row.skip <= 4 << 20, "{} is {} bytes from its restart point", row.path, row.skip);
        }
        nth += 1;
    })
    .unwrap();
    assert_eq!(nth, rows.len());
}

#[test]
fn content_that_changed_is_never_handed_out_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (file, index, _) = indexed(folder.path(), &images_with(|tar| tar.file("images/a", vec![7; 1000])));
    let row = index.find(&path("images/a")).unwrap().unwrap();
    assert!(content(&file, &row).is_ok());
    for lie in [
        Row { sha256: Some(Sha256::of(b"other")), ..row.clone() },
        Row { size: 999, ..row.clone() },
        Row { size: 1 << 40, ..row.clone() },
        Row { skip: row.skip + 1, ..row.clone() },
        Row { skip: 1 << 40, ..row.clone() },
        Row { gzip_offset: 1, ..row.clone() },
    ] {
        let error = content(&file, &lie).unwrap_err().to_string();
        assert!(error.starts_with("images/a cannot be taken out of the archive"), "{error}");
    }
}

#[test]
fn an_index_answers_for_its_archive_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _, _) = indexed(folder.path(), &images_with(|tar| tar.file("images/a", "a")));
    let index = folder.path().join("a.index");
    assert!(Index::open(&folder.path().join("none.index"), &file).unwrap().is_none());
    assert!(Index::open(folder.path(), &file).unwrap().is_none());
    std::fs::write(folder.path().join("text.index"), "no database at all, but some text").unwrap();
    assert!(Index::open(&folder.path().join("text.index"), &file).unwrap().is_none());
    std::fs::write(folder.path().join("empty.index"), "").unwrap();
    assert!(Index::open(&folder.path().join("empty.index"), &file).unwrap().is_none());

    let moved = folder.path().join("moved.tar.gz");
    std::fs::rename(folder.path().join("a.tar.gz"), &moved).unwrap();
    assert!(Index::open(&index, &File::open(&moved).unwrap()).unwrap().is_some(), "a new name changes nothing");
    File::options().append(true).open(&moved).unwrap().write_all(b"x").unwrap();
    assert!(Index::open(&index, &File::open(&moved).unwrap()).unwrap().is_none());

    let whole = std::fs::read(&index).unwrap();
    for length in (0..whole.len()).step_by(509) {
        std::fs::write(&index, &whole[..length]).unwrap();
        // Cut anywhere it is unusable, or still tells the truth; it never fails.
        Index::open(&index, &file).unwrap();
    }
}

#[test]
fn an_index_that_was_left_unfinished_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _, _) = indexed(folder.path(), &images_with(|tar| tar.file("images/a", "a")));
    let half = folder.path().join("half.index");
    drop(IndexBuilder::create(&half).unwrap());
    assert!(Index::open(&half, &file).unwrap().is_none());
}

#[test]
fn a_hundred_thousand_files_are_indexed_and_browsed_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let archive = File::create(folder.path().join("a.tar.gz")).unwrap();
    let metadata: Metadata = serde_json::from_str(IMAGES_METADATA).unwrap();
    let started = Instant::now();
    let mut builder = IndexBuilder::create(&folder.path().join("a.index")).unwrap();
    for n in 0..100_000u64 {
        let name = path(format!("images/202611{:02}/image-{n:06}.jpg", n / 10_000 + 10));
        builder
            .add(&Member {
                name,
                is_dir: false,
                size: n,
                mode: 0o644,
                mtime: n as i64,
                sha256: Some(Sha256([n as u8; 32])),
                gzip_offset: n,
                skip: 512,
                content: ContentVerdict::Unread,
            })
            .unwrap();
    }
    builder.finish(&metadata, &archive).unwrap();
    let built = started.elapsed();
    let index = Index::open(&folder.path().join("a.index"), &archive).unwrap().unwrap();
    // The best of several: other stories run beside this one.
    let best = |work: &dyn Fn()| {
        let times = (0..7).map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        });
        times.min().unwrap()
    };
    let night = path("images/20261119");
    let listed = best(&|| assert_eq!(index.folder(Some(&night), 9_900, 100).unwrap().len(), 100));
    let first = best(&|| assert_eq!(index.folder(Some(&path("images")), 0, 100).unwrap().len(), 10));
    let searched = best(&|| assert_eq!(index.search("IMAGE-0999", 200).unwrap().0.len(), 100));
    let totals = best(&|| assert_eq!(index.totals().unwrap().0, 100_000));
    println!(
        "100,000 files: built {built:?}, last page {listed:?}, nights {first:?}, search {searched:?}, totals {totals:?}"
    );
    assert!(first < Duration::from_millis(5), "the list of nights took {first:?}");
    assert!(listed < Duration::from_millis(50), "the last page of a night took {listed:?}");
    assert!(totals < Duration::from_millis(5), "totals took {totals:?}");
    assert!(searched < Duration::from_secs(3), "a search took {searched:?}");
}
