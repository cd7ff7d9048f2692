//! What is known of every key of the configuration: what it holds and what it means. The check, the example, the
//! reference in the guide and the page "Settings" all read this table; the default values are those
//! of the typed settings.
//!
//! Invariant: a key that is not here is refused, and one that is here is read (a test below).
pub use super::key::{Hand, Key, Subject};
use super::subjects::{LISTS, SUBJECTS};

/// Keys that stay with the file although the page changes their neighbours: programs that would be
/// run, files that would be read, and the server that would be told the password.
const FILE_ONLY: &[&str] = &[
    "nights.database",
    "nights.images",
    "destination.mount_command",
    "notify.command",
    "notify.password_file",
    "notify.password_command",
    "notify.smtp_host",
    "notify.smtp_port",
    "notify.smtp_security",
    "notify.smtp_ca_file",
];

/// A key and its subject, found by its whole path.
#[derive(Clone, Copy)]
pub struct Found {
    pub subject: &'static Subject,
    pub key: &'static Key,
}

impl Found {
    /// `nights.min_images`
    pub fn path(&self) -> String {
        join(self.subject.section, self.key.name)
    }

    pub fn hand(&self) -> Hand {
        if FILE_ONLY.contains(&self.path().as_str()) { Hand::File } else { self.subject.hand }
    }
}

pub fn all() -> impl Iterator<Item = Found> {
    SUBJECTS.iter().flat_map(|subject| subject.keys.iter().map(move |key| Found { subject, key }))
}

pub fn find(path: &str) -> Option<Found> {
    all().find(|found| found.path() == path)
}

/// The key of an entry of a list: `destination.usb.path`.
pub fn of_entry(path: &str) -> Option<Found> {
    let (section, rest) = path.split_once('.')?;
    let list = LISTS.iter().find(|list| list.subject.section == section)?;
    let mut names = rest.rsplit('.');
    let (name, above) = (names.next()?, names.next());
    let of = |named: Option<&str>, all: &[(&str, &'static Subject)]| {
        all.iter().find(|(name, _)| Some(*name) == named).map(|(_, subject)| *subject)
    };
    // Entries of lists within an entry have numbers: `plan.pictures.hooks.0.run`.
    let is_number = above.is_some_and(|above| above.bytes().all(|byte| byte.is_ascii_digit()));
    let within = if is_number { of(names.next(), list.inner) } else { of(above, list.below) };
    let subject = within.unwrap_or(list.subject);
    subject.key(name).map(|key| Found { subject, key })
}

/// True when keys or sections stand below `path`.
pub fn is_section(path: &str) -> bool {
    SUBJECTS.iter().any(|subject| {
        subject.section == path || subject.section.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
    })
}

/// What may stand directly in the section `path`: keys and further sections.
pub fn names_in(path: &str) -> Vec<&'static str> {
    let sections = SUBJECTS.iter().filter_map(|subject| below(path, subject.section));
    let keys = SUBJECTS
        .iter()
        .filter(|subject| subject.section == path)
        .flat_map(|subject| subject.keys.iter().map(|key| key.name));
    let lists = LISTS.iter().map(|list| list.subject.section).filter(|_| path.is_empty());
    sections.chain(keys).chain(lists).collect()
}

/// The first name of `section` below `path`.
fn below(path: &str, section: &'static str) -> Option<&'static str> {
    let rest = if path.is_empty() { section } else { section.strip_prefix(path)?.strip_prefix('.')? };
    rest.split('.').next().filter(|name| !name.is_empty())
}

pub fn join(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}
