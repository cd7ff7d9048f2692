//! Places of the camera that are not there: each costs what lies in it, and nothing else.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::json;

use crate::support::terminal::Terminal;

/// Every verb that needs neither the camera nor its pictures. `NAME` is a config backup.
const NEEDING_NO_PICTURES: [&str; 9] = [
    "list",
    "verify --all",
    "info NAME",
    "extract NAME config/settings_RPi_HQ.json",
    "import copy.tar.gz",
    "jobs",
    "restores",
    "nights list",
    "recover",
];

fn make(terminal: &Terminal, line: &str) -> String {
    terminal.ask(line)["name"].as_str().unwrap().to_owned()
}

/// Each verb ends well.
fn all_go_on(terminal: &Terminal, name: &str, why: &str) {
    for line in NEEDING_NO_PICTURES {
        fs::copy(terminal.path("allskybackups").join(name), terminal.path("copy.tar.gz")).unwrap();
        let line = line.replace("NAME", name);
        let said = terminal.run(line.split(' '));
        assert_eq!(said.code, Some(0), "{why}: {line}: {said:?}");
    }
}

fn forget_the_named_folder(terminal: &Terminal) {
    let variables = terminal.path("allsky/variables.json");
    if let Ok(text) = fs::read_to_string(&variables) {
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value.as_object_mut().unwrap().remove("ALLSKY_IMAGES");
        fs::write(&variables, value.to_string()).unwrap();
    }
}

#[test]
fn settings_are_saved_and_restored_whatever_became_of_the_images_folder() {
    let terminal = Terminal::new();
    forget_the_named_folder(&terminal);
    let images = terminal.path("allsky/images");
    fs::rename(&images, terminal.path("gone")).unwrap();
    type Shape<'a> = (&'a str, &'a dyn Fn(&Path));
    let shapes: [Shape; 4] = [
        ("missing", &|_| {}),
        ("a link into nowhere", &|at| symlink("/media/no-such-disk/images", at).unwrap()),
        ("a file", &|at| fs::write(at, "").unwrap()),
        ("a link to itself", &|at| symlink(at, at).unwrap()),
    ];
    for (shape, put) in shapes {
        put(&images);
        let name = make(&terminal, "create config");
        all_go_on(&terminal, &name, shape);
        let settings = terminal.path("allsky/config/settings_RPi_HQ.json");
        let good = fs::read(&settings).unwrap();
        fs::remove_file(&settings).unwrap();
        terminal.ask(&format!("restore {name} --preview"));
        terminal.ask(&format!("restore {name} --yes"));
        assert_eq!(fs::read(&settings).unwrap(), good, "{shape}");
        terminal.ask("undo");
        fs::write(&settings, &good).unwrap();
        assert_eq!(terminal.ask("estimate")["warnings"].as_array().unwrap().len(), 1, "{shape}");
        let error = terminal.refuse("create images", 1);
        assert!(error["message"].as_str().unwrap().contains(&*images.to_string_lossy()), "{shape}: {error}");
        let _ = fs::remove_file(&images);
    }
}

