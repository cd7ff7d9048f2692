//! Shares and sticks with a random choice of habits: nights and settings are kept on each, and stay verified
//! when it is mounted anew.
use crate::dice::Dice;
use crate::support::night_sites::{Camera, NightSites};
use crate::support::odd_drive::OddDrive;
use crate::{Outcome, Scale};

const HABITS: [&str; 12] = [
    "no-times",
    "no-modes",
    "no-owners",
    "no-links",
    "no-replace",
    "no-size",
    "no-sync-folder",
    "case-blind",
    "fat-names",
    "mode=0777",
    "links=0",
    "step=2",
];

pub fn keep_all(scale: Scale, dice: &mut Dice) -> Outcome {
    let count = scale.of(60);
    let mut nights = 0;
    for case in 0..count {
        let habits: Vec<&str> = HABITS.into_iter().filter(|_| dice.roll().is_multiple_of(2)).collect();
        let sites = NightSites::with(&["--frames", "6"]);
        let back = sites.path("back");
        std::fs::create_dir(&back).unwrap();
        let Some(mut drive) = OddDrive::of(&back, &habits) else {
            return Outcome { count: 0, remark: "not done: it needs root and /dev/fuse".to_owned() };
        };
        let dest = format!("--dest {}", drive.path().display());
        sites.ask(Camera::Team, &format!("dest init {dest}"));
        let report = sites.ask(Camera::Team, &format!("run nights {dest}"));
        let saved = report["nights"].as_array().unwrap();
        assert!(saved.iter().all(|night| night["verified"] == true), "case {case}, {habits:?}: {report}");
        assert!(report["settings"]["name"].is_string(), "case {case}, {habits:?}: {report}");
        nights += saved.len();
        drive.mount_again(&back, &habits);
        let again = sites.ask(Camera::Team, &format!("run nights {dest}"));
        assert_eq!(again["nights"].as_array().unwrap().len(), 0, "case {case}, {habits:?}: {again}");
        let checked = sites.ask(Camera::Team, &format!("nights verify {dest}"));
        let whole = checked["checked"].as_array().unwrap().iter().filter(|night| night["ok"] == true).count();
        assert_eq!(whole, saved.len(), "case {case}, {habits:?}: {checked}");
    }
    Outcome { count, remark: format!("{nights} nights, all verified before and after") }
}
