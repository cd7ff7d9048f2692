//! Where an indi-allsky installation keeps its settings, its database and its pictures.
//!
//! `flask.json` tells all of it; nothing is guessed but what the program itself takes for granted
//! when its file is silent, spoilt or not there.
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::database_uri::{self, Database};
use crate::base::plain::{self, read_plain};
use crate::base::unlinked::folder_of;
use crate::site::nights::sqlite;

/// Where the program's own configuration lies unless its owner names another one.
const SYSTEM: &str = "/etc/indi-allsky/flask.json";
/// The folder of that configuration, below whatever root.
const FOLDER: &str = "etc/indi-allsky";
const DATABASE: &str = "/var/lib/indi-allsky/indi-allsky.sqlite";
const MIGRATIONS: &str = "/var/lib/indi-allsky/migrations";
const IMAGES: &str = "/var/www/html/allsky/images";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndiPlaces {
    pub database: Database,
    pub images: PathBuf,
    /// `None` for a folder with a database and pictures alone.
    pub flask: Option<Flask>,
}

/// What `flask.json` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flask {
    pub path: PathBuf,
    pub migrations: PathBuf,
    /// systemd units of the owner: the camera's and the web application's, with its socket.
    pub camera_unit: String,
    pub web_units: [String; 2],
    /// What is wrong with the file; then everything is where the program has it by itself.
    pub trouble: Option<FlaskFault>,
}

/// Why `flask.json` says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlaskFault {
    Missing,
    /// It is there, and none of its bytes can be had.
    Unreadable(String),
    /// Its bytes are there and make no sense.
    Spoilt(String),
}

/// `None` when `home` is no indi-allsky: neither a folder with `flask.json`, nor `/etc/indi-allsky`, nor the
/// program's own folder beside that one, nor one with `varlib/` and `images/`. `flask`
/// names the file where it is not in its usual place.
pub fn find(home: &Path, flask: Option<&Path>) -> Option<IndiPlaces> {
    let beside = home.join("varlib/indi-allsky.sqlite");
    if beside.is_file() {
        let (database, images) = (Database::File(beside), home.join("images"));
        return Some(IndiPlaces { database, images, flask: None });
    }
    let own = home.join("flask.json");
    let is_program = home.join("indi_allsky").is_dir();
    let is_settings = own.is_file() || (home.ends_with(FOLDER) && home.is_dir());
    let system = Path::new(SYSTEM);
    match flask {
        Some(named) if is_program || is_settings => Some(read(named)),
        _ if is_settings => Some(read(&own)),
        _ if is_program && system.parent().is_some_and(Path::is_dir) => Some(read(system)),
        _ => None,
    }
}

/// A file that is missing, cut or spoilt costs what it says and nothing else.
fn read(path: &Path) -> IndiPlaces {
    let (config, trouble) = match read_plain(path, plain::TEXT).map(|text| serde_json::from_slice(&text)) {
        Ok(Ok(config @ Value::Object(_))) => (config, None),
        Ok(Ok(_)) => (Value::Null, Some(FlaskFault::Spoilt("it holds no settings".to_owned()))),
        Ok(Err(why)) => (Value::Null, Some(FlaskFault::Spoilt(why.to_string()))),
        Err(why) if why.kind() == io::ErrorKind::NotFound => (Value::Null, Some(FlaskFault::Missing)),
        Err(why) => (Value::Null, Some(FlaskFault::Unreadable(why.to_string()))),
    };
    let said =
        |key: &str, usual: &str| config[key].as_str().filter(|text| !text.is_empty()).unwrap_or(usual).to_owned();
    let database = match config["SQLALCHEMY_DATABASE_URI"].as_str() {
        None if trouble.is_some() => Database::File(usual(path, DATABASE)),
        None => Database::File(DATABASE.into()),
        Some(uri) => database_uri::parse(uri),
    };
    let images = in_settings(&database).unwrap_or_else(|| match &trouble {
        Some(_) => usual(path, IMAGES),
        None => said("INDI_ALLSKY_IMAGE_FOLDER", IMAGES).into(),
    });
    IndiPlaces {
        database,
        images,
        flask: Some(Flask {
            path: path.to_owned(),
            migrations: match &trouble {
                Some(_) => usual(path, MIGRATIONS),
                None => said("MIGRATION_FOLDER", MIGRATIONS).into(),
            },
            camera_unit: said("ALLSKY_SERVICE_NAME", "indi-allsky.service"),
            web_units: [
                said("GUNICORN_SOCKET_NAME", "gunicorn-indi-allsky.socket"),
                said("GUNICORN_SERVICE_NAME", "gunicorn-indi-allsky.service"),
            ],
            trouble,
        }),
    }
}

/// `place` of the installation whose `flask.json` is at `flask`: below the same root, when that path names one.
fn usual(flask: &Path, place: &str) -> PathBuf {
    let root = flask.parent().filter(|folder| folder.ends_with(FOLDER)).and_then(|folder| folder.ancestors().nth(2));
    root.map_or_else(|| place.into(), |root| root.join(place.trim_start_matches('/')))
}

