//! From the owner's choice to members: sections by the site's table, folders and files by name.
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use super::item::{Item, Own};
use super::live;
use super::roots::{RestoreRoots, Target};
use super::source::Source;
use super::{CC_NAME, Error, SETTINGS_NAME};
use crate::archive::index::Row;
use crate::base::counted::counted;
use crate::base::dir::Dir;
use crate::base::plain::{self, read_plain};
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::night::Night;
use crate::domain::restore::attributes::Shape;
use crate::domain::restore::program::{ContentVerdict, Programs, is_program};
use crate::domain::restore::request::{Choice, RestoreRequest};
use crate::domain::restore::selection::{Selection, parse_list};
use crate::site::{Camera, Restoring};

/// More files than anyone looks through; they stay as they are anyway.
const MOST_ONLY_HERE: usize = 20_000;

/// What the choice takes.
pub(super) struct Chosen {
    pub rows: Vec<Row>,
    /// Folders of the archive that hold nothing.
    pub hollow: Vec<RelPath>,
    /// The archive's own settings and capabilities file, when it has them.
    pub settings: Option<RelPath>,
    pub cc: Option<RelPath>,
    pub takes_settings: bool,
    /// Programs that the choice holds and that are not wanted.
    pub programs: Vec<Row>,
    /// Flows that the choice takes and that make the camera run more than today.
    pub gaining: Vec<String>,
    /// Chosen by name, and not there or not to be restored.
    pub unanswered: Vec<String>,
    /// Members that belong nowhere: how many, and some names.
    pub strays: (u64, Vec<String>),
    pub nights: Vec<Night>,
    /// Members, folders mostly, that the choice is about.
    tops: Vec<RelPath>,
    pub sections: Vec<String>,
    pub folders: Vec<String>,
}

pub(super) fn choose(
    request: &RestoreRequest,
    source: &Source,
    restoring: &Restoring,
    camera: &Camera,
) -> Result<Chosen, Error> {
    let own = OwnFiles::find(source, camera)?;
    match (source.metadata.backup_type, &request.choice) {
        (ArchiveKind::Images, Choice::Sections(_)) => Err(Error::WrongKind { what: "sections", kind: "config" }),
        (ArchiveKind::Config, Choice::Folders(_)) => Err(Error::WrongKind { what: "nights", kind: "images" }),
        (ArchiveKind::Images, _) => images(request, source, restoring, own),
        (ArchiveKind::Config, _) => config(request, source, restoring, own),
    }
}

/// The archive's files of its own camera. Its metadata only hints; what counts are members.
struct OwnFiles {
    settings: Option<RelPath>,
    cc: Option<RelPath>,
}

impl OwnFiles {
    fn find(source: &Source, camera: &Camera) -> Result<Self, Error> {
        let claims = &source.metadata;
        let find = |claimed: Option<&String>, stem: &str, plain: &str, here: Option<&RelPath>| {
            let typed = match (&claims.camera_type, &claims.camera_model) {
                (Some(kind), Some(model)) => Some(format!("config/{stem}_{kind}_{}.json", model.replace(' ', "_"))),
                _ => None,
            };
            let here = here.and_then(RelPath::as_str).map(str::to_owned);
            let names = [claimed.cloned(), typed, Some(plain.to_owned()), here];
            for name in names.into_iter().flatten().filter_map(|name| RelPath::parse(name).ok()) {
                if name.as_bytes().starts_with(b"config/") && source.has(&name)? {
                    return Ok(Some(name));
                }
            }
            Ok::<_, Error>(None)
        };
        Ok(OwnFiles {
            settings: find(claims.settings_file.as_ref(), "settings", SETTINGS_NAME, camera.settings_file.as_ref())?,
            cc: find(claims.cc_file.as_ref(), "cc", CC_NAME, camera.cc_file.as_ref())?,
        })
    }

    fn names(&self) -> Vec<&RelPath> {
        self.settings.iter().chain(&self.cc).collect()
    }
}

