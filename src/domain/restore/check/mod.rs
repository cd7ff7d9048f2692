//! The pre-restore checks: from facts that were gathered to cards with a verdict, what was tested
//! and what to do. One that fails blocks the restore, here and on every page.
mod contents;
mod databases;
mod fit;
mod integrity;
mod pipelines;
mod selection;
mod whole;

use jiff::civil::Date;
use serde::Serialize;

use super::access::AccessChange;
use super::database::DatabaseChange;
use super::request::{Access, Login, NotWhole, SettingsMode};
use crate::base::size::Bytes;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::night::Night;
use crate::domain::software::Software;

pub use self::fit::Keys;
pub(super) use self::selection::obstacles;

/// Bytes that stay free beside what a restore writes: records, folders, and the camera's next pictures.
pub const RESERVE_BYTES: u64 = 64 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Warning,
    Fail,
}

/// One card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub result: Verdict,
    /// What was tested and found.
    pub detail: String,
    /// What to do; empty when there is nothing to do.
    pub advice: String,
}

/// A camera as an archive or this machine names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CameraNames {
    pub camera_type: Option<String>,
    pub camera_model: Option<String>,
    pub version: String,
}

/// A file system that will be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetDisk {
    pub path: String,
    pub need_bytes: u64,
    pub free_bytes: u64,
    pub need_inodes: u64,
    /// `None` where the file system makes them as it goes.
    pub free_inodes: Option<u64>,
    /// Why nothing can be written there.
    pub blocked: Option<String>,
}

/// How far the camera's days-to-keep reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// The camera's `daystokeep`; 0 = for ever.
    pub days: u32,
    /// The day on which the camera next cleans up.
    pub next_morning: Date,
}

impl Keeping {
    /// True when the camera deletes `night` on that morning.
    pub fn expires(self, night: Night) -> bool {
        let days = i64::from(self.days);
        self.days > 0
            && self.next_morning.checked_sub(jiff::Span::new().days(days)).is_ok_and(|kept| night.date() < kept)
    }
}

/// What was found out about archive, choice and camera.
#[derive(Debug, Clone)]
pub struct Facts {
    pub kind: ArchiveKind,
    /// The camera software that made the backup, as the backup names it.
    pub made_on: String,
    /// The camera software that runs here.
    pub software: Software,
    pub keys: Keys,
    /// Members that were read, or why the archive is damaged.
    pub integrity: Result<u64, String>,
    /// What is wrong with a damaged archive from which files can be restored nevertheless.
    pub damage: Option<String>,
    pub backup: CameraNames,
    /// `None` when the restore goes to another folder.
    pub camera: Option<CameraNames>,
    pub way: SettingsMode,
    /// The choice takes the camera's own settings.
    pub takes_settings: bool,
    pub has_settings_file: bool,
    pub has_cc_file: bool,
    /// Named by steps that are turned on, and neither chosen nor on the camera.
    pub missing_modules: Vec<String>,
    pub needed_modules: usize,
    /// Files that stay in the backup because of what lies in their place, each with the reason.
    pub obstructed: Vec<String>,
    /// What will be wrong with overlays, in words.
    pub overlays: Vec<String>,
    /// Folders on the way, in full, in which the panel cannot make files.
    pub shut: Vec<String>,
    pub chosen_files: u64,
    pub chosen_bytes: u64,
    /// Chosen, and not in the archive.
    pub unanswered: Vec<String>,
    pub disks: Vec<TargetDisk>,
    pub nights: Vec<Night>,
    /// The night that the camera writes now.
    pub running: Option<Night>,
    pub keeping: Option<Keeping>,
    /// Existing files that are newer than those that would replace them.
    pub newer: Vec<String>,
    pub databases: Vec<DatabaseChange>,
    /// The choice brings programs that the camera will run.
    pub programs: Vec<String>,
    /// Programs of the choice that are not as on the camera and stay away.
    pub left_programs: Vec<String>,
    /// Files of the choice whose content is not what their names say, and that stay away for it.
    pub left_by_content: Vec<String>,
    /// Settings of the backup that decide who may come in and are not as today.
    pub access: Vec<AccessChange>,
    pub access_choice: (Login, Access),
    /// What the backup says that it does not hold, or not whole.
    pub left_out: Vec<String>,
    /// Chosen files that are not whole in the backup and that are there today.
    pub not_whole: Vec<String>,
    pub takes_not_whole: NotWhole,
    /// The choice brings `env.json` with the login of the backup.
    pub takes_login: bool,
}

