//! Every key of the configuration: what it holds and what it means. The check, the example, the
//! reference in the guide and the page "Settings" all read this table; the default values are those
//! of the typed settings.
//!
//! Invariant: a key that is not here is refused, and one that is here is read (a test below).
use super::kind::{Kind, is};
use super::mistake::Rule;
use crate::domain::door::{BasePath, Bind, Bridge, HostName};
use crate::domain::nights::settings::{DailyTime, SizeText};
use crate::domain::notify::MaybeAddress;

/// Keys that belong together.
pub struct Subject {
    /// `retention.nights`; empty for keys before the first section.
    pub section: &'static str,
    pub title: &'static str,
    /// One or two sentences for the owner.
    pub about: &'static str,
    pub hand: Hand,
    pub keys: &'static [Key],
}

/// Whose hand changes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// Whoever is logged in to the page.
    Page,
    /// Whoever can write the file: a stolen session must not open the door, run a program, lead us
    /// to other folders, or learn a password.
    File,
}

pub struct Key {
    /// Within its section: `min_images`.
    pub name: &'static str,
    pub kind: Kind,
    /// "Least number of pictures"
    pub label: &'static str,
    /// Sentences; what it does, and when to change it.
    pub help: &'static str,
    /// "days"; empty when there is none.
    pub unit: &'static str,
    /// What counts when the key is left out and there is no value that could be written down.
    pub left_out: &'static str,
}

const fn key(name: &'static str, kind: Kind, label: &'static str, help: &'static str) -> Key {
    Key { name, kind, label, help, unit: "", left_out: "" }
}

impl Key {
    const fn in_unit(self, unit: &'static str) -> Key {
        Key { unit, ..self }
    }

    const fn else_is(self, left_out: &'static str) -> Key {
        Key { left_out, ..self }
    }
}