fn images(request: &RestoreRequest, source: &Source, restoring: &Restoring, own: OwnFiles) -> Result<Chosen, Error> {
    let chosen = by_name(&request.choice)?;
    let wanted: Option<HashSet<&str>> = match &request.choice {
        Choice::Folders(names) => Some(names.iter().map(String::as_str).collect()),
        _ => None,
    };
    let top_of = |path: &RelPath| restoring.software.picture_layout().top_of(path, Shape::File);
    let takes = |path: &RelPath, shape: Shape| {
        let top = restoring.software.picture_layout().top_of(path, shape);
        let is_wanted = wanted.as_ref().is_none_or(|names| top.is_some_and(|top| names.contains(top.folder.as_str())));
        path.as_bytes().starts_with(b"images/") && is_wanted && chosen.takes(path)
    };
    let rows = source.rows(&mut |path| takes(path, Shape::File))?;
    let hollow = source.empty_folders(&mut |path| takes(path, Shape::Folder))?;
    let (mut folders, mut tops) = (BTreeSet::new(), BTreeSet::new());
    for row in &rows {
        let Some(top) = top_of(&row.path) else { continue };
        let start: Vec<&[u8]> = row.path.parts().take(top.parts).collect();
        tops.extend(RelPath::parse(start.join(&b'/')));
        folders.insert(top.folder);
    }
    let whole = matches!(request.choice, Choice::All | Choice::Folders(_));
    let (programs, rows) = part_programs(request, source, rows);
    let missing =
        wanted.iter().flatten().filter(|name| !folders.contains(**name)).map(|name| printable(name.as_bytes()));
    let mut unanswered: Vec<String> = missing.collect();
    unanswered.extend(chosen.unanswered(rows.iter().chain(&programs).map(|row| &row.path).chain(&hollow)));
    unanswered.sort();
    Ok(Chosen {
        unanswered,
        rows,
        hollow,
        settings: own.settings,
        cc: own.cc,
        takes_settings: false,
        programs,
        gaining: Vec::new(),
        strays: (0, Vec::new()),
        nights: folders.iter().filter_map(|name| Night::parse(name).ok()).collect(),
        tops: if whole { tops.into_iter().collect() } else { Vec::new() },
        sections: Vec::new(),
        folders: folders.into_iter().collect(),
    })
}

fn config(request: &RestoreRequest, source: &Source, restoring: &Restoring, own: OwnFiles) -> Result<Chosen, Error> {
    let names = own.names();
    let (wanted, chosen): (Option<&Vec<String>>, _) = match &request.choice {
        Choice::Sections(keys) => (Some(keys), Selection::Everything),
        other => (None, by_name(other)?),
    };
    let mut there: BTreeMap<String, u64> = BTreeMap::new();
    let mut strays = (0, Vec::new());
    let rows = source.rows(&mut |path| {
        let named = chosen.takes(path);
        match restoring.section_of(path, &names) {
            Some(section) => {
                *there.entry(section.to_owned()).or_default() += 1;
                named && wanted.is_none_or(|keys| keys.iter().any(|key| key == section))
            }
            // To another folder everything may go; onto a camera only what it knows.
            None if request.to.is_some() => named,
            None => {
                strays.0 += 1;
                if strays.1.len() < 5 {
                    strays.1.push(path.to_string());
                }
                false
            }
        }
    })?;
    if let Some(key) = wanted.and_then(|keys| keys.iter().find(|key| !there.contains_key(*key))) {
        let known = there.into_keys().collect::<Vec<_>>().join(", ");
        return Err(Error::NoSection { key: key.clone(), known });
    }
    let sections: BTreeSet<String> =
        rows.iter().filter_map(|row| restoring.section_of(&row.path, &names)).map(str::to_owned).collect();
    let takes_settings = rows.iter().any(|row| Some(&row.path) == own.settings.as_ref());
    let hollow = source.empty_folders(&mut |path| {
        let section = restoring.section_of(path, &names);
        let wanted = wanted.is_none_or(|keys| keys.iter().any(|key| Some(key.as_str()) == section));
        chosen.takes(path) && wanted && (section.is_some() || request.to.is_some())
    })?;
    let unanswered = chosen.unanswered(rows.iter().map(|row| &row.path).chain(&hollow));
    let (left, rows) = part_programs(request, source, rows);
    let whole = matches!(request.choice, Choice::All | Choice::Sections(_));
    let tops = restoring.belongs.iter().filter(|b| whole && sections.contains(&b.section));
    Ok(Chosen {
        takes_settings,
        unanswered,
        programs: left,
        gaining: Vec::new(),
        tops: tops.map(|b| b.path.clone()).collect(),
        rows,
        hollow,
        settings: own.settings.clone(),
        cc: own.cc.clone(),
        strays,
        nights: Vec::new(),
        sections: sections.into_iter().collect(),
        folders: Vec::new(),
    })
}

