//! The scripts of the Debian package, run by root as dpkg runs them, while an owner and a neighbour lay traps: in a
//! copy of this machine that lives in memory and ends with the test.
use std::process::Command;

use super::support::terminal::PROGRAM;

#[test]
fn the_scripts_of_the_package_trust_nothing_in_folders_of_others() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: needs root");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let project = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new("unshare");
    command.arg("--mount").arg("bash").arg(format!("{project}/tests/fixtures/package/attacked.sh"));
    let said = command.arg(project).arg(PROGRAM).arg(folder.path()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    if out.starts_with("skipped") || err.starts_with("unshare:") {
        eprintln!("skipped: needs a copy of the machine in a namespace: {out}{err}");
        return;
    }
    assert!(!out.contains("BROKEN"), "{out}");
    assert!(out.ends_with("end\n"), "{out}{err}");
    assert!(out.matches("kept: ").count() > 25, "{out}");
}
