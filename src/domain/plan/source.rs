//! What a plan takes: a part of the camera, or a host of the configuration.
use serde::{Deserialize, Serialize};

use crate::domain::archive::name::ArchiveKind;
use crate::domain::host::settings::HostName;

/// Stands before the name of a host.
const HOST: &str = "host:";
const HOST_ARCHIVE: &str = "host-archive:";
const HOST_GOLDEN: &str = "host-golden:";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// The good nights, copied to a drive.
    Nights,
    /// A config archive with all sections.
    Config,
    /// An images archive of every folder.
    Images,
    /// An images archive of the nights since the last one of this plan.
    ImagesNew,
    /// Nights since the last archive that are worth keeping.
    ImagesGood,
    /// A snapshot of a host.
    Host(HostName),
    /// An archive of the newest good snapshot of a host, when one is owed.
    HostArchive(HostName),
    /// A golden month of a host, when one is owed.
    HostGolden(HostName),
}

impl Source {
    /// Names of those that an owner can write down, besides hosts.
    const WORDS: &[&str] = &["config", "images", "images-new", "images-good"];

    /// What an owner may write down.
    pub fn written(text: &str) -> Result<(), String> {
        match Source::try_from(text.to_owned())? {
            Source::Nights => Err(none(text)),
            _ => Ok(()),
        }
    }

    /// The kind of archive that comes out.
    pub fn kind(&self) -> Option<ArchiveKind> {
        match self {
            Source::Nights | Source::Host(_) | Source::HostArchive(_) | Source::HostGolden(_) => None,
            Source::Config => Some(ArchiveKind::Config),
            Source::Images | Source::ImagesNew | Source::ImagesGood => Some(ArchiveKind::Images),
        }
    }

    pub fn host(&self) -> Option<&HostName> {
        match self {
            Source::Host(name) | Source::HostArchive(name) | Source::HostGolden(name) => Some(name),
            _ => None,
        }
    }

    /// Whether each archive holds what no other one of the plan holds.
    pub fn is_incremental(&self) -> bool {
        matches!(self, Source::ImagesNew | Source::ImagesGood)
    }
}

fn none(text: &str) -> String {
    format!("\"{text}\" is none of {}, {HOST}NAME, {HOST_ARCHIVE}NAME, {HOST_GOLDEN}NAME", Source::WORDS.join(", "))
}

impl TryFrom<String> for Source {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.as_str() {
            "nights" => Source::Nights,
            "config" => Source::Config,
            "images" => Source::Images,
            "images-new" => Source::ImagesNew,
            "images-good" => Source::ImagesGood,
            other => {
                let of = |prefix: &str| other.strip_prefix(prefix).map(str::parse::<HostName>);
                match (of(HOST), of(HOST_ARCHIVE), of(HOST_GOLDEN)) {
                    (Some(name), ..) => Source::Host(name?),
                    (_, Some(name), _) => Source::HostArchive(name?),
                    (.., Some(name)) => Source::HostGolden(name?),
                    _ => return Err(none(other)),
                }
            }
        })
    }
}

impl From<Source> for String {
    fn from(source: Source) -> String {
        match source {
            Source::Nights => "nights".to_owned(),
            Source::Config => "config".to_owned(),
            Source::Images => "images".to_owned(),
            Source::ImagesNew => "images-new".to_owned(),
            Source::ImagesGood => "images-good".to_owned(),
            Source::Host(name) => format!("{HOST}{name}"),
            Source::HostArchive(name) => format!("{HOST_ARCHIVE}{name}"),
            Source::HostGolden(name) => format!("{HOST_GOLDEN}{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_reads_back_as_it_was_written() {
        for word in Source::WORDS.iter().chain(&["nights", "host:pi", "host-archive:pi", "host-golden:pi"]) {
            let source = Source::try_from((*word).to_owned()).unwrap();
            assert_eq!(String::from(source), *word);
        }
        for odd in ["nights", "video", "host:", "host:PI", "pi", "host-archive:", "host-golden:-"] {
            assert!(Source::written(odd).is_err(), "{odd}");
        }
    }
}
