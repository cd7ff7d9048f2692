//! Words, times and sizes as pages print them. Every state is an icon and a word.
use jiff::{SpanRound, Timestamp, Unit, Zoned, civil};
use maud::{Markup, html};

use crate::base::size::Bytes;
use crate::catalog::Knowledge;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::believable::{TOLD, is_ahead};
use crate::domain::job::JobState;
use crate::domain::night::Night;
use crate::domain::when;
use crate::panel::parts::icons::{Icon, icon};

pub fn size(bytes: u64) -> String {
    Bytes(bytes).to_string()
}

/// 1234567 as "1,234,567".
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 file", "2,000 files".
pub fn counted(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {one}s", count(number)) }
}

pub fn kind(kind: Option<ArchiveKind>) -> &'static str {
    match kind {
        Some(ArchiveKind::Config) => "Config",
        Some(ArchiveKind::Images) => "Images",
        None => "Unknown",
    }
}

/// "Config Backup".
pub fn kind_of_backup(kind: Option<ArchiveKind>) -> &'static str {
    match kind {
        Some(ArchiveKind::Config) => "Config Backup",
        Some(ArchiveKind::Images) => "Images Backup",
        None => "Other file",
    }
}

/// An ISO 8601 time with offset, in the camera's own zone: "Sat 21 Nov 2026, 02:14:09". Text that is
/// no such time is shown as it is.
pub fn moment(iso: &str, now: &Zoned) -> String {
    match local(iso, now) {
        Some(at) => at.strftime("%a %-d %b %Y, %H:%M:%S").to_string(),
        None => iso.to_owned(),
    }
}

/// "today 02:14", "yesterday 22:01", "Tue 17 Nov 2026".
pub fn lately(iso: &str, now: &Zoned) -> String {
    match local(iso, now) {
        Some(at) => lately_stamp(at.timestamp(), now),
        None => iso.to_owned(),
    }
}

/// A time that has passed; one that lies ahead says why.
pub fn lately_stamp(at: Timestamp, now: &Zoned) -> String {
    let text = when::lately(at, now);
    if is_ahead(at, now.timestamp()) { format!("{text} ({TOLD})") } else { text }
}

/// A time to come: "today 11:30", "tomorrow 11:30", "Tue 17 Nov 2026, 11:30".
pub fn ahead(at: Timestamp, now: &Zoned) -> String {
    let there = at.to_zoned(now.time_zone().clone());
    if now.date().tomorrow().is_ok_and(|day| day == there.date()) {
        there.strftime("tomorrow %H:%M").to_string()
    } else {
        when::lately(at, now)
    }
}

/// Offset or not: what has none is meant in the camera's zone.
fn local(iso: &str, now: &Zoned) -> Option<Zoned> {
    let zone = now.time_zone().clone();
    match iso.parse::<Timestamp>() {
        Ok(at) => Some(at.to_zoned(zone)),
        Err(_) => iso.parse::<civil::DateTime>().ok()?.to_zoned(zone).ok(),
    }
}

/// "Tue 17 Nov 2026", the evening that names the night.
pub fn night(night: Night) -> String {
    night.date().strftime("%a %-d %b %Y").to_string()
}

/// "340 ms", "12 s", "3 min 20 s", "2 h 5 min".
pub fn span_ms(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..10_000 => format!("{:.1} s", ms as f64 / 1000.0),
        _ => span_s(ms / 1000),
    }
}

fn span_s(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Time between two moments; nothing when the clock went backwards.
pub fn duration(from: Timestamp, to: Timestamp) -> Option<String> {
    let span = (to - from).round(SpanRound::new().largest(Unit::Millisecond).smallest(Unit::Millisecond)).ok()?;
    u64::try_from(span.get_milliseconds()).ok().map(span_ms)
}

/// "about 2 min left"; coarse, because it is a guess.
pub fn time_left(seconds: u64) -> String {
    match seconds {
        0..=60 => "a minute or less left".to_owned(),
        61..3600 => format!("about {} min left", seconds.div_ceil(60)),
        _ => format!("about {} h {} min left", seconds / 3600, seconds % 3600 / 60),
    }
}

/// What is known of an archive, as a label.
pub fn knowledge(state: Knowledge) -> Markup {
    let (class, sign, word) = match state {
        Knowledge::Verified => ("ab-good", Icon::Check, "Verified"),
        Knowledge::Unverified => ("ab-open", Icon::Question, "Unverified"),
        Knowledge::Damaged => ("ab-bad", Icon::Broken, "Damaged"),
        Knowledge::Foreign => ("ab-odd", Icon::Foreign, "Foreign"),
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (word) } }
}

pub fn job_state(state: JobState) -> Markup {
    let (class, sign, word) = match state {
        JobState::Queued => ("ab-open", Icon::Clock, "Queued"),
        JobState::Running => ("ab-run", Icon::Spinner, "Running"),
        JobState::Success => ("ab-good", Icon::Check, "Success"),
        JobState::Skipped => ("ab-odd", Icon::Check, "Nothing to do"),
        JobState::Warning => ("ab-warn", Icon::Warning, "Success with warnings"),
        JobState::Failed => ("ab-bad", Icon::Cross, "Failed"),
        JobState::Cancelled => ("ab-odd", Icon::Stop, "Cancelled"),
        JobState::Interrupted => ("ab-warn", Icon::Broken, "Interrupted"),
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (word) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        "2026-11-21T12:00:00+01:00[Europe/Berlin]".parse().unwrap()
    }

    #[test]
    fn times_are_told_in_the_zone_of_the_camera() {
        assert_eq!(lately("2026-11-21T01:14:00Z", &now()), "today 02:14");
        assert_eq!(lately("2026-11-20T22:30:00+01:00", &now()), "yesterday 22:30");
        assert_eq!(lately("2026-11-17T20:00:00+01:00", &now()), "Tue 17 Nov 2026, 20:00");
        assert_eq!(moment("2026-11-21 00:03:09", &now()), "Sat 21 Nov 2026, 00:03:09");
        assert_eq!(moment("long ago", &now()), "long ago");
    }

    #[test]
    fn numbers_and_spans_read_easily() {
        assert_eq!((count(999), count(1000), count(1234567)), ("999".into(), "1,000".into(), "1,234,567".into()));
        assert_eq!((counted(1, "file"), counted(2000, "file")), ("1 file".into(), "2,000 files".into()));
        assert_eq!(
            (span_ms(38), span_ms(1900), span_ms(200_000)),
            ("38 ms".into(), "1.9 s".into(), "3 min 20 s".into())
        );
        assert_eq!((time_left(20), time_left(61)), ("a minute or less left".into(), "about 2 min left".into()));
    }
}