/// True when none fails.
pub fn all_clear(checks: &[Check]) -> bool {
    checks.iter().all(|c| c.result != Verdict::Fail)
}

/// Every check that applies, in the order in which a page shows them.
pub fn checks(facts: &Facts) -> Vec<Check> {
    let mut cards = vec![integrity::integrity(facts)];
    cards.extend(fit::software(facts));
    cards.extend([metadata(facts), selection::selection(facts)]);
    cards.extend(fit::keys(facts));
    if facts.kind == ArchiveKind::Config {
        cards.extend(camera(facts));
        cards.extend(settings_files(facts));
        if facts.software == Software::Allsky {
            cards.extend(pipelines::modules(facts));
            cards.extend(pipelines::overlays(facts));
            cards.extend(pipelines::folders(facts));
        }
        cards.extend(version(facts));
    }
    cards.extend(facts.disks.iter().flat_map(disk));
    cards.extend(obstacles(&facts.obstructed));
    cards.extend(nights(facts));
    cards.extend(facts.databases.iter().map(databases::database));
    cards.extend(whole::newer(facts));
    cards.extend(fit::access(facts));
    cards.extend(whole::whole(facts));
    cards.extend(powers(facts));
    cards.extend(contents::contents(facts));
    cards
}

pub(super) fn card(name: &'static str, result: Verdict, detail: impl Into<String>, advice: impl Into<String>) -> Check {
    Check { name, result, detail: detail.into(), advice: advice.into() }
}

pub(super) fn pass(name: &'static str, detail: impl Into<String>) -> Check {
    card(name, Verdict::Pass, detail, "")
}

fn metadata(facts: &Facts) -> Check {
    let named = |text: &str| !text.is_empty() && text != "unknown";
    let known = facts.kind == ArchiveKind::Images
        || (facts.backup.camera_type.as_deref().is_some_and(named)
            && facts.backup.camera_model.as_deref().is_some_and(named));
    if known {
        return pass("metadata", "metadata.json tells type, version and camera.");
    }
    // Only the settings need to know which camera they are for.
    let (result, advice) = if facts.takes_settings {
        (Verdict::Fail, "Choose single sections such as modules or databases, without core.")
    } else {
        (Verdict::Warning, "")
    };
    card("metadata", result, "metadata.json does not tell the camera.", advice)
}

fn camera(facts: &Facts) -> Option<Check> {
    let here = facts.camera.as_ref()?;
    let name = |c: &CameraNames| {
        format!("{} {}", c.camera_type.as_deref().unwrap_or("unknown"), c.camera_model.as_deref().unwrap_or("unknown"))
    };
    let (theirs, ours) = (name(&facts.backup), name(here));
    let equal = facts.backup.camera_type == here.camera_type && facts.backup.camera_model == here.camera_model;
    Some(if equal {
        pass("camera", format!("Backup and camera are both {ours}."))
    } else if !facts.takes_settings {
        pass("camera", format!("The backup is of {theirs}, this is {ours}; no camera settings are chosen."))
    } else if facts.way == SettingsMode::Merge {
        card(
            "camera",
            Verdict::Warning,
            format!("The backup is of {theirs}, this is {ours}: exposure, gain, sensor and focus settings stay."),
            "Look through the settings below and choose for each which side holds.",
        )
    } else {
        card(
            "camera",
            Verdict::Fail,
            format!("The backup is of {theirs}, this is {ours}."),
            "Merge the settings (--merge): what is not camera-specific is taken. Or leave core out.",
        )
    })
}

fn settings_files(facts: &Facts) -> Vec<Check> {
    if !facts.takes_settings {
        return Vec::new();
    }
    let file = |name: &'static str, there: bool, what: &str, needed: bool| match (there, needed) {
        (true, _) => pass(name, format!("The {what} of the camera is in the backup.")),
        (false, true) => card(
            name,
            Verdict::Fail,
            format!("The backup has no {what} for its camera."),
            "Choose single sections such as modules or databases, without core.",
        ),
        (false, false) => pass(name, format!("The backup has no {what}; that of this camera stays.")),
    };
    let replaced = facts.way == SettingsMode::Replace;
    vec![
        file("settings file", facts.has_settings_file, "settings file", true),
        file("cc file", facts.has_cc_file, "camera capabilities file", replaced),
    ]
}

