//! Where the records are, by SQLAlchemy's address of a database (`SQLALCHEMY_DATABASE_URI`).
//!
//! Only a file on this machine can be backed up; everything else is named, without its password, so
//! that its owner is told.
use std::path::{Path, PathBuf};

/// Where the records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    File(PathBuf),
    /// On a server, in words.
    Server(String),
    /// Neither a file nor on a server, in words.
    Elsewhere(String),
}

impl Database {
    pub fn file(&self) -> Option<&Path> {
        match self {
            Database::File(path) => Some(path),
            Database::Server(_) | Database::Elsewhere(_) => None,
        }
    }
}

/// `dialect+driver://user:password@host/name?options`. SQLite has no host; its file follows three
/// slashes, an absolute one therefore after four.
pub(super) fn parse(uri: &str) -> Database {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Database::Elsewhere("SQLALCHEMY_DATABASE_URI is no address of a database".to_owned());
    };
    let (dialect, _driver) = scheme.split_once('+').unwrap_or((scheme, ""));
    if !dialect.eq_ignore_ascii_case("sqlite") {
        return Database::Server(server(dialect, rest));
    }
    let (path, _options) = rest.split_once('?').unwrap_or((rest, ""));
    let named = path.strip_prefix('/').unwrap_or(path);
    let named = named.strip_prefix("file:").unwrap_or(named);
    if named.is_empty() || named == ":memory:" {
        return Database::Elsewhere("the database is kept in memory alone".to_owned());
    }
    if !named.starts_with('/') {
        return Database::Elsewhere(format!("{named} is no absolute path, and where it leads is not known"));
    }
    Database::File(file(named))
}

/// Which file is meant: older versions of SQLAlchemy take the name as it stands, newer ones decode it.
fn file(named: &str) -> PathBuf {
    let literal = PathBuf::from(named);
    match decoded(named) {
        Some(decoded) if !literal.exists() => settled(&decoded),
        _ => settled(&literal),
    }
}

/// The file itself where a link to it is named.
fn settled(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// `%20` and the like as bytes; `None` when nothing is encoded.
fn decoded(text: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(text).collect();
    (bytes != text.as_bytes() && !bytes.contains(&0)).then(|| std::ffi::OsString::from_vec(bytes).into())
}

/// `MySQL database indi_allsky on db.example`, without user and password.
fn server(dialect: &str, rest: &str) -> String {
    let kind = match dialect.to_ascii_lowercase().as_str() {
        "mysql" | "mariadb" => "MySQL or MariaDB",
        "postgresql" | "postgres" => "PostgreSQL",
        _ => "database",
    };
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, behind)| behind);
    let (host, name) = place.split_once('/').unwrap_or((place, ""));
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    format!("the {kind} database {} on {}", or(name, "of indi-allsky"), or(host, "this machine"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_behind_every_driver_and_with_options() {
        for uri in [
            "sqlite:////var/x/indi.sqlite",
            "sqlite+pysqlite:////var/x/indi.sqlite",
            "sqlite:////var/x/indi.sqlite?timeout=20",
            "sqlite:///file:/var/x/indi.sqlite?uri=true&mode=rw",
            "SQLite:////var/x/indi.sqlite",
            "sqlite:////var/x/%69ndi.sqlite",
        ] {
            assert_eq!(parse(uri).file(), Some(Path::new("/var/x/indi.sqlite")), "{uri}");
        }
    }

    #[test]
    fn a_name_that_is_there_as_written_is_not_decoded_and_a_link_is_followed_to_its_file() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        let (odd, link) = (top.join("a%20b.sqlite"), top.join("link.sqlite"));
        std::fs::write(&odd, "").unwrap();
        std::os::unix::fs::symlink(&odd, &link).unwrap();
        assert_eq!(parse(&format!("sqlite:///{}", odd.display())).file(), Some(odd.as_path()));
        assert_eq!(parse(&format!("sqlite:///{}", link.display())).file(), Some(odd.as_path()));
        let decoded = top.join("c d.sqlite");
        assert_eq!(parse(&format!("sqlite:///{}/c%20d.sqlite", top.display())).file(), Some(decoded.as_path()));
    }

    #[test]
    fn what_is_no_file_of_this_machine_is_named_without_its_password() {
        for (uri, words) in [
            ("mysql+pymysql://indi:p%40ss@db.example:3306/allsky?charset=utf8", "allsky on db.example:3306"),
            ("mysql+mysqlconnector://indi:a@b@localhost/indi_allsky", "indi_allsky on localhost"),
            ("postgresql://h/", "PostgreSQL database of indi-allsky on h"),
            ("mariadb://", "on this machine"),
        ] {
            let Database::Server(said) = parse(uri) else { panic!("{uri}: {:?}", parse(uri)) };
            assert!(said.contains(words) && !said.contains("p%40ss") && !said.contains("a@b"), "{uri}: {said}");
        }
        for uri in ["sqlite://", "sqlite:///:memory:", "sqlite:///beside.sqlite", "nonsense"] {
            assert!(matches!(parse(uri), Database::Elsewhere(_)), "{uri}");
        }
    }
}