/// The camera writes where its settings in the database say; `flask.json` only tells the web application.
fn in_settings(database: &Database) -> Option<PathBuf> {
    let file = database.file().filter(|file| file.is_file())?;
    let config = sqlite::open(folder_of(file), file).and_then(|db| sqlite::newest_config(&db)).ok().flatten()?;
    config["IMAGE_FOLDER"].as_str().map(PathBuf::from).filter(|folder| folder.is_absolute() && folder.is_dir())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_programs_own_configuration_says_where_everything_is() {
        let top = tempfile::tempdir().unwrap();
        let found = || find(top.path(), None);
        assert_eq!(found(), None);
        let write = |text: &str| fs::write(top.path().join("flask.json"), text).unwrap();
        write(r#"{"SQLALCHEMY_DATABASE_URI":"sqlite:////a/b.sqlite","INDI_ALLSKY_IMAGE_FOLDER":"/i"}"#);
        let places = found().unwrap();
        assert_eq!((places.database.file(), places.images.to_str()), (Some(Path::new("/a/b.sqlite")), Some("/i")));
        let flask = places.flask.unwrap();
        assert_eq!((flask.migrations, flask.camera_unit.as_str()), (MIGRATIONS.into(), "indi-allsky.service"));
        write(r#"{"SQLALCHEMY_DATABASE_URI":"mysql+pymysql://u@localhost/i"}"#);
        assert!(matches!(found().unwrap().database, Database::Server(_)));
    }

    #[test]
    fn a_configuration_that_is_spoilt_leaves_everything_where_the_program_has_it() {
        let top = tempfile::tempdir().unwrap();
        let (etc, lib) = (top.path().join("etc/indi-allsky"), top.path().join("var/lib/indi-allsky"));
        fs::create_dir_all(&etc).unwrap();
        let missing = find(&etc, None).unwrap();
        assert_eq!(missing.flask.unwrap().trouble, Some(FlaskFault::Missing));
        assert_eq!(missing.images, top.path().join("var/www/html/allsky/images"));
        for text in ["{", "", "[]", "null", r#"{"SQLALCHEMY_DATABASE_URI":"sqlite:///"#] {
            fs::write(etc.join("flask.json"), text).unwrap();
            let places = find(&etc, None).unwrap();
            assert_eq!(places.database.file(), Some(lib.join("indi-allsky.sqlite").as_path()), "{text:?}");
            let flask = places.flask.unwrap();
            assert_eq!(flask.migrations, lib.join("migrations"), "{text:?}");
            assert!(flask.trouble.is_some(), "{text:?}");
            fs::write(top.path().join("flask.json"), text).unwrap();
            let places = find(top.path(), None).unwrap();
            assert_eq!(places.database.file(), Some(Path::new(DATABASE)), "{text:?}");
        }
    }

    #[test]
    fn the_file_may_lie_away_from_the_program() {
        let top = tempfile::tempdir().unwrap();
        let (program, etc) = (top.path().join("indi-allsky"), top.path().join("etc"));
        fs::create_dir_all(program.join("indi_allsky")).unwrap();
        fs::create_dir(&etc).unwrap();
        fs::write(etc.join("flask.json"), r#"{"INDI_ALLSKY_IMAGE_FOLDER":"/i"}"#).unwrap();
        let places = find(&program, Some(&etc.join("flask.json"))).unwrap();
        assert_eq!(places.images, Path::new("/i"));
        assert_eq!(find(&etc.join("nothing"), Some(&etc.join("flask.json"))), None);
    }
    #[test]
    fn the_folder_that_the_camera_writes_to_counts_before_that_of_the_web_application() {
        let top = tempfile::tempdir().unwrap();
        let (file, folder) = (top.path().join("i.sqlite"), top.path().join("pictures"));
        let text =
            format!(r#"{{"SQLALCHEMY_DATABASE_URI":"sqlite:///{}","INDI_ALLSKY_IMAGE_FOLDER":"/i"}}"#, file.display());
        fs::write(top.path().join("flask.json"), text).unwrap();
        let db = rusqlite::Connection::open(&file).unwrap();
        db.execute_batch("CREATE TABLE config(id INTEGER PRIMARY KEY, createDate DATETIME, data JSON)").unwrap();
        let images = || find(top.path(), None).unwrap().images;
        assert_eq!(images(), Path::new("/i"));
        let data = format!(r#"{{"IMAGE_FOLDER":"{}"}}"#, folder.display());
        db.execute("INSERT INTO config VALUES (1, '2026-11-20 10:00:00', ?1)", [data]).unwrap();
        assert_eq!(images(), Path::new("/i"), "a folder that is not there holds no pictures");
        fs::create_dir(&folder).unwrap();
        assert_eq!(images(), folder);
    }
}
