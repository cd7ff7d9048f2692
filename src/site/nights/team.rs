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

use super::sqlite::{self, Damage};
use super::{Error, Missing, NightFile, NightFiles, NightSource, Rating, Stills, Survey};
use super::{course, folders};
use crate::base::plain::{self, read_plain};
use crate::base::rel_path::RelPath;
use crate::domain::night::Night;
use crate::domain::nights::course::Shot;
use crate::domain::nights::measure::Measure;

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

    /// A value of the camera's settings; `None` when there is none.
    fn setting(&self, key: &str) -> Option<serde_json::Value> {
        let text = read_plain(&self.home.join("config/settings.json"), plain::TEXT).ok()?;
        serde_json::from_slice::<serde_json::Value>(&text).ok()?.get_mut(key).map(serde_json::Value::take)
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
            let connection = sqlite::open(&self.database)?;
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
        let film = self.images.join(newest.night.to_string()).join(format!("allsky-{}.mp4", newest.night));
        let written = Timestamp::try_from(fs::metadata(film).ok()?.modified().ok()?).ok()?;
        let written = written.to_zoned(self.zone.clone()).datetime();
        newest.last_at.is_some_and(|last| written > last).then_some(newest.night)
    }
}

impl NightSource for TeamNights {
    fn name(&self) -> &'static str {
        "allsky"
    }

    fn missing(&self) -> Missing {
        Missing::Normal
    }

    fn days_kept(&self) -> Result<Option<u32>, Error> {
        // A number, or a number in quotes.
        let days = self.setting("daystokeep").and_then(|value| match value {
            serde_json::Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64().and_then(|days| u32::try_from(days).ok()),
        });
        Ok(days.filter(|days| *days > 0))
    }

    fn days_kept_setting(&self) -> &'static str {
        "daystokeep"
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
        let (mut nights, newest_day_at) =
            match self.with(|connection| Ok((self.measures(connection)?, self.newest_day(connection)?))) {
                Ok(found) => found,
                Err(why) => return folders::survey(&self.images, why),
            };
        // Folders that the database does not know (it was made later, or purged) are nights, too.
        for folder in folders::nights(&self.images)? {
            if !nights.iter().any(|m| m.night == folder) {
                let images = folders::frames(&self.images, folder)?.len() as u64;
                if images > 0 {
                    nights.push(Measure::unrated(folder, images));
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
            files.frames = folders::frames(&self.images, night)?;
        }
        let one = |path: String| -> Vec<NightFile> {
            RelPath::parse(path)
                .ok()
                .filter(|path| self.images.join(path.as_path()).is_file())
                .map(|path| NightFile { path, recorded_size: None })
                .into_iter()
                .collect()
        };
        files.timelapses = one(format!("{night}/allsky-{night}.mp4"));
        let made =
            |kind: &str| ["jpg", "png"].map(|ending| one(format!("{night}/{kind}/{kind}-{night}.{ending}"))).concat();
        files.keograms = made("keogram");
        files.startrails = made("startrails");
        Ok(files)
    }

    fn course(&self, night: Night) -> Result<Vec<Shot>, Error> {
        Ok(self.with(|connection| course::of_team(connection, night, &self.zone)).unwrap_or_default())
    }

    fn stills(&self, night: Night) -> Result<Stills, Error> {
        let there = |path: String| RelPath::parse(path).ok().filter(|path| self.images.join(path.as_path()).is_file());
        let made = |kind: &str, folder: &str| {
            ["jpg", "png"].into_iter().find_map(|ending| there(format!("{night}/{folder}/{kind}-{night}.{ending}")))
        };
        let (keogram, small) = (made("keogram", "keogram"), made("keogram", "keogramthumbnail"));
        let startrail = made("startrails", "startrails");
        Ok(Stills { small_keogram: small.or_else(|| keogram.clone()), keogram, startrail })
    }
}
