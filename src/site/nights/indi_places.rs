//! Where an indi-allsky installation keeps its database and its pictures.
use std::fs;
use std::path::{Path, PathBuf};

use super::Error;

/// Where the program's own configuration lies unless its owner names another one.
const SYSTEM: &str = "/etc/indi-allsky/flask.json";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndiPlaces {
    pub database: PathBuf,
    pub images: PathBuf,
}

/// `None` when `home` is no indi-allsky: neither a folder with `flask.json` (such as
/// `/etc/indi-allsky`), nor the program's own folder, nor one with `varlib/` and `images/`.
pub fn find(home: &Path) -> Result<Option<IndiPlaces>, Error> {
    let beside = IndiPlaces { database: home.join("varlib/indi-allsky.sqlite"), images: home.join("images") };
    if beside.database.is_file() {
        return Ok(Some(beside));
    }
    let own = home.join("flask.json");
    if own.is_file() {
        return read(&own).map(Some);
    }
    let system = Path::new(SYSTEM);
    if home.join("indi_allsky").is_dir() && system.is_file() { read(system).map(Some) } else { Ok(None) }
}

fn read(path: &Path) -> Result<IndiPlaces, Error> {
    let fault = |source| Error::Folder { path: path.to_owned(), source };
    let text = fs::read(path).map_err(fault)?;
    let config: serde_json::Value = serde_json::from_slice(&text).map_err(|e| fault(e.into()))?;
    let database = match config["SQLALCHEMY_DATABASE_URI"].as_str() {
        None => PathBuf::from("/var/lib/indi-allsky/indi-allsky.sqlite"),
        Some(uri) => match uri.strip_prefix("sqlite:///") {
            Some(file) => PathBuf::from(file),
            None => return Err(Error::NotSqlite(path.to_owned())),
        },
    };
    let images = config["INDI_ALLSKY_IMAGE_FOLDER"].as_str().unwrap_or("/var/www/html/allsky/images");
    Ok(IndiPlaces { database, images: images.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_own_configuration_says_where_everything_is() {
        let top = tempfile::tempdir().unwrap();
        assert_eq!(find(top.path()).unwrap(), None);
        let write = |text: &str| fs::write(top.path().join("flask.json"), text).unwrap();
        write(r#"{"SQLALCHEMY_DATABASE_URI":"sqlite:////a/b.sqlite","INDI_ALLSKY_IMAGE_FOLDER":"/i"}"#);
        let found = find(top.path()).unwrap().unwrap();
        assert_eq!((found.database.to_str(), found.images.to_str()), (Some("/a/b.sqlite"), Some("/i")));
        write(r#"{"SQLALCHEMY_DATABASE_URI":"mysql+pymysql://u@localhost/i"}"#);
        assert!(matches!(find(top.path()), Err(Error::NotSqlite(_))));
    }
}
