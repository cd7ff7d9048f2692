//! All keys by subject, in the order in which they are shown.
pub mod channel;
pub mod destination;
pub mod host;
mod nights;
mod notify;
pub mod plan;
mod server;

use super::key::{Hand, Subject, key};
use super::kind::Kind;

pub const SUBJECTS: &[&Subject] = &[
    &FILE,
    &SITE,
    &BACKUPS,
    &STATE,
    &nights::NIGHTS,
    &nights::FULL_DRIVE,
    &RESTORE,
    &LIMITS,
    &notify::NOTIFY,
    &server::SERVER,
    &server::PANEL,
];

/// A list of the file: every entry begins with two pairs of brackets.
pub struct List {
    pub subject: &'static Subject,
    /// Tables within an entry, by name.
    pub below: &'static [(&'static str, &'static Subject)],
    /// Lists of tables within an entry, by name.
    pub inner: &'static [(&'static str, &'static Subject)],
    /// What is said of something else in its place.
    pub not_a_list: &'static str,
    /// An entry as owners write it, commented out: it would count, and is no default.
    pub example: &'static str,
}

/// All lists, in the order in which they are explained.
pub const LISTS: &[List] = &[
    List {
        subject: &channel::NOTIFY_TO,
        below: &[],
        inner: &[],
        not_a_list: "there may be several channels: write [[notify_to]] with a name, in two pairs of brackets",
        example: "# [[notify_to]]\n# name = \"phone\"\n# kind = \"ntfy\"\n# url_file = \"/home/pi/ntfy-address\"\n",
    },
    List {
        subject: &destination::DESTINATION,
        below: &[],
        inner: &[],
        not_a_list: "there may be several drives: write [[destination]] with a name, in two pairs of brackets",
        example: "# [[destination]]\n# name = \"drive\"\n# path = \"/mnt/backup\"\n",
    },
    List {
        subject: &host::HOST,
        below: &[
            ("retention", &host::HOST_RETENTION),
            ("archives", &host::HOST_ARCHIVES),
            ("golden", &host::HOST_GOLDEN),
        ],
        inner: &[],
        not_a_list: "there may be several hosts: write [[host]] with a name, in two pairs of brackets",
        example: "# [[host]]\n# name = \"pi\"\n# path = \"/home/pi\"\n# exclude_presets = [\"caches\", \"allsky\"]\n",
    },
    List {
        subject: &plan::PLAN,
        below: &[("schedule", &plan::SCHEDULE), ("retention", &plan::RETENTION), ("remote", &plan::REMOTE)],
        inner: &[("hooks", &plan::HOOKS)],
        not_a_list: "plans begin with [[plan]], in two pairs of brackets",
        example: "# [[plan]]\n# name = \"pictures\"\n# sources = [\"images-new\"]\n\
                  # schedule = { weekly = \"monday 13:00\" }\n# retention = { days = 60 }\n",
    },
];

const FILE: Subject = Subject {
    section: "",
    title: "The file itself",
    about: "",
    hand: Hand::File,
    keys: &[key(
        "config_version",
        Kind::Only {
            value: 2,
            else_say: "this program reads version 2 alone. In it each drive is a [[destination]] with a name, instead of one \
                       [destination]: write it so, and put 2 here or leave the line out",
        },
        "Version of the file",
        "The version of these keys, 2.",
    )],
};

const SITE: Subject = Subject {
    section: "site",
    title: "Camera",
    about: "Which camera is backed up.",
    hand: Hand::File,
    keys: &[
        key("home", Kind::Path, "Home of the camera", "The folder that Allsky or indi-allsky was installed in.")
            .else_is("$ALLSKY_HOME, ~/allsky or ~/indi-allsky"),
        key(
            "system",
            Kind::OneOf(&["auto", "allsky", "indi-allsky"]),
            "Camera software",
            "auto finds out from the files in the home of the camera.",
        ),
        key("flask", Kind::Path, "flask.json of indi-allsky", "Names the file where it is not in its usual place.")
            .else_is("/etc/indi-allsky/flask.json"),
    ],
};

const BACKUPS: Subject = Subject {
    section: "backups",
    title: "Backups folder",
    about: "Where the archives are kept.",
    hand: Hand::File,
    keys: &[key("dir", Kind::Path, "Folder", "Archives are stored here, readable by the camera's owner alone.")
        .else_is("allskybackups beside the camera's home")],
};

const STATE: Subject = Subject {
    section: "state",
    title: "History",
    about: "Where Allsky Backups keeps its own memory: jobs, what it knows of archives and nights.",
    hand: Hand::File,
    keys: &[key(
        "dir",
        Kind::Path,
        "Folder",
        "A small database is kept here. It must not be inside the backups folder.",
    )
    .else_is("the service's state folder, or ~/.local/state/allsky-backups")],
};

const LIMITS: Subject = Subject {
    section: "limits",
    title: "Limits",
    about: "How much is done at once.",
    hand: Hand::Page,
    keys: &[key(
        "parallel_hosts",
        Kind::Whole { least: 1, most: 16 },
        "Hosts at once",
        "Snapshots of so many hosts are taken at once. Each takes some 40 MB of memory.",
    )],
};

const RESTORE: Subject = Subject {
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
            "undo puts the old files back by itself; offer leaves the new ones and says how to undo.",
        ),
    ],
};
