//! Save a configuration that was written on the page: checked, on top of what its author has seen,
//! whole or not at all, with the file before it kept as `.bak`.
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::check::{Mistaken, check_text};
use crate::base::digest::Sha256;
use crate::base::dir::Dir;
use crate::base::handover::make_folders;
use crate::base::plain::read_plain_text;
use crate::base::rel_path::RelPath;
use crate::domain::failure::{Advice, Code};
use crate::domain::settings::document::{Document, MOST_BYTES};
use crate::domain::settings::keys::{self, Hand};
use crate::domain::settings::mistake::{Mistake, Rule};

/// The file as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDisk {
    pub file: PathBuf,
    /// Empty when there is no file yet.
    pub text: String,
    /// The digest of `text`. A save names the digest of the text that it replaces.
    pub digest: String,
}

/// Why a configuration was not saved.
#[derive(Debug, thiserror::Error)]
pub enum Unsaved {
    #[error(transparent)]
    Mistaken(#[from] Mistaken),
    #[error("{} was changed meanwhile by somebody else", .file.display())]
    Changed { file: PathBuf },
    #[error("{}: the configuration cannot be read", .file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{}: the configuration cannot be written", .file.display())]
    Write { file: PathBuf, source: io::Error },
}

impl Advice for Unsaved {
    fn code(&self) -> Code {
        match self {
            Unsaved::Mistaken(_) => Code::Refused,
            Unsaved::Changed { .. } => Code::Protected,
            Unsaved::Read { .. } | Unsaved::Write { .. } => Code::NotReady,
        }
    }

    fn advice(&self) -> String {
        match self {
            Unsaved::Mistaken(mistaken) => mistaken.advice(),
            Unsaved::Changed { .. } => "Load the page again; it shows what stands there now.".into(),
            Unsaved::Read { .. } => "Check who may read this file.".into(),
            Unsaved::Write { .. } => {
                "The service may not write there: run the installer again, or edit the file in a terminal.".into()
            }
        }
    }
}

/// Reads the file; one that is not there is empty.
pub fn look(file: &Path) -> Result<OnDisk, Unsaved> {
    let wrong = |source| Unsaved::Read { file: file.to_owned(), source };
    let text = match fs::metadata(file).map(|about| about.len()) {
        Ok(length) if length > MOST_BYTES as u64 => return Err(wrong(ErrorKind::FileTooLarge.into())),
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        _ => read_plain_text(file, MOST_BYTES as u64).map_err(wrong)?,
    };
    let digest = Sha256::of(text.as_bytes()).to_string();
    Ok(OnDisk { file: file.to_owned(), text, digest })
}

/// Everything that keeps `text` from taking the place of `now`.
pub fn mistakes(now: &OnDisk, text: &str) -> Vec<Mistake> {
    mistakes_besides(now, text, None)
}

/// As [`mistakes`]; entries of the list `free` may be changed.
fn mistakes_besides(now: &OnDisk, text: &str, free: Option<&str>) -> Vec<Mistake> {
    let mut reading = check_text(text);
    if text.len() > MOST_BYTES {
        return reading.mistakes;
    }
    let (old, new) = (Document::read(&now.text), &reading.document);
    let value = |document: &Document, place: &str| {
        document.written.get(place).or_else(|| document.listed.get(place)).map(|key| key.value.clone())
    };
    let single = keys::all().map(|found| (found.path(), found));
    let entries: BTreeSet<&String> = old.listed.keys().chain(new.listed.keys()).collect();
    let of_lists = entries.into_iter().filter_map(|place| Some((place.clone(), keys::of_entry(place)?)));
    let moved: Vec<Mistake> = single
        .chain(of_lists)
        .filter(|(_, found)| free.is_none_or(|list| found.subject.section != list))
        .filter(|(place, found)| found.hand() == Hand::File && value(&old, place) != value(new, place))
        .map(|(place, found)| {
            let message = "this key cannot be changed from the page; change it in the file itself".to_owned();
            Mistake { line: new.line_of(&[place.as_str()]), path: found.path(), message, code: Rule::FileOnly }
        })
        .collect();
    reading.add(moved);
    reading.mistakes
}

/// Puts `text` in the place of the file whose digest was `seen`.
pub fn save(file: &Path, seen: &str, text: &str) -> Result<(), Unsaved> {
    save_besides(file, seen, text, None)
}

/// As [`save`], for a verb that changes one entry of `list` and has judged that entry itself.
pub fn save_entry_of(list: &str, file: &Path, seen: &str, text: &str) -> Result<(), Unsaved> {
    save_besides(file, seen, text, Some(list))
}

fn save_besides(file: &Path, seen: &str, text: &str, free: Option<&str>) -> Result<(), Unsaved> {
    let now = look(file)?;
    if now.digest != seen {
        return Err(Unsaved::Changed { file: file.to_owned() });
    }
    let mistakes = mistakes_besides(&now, text, free);
    if !mistakes.is_empty() {
        return Err(Mistaken { file: file.to_owned(), mistakes }.into());
    }
    write(file, &now.text, text).map_err(|source| Unsaved::Write { file: file.to_owned(), source })
}

/// A link stays a link; who may read the file stays as it was.
fn write(file: &Path, before: &str, text: &str) -> io::Result<()> {
    let there = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let wrong = |why: &'static str| io::Error::new(ErrorKind::InvalidInput, why);
    let (folder, name) = there.parent().zip(there.file_name()).ok_or_else(|| wrong("this names no file"))?;
    make_folders(folder, 0o755)?;
    let folder = Dir::open(folder)?;
    let name = name.to_str().ok_or_else(|| wrong("the name is no text"))?;
    let backup = format!("{name}.bak");
    let named =
        |name: &str| RelPath::parse(name.as_bytes()).map_err(|why| io::Error::new(ErrorKind::InvalidInput, why));
    let mode = fs::metadata(&there).map(|about| about.permissions().mode() & 0o777).ok();
    let with_mode = |name: &str, text: &str| {
        folder.write_atomic(&named(name)?, text.as_bytes())?;
        // New files are for their owner alone until here.
        mode.map_or(Ok(()), |mode| fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)))
    };
    if mode.is_some() {
        with_mode(&backup, before)?;
    }
    with_mode(name, text)
}

