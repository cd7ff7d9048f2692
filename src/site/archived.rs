//! What config archives of every kind of camera have in common: the choice of sections, database
//! copies in place of live files, and the words of the metadata.
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{DatabaseCopy, Error, Taken, database};
use crate::base::rel_path::RelPath;
use crate::domain::archive::left_out::{LeftOut, LeftOutKind};
use crate::domain::archive::listing::{Listing, Source};
use crate::domain::archive::metadata::{IncludedSection, Ours, SectionSize};
use crate::domain::archive::section::Section;
use crate::domain::order::SectionChoice;
use crate::domain::remark::Remark;
use crate::domain::software::Software;

/// The required sections and those that were asked for, in the order of the page.
pub(super) fn chosen<'a>(sections: &'a [Section], choice: &SectionChoice) -> Result<Vec<&'a Section>, Error> {
    if let SectionChoice::Keys(keys) = choice
        && let Some(key) = keys.iter().find(|key| !sections.iter().any(|s| s.key.as_str() == *key))
    {
        let known: Vec<&str> = sections.iter().map(|s| s.key.as_str()).collect();
        return Err(Error::NoSection { key: key.clone(), known: known.join(", ") });
    }
    let wanted = |section: &&Section| match choice {
        SectionChoice::All => true,
        SectionChoice::None => section.required,
        SectionChoice::Keys(keys) => section.required || keys.iter().any(|key| key == section.key.as_str()),
    };
    Ok(sections.iter().filter(wanted).collect())
}

/// The sections in the panel's order: core, then the optional ones by key.
pub(super) fn in_words(mut chosen: Vec<&Section>) -> (Vec<String>, Vec<IncludedSection>) {
    chosen.sort_by_key(|section| (!section.required, section.key.clone()));
    let keys = chosen.iter().filter(|s| !s.required).map(|s| s.key.as_str().to_owned()).collect();
    (keys, chosen.into_iter().map(included).collect())
}

fn included(section: &Section) -> IncludedSection {
    IncludedSection {
        key: section.key.as_str().to_owned(),
        description: section.description.clone(),
        shortdescription: section.label.clone(),
        required: section.required,
    }
}

/// Puts the notes of the chosen sections into the listing and hands their warnings to `warn`.
pub(super) fn tell(chosen: &[&Section], listing: &mut Listing, warn: &mut dyn FnMut(String)) {
    for remark in chosen.iter().flat_map(|section| &section.notes) {
        match remark {
            Remark::Note(note) => listing.notes.push(note.clone()),
            Remark::Warning(warning) => warn(warning.clone()),
            Remark::LeftOut(left_out) => {
                warn(left_out.to_string());
                listing.left_out.push(left_out.clone());
            }
        }
    }
}

/// True when the listing has anything of the section: what it has nothing of, an archive does not claim.
pub(super) fn has(listing: &Listing, section: &Section) -> bool {
    listing.entries.iter().any(|entry| section.places.iter().any(|place| entry.name.is_within(&place.path)))
}

/// Files and bytes of each section, by key.
pub(super) fn sizes<'a>(listing: &Listing, section_of: impl Fn(&RelPath) -> Option<&'a str>) -> Vec<SectionSize> {
    let mut sizes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for entry in listing.entries.iter().filter(|entry| entry.source != Source::Directory) {
        if let Some(key) = section_of(&entry.name) {
            let size = sizes.entry(key).or_default();
            *size = (size.0 + 1, size.1 + entry.size);
        }
    }
    sizes.into_iter().map(|(key, (files, bytes))| SectionSize { key: key.to_owned(), files, bytes }).collect()
}

/// The part of the metadata that only our archives have; its times and tool are filled in by the
/// writer of the archive.
pub(super) fn ours(software: Software, sections: Vec<SectionSize>) -> Ours {
    Ours {
        format: 1,
        tool: String::new(),
        created: String::new(),
        site: software.as_str().to_owned(),
        home: None,
        owner: None,
        sections,
        left_out: Vec::new(),
        left_out_more: 0,
        remarks: Vec::new(),
    }
}

/// Puts the copies of the databases in place of the live files. A damaged database gets a name of its own. Damaged
/// databases, and those that could not be copied at all, are warned of and written down.
pub(super) fn put_databases(
    listing: &mut Listing,
    copies: &[DatabaseCopy],
    warn: &mut dyn FnMut(String),
) -> Result<(), Error> {
    for database in copies {
        let Some(at) = listing.entries.iter().position(|entry| entry.name == database.path) else { continue };
        match &database.taken {
            Taken::Whole(copy) | Taken::Empty(copy) => {
                let from = from_copy(copy, &mut listing.roots)?;
                let entry = &mut listing.entries[at];
                (entry.source, entry.size) = from;
                if matches!(database.taken, Taken::Empty(_)) {
                    let why = "is an empty database without tables, so no records can come back from this backup; \
                               if the camera had records, look for them in an older one";
                    let left_out = LeftOut::missing(&database.path, why);
                    warn(left_out.to_string());
                    listing.left_out.push(left_out);
                }
            }
            Taken::AsItLies { copy, why } => {
                let from = from_copy(copy, &mut listing.roots)?;
                let name = name_of_damaged(&database.path, listing)?;
                let entry = &mut listing.entries[at];
                (entry.source, entry.size) = from;
                entry.name = name.clone();
                warn(format!(
                    "{} {why}; its bytes are in this backup as {name}, for an attempt to repair them",
                    database.path
                ));
                let why = format!("has the bytes of {}, which {why}", database.path);
                listing.left_out.push(LeftOut::new(LeftOutKind::Damaged, name, why));
            }
            Taken::Nothing { why } => {
                listing.entries.remove(at);
                let left_out = LeftOut::missing(&database.path, why);
                warn(left_out.to_string());
                listing.left_out.push(left_out);
            }
        }
    }
    Ok(())
}

/// A name that no file of the camera has, so that a restore puts it beside what is there.
fn name_of_damaged(database: &RelPath, listing: &Listing) -> Result<RelPath, Error> {
    let taken = |name: &RelPath| listing.entries.iter().any(|entry| entry.name == *name);
    let named = |end: &str| {
        RelPath::parse([database.as_bytes(), database::DAMAGED, end.as_bytes()].concat())
            .map_err(|why| Error::Odd { path: database.as_path().to_owned(), why: why.to_string() })
    };
    let mut name = named("")?;
    let mut number = 2;
    while taken(&name) {
        name = named(&format!("-{number}"))?;
        number += 1;
    }
    Ok(name)
}

/// Where a copy is read from, and its size; its folder becomes one of the listing's roots.
fn from_copy(copy: &Path, roots: &mut Vec<PathBuf>) -> Result<(Source, u64), Error> {
    let unreadable = |source| Error::Read { path: copy.to_owned(), source };
    let looks = fs::metadata(copy).map_err(unreadable)?;
    let odd = || Error::Odd { path: copy.to_owned(), why: "a database copy without a usable name".to_owned() };
    let folder = copy.parent().ok_or_else(odd)?;
    let name = copy.file_name().unwrap_or(OsStr::new("")).as_bytes();
    let path = RelPath::parse(name).map_err(|_| odd())?;
    let root = roots.iter().position(|root| root == folder).unwrap_or_else(|| {
        roots.push(folder.to_owned());
        roots.len() - 1
    });
    let root = u16::try_from(root).map_err(|_| odd())?;
    Ok((Source::Elsewhere { root, path: Box::new(path) }, looks.len()))
}
