//! Holds every file in `src` to the rules of the house that clippy does not know: floors, no circles, names, small
//! rooms. A rule that nobody checks is a wish. The other rules are lints: `[lints]` in Cargo.toml, and clippy.toml.
//!
//! The rules read code, not text: comments and literals are blanked out first. Each rule has a
//! made-up offender below that it must find.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]
use std::path::{Path, PathBuf};

mod circles;

/// Rooms by floor. A file uses its own room and rooms on lower floors.
const FLOORS: &[(&str, u8)] = &[
    ("base", 0),
    ("domain", 1),
    ("archive", 2),
    ("site", 2),
    ("destination", 2),
    ("host", 2),
    ("catalog", 2),
    ("swap", 2),
    ("demo", 2),
    ("mail", 2),
    ("channel", 2),
    ("transfer", 3),
    ("work", 4),
    ("jobs", 5),
    ("observe", 5),
    ("api", 6),
    ("panel", 7),
    ("cli", 7),
];

/// The floor of the shells.
const SHELLS: u8 = 7;

/// Files that stand between the floors: the map, the door, and the place where all is put together.
const BETWEEN: &[&str] = &["lib", "main", "app"];

/// The one place with unsafe code.
const UNSAFE: &str = "base/priority.rs";

/// Where the machine's clock may be asked: the composition root, and the demo that ends today.
const ASK_THE_CLOCK: &[&str] = &["app/mod.rs", "cli/demo.rs"];

/// A mail is put down as text and as HTML, in the step that makes what it tells of: no shell could draw it later.
const MAIL_AS_HTML: &str = "domain/mail/sheet_html.rs";

const MOST_LINES: usize = 400;

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// May code in `room` use `other`?
fn may_use(room: &str, other: &str) -> bool {
    match (room, other) {
        _ if room == other => true,
        ("lib", _) => true,
        ("main", _) => other == "cli",
        // Composes everything that is not a shell.
        ("app", _) => floor(other).is_some_and(|f| f < SHELLS),
        // The terminal starts the page and the demo.
        ("cli", "panel" | "app") => true,
        // Draws a camera for others to work on, so it must not know how they work.
        ("demo", _) => floor(other).is_some_and(|f| f < 2),
        _ => matches!((floor(room), floor(other)), (Some(here), Some(there)) if there < here),
    }
}

/// Everything that is wrong with a file. `path` is below `src`.
fn judge(path: &str, text: &str) -> Vec<String> {
    let room = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
    let code = blank(text);
    let is_test_file = path.ends_with("/tests.rs") || path.contains("/tests/");
    let sober = if is_test_file { String::new() } else { without_tests(&code) };
    let below_the_shells = floor(room).is_some_and(|f| f < SHELLS);
    let mut wrong = Vec::new();

    if floor(room).is_none() && !BETWEEN.contains(&room) {
        wrong.push(format!("{room:?} is no room of this house"));
    }
    if !text.starts_with("//! ") {
        wrong.push("does not open with what it is for (//!)".into());
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        wrong.push(format!("has {lines} lines; split it into rooms"));
    }
    for other in rooms_used(&code) {
        if (floor(&other).is_some() || BETWEEN.contains(&other.as_str())) && !may_use(room, &other) {
            wrong.push(format!("uses {other}"));
        }
    }
    if supers_reach_the_top(path, &sober) {
        wrong.push("climbs to the top with super::".into());
    }
    let mut forbid = |where_: &str, words: &[&str], why: &str| {
        for word in words.iter().filter(|word| has_word(where_, word)) {
            wrong.push(format!("{word}: {why}"));
        }
    };
    forbid(&sober, &["anyhow"], "errors have names here");
    if path != UNSAFE {
        forbid(&code, &["unsafe"], "only in base/priority.rs");
    }
    if !ASK_THE_CLOCK.contains(&path) {
        forbid(&sober, &["clippy::disallowed_methods"], "the time is told, not asked for");
    }
    if below_the_shells && path != MAIL_AS_HTML {
        forbid(&sober, &["maud"], "belongs to a shell");
    }
    if below_the_shells {
        forbid(&sober, &["async", ".await"], "below the shells nothing is async");
        forbid(&sober, &["actix_web", "actix_files", "actix_multipart", "clap", "indicatif"], "belongs to a shell");
    }
    forbid(text, &["TODO", "FIXME", "XXX", "HACK"], "do it, or write down why not");
    forbid(&code, &["dead_code", "unused"], "dead code is deleted");
    for word in ["manager", "handler", "helper", "util", "common", "misc"] {
        if path.contains(word) {
            wrong.push(format!("a file called {word} says nothing"));
        }
    }
    wrong
}

