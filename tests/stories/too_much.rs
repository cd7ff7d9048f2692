//! More than anybody writes: settings of hundreds of kilobytes, thousands of mistakes, and names that speak to the
//! terminal. Each is refused at every entrance, nothing of it is kept, and the program goes on.
use std::fs;

use serde_json::{Value, json};

use super::settings_saved::Page;
use super::support::http;
use super::support::terminal::{Said, Terminal};

const GOOD: &str = "[nights]\nmin_images = 10\n";

/// Right by every rule but the length.
fn large() -> String {
    let comments = "# a long story of this camera\n".repeat(9_500);
    assert!(comments.len() > 256 << 10);
    format!("{GOOD}{comments}")
}

fn check(terminal: &Terminal, text: &str) -> Said {
    fs::write(terminal.path("c.toml"), text).unwrap();
    terminal.run("config check c.toml --json".split(' '))
}

#[test]
fn settings_longer_than_anybody_writes_are_refused_at_every_entrance() {
    let page = Page::open(GOOD);
    let digest = page.look()["digest"].as_str().unwrap().to_owned();
    let large = large();
    let answers = [
        page.change(&large, &digest).status,
        page.form("/settings/change", &[("text", &large)]).status,
        page.form("/settings/preview", &[("text", &large)]).status,
    ];
    assert!(answers.iter().all(|status| (400..500).contains(status)), "{answers:?}");
    assert_eq!(page.file("c.toml"), GOOD);
    // By hand on the disk, while the service runs.
    fs::write(page.terminal.path("c.toml"), &large).unwrap();
    let seen = http::ask(&page.to, "GET", "/settings", &[], "");
    assert!(seen.status != 0 && seen.body.len() < 1 << 20, "{}", seen.status);
    assert_eq!(http::ask(&page.to, "GET", "/api/status", &[], "").status, 200);
    let said = check(&page.terminal, &large);
    assert_eq!(said.code, Some(2), "{said:?}");
    let mistakes = said.json()["mistakes"].as_array().unwrap().clone();
    assert_eq!((mistakes.len(), &mistakes[0]["code"]), (1, &Value::from("too_long")), "{mistakes:?}");
    for line in ["list", "config show", "create config"] {
        let line = format!("{line} --config c.toml");
        let said = page.terminal.run(line.split(' '));
        assert_eq!(said.code, Some(2), "{line}: {said:?}");
    }
}

#[test]
fn of_thousands_of_mistakes_a_hundred_are_told_whatever_they_are_about() {
    let terminal = Terminal::new();
    let repeated = |one: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        (0..)
            .map(one)
            .take_while(|line| {
                text.push_str(line);
                text.len() < 250_000
            })
            .for_each(drop);
        text.truncate(text.rfind('\n').unwrap() + 1);
        text
    };
    let samples = [
        ("keys", format!("[nights]\n{}", repeated(&|n| format!("min_image{n} = 1\n")))),
        ("sections", repeated(&|n| format!("[a{n}]\nb = 1\n"))),
        ("dotted keys", repeated(&|n| format!("a{n}.b.c.d.e.f = 1\n"))),
        ("plans", repeated(&|_| "[[plan]]\n".to_owned())),
        ("keys of plans", format!("[[plan]]\nname = \"a\"\n{}", repeated(&|n| format!("k{n} = 1\n")))),
        (
            "plans of one name",
            repeated(&|_| "[[plan]]\nname = \"a\"\nsources = [\"config\"]\nschedule = { every = \"6h\" }\n".into()),
        ),
        ("no toml", repeated(&|n| format!("[[[ {n}\n"))),
        ("one deep table", format!("a = {}1{}\n", "{ b = ".repeat(20_000), " }".repeat(20_000))),
    ];
    for (what, text) in samples {
        let said = check(&terminal, &text);
        assert_eq!(said.code, Some(2), "{what}: {said:?}");
        let told = said.json()["mistakes"].as_array().unwrap().len();
        assert!((1..=100).contains(&told), "{what}: {told}");
        assert!(said.out.len() < 200_000, "{what}: {} bytes", said.out.len());
    }
}

#[test]
fn names_that_are_too_long_or_speak_to_a_terminal_never_become_a_job() {
    let page = Page::open(GOOD);
    let jobs = || http::ask(&page.to, "GET", "/api/jobs", &[], "").body;
    let before = jobs();
    let long = "x".repeat(257);
    for bad in [long.as_str(), "\u{1b}[2J", "a\nb", "a\u{7}", "\u{9b}31m", "a\0b"] {
        for (path, body) in [
            ("/api/undo", json!({ "restore_id": bad })),
            ("/api/create", json!({ "type": "config", "sections": [bad] })),
            ("/api/create", json!({ "type": "images", "folders": [bad] })),
        ] {
            let heard = page.send(path, "application/json", &body.to_string());
            assert!((400..500).contains(&heard.status), "{path} {bad:?}: {heard:?}");
            assert!(!heard.body.contains('\u{1b}') && heard.body.len() < 4096, "{path} {bad:?}: {heard:?}");
        }
        for (path, field) in [("/create/config", "section"), ("/create/images", "folder")] {
            let heard = page.form(path, &[(field, bad)]);
            assert!((400..500).contains(&heard.status), "{path} {bad:?}: {heard:?}");
        }
        // No argument of a program holds a NUL.
        if bad.contains('\0') {
            continue;
        }
        for args in
            [["undo", bad].as_slice(), &["create", "config", "--sections", bad], &["create", "images", "--nights", bad]]
        {
            let said = page.terminal.run(args);
            assert!(said.code != Some(0) && said.code.is_some(), "{args:?}: {said:?}");
            let all = format!("{}{}", said.text(), said.err);
            assert!(!all.chars().any(|c| c.is_control() && c != '\n'), "{args:?}: {all:?}");
        }
    }
    assert_eq!(jobs(), before, "nothing of it is in the history");
}
