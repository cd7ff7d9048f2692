//! Find the archive that a person means who does not type the whole name.
use super::list;
use crate::catalog::Knowledge;
use crate::destination::folder::Found;
use crate::domain::archive::name::{ArchiveKind, ArchiveName, BadName};
use crate::domain::archive::wanted::{Wanted, begins};
use crate::domain::failure::{Advice, Code};
use crate::work::{self, Tools};

/// Names that are told when a text fits several.
const TOLD: usize = 6;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such archive: {0}")]
    BadName(#[from] BadName),
    #[error("no archive begins with {0:?}, and no date of one does")]
    NoneBegins(String),
    #[error("{text:?} fits {} archives: {}", .names.len(), told(.names))]
    Several { text: String, names: Vec<ArchiveName> },
    #[error("there is no {} that is whole, so none is the latest", .0.map_or("archive".to_owned(), |kind| format!("{kind} archive")))]
    NoLatest(Option<ArchiveKind>),
    #[error(transparent)]
    List(#[from] work::Error),
}

fn told(names: &[ArchiveName]) -> String {
    let shown: Vec<&str> = names.iter().take(TOLD).map(ArchiveName::as_str).collect();
    let more = if names.len() > TOLD { " and more" } else { "" };
    format!("{}{more}", shown.join(", "))
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::BadName(_) | Error::NoneBegins(_) | Error::NoLatest(_) => Code::NotFound,
            Error::Several { .. } => Code::Usage,
            Error::List(error) => error.code(),
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Several { .. } => "Type more of the name; nothing was done.".into(),
            Error::List(error) => error.advice(),
            Error::BadName(_) | Error::NoneBegins(_) | Error::NoLatest(_) => {
                "`allsky-backups list` shows the names of all archives.".into()
            }
        }
    }
}

/// The archive on the destination of `tools` that `text` means: a whole name, the beginning of one, or `latest`.
pub fn find(tools: &Tools, text: &str) -> Result<ArchiveName, Error> {
    match Wanted::parse(text)? {
        Wanted::Named(name) => Ok(name),
        Wanted::Latest(kind) => latest(tools, kind),
        Wanted::Beginning(text) => {
            let all = tools.folder.archives().map_err(work::Error::from)?;
            let fitting = all.into_iter().filter(|found| begins(&found.name, &text));
            // Files that are no backups are meant by their whole name alone.
            let is_ours = |found: &Found| list::look(tools, found).is_ok_and(|known| known.state != Knowledge::Foreign);
            let mut fitting: Vec<_> = fitting.filter(is_ours).map(|found| found.name).collect();
            fitting.sort_by(|one, other| one.as_str().cmp(other.as_str()));
            match fitting.len() {
                0 => Err(Error::NoneBegins(text)),
                1 => Ok(fitting.remove(0)),
                _ => Err(Error::Several { text, names: fitting }),
            }
        }
    }
}

/// Nobody who types `latest` means a damaged one.
fn latest(tools: &Tools, kind: Option<ArchiveKind>) -> Result<ArchiveName, Error> {
    let is_whole = |item: &list::Item| {
        item.kind.is_some()
            && kind.is_none_or(|kind| item.kind == Some(kind))
            && matches!(item.state, Knowledge::Verified | Knowledge::Unverified)
    };
    let newest = list::list(tools)?.into_iter().find(is_whole).ok_or(Error::NoLatest(kind))?;
    Ok(ArchiveName::parse(&newest.name)?)
}
