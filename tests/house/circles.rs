//! No two files of the house need each other, however many files lie between them.
//!
//! Paths in the code are followed module by module to the file that defines what they name; a name that a room
//! re-exports leads to the file behind it. The file that opens a room (`mod.rs`, or `room.rs` beside `room/`) names
//! the files of the room and is named by them, so it is no party to a circle.
use std::collections::{BTreeMap, BTreeSet};

use super::{blank, closing, without_tests};

/// The house as modules: `""` is the top, `"panel::login"` a room, `"panel::login::session"` a file in it.
struct House {
    /// Which file a module lies in, and its code without comments, texts and tests.
    files: BTreeMap<String, (String, String)>,
    /// Names that a module passes on, with the path behind each.
    passed_on: BTreeMap<(String, String), Vec<String>>,
}

/// Every circle of `files` (path below `src`, text), each as its files in the order in which they need each other.
pub fn circles(files: &[(String, String)]) -> Vec<Vec<String>> {
    let house = House::of(files);
    let opens_a_room = |module: &str| house.files.keys().any(|other| other.starts_with(&child(module, "")));
    let arrows: BTreeMap<&str, BTreeSet<String>> = house
        .files
        .iter()
        .filter(|(module, _)| !module.is_empty() && !opens_a_room(module))
        .map(|(module, (file, code))| (file.as_str(), house.needs(module, code)))
        .collect();
    let mut found = Vec::new();
    let mut told = BTreeSet::new();
    for start in arrows.keys().copied() {
        if !told.contains(start)
            && let Some(circle) = way_back(&arrows, start)
        {
            told.extend(circle.iter().cloned());
            found.push(circle);
        }
    }
    found
}

/// The shortest way from `start` over its needs back to itself.
fn way_back(arrows: &BTreeMap<&str, BTreeSet<String>>, start: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|file| arrows.get(file.as_str())).into_iter().flatten() {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push(way.iter().cloned().chain([next.clone()]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}

impl House {
    fn of(files: &[(String, String)]) -> House {
        let mut house = House { files: BTreeMap::new(), passed_on: BTreeMap::new() };
        for (path, text) in files {
            let module = path.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
            let module = if module == "lib" { String::new() } else { module };
            let code = without_tests(&blank(text));
            for used in uses(&code) {
                if used.public
                    && let Some(name) = used.name.or_else(|| used.path.last().cloned())
                {
                    house.passed_on.insert((module.clone(), name), used.path);
                }
            }
            house.files.insert(module, (path.clone(), code));
        }
        house
    }

    /// The files that `code` of `module` takes something from.
    fn needs(&self, module: &str, code: &str) -> BTreeSet<String> {
        let own = &self.files[module].0;
        let brought: BTreeMap<String, Vec<String>> = uses(code)
            .into_iter()
            .filter(|used| !used.public)
            .filter_map(|used| Some((used.name.or_else(|| used.path.last().cloned())?, used.path)))
            .collect();
        let used = uses(code).into_iter().filter(|used| !used.public).map(|used| used.path);
        let mut needs = BTreeSet::new();
        for path in used.chain(mentions(code)) {
            // A room that was brought in by `use` and is then named with what is in it.
            let path = match brought.get(&path[0]) {
                Some(whole) if path.len() > 1 => [whole.as_slice(), &path[1..]].concat(),
                _ => path,
            };
            if let Some(file) = self.file_of(module, &path)
                && file != own
            {
                needs.insert(file.to_owned());
            }
        }
        needs
    }

    /// The file that defines what `path` names for `module`; `None` when it lies outside of the house.
    fn file_of(&self, module: &str, path: &[String]) -> Option<&str> {
        let parent = |module: &str| module.rsplit_once("::").map_or_else(String::new, |(up, _)| up.to_owned());
        let mut rest = path;
        let mut at = match rest.first()?.as_str() {
            "crate" => String::new(),
            "self" => module.to_owned(),
            "super" => parent(module),
            room if self.files.contains_key(&child(module, room)) => child(module, room),
            _ => return None,
        };
        rest = &rest[1..];
        while let Some(name) = rest.first() {
            if name == "super" {
                at = parent(&at);
            } else if self.files.contains_key(&child(&at, name)) {
                at = child(&at, name);
            } else if let Some(behind) = self.passed_on.get(&(at.clone(), name.clone())) {
                let whole = [behind.as_slice(), &rest[1..]].concat();
                return self.file_of(&at, &whole);
            } else {
                break;
            }
            rest = &rest[1..];
        }
        // A module named without anything in it is brought in to be named with something later.
        if rest.is_empty() { None } else { self.files.get(&at).map(|(file, _)| file.as_str()) }
    }
}

fn child(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

struct Use {
    public: bool,
    /// What it is called here, when not by its own name.
    name: Option<String>,
    path: Vec<String>,
}

/// Every `use`, with groups opened.
fn uses(code: &str) -> Vec<Use> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = &code[code[..at].rfind('\n').map_or(0, |end| end + 1)..at];
        let before = line.trim();
        let public = before.starts_with("pub");
        if !(before.is_empty() || public) {
            continue;
        }
        let text = &code[at + 4..at + code[at..].find(';').unwrap_or(code.len() - at)];
        open(text, &[], &mut |path, name| found.push(Use { public, name, path }));
    }
    found
}

fn open(text: &str, before: &[String], each: &mut dyn FnMut(Vec<String>, Option<String>)) {
    let text = text.trim();
    if let Some(brace) = text.find('{') {
        let head = words(&text[..brace]);
        let whole = [before, &head].concat();
        let inner = &text[brace + 1..brace + closing(&text[brace..], '{', '}') - 1];
        let mut depth = 0;
        for part in inner.split(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        }) {
            open(part, &whole, each);
        }
    } else if !text.is_empty() {
        let (path, name) = text.split_once(" as ").map_or((text, None), |(path, name)| (path, Some(name.trim())));
        let mut path = [before, &words(path)].concat();
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        each(path, name.map(str::to_owned));
    }
}

/// Paths such as `super::names::check` and `names::check` in the code itself.
fn mentions(code: &str) -> Vec<Vec<String>> {
    let letter = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.split(|c| !letter(c)).filter(|word| word.contains("::") && !word.starts_with("::")).map(words).collect()
}

fn words(path: &str) -> Vec<String> {
    path.split("::").map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::circles;

    fn files(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_circle_is_found_through_use_mentions_and_passed_on_names() {
        for (a, b) in [
            ("use super::b::B;", "use super::a::A;"),
            ("use crate::room::{b::{self, C}, x};", "fn f() { super::a::go() }"),
            ("use super::b;\nfn f() { b::go() }", "use super::A;"),
            ("use super::b as other;\nfn f() { other::go() }", "use crate::room::A as First;"),
        ] {
            let house = files(&[
                ("room/mod.rs", "mod a; mod b; mod x;\npub use self::a::A;"),
                ("room/a.rs", a),
                ("room/b.rs", b),
                ("room/x.rs", ""),
            ]);
            assert_eq!(circles(&house), [["room/a.rs", "room/b.rs"]], "{a} / {b}");
        }
    }

    #[test]
    fn what_is_named_one_way_or_only_in_tests_is_no_circle() {
        let house = files(&[
            ("room/mod.rs", "mod a; mod b;\npub use self::a::A;"),
            ("room/a.rs", "use super::b::B; // super::b"),
            ("room/b.rs", "fn f() {}\n#[cfg(test)]\nmod tests { use super::super::a::A; }"),
        ]);
        assert_eq!(circles(&house), Vec::<Vec<String>>::new());
    }
}
