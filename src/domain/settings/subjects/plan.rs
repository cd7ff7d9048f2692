//! Keys of a `[[plan]]`: there may be many of them, so they are no part of the table of single keys.
use crate::domain::destination::DestinationName;
use crate::domain::host::ssh_option::SshOption;
use crate::domain::nights::settings::SizeText;
use crate::domain::plan::cron::Cron;
use crate::domain::plan::hook::{HookEvent, OnError, TimeLimit};
use crate::domain::plan::name::PlanName;
use crate::domain::plan::remote::{Compare, SyncTarget};
use crate::domain::plan::schedule::{Daily, Period, Weekly};
use crate::domain::plan::{Source, Step};
use crate::domain::settings::key::{Hand, Subject, key};
use crate::domain::settings::kind::{Kind, is};
use crate::domain::settings::mistake::Rule;

pub const PLAN: Subject = Subject {
    section: "plan",
    title: "Plans",
    about: "What is backed up by itself. Each plan begins with [[plan]]. One plan is there without being written: \
            weekly-config, a config backup every Sunday at 12:15, of which the last 10 and one of each month for a \
            year stay; a [[plan]] of that name takes its place.",
    hand: Hand::Page,
    keys: &[
        key(
            "name",
            Kind::Text { rule: is::<PlanName>, code: Rule::BadName },
            "Name",
            "Small letters, digits and -, each name once.",
        ),
        key(
            "sources",
            Kind::Texts { rule: Source::written, code: Rule::OutOfRange },
            "What",
            "A list of config, images (all folders), images-new (the nights since the last one), images-good (the \
             good ones of those), host:NAME (a snapshot of a [[host]], on its own drive and with its own retention), \
             host-archive:NAME and host-golden:NAME (its archive and its golden month, when they are owed).",
        ),
        key(
            "destination",
            Kind::Text { rule: is::<DestinationName>, code: Rule::BadName },
            "Where",
            "Name of a [[destination]], whose folder archives takes them; backups is the backups folder.",
        )
        .else_is("backups"),
        key(
            "copies",
            Kind::Texts { rule: is::<DestinationName>, code: Rule::BadName },
            "Copied to",
            "Names of destinations, like [\"usb\"], to which each archive is copied and where it is verified. The rules \
             of the plan hold there as well. What a destination that was away has missed is brought when it is back.",
        )
        .else_is("nowhere"),
        key("steps", Kind::Texts { rule: step, code: Rule::OutOfRange }, "Steps", "Which of archive, retention and sync.")
            .else_is("archive and retention, and sync where there is a remote"),
        key(
            "report",
            Kind::OneOf(&["always", "on_problem", "never"]),
            "Reports",
            "Which runs are reported by mail; on_problem leaves out those without warning or failure.",
        )
        .else_is("as [notify] says"),
        key(
            "report_every",
            Kind::OneOf(&["run", "day"]),
            "Reports come",
            "run sends a mail for each run, day one mail a day with all runs, at report_at of [notify].",
        )
        .else_is("run; day where it runs more than once a day"),
        key("enabled", Kind::Flag, "On", "A plan that is off has no turns.").else_is("true"),
        key(
            "largest_database_on_card",
            Kind::Text { rule: is::<SizeText>, code: Rule::BadSize },
            "Largest database",
            "Databases above this size, like 50MiB, are left out while the backups are on the camera's own disk.",
        )
        .else_is("all databases"),
    ],
};

pub const SCHEDULE: Subject = Subject {
    section: "plan.schedule",
    title: "When a plan runs",
    about: "One of these, like schedule = { weekly = \"sunday 12:15\" }. A turn that was missed is caught up once.",
    hand: Hand::Page,
    keys: &[
        key("every", text(is::<Period>), "Every", "A period like 6h, 30m or 2d."),
        key("daily", text(is::<Daily>), "Every day", "A time of day like 11:30."),
        key("weekly", text(is::<Weekly>), "Every week", "A day and a time like sunday 12:15."),
        key("cron", text(is::<Cron>), "By cron", "Five fields like 30 3 1 * *."),
    ],
};