fn version(facts: &Facts) -> Option<Check> {
    let here = facts.camera.as_ref()?;
    let (theirs, ours) = (&facts.backup.version, &here.version);
    Some(if theirs == ours {
        pass("version", format!("Backup and camera are both {ours}."))
    } else {
        card(
            "version",
            Verdict::Warning,
            format!("The backup was made with version {theirs}, this is {ours}."),
            "Look through the settings afterwards; an undo brings today's back.",
        )
    })
}

pub(super) fn disk(disk: &TargetDisk) -> Vec<Check> {
    if let Some(why) = &disk.blocked {
        return vec![card(
            "destination",
            Verdict::Fail,
            format!("{} cannot be written to: {why}.", disk.path),
            "Make it writable for the owner of the camera, or restore to another folder.",
        )];
    }
    let short = disk.need_bytes > disk.free_bytes || disk.free_inodes.is_some_and(|f| disk.need_inodes > f);
    let inodes = match disk.free_inodes {
        Some(free) => format!("; {} new files, and room for {free} files", disk.need_inodes),
        None => String::new(),
    };
    let reserve = match disk.need_bytes.checked_sub(RESERVE_BYTES) {
        Some(_) => format!(", of which {} stay free as a reserve", Bytes(RESERVE_BYTES)),
        None => String::new(),
    };
    let (need, free) = (Bytes(disk.need_bytes), Bytes(disk.free_bytes));
    let detail = format!("{}: {need} needed{reserve}, and {free} free{inodes}.", disk.path);
    let space = if short {
        card("space", Verdict::Fail, detail, "Free some room, choose less, or restore to another folder.")
    } else {
        pass("space", detail)
    };
    vec![pass("destination", format!("{} can be written to.", disk.path)), space]
}

fn nights(facts: &Facts) -> Vec<Check> {
    let mut cards = Vec::new();
    if let Some(keeping) = facts.keeping {
        let expired: Vec<String> = facts.nights.iter().filter(|n| keeping.expires(**n)).map(Night::to_string).collect();
        if !expired.is_empty() {
            let (these, them) = if expired.len() == 1 { ("this night", "it") } else { ("these nights", "them") };
            cards.push(card(
                "days to keep",
                Verdict::Warning,
                format!(
                    "{}: {} deletes {these} tomorrow morning, because {} is {}.",
                    few(&expired),
                    facts.software.title(),
                    facts.software.days_setting(),
                    keeping.days
                ),
                format!("Restore {them} to another folder (--to), or raise that number in the settings first."),
            ));
        } else if !facts.nights.is_empty() {
            cards.push(pass("days to keep", "The camera keeps all chosen nights for now."));
        }
    }
    if let Some(running) = facts.running.filter(|n| facts.nights.contains(n)) {
        cards.push(card(
            "running night",
            Verdict::Warning,
            format!("The camera is writing {running} now."),
            "Pictures that it takes meanwhile stay; leave this night out when in doubt.",
        ));
    }
    cards
}

fn powers(facts: &Facts) -> Vec<Check> {
    let mut cards = Vec::new();
    if facts.takes_login {
        cards.push(card(
            "login",
            Verdict::Warning,
            "env.json of the backup replaces the panel's user name and password and the passwords of remote servers.",
            "Keep today's login (--keep-login) unless you know the old one.",
        ));
    }
    if !facts.programs.is_empty() {
        cards.push(card(
            "programs",
            Verdict::Warning,
            format!("These bring programs that the camera will run: {}.", few(&facts.programs)),
            "Go on only when you made this backup yourself or trust who did.",
        ));
    }
    if !facts.left_programs.is_empty() {
        cards.push(card(
            "programs",
            Verdict::Warning,
            format!(
                "Programs are left as they are, because this backup was made elsewhere or you wanted it so: {}.",
                few(&facts.left_programs)
            ),
            "Restore programs as well (--programs) if you trust who made this backup; they would run on this camera.",
        ));
    }
    cards
}

/// The first five, and how many more.
pub fn few(names: &[String]) -> String {
    let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 5 { format!("{shown} and {} more", names.len() - 5) } else { shown }
}

#[cfg(test)]
mod tests;