/// Programs that stay in the archive, and all other rows.
fn part_programs(request: &RestoreRequest, source: &Source, rows: Vec<Row>) -> (Vec<Row>, Vec<Row>) {
    let leaves = programs(request, source) == Programs::Leave;
    let counts = |row: &Row| is_program(&row.path) || row.content == ContentVerdict::Otherwise;
    rows.into_iter().partition(|row| leaves && counts(row))
}

/// The owner's word, or what is usual for a backup from there.
pub(super) fn programs(request: &RestoreRequest, source: &Source) -> Programs {
    request.programs.unwrap_or(Programs::by_default(source.origin))
}

fn by_name(choice: &Choice) -> Result<Selection, Error> {
    match choice {
        Choice::Files(names) => Ok(Selection::of(names)),
        Choice::Listed(path) => listed(path),
        Choice::All | Choice::Sections(_) | Choice::Folders(_) => Ok(Selection::Everything),
    }
}

fn listed(path: &Path) -> Result<Selection, Error> {
    let bytes = read_plain(path, 4 * plain::TEXT).map_err(|source| Error::List { path: path.to_owned(), source })?;
    let names = parse_list(&bytes).map_err(|source| Error::ListLine { path: path.to_owned(), source })?;
    Ok(Selection::of(&names))
}

/// Takes the members out of the choice that the archive says are not whole, or that nothing proves any more.
pub(super) fn take_halves(chosen: &mut Chosen, metadata: &Metadata) -> Vec<Row> {
    let doubtful: HashSet<&str> =
        metadata.left_out().iter().filter(|one| one.is_doubtful()).map(|one| one.path.as_str()).collect();
    let is_doubtful = |row: &Row| !doubtful.is_empty() && doubtful.contains(row.path.to_string().as_str());
    let rows = std::mem::take(&mut chosen.rows);
    let (halves, rows) = rows.into_iter().partition(|row| !row.is_proved() || is_doubtful(row));
    chosen.rows = rows;
    halves
}

/// Files that the choice is about and the backup does not have: they stay.
pub(super) fn only_here(
    restore_roots: &RestoreRoots,
    roots: &[Option<Dir>],
    source: &Source,
    restoring: &Restoring,
    chosen: &Chosen,
    items: &[Item],
    own: &[Own],
) -> Vec<RelPath> {
    let images = source.metadata.backup_type == ArchiveKind::Images;
    let there: HashSet<&RelPath> = items
        .iter()
        .map(|item| &item.row.path)
        .chain(own.iter().map(|own| &own.path))
        .chain(chosen.programs.iter().map(|row| &row.path))
        .collect();
    let mut found = Vec::new();
    for target in chosen.tops.iter().filter_map(|top| restore_roots.target(top)) {
        let Some(Some(dir)) = roots.get(target.root) else { continue };
        let mut files = Vec::new();
        live::files_below(dir, &target.path, MOST_ONLY_HERE.saturating_sub(found.len()), &mut files);
        found.extend(files.into_iter().filter_map(|path| restore_roots.member(&Target { root: target.root, path })));
    }
    let mine: Vec<&RelPath> = chosen.settings.iter().chain(&chosen.cc).collect();
    let counts = |path: &RelPath| {
        !there.contains(path)
            && !path.parts().any(|part| part == b"__pycache__")
            && !is_side_file(path)
            && (images || restoring.section_of(path, &mine).is_some_and(|key| chosen.sections.iter().any(|s| s == key)))
    };
    found.retain(counts);
    found.sort();
    found.dedup();
    found
}

/// What SQLite keeps beside a database.
pub(super) fn is_side_file(path: &RelPath) -> bool {
    [&b"-wal"[..], b"-shm", b"-journal"].iter().any(|end| path.name().ends_with(end))
}

/// Members that stay in the archive, told once.
pub(super) fn left_out(chosen: &Chosen) -> Vec<String> {
    match &chosen.strays {
        (0, _) => Vec::new(),
        (count, names) => {
            let more = if *count > names.len() as u64 { " and others" } else { "" };
            vec![format!(
                "left out {} without a section on this camera: {}{more}",
                counted(*count, "file"),
                names.join(", ")
            )]
        }
    }
}
