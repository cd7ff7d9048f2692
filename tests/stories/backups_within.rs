//! A backups folder in the camera's own folders is refused before anything is changed; the panel's place and every
//! other folder beside the camera's stay allowed.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::support::terminal::Terminal;

#[test]
fn backups_in_folders_of_the_camera_are_refused_and_nothing_there_is_changed() {
    let terminal = Terminal::new();
    let camera = terminal.path("allsky");
    let night = fs::read_dir(camera.join("images")).unwrap().next().unwrap().unwrap().file_name();
    let night = format!("images/{}", night.to_str().unwrap());
    fs::create_dir_all(camera.join("html/allsky")).unwrap();
    for within in ["images", "images/new", &night, "config", "config/modules", "html", "html/allsky", "html/new"] {
        let folder = camera.join(within);
        let mode = || fs::metadata(&folder).ok().map(|found| found.permissions().mode());
        if folder.is_dir() {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let before = mode();
        for kind in ["config", "images"] {
            let said = terminal.run(["--backups", folder.to_str().unwrap(), "create", kind]);
            assert_ne!(said.code, Some(0), "{within}, {kind}: {said:?}");
            assert!(said.err.contains("belongs to the camera"), "{within}, {kind}: {said:?}");
            assert_eq!(mode(), before, "{within}, {kind}");
        }
    }
    for beside in ["allskybackups", "elsewhere"] {
        let said = terminal.run(["--backups", terminal.path(beside).to_str().unwrap(), "create", "config"]);
        assert_eq!(said.code, Some(0), "{beside}: {said:?}");
    }
}
