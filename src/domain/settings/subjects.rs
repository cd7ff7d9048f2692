//! All keys by subject, in the order in which they are shown.
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
    &nights::DESTINATION,
    &nights::FULL_DRIVE,
    &RESTORE,
    &notify::NOTIFY,
    &server::SERVER,
    &server::PANEL,
];

const FILE: Subject = Subject {
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
