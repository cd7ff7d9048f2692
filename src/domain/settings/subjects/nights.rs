//! Keys about nights: which are good, where they go, and what happens when the drive is full.
use crate::domain::destination::DestinationName;
use crate::domain::nights::settings::{DailyTime, SizeText};
use crate::domain::settings::key::{Hand, Subject, key};
use crate::domain::settings::kind::{Kind, is};
use crate::domain::settings::mistake::Rule;

pub const NIGHTS: Subject = Subject {
    section: "nights",
    title: "Good nights",
    about: "Which nights are worth keeping. The limits depend on the camera and its star detection: look at the \
            stars of some nights that you like, and set them from there.",
    hand: Hand::Page,
    keys: &[
        key(
            "min_avg_stars_primary",
            STARS,
            "Stars of a good night",
            "A night with at least this many stars in its average picture is saved.",
        )
        .in_unit("stars"),
        key(
            "min_avg_stars_secondary",
            STARS,
            "Stars of a moonlit night",
            "With enough moon in the sky, this many stars are enough.",
        )
        .in_unit("stars"),
        key(
            "min_moon_pct_secondary",
            Kind::Number { least: 0.0, most: 100.0 },
            "Moon of a moonlit night",
            "The part of the night's pictures that must have the moon up for the lower limit to count.",
        )
        .in_unit("%"),
        key(
            "great_night_min_avg_stars",
            STARS,
            "Stars of a great night",
            "A night with at least this many stars is kept for ever: it is not deleted when the drive is full.",
        )
        .in_unit("stars"),
        key(
            "min_images",
            Kind::Whole { least: 0, most: 1_000_000 },
            "Fewest pictures",
            "Nights with fewer pictures are left out.",
        )
        .in_unit("pictures"),
        key(
            "unrated",
            Kind::OneOf(&["rolling", "skip"]),
            "Nights without star counts",
            "rolling saves them and lets the oldest go when the drive is full; skip leaves them out.",
        ),
        key(
            "start_date",
            Kind::Text { rule: date, code: Rule::BadDate },
            "First night",
            "Older nights are left alone.",
        )
        .else_is("all nights"),
        key("timelapse", Kind::Flag, "Save the timelapse", "The video of the night."),
        key("keogram", Kind::Flag, "Save the keogram", "The night as one strip."),
        key("startrail", Kind::Flag, "Save the star trails", "The picture with the trails of the stars."),
        key(
            "camera_settings",
            Kind::Flag,
            "Save the camera's settings",
            "A config backup goes to the drive with the nights, once a day; the last seven stay. It holds passwords.",
        ),
        key(
            "schedule",
            Kind::Text { rule: is::<DailyTime>, code: Rule::BadSchedule },
            "Every day at",
            "Hour and minute, after the night and before the next; empty for never by itself.",
        ),
        key(
            "destination",
            Kind::Text { rule: is::<DestinationName>, code: Rule::BadName },
            "Kept on",
            "The name of a [[destination]].",
        )
        .else_is("the first of the list"),
        key(
            "camera",
            Kind::Text { rule: word, code: Rule::BadName },
            "Camera of indi-allsky",
            "active for the one in use, or the uuid of a camera.",
        ),
        key("database", Kind::Path, "Database", "The camera's database, when it is somewhere else.")
            .else_is("where the camera's own configuration says"),
        key("images", Kind::Path, "Pictures", "The folder of pictures, when it is somewhere else.")
            .else_is("where the camera's own configuration says"),
    ],
};

pub const FULL_DRIVE: Subject = Subject {
    section: "retention.nights",
    title: "When the drive is full",
    about: "After new nights were saved, the oldest rolling ones make room until both limits are kept. Nights \
            that were never verified, great nights and the newest stay.",
    hand: Hand::Page,
    keys: &[
        key("max_used_pct", PERCENT, "Full at", "The drive may be filled up to here.").in_unit("%"),
        key(
            "min_free",
            Kind::Text { rule: is::<SizeText>, code: Rule::BadSize },
            "Keep free",
            "With its unit: 20GiB, 500MiB.",
        ),
        key("min_free_cap_pct", PERCENT, "But of a small drive at most", "On a small drive this part of it is enough.")
            .in_unit("%"),
        key(
            "keep_min",
            Kind::Whole { least: 0, most: 100_000 },
            "Always keep",
            "The newest rolling nights that are never deleted.",
        )
        .in_unit("nights"),
        key(
            "delete_unrated",
            Kind::Flag,
            "Nights without star counts may go",
            "Off: they stay, however full the drive is.",
        ),
    ],
};

const STARS: Kind = Kind::Number { least: 0.0, most: 1_000_000.0 };
const PERCENT: Kind = Kind::Whole { least: 1, most: 99 };

fn date(text: &str) -> Result<(), String> {
    match text.parse::<jiff::civil::Date>().is_ok() {
        true => Ok(()),
        false => Err(format!("\"{text}\" is no date: write it like 2026-11-21")),
    }
}

fn word(text: &str) -> Result<(), String> {
    match text.is_empty() || text.chars().any(char::is_control) {
        true => Err("this must be one word".into()),
        false => Ok(()),
    }
}
