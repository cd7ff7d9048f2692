//! Nights of indi-allsky: one database for all cameras, dates as text in local time.
//!
//! The active camera is the one that the program itself calls so, never the one whose name sorts
//! last. Pictures that the owner excluded do not exist for us.
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::course::{self, local};
use super::sqlite;
use super::{Error, Missing, NightFile, NightFiles, NightSource, Rating, Stills, Survey};
use crate::base::rel_path::RelPath;
use crate::domain::night::Night;
use crate::domain::nights::course::Shot;
use crate::domain::nights::measure::Measure;
use crate::site::indi::Database;

/// Which camera's nights are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraChoice {
    /// The one that is in use.
    Active,
    Uuid(String),
}

pub struct IndiNights {
    database: Database,
    images: PathBuf,
    camera: CameraChoice,
}

struct IndiCamera {
    id: i64,
    uuid: String,
}

impl IndiNights {
    pub fn new(database: Database, images: PathBuf, camera: CameraChoice) -> Self {
        IndiNights { database, images, camera }
    }

    fn with<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        let Some(database) = self.database.file() else { return Err(Error::NotSqlite(self.images.clone())) };
        sqlite::open(database)
            .and_then(|connection| read(&connection))
            .map_err(|source| Error::Database { path: database.to_owned(), source })
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
                        OR (s.value IS NULL AND c.id = (SELECT camera_id FROM image WHERE night = 1 AND exclude = 0
                                                        ORDER BY createDate DESC LIMIT 1))",
                    [],
                    camera,
                )
                .optional(),
        }
    }

    fn measures(connection: &Connection, camera: i64) -> rusqlite::Result<Vec<Measure>> {
        let mut statement = connection.prepare(
            "SELECT dayDate, COUNT(*), COUNT(stars), ROUND(AVG(stars), 1), ROUND(100.0 * AVG(moonmode), 1),
                    SUM(fileSize), MIN(createDate), MAX(createDate)
             FROM image WHERE night = 1 AND exclude = 0 AND camera_id = ?1 GROUP BY dayDate ORDER BY dayDate",
        )?;
        let mut rows = statement.query([camera])?;
        let mut measures = Vec::new();
        while let Some(row) = rows.next()? {
            let Some(night) = night_of(&row.get::<_, String>(0)?) else { continue };
            measures.push(Measure {
                night,
                images: sqlite::count(row, 1)?,
                rated: sqlite::count(row, 2)?,
                avg_stars: row.get(3)?,
                moon_pct: row.get(4)?,
                bytes: sqlite::size(row, 5)?,
                first_at: row.get::<_, Option<String>>(6)?.and_then(|t| local(&t)),
                last_at: row.get::<_, Option<String>>(7)?.and_then(|t| local(&t)),
            });
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
}

/// `2025-12-24`.
fn night_of(text: &str) -> Option<Night> {
    text.parse::<Date>().ok().map(Night::new)
}

impl NightSource for IndiNights {
    fn name(&self) -> &'static str {
        "indi-allsky"
    }

    fn missing(&self) -> Missing {
        Missing::Fault
    }

    fn days_kept(&self) -> Result<Option<u32>, Error> {
        self.with(|connection| {
            if !sqlite::has(connection, "config", &["id", "data"])? {
                return Ok(None);
            }
            let newest = connection
                .query_row("SELECT data FROM config ORDER BY id DESC LIMIT 1", [], |row| {
                    row.get::<_, Option<String>>(0)
                })
                .optional()?
                .flatten();
            let config: Option<serde_json::Value> = newest.and_then(|text| serde_json::from_str(&text).ok());
            let days = config.as_ref().and_then(|config| config["IMAGE_EXPIRE_DAYS"].as_u64());
            Ok(days.and_then(|days| u32::try_from(days).ok()).filter(|days| *days > 0))
        })
    }

    fn days_kept_setting(&self) -> &'static str {
        "IMAGE_EXPIRE_DAYS"
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
            let newest_film = text("SELECT MAX(dayDate) FROM video WHERE success = 1 AND night = 1 AND camera_id = ?1")?;
            Ok(Some(Survey {
                nights,
                rating: Rating::Database,
                other_camera,
                camera_dir: Some(format!("ccd_{}", camera.uuid)),
                newest_day_at: newest_day_at.and_then(|t| local(&t)),
                newest_film: newest_film.and_then(|t| night_of(&t)),
            }))
        })?;
        found.ok_or_else(|| Error::NoCamera(self.images.clone()))
    }

    fn files(&self, night: Night) -> Result<NightFiles, Error> {
        let found = self.with(|connection| {
            let Some(camera) = self.active(connection)? else { return Ok(None) };
            let mut elsewhere = 0;
            let mut listed = |table: &str, filter: &str, order: &str| {
                let sql = format!(
                    "SELECT filename, fileSize FROM {table} WHERE {filter} AND night = 1 AND camera_id = ?1 AND dayDate = ?2 ORDER BY {order}"
                );
                self.listed(connection, &sql, camera.id, night, &mut elsewhere)
            };
            let files = NightFiles {
                frames: listed("image", "exclude = 0", "createDate, id")?,
                timelapses: listed("video", "success = 1", "id")?,
                keograms: listed("keogram", "success = 1", "id")?,
                startrails: listed("startrail", "success = 1", "id")?,
                elsewhere: 0,
            };
            Ok(Some(NightFiles { elsewhere, ..files }))
        })?;
        found.ok_or_else(|| Error::NoCamera(self.images.clone()))
    }

    fn course(&self, night: Night) -> Result<Vec<Shot>, Error> {
        self.with(|connection| match self.active(connection)? {
            Some(camera) => course::of_indi(connection, camera.id, night),
            None => Ok(Vec::new()),
        })
    }

    fn stills(&self, night: Night) -> Result<Stills, Error> {
        self.with(|connection| {
            let Some(camera) = self.active(connection)? else { return Ok(Stills::default()) };
            let newest = |table: &str| -> rusqlite::Result<Option<RelPath>> {
                let sql = format!(
                    "SELECT filename, NULL FROM {table} WHERE success = 1 AND night = 1 AND camera_id = ?1 AND dayDate = ?2 ORDER BY id"
                );
                let listed = self.listed(connection, &sql, camera.id, night, &mut 0)?;
                Ok(listed.into_iter().map(|file| file.path).rfind(|path| self.images.join(path.as_path()).is_file()))
            };
            let keogram = newest("keogram")?;
            Ok(Stills { small_keogram: keogram.clone(), keogram, startrail: newest("startrail")? })
        })
    }
}
