//! What the installation says of itself: version, camera in use, owner, days to keep.
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::places::IndiPlaces;
use crate::base::plain::{self, read_plain_text};
use crate::base::unlinked::folder_of;
use crate::domain::software::Software;
use crate::site::Camera;
use crate::site::nights::sqlite;

pub(super) fn read(home: &Path, places: &IndiPlaces) -> Camera {
    let model = places.database.file().and_then(|file| asked(file, name));
    Camera {
        version: version(home).unwrap_or_else(|| "unknown".to_owned()),
        camera_type: Some(Software::IndiAllsky.as_str().to_owned()),
        camera_model: Some(model.unwrap_or_else(|| "unknown".to_owned())),
        settings_file: None,
        cc_file: None,
        owner: crate::site::allsky::owner(home),
        required_modules: Vec::new(),
    }
}

/// `__version__ = "indi_v2026.08.1"` of the program's own `version.py`.
fn version(home: &Path) -> Option<String> {
    let text = read_plain_text(&home.join("indi_allsky/version.py"), plain::LINE).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("__version__"))?;
    let version = line.trim_start_matches([' ', '=']).trim().trim_matches(['"', '\'']);
    (!version.is_empty()).then(|| version.to_owned())
}

/// The newest settings decide. Here 0 = for ever, which is what no settings at all mean; their own 0 deletes
/// all that is older than today and is nearest to one day.
pub(super) fn days_to_keep(places: &IndiPlaces) -> u32 {
    let config = places.database.file().and_then(|file| asked(file, sqlite::newest_config));
    let days = config.map(|config| config["IMAGE_EXPIRE_DAYS"].as_u64().unwrap_or(sqlite::DAYS_KEPT));
    days.map_or(0, |days| u32::try_from(days).unwrap_or(u32::MAX).max(1))
}

/// A database that is missing or odd knows nothing.
fn asked<T>(file: &Path, question: impl FnOnce(&Connection) -> rusqlite::Result<Option<T>>) -> Option<T> {
    sqlite::open(folder_of(file), file).and_then(|db| question(&db)).ok().flatten()
}

fn name(db: &Connection) -> rusqlite::Result<Option<String>> {
    let query = "SELECT c.name FROM camera c LEFT JOIN state s ON s.key = 'DB_CAMERA_ID'
                 ORDER BY (c.id = CAST(s.value AS INTEGER)) DESC, c.connectDate DESC LIMIT 1";
    db.query_row(query, (), |row| row.get(0)).optional()
}
