//! Programs of a backup run on the camera with all that its owner may do. That their section is chosen
//! is not enough, unless the backup was made here.
use std::fs;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{PauseChoice, SectionChoice};
use allsky_backups::domain::restore::check::Verdict;
use allsky_backups::domain::restore::preview::{Change, Preview};
use allsky_backups::domain::restore::program::{Origin, Programs};
use allsky_backups::domain::restore::request::{Choice, RestoreRequest};
use allsky_backups::work::archive::{create, delete, import, info, verify};
use allsky_backups::work::restore::{self, Error};

use crate::support::looks::{differences, looks};
use crate::support::rig::Rig;
use crate::support::terminal::Terminal;

const MODULE: &str = "config/myFiles/modules/allsky_fans.py";
const DATA: &str = "config/myFiles/modules/moduledata/info/allsky_fans/info.json";

/// A backup that came in from outside, and a camera whose modules have changed since.
fn brought_in() -> (Rig, RestoreRequest) {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let stick = rig.path("stick.tar.gz");
    fs::copy(&made.path, &stick).unwrap();
    delete::delete(&rig.tools, &ArchiveName::parse(&made.name).unwrap()).unwrap();
    let taken = import::import(&rig.tools, &stick, &Unwatched).unwrap();
    change_programs(&rig);
    (rig, RestoreRequest::all(ArchiveName::parse(&taken.created.name).unwrap()))
}

fn change_programs(rig: &Rig) {
    let home = rig.tools.site.home();
    fs::write(home.join(MODULE), "print('mine')\n").unwrap();
    fs::remove_file(home.join("config/uservariables.sh")).unwrap();
    fs::write(home.join(DATA), "{}").unwrap();
}

fn change(preview: &Preview, path: &str) -> Option<Change> {
    preview.files.iter().find(|file| file.path.as_str() == Some(path)).map(|file| file.change)
}

fn module(rig: &Rig) -> String {
    fs::read_to_string(rig.tools.site.home().join(MODULE)).unwrap()
}

#[test]
fn programs_of_a_backup_from_elsewhere_stay_away_until_they_are_asked_for() {
    let (rig, mut ask) = brought_in();
    ask.choice = Choice::Sections(vec!["modules".into(), "uservariables".into()]);
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(change(&preview, MODULE), Some(Change::LeftProgram));
    assert_eq!(change(&preview, "config/uservariables.sh"), Some(Change::LeftProgram));
    assert_eq!(change(&preview, DATA), Some(Change::Changed));
    assert_eq!(change(&preview, "config/myFiles/modules/allsky_boilerplate.py"), None, "it is as in the backup");
    let card = preview.checks.iter().find(|card| card.name == "programs").unwrap();
    assert!(card.result == Verdict::Warning && card.detail.contains(MODULE) && card.advice.contains("--programs"));
    let restored = restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!((restored.files, module(&rig).as_str()), (1, "print('mine')\n"));
    assert!(restored.warnings.iter().any(|warning| warning.contains(MODULE)), "{:?}", restored.warnings);

    ask.programs = Some(Programs::Take);
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    let text = |path: &str| preview.texts.iter().find(|text| text.path.as_str() == Some(path)).unwrap();
    assert!(text(MODULE).lines.as_ref().unwrap().iter().any(|line| line.text.contains("mine")));
    assert!(!text("config/uservariables.sh").lines.as_ref().unwrap().is_empty(), "a new program is shown in full");
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_ne!(module(&rig), "print('mine')\n");
    assert!(rig.tools.site.home().join("config/uservariables.sh").exists());
}

#[test]
fn a_backup_that_was_made_here_brings_its_programs_unless_they_are_not_wanted() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let name = ArchiveName::parse(&made.name).unwrap();
    // Also after it was read again.
    verify::verify(&rig.tools, &name, &Unwatched).unwrap();
    assert_eq!(info::info(&rig.tools, &name).unwrap().origin, Origin::Here);
    change_programs(&rig);
    let mut ask = RestoreRequest::all(name);
    ask.programs = Some(Programs::Leave);
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(module(&rig), "print('mine')\n");
    ask.programs = None;
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_ne!(module(&rig), "print('mine')\n");
}

#[test]
fn what_a_backup_says_of_itself_does_not_make_it_ours() {
    let (rig, ask) = brought_in();
    assert_eq!(info::info(&rig.tools, &ask.name).unwrap().origin, Origin::Elsewhere);
    verify::verify(&rig.tools, &ask.name, &Unwatched).unwrap();
    assert_eq!(info::info(&rig.tools, &ask.name).unwrap().origin, Origin::Elsewhere);
    // Nor does the memory of it that was lost.
    rig.tools.records().forget(&ask.name).unwrap();
    verify::verify(&rig.tools, &ask.name, &Unwatched).unwrap();
    assert_eq!(info::info(&rig.tools, &ask.name).unwrap().origin, Origin::Elsewhere);
}

#[test]
fn a_choice_of_programs_alone_is_blocked_and_says_what_to_do() {
    let (rig, mut ask) = brought_in();
    ask.choice = Choice::Sections(vec!["uservariables".into()]);
    let before = looks(rig.tools.site.home());
    match restore::apply(&rig.tools, &ask, &Unwatched).unwrap_err() {
        Error::Blocked { name: "selection", advice, .. } => assert!(advice.contains("--programs"), "{advice}"),
        other => panic!("{other}"),
    }
    assert_eq!(differences(&looks(rig.tools.site.home()), &before), [""; 0]);
}

#[test]
fn the_terminal_asks_for_programs_by_their_own_word() {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    fs::rename(terminal.path("allskybackups").join(&name), terminal.path("stick.tar.gz")).unwrap();
    let name = terminal.ask("import stick.tar.gz")["name"].as_str().unwrap().to_owned();
    fs::write(terminal.path("allsky").join(MODULE), "print('mine')\n").unwrap();
    let change = |words: &str| {
        let preview = terminal.ask(&format!("restore {name} --preview{words}"));
        let files = preview["files"].as_array().unwrap().clone();
        files.iter().find(|file| file["path"] == MODULE).unwrap()["change"].as_str().unwrap().to_owned()
    };
    assert_eq!(change(""), "left_program");
    assert_eq!(change(" --programs"), "changed");
    let shown = terminal.run(format!("restore {name} --preview").split(' ')).text();
    assert!(shown.contains(&format!("left as it is: program  {MODULE}")), "{shown}");
}
