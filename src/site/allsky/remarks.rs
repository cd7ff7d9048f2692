//! What an owner would look for in a config archive of this camera and will not find there.
use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;

use super::camera::json;
use super::targets;
use crate::domain::archive::left_out::LeftOut;
use crate::domain::remark::Remark;

/// Remark on a target that is not there. Most are made with their first use; the panel's own login and
/// the passwords of servers are there on every camera.
pub(super) fn missing(target: &str) -> Option<Remark> {
    let path = targets::written(target)?;
    let why = "is not there: the panel's login and the passwords of remote servers are not in this backup";
    (path.as_bytes() == b"env.json").then(|| Remark::LeftOut(LeftOut::missing(path, why)))
}

/// The folder of all settings, where it is lost: a card that dies, or a home that was copied by half.
pub(super) fn config_folder(home: &Path) -> Option<Remark> {
    let folder = home.join("config");
    if let Ok(target) = std::fs::read_link(&folder)
        && folder.is_dir()
    {
        let why = format!(
            "is a link to {}, and links are not followed: the settings of the camera are NOT part of this backup. Mount \
             that folder in the place of the link instead: sudo mount --bind {} {}",
            target.display(),
            target.display(),
            folder.display()
        );
        return Some(Remark::LeftOut(LeftOut::missing("config", why)));
    }
    let error = std::fs::read_dir(&folder).err()?;
    let why = match error.kind() {
        ErrorKind::NotFound if folder.is_symlink() => "is a link into nowhere".to_owned(),
        ErrorKind::NotFound => "is not there".to_owned(),
        ErrorKind::NotADirectory => "is no folder".to_owned(),
        _ => format!("cannot be read ({error})"),
    };
    let why = format!("{why}: the settings of the camera are NOT part of this backup. Older backups have them.");
    Some(Remark::LeftOut(LeftOut::missing("config", why)))
}

/// The panel keeps its records in SQLite, or where its settings say so on a server.
pub(super) fn database_on_a_server(home: &Path) -> Option<Remark> {
    let settings = json(&home.join("config/settings.json"))?;
    let said = |key: &str| settings.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let kind = said("databasetype").filter(|kind| !kind.eq_ignore_ascii_case("sqlite"))?;
    let is_off = match settings.get("enabledatabase") {
        Some(Value::Bool(on)) => !on,
        Some(Value::String(on)) => on == "false",
        _ => false,
    };
    if is_off {
        return None;
    }
    let secrets = json(&home.join("env.json")).unwrap_or_default();
    let host = secrets.get("databasehost").and_then(Value::as_str).filter(|host| !host.is_empty());
    let name = said("databasedatabase").unwrap_or("allsky");
    let what = format!("the {kind} database {name} on {}", host.unwrap_or("its server"));
    let why = "is NOT part of this backup: what the camera recorded for each picture is lost without it. Save it on that \
               server as well, for instance with mysqldump --single-transaction, and keep that file with this backup.";
    Some(Remark::LeftOut(LeftOut::missing(what, why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_on_a_server_are_named_where_they_are_in_use() {
        let top = tempfile::tempdir().unwrap();
        std::fs::create_dir(top.path().join("config")).unwrap();
        let with = |settings: &str| {
            std::fs::write(top.path().join("config/settings.json"), settings).unwrap();
            database_on_a_server(top.path()).map(|remark| remark.to_string())
        };
        std::fs::write(top.path().join("env.json"), r#"{"databasehost":"nas","databasepassword":"s3cret"}"#).unwrap();
        let told = with(r#"{"databasetype":"mysql","enabledatabase":true,"databasedatabase":"sky"}"#).unwrap();
        assert!(told.starts_with("the mysql database sky on nas is NOT part") && !told.contains("s3cret"), "{told}");
        assert!(with(r#"{"databasetype":"mysql"}"#).is_some());
        for none in [
            r#"{"databasetype":"mysql","enabledatabase":false}"#,
            r#"{"databasetype":"mysql","enabledatabase":"false"}"#,
            r#"{"databasetype":"sqlite","enabledatabase":true}"#,
            r#"{"databasetype":"SQLite"}"#,
            r#"{"databasetype":""}"#,
            "{}",
            "",
        ] {
            assert_eq!(with(none), None, "{none}");
        }
    }
}