/// The text of a file with comments, strings and characters replaced by spaces.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut wipe = |from: usize, to: usize| {
        out[from..to].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
    };
    let mut i = 0;
    while i < bytes.len() {
        let rest = &bytes[i..];
        let end = if rest.starts_with(b"//") {
            i + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
        } else if rest.starts_with(b"/*") {
            i + find(rest, b"*/").map_or(rest.len(), |n| n + 2)
        } else if let Some(hashes) = raw_string(bytes, i) {
            let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
            let open = rest.iter().position(|b| *b == b'"').unwrap() + 1;
            i + open + find(&rest[open..], &close).map_or(rest.len() - open, |n| n + close.len())
        } else if rest[0] == b'"' {
            i + 1 + quoted(&rest[1..], b'"')
        } else if rest[0] == b'\'' && is_character(rest) {
            i + 1 + quoted(&rest[1..], b'\'')
        } else {
            i += 1;
            continue;
        };
        let end = end.min(bytes.len());
        wipe(i, end);
        i = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|w| w == wanted)
}

/// How many `#` a raw string that begins here has.
fn raw_string(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes[at] != b'r' || (at > 0 && (bytes[at - 1].is_ascii_alphanumeric() && bytes[at - 1] != b'b')) {
        return None;
    }
    let hashes = bytes[at + 1..].iter().take_while(|b| **b == b'#').count();
    (bytes.get(at + 1 + hashes) == Some(&b'"')).then_some(hashes)
}

/// Bytes up to and with the closing quote.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let mut i = 0;
    while i < bytes.len() && bytes[i] != quote {
        i += if bytes[i] == b'\\' { 2 } else { 1 };
    }
    i + 1
}

/// A lifetime has no closing quote.
fn is_character(rest: &[u8]) -> bool {
    rest.get(1) == Some(&b'\\') || rest.iter().skip(2).take(4).any(|b| *b == b'\'') && !lifetime(rest)
}

fn lifetime(rest: &[u8]) -> bool {
    rest[1].is_ascii_alphabetic() && rest.get(2) != Some(&b'\'')
}

/// The code without items under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let semicolon = item.find(';').unwrap_or(item.len());
        let brace = item.find('{').unwrap_or(item.len());
        let end = if semicolon < brace { semicolon + 1 } else { brace + closing(&item[brace..], '{', '}') };
        rest = &item[end.min(item.len())..];
    }
    out + rest
}

/// Length up to and with the bracket that closes the first one.
fn closing(text: &str, open: char, close: char) -> usize {
    let mut depth = 0;
    for (i, c) in text.char_indices() {
        depth += i32::from(c == open) - i32::from(c == close);
        if depth == 0 {
            return i + c.len_utf8();
        }
    }
    text.len()
}

/// Rooms named after `crate::` or `allsky_backups::`, also in `{…}`.
fn rooms_used(code: &str) -> Vec<String> {
    let ident = |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut rooms: Vec<String> = Vec::new();
    for top in ["crate::", "allsky_backups::"] {
        for (at, _) in code.match_indices(top) {
            let rest = &code[at + top.len()..];
            if rest.starts_with('{') {
                let group = &rest[1..closing(rest, '{', '}') - 1];
                let mut depth = 0;
                let parts = group.split(|c| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    c == ',' && depth == 0
                });
                rooms.extend(parts.map(ident));
            } else {
                rooms.push(ident(rest));
            }
        }
    }
    rooms.sort();
    rooms.dedup();
    rooms
}

/// `super::` as often as the file is deep leads to the top, where other rooms are in reach.
fn supers_reach_the_top(path: &str, code: &str) -> bool {
    let depth = path.trim_end_matches("/mod.rs").split('/').count();
    code.contains(&"super::".repeat(depth))
}

