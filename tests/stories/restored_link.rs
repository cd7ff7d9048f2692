//! After a restore `settings.json` is a second name of the file that the camera uses, by whatever model, with
//! both versions of the panel.
use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::Value;

use crate::support::terminal::Terminal;

#[test]
fn settings_of_any_model_are_linked_to_the_file_that_the_camera_uses() {
    for (model, file, is_released) in [
        ("ASI178MC (1)", "settings_RPi_ASI178MC_(1).json", true),
        ("Größe 2+", "settings_RPi_Größe_2+.json", true),
        ("ASI178MC (1)", "settings_RPi_ASI178MC_(1).json", false),
    ] {
        let terminal = Terminal::new();
        let config = terminal.path("allsky/config");
        if is_released {
            fs::remove_file(terminal.path("allsky/variables.json")).unwrap();
        }
        let link = config.join("settings.json");
        let mut settings: Value = serde_json::from_slice(&fs::read(&link).unwrap()).unwrap();
        settings["cameramodel"] = model.into();
        let good = settings.to_string();
        fs::remove_file(&link).unwrap();
        fs::write(config.join(file), &good).unwrap();
        fs::hard_link(config.join(file), &link).unwrap();
        let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();

        settings["nightgain"] = 99.into();
        fs::write(&link, settings.to_string()).unwrap();
        terminal.ask(&format!("restore {name} --yes"));
        let inode = |name: &str| fs::metadata(config.join(name)).unwrap().ino();
        assert_eq!(inode("settings.json"), inode(file), "{model}");
        assert_eq!(fs::read_to_string(&link).unwrap(), good, "{model}");
    }
}
