//! The command line, as typed. Meaning is given to it in the verbs' own files.
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::alerts::Alerts;
use super::config::Config;
use super::demo_args::Demo;
use super::extract::Out;
use super::hosts::Hosts;
use super::jobs::Jobs;
use super::mail::Mail;
use super::night_args::{Change, Dest, Nights, Run};
use super::notify::Notify;
use super::plans::Plans;
use super::snapshots::Snapshots;
use super::tokens::Tokens;
use crate::app::Options;
use crate::domain::destination::DestinationName;
use crate::domain::order::{PauseChoice, SectionChoice};
use crate::domain::plan::name::PlanName;
use crate::domain::server::Bind;
use crate::domain::system::System;

/// Backups that the owner of an all-sky camera can trust.
#[derive(Debug, Parser)]
#[command(name = "allsky-backups", version, max_term_width = 100, after_help = EXITS)]
pub struct Line {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub verb: Verb,
}

const EXITS: &str = "Exit codes: 0 done (warnings are printed), 1 failed, 2 usage or configuration, 3 destination not \
                     ready, 4 not found or protected.";

#[derive(Debug, Args)]
pub struct Common {
    /// Configuration file (TOML) [default: $AB_CONFIG, ~/.config/allsky-backups/config.toml or /etc/allsky-backups/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The camera's home [default: $ALLSKY_HOME, ~/allsky or ~/indi-allsky]
    #[arg(long, global = true, value_name = "HOME")]
    pub site: Option<PathBuf>,
    /// Its software: auto, allsky or indi-allsky [default: auto]
    #[arg(long, global = true, value_name = "SYSTEM")]
    pub system: Option<System>,
    /// The folder of the archives [default: allskybackups beside the camera's home]
    #[arg(long, global = true, value_name = "DIR")]
    pub backups: Option<PathBuf>,
    /// The folder of the history [default: below ~/.local/state/allsky-backups]
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// The drive that nights are kept on [default: as the configuration says]
    #[arg(long, global = true, value_name = "DIR")]
    pub dest: Option<PathBuf>,
    /// Archives on this destination instead of those in the backups folder; `dest list` shows the names
    #[arg(long, global = true, value_name = "NAME")]
    pub on: Option<DestinationName>,
    /// Act as if it were this time: 2025-12-29T02:00:00+01:00, or without an offset in the camera's zone
    #[arg(long, global = true, value_name = "RFC3339", value_parser = moment)]
    pub now: Option<Timestamp>,
    /// Print JSON, errors too
    #[arg(long, global = true)]
    pub json: bool,
}

