//! Nights of AllskyTeam: `allsky.db` beside the settings, one folder for each night.
//!
//! A row is written before its picture is copied, and pictures are deleted without their rows: the
//! files that count are rows whose file exists.
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;

use super::folders::Contents;
use super::frame_rule::FrameRule;
use super::sqlite::{self, Damage};
use super::{Error, Missing, NightFile, NightFiles, NightSource, Rating, Stills, Survey};
use super::{course, folders};
use crate::base::plain::{self, read_plain};
use crate::base::rel_path::RelPath;
use crate::domain::night::Night;
use crate::domain::nights::course::Shot;
use crate::domain::nights::measure::Measure;
use crate::domain::software::Software;
use crate::site::allsky::json;

/// How the camera calls what it makes of a night, before the dash and the night.
const FILM: &str = "allsky";
/// Endings that the panel shows as videos and as pictures.
const FILMS: [&str; 4] = ["mp4", "webm", "ogg", "ogv"];
const STILLS: [&str; 3] = ["jpg", "jpeg", "png"];

pub struct TeamNights {
    home: PathBuf,
    database: PathBuf,
    images: PathBuf,
    zone: TimeZone,
    damage: Damage,
}

impl TeamNights {
    /// The installation at `home` with its pictures in `images`.
    pub fn new(home: &Path, images: &Path, zone: TimeZone) -> Self {
        let database = home.join("config/myFiles/allsky.db");
        TeamNights { home: home.to_owned(), database, images: images.to_owned(), zone, damage: Damage::default() }
    }

    /// Reads the database at `database` instead of the standard place.
    pub fn with_database(self, database: PathBuf) -> Self {
        TeamNights { database, ..self }
    }

    fn settings_file(&self) -> PathBuf {
        self.home.join("config/settings.json")
    }

    /// A value of the camera's settings; `None` when there is none.
    fn setting(&self, key: &str) -> Option<Value> {
        let text = read_plain(&self.settings_file(), plain::TEXT).ok()?;
        serde_json::from_slice::<Value>(&text).ok()?.get_mut(key).map(Value::take)
    }

    /// By settings that are waited for while the panel rewrites them: by half of them day would be night.
    fn frame_rule(&self) -> FrameRule {
        FrameRule::of(&json(&self.settings_file()).unwrap_or_default(), self.zone.clone())
    }

    /// Names of the frames of `night` that the database knows as taken by day; none without a database.
    fn daytime(&self, night: Night) -> Vec<String> {
        let (first, last) = course::seconds_around(night, &self.zone);
        let names = self.with(|connection| -> rusqlite::Result<Vec<String>> {
            let mut statement = connection.prepare(
                "SELECT AS_CAMERAIMAGE FROM allsky_image WHERE id BETWEEN ?2 AND ?3
                 AND AS_DATE_NAME = ?1 AND AS_DAY_OR_NIGHT = 'DAY' AND AS_CAMERAIMAGE IS NOT NULL",
            )?;
            statement.query_map(rusqlite::params![night.to_string(), first, last], |row| row.get(0))?.collect()
        });
        names.unwrap_or_default()
    }

    fn contents(&self, night: Night, rule: &FrameRule) -> Result<Contents, Error> {
        folders::contents(&self.images, night, rule, &self.daytime(night))
    }

    /// What the camera made of a night and called `STEM-NIGHT`, below its folder, with one of `endings`.
    fn made(&self, night: Night, folder: &str, stem: &str, endings: &[&str]) -> Result<Vec<RelPath>, Error> {
        let folder = format!("{night}{folder}");
        let wanted = format!("{stem}-{night}");
        let mut found: Vec<RelPath> = folders::names(&self.images.join(&folder))?
            .into_iter()
            .filter(|name| {
                let Some(dot) = name.iter().rposition(|byte| *byte == b'.') else { return false };
                let is_known = |ending: &&str| name[dot + 1..].eq_ignore_ascii_case(ending.as_bytes());
                name[..dot] == *wanted.as_bytes() && endings.iter().any(is_known)
            })
            .filter_map(|name| RelPath::parse([folder.as_bytes(), b"/", &name].concat()).ok())
            .filter(|path| self.images.join(path.as_path()).is_file())
            .collect();
        found.sort();
        Ok(found)
    }

