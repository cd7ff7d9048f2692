//! The checks before a saved night goes back to the camera.
use jiff::civil::Date;

use super::check::{Check, Keeping, TargetDisk, Verdict, card, disk, few, obstacles, pass};
use super::program::Programs;
use crate::base::counted::counted;
use crate::base::size::Bytes;
use crate::domain::night::Night;
use crate::domain::nights::request::Differing;
use crate::domain::software::Software;

/// What was found out about the saved night and about the camera.
#[derive(Debug, Clone)]
pub struct NightFacts {
    pub night: Night,
    pub files: u64,
    pub bytes: u64,
    /// On the list of the night, and not on the drive as they were written down.
    pub missing: Vec<String>,
    /// Files that are at the camera, and not as they were saved.
    pub differing: Vec<String>,
    /// The differing files that were changed later than the saved ones.
    pub newer: Vec<String>,
    /// Files that stay on the drive because of what lies in their place, each with the reason.
    pub obstructed: Vec<String>,
    pub wanted: Differing,
    /// Files that may be run.
    pub programs: Vec<String>,
    pub with_programs: Programs,
    pub disk: TargetDisk,
    /// `None` when the night goes to another folder.
    pub camera: Option<Keeper>,
}

/// The camera that gets the night back.
#[derive(Debug, Clone)]
pub struct Keeper {
    pub software: Software,
    /// Days that it keeps pictures; 0 = for ever.
    pub days: u32,
    pub next_morning: Date,
    /// Whether its database still has pictures of this night.
    pub rows: Rows,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    There,
    Gone,
}

/// In the order in which a page shows them.
pub fn night_checks(facts: &NightFacts) -> Vec<Check> {
    let mut cards = vec![copy(facts)];
    cards.extend(disk(&facts.disk));
    cards.extend(obstacles(&facts.obstructed));
    cards.extend(differing(facts));
    cards.extend(programs(&facts.programs, facts.with_programs));
    if let Some(keeper) = &facts.camera {
        cards.push(expiry(facts.night, keeper));
        cards.push(database(keeper));
    }
    cards
}

fn copy(facts: &NightFacts) -> Check {
    let name = "saved night";
    if facts.files == 0 {
        return card(name, Verdict::Fail, "The list of this night is empty.", "Save it again.");
    }
    if facts.missing.is_empty() {
        let what = format!("{} with {}", counted(facts.files, "file"), Bytes(facts.bytes));
        return pass(name, format!("The drive has {what}; each is compared with what was saved while it is read."));
    }
    card(
        name,
        Verdict::Fail,
        format!(
            "The drive does not have {} as saved: {}.",
            counted(facts.missing.len() as u64, "file"),
            few(&facts.missing)
        ),
        "Run `allsky-backups nights verify` for this night; what is left of it can be copied from the drive by hand.",
    )
}

fn differing(facts: &NightFacts) -> Option<Check> {
    if facts.differing.is_empty() {
        return None;
    }
    let newer = match facts.newer.as_slice() {
        [] => String::new(),
        newer => format!(" Among them newer ones: {}.", few(newer)),
    };
    let (many, names) = (facts.differing.len(), few(&facts.differing));
    let detail = format!("At the camera, and not as they were saved ({many} in all): {names}.{newer}");
    let advice = match facts.wanted {
        Differing::Keep => "They stay as they are. To take the saved ones instead, ask to replace them (--replace).",
        Differing::Replace => "They are replaced; an undo brings them back.",
    };
    Some(card("files that differ", Verdict::Warning, detail, advice))
}

fn programs(names: &[String], wanted: Programs) -> Option<Check> {
    if names.is_empty() {
        return None;
    }
    let name = "programs";
    Some(match wanted {
        Programs::Leave => card(
            name,
            Verdict::Warning,
            format!("No pictures, films or data, so they stay on the drive: {}.", few(names)),
            "Restore programs as well (--programs) if you trust everyone who had this drive.",
        ),
        Programs::Take => card(
            name,
            Verdict::Warning,
            format!("These are no pictures, films or data, and a web server may run them: {}.", few(names)),
            "Go on only when you trust everyone who had this drive.",
        ),
    })
}

fn expiry(night: Night, keeper: &Keeper) -> Check {
    let (name, date) = ("days to keep", night.date());
    let keeping = Keeping { days: keeper.days, next_morning: keeper.next_morning };
    if !keeping.expires(night) {
        return pass(name, format!("{} keeps {date} for now.", keeper.software.title()));
    }
    card(
        name,
        Verdict::Warning,
        format!(
            "{} deletes this night tomorrow morning, because {} is {}.",
            keeper.software.title(),
            keeper.software.days_setting(),
            keeper.days
        ),
        "Restore it to another folder (--to), or let the camera keep more days first.",
    )
}

fn database(keeper: &Keeper) -> Check {
    let left_alone = "The camera's database is left alone";
    match keeper.rows {
        Rows::There => pass("database", format!("{left_alone}; it knows the pictures of this night.")),
        Rows::Gone => card(
            "database",
            Verdict::Warning,
            format!("{left_alone}, and it no longer knows the pictures of this night."),
            "The files come back; pages of the camera that read its database do not show them.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn facts() -> NightFacts {
        NightFacts {
            night: Night::parse("20251224").unwrap(),
            files: 2,
            bytes: 9,
            missing: Vec::new(),
            differing: Vec::new(),
            newer: Vec::new(),
            obstructed: Vec::new(),
            wanted: Differing::Keep,
            programs: Vec::new(),
            with_programs: Programs::Leave,
            disk: TargetDisk {
                path: "/i".into(),
                need_bytes: 9,
                free_bytes: 10,
                need_inodes: 2,
                free_inodes: None,
                blocked: None,
            },
            camera: Some(Keeper {
                software: Software::Allsky,
                days: 14,
                next_morning: date(2025, 12, 30),
                rows: Rows::There,
            }),
        }
    }

    fn said(facts: &NightFacts, name: &str) -> (Verdict, String) {
        let check = night_checks(facts).into_iter().find(|check| check.name == name).unwrap();
        (check.result, check.detail)
    }

    #[test]
    fn a_night_that_would_be_gone_tomorrow_is_named_with_the_setting_that_says_so() {
        assert_eq!(said(&facts(), "days to keep").0, Verdict::Pass);
        let mut old = facts();
        old.night = Night::parse("20251215").unwrap();
        let (verdict, words) = said(&old, "days to keep");
        assert_eq!(verdict, Verdict::Warning);
        assert_eq!(words, "Allsky deletes this night tomorrow morning, because daystokeep is 14.");
        old.camera = None;
        assert!(night_checks(&old).iter().all(|check| check.name != "days to keep"));
    }

    #[test]
    fn what_is_missing_or_does_not_fit_forbids_it_and_what_differs_is_named() {
        let mut odd = facts();
        assert!(night_checks(&odd).iter().all(|check| check.result == Verdict::Pass));
        odd.missing = vec!["a.jpg".into()];
        assert_eq!(said(&odd, "saved night").0, Verdict::Fail);
        odd.disk.need_bytes = 11;
        assert_eq!(said(&odd, "space").0, Verdict::Fail);
        odd.differing = vec!["b.jpg".into(), "c.jpg".into()];
        odd.newer = vec!["c.jpg".into()];
        let (verdict, words) = said(&odd, "files that differ");
        assert_eq!(verdict, Verdict::Warning);
        assert!(words.contains("b.jpg, c.jpg") && words.contains("newer ones: c.jpg"), "{words}");
    }
}