/// All of them, in the order in which they are shown.
pub const SUBJECTS: &[Subject] = &[
    Subject {
        section: "",
        title: "The file itself",
        about: "",
        hand: Hand::File,
        keys: &[key(
            "config_version",
            Kind::Whole { least: 1, most: 1 },
            "Version of the file",
            "The version of these keys; there is one so far.",
        )],
    },
    Subject {
        section: "site",
        title: "Camera",
        about: "Which camera is backed up.",
        hand: Hand::File,
        keys: &[key("home", Kind::Path, "Home of the camera", "The folder that Allsky was installed in.")
            .else_is("$ALLSKY_HOME, or ~/allsky")],
    },
    Subject {
        section: "backups",
        title: "Backups folder",
        about: "Where the archives are kept.",
        hand: Hand::File,
        keys: &[key("dir", Kind::Path, "Folder", "Archives are stored here, readable by the camera's owner alone.")
            .else_is("allskybackups beside the camera's home")],
    },
    Subject {
        section: "state",
        title: "History",
        about: "Where Allsky Backups keeps its own memory: jobs, what it knows of archives and nights.",
        hand: Hand::File,
        keys: &[key(
            "dir",
            Kind::Path,
            "Folder",
            "A small database lives here; on no account inside the backups folder.",
        )
        .else_is("the service's state folder, or ~/.local/state/allsky-backups")],
    },
    Subject {
        section: "nights",
        title: "Good nights",
        about: "Which nights are worth keeping. The limits depend on the camera and its star detection: look at the \
                stars of some nights that you like, and set them from there.",
        hand: Hand::Page,
        keys: &[
            key(
                "min_avg_stars_primary",
                STARS,
                "Stars of a good night",
                "A night with at least this many stars in its average picture is saved.",
            )
            .in_unit("stars"),
            key(
                "min_avg_stars_secondary",
                STARS,
                "Stars of a moonlit night",
                "With enough moon in the sky, this many stars are enough.",
            )
            .in_unit("stars"),
            key(
                "min_moon_pct_secondary",
                Kind::Number { least: 0.0, most: 100.0 },
                "Moon of a moonlit night",
                "The part of the night's pictures that must have the moon up for the lower limit to count.",
            )
            .in_unit("%"),
            key(
                "great_night_min_avg_stars",
                STARS,
                "Stars of a great night",
                "From here on a night is kept forever: it is never deleted when the drive is full.",
            )
            .in_unit("stars"),
            key(
                "min_images",
                Kind::Whole { least: 0, most: 1_000_000 },
                "Least pictures",
                "Nights with fewer are left out.",
            )
            .in_unit("pictures"),
            key(
                "unrated",
                Kind::OneOf(&["rolling", "skip"]),
                "Nights without star counts",
                "rolling saves them and lets the oldest go when the drive is full; skip leaves them out.",
            ),
            key(
                "start_date",
                Kind::Text { rule: date, code: Rule::BadDate },
                "First night",
                "Older nights are left alone.",
            )
            .else_is("all nights"),
            key("timelapse", Kind::Flag, "Save the timelapse", "The video of the night."),
            key("keogram", Kind::Flag, "Save the keogram", "The night as one strip."),
            key("startrail", Kind::Flag, "Save the star trails", "The picture with the trails of the stars."),
            key(
                "schedule",
                Kind::Text { rule: is::<DailyTime>, code: Rule::BadSchedule },
                "Every day at",
                "Hour and minute, after the night and before the next; empty for never by itself.",
            ),
            key(
                "camera",
                Kind::Text { rule: word, code: Rule::BadName },
                "Camera of indi-allsky",
                "active, or the uuid of a camera.",
            ),
            key("database", Kind::Path, "Database", "The camera's database, when it is somewhere else.")
                .else_is("where the camera's own configuration says"),
            key("images", Kind::Path, "Pictures", "The folder of pictures, when it is somewhere else.")
                .else_is("where the camera's own configuration says"),
        ],
    },
    Subject {
        section: "destination",
        title: "Drive for nights",
        about: "Good nights are copied to this drive, which `dest init` of the terminal makes ours.",
        hand: Hand::Page,
        keys: &[
            key("path", Kind::Path, "Folder on the drive", "Without one, no nights are saved.")
                .else_is("no nights are saved"),
            key(
                "require_mount",
                Kind::Flag,
                "It must be a drive",
                "Refuse the folder while no drive is mounted there, so that nights never fill the card of the system.",
            ),
        ],
    },
    Subject {
        section: "retention.nights",
        title: "When the drive is full",
        about: "After new nights were saved, the oldest rolling ones make room until both limits are kept. Nights \
                that were never verified, great nights and the newest stay.",
        hand: Hand::Page,
        keys: &[
            key("max_used_pct", PERCENT, "Full at", "The drive may be filled up to here.").in_unit("%"),
            key(
                "min_free",
                Kind::Text { rule: is::<SizeText>, code: Rule::BadSize },
                "Keep free",
                "With its unit: 20GiB, 500MiB.",
            ),
            key(
                "min_free_cap_pct",
                PERCENT,
                "But of a small drive at most",
                "On a small drive this part of it is enough.",
            )
            .in_unit("%"),
            key(
                "keep_min",
                Kind::Whole { least: 0, most: 100_000 },
                "Always keep",
                "The newest rolling nights that are never deleted.",
            )
            .in_unit("nights"),
            key(
                "delete_unrated",
                Kind::Flag,
                "Nights without star counts may go",
                "Off: they stay, however full the drive is.",
            ),
        ],
    },
    Subject {
        section: "restore",
        title: "Restore",
        about: "What happens around a restore.",
        hand: Hand::Page,
        keys: &[
            key(
                "undo_days",
                Kind::Whole { least: 0, most: 3650 },
                "Can be undone for",
                "What a restore replaced is kept this long; it takes room on the camera.",
            )
            .in_unit("days"),
            key(
                "watch_seconds",
                Kind::Whole { least: 0, most: 3600 },
                "Watch the camera for",
                "How long the camera must run after a restore before that counts as a success.",
            )
            .in_unit("seconds"),
            key(
                "if_camera_stays_down",
                Kind::OneOf(&["undo", "offer"]),
                "If the camera does not come back",
                "undo puts the old files back by itself; offer leaves the new ones and tells how to undo.",
            ),
        ],
    },
    Subject {
        section: "notify",
        title: "Mails",
        about: "Who hears of a run. Passwords are never written here: only the file that holds one, or the program that \
                tells it.",
        hand: Hand::Page,
        keys: &[
            key(
                "transport",
                Kind::OneOf(&["none", "smtp", "sendmail"]),
                "Mails",
                "none sends nothing, smtp uses a mail server, sendmail the program of this machine.",
            ),
            key("email_sender", ADDRESS, "From", "The address that mails come from.").else_is("nobody"),
            key("email_report", ADDRESS, "To", "Gets the summary of every run.").else_is("nobody"),
            key("email_admin", ADDRESS, "Failures also to", "Hears of failures, when it is another address.")
                .else_is("nobody"),
            key(
                "report",
                Kind::OneOf(&["always", "on_problem", "never"]),
                "When",
                "on_problem leaves out runs without warning or failure.",
            ),
            key(
                "smtp_host",
                Kind::Text { rule: is::<HostName>, code: Rule::BadName },
                "Mail server",
                "The name of the server for outgoing mail.",
            ),
            key("smtp_port", Kind::Whole { least: 1, most: 65_535 }, "Port", "465 with ssl, 587 with starttls."),
            key(
                "smtp_security",
                Kind::OneOf(&["ssl", "starttls", "none"]),
                "Encryption",
                "none only for a server on this machine or your own network.",
            ),
            key("smtp_user", Kind::Text { rule: line, code: Rule::BadName }, "User", "The name to log in with.")
                .else_is("the sender's address"),
            key(
                "password_file",
                Kind::Path,
                "Password in",
                "A file whose first line is the password, readable by its owner alone.",
            )
            .else_is("none"),
            key(
                "password_command",
                Kind::Command,
                "Password from",
                "A program and its arguments, in place of the file; the first line that it prints is the password.",
            ),
            key(
                "command",
                Kind::Command,
                "Program to run",
                "A program and its arguments; gets the summary of every run on its standard input.",
            ),
        ],
    },
    Subject {
        section: "server",
        title: "How the page is reached",
        about: "Who may come in, and by which way.",
        hand: Hand::File,
        keys: &[
            key(
                "bind",
                Kind::Text { rule: is::<Bind>, code: Rule::BadName },
                "Address",
                "Address and port, or unix: and the path of a socket behind a web server.",
            )
            .else_is("127.0.0.1:8085"),
            key(
                "base_path",
                Kind::Text { rule: is::<BasePath>, code: Rule::BadName },
                "Path",
                "The path below which a web server shows the page.",
            )
            .else_is("/"),
            key(
                "auth",
                Kind::OneOf(&["panel", "token", "none"]),
                "Login",
                "panel asks for the panel's login, token for a secret of its own; none is for this machine alone.",
            )
            .else_is("panel on a socket, token with a token_file, else none"),
            key(
                "token_file",
                Kind::Path,
                "Token in",
                "A file whose first line is the token, readable by its owner alone.",
            )
            .else_is("none"),
            key(
                "hosts",
                Kind::Texts { rule: is::<HostName>, code: Rule::BadName },
                "Further names",
                "Names of this machine, beyond its own, by which browsers call it.",
            ),
        ],
    },
    Subject {
        section: "panel",
        title: "Login of the panel",
        about: "",
        hand: Hand::File,
        keys: &[key(
            "bridge",
            Kind::Text { rule: is::<Bridge>, code: Rule::BadName },
            "Asked at",
            "Address on this machine where the panel says who is logged in.",
        )
        .else_is("http://127.0.0.1/backups-session.php")],
    },
];

