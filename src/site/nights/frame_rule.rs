//! Which files of a folder are frames of AllskyTeam, and which of them were taken by day.
//!
//! Frames of the day and of the night after it lie in one folder and have the same names. What tells them
//! apart without a database is the sun, as it does for the camera itself. While the settings do not say
//! where the camera stands, all count: no picture of a night is ever left out for a guess.
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::domain::nights::sun::Sun;

/// `20261117213000`.
const DIGITS: usize = 14;
const PICTURES: [&[u8]; 3] = [b"jpg", b"jpeg", b"png"];

pub struct FrameRule {
    /// The setting `filename` without its ending.
    stem: Option<Vec<u8>>,
    sun: Option<Sun>,
    zone: TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    Day,
    Night,
}

/// A frame by its name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// In the camera's time; `None` where the digits are no time.
    pub at: Option<DateTime>,
    pub light: Light,
}

impl FrameRule {
    pub fn of(settings: &Value, zone: TimeZone) -> Self {
        let stem = settings["filename"].as_str().and_then(|name| Some(name.rsplit_once('.')?.0.as_bytes().to_vec()));
        FrameRule { stem: stem.filter(|stem| !stem.is_empty()), sun: Sun::of(settings), zone }
    }

    pub fn frame(&self, name: &[u8]) -> Option<Frame> {
        let digits = self.digits(name)?;
        let at = std::str::from_utf8(digits).ok().and_then(|text| DateTime::strptime("%Y%m%d%H%M%S", text).ok());
        let is_up = |at: DateTime| {
            let moment = at.to_zoned(self.zone.clone()).ok()?.timestamp();
            Some(self.sun?.is_up(moment))
        };
        let light = if at.and_then(is_up).unwrap_or(false) { Light::Day } else { Light::Night };
        Some(Frame { at, light })
    }

    /// The moment in `image-20261117213000.jpg`. What the panel shows as a picture has letters, digits and `_`
    /// before its first dash; the owner's own `filename` may begin with anything.
    fn digits<'a>(&self, name: &'a [u8]) -> Option<&'a [u8]> {
        let dot = name.iter().rposition(|byte| *byte == b'.')?;
        let (stem, ending) = (&name[..dot], &name[dot + 1..]);
        if !PICTURES.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
            return None;
        }
        let dash = stem.iter().position(|byte| *byte == b'-')?;
        let is_word = dash > 0 && stem[..dash].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let own = self.stem.as_deref().and_then(|own| stem.strip_prefix(own)?.strip_prefix(b"-"));
        let rest = if is_word { &stem[dash + 1..] } else { own? };
        let digits = rest.get(rest.len().checked_sub(DIGITS)?..)?;
        digits.iter().all(u8::is_ascii_digit).then_some(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(settings: &Value) -> FrameRule {
        FrameRule::of(settings, TimeZone::UTC)
    }

    #[test]
    fn frames_are_what_the_panel_shows_as_pictures_of_a_night() {
        let rule = rule(&json!({"filename": "image.jpg"}));
        for (name, is) in [
            ("image-20261117213000.jpg", true),
            ("roof_2-20261117213000.png", true),
            ("image-resized-20261117213000.JPEG", true),
            ("image-20261117213000123.jpg", true),
            ("image-20261117.jpg", false),
            ("image.jpg", false),
            ("-20261117213000.jpg", false),
            ("a b-20261117213000.jpg", false),
            ("image-20261117213000.jpg.part", false),
            ("image-20261117213000x.jpg", false),
            ("allsky-20261117.mp4", false),
            ("", false),
        ] {
            assert_eq!(rule.frame(name.as_bytes()).is_some(), is, "{name}");
        }
    }

    #[test]
    fn names_that_the_owner_chose_are_frames_too_whatever_they_begin_with() {
        for own in ["all sky.jpg", "größe.png", "-x-.jpg", "a.b c.jpg"] {
            let name = format!("{}-20261117213000.jpg", own.rsplit_once('.').unwrap().0);
            assert!(rule(&json!({"filename": own})).frame(name.as_bytes()).is_some(), "{own}");
            assert!(rule(&json!({"filename": "image.jpg"})).frame(name.as_bytes()).is_none(), "{own}");
        }
    }

    #[test]
    fn frames_of_the_day_are_told_by_the_sun_and_nothing_is_guessed_without_a_place() {
        let here = json!({"latitude": "50.03N", "longitude": "8.88E", "angle": -6});
        let light = |settings: &Value, name: &str| rule(settings).frame(name.as_bytes()).unwrap().light;
        for (name, expected) in [
            ("image-20251221100000.jpg", Light::Day),
            ("image-20251221140000.jpg", Light::Day),
            ("image-20251221180000.jpg", Light::Night),
            ("image-20251222055000.jpg", Light::Night),
            ("image-20251222120000.jpg", Light::Day),
            ("image-99999999999999.jpg", Light::Night),
        ] {
            assert_eq!(light(&here, name), expected, "{name}");
            assert_eq!(light(&json!({}), name), Light::Night, "{name}");
        }
        let frame = rule(&here).frame(b"image-20251221100000.jpg").unwrap();
        assert_eq!(frame.at, Some(jiff::civil::datetime(2025, 12, 21, 10, 0, 0, 0)));
    }
}