pub const HOOKS: Subject = Subject {
    section: "plan.hooks",
    title: "Hooks of a plan",
    about: "Programs that run around a run of the plan, like hooks = [{ on = \"before\", run = [\"mount\", \"/mnt/nas\"] }, \
            { on = \"finally\", run = \"umount /mnt/nas; true\" }]. They are told of it in the environment, in AB_EVENT, \
            AB_PLAN, AB_JOB, AB_HOST, AB_STATUS, AB_SNAPSHOT and AB_ERROR, and stand in the file alone.",
    hand: Hand::File,
    keys: &[
        key(
            "on",
            Kind::OneOf(HookEvent::WORDS),
            "When",
            "before the run; success, warning or failure by how it went; finally at its end in any case.",
        ),
        key(
            "run",
            Kind::CommandOrLine,
            "What",
            "A list of the program and its arguments, or one text for the shell. A before hook that ends with exit \
             status 75 wants no run now.",
        ),
        key(
            "timeout",
            Kind::Text { rule: is::<TimeLimit>, code: Rule::OutOfRange },
            "Time limit",
            "After so long, like 90s, 5m or 2h, the program is ended with all that it started.",
        )
        .else_is("5m"),
        key(
            "on_error",
            Kind::OneOf(OnError::WORDS),
            "If it fails",
            "fail lets the run fail, and a run not begin; warn only warns.",
        )
        .else_is("fail before a run, warn behind it"),
    ],
};

pub const REMOTE: Subject = Subject {
    section: "plan.remote",
    title: "Where a plan sends what it keeps",
    about: "Snapshots with all that belongs to them, and archives, go to another machine by rsync over ssh, or to a second \
            destination here, like remote = { target = \"backup@nas:/srv/backup\" }. It stands in the file alone.",
    hand: Hand::File,
    keys: &[
        key(
            "target",
            Kind::Text { rule: is::<SyncTarget>, code: Rule::BadName },
            "Target",
            "user@host:/folder for this plan alone, which is there; the name of a [[host]] in place of user@host takes its \
             address, port, key and host key. Or the name of another [[destination]].",
        ),
        key("port", Kind::Whole { least: 1, most: 65_535 }, "Port", "Of the ssh server.").else_is("as ssh knows it"),
        key("key", Kind::Path, "Key", "The private key that lets us in.").else_is("those of the user of this program"),
        key("known_hosts", Kind::Path, "Known hosts", "The file with the host key.").else_is("those of this user"),
        key(
            "ssh_options",
            Kind::Texts { rule: is::<SshOption>, code: Rule::OutOfRange },
            "Options of ssh",
            "Like [\"Compression=yes\"]; none that runs a program.",
        )
        .else_is("none"),
        key("timeout_s", Kind::Whole { least: 10, most: 86_400 }, "Patience", "Seconds of silence that end a run.")
            .else_is("600"),
        key("compress", Kind::Flag, "Compress", "For slow lines.").else_is("false"),
        key(
            "delete",
            Kind::Flag,
            "Delete",
            "What is gone here goes there, too; much at once only when it is asked for.",
        )
        .else_is("true"),
        key("bwlimit_kib", Kind::Whole { least: 0, most: 10_000_000 }, "Limit", "KiB in a second at most.")
            .else_is("0, no limit"),
        key(
            "compare",
            Kind::OneOf(Compare::WORDS),
            "Compared by",
            "size: names, sizes and times of all files; digest: their bytes, read on both sides.",
        )
        .else_is("size"),
    ],
};

pub const RETENTION: Subject = Subject {
    section: "plan.retention",
    title: "What stays of a plan",
    about: "Like retention = { keep_last = 10, monthly = 12 }. An archive stays when one of these keeps it; with none, \
            nothing is deleted. The newest, and what is pinned, not verified, made by hand, or not made here stays in \
            any case.",
    hand: Hand::Page,
    keys: &[
        key("keep_last", COUNT, "The last", "The newest so many."),
        key("days", COUNT, "Days", "All of the last so many days."),
        key("months", COUNT, "Months", "All of this month and of so many before it."),
        key("hourly", COUNT, "Hours", "All within so many hours of the newest."),
        key("daily", COUNT, "One of each day", "Then the first of each day, for so many days."),
        key("monthly", COUNT, "One of each month", "Then the first of each month, for so many months."),
        key(
            "also",
            Kind::Texts { rule: also, code: Rule::OutOfRange },
            "Also",
            "A list of by_hand and uploaded: such archives count like those of the plan, and may be deleted.",
        ),
    ],
};

const COUNT: Kind = Kind::Whole { least: 1, most: 100_000 };

const fn text(rule: fn(&str) -> Result<(), String>) -> Kind {
    Kind::Text { rule, code: Rule::BadSchedule }
}

fn step(text: &str) -> Result<(), String> {
    one_of(text, Step::WORDS)
}

fn also(text: &str) -> Result<(), String> {
    one_of(text, &["by_hand", "uploaded"])
}

fn one_of(text: &str, words: &[&str]) -> Result<(), String> {
    if words.contains(&text) { Ok(()) } else { Err(format!("\"{text}\" is none of {}", words.join(", "))) }
}
