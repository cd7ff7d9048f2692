//! An owner's configuration is read as a whole: every mistake is told at once, with its line, its key
//! and its rule, by whatever reads it.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::support::terminal::{Said, Terminal};

/// Broken files, and every line that must be told: `LINE PATH CODE`.
pub const BROKEN: &[(&str, &[&str])] = &[
    ("[site\nhome = \"/a\"\n[nights]\nmin_images = true\n", &["1  syntax", "4 nights.min_images bad_type"]),
    ("[site]\nhome = /a\n[nights]\nschedule = \"25:00\"\n", &["2  syntax", "4 nights.schedule bad_schedule"]),
    ("[sit]\nhome = \"/a\"\n[nights]\nmin_image = 3\n", &["1 sit unknown_key", "4 nights.min_image unknown_key"]),
    (
        "[site]\nhome = 3\n[restore]\nundo_days = \"7\"\n[nights]\ntimelapse = \"yes\"\n",
        &["2 site.home bad_type", "4 restore.undo_days bad_type", "6 nights.timelapse bad_type"],
    ),
    (
        "[retention.nights]\nmax_used_pct = 100\nmin_free_cap_pct = 0\nkeep_min = -1\nmin_free = \"lots\"\n",
        &[
            "2 retention.nights.max_used_pct out_of_range",
            "3 retention.nights.min_free_cap_pct out_of_range",
            "4 retention.nights.keep_min out_of_range",
            "5 retention.nights.min_free bad_size",
        ],
    ),
    (
        "[nights]\nstart_date = \"31.12.2025\"\nschedule = \"noon\"\nunrated = \"maybe\"\n",
        &["2 nights.start_date bad_date", "3 nights.schedule bad_schedule", "4 nights.unrated out_of_range"],
    ),
    (
        "[nights]\nmin_avg_stars_secondary = 900\nmin_avg_stars_primary = 800\ngreat_night_min_avg_stars = 700\n",
        &["2 nights.min_avg_stars_secondary threshold_order", "4 nights.great_night_min_avg_stars threshold_order"],
    ),
    (
        "[backups]\ndir = \"/p/a/images\"\n[site]\nhome = \"/p/a\"\n[state]\ndir = \"/p/a\"\n[[destination]]\nname = \"drive\"\npath = \"/p/a/usb\"\n",
        &["6 state.dir duplicate_dir", "9 destination.path dest_inside_source"],
    ),
    (
        "[site]\nhome = \"/mnt/usb/allsky\"\n[[destination]]\nname = \"drive\"\npath = \"/mnt/usb\"\n[backups]\ndir = \"backups\"\n",
        &["5 destination.path source_inside_dest", "7 backups.dir bad_name"],
    ),
    (
        "[notify]\ntransport = \"smtp\"\nemail_report = \"nobody@\"\nsmtp_port = 70000\n",
        &[
            "2 notify.email_sender email_incomplete",
            "2 notify.password_file email_incomplete",
            "3 notify.email_report email_incomplete",
            "4 notify.smtp_port out_of_range",
        ],
    ),
    (
        "[server]\nbind = \"0.0.0.0:8085\"\nhosts = [\"a:1\"]\nbase_path = \"backups\"\n",
        &["2 server.bind insecure_bind", "3 server.hosts bad_name", "4 server.base_path bad_name"],
    ),
    (
        "[server]\nauth = \"token\"\n[panel]\nbridge = \"http://192.168.0.1/\"\n",
        &["2 server.token_file missing_key", "4 panel.bridge bad_name"],
    ),
    (
        "[notify]\npassword_file = \"@@/open\"\ncommand = [\"@@/open\"]\n[server]\ntoken_file = \"@@/none\"\n",
        &[
            "2 notify.password_file insecure_secret",
            "3 notify.command hook_not_executable",
            "5 server.token_file insecure_secret",
        ],
    ),
    (
        "config_version = 1\nmin_images = 3\n[destination]\npath = \"/a\"\n",
        &["1 config_version out_of_range", "2 min_images unknown_key", "3 destination bad_type"],
    ),
    (
        "[[destination]]\nname = \"usb\"\npath = \"/mnt/a\"\n[[destination]]\nname = \"usb\"\npath = \"/mnt/b\"\n\
         [[destination]]\nname = \"nas\"\npath = \"/mnt/a\"\n[nights]\ndestination = \"card\"\n",
        &["5 destination.name duplicate_name", "9 destination.path duplicate_dir", "11 nights.destination unknown_ref"],
    ),
];

fn say(terminal: &Terminal, line: &str) -> Said {
    terminal.run(line.split(' '))
}

/// `LINE PATH CODE` of each mistake in an answer.
pub fn told(answer: &Value) -> Vec<String> {
    let one = |m: &Value| format!("{} {} {}", m["line"], m["path"].as_str().unwrap(), m["code"].as_str().unwrap());
    answer["mistakes"].as_array().unwrap().iter().map(one).collect()
}

/// The text with `@@` filled in, in the file `c.toml` of the terminal.
pub fn written(terminal: &Terminal, text: &str) -> String {
    let text = text.replace("@@", terminal.path("").to_str().unwrap().trim_end_matches('/'));
    fs::write(terminal.path("c.toml"), &text).unwrap();
    fs::write(terminal.path("open"), "secret\n").unwrap();
    fs::set_permissions(terminal.path("open"), fs::Permissions::from_mode(0o644)).unwrap();
    text
}

