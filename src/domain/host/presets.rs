//! Lists of what most owners of a host would leave out, by name. None is on by itself: what is a cache for one owner is
//! work for another.
use serde::{Deserialize, Serialize};

use super::excludes::Pattern;

/// A list by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    Caches,
    Build,
    Python,
    Objects,
    Vm,
    Vcs,
    Mail,
    Media,
    Temp,
    Pseudo,
    Allsky,
}

impl Preset {
    pub const WORDS: &[&str] =
        &["caches", "build", "python", "objects", "vm", "vcs", "mail", "media", "temp", "pseudo", "allsky"];

    /// The patterns of this list.
    pub fn patterns(self) -> impl Iterator<Item = Pattern> {
        let texts: &[&str] = match self {
            Preset::Caches => &[".cache/", ".npm/", ".cargo/registry/", "__pycache__/", ".thumbnails/"],
            Preset::Build => &["build/", "dist/", "target/", "node_modules/"],
            Preset::Python => &["__pycache__/", "*.pyc", "*.pyo", ".venv/", "venv/", ".tox/"],
            Preset::Objects => &["*.o", "*.obj", "*.a", "*.so", "*.class"],
            Preset::Vm => &["*.iso", "*.qcow2", "*.vdi", "*.vmdk", "*.img"],
            Preset::Vcs => &[".git/", ".svn/", ".hg/"],
            Preset::Mail => &[".mozilla/", ".thunderbird/", ".config/chromium/", ".config/google-chrome/"],
            Preset::Media => &["Pictures/", "Videos/", "Music/", "Downloads/"],
            Preset::Temp => &["tmp/", "*.tmp", "*.swp", "*~", "*.log", "logs/"],
            Preset::Pseudo => {
                &["/proc/*", "/sys/*", "/dev/*", "/run/*", "/tmp/*", "/mnt/*", "/media/*", "/lost+found/"]
            }
            Preset::Allsky => &["tmp/", "venv*/", "__pycache__/", "*.pyc"],
        };
        texts.iter().filter_map(|text| Pattern::try_from((*text).to_owned()).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_a_word_and_patterns_that_can_be_read() {
        for word in Preset::WORDS {
            let preset: Preset = serde_json::from_value((*word).into()).unwrap();
            assert!(preset.patterns().count() >= 3, "{word}");
        }
    }
}
