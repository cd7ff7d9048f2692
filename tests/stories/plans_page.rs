//! Plans on the page, without scripts: what runs by itself is told, paused with one press, changed as a sentence, and
//! what would be deleted is shown first.
use std::fs;
use std::io::{BufRead, BufReader};

use super::support::http::{self, Heard, To};
use super::support::terminal::{Running, Terminal, wait_until};

struct Page {
    terminal: Terminal,
    to: To,
    token: String,
    _service: Running,
}

impl Page {
    fn open(config: &str) -> Page {
        let terminal = Terminal::new();
        fs::write(terminal.path("c.toml"), config).unwrap();
        let mut service = terminal.start("serve --bind 127.0.0.1:0 --config c.toml");
        let mut line = String::new();
        BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let to = To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap());
        let page = http::ask(&to, "GET", "/plans", &[], "").body;
        let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        Page { terminal, to, token, _service: service }
    }

    fn drawn(&self, path: &str) -> String {
        let heard = http::ask(&self.to, "GET", path, &[], "");
        assert_eq!(heard.status, 200, "{heard:?}");
        heard.body
    }

    /// As a browser sends a form.
    fn send(&self, path: &str, fields: &str) -> Heard {
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        http::ask(&self.to, "POST", path, &headers, &format!("csrf={}&{fields}", self.token))
    }

    fn config(&self) -> String {
        fs::read_to_string(self.terminal.path("c.toml")).unwrap()
    }
}

#[test]
fn the_weekly_backup_is_told_on_the_first_page_and_rests_after_one_press() {
    let page = Page::open("");
    for path in ["/", "/plans"] {
        let drawn = page.drawn(path);
        assert!(drawn.contains("Every Sunday at 12:15: a backup of the settings."), "{path}");
        assert!(drawn.contains("plans/weekly-config/pause"), "{path}");
    }
    assert_eq!(page.send("/plans/weekly-config/pause", "").status, 303);
    let drawn = page.drawn("/plans");
    assert!(drawn.contains("none: paused by its owner") && drawn.contains("plans/weekly-config/resume"), "{drawn}");
    assert_eq!(page.send("/plans/weekly-config/resume", "").status, 303);
    assert!(!page.drawn("/plans").contains("paused by its owner"));
    assert_eq!(page.send("/plans/other/pause", "").status, 404);
}

#[test]
fn a_plan_is_changed_and_added_in_the_configuration_and_counts_at_once() {
    let page = Page::open("# mine\n[nights]\nmin_images = 3 # few\n");
    let week = "when=weekly&day=monday&time=13%3A00&source=config&keep_last=4&days=&daily=&monthly=6&enabled=on";
    assert_eq!(page.send("/plans/weekly-config/edit", week).status, 303);
    let text = page.config();
    assert!(text.starts_with("# mine\n[nights]\nmin_images = 3 # few\n"), "{text}");
    assert!(text.contains("largest_database_on_card"), "what the form does not show stays: {text}");
    let told = "Every Monday at 13:00: a backup of the settings. Keep the last 4 and one of each month for 6 months.";
    assert!(page.drawn("/plans").contains(told), "{}", page.drawn("/plans"));
    let form = page.drawn("/plans/weekly-config/edit");
    assert!(form.contains("value=\"monday\" selected") && form.contains("value=\"13:00\""), "{form}");

    let pictures = "name=pictures&when=cron&day=sunday&time=12%3A15&period=30+3+1+*+*&source=images-new&enabled=on";
    assert_eq!(page.send("/plans/new", pictures).status, 303);
    assert!(
        page.drawn("/plans")
            .contains("By cron, 30 3 1 * *: a backup of the nights since the last one. Nothing is deleted.")
    );
    assert_eq!(page.send("/plans/new", pictures).status, 400, "the name is taken");
    let before = page.config();
    for bad in [
        "when=every&period=1m&source=config",
        "when=weekly&day=someday&time=1&source=config",
        "when=daily&time=12%3A00",
        "when=daily&time=12%3A00&source=config&keep_last=0",
        "when=daily&time=12%3A00&source=video",
    ] {
        assert_eq!(page.send("/plans/pictures/edit", bad).status, 400, "{bad}");
    }
    assert_eq!(page.config(), before);
}

