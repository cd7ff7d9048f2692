//! Modules of the owner beside the camera's home, in the folder that its scripts name: they are part of a
//! backup, come back as programs do, and a camera without that folder misses nothing else.
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::terminal::Terminal;

/// How a camera says where its modules are.
#[derive(Debug, Clone, Copy)]
enum Said {
    /// In `variables.json`.
    Variables,
    /// In the scripts of the released panel.
    Scripts,
}

const MODULE: &str = "opt/allsky/modules/allsky_mine.py";
const DATA: &str = "opt/allsky/modules/info/mine.json";

fn camera(said: Said) -> Terminal {
    let terminal = Terminal::new();
    let (home, location) = (terminal.path("allsky"), terminal.path("opt/allsky"));
    match said {
        Said::Variables => {
            let file = home.join("variables.json");
            let mut variables: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            variables["ALLSKY_MODULE_LOCATION"] = json!(location);
            fs::write(file, variables.to_string()).unwrap();
        }
        Said::Scripts => {
            fs::remove_file(home.join("variables.json")).unwrap();
            let line = format!("ALLSKY_MODULE_LOCATION=\"{}\"\n", location.display());
            fs::write(home.join("variables.sh"), line).unwrap();
        }
    }
    for (name, text) in [(MODULE, "print('mine')\n"), (DATA, "{}\n"), ("opt/allsky/modules/__pycache__/x.pyc", "x")] {
        fs::create_dir_all(terminal.path(name).parent().unwrap()).unwrap();
        fs::write(terminal.path(name), text).unwrap();
    }
    terminal
}

fn backup(terminal: &Terminal) -> (String, PathBuf) {
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let path = terminal.path(&format!("allskybackups/{name}"));
    (name, path)
}

fn text(terminal: &Terminal, name: &str) -> Option<String> {
    fs::read_to_string(terminal.path(name)).ok()
}

#[test]
fn they_are_in_the_backup_and_come_back_to_where_they_were_and_an_undo_takes_them_away() {
    for said in [Said::Variables, Said::Scripts] {
        let terminal = camera(said);
        let (name, archive) = backup(&terminal);
        let listed = Command::new("tar").arg("-tzf").arg(&archive).output().unwrap();
        let names = String::from_utf8(listed.stdout).unwrap();
        assert!(names.contains(MODULE) && names.contains(DATA) && !names.contains("pycache"), "{said:?}: {names}");
        let metadata = terminal.ask(&format!("info {name}"))["metadata"].take();
        assert!(metadata["backupModules"].to_string().contains("allsky_mine.py"), "{said:?}: {metadata}");

        fs::remove_file(terminal.path(DATA)).unwrap();
        fs::write(terminal.path(MODULE), "print('worse')\n").unwrap();
        terminal.ask(&format!("restore {name} --yes"));
        assert_eq!(text(&terminal, MODULE).as_deref(), Some("print('mine')\n"), "{said:?}");
        assert_eq!(text(&terminal, DATA).as_deref(), Some("{}\n"), "{said:?}");
        assert!(!terminal.path("allsky/opt").exists(), "{said:?}: nothing of it goes below the home");
        terminal.ask("undo");
        assert_eq!(text(&terminal, MODULE).as_deref(), Some("print('worse')\n"), "{said:?}");
        assert_eq!(text(&terminal, DATA), None, "{said:?}");
    }
}

#[test]
fn those_of_another_computer_come_only_with_the_programs_of_its_backup() {
    let (other, terminal) = (camera(Said::Scripts), camera(Said::Variables));
    let archive = backup(&other).1;
    fs::write(terminal.path(MODULE), "print('today')\n").unwrap();
    let name = terminal.ask(&format!("import {}", archive.display()))["name"].as_str().unwrap().to_owned();
    terminal.ask(&format!("restore {name} --yes"));
    assert_eq!(text(&terminal, MODULE).as_deref(), Some("print('today')\n"));
    terminal.ask(&format!("restore {name} --yes --programs"));
    assert_eq!(text(&terminal, MODULE).as_deref(), Some("print('mine')\n"));
}

#[test]
fn a_camera_without_that_folder_gets_everything_else() {
    let terminal = camera(Said::Variables);
    let (name, _) = backup(&terminal);
    fs::remove_dir_all(terminal.path("opt")).unwrap();
    fs::remove_file(terminal.path("allsky/config/modules/postprocessing_day.json")).unwrap();
    terminal.ask(&format!("restore {name} --yes"));
    assert!(terminal.path("allsky/config/modules/postprocessing_day.json").exists());
    assert!(!terminal.path("opt").exists() && !terminal.path("allsky/opt").exists());
}
