//! Keys of a `[[destination]]`: there may be many of them, so they are no part of the table of single keys.
use crate::domain::destination::DestinationName;
use crate::domain::settings::key::{Hand, Subject, key};
use crate::domain::settings::kind::Kind;
use crate::domain::settings::mistake::Rule;

pub const DESTINATION: Subject = Subject {
    section: "destination",
    title: "Drives",
    about: "Drives and shares that backups are kept on. Each begins with [[destination]]. Good nights are copied to the \
            first, or to the one that [nights] names; without one, no nights are saved.",
    hand: Hand::Page,
    keys: &[
        key(
            "name",
            Kind::Text { rule: name, code: Rule::BadName },
            "Name",
            "Small letters, digits and -, beginning with a letter, each name once. backups is the backups folder.",
        ),
        key("path", Kind::Path, "Folder on the drive", "The whole path, like /mnt/backup."),
        key(
            "require_mount",
            Kind::Flag,
            "It must be a drive",
            "Refuse the folder while no drive is mounted there, so that backups never fill the card of the system.",
        )
        .else_is("true"),
        key(
            "mount_command",
            Kind::Command,
            "Mounted by",
            "A program and its arguments that mount the drive; asked when work begins and the drive is not there.",
        )
        .else_is("none"),
    ],
};

fn name(text: &str) -> Result<(), String> {
    let name = DestinationName::try_from(text.to_owned())?;
    if name.is_backups() {
        return Err("backups is the name of the backups folder, dir in [backups]: choose another".into());
    }
    Ok(())
}