/// Whether the file could be saved by this process.
pub fn is_writable(file: &Path) -> bool {
    let there = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = there.parent().and_then(|folder| folder.ancestors().find(|folder| folder.exists()));
    folder.is_some_and(|folder| rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_the_one_before_it_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        let empty = look(&file).unwrap();
        save(&file, &empty.digest, "[nights]\nmin_images = 1\n").unwrap();
        assert!(!dir.path().join("config.toml.bak").exists(), "there was none before");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let first = look(&file).unwrap();
        save(&file, &first.digest, "[nights]\nmin_images = 2\n").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("config.toml.bak")).unwrap(), first.text);
        assert_eq!(fs::read_to_string(&file).unwrap(), "[nights]\nmin_images = 2\n");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(matches!(save(&file, &first.digest, ""), Err(Unsaved::Changed { .. })), "seen is not what is there");
    }

    #[test]
    fn what_decides_who_comes_in_or_what_is_run_is_not_changed_from_the_page() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        let text = "[server]\nhosts = [\"a\"]\n[notify]\ncommand = [\"true\"]\n[nights]\nmin_images = 1\n";
        fs::write(&file, text).unwrap();
        let now = look(&file).unwrap();
        assert_eq!(mistakes(&now, &text.replace("= 1", "= 2")), []);
        assert_eq!(mistakes(&now, &format!("# mine\n{text}")), [], "the line may change");
        for other in [text.replace("\"a\"", "\"b\""), text.replace("\"true\"", "\"sh\""), "[nights]\n".to_owned()] {
            let told = mistakes(&now, &other);
            assert!(!told.is_empty() && told.iter().all(|m| m.code == Rule::FileOnly), "{told:?}");
        }
        let drive = "[[destination]]\nname = \"usb\"\npath = \"/mnt/usb\"\n";
        assert_eq!(mistakes(&now, &format!("{text}{drive}")), [], "a drive may be added");
        let told = mistakes(&now, &format!("{text}{drive}mount_command = [\"sh\"]\n"));
        assert_eq!(
            told.iter().map(|m| (m.line, m.path.as_str(), m.code)).collect::<Vec<_>>(),
            [(10, "destination.mount_command", Rule::FileOnly)]
        );
        assert!(matches!(save(&file, &now.digest, "[site]\nhome = '/x'\n"), Err(Unsaved::Mistaken(_))));
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}