const STARS: Kind = Kind::Number { least: 0.0, most: 1_000_000.0 };
const PERCENT: Kind = Kind::Whole { least: 1, most: 99 };
const ADDRESS: Kind = Kind::Text { rule: is::<MaybeAddress>, code: Rule::EmailIncomplete };

/// Keys that stay with the file although the page changes their neighbours: programs that would be
/// run, files that would be read, and the server that would be told the password.
const FILE_ONLY: &[&str] = &[
    "nights.database",
    "nights.images",
    "notify.command",
    "notify.password_file",
    "notify.password_command",
    "notify.smtp_host",
    "notify.smtp_port",
    "notify.smtp_security",
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
    sections.chain(keys).collect()
}

/// The first name of `section` below `path`.
fn below(path: &str, section: &'static str) -> Option<&'static str> {
    let rest = if path.is_empty() { section } else { section.strip_prefix(path)?.strip_prefix('.')? };
    rest.split('.').next().filter(|name| !name.is_empty())
}

pub fn join(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

fn date(text: &str) -> Result<(), String> {
    match text.is_empty() || text.parse::<jiff::civil::Date>().is_ok() {
        true => Ok(()),
        false => Err(format!("\"{text}\" is no date: write it like 2026-11-21")),
    }
}

fn word(text: &str) -> Result<(), String> {
    if text.is_empty() { Err("this must not be empty".into()) } else { line(text) }
}

fn line(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) { Err("this must be one line".into()) } else { Ok(()) }
}
