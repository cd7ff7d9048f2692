//! Pipes and devices in place of files that are read by their names: every verb comes to its end.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dice::Dice;
use crate::support::terminal::{PROGRAM, Said, Terminal};
use crate::{Outcome, Scale};

/// No verb on the small camera takes this long, also on a busy machine.
const SECONDS: &str = "100";

pub fn end_no_verb(scale: Scale, dice: &mut Dice) -> Outcome {
    let rounds = scale.of(120);
    let (mut ran, mut refused) = (0, 0);
    for round in 0..rounds {
        let terminal = Terminal::new();
        let archive = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
        let files = read_by_name(&terminal, &archive);
        let mut odd = Vec::new();
        for _ in 0..1 + dice.roll() % 3 {
            let place = files[dice.roll() as usize % files.len()].clone();
            put_in_place(&place, dice);
            odd.push(place);
        }
        for line in ["list", "create config", "nights list", "estimate", "recover", "verify --all", "plans list"] {
            let mut command = Command::new("timeout");
            command.args(["--kill-after=5", SECONDS, PROGRAM]);
            let said: Said = terminal.dressed(command, line.split(' ')).output().unwrap().into();
            assert!(!matches!(said.code, None | Some(124 | 137)), "round {round}, {line}, {odd:?}: {said:?}");
            ran += 1;
            refused += usize::from(said.code != Some(0));
        }
    }
    Outcome { count: ran, remark: format!("with {rounds} sets of odd files; {refused} refused in words") }
}

/// Of the camera, of the archive, and of the program's own memory.
fn read_by_name(terminal: &Terminal, archive: &str) -> Vec<PathBuf> {
    let stem = archive.trim_end_matches(".tar.gz");
    let camera = ["version", "config/settings.json", "config/options.json", "config/cc.json", "variables.json"];
    let camera = camera.into_iter().chain(["config/myFiles/allsky.db", "env.json", "config/overlay/myTemplates"]);
    let ours = [format!("backups/{stem}.json"), format!("backups/{stem}.index")];
    let state = ["state/lease.json", "allsky/.allsky-backups-pause.json", "state/drives.json"];
    let camera = camera.map(|name| format!("allsky/{name}"));
    camera.chain(ours).chain(state.map(str::to_owned)).map(|name| terminal.path(&name)).collect()
}

fn put_in_place(place: &Path, dice: &mut Dice) {
    let _ = fs::remove_file(place);
    let _ = fs::remove_dir_all(place);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    match dice.roll() % 4 {
        0 => std::os::unix::fs::symlink("/dev/zero", place).unwrap(),
        1 => fs::create_dir(place).unwrap(),
        _ => rustix::fs::mkfifoat(rustix::fs::CWD, place, rustix::fs::Mode::RUSR).unwrap(),
    }
}