/// `word` in `text`, not as a part of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        let before = word.starts_with(|c: char| c.is_alphanumeric()) && letter(text[..at].chars().next_back());
        let after = word.ends_with(|c: char| c.is_alphanumeric()) && letter(text[at + word.len()..].chars().next());
        !before && !after
    })
}

fn files_below(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every file of the house: its path below `src`, and its text.
fn every_file() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    files_below(&src, &mut files);
    files.sort();
    assert!(files.len() > 40, "the house has more files than {}", files.len());
    let path = |file: &Path| file.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
    files.iter().map(|file| (path(file), std::fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn every_file_keeps_the_rules_of_the_house() {
    let judged = |(path, text): &(String, String)| {
        judge(path, text).into_iter().map(|what| format!("src/{path}: {what}")).collect::<Vec<_>>()
    };
    let wrong: Vec<String> = every_file().iter().flat_map(judged).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_files_need_each_other_in_a_circle() {
    let circles: Vec<String> = circles::circles(&every_file()).iter().map(|circle| circle.join(" -> ")).collect();
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

#[test]
fn every_rule_finds_its_offender() {
    let long = "\n".repeat(MOST_LINES);
    for (path, body, says) in [
        ("archive/a.rs", "use crate::site::Site;", "uses site"),
        ("archive/a.rs", "use crate::work::Tools;", "uses work"),
        ("destination/a.rs", "use crate::transfer::read_ahead;", "uses transfer"),
        ("domain/a.rs", "fn f() { crate::archive::write() }", "uses archive"),
        ("work/a.rs", "use crate::{base::dir::{Dir, X}, jobs::Jobs};", "uses jobs"),
        ("panel/a.rs", "use crate::cli::run;", "uses cli"),
        ("demo/a.rs", "use crate::catalog::Catalog;", "uses catalog"),
        ("app/mod.rs", "use crate::panel::serve;", "uses panel"),
        ("site/a.rs", "use super::super::work::Tools;", "climbs"),
        ("kitchen/a.rs", "", "no room"),
        ("base/a.rs", &long, "lines"),
        ("jobs/a.rs", "async fn f() {}", "async"),
        ("work/a.rs", "use actix_web::App;", "actix_web"),
        ("work/a.rs", "#[expect(clippy::disallowed_methods)]", "disallowed_methods"),
        ("base/a.rs", "#[cfg(test)]\nmod tests { fn g() {} }\nuse anyhow::Error;", "anyhow"),
        ("work/a.rs", "unsafe { f() }", "unsafe"),
        ("work/a.rs", "// TODO later", "TODO"),
        ("work/a.rs", "#[expect(dead_code)]", "dead_code"),
        ("work/helpers.rs", "", "helper"),
    ] {
        let wrong = judge(path, &format!("//! A room.\n{body}\n"));
        assert!(wrong.len() == 1 && wrong[0].contains(says), "{path} {body:?}: {wrong:?}");
    }
    assert_eq!(judge("base/a.rs", "fn f() {}\n"), ["does not open with what it is for (//!)"]);
}

#[test]
fn what_is_only_said_or_tested_is_no_offence() {
    let innocent = "//! A room that speaks of crate::jobs and unsafe.\n\
        use crate::base::dir::Dir;\n\
        /// println! and `x.unwrap()` are words here. */\n\
        fn f<'a>(x: &'a str) -> char { let _ = \"crate::panel \\\" async\"; let _ = r#\"panic!\"#; x.unwrap_or('\"') }\n\
        fn g(f: impl Fn(bool) -> u8) -> Option<bool> { f(true) }\n\
        #[cfg(test)]\n\
        mod tests { use super::*; fn t() { f(\"\").unwrap(); panic!() } }\n";
    assert_eq!(judge("work/a.rs", innocent), Vec::<String>::new());
}

#[test]
fn every_migration_has_a_number_of_its_own() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut numbers: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().split("__").next().unwrap().to_owned())
        .collect();
    let all = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), all, "two migrations with one number: no catalog could be opened");
}
