//! A backups folder whose mode refuses its own owner is told as that, with the command that allows it; files of root in
//! it are named with the command that gives them back, whichever verb finds them.
use std::fs;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::path::Path;

use super::support::other_user::OtherUser;

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_refuses_its_owner_is_told_with_chmod_by_every_verb() {
    let Some(user) = OtherUser::new() else { return };
    let made = user.run("create config --json").json()["name"].as_str().unwrap().to_owned();
    let folder = user.terminal.path("allskybackups");
    let name = made.as_str();
    for (bits, line, words) in [
        (0o000, "list".to_owned(), "cannot be opened"),
        (0o000, "create config".to_owned(), "cannot be opened"),
        (0o500, "create config".to_owned(), "cannot be written to"),
        (0o500, format!("delete {name} --yes"), "cannot be written to"),
    ] {
        mode(&folder, bits);
        let said = user.run(&line);
        mode(&folder, 0o700);
        assert_ne!(said.code, Some(0), "{bits:o}, {line}: {said:?}");
        let asked = format!("chmod u+rwx {}", folder.display());
        assert!(said.err.contains(words) && said.err.contains(&asked), "{bits:o}, {line}: {said:?}");
        assert!(!said.err.contains("cable") && !said.err.contains("Give the folder"), "{bits:o}, {line}: {said:?}");
    }
    assert!(folder.join(name).is_file());
}

#[test]
fn verifying_all_names_files_of_root_with_the_command_that_gives_them_back() {
    let Some(user) = OtherUser::new() else { return };
    let made = user.run("create config --json").json()["name"].as_str().unwrap().to_owned();
    let archive = user.terminal.path("allskybackups").join(&made);
    lchown(&archive, Some(0), Some(0)).unwrap();
    for line in [format!("verify {made}"), "verify --all".to_owned()] {
        let said = user.run(&line);
        let told = format!("{}{}", String::from_utf8_lossy(&said.out), said.err);
        assert_ne!(said.code, Some(0), "{line}: {said:?}");
        assert!(told.contains("sudo chown"), "{line}: {said:?}");
    }
}
