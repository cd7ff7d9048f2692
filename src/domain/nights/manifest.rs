//! `manifest.txt` of a saved night: one `key=value` a line, written last.
//!
//! A night without it does not count. Drives of the older shell script have manifests with a class
//! alone; they are adopted, unverified. Keys that we do not know are kept.
use std::fmt;

use super::decision::Class;
use crate::domain::night::Night;
use crate::domain::retention::nights::{Pinned, Verified};

#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    pub night: Night,
    pub class: Class,
    pub avg_stars: Option<f64>,
    pub moon_pct: Option<f64>,
    pub images_db: Option<u64>,
    pub images_backup: Option<u64>,
    pub bytes: Option<u64>,
    /// `ccd_<uuid>`, empty where there is but one camera.
    pub camera: String,
    pub verified: Verified,
    /// ISO 8601.
    pub verified_at: String,
    pub source: String,
    pub host: String,
    pub tool: String,
    pub pinned: Pinned,
    /// In their order.
    pub others: Vec<(String, String)>,
}

impl Manifest {
    pub fn new(night: Night, class: Class) -> Self {
        Manifest {
            night,
            class,
            avg_stars: None,
            moon_pct: None,
            images_db: None,
            images_backup: None,
            bytes: None,
            camera: String::new(),
            verified: Verified::No,
            verified_at: String::new(),
            source: String::new(),
            host: String::new(),
            tool: String::new(),
            pinned: Pinned::No,
            others: Vec::new(),
        }
    }

    /// The manifest in the folder of `night`. Lines that are no `key=value` are passed over; without a
    /// class that we know it is none.
    pub fn parse(text: &str, night: Night) -> Option<Self> {
        let lines = text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.trim(), v.trim()));
        let class = lines.clone().find(|(key, _)| *key == "class").and_then(|(_, value)| Class::parse(value))?;
        let mut manifest = Manifest::new(night, class);
        for (key, value) in lines {
            match key {
                "night" | "class" => {}
                "avg_stars" => manifest.avg_stars = value.parse().ok(),
                "moon_pct" => manifest.moon_pct = value.parse().ok(),
                "images_db" => manifest.images_db = value.parse().ok(),
                "images_backup" => manifest.images_backup = value.parse().ok(),
                "bytes" => manifest.bytes = value.parse().ok(),
                "camera" => manifest.camera = value.to_owned(),
                "verified" if value == "1" => manifest.verified = Verified::Yes,
                "verified" => {}
                "verified_at" => manifest.verified_at = value.to_owned(),
                "source" => manifest.source = value.to_owned(),
                "host" => manifest.host = value.to_owned(),
                "tool" => manifest.tool = value.to_owned(),
                "pinned" if value == "1" => manifest.pinned = Pinned::Yes,
                "pinned" => {}
                _ => manifest.others.push((key.to_owned(), value.to_owned())),
            }
        }
        Some(manifest)
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |value: Option<f64>| value.map(|v| format!("{v:.1}")).unwrap_or_default();
        let whole = |value: Option<u64>| value.map(|v| v.to_string()).unwrap_or_default();
        writeln!(f, "night={}", self.night.date())?;
        writeln!(f, "class={}", self.class.as_str())?;
        writeln!(f, "avg_stars={}", one(self.avg_stars))?;
        writeln!(f, "moon_pct={}", one(self.moon_pct))?;
        writeln!(f, "images_db={}", whole(self.images_db))?;
        writeln!(f, "images_backup={}", whole(self.images_backup))?;
        writeln!(f, "bytes={}", whole(self.bytes))?;
        writeln!(f, "camera={}", self.camera)?;
        writeln!(f, "verified={}", u8::from(self.verified == Verified::Yes))?;
        writeln!(f, "verified_at={}", self.verified_at)?;
        writeln!(f, "source={}", self.source)?;
        writeln!(f, "host={}", self.host)?;
        writeln!(f, "tool={}", self.tool)?;
        if self.pinned == Pinned::Yes {
            writeln!(f, "pinned=1")?;
        }
        self.others.iter().try_for_each(|(key, value)| writeln!(f, "{key}={value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night() -> Night {
        Night::parse("20251224").unwrap()
    }

    #[test]
    fn a_manifest_of_the_older_script_is_adopted_unverified_and_its_keys_are_kept() {
        let old = Manifest::parse("class=FOREVER\nmood=fine\n", night()).unwrap();
        assert_eq!((old.class, old.verified), (Class::Forever, Verified::No));
        assert!(old.to_string().contains("\nmood=fine\n"));
        assert_eq!(Manifest::parse("verified=1\n", night()), None, "without a class it is nothing");
    }

    #[test]
    fn what_is_written_is_read() {
        let manifest = Manifest {
            avg_stars: Some(820.0),
            moon_pct: None,
            images_db: Some(1902),
            bytes: Some(3),
            verified: Verified::Yes,
            pinned: Pinned::Yes,
            camera: "ccd_1".into(),
            ..Manifest::new(night(), Class::Rolling)
        };
        let text = manifest.to_string();
        assert!(text.starts_with("night=2025-12-24\nclass=ROLLING\navg_stars=820.0\nmoon_pct=\nimages_db=1902\n"));
        assert_eq!(Manifest::parse(&text, night()), Some(manifest));
    }
}
