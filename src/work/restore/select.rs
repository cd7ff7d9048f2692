//! From the owner's choice to members: sections by the site's table, folders and files by name.
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use super::live;
use super::plan::{Item, Own};
use super::source::Source;
use super::{CC_NAME, Error, SETTINGS_NAME};
use crate::archive::index::Row;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive_name::ArchiveKind;
use crate::domain::night::Night;
use crate::domain::restore::ask::{Ask, Choice};
use crate::domain::restore::program::{Programs, is_program};
use crate::domain::restore::selection::{Selection, parse_list};
use crate::site::{Camera, Restoring};

/// More files than anyone looks through; they stay as they are anyway.
const MOST_ONLY_HERE: usize = 20_000;

/// What the choice takes.
pub(super) struct Chosen {
    pub rows: Vec<Row>,
    /// The archive's own settings and capabilities file, when it has them.
    pub settings: Option<RelPath>,
    pub cc: Option<RelPath>,
    pub takes_settings: bool,
    /// Programs that the choice holds and that are not wanted.
    pub programs: Vec<Row>,
    /// Chosen by name, and not there or not to be restored.
    pub unanswered: Vec<String>,
    /// Members that belong nowhere: how many, and some names.
    pub strays: (u64, Vec<String>),
    pub nights: Vec<Night>,
    /// Folders and files on the camera that the choice is about.
    tops: Vec<RelPath>,
    pub sections: Vec<String>,
    pub folders: Vec<String>,
}

pub(super) fn choose(ask: &Ask, source: &Source, restoring: &Restoring, camera: &Camera) -> Result<Chosen, Error> {
    let own = OwnFiles::find(source, camera)?;
    match (source.metadata.backup_type, &ask.choice) {
        (ArchiveKind::Images, Choice::Sections(_)) => Err(Error::WrongKind { what: "sections", kind: "config" }),
        (ArchiveKind::Config, Choice::Folders(_)) => Err(Error::WrongKind { what: "nights", kind: "images" }),
        (ArchiveKind::Images, _) => images(ask, source, own),
        (ArchiveKind::Config, _) => config(ask, source, restoring, own),
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

fn images(ask: &Ask, source: &Source, own: OwnFiles) -> Result<Chosen, Error> {
    let chosen = match &ask.choice {
        Choice::Folders(names) => {
            let paths: Result<Vec<_>, _> = names.iter().map(|name| RelPath::parse(format!("images/{name}"))).collect();
            Selection::of(&paths.map_err(|_| Error::WrongKind { what: "single folders", kind: "images" })?)
        }
        other => by_name(other)?,
    };
    let rows = source.rows(&mut |path| path.as_bytes().starts_with(b"images/") && chosen.takes(path))?;
    let folders: BTreeSet<String> = rows.iter().filter_map(|row| folder_of(&row.path)).collect();
    let nights = folders.iter().filter_map(|name| Night::parse(name).ok()).collect();
    let tops = match &ask.choice {
        Choice::All | Choice::Folders(_) => folders.iter().filter_map(|name| RelPath::parse(name).ok()).collect(),
        _ => Vec::new(),
    };
    Ok(Chosen {
        unanswered: chosen.unanswered(rows.iter().map(|row| &row.path)),
        rows,
        settings: own.settings,
        cc: own.cc,
        takes_settings: false,
        programs: Vec::new(),
        strays: (0, Vec::new()),
        nights,
        tops,
        sections: Vec::new(),
        folders: folders.into_iter().collect(),
    })
}

fn config(ask: &Ask, source: &Source, restoring: &Restoring, own: OwnFiles) -> Result<Chosen, Error> {
    let names = own.names();
    let (wanted, chosen): (Option<&Vec<String>>, _) = match &ask.choice {
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
            None if ask.to.is_some() => named,
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
    let unanswered = chosen.unanswered(rows.iter().map(|row| &row.path));
    let leaves = ask.to.is_none() && programs(ask, source) == Programs::Leave;
    let (left, rows) = rows.into_iter().partition(|row| leaves && is_program(&row.path));
    let whole = matches!(ask.choice, Choice::All | Choice::Sections(_));
    let tops = restoring.belongs.iter().filter(|b| whole && sections.contains(&b.section));
    Ok(Chosen {
        takes_settings,
        unanswered,
        programs: left,
        tops: tops.map(|b| b.path.clone()).collect(),
        rows,
        settings: own.settings.clone(),
        cc: own.cc.clone(),
        strays,
        nights: Vec::new(),
        sections: sections.into_iter().collect(),
        folders: Vec::new(),
    })
}

/// The owner's word, or what is usual for a backup from there.
fn programs(ask: &Ask, source: &Source) -> Programs {
    ask.programs.unwrap_or(Programs::by_default(source.origin))
}

fn by_name(choice: &Choice) -> Result<Selection, Error> {
    match choice {
        Choice::Files(names) => Ok(Selection::of(names)),
        Choice::Listed(path) => listed(path),
        Choice::All | Choice::Sections(_) | Choice::Folders(_) => Ok(Selection::Everything),
    }
}

fn listed(path: &Path) -> Result<Selection, Error> {
    let bytes = fs::read(path).map_err(|source| Error::List { path: path.to_owned(), source })?;
    let names = parse_list(&bytes).map_err(|source| Error::ListLine { path: path.to_owned(), source })?;
    Ok(Selection::of(&names))
}

/// `20261117` of `images/20261117/a.jpg`.
fn folder_of(member: &RelPath) -> Option<String> {
    let mut parts = member.parts().skip(1);
    let folder = parts.next()?;
    parts.next()?;
    std::str::from_utf8(folder).ok().map(str::to_owned)
}

/// Files that the choice is about and the backup does not have: they stay.
pub(super) fn only_here(
    root: &Dir,
    source: &Source,
    restoring: &Restoring,
    chosen: &Chosen,
    items: &[Item],
    own: &[Own],
) -> Vec<RelPath> {
    let images = source.metadata.backup_type == ArchiveKind::Images;
    let strip = if images { "images/".len() } else { 0 };
    let there: HashSet<&[u8]> = items
        .iter()
        .filter_map(|item| item.row.path.as_bytes().get(strip..))
        .chain(own.iter().map(|own| own.path.as_bytes()))
        .chain(chosen.programs.iter().map(|row| row.path.as_bytes()))
        .collect();
    let mut found = Vec::new();
    for top in &chosen.tops {
        live::files_below(root, top, MOST_ONLY_HERE, &mut found);
    }
    let mine: Vec<&RelPath> = chosen.settings.iter().chain(&chosen.cc).collect();
    let counts = |path: &RelPath| {
        !there.contains(path.as_bytes())
            && !path.parts().any(|part| part == b"__pycache__")
            && !is_side_file(path)
            && (images || restoring.section_of(path, &mine).is_some_and(|key| chosen.sections.iter().any(|s| s == key)))
    };
    found.retain(counts);
    found.sort();
    found.dedup();
    if images {
        found = found.iter().filter_map(|path| RelPath::parse(format!("images/{}", path.as_str()?)).ok()).collect();
    }
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
                "{count} files belong to no section of this camera and were left out: {}{more}",
                names.join(", ")
            )]
        }
    }
}