#[test]
fn config_check_tells_every_mistake_of_a_broken_file_and_ends_with_2() {
    let terminal = Terminal::new();
    for (text, expected) in BROKEN {
        written(&terminal, text);
        let run = say(&terminal, "config check c.toml --json");
        assert_eq!(run.code, Some(2), "{text}");
        let answer = run.json();
        assert_eq!((&answer["file"], &answer["ok"]), (&Value::from("c.toml"), &Value::from(false)));
        assert_eq!(&told(&answer), expected, "{text}");
        let words = say(&terminal, "config check c.toml");
        assert_eq!(words.code, Some(2));
        for (line, expected) in words.text().lines().zip(*expected) {
            let mut parts = expected.split(' ');
            let (number, path, code) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            assert!(line.starts_with(&format!("c.toml:{number}: {path}")), "{line}");
            assert!(line.ends_with(&format!(" ({code})")), "{line}");
        }
        assert_eq!(words.text().lines().count(), expected.len());
    }
}

#[test]
fn every_command_that_needs_the_configuration_refuses_with_the_same_lines() {
    let terminal = Terminal::new();
    written(&terminal, "[site]\nhme = \"/a\"\n[nights]\nmin_images = \"x\"\nschedule = \"noon\"\n");
    let lines = say(&terminal, "config check c.toml").text();
    for verb in ["list", "jobs", "nights list", "serve", "config show", "verify --all"] {
        let run = say(&terminal, &format!("{verb} --config c.toml"));
        assert_eq!(run.code, Some(2), "{verb}");
        for line in lines.lines() {
            assert!(run.err.lines().any(|said| said == line), "{verb}: {}", run.err);
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_a_mistake_and_none_at_all_is_fine() {
    let terminal = Terminal::new();
    let run = say(&terminal, "config check none.toml --json");
    assert_eq!(run.code, Some(2));
    assert_eq!(told(&run.json()), ["1  config_not_found"]);
    assert_eq!(terminal.ask("config check"), serde_json::json!({ "file": null, "ok": true, "mistakes": [] }));
}

#[test]
fn the_example_is_fine_and_what_counts_is_shown_with_where_it_comes_from() {
    let terminal = Terminal::new();
    fs::write(terminal.path("c.toml"), say(&terminal, "config example").text()).unwrap();
    assert_eq!(say(&terminal, "config check c.toml").code, Some(0));
    fs::write(
        terminal.path("c.toml"),
        "[nights]\nmin_images = 12\n[notify]\npassword_command = [\"echo\", \"tr0ub4dor\"]\n",
    )
    .unwrap();
    let run = say(&terminal, "config check c.toml");
    assert!(run.text().starts_with("c.toml is fine\n") && run.text().contains("nights.min_images"), "{}", run.text());
    let show = terminal.ask("config show --config c.toml");
    let of = |path: &str| show["settings"].as_array().unwrap().iter().find(|s| s["path"] == path).unwrap().clone();
    let images = of("nights.min_images");
    assert_eq!((&images["value"], &images["origin"], &images["line"]), (&12.into(), &"file".into(), &2.into()));
    assert_eq!(of("nights.unrated")["origin"], "default");
    assert_eq!(of("site.home")["origin"], "environment");
    assert!(!show.to_string().contains("tr0ub4dor") && !run.text().contains("tr0ub4dor"));
}

#[test]
fn every_drive_of_the_list_is_shown_without_the_arguments_of_its_program() {
    let terminal = Terminal::new();
    let drives = "[[destination]]\nname = \"usb\"\npath = \"/mnt/usb\"\n[[destination]]\nname = \"nas\"\n\
                  path = \"/mnt/nas\"\nmount_command = [\"mount\", \"tr0ub4dor\"]\n[nights]\ndestination = \"nas\"\n";
    written(&terminal, drives);
    let show = terminal.ask("config show --config c.toml --dest /mnt/other");
    let of = |path: &str| show["settings"].as_array().unwrap().iter().find(|s| s["path"] == path).unwrap().clone();
    let usb = of("destination.usb.path");
    assert_eq!((&usb["value"], &usb["line"]), (&"/mnt/usb".into(), &3.into()));
    let nas = of("destination.nas.path");
    assert_eq!((&nas["value"], &nas["origin"]), (&"/mnt/other".into(), &"command line".into()));
    assert_eq!(of("destination.nas.mount_command")["value"], serde_json::json!(["mount"]));
    let check = say(&terminal, "config check c.toml").text();
    assert!(check.contains("destination.nas.path") && !check.contains("tr0ub4dor"), "{check}");
    assert!(!show.to_string().contains("tr0ub4dor"));
}

#[test]
fn the_camera_is_not_kept_waiting_by_a_mistake_in_the_configuration() {
    let terminal = Terminal::new();
    written(&terminal, "[nights]\nmin_images = \"x\"\n");
    let run = say(&terminal, "recover --config c.toml");
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("c.toml:2: nights.min_images: "), "{}", run.err);
}