#[test]
fn a_restore_of_pictures_makes_the_folder_of_a_fresh_card_and_nothing_in_place_of_a_disk() {
    let terminal = Terminal::new();
    forget_the_named_folder(&terminal);
    let name = make(&terminal, "create images");
    let images = terminal.path("allsky/images");
    fs::rename(&images, terminal.path("gone")).unwrap();
    symlink(terminal.path("disk/images"), &images).unwrap();
    for line in ["--preview", "--yes"] {
        let error = terminal.refuse(&format!("restore {name} {line}"), 3);
        let text = error["message"].as_str().unwrap();
        assert!(text.contains(&*images.to_string_lossy()) && text.contains("a link"), "{error}");
    }
    assert!(!terminal.path("disk").exists());
    fs::remove_file(&images).unwrap();
    terminal.ask(&format!("restore {name} --preview"));
    assert!(!images.exists(), "a preview writes nothing");
    terminal.ask(&format!("restore {name} --yes"));
    assert_eq!(names(&images), names(&terminal.path("gone")));
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn archives_are_at_hand_without_any_camera_and_go_back_to_a_home_without_settings() {
    let terminal = Terminal::new();
    let name = make(&terminal, "create config");
    let config = terminal.path("allsky/config");
    let settings = fs::read(config.join("settings_RPi_HQ.json")).unwrap();
    fs::rename(&config, terminal.path("config-gone")).unwrap();
    all_go_on(&terminal, &name, "no config folder");
    terminal.ask(&format!("restore {name} --yes"));
    assert_eq!(fs::read(config.join("settings_RPi_HQ.json")).unwrap(), settings);
    fs::rename(terminal.path("allsky"), terminal.path("allsky-gone")).unwrap();
    all_go_on(&terminal, &name, "no camera");
    assert!(terminal.run(["list"]).err.contains("no camera software found"));
    terminal.refuse("create config", 2);
    terminal.refuse(&format!("restore {name} --yes"), 2);
    assert_eq!(terminal.ask(&format!("delete {name} --yes"))["deleted"], json!(true));
}

#[test]
fn a_home_that_lost_its_settings_keeps_what_is_left_and_says_what_is_missing() {
    let terminal = Terminal::new();
    let (home, config) = (terminal.path("allsky"), terminal.path("allsky/config"));
    let whole = make(&terminal, "create config");
    let settings = fs::read(config.join("settings_RPi_HQ.json")).unwrap();
    fs::rename(&config, terminal.path("config-gone")).unwrap();
    type Shape<'a> = (&'a str, &'a dyn Fn());
    let shapes: [Shape; 4] = [
        ("is not there", &|| {}),
        ("is a link into nowhere", &|| symlink("nowhere", &config).unwrap()),
        ("is no folder", &|| fs::write(&config, "x").unwrap()),
        ("is no folder", &|| rustix::fs::mkfifoat(rustix::fs::CWD, &config, 0o644.into()).unwrap()),
    ];
    for (words, put) in shapes {
        put();
        let made = terminal.ask("create config");
        let told = format!("config {words}: the settings of the camera are NOT part of this backup");
        assert!(made["warnings"].to_string().contains(&told), "{words}: {made}");
        let name = made["name"].as_str().unwrap();
        let info = terminal.ask(&format!("info {name} --files"));
        let left_out = info["metadata"]["allskyBackups"]["left_out"].as_array().unwrap();
        assert!(left_out.iter().any(|one| one["path"] == "config"), "{words}: {left_out:?}");
        assert!(info["files"].to_string().contains("env.json"), "{words}: {info}");
        for line in [format!("verify {name}"), format!("restore {name} --preview"), "estimate".into()] {
            terminal.ask(&line);
        }
        let _ = fs::remove_file(&config);
    }
    terminal.ask(&format!("restore {whole} --yes"));
    assert_eq!(fs::read(config.join("settings_RPi_HQ.json")).unwrap(), settings);
    // A home with nothing of a backup at all.
    for name in ["config", "html", "env.json", "darks"] {
        fs::rename(home.join(name), terminal.path(&format!("{name}-all"))).unwrap();
    }
    let before = terminal.kept();
    let error = terminal.refuse("create config", 1);
    assert!(error["message"].as_str().unwrap().contains("no settings of the camera are there"), "{error}");
    assert_eq!(terminal.kept(), before, "nothing was changed");
}

#[test]
fn backups_without_the_settings_never_push_out_one_that_has_them() {
    let terminal = Terminal::new();
    let text = "[[plan]]\nname = \"mine\"\nsources = [\"config\"]\nschedule = { every = \"6h\" }\nretention = { keep_last = 2 }\n\
                steps = [\"archive\", \"retention\"]\n";
    fs::write(terminal.path("c.toml"), text).unwrap();
    let run = |minute: u32| {
        let line = format!("plans run mine --config c.toml --now 2027-01-01T12:{minute:02}:00Z");
        terminal.ask(&line)["items"][0]["created"]["name"].as_str().unwrap().to_owned()
    };
    let archives = || -> Vec<String> { terminal.kept().into_iter().filter(|name| name.ends_with(".tar.gz")).collect() };
    let whole = [run(1), run(2)];
    fs::rename(terminal.path("allsky/config"), terminal.path("config-gone")).unwrap();
    let lacking: Vec<String> = (3..8).map(&run).collect();
    let kept = archives();
    assert!(whole.iter().all(|name| kept.contains(name)), "{kept:?}");
    assert!(lacking[3..].iter().all(|name| kept.contains(name)), "{kept:?}");
    assert_eq!(kept.len(), 4, "those that lack the settings go among their like: {kept:?}");
    fs::rename(terminal.path("config-gone"), terminal.path("allsky/config")).unwrap();
    let newest = run(9);
    let kept = archives();
    assert!(kept.contains(&newest) && kept.contains(&whole[1]) && !kept.contains(&whole[0]), "{kept:?}");
}

#[test]
fn an_indi_allsky_without_its_pictures_keeps_all_else() {
    let terminal = Terminal::indi();
    fs::rename(terminal.path("var/www/html/allsky/images"), terminal.path("gone")).unwrap();
    let name = make(&terminal, "create config");
    for line in ["list", "verify --all", "jobs", "nights list", "recover", "estimate"] {
        terminal.ask(line);
    }
    terminal.ask(&format!("restore {name} --preview"));
    fs::remove_file(terminal.path("etc/indi-allsky/flask.json")).unwrap();
    for line in ["list", "verify --all", "jobs", "recover"] {
        terminal.ask(line);
    }
}
