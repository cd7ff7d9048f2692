//! What an owner wrote into the configuration file.
//!
//! * `keys` — what is known of a key, `subjects` — all of them; `kind` — what a key may hold
//! * `document` — a text taken apart; `edit` — a value changed in it; `together` — what must fit together
//! * `lists` — what all lists of the file have in common; `plans` — every `[[plan]]`, `plan_edit` — one of them put into
//!   the text; `destinations` — every `[[destination]]`; `hosts` — every `[[host]]`; `channels` — every `[[notify_to]]`;
//!   `list_edit` — an entry added and taken out, for `destination_edit` and `host_edit`
//! * `import` — configurations of other programs
//! * `mistake` — what is wrong, and where; `nearest` — what was meant; `values` — what counts; `veil` — what is not shown;
//!   `written` — where a key stands; `manual` — all of it explained
//!
//! An unknown key is refused with its line: a misspelt setting that is silently ignored is a backup
//! on the wrong disk. All mistakes are told at once.
mod channels;
pub mod destination_edit;
mod destinations;
pub mod document;
pub mod edit;
pub mod host_edit;
mod hosts;
pub mod import;
mod key;
pub mod keys;
pub mod kind;
mod list_edit;
mod lists;
pub mod manual;
pub mod mistake;
mod nearest;
pub mod plan_edit;
mod plans;
pub mod subjects;
mod together;
pub mod values;
pub mod veil;
pub mod written;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use self::document::Document;
use self::mistake::{Mistake, Rule};
use super::destination::DestinationSettings;
use super::host::settings::HostSettings;
use super::nights::settings::{NightSettings, RetentionSettings};
use super::notify::NotifySettings;
use super::plan::Plan;
use super::server::{PanelSettings, ServerSettings};
use super::system::System;

/// Every key is optional; the command line wins over the file, the file over the defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub config_version: Version,
    pub site: SiteSettings,
    pub backups: FolderSettings,
    pub state: FolderSettings,
    pub server: ServerSettings,
    pub restore: RestoreSettings,
    pub panel: PanelSettings,
    pub nights: NightSettings,
    pub retention: RetentionSettings,
    pub notify: NotifySettings,
    pub limits: Limits,
    /// The plans of the file; `domain::plan::all` adds the one that is on from the start.
    #[serde(skip)]
    pub plans: Vec<Plan>,
    /// The drives that backups are kept on.
    #[serde(skip)]
    pub destinations: Vec<DestinationSettings>,
    /// What snapshots are taken of.
    #[serde(skip)]
    pub hosts: Vec<HostSettings>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteSettings {
    /// The camera's home, `/home/pi/allsky` or `/home/pi/indi-allsky`.
    pub home: Option<PathBuf>,
    /// `auto`, `allsky` or `indi-allsky`.
    pub system: System,
    /// `flask.json` of indi-allsky, where it is not in its usual place.
    pub flask: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FolderSettings {
    pub dir: Option<PathBuf>,
}

/// How much is done at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Snapshots of so many hosts are taken at once.
    pub parallel_hosts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { parallel_hosts: 2 }
    }
}

/// What happens around a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RestoreSettings {
    /// How long a restore can be undone.
    pub undo_days: u32,
    /// How long the camera is watched after it was started again.
    pub watch_seconds: u32,
    pub if_camera_stays_down: IfDown,
}

/// What to do with a restore after which the camera does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfDown {
    /// Put the old files back and start it with them.
    #[default]
    Undo,
    /// Leave the new files, and tell the owner how to undo.
    Offer,
}

impl Default for RestoreSettings {
    fn default() -> Self {
        RestoreSettings { undo_days: 7, watch_seconds: 5, if_camera_stays_down: IfDown::default() }
    }
}

/// The version of these keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u32);

impl Default for Version {
    fn default() -> Self {
        Version(2)
    }
}

/// A text and what was understood of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// What keeps the rules; defaults for the rest.
    pub settings: Settings,
    /// Where each key stands.
    pub document: Document,
    /// By line; the settings count only when there is none.
    pub mistakes: Vec<Mistake>,
}

impl Reading {
    /// Reads the text of a TOML file.
    pub fn of(text: &str) -> Reading {
        let document = Document::read(text);
        let mut mistakes = document.mistakes.clone();
        let mut settings = serde_json::from_value(document.values()).unwrap_or_else(|error| {
            // The table of keys lets nothing pass that the types refuse; were it so, it is still a mistake.
            let message = error.to_string();
            mistakes.push(Mistake { line: 1, path: String::new(), message, code: Rule::BadType });
            Settings::default()
        });
        settings.plans = document.plans.clone();
        settings.destinations = document.destinations.clone();
        settings.hosts = document.hosts.clone();
        settings.notify.channels = document.channels.clone();
        if mistakes.iter().all(|mistake| mistake.code != Rule::Syntax) {
            mistakes.extend(together::contradictions(&settings, &document));
        }
        let mut reading = Reading { settings, document, mistakes };
        reading.sort();
        reading
    }

    /// Takes in what was found out elsewhere.
    pub fn add(&mut self, found: impl IntoIterator<Item = Mistake>) {
        self.mistakes.extend(found);
        self.sort();
    }

    fn sort(&mut self) {
        self.mistakes.sort_by(|a, b| (a.line, &a.path).cmp(&(b.line, &b.path)));
        self.mistakes.truncate(mistake::MOST_MISTAKES);
    }
}

#[cfg(test)]
mod tests;
