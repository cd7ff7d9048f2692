//! What an owner configures about nights: limits, when it runs, when the drive is full.
use std::path::PathBuf;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::decision::Thresholds;
use crate::domain::destination::DestinationName;
use crate::domain::retention::nights::{Policy, Unrated};

/// `[nights]`. The table of keys finds unknown keys, because serde cannot do so for flattened parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NightSettings {
    /// The camera's database, when it is not where the camera's own configuration says.
    pub database: Option<PathBuf>,
    /// The image folder, likewise.
    pub images: Option<PathBuf>,
    /// `active`, or the uuid of a camera (indi-allsky).
    pub camera: String,
    /// Older nights do not exist for us.
    pub start_date: Option<Date>,
    #[serde(flatten)]
    limits: Thresholds,
    pub timelapse: bool,
    pub keogram: bool,
    pub startrail: bool,
    /// The camera's own settings and databases go along.
    pub camera_settings: bool,
    pub schedule: DailyTime,
    /// The drive that they are kept on; `None` = the first of the list.
    pub destination: Option<DestinationName>,
}

impl Default for NightSettings {
    fn default() -> Self {
        NightSettings {
            database: None,
            images: None,
            camera: "active".to_owned(),
            start_date: None,
            limits: Thresholds::default(),
            timelapse: true,
            keogram: false,
            startrail: false,
            camera_settings: true,
            schedule: DailyTime::default(),
            destination: None,
        }
    }
}

impl NightSettings {
    pub fn thresholds(&self) -> Thresholds {
        self.limits
    }
}

/// A time of day in the camera's zone; empty = never by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DailyTime(pub Option<Time>);

impl Default for DailyTime {
    /// After the night and before the next.
    fn default() -> Self {
        DailyTime(Some(Time::constant(11, 30, 0, 0)))
    }
}

impl TryFrom<String> for DailyTime {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(DailyTime(None));
        }
        Time::strptime("%H:%M", &text)
            .map(|time| DailyTime(Some(time)))
            .map_err(|_| format!("{text:?} is no time of day: write it like 11:30, or \"\" for never"))
    }
}

impl From<DailyTime> for String {
    fn from(daily: DailyTime) -> String {
        daily.0.map(|time| time.strftime("%H:%M").to_string()).unwrap_or_default()
    }
}

/// `[retention]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionSettings {
    pub nights: FullDrive,
}

/// `[retention.nights]`: when the drive counts as full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FullDrive {
    pub max_used_pct: Percent,
    pub min_free: SizeText,
    pub min_free_cap_pct: Percent,
    pub keep_min: usize,
    pub delete_unrated: bool,
}

impl Default for FullDrive {
    fn default() -> Self {
        let policy = Policy::default();
        FullDrive {
            max_used_pct: Percent(policy.max_used_pct),
            min_free: SizeText(policy.min_free),
            min_free_cap_pct: Percent(policy.min_free_cap_pct),
            keep_min: policy.keep_min,
            delete_unrated: false,
        }
    }
}

impl FullDrive {
    pub fn policy(&self) -> Policy {
        Policy {
            max_used_pct: self.max_used_pct.0,
            min_free: self.min_free.0,
            min_free_cap_pct: self.min_free_cap_pct.0,
            keep_min: self.keep_min,
            unrated: if self.delete_unrated { Unrated::MayGo } else { Unrated::Keep },
        }
    }
}

/// 1 to 99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Percent(pub u64);

impl TryFrom<u64> for Percent {
    type Error = String;
    fn try_from(value: u64) -> Result<Self, String> {
        (1..=99).contains(&value).then_some(Percent(value)).ok_or_else(|| format!("{value} is not within 1 to 99"))
    }
}

impl From<Percent> for u64 {
    fn from(percent: Percent) -> u64 {
        percent.0
    }
}

/// `20GiB`, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SizeText(pub u64);

impl TryFrom<String> for SizeText {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let factor: Option<u64> = match unit.trim() {
            "" | "B" => Some(1),
            "KiB" => Some(1 << 10),
            "MiB" => Some(1 << 20),
            "GiB" => Some(1 << 30),
            "TiB" => Some(1 << 40),
            _ => None,
        };
        let bytes = number.parse::<u64>().ok().zip(factor).and_then(|(n, f)| n.checked_mul(f));
        bytes.map(SizeText).ok_or_else(|| format!("{text:?} is no size: write it like 20GiB or 500MiB"))
    }
}

impl From<SizeText> for String {
    /// In the largest unit that divides it.
    fn from(size: SizeText) -> String {
        let units = [("TiB", 1u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        match units.into_iter().find(|(_, factor)| size.0 > 0 && size.0.is_multiple_of(*factor)) {
            Some((unit, factor)) => format!("{}{unit}", size.0 / factor),
            None => size.0.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_in_every_unit_and_written_in_the_largest_that_fits() {
        for (text, bytes, written) in [
            ("0", 0, None),
            ("512 B", 512, None),
            ("3KiB", 3 << 10, Some("3KiB")),
            ("2 MiB", 2 << 20, Some("2MiB")),
            ("2048MiB", 2 << 30, Some("2GiB")),
            ("1TiB", 1 << 40, Some("1TiB")),
        ] {
            let size = SizeText::try_from(text.to_owned()).unwrap();
            assert_eq!(size.0, bytes, "{text}");
            assert!(written.is_none_or(|written| String::from(size) == written), "{text}");
        }
        for odd in ["", "GiB", "20GB", "-1", "1.5GiB", "99999999999TiB"] {
            assert!(SizeText::try_from(odd.to_owned()).is_err(), "{odd}");
        }
    }
}
