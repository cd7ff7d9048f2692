//! `config`: what is wrong with the configuration, what counts and why, and an example. No camera is
//! needed for any of it.
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;
use serde_json::{Value, json};

use super::screen::{Align, Screen, Table};
use crate::api::settings::{AllSettings, Checked, Example};
use crate::app::{self, Configured, Options, Places};
use crate::base::plain::read_plain_text;
use crate::domain::destination::DestinationSettings;
use crate::domain::failure::{Code, Failure};
use crate::domain::settings::Reading;
use crate::domain::settings::document::MOST_BYTES;
use crate::domain::settings::import;
use crate::domain::settings::keys::{self, Found};
use crate::domain::settings::manual;
use crate::domain::settings::values::{shown_of, toml_of};

#[derive(Debug, Subcommand)]
pub enum Config {
    /// Print every mistake with its line; exit code 0 when there is none
    Check {
        /// [default: the file that is used]
        file: Option<PathBuf>,
    },
    /// Every setting in use, and where it comes from
    Show,
    /// Print a commented file with every key at its default
    Example,
    /// Print what the configuration of another backup program means here: YAML with tasks, an .env with HOSTS, or a
    /// file with PREFIX and BACKUP_DIR. Nothing is changed
    Import { file: PathBuf },
}

pub(super) fn config(screen: Screen, options: Options, what: Config) -> Result<ExitCode, Failure> {
    match what {
        Config::Check { file: None } => check(screen, &options),
        Config::Check { file } => check(screen, &Options { config: file, ..options }),
        Config::Show => show(screen, &options).map(|()| ExitCode::SUCCESS),
        Config::Import { file } => {
            let unread = |error: io::Error| Failure {
                code: Code::Usage,
                message: format!("{}: cannot be read: {error}", file.display()),
                advice: "Name a text file that this user may read.".into(),
            };
            let text = read_plain_text(&file, MOST_BYTES as u64).map_err(unread)?;
            let home = std::env::var_os("HOME").map(PathBuf::from);
            let toml = import::import(&text, home.as_deref())?;
            screen.show(&Example { example: &toml }, |out| write!(out, "{toml}")).map(|()| ExitCode::SUCCESS)
        }
        Config::Example => {
            let example = manual::example();
            screen.show(&Example { example: &example }, |out| write!(out, "{example}")).map(|()| ExitCode::SUCCESS)
        }
    }
}

fn check(screen: Screen, options: &Options) -> Result<ExitCode, Failure> {
    let configured = app::configured(options)?;
    let Configured { file, reading } = &configured;
    let value = Checked { file: file.as_deref(), ok: reading.mistakes.is_empty(), mistakes: &reading.mistakes };
    screen.show(&value, |out| {
        let Some(file) = file else {
            return writeln!(out, "there is no configuration file; every key has its default");
        };
        if let Some(mistaken) = configured.mistaken() {
            return mistaken.lines().iter().try_for_each(|line| writeln!(out, "{line}"));
        }
        writeln!(out, "{} is fine", file.display())?;
        let written: Vec<Setting> =
            settings(&configured, &|_| None).into_iter().filter(|setting| setting.line.is_some()).collect();
        let rest = keys::all().count() - written.len();
        let drives = drives(&configured, &reading.settings.destinations);
        print(out, &written.into_iter().chain(drives).collect::<Vec<_>>())?;
        writeln!(out, "the other {rest} keys have their defaults; `allsky-backups config show` prints them all")
    })?;
    Ok(if reading.mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(Code::Usage.exit()) })
}

fn show(screen: Screen, options: &Options) -> Result<(), Failure> {
    let configured = app::configured(options)?;
    let places = app::places(options)?;
    let folder = |path: &str| folder(options, &places, path);
    let mut settings = settings(&configured, &folder);
    settings.extend(drives(&configured, &places.destinations));
    screen.show(&AllSettings { file: configured.file.as_deref(), settings: &settings }, |out| print(out, &settings))
}

/// A key with the value that counts.
#[derive(Serialize)]
struct Setting {
    path: String,
    value: Value,
    /// `file`, `default`, `command line`, `environment`
    origin: &'static str,
    /// In the file, when it is the file that counts.
    line: Option<usize>,
}

/// A folder that counts, and who else than the file names it.
type Folder<'a> = (&'a PathBuf, Option<&'static str>);

/// All keys in the order of the table. `folder` knows those that may be named in other ways.
fn settings<'a>(configured: &Configured, folder: &dyn Fn(&str) -> Option<Folder<'a>>) -> Vec<Setting> {
    let one = |found: Found| {
        let path = found.path();
        let line = configured.reading.document.written.get(&path).map(|written| written.line);
        let value = shown_of(&configured.reading.settings, found);
        let of_file = if line.is_some() { "file" } else { "default" };
        match folder(&path) {
            Some((place, Some(origin))) => Setting { path, value: json!(place), origin, line: None },
            Some((place, None)) => Setting { path, value: json!(place), origin: of_file, line },
            None => Setting { path, value, origin: of_file, line },
        }
    };
    keys::all().map(one).collect()
}

/// The keys of every drive, under its name. A path that is not that of the file is that of the command line.
fn drives(configured: &Configured, all: &[DestinationSettings]) -> Vec<Setting> {
    let Reading { settings, document, .. } = &configured.reading;
    let of_one = |one: &DestinationSettings| {
        let in_file = settings.destinations.iter().find(|other| other.name == one.name);
        let is_typed = in_file.is_none_or(|other| other.path != one.path);
        // Of a program only its name, because owners write passwords into its arguments.
        let program: Vec<&String> = one.mount_command.iter().take(1).collect();
        let values =
            [("path", json!(one.path)), ("require_mount", json!(one.require_mount)), ("mount_command", json!(program))];
        let section = format!("destination.{}", one.name);
        values.map(|(key, value)| {
            let path = format!("{section}.{key}");
            let line = document.listed.get(&path).map(|written| written.line);
            match (key, line) {
                ("path", _) if is_typed => Setting { path, value, origin: "command line", line: None },
                (_, Some(_)) => Setting { path, value, origin: "file", line },
                (_, None) => Setting { path, value, origin: "default", line },
            }
        })
    };
    all.iter().flat_map(of_one).collect()
}

fn folder<'a>(options: &Options, places: &'a Places, path: &str) -> Option<Folder<'a>> {
    let place = match path {
        "site.home" => &places.home,
        "backups.dir" => &places.backups,
        "state.dir" => &places.state,
        _ => return None,
    };
    Some((place, app::overruled_by(path, options)))
}

fn print(out: &mut dyn std::io::Write, settings: &[Setting]) -> std::io::Result<()> {
    let mut table = Table::new(&[("KEY", Align::Left), ("VALUE", Align::Left), ("FROM", Align::Left)]);
    for setting in settings {
        let from = match setting.line {
            Some(line) => format!("line {line}"),
            None => setting.origin.to_owned(),
        };
        table.row([setting.path.clone(), toml_of(&setting.value), from]);
    }
    table.print(out)
}
