//! What an owner wrote into the configuration file.
//!
//! An unknown key is refused with its line: a misspelt setting that is silently ignored is a backup
//! on the wrong disk.
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// Every key is optional; the command line wins over the file, the file over the defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub site: SiteSettings,
    pub backups: FolderSettings,
    pub state: FolderSettings,
    pub server: ServerSettings,
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

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port of `serve`.
    pub bind: Option<SocketAddr>,
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
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
            BadSettings {
                line: before.matches('\n').count() + 1,
                what: error.message().lines().collect::<Vec<_>>().join("; "),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_optional_and_all_are_read() {
        assert_eq!(Settings::parse("").unwrap(), Settings::default());
        let all = "[site]\nhome = \"/a\"\n[backups]\ndir = \"/b\"\n[state]\ndir = \"/c\"\n\
                   [server]\nbind = \"127.0.0.1:1\"\n";
        let settings = Settings::parse(all).unwrap();
        assert_eq!(settings.site.home, Some("/a".into()));
        assert_eq!((settings.backups.dir, settings.state.dir), (Some("/b".into()), Some("/c".into())));
        assert_eq!(settings.server.bind, Some("127.0.0.1:1".parse().unwrap()));
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, line, word) in [
            ("[site]\nhme = \"/a\"\n", 2, "hme"),
            ("\n\n[sites]\n", 3, "sites"),
            ("[server]\n# here\nbind = \"nowhere\"\n", 3, "socket address"),
            ("[site]\nhome = 3\n", 2, "string"),
            ("[site\n", 1, ""),
        ] {
            let error = Settings::parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.what.contains(word), "{text:?}: {error}");
        }
    }
}
