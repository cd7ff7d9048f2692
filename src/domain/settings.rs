//! What an owner wrote into the configuration file.
//!
//! An unknown key is refused with its line: a misspelt setting that is silently ignored is a backup
//! on the wrong disk.
use std::path::PathBuf;

use serde::Deserialize;

use super::door::{PanelSettings, ServerSettings};
use super::nights::settings::{DestinationSettings, NightSettings, RetentionSettings};
use super::notify::NotifySettings;

/// Every key is optional; the command line wins over the file, the file over the defaults.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub site: SiteSettings,
    pub backups: FolderSettings,
    pub state: FolderSettings,
    pub server: ServerSettings,
    pub restore: RestoreSettings,
    pub panel: PanelSettings,
    pub nights: NightSettings,
    pub destination: DestinationSettings,
    pub retention: RetentionSettings,
    pub notify: NotifySettings,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteSettings {
    /// The camera's home, `/home/pi/allsky`.
    pub home: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FolderSettings {
    pub dir: Option<PathBuf>,
}

/// What happens around a restore.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RestoreSettings {
    /// How long a restore can be undone.
    pub undo_days: u32,
    /// How long the camera is watched after it was started again.
    pub watch_seconds: u32,
    pub if_camera_stays_down: IfDown,
}

/// What to do with a restore after which the camera does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
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

/// What is wrong with the file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BadSettings {
    /// Counted from 1.
    pub line: usize,
    pub what: String,
}

impl Settings {
    /// Reads the text of a TOML file.
    pub fn parse(text: &str) -> Result<Self, BadSettings> {
        let settings: Settings = toml::from_str(text).map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
            BadSettings {
                line: before.matches('\n').count() + 1,
                what: error.message().lines().collect::<Vec<_>>().join("; "),
            }
        })?;
        match settings.nights.contradiction() {
            None => Ok(settings),
            Some((key, what)) => {
                let line = text.lines().position(|line| line.contains(key)).map_or(1, |at| at + 1);
                Err(BadSettings { line, what })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_optional_and_all_are_read() {
        assert_eq!(Settings::parse("").unwrap(), Settings::default());
        let all = "[site]\nhome = \"/a\"\n[backups]\ndir = \"/b\"\n[state]\ndir = \"/c\"\n\
                   [server]\nbind = \"127.0.0.1:1\"\nbase_path = \"/b\"\nauth = \"token\"\ntoken_file = \"/t\"\n\
                   hosts = [\"sky.example\"]\n[panel]\nbridge = \"http://127.0.0.1/x\"\n\
                   [restore]\nundo_days = 3\nwatch_seconds = 5\nif_camera_stays_down = \"offer\"\n";
        let settings = Settings::parse(all).unwrap();
        assert_eq!(settings.site.home, Some("/a".into()));
        assert_eq!((settings.backups.dir, settings.state.dir), (Some("/b".into()), Some("/c".into())));
        assert_eq!(settings.server.bind, Some("127.0.0.1:1".parse().unwrap()));
        let restore = RestoreSettings { undo_days: 3, watch_seconds: 5, if_camera_stays_down: IfDown::Offer };
        assert_eq!(settings.restore, restore);
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, line, word) in [
            ("[site]\nhme = \"/a\"\n", 2, "hme"),
            ("\n\n[sites]\n", 3, "sites"),
            ("[server]\n# here\nbind = \"nowhere\"\n", 3, "socket address"),
            ("[server]\nauth = \"nobody\"\n", 2, "nobody"),
            ("[panel]\nbridge = \"http://elsewhere/\"\n", 2, "elsewhere"),
            ("[site]\nhome = 3\n", 2, "string"),
            ("[site\n", 1, ""),
            ("[nights]\nschedule = \"noon\"\n", 2, "11:30"),
            ("[nights]\nmin_avg_stars_primary = 400\n", 2, "rise"),
            ("[retention.nights]\nmax_used_pct = 100\n", 2, "99"),
            ("[retention.nights]\nmin_free = \"20 GB\"\n", 2, "20GiB"),
        ] {
            let error = Settings::parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.what.contains(word), "{text:?}: {error}");
        }
    }
}
