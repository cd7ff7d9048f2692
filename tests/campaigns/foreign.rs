//! Files of the owner in the backups folder under names that look like ours: none is ever touched.
use std::fs;

use uuid::Uuid;

use crate::dice::Dice;
use crate::support::night_sites::{Camera, NightSites, files};
use crate::{Outcome, Scale};

const FILES: usize = 40;

pub fn are_never_touched(scale: Scale, dice: &mut Dice) -> Outcome {
    let rounds = scale.of(50);
    for round in 0..rounds {
        let sites = NightSites::with(&["--frames", "6"]);
        let folder = sites.path("own");
        fs::create_dir(&folder).unwrap();
        for _ in 0..FILES {
            let path = folder.join(name(dice));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, dice.roll().to_string()).unwrap();
        }
        let before = files(&folder);
        let line = |words: &str| format!("{words} --backups {}", folder.display());
        sites.ask(Camera::Team, &line("list"));
        let made = sites.ask(Camera::Team, &line("create config"))["name"].as_str().unwrap().to_owned();
        sites.ask(Camera::Team, &line("recover"));
        sites.ask(Camera::Team, &line("list"));
        sites.ask(Camera::Team, &line(&format!("delete {made} --yes")));
        assert_eq!(files(&folder), before, "round {round}");
    }
    Outcome { count: rounds * FILES, remark: format!("in {rounds} folders; every byte stayed") }
}

/// Like a name of ours, with one part that is not.
fn name(dice: &mut Dice) -> String {
    let (id, number) = (Uuid::from_u128(dice.roll().into()), dice.roll() % 100_000);
    // The moment at which the round makes its own archive is among them.
    let stem = format!("allsky-config-backup-20251229-0200{:02}", number % 60);
    match dice.roll() % 10 {
        0 => format!("photos{number}.index"),
        1 => format!("{stem}.json"),
        2 => format!("{stem}.index"),
        3 => format!(".partial-mine{number}/thesis.txt"),
        4 => format!(".partial-{id}/thesis.txt"),
        5 => format!(".upload-{id}/about.json"),
        6 => format!(".reserved-notes{number}"),
        7 => format!(".reserved-{stem}"),
        8 => format!(".reserving-{id}"),
        _ => format!("film{number}.mp4.part"),
    }
}