    /// What `read` finds in the database; `Err` with words when there is none that can be read, or when
    /// the last survey found it damaged: a night's files and its measure come from one place.
    fn with<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, String> {
        if self.setting("databasetype").is_some_and(|kind| kind == "mysql") {
            return Err(sqlite::ON_A_SERVER.to_owned());
        }
        if !self.database.exists() {
            return Err(sqlite::NONE.to_owned());
        }
        if let Some(why) = self.damage.get() {
            return Err(why);
        }
        let found = || -> rusqlite::Result<Option<T>> {
            let connection = sqlite::open(&self.home, &self.database)?;
            let usable =
                sqlite::has(&connection, "allsky_image", &["id", "AS_CAMERAIMAGE", "AS_DATE_NAME", "AS_DAY_OR_NIGHT"])?;
            if usable { read(&connection).map(Some) } else { Ok(None) }
        };
        match found() {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(sqlite::NO_PICTURES.to_owned()),
            Err(error) => Err(self.damage.note(sqlite::trouble(&self.database, &error))),
        }
    }

    fn local(&self, seconds: Option<i64>) -> Option<DateTime> {
        Some(Timestamp::from_second(seconds?).ok()?.to_zoned(self.zone.clone()).datetime())
    }

    fn measures(&self, connection: &Connection) -> rusqlite::Result<Vec<Measure>> {
        let has_stars = sqlite::has(connection, "allsky_stars", &["id", "AS_STARCOUNT"])?;
        let has_moon =
            sqlite::has(connection, "allsky_solarsystem", &["id", "AS_MOON_ELEVATION", "AS_MOON_ILLUMINATION"])?;
        let (rated, stars, join_stars) = if has_stars {
            ("COUNT(s.AS_STARCOUNT)", "ROUND(AVG(s.AS_STARCOUNT), 1)", "LEFT JOIN allsky_stars s ON s.id = i.id")
        } else {
            ("0", "NULL", "")
        };
        // The rule by which the other camera system sets its moon mode: up, and a third lit.
        let (moon, join_moon) = if has_moon {
            (
                "ROUND(100.0 * AVG(CASE WHEN m.id IS NULL THEN NULL
                                        WHEN m.AS_MOON_ELEVATION >= 0.0 AND m.AS_MOON_ILLUMINATION >= 33.0 THEN 1.0
                                        ELSE 0.0 END), 1)",
                "LEFT JOIN allsky_solarsystem m ON m.id = i.id",
            )
        } else {
            ("NULL", "")
        };
        let sql = format!(
            "SELECT i.AS_DATE_NAME, COUNT(*), {rated}, {stars}, {moon}, MIN(i.id), MAX(i.id)
             FROM allsky_image i {join_stars} {join_moon}
             WHERE i.AS_DAY_OR_NIGHT = 'NIGHT' GROUP BY i.AS_DATE_NAME ORDER BY 1"
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut measures = Vec::new();
        while let Some(row) = rows.next()? {
            // Whatever a module wrote there that is no date is no night.
            let name: Option<String> = row.get(0)?;
            let Some(night) = name.and_then(|n| Night::parse(&n).ok()) else { continue };
            let (first_at, last_at) = (self.local(row.get(5)?), self.local(row.get(6)?));
            measures.push(Measure { first_at, last_at, ..sqlite::measure(row, night)? });
        }
        Ok(measures)
    }

    fn newest_day(&self, connection: &Connection) -> rusqlite::Result<Option<DateTime>> {
        let newest: Option<i64> = connection
            .query_row("SELECT MAX(id) FROM allsky_image WHERE AS_DAY_OR_NIGHT = 'DAY'", [], |row| row.get(0))
            .optional()?
            .flatten();
        Ok(self.local(newest))
    }

    /// The newest night whose timelapse is there and newer than its last frame.
    fn newest_film(&self, measures: &[Measure]) -> Option<Night> {
        let newest = measures.last()?;
        let films = self.made(newest.night, "", FILM, &FILMS).ok()?;
        let written = |film: &RelPath| {
            let written = Timestamp::try_from(fs::metadata(self.images.join(film.as_path())).ok()?.modified().ok()?);
            Some(written.ok()?.to_zoned(self.zone.clone()).datetime())
        };
        let is_newer = |film: &RelPath| Some(written(film)? > newest.last_at?);
        films.iter().any(|film| is_newer(film).unwrap_or(false)).then_some(newest.night)
    }
}