impl From<Common> for Options {
    fn from(common: Common) -> Options {
        Options {
            config: common.config,
            site: common.site,
            system: common.system,
            backups: common.backups,
            state: common.state,
            dest: common.dest,
            on: common.on,
            now: common.now,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make a backup; prints the archive's name
    #[command(subcommand)]
    Create(Create),
    /// List every archive in the folder, with its kind and state
    List,
    /// Show the details of an archive
    Info {
        name: String,
        /// Also list every file in it
        #[arg(long)]
        files: bool,
    },
    /// Read an archive in full and compare its checksums; exit code 1 when it is damaged
    #[command(group = clap::ArgGroup::new("which").required(true).args(["name", "all"]))]
    Verify {
        name: Option<String>,
        /// Every archive in the folder
        #[arg(long)]
        all: bool,
    },
    /// Copy an archive to another destination, and verify it there
    Copy {
        name: String,
        #[arg(long, value_name = "NAME")]
        to: DestinationName,
        /// [default: backups, the backups folder]
        #[arg(long, value_name = "NAME")]
        from: Option<DestinationName>,
    },
    /// Move an archive to another destination: the original goes when its copy was verified
    Move {
        name: String,
        #[arg(long, value_name = "NAME")]
        to: DestinationName,
        /// [default: backups, the backups folder]
        #[arg(long, value_name = "NAME")]
        from: Option<DestinationName>,
    },
    /// Delete an archive
    Delete {
        name: String,
        /// Without this it only says what would be lost
        #[arg(long)]
        yes: bool,
    },
    /// Take in an archive from this machine, checked like an upload
    Import { file: PathBuf },
    /// Take one file out of an archive, without reading what is before it
    Extract {
        name: String,
        /// Its name as `info --files` shows it
        path: OsString,
        #[command(flatten)]
        out: Out,
    },
    /// Put a backup, or a part of it, back: all of it or nothing
    Restore(Restore),
    /// Undo a restore: put back the files that it replaced
    Undo {
        /// Its id as `restores` shows it [default: the newest]
        id: Option<String>,
    },
    /// Restores that can be undone, newest first, with the room that they take
    Restores,
    /// Nights of the camera: what they are worth, and where they are kept
    #[command(subcommand)]
    Nights(Nights),
    /// Do now what the schedule does once a day
    #[command(subcommand)]
    Run(Run),
    /// Delete archives that the rules of their plans no longer keep; with `--plan nights` make room on the drive
    Prune {
        /// Only this plan [default: all that make archives]
        #[arg(long, value_name = "NAME")]
        plan: Option<PlanName>,
        /// Only say what would go, and why everything else stays
        #[arg(long)]
        dry_run: bool,
    },
    /// Backups that are made by themselves: list, run, pause, resume
    #[command(subcommand)]
    Plans(Plans),
    /// Keep an archive whatever a plan's rules say; it cannot be deleted while it is pinned
    Pin { name: String },
    /// Take the pin away
    Unpin { name: String },
    /// Write a line on an archive; without words the line is taken away
    Note { name: String, text: Vec<String> },
    /// What runs by itself while the service runs, and when
    Schedule {
        /// Pause saving nights, or let it go on
        change: Option<Change>,
    },
    /// Snapshots of the hosts of the configuration: take, list, look into, restore, verify, prune
    #[command(subcommand)]
    Snapshots(Snapshots),
    /// Other machines that snapshots are taken of over ssh: add, list, test, remove
    #[command(subcommand)]
    Hosts(Hosts),
    /// The drive that nights are kept on
    #[command(subcommand)]
    Dest(Dest),
    /// Is everything backed up? The worst first, each with the line that mends it
    Status,
    /// What is wrong until its cause is gone: list, ack
    #[command(subcommand)]
    Alerts(Alerts),
    /// Tokens that programs show to the web interface: add, list, remove
    #[command(subcommand)]
    Tokens(Tokens),
    /// Messages besides mail: which channels there are, and a message to try one
    #[command(subcommand)]
    Notify(Notify),
    /// Mails: what was sent, what waits, and why
    #[command(subcommand)]
    Mail(Mail),
    /// What was done and how it ended, newest first
    Jobs(Jobs),
    /// How large a backup would be
    Estimate,
    /// Build a camera to try things on, and show its Backups page without a login
    Demo(Demo),
    /// Show the Backups page of a real camera
    Serve {
        /// Address and port, or unix:PATH behind a web server [default: 127.0.0.1:8085]
        #[arg(long, value_name = "ADDRESS:PORT")]
        bind: Option<Bind>,
    },
    /// The configuration: its mistakes, the settings in use, and an example
    #[command(subcommand)]
    Config(Config),
    /// Look at everything that backups need, and say what is wrong and what to do; exit code 1 when something is
    Doctor,
    /// Print what makes a shell complete this command line
    Completions { shell: clap_complete::Shell },
    /// Write the manual, a page for each verb, to this folder
    Manual { dir: PathBuf },
    /// After a crash or power cut: start a paused camera again and remove what was left half done
    Recover {
        /// While the machine starts: leave it to systemd to start the camera
        #[arg(long)]
        boot: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Create {
    /// Settings, overlays, modules and databases
    Config {
        /// `all`, `none`, or optional sections by name: modules,databases
        #[arg(long, value_parser = sections, default_value = "all")]
        sections: SectionChoice,
        /// Whether Allsky rests while databases are copied; `auto` only for databases that need it
        #[arg(long, value_enum, default_value_t = Pause::Auto)]
        pause: Pause,
    },
    /// Pictures, all folders or chosen ones
    Images {
        /// Nights or other folders below images: 20261117,20261119
        #[arg(long, value_delimiter = ',', value_name = "FOLDERS", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        nights: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct Restore {
    pub name: String,
    /// Sections of a config backup: core,modules; without core they go to any camera
    #[arg(long, value_delimiter = ',', value_name = "SECTIONS", group = "choice")]
    pub sections: Vec<String>,
    /// Nights or other folders of an images backup: 20261117,20261119
    #[arg(long, value_delimiter = ',', value_name = "FOLDERS", group = "choice")]
    pub nights: Vec<String>,
    /// Only the files and folders that this file names, one a line, or with NUL between them; `-` is standard input
    #[arg(long, value_name = "FILE", group = "choice")]
    pub files_from: Option<PathBuf>,
    /// Into this folder; the camera is not touched
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Leave today's login of the panel as it is (the default)
    #[arg(long, conflicts_with = "take_login")]
    pub keep_login: bool,
    /// Also take the panel's login of the backup
    #[arg(long)]
    pub take_login: bool,
    /// Also take settings of the backup that decide who may come in (uselogin, LOGIN_DISABLED, SECRET_KEY)
    #[arg(long)]
    pub take_access: bool,
    /// Also restore programs (scripts, modules, uservariables.sh) that will run on this camera; asked for unless the
    /// backup was made here
    #[arg(long, conflicts_with = "no_programs")]
    pub programs: bool,
    /// Also replace files by ones that are not whole in the backup (cut, filled with zeros, or caught while they were
    /// rewritten)
    #[arg(long)]
    pub incomplete: bool,
    /// Leave programs as they are, also from a backup that was made here
    #[arg(long)]
    pub no_programs: bool,
    /// Databases that are there already: `keep` today's, `take` the backup's, or `merge` rows that the camera no longer
    /// has; `PATH=WAY` for one of several [default: keep where the camera has newer rows, else take]
    #[arg(long = "database", value_name = "WAY")]
    pub databases: Vec<String>,
    /// Backup of another camera: leave exposure, gain, sensor and the like as they are, take all else
    #[arg(long)]
    pub merge: bool,
    /// With --merge: take these settings from the backup all the same
    #[arg(long, value_delimiter = ',', value_name = "KEYS", requires = "merge")]
    pub take: Vec<String>,
    /// With --merge: leave these settings as they are all the same
    #[arg(long, value_delimiter = ',', value_name = "KEYS", requires = "merge")]
    pub leave: Vec<String>,
    /// Only show what would change
    #[arg(long, conflicts_with = "yes")]
    pub preview: bool,
    /// Restore; without this it only shows what would change
    #[arg(long)]
    pub yes: bool,
    /// The digest of a preview: restore only when nothing has changed since
    #[arg(long, value_name = "DIGEST")]
    pub seen: Option<String>,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let local = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::system()).ok().map(|at| at.timestamp());
    text.parse().ok().or_else(local).ok_or_else(|| "write it like 2025-12-29T02:00:00+01:00".to_owned())
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Pause {
    Auto,
    Always,
    Never,
}

impl From<Pause> for PauseChoice {
    fn from(pause: Pause) -> PauseChoice {
        match pause {
            Pause::Auto => PauseChoice::WhenNeeded,
            Pause::Always => PauseChoice::Always,
            Pause::Never => PauseChoice::Never,
        }
    }
}

fn sections(text: &str) -> Result<SectionChoice, String> {
    match text {
        "all" => return Ok(SectionChoice::All),
        "none" => return Ok(SectionChoice::None),
        _ => {}
    }
    let keys: Vec<String> = text.split(',').map(|key| key.trim().to_owned()).collect();
    if keys.iter().any(|key| key.is_empty() || key == "all" || key == "none") {
        return Err("write `all`, `none`, or names with commas between them".into());
    }
    Ok(SectionChoice::Keys(keys))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Line::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_verb() {
        for line in [&["x", "--json", "--site", "/a", "list"][..], &["x", "list", "--site", "/a", "--json"]] {
            let line = Line::try_parse_from(line).unwrap();
            assert_eq!((line.common.json, line.common.site), (true, Some("/a".into())));
        }
    }

    #[test]
    fn sections_are_all_none_or_names_and_never_a_mixture() {
        assert_eq!(sections("all"), Ok(SectionChoice::All));
        assert_eq!(sections("none"), Ok(SectionChoice::None));
        assert_eq!(sections("a, b"), Ok(SectionChoice::Keys(vec!["a".into(), "b".into()])));
        assert!(["", "a,", "all,modules", "none,a"].iter().all(|bad| sections(bad).is_err()));
    }
}
