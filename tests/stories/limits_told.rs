//! Limits that an owner or a service manager has set on the process: the message names the limit and what to do.
use std::process::Command;

use crate::support::terminal::{Said, Terminal};
use crate::support::tree::noise;

/// A backup of settings under `limit`, an option of `ulimit`.
fn create_under(terminal: &Terminal, limit: &str) -> Said {
    let line = terminal.command(["create", "config"]);
    let mut limited = Command::new("bash");
    limited.args(["-c", &format!("ulimit {limit}; exec \"$@\""), "bash"]).arg(line.get_program()).args(line.get_args());
    limited.envs(line.get_envs().filter_map(|(key, value)| Some((key, value?))));
    limited.output().unwrap().into()
}

#[test]
fn a_size_limit_of_the_process_is_told_as_one() {
    let terminal = Terminal::new();
    terminal.ask("jobs");
    let fonts = terminal.path("allsky/config/overlay/fonts");
    std::fs::create_dir_all(&fonts).unwrap();
    std::fs::write(fonts.join("own.ttf"), noise(4 << 20, 7)).unwrap();
    // Blocks of 1024 bytes: the catalog fits, the archive does not.
    let said = create_under(&terminal, "-f 2048");
    assert!(matches!(said.code, Some(code) if code > 0), "it ends by itself: {said:?}");
    assert!(said.err.contains("ulimit -f"), "{said:?}");
    assert_eq!(terminal.ask("list")["items"].as_array().unwrap().len(), 0);
    terminal.ask("create config");
}

#[test]
fn a_limit_on_open_files_is_told_as_one() {
    let terminal = Terminal::new();
    terminal.ask("create config");
    // Enough to start, too few for the work: somewhere on the way it ends, and says why.
    let told = (8..64)
        .step_by(4)
        .map(|files| create_under(&terminal, &format!("-n {files}")))
        .filter(|said| said.code != Some(0));
    let told: Vec<_> = told.collect();
    assert!(told.iter().all(|said| !said.err.contains("panicked")), "{told:?}");
    assert!(told.iter().any(|said| said.err.contains("ulimit -n")), "{told:?}");
    assert!(told.iter().all(|said| !said.err.contains("cable")), "{told:?}");
}