impl NightSource for TeamNights {
    fn software(&self) -> Software {
        Software::Allsky
    }

    fn missing(&self) -> Missing {
        Missing::Normal
    }

    fn days_kept(&self) -> Result<Option<u32>, Error> {
        // A number, or a number in quotes.
        let days = self.setting("daystokeep").and_then(|value| match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64().and_then(|days| u32::try_from(days).ok()),
        });
        Ok(days.filter(|days| *days > 0))
    }

    fn night_folder(&self, night: Night) -> Option<RelPath> {
        RelPath::parse(night.to_string()).ok()
    }

    fn film_folder(&self, night: Night, _: &str) -> Option<RelPath> {
        self.night_folder(night)
    }

    fn images_dir(&self) -> &Path {
        &self.images
    }

    fn survey(&self) -> Result<Survey, Error> {
        self.damage.forget();
        let rule = self.frame_rule();
        let (mut nights, mut newest_day_at) =
            match self.with(|connection| Ok((self.measures(connection)?, self.newest_day(connection)?))) {
                Ok(found) => found,
                Err(why) => return folders::survey(&self.images, &rule, why),
            };
        let mut unreadable = Vec::new();
        // Folders that the database does not know (it was made later, or purged) are nights, too.
        for folder in folders::nights(&self.images)? {
            if !nights.iter().any(|m| m.night == folder) {
                let contents = match self.contents(folder, &rule) {
                    Ok(contents) => contents,
                    Err(why) => {
                        unreadable.push((folder, why.with_source()));
                        nights.push(Measure::unrated(folder, 0));
                        continue;
                    }
                };
                newest_day_at = newest_day_at.max(contents.newest_day_at);
                if !contents.frames.is_empty() {
                    nights.push(contents.measure(folder));
                }
            }
        }
        nights.sort_by_key(|m| m.night);
        Ok(Survey {
            newest_day_at,
            newest_film: self.newest_film(&nights),
            nights,
            rating: Rating::Database,
            other_camera: Vec::new(),
            camera_dir: None,
            unreadable,
        })
    }

    fn files(&self, night: Night) -> Result<NightFiles, Error> {
        let mut files = NightFiles::default();
        let names = self.with(|connection| -> rusqlite::Result<Vec<String>> {
            let mut statement = connection.prepare(
                "SELECT AS_CAMERAIMAGE FROM allsky_image
                 WHERE AS_DATE_NAME = ?1 AND AS_DAY_OR_NIGHT = 'NIGHT' AND AS_CAMERAIMAGE IS NOT NULL ORDER BY id",
            )?;
            statement.query_map([night.to_string()], |row| row.get(0))?.collect()
        });
        for name in names.unwrap_or_default() {
            match RelPath::parse(format!("{night}/{name}")) {
                Ok(path) => files.frames.push(NightFile { path, recorded_size: None }),
                Err(_) => files.elsewhere += 1,
            }
        }
        if files.frames.is_empty() {
            files.frames = self.contents(night, &self.frame_rule())?.frames;
        }
        let made = |folder: &str, stem: &str, endings: &[&str]| -> Result<Vec<NightFile>, Error> {
            let paths = self.made(night, folder, stem, endings)?.into_iter();
            Ok(paths.map(|path| NightFile { path, recorded_size: None }).collect())
        };
        files.timelapses = made("", FILM, &FILMS)?;
        files.keograms = made("/keogram", "keogram", &STILLS)?;
        files.startrails = made("/startrails", "startrails", &STILLS)?;
        Ok(files)
    }

    fn course(&self, night: Night) -> Result<Vec<Shot>, Error> {
        Ok(self.with(|connection| course::of_team(connection, night, &self.zone)).unwrap_or_default())
    }

    fn stills(&self, night: Night) -> Result<Stills, Error> {
        let made = |kind: &str, folder: &str| -> Result<Option<RelPath>, Error> {
            Ok(self.made(night, &format!("/{folder}"), kind, &STILLS)?.into_iter().next())
        };
        let (keogram, small) = (made("keogram", "keogram")?, made("keogram", "keogramthumbnail")?);
        let startrail = made("startrails", "startrails")?;
        Ok(Stills { small_keogram: small.or_else(|| keogram.clone()), keogram, startrail })
    }
}
