//! Does a backup fit this camera at all: by its software, by the key of its database, and by who may
//! come in?
use super::{Access, Check, Facts, Login, Verdict, card, pass};
use crate::domain::software::Software;

/// Whether a database and the key that opens its passwords will fit each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// The choice is about neither, or this camera has no such key.
    NotNeeded,
    /// Both come from the backup.
    Together,
    /// One comes, and the key of the backup is that of today.
    Same,
    /// The camera has no key today, so the key of the backup takes nothing from anybody.
    Returns,
    /// The database comes, and neither backup nor camera has a key.
    Nowhere,
    /// The database comes from a backup that has no key; today's may be its own or not.
    Unknown,
    DatabaseAlone,
    KeyAlone,
}

pub(super) fn software(facts: &Facts) -> Option<Check> {
    facts.camera.as_ref()?;
    let (backup, here) = (facts.made_on.as_str(), facts.software);
    Some(if backup == here.as_str() {
        pass("camera software", format!("Backup and camera are both {}.", here.title()))
    } else {
        card(
            "camera software",
            Verdict::Fail,
            format!(
                "This is a backup of {}, and the camera here runs {}.",
                Software::named(backup).map_or(backup, |known| known.title()),
                here.title()
            ),
            "Restore it to another folder (--to) to get at its files.",
        )
    })
}

pub(super) fn keys(facts: &Facts) -> Option<Check> {
    const NAME: &str = "password key";
    Some(match facts.keys {
        Keys::NotNeeded => return None,
        Keys::Together => pass(NAME, "The database comes with the flask.json that has its PASSWORD_KEY."),
        Keys::Same => pass(NAME, "The PASSWORD_KEY of the backup is that of today's flask.json."),
        Keys::Returns => card(
            NAME,
            Verdict::Warning,
            "This camera has no PASSWORD_KEY today; that of the backup comes back.",
            "It opens the passwords that were saved with it. Enter others anew on the page Config of indi-allsky.",
        ),
        Keys::Nowhere => card(
            NAME,
            Verdict::Warning,
            "Neither this backup nor this camera has a flask.json with a PASSWORD_KEY: passwords in the database stay closed.",
            "Put back an older flask.json, or let the setup of indi-allsky make one and enter the passwords anew.",
        ),
        Keys::Unknown => card(
            NAME,
            Verdict::Warning,
            "This backup has no flask.json, so nobody knows whether its database fits the PASSWORD_KEY of today: passwords in it may be lost.",
            "An undo brings today's database back. Enter passwords anew where indi-allsky cannot open them.",
        ),
        Keys::DatabaseAlone => card(
            NAME,
            Verdict::Fail,
            "The database is chosen without flask.json, whose PASSWORD_KEY is another one today or missing: passwords in it would be lost.",
            "Choose the section Settings and Keys (core) as well.",
        ),
        Keys::KeyAlone => card(
            NAME,
            Verdict::Fail,
            "flask.json is chosen without the database, and its PASSWORD_KEY is not that of today: passwords in today's database would be lost.",
            "Choose the section Database (database) as well.",
        ),
    })
}

/// Who may come in: never changed by the way, and blocked where the owner wants the login of the backup
/// and has not said that he wants this as well.
pub(super) fn access(facts: &Facts) -> Option<Check> {
    const NAME: &str = "who may come in";
    if facts.access.is_empty() {
        return None;
    }
    let told: Vec<String> =
        facts.access.iter().map(|c| format!("{} today {}, in the backup {}", c.key, c.old, c.new)).collect();
    let told = told.join("; ");
    Some(match facts.access_choice {
        (_, Access::Take) => card(
            NAME,
            Verdict::Warning,
            format!("The backup changes who may come in: {told}."),
            "Go on only when you want exactly that. An undo brings back what holds today.",
        ),
        (Login::Take, Access::Keep) => card(
            NAME,
            Verdict::Fail,
            format!("With its login, the backup would change who may come in: {told}."),
            "Keep today's login, or turn on *Also change who may come in* (--take-access) when you want exactly that.",
        ),
        (Login::Keep, Access::Keep) => pass(NAME, format!("As today, whatever the backup says: {told}.")),
    })
}
