//! Nights of indi-allsky: one database for all cameras, dates as text in local time.
//!
//! The active camera is the one that the program itself calls so, never the one whose name sorts
//! last. Pictures that the owner excluded do not exist for us. Without a database that can be read here
//! the folders tell what they can.
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::course::{self, local};
use super::indi_folders::IndiFolders;
use super::sqlite::{self, Damage};
use super::{CameraChoice, Error, Missing, NightFile, NightFiles, NightSource, Rating, Stills, Survey};
use crate::base::rel_path::RelPath;
use crate::base::unlinked::folder_of;
use crate::domain::night::Night;
use crate::domain::nights::course::Shot;
use crate::domain::nights::measure::Measure;
use crate::domain::software::Software;
use crate::site::indi::Database;

pub struct IndiNights {
    database: Database,
    images: PathBuf,
    camera: CameraChoice,
    damage: Damage,
}

/// Tables and columns without which a database tells no nights.
const NEEDED: &[(&str, &[&str])] = &[
    ("camera", &["id", "uuid", "connectDate"]),
    ("state", &["key", "value"]),
    ("image", &["filename", "fileSize", "createDate", "dayDate", "night", "exclude", "camera_id", "stars", "moonmode"]),
];
/// Columns of the tables about films, keograms and star trails.
const MADE: &[&str] = &["id", "filename", "fileSize", "dayDate", "night", "success", "camera_id"];

struct IndiCamera {
    id: i64,
    uuid: String,
}

impl IndiNights {
    pub fn new(database: Database, images: PathBuf, camera: CameraChoice) -> Self {
        IndiNights { database, images, camera, damage: Damage::default() }
    }

    /// What `read` finds in the database; `Err` with words when there is none that can be read here, or
    /// when the last survey found it damaged: a night's files and its measure come from one place.
    fn with<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, String> {
        let Some(database) = self.database.file() else { return Err(sqlite::ON_A_SERVER.to_owned()) };
        if matches!(database.try_exists(), Ok(false)) {
            return Err(sqlite::NONE.to_owned());
        }
        if let Some(why) = self.damage.get() {
            return Err(why);
        }
        let found = || -> rusqlite::Result<_> {
            let connection = sqlite::open(folder_of(database), database)?;
            for (table, columns) in NEEDED {
                if !sqlite::has(&connection, table, columns)? {
                    return Ok(Err(sqlite::NO_PICTURES));
                }
            }
            read(&connection).map(Ok)
        };
        match found() {
            Ok(found) => found.map_err(str::to_owned),
            Err(error) => Err(self.damage.note(sqlite::trouble(database, &error))),
        }
    }

    fn folders(&self) -> Result<IndiFolders<'_>, Error> {
        IndiFolders::new(&self.images, &self.camera)
    }

    fn active(&self, connection: &Connection) -> rusqlite::Result<Option<IndiCamera>> {
        let camera = |row: &Row<'_>| Ok(IndiCamera { id: row.get(0)?, uuid: row.get(1)? });
        match &self.camera {
            CameraChoice::Uuid(uuid) => {
                connection.query_row("SELECT id, uuid FROM camera WHERE uuid = ?1", [uuid], camera).optional()
            }
            CameraChoice::Active => connection
                .query_row(
                    "SELECT c.id, c.uuid FROM camera c LEFT JOIN state s ON s.key = 'DB_CAMERA_ID'
                     WHERE c.id = CAST(s.value AS INTEGER)
                        OR (s.value IS NULL AND c.id = (SELECT id FROM camera ORDER BY connectDate DESC, id DESC LIMIT 1))",
                    [],
                    camera,
                )
                .optional(),
        }
    }

    fn measures(connection: &Connection, camera: i64) -> rusqlite::Result<Vec<Measure>> {
        let mut statement = connection.prepare(
            // Without star detection the camera writes 0 and not NULL; a night without any star is not rated.
            "SELECT dayDate, COUNT(*), CASE WHEN MAX(stars) > 0 THEN COUNT(stars) ELSE 0 END,
                    CASE WHEN MAX(stars) > 0 THEN ROUND(AVG(stars), 1) END, ROUND(100.0 * AVG(moonmode), 1),
                    SUM(fileSize), MIN(createDate), MAX(createDate)
             FROM image WHERE night = 1 AND exclude = 0 AND camera_id = ?1 GROUP BY dayDate ORDER BY dayDate",
        )?;
        let mut rows = statement.query([camera])?;
        let mut measures = Vec::new();
        while let Some(row) = rows.next()? {
            let Some(night) = night_of(&row.get::<_, String>(0)?) else { continue };
            let at = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.and_then(|t| local(&t)));
            let (first_at, last_at) = (at(6)?, at(7)?);
            let bytes = sqlite::size(row, 5)?;
            measures.push(Measure { bytes, first_at, last_at, ..sqlite::measure(row, night)? });
        }
        Ok(measures)
    }

    fn listed(
        &self,
        connection: &Connection,
        sql: &str,
        camera: i64,
        night: Night,
        elsewhere: &mut u64,
    ) -> rusqlite::Result<Vec<NightFile>> {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query(params![camera, night.date().to_string()])?;
        let mut files = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            // Rows of old versions hold the whole path.
            let below = Path::new(&name).strip_prefix(&self.images).unwrap_or(Path::new(&name));
            match RelPath::parse(below.as_os_str().as_encoded_bytes()) {
                Ok(path) => files.push(NightFile { path, recorded_size: sqlite::size(row, 1)? }),
                Err(_) => *elsewhere += 1,
            }
        }
        Ok(files)
    }

    /// What was made of the pictures of a night and is finished, oldest first; a camera that never made
    /// any has no such table.
    fn made(
        &self,
        connection: &Connection,
        table: &str,
        camera: i64,
        night: Night,
        elsewhere: &mut u64,
    ) -> rusqlite::Result<Vec<NightFile>> {
        if !sqlite::has(connection, table, MADE)? {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT filename, fileSize FROM {table} WHERE success = 1 AND night = 1 AND camera_id = ?1
             AND dayDate = ?2 ORDER BY id"
        );
        self.listed(connection, &sql, camera, night, elsewhere)
    }
}

