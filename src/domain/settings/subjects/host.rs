//! Keys of a `[[host]]`: there may be many of them, so they are no part of the table of single keys.
use crate::domain::destination::DestinationName;
use crate::domain::host::address::Address;
use crate::domain::host::excludes::Pattern;
use crate::domain::host::presets::Preset;
use crate::domain::host::remote_path::RemotePath;
use crate::domain::host::settings::{HostName, Sharing};
use crate::domain::host::silence::StaleAfter;
use crate::domain::host::ssh_option::SshOption;
use crate::domain::plan::schedule::Period;
use crate::domain::settings::key::{Hand, Subject, key};
use crate::domain::settings::kind::{Kind, is};
use crate::domain::settings::mistake::Rule;

pub const HOST: Subject = Subject {
    section: "host",
    title: "Hosts",
    about: "Folders of this and other machines that snapshots are taken of, with `snapshots take NAME`. Each begins with [[host]]. A snapshot is the \
            whole folder as it was; what did not change since the last one takes no room.",
    hand: Hand::File,
    keys: &[
        key(
            "name",
            Kind::Text { rule: is::<HostName>, code: Rule::BadName },
            "Name",
            "Small letters, digits and -, beginning with a letter, each name once.",
        ),
        key(
            "address",
            Kind::Text { rule: is::<Address>, code: Rule::BadName },
            "Address",
            "Of another machine, like pi@192.168.1.20, or an alias of your ssh settings; `hosts add` sets everything up.",
        )
        .else_is("this machine"),
        key(
            "path",
            Kind::Text { rule: path, code: Rule::BadName },
            "Folder",
            "The folder that is taken, like /home/pi; of another machine also ~/ or a folder below it.",
        )
        .else_is("~/ of another machine"),
        key("port", Kind::Whole { least: 1, most: 65535 }, "Port", "Of the ssh server.").else_is("as ssh knows it, 22"),
        key("key", Kind::Path, "Key", "A file with a key of ssh that needs no password.")
            .else_is("the one that `hosts add` made, else your own"),
        key("known_hosts", Kind::Path, "Host keys", "A file in which ssh looks for the host key.")
            .else_is("the one that `hosts add` confirmed, else your own"),
        key(
            "ssh_options",
            Kind::Texts { rule: is::<SshOption>, code: Rule::BadName },
            "Options of ssh",
            "Like [\"Compression=yes\", \"ProxyJump=pi@gate\"]; none that runs a program.",
        )
        .else_is("none"),
        key("timeout_s", Kind::Whole { least: 10, most: 86_400 }, "Patience", "A run of another machine ends when nothing was heard of it for so many seconds.")
            .in_unit("seconds")
            .else_is("600"),
        key(
            "destination",
            Kind::Text { rule: destination, code: Rule::BadName },
            "Where",
            "Name of a [[destination]], whose folder hosts takes the snapshots.",
        )
        .else_is("the first [[destination]]"),
        key(
            "excludes",
            Kind::Texts { rule: is::<Pattern>, code: Rule::BadName },
            "Left out",
            "Names like *.tmp, folders like cache/, and paths below the folder like /var/log.",
        )
        .else_is("nothing"),
        key(
            "exclude_presets",
            Kind::Texts { rule: preset, code: Rule::OutOfRange },
            "Left out by lists",
            "Which of caches, build, python, objects, vm, vcs, mail, media, temp, pseudo, allsky.",
        )
        .else_is("none"),
        key("hard_links", Kind::Flag, "Keep hard links", "Several names of one file stay names of one file.")
            .else_is("true; false for another machine"),
        key(
            "one_file_system",
            Kind::Flag,
            "One file system",
            "Drives that are mounted within the folder are left out.",
        )
        .else_is("true"),
        key(
            "sharing",
            Kind::OneOf(Sharing::WORDS),
            "Unchanged files",
            "links share them between snapshots; copies write all of them each time, for drives without hard links.",
        )
        .else_is("links"),
        key(
            "stale_after",
            Kind::Text { rule: is::<StaleAfter>, code: Rule::BadSchedule },
            "Silence",
            "An alert tells that no snapshot has gone well for so long: like 2d, or never.",
        )
        .else_is("three turns of its plan, at least 26h; never without a plan"),
    ],
};

pub const HOST_RETENTION: Subject = Subject {
    section: "host.retention",
    title: "What stays of the snapshots of a host",
    about: "Like retention = { hourly = 720, daily = 180, monthly = 24 }. The newest good one, and what is pinned or \
            suspicious, stays in any case.",
    hand: Hand::File,
    keys: &[
        key("hourly", COUNT, "Hours", "All within so many hours of the newest.").else_is("720"),
        key("daily", COUNT, "One of each day", "Then the first of each day, until they are so many days old.")
            .else_is("180"),
        key("monthly", COUNT, "One of each month", "Then the first of each month, until they are so many months old.")
            .else_is("24"),
    ],
};

pub const HOST_ARCHIVES: Subject = Subject {
    section: "host.archives",
    title: "Archives of a host",
    about: "Like archives = { every = \"7d\", keep = 4, level = 6 }. Each is a .tar.gz of the newest good snapshot, made with \
            `snapshots archive NAME`, or by a plan with sources = [\"host-archive:NAME\"].",
    hand: Hand::File,
    keys: &[
        key("every", Kind::Text { rule: is::<Period>, code: Rule::BadSchedule }, "How often", "Like 4h or 7d.")
            .else_is("7d"),
        key("keep", COUNT, "The newest", "So many of the newest stay.").else_is("4"),
        key("days", COUNT, "Days", "All of the last so many days stay as well.").else_is("none"),
        key("level", Kind::Whole { least: 1, most: 9 }, "Packing", "1 is quick, 9 is small.").else_is("6"),
    ],
};

pub const HOST_GOLDEN: Subject = Subject {
    section: "host.golden",
    title: "Golden months of a host",
    about: "Like golden = { day = 1, months = 24 }. Each is a full copy of the newest good snapshot that shares no file \
            with it, made with `snapshots golden NAME`, or by a plan with sources = [\"host-golden:NAME\"].",
    hand: Hand::File,
    keys: &[
        key("day", Kind::Whole { least: 1, most: 31 }, "Day", "Of the month; the last one where it has no such day.")
            .else_is("1"),
        key("months", COUNT, "Months", "This month, and so many before it, stay.").else_is("24"),
        key("scrub_days", COUNT, "Read again", "A plan reads each again when it was not read for so many days.")
            .else_is("30"),
    ],
};

const COUNT: Kind = Kind::Whole { least: 1, most: 100_000 };

/// A path of this machine may have any letters.
fn path(text: &str) -> Result<(), String> {
    if text.starts_with('/') && !text.contains('\0') { Ok(()) } else { is::<RemotePath>(text) }
}

fn destination(text: &str) -> Result<(), String> {
    let name = DestinationName::try_from(text.to_owned())?;
    if name.is_backups() {
        return Err("snapshots are kept on a [[destination]], not in the backups folder".into());
    }
    Ok(())
}

fn preset(text: &str) -> Result<(), String> {
    let words = Preset::WORDS;
    if words.contains(&text) { Ok(()) } else { Err(format!("\"{text}\" is none of {}", words.join(", "))) }
}
