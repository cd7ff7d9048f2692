//! The camera's SQLite database: a row in two tables for each picture, written in one transaction, so
//! that a copy from the middle of a write would show.
use std::io;
use std::path::Path;

use rusqlite::Connection;

const TABLES: &str = r#"
CREATE TABLE "allsky_image"("id" INT, "timestamp" int, "AS_CAMERAIMAGE" VARCHAR(1024), "AS_DATE_NAME" VARCHAR(1024),
  "AS_DAY_OR_NIGHT" varchar(10), "AS_AUTOEXPOSURE" TINYINT(1), "AS_AUTOGAIN" TINYINT(1), "AS_RESOLUTION_X" INT,
  "AS_RESOLUTION_Y" INT, "AS_EXPOSURE_US" FLOAT, "AS_EXPOSURE_MS" FLOAT, "AS_EXPOSURE_S" FLOAT, "AS_GAIN" FLOAT,
  "AS_TEMPERATURE_C" FLOAT, "AS_MEAN" FLOAT, PRIMARY KEY("id"));
CREATE TABLE "allsky_stars"("id" INT, "timestamp" int, "AS_STARIMAGE" VARCHAR(1024), "AS_STARCOUNT" FLOAT, PRIMARY KEY("id"));
CREATE TABLE "allsky_solarsystem"("id" INT, "timestamp" int, "AS_MOON_AZIMUTH" float, "AS_MOON_ELEVATION" float,
  "AS_MOON_ILLUMINATION" float, "AS_SUN_AZIMUTH" float, "AS_SUN_ELEVATION" float, PRIMARY KEY("id"));
CREATE TABLE "allsky_startrails"("id" int, "date" int, "directory" varchar, "minimum" float, "maximum" float,
  "mean" float, "median" float, "numImagesUsed" int, "numImagesNotUsed" int, "threshold" float, PRIMARY KEY("id"));
"#;

/// One picture's row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Start of the exposure, Unix seconds; the key.
    pub id: i64,
    pub image: String,
    /// Folder of the night.
    pub night: String,
    pub stars: f32,
    pub moon: f32,
}

/// Makes the database with `rows`, and as many older rows as the plan wants on top.
pub fn build(path: &Path, rows: &[Row], older: u32) -> io::Result<()> {
    fill(path, rows, older).map_err(io::Error::other)
}

fn fill(path: &Path, rows: &[Row], older: u32) -> rusqlite::Result<()> {
    let mut db = Connection::open(path)?;
    // Nobody else can see the file yet: no journal and no waiting for the disk.
    db.execute_batch("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;")?;
    let all = db.transaction()?;
    all.execute_batch(TABLES)?;
    let first = rows.first().map_or(1_760_000_000, |row| row.id) - 30 * i64::from(older) - 3600;
    all.execute(
        r#"WITH RECURSIVE n(i) AS (SELECT 0 WHERE ?1 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
           INSERT INTO allsky_image SELECT ?2 + i * 30, ?2 + i * 30 + 3, 'image-' || (20250000000000 + i) || '.jpg',
           '2025' || (1000 + i / 2880), 'NIGHT', 1, 1, 4056, 3040, 30000000, 30000, 30, 8 + i % 9, -1.5 + i % 31, 0.2 FROM n"#,
        (older, first),
    )?;
    all.execute(
        r#"INSERT INTO allsky_stars SELECT id, timestamp, AS_CAMERAIMAGE, 400 + id % 577 FROM allsky_image"#,
        (),
    )?;
    for row in rows {
        insert(&all, row)?;
    }
    all.commit()?;
    // The mode that the camera uses from here on.
    db.pragma_update(None, "journal_mode", "DELETE")
}

/// Adds a picture to both tables; the caller holds the transaction.
pub fn insert(db: &Connection, row: &Row) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO allsky_image VALUES (?1, ?1 + 3, ?2, ?3, 'NIGHT', 1, 1, 4056, 3040, 30000000, 30000, 30, 8, -1.5, 0.2)",
    )?
    .execute((row.id, &row.image, &row.night))?;
    db.prepare_cached("INSERT OR REPLACE INTO allsky_stars VALUES (?1, ?1 + 4, ?2, ?3)")?
        .execute((row.id, &row.image, row.stars))?;
    db.prepare_cached("INSERT OR REPLACE INTO allsky_solarsystem VALUES (?1, ?1 + 5, 180.0, ?2, ?3, 0.0, -35.0)")?
        .execute((row.id, if row.moon > 0.0 { 30.0 } else { -20.0 }, row.moon * 100.0))?;
    Ok(())
}
