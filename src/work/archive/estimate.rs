//! Estimate: sizes of sections and picture folders, from a scan that is kept and refreshed bit by bit.
//!
//! A night whose folders have not changed is not walked again. A page that shows sizes never waits.
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::Serialize;

use crate::archive::estimate::estimate;
use crate::catalog::Scan;
use crate::domain::archive::listing::{Listing, Source};
use crate::domain::archive::section::Section;
use crate::domain::failure::Failure;
use crate::domain::monitor::{Monitor, Progress, Stage};
use crate::domain::order::{NightChoice, SectionChoice};
use crate::site::{self, DatabaseCopy, Taken};
use crate::work::{Error, Tools, iso};

/// Sizes of one section or folder; `None` where nobody has looked yet.
#[derive(Debug, Clone, Serialize)]
pub struct Sized {
    pub key: String,
    pub files: Option<u64>,
    pub raw_bytes: Option<u64>,
    pub packed_bytes: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Estimates {
    pub sections: Vec<Sized>,
    pub folders: Vec<Sized>,
    /// When the oldest of these was seen.
    pub as_of: Option<String>,
    /// Read from the camera's files to tell; 0 when all was remembered.
    pub read_bytes: u64,
    /// What could not be looked at.
    pub warnings: Vec<String>,
}

/// What is remembered; reads no tree.
pub fn remembered(tools: &Tools) -> Result<Estimates, Error> {
    put_together(tools, 0)
}

/// Looks again at what changed since the last scan.
pub fn refresh(tools: &Tools, monitor: &dyn Monitor) -> Result<Estimates, Error> {
    monitor.stages(&[Stage::Survey]);
    monitor.stage(Stage::Survey);
    let mut before: BTreeMap<_, _> = tools.catalog.scans()?.into_iter().map(|scan| (scan.key.clone(), scan)).collect();
    let mut read_bytes = refresh_sections(tools, &mut before)?;
    // Without the disk of the pictures there are still settings, and the remembered sizes of pictures stay.
    let Ok(folders) = tools.site.picture_folders() else { return put_together(tools, read_bytes) };
    for (n, folder) in folders.iter().enumerate() {
        monitor.checkpoint()?;
        monitor.progress(Progress {
            done_files: n as u64,
            total_files: folders.len() as u64,
            now: folder.name.clone(),
            ..Progress::default()
        });
        read_bytes += refresh_folder(tools, &folder.name, &mut before)?;
    }
    // What is left was not seen again: a folder that the camera has deleted.
    for gone in before.keys() {
        tools.catalog.drop_scan(gone)?;
    }
    put_together(tools, read_bytes)
}

fn section_key(section: &Section) -> String {
    format!("section/{}", section.key.as_str())
}

fn folder_key(name: &str) -> String {
    format!("images/{name}")
}

/// Sections are small: they are listed every time, and sampled again when anything in them changed.
fn refresh_sections(tools: &Tools, before: &mut BTreeMap<String, Scan>) -> Result<u64, Error> {
    let live =
        |path: crate::base::rel_path::RelPath| DatabaseCopy { taken: Taken::Whole(tools.site.place(&path)), path };
    let databases: Vec<_> = tools.site.databases(&SectionChoice::All)?.into_iter().map(live).collect();
    // An estimate archives nothing, so it drops the warnings; the backup itself gives them.
    let all = tools.site.list_config(&SectionChoice::All, &databases, &mut |_| {})?;
    let mut read_bytes = 0;
    for section in tools.site.sections()? {
        let within = |entry: &&crate::domain::archive::listing::Entry| {
            section.places.iter().any(|place| entry.name.is_within(&place.path))
        };
        let entries: Vec<_> = all.entries.iter().filter(within).cloned().collect();
        let mut seen = blake3::Hasher::new();
        for entry in &entries {
            seen.update(entry.name.as_bytes());
            seen.update(&entry.size.to_le_bytes());
            seen.update(&entry.mtime.to_le_bytes());
        }
        let fingerprint = seen.finalize().to_hex().to_string();
        let part = Listing { roots: all.roots.clone(), entries, ..Listing::default() };
        let old = before.remove(&section_key(&section));
        if old.is_none_or(|old| old.fingerprint != fingerprint) {
            read_bytes += scan(tools, section_key(&section), &part, fingerprint)?;
        }
    }
    Ok(read_bytes)
}

fn refresh_folder(tools: &Tools, name: &str, before: &mut BTreeMap<String, Scan>) -> Result<u64, Error> {
    let images = tools.site.images_dir()?;
    if let Some(old) = before.remove(&folder_key(name)) {
        if is_unchanged(&images, &old.fingerprint) {
            return Ok(0);
        }
        before.insert(old.key.clone(), old);
    }
    // Looked at before the files: what changes meanwhile is seen the next time.
    let listing = match tools.site.list_images(&NightChoice::Folders(vec![name.to_owned()]), &mut |_| {}) {
        Err(site::Error::NoFolder(_)) => return Ok(0),
        other => other?,
    };
    before.remove(&folder_key(name));
    let fingerprint = fingerprint(&images, name, &listing);
    scan(tools, folder_key(name), &listing, fingerprint)
}

/// Each folder with the time at which something was last added to it or removed from it, so that the
/// next look needs no walk. A name that does not fit in makes the scan one that never holds.
fn fingerprint(images: &Path, name: &str, listing: &Listing) -> String {
    let mut folders = BTreeSet::from([name.to_owned()]);
    for entry in listing.entries.iter().filter(|entry| entry.source == Source::Directory) {
        match entry.name.as_str().map(|path| path.strip_prefix("images/").unwrap_or(path)) {
            Some(path) if !path.contains('\n') => folders.insert(path.to_owned()),
            _ => return "always look again".to_owned(),
        };
    }
    let lines: Vec<_> = folders.iter().filter(|path| *path != "images").map(|path| line(images, path)).collect();
    lines.join("\n")
}

fn line(images: &Path, path: &str) -> String {
    let at = std::fs::metadata(images.join(path)).map(|meta| (meta.mtime(), meta.mtime_nsec()));
    let (seconds, nanos) = at.unwrap_or((-1, -1));
    format!("{seconds}.{nanos:09} {path}")
}

fn is_unchanged(images: &Path, fingerprint: &str) -> bool {
    fingerprint.lines().all(|old| old.split_once(' ').is_some_and(|(_, path)| line(images, path) == old))
}

fn scan(tools: &Tools, key: String, listing: &Listing, fingerprint: String) -> Result<u64, Error> {
    let found = estimate(listing);
    tools.catalog.put_scan(&Scan {
        key,
        files: found.files,
        raw_bytes: found.raw_bytes,
        packed_bytes: found.packed_bytes,
        fingerprint,
        at: (tools.now)().timestamp(),
    })?;
    Ok(found.read_bytes)
}

fn put_together(tools: &Tools, read_bytes: u64) -> Result<Estimates, Error> {
    let scans: BTreeMap<_, _> = tools.catalog.scans()?.into_iter().map(|scan| (scan.key.clone(), scan)).collect();
    let sized = |key: String, stored: String| {
        let scan = scans.get(&stored);
        Sized {
            key,
            files: scan.map(|s| s.files),
            raw_bytes: scan.map(|s| s.raw_bytes),
            packed_bytes: scan.map(|s| s.packed_bytes),
        }
    };
    let sections = tools.site.sections()?;
    let (folders, warnings) = match tools.site.picture_folders() {
        Ok(folders) => (folders, Vec::new()),
        Err(error) => (Vec::new(), vec![Failure::of(&error).message]),
    };
    let zone = (tools.now)().time_zone().clone();
    Ok(Estimates {
        sections: sections.iter().map(|s| sized(s.key.as_str().to_owned(), section_key(s))).collect(),
        folders: folders.iter().map(|f| sized(f.name.clone(), folder_key(&f.name))).collect(),
        as_of: scans.values().map(|scan| scan.at).min().map(|at| iso(&at.to_zoned(zone))),
        read_bytes,
        warnings,
    })
}