#[test]
fn a_run_from_the_page_is_told_and_a_dry_run_shows_what_would_go_and_changes_nothing() {
    let page = Page::open("");
    assert_eq!(page.send("/plans/weekly-config/run", "").status, 303);
    wait_until("the run is over", || page.drawn("/plans").contains("Last 30 days: 1 day with runs"));
    let before = page.terminal.kept();
    let dry = page.drawn("/plans/weekly-config/preview");
    assert!(dry.contains("Nothing was changed") && dry.contains("Everything stays"), "{dry}");
    assert_eq!(page.terminal.kept(), before);
}

#[test]
fn an_archive_is_pinned_and_noted_on_the_page() {
    let page = Page::open("");
    let name = page.terminal.ask("create config --config c.toml")["name"].as_str().unwrap().to_owned();
    assert_eq!(page.send(&format!("/archive/{name}/pin"), "").status, 303);
    assert_eq!(page.send(&format!("/archive/{name}/note"), "note=before+the+new+lens").status, 303);
    let info = page.drawn(&format!("/archive/{name}"));
    assert!(info.contains("before the new lens") && info.contains("Unpin"), "{info}");
    assert!(page.drawn("/").contains("before the new lens"));
    assert_eq!(page.send(&format!("/archive/{name}/note"), "note=a%0Ab").status, 400);
    assert_eq!(page.send(&format!("/archive/{name}/unpin"), "").status, 303);
}

#[test]
fn the_next_five_turns_are_told_under_the_schedule_and_in_the_terminal() {
    let terminal = super::support::terminal::Terminal::new();
    let folder = terminal.path("nobody/.config/allsky-backups");
    std::fs::create_dir_all(&folder).unwrap();
    let text = "[[plan]]\nname = \"mine\"\nsources = [\"config\"]\nschedule = { daily = \"02:30\" }\n";
    std::fs::write(folder.join("config.toml"), text).unwrap();
    let shown = terminal.ask("plans show mine --now 2026-03-28T12:00:00+00:00");
    let coming: Vec<&str> = shown["coming"].as_array().unwrap().iter().map(|at| at.as_str().unwrap()).collect();
    assert_eq!((coming.len(), &shown["coming"][0]), (5, &shown["next"]), "{shown}");
    assert!(coming.is_sorted());
    let words = terminal.run(["plans", "show", "mine"]).text();
    assert_eq!(words.lines().filter(|line| line.trim().ends_with("02:30")).count(), 5, "{words}");
    assert_eq!(terminal.refuse("plans show other", 4)["code"], "not_found");
    let (_service, to) = super::downloads_resumed::served(&terminal);
    let page = super::support::http::ask(&to, "GET", "/plans/mine/edit", &[], "").body;
    let told = page.split("id=\"ab-coming\"").nth(1).unwrap().split("</p>").next().unwrap();
    assert_eq!(told.matches("02:30").count(), 5, "{told}");
    terminal.ask("plans pause mine");
    assert_eq!(terminal.ask("plans show mine")["coming"], serde_json::json!([]), "a plan that rests has none");
}

#[test]
fn the_configuration_of_another_program_is_printed_as_ours_and_nothing_is_changed() {
    let terminal = super::support::terminal::Terminal::new();
    let file = terminal.path("backup_config.yml");
    std::fs::write(
        &file,
        "dir_backup_local: /b\ndir_backup_remote: root@nas:/r\ntasks:\n- name: Data\n  dir_source: /data\n",
    )
    .unwrap();
    let said = terminal.run(["config", "import", file.to_str().unwrap()]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let ours = terminal.path("ours.toml");
    std::fs::write(&ours, &said.out).unwrap();
    assert_eq!(terminal.run(["config", "check", ours.to_str().unwrap()]).code, Some(0), "{}", said.text());
    assert!(said.text().contains("target = \"root@nas:/r/data\""));
    std::fs::write(&file, "tasks: [x]\n").unwrap();
    let error = terminal.refuse(&format!("config import {}", file.display()), 2);
    assert!(error["message"].as_str().unwrap().starts_with("line 1"), "{error}");
    assert_eq!(terminal.refuse("config import /nowhere", 2)["code"], "usage");
    assert!(!terminal.path("nobody/.config").exists() && !terminal.path("state").exists());
}