/// `2025-12-24`.
fn night_of(text: &str) -> Option<Night> {
    text.parse::<Date>().ok().map(Night::new)
}

impl NightSource for IndiNights {
    fn software(&self) -> Software {
        Software::IndiAllsky
    }

    fn missing(&self) -> Missing {
        Missing::Fault
    }

    fn days_kept(&self) -> Result<Option<u32>, Error> {
        let found = self.with(|connection| {
            // Its own program keeps ten days where the setting is not there.
            let config = sqlite::newest_config(connection)?;
            let days = config.as_ref().map(|config| config["IMAGE_EXPIRE_DAYS"].as_u64().unwrap_or(sqlite::DAYS_KEPT));
            // 0 deletes all that is older than today, which is nearest to one day here; only no settings keep all.
            Ok(days.map(|days| u32::try_from(days).unwrap_or(u32::MAX).max(1)))
        });
        // What the camera deletes and when is a setting in its database.
        Ok(found.unwrap_or_default())
    }

    fn night_folder(&self, _: Night) -> Option<RelPath> {
        None
    }

    fn film_folder(&self, night: Night, camera_dir: &str) -> Option<RelPath> {
        RelPath::parse(format!("{camera_dir}/timelapse/{night}")).ok()
    }

    fn images_dir(&self) -> &Path {
        &self.images
    }

    fn survey(&self) -> Result<Survey, Error> {
        self.damage.forget();
        let found = self.with(|connection| {
            let Some(camera) = self.active(connection)? else { return Ok(None) };
            let nights = Self::measures(connection, camera.id)?;
            let mut others = connection.prepare(
                "SELECT DISTINCT dayDate FROM image i WHERE night = 1 AND exclude = 0 AND camera_id <> ?1
                 AND NOT EXISTS (SELECT 1 FROM image WHERE night = 1 AND exclude = 0 AND camera_id = ?1 AND dayDate = i.dayDate)",
            )?;
            let other_camera = others
                .query_map([camera.id], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()?
                .iter()
                .filter_map(|text| night_of(text))
                .collect();
            let text = |sql| connection.query_row(sql, [camera.id], |row| row.get::<_, Option<String>>(0));
            let newest_day_at = text("SELECT MAX(createDate) FROM image WHERE night = 0 AND camera_id = ?1")?;
            let newest_film = if sqlite::has(connection, "video", MADE)? {
                text("SELECT MAX(dayDate) FROM video WHERE success = 1 AND night = 1 AND camera_id = ?1")?
            } else {
                None
            };
            Ok(Some(Survey {
                nights,
                rating: Rating::Database,
                other_camera,
                camera_dir: Some(format!("ccd_{}", camera.uuid)),
                unreadable: Vec::new(),
                newest_day_at: newest_day_at.and_then(|t| local(&t)),
                newest_film: newest_film.and_then(|t| night_of(&t)),
            }))
        });
        match found {
            Ok(found) => found.ok_or_else(|| Error::NoCamera(self.images.clone())),
            Err(why) => self.folders()?.survey(why),
        }
    }

    fn files(&self, night: Night) -> Result<NightFiles, Error> {
        let found = self.with(|connection| {
            let Some(camera) = self.active(connection)? else { return Ok(None) };
            let mut elsewhere = 0;
            let frames = "SELECT filename, fileSize FROM image WHERE exclude = 0 AND night = 1 AND camera_id = ?1
                          AND dayDate = ?2 ORDER BY createDate, id";
            let frames = self.listed(connection, frames, camera.id, night, &mut elsewhere)?;
            let mut made = |table| self.made(connection, table, camera.id, night, &mut elsewhere);
            let (timelapses, keograms, startrails) = (made("video")?, made("keogram")?, made("startrail")?);
            Ok(Some(NightFiles { frames, timelapses, keograms, startrails, elsewhere }))
        });
        match found {
            Ok(found) => found.ok_or_else(|| Error::NoCamera(self.images.clone())),
            Err(_) => self.folders()?.files(night),
        }
    }

    fn course(&self, night: Night) -> Result<Vec<Shot>, Error> {
        let found = self.with(|connection| match self.active(connection)? {
            Some(camera) => course::of_indi(connection, camera.id, night),
            None => Ok(Vec::new()),
        });
        Ok(found.unwrap_or_default())
    }

    fn stills(&self, night: Night) -> Result<Stills, Error> {
        let found = self.with(|connection| {
            let Some(camera) = self.active(connection)? else { return Ok(Stills::default()) };
            let newest = |table| -> rusqlite::Result<Option<RelPath>> {
                let made = self.made(connection, table, camera.id, night, &mut 0)?;
                Ok(made.into_iter().map(|file| file.path).rfind(|path| self.images.join(path.as_path()).is_file()))
            };
            let keogram = newest("keogram")?;
            Ok(Stills { small_keogram: keogram.clone(), keogram, startrail: newest("startrail")? })
        });
        match found {
            Ok(stills) => Ok(stills),
            Err(_) => self.folders()?.stills(night),
        }
    }
}
