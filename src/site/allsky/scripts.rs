//! What the camera's shell scripts assign, read without running them.
//!
//! The invariant: a script of the owner is text here. A value that only a shell can work out counts as
//! not said.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// In the order in which the camera's scripts read them; the last word counts.
const SCRIPTS: [&str; 3] = ["variables.sh", "uservariables.sh", "config/uservariables.sh"];
/// More than any of them has.
const MOST_BYTES: u64 = 1 << 20;

/// Where the scripts say that pictures lie; `None` when they say nothing that is a whole path.
pub fn images_place(home: &Path) -> Option<PathBuf> {
    place(home, "ALLSKY_IMAGES")
}

/// The whole path that the scripts give to `name`.
pub fn place(home: &Path, name: &str) -> Option<PathBuf> {
    let mut known = BTreeMap::from([("ALLSKY_HOME".to_owned(), home.to_str()?.to_owned())]);
    if let Some(owners) = home.parent().and_then(Path::to_str) {
        known.insert("HOME".to_owned(), owners.to_owned());
    }
    for script in SCRIPTS {
        let path = home.join(script);
        let is_small = fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= MOST_BYTES);
        let text = is_small.then(|| fs::read(&path).ok()).flatten().unwrap_or_default();
        assign(&String::from_utf8_lossy(&text), &mut known);
    }
    known.remove(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Takes the plain assignments of a script, one a line, each in the light of those before it.
fn assign(text: &str, known: &mut BTreeMap<String, String>) {
    for line in text.lines() {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let Some((name, rest)) = line.split_once('=') else { continue };
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        // The home is where we found it, whatever a script that was moved says.
        if name.is_empty() || !name.chars().all(is_name) || name == "ALLSKY_HOME" || name == "HOME" {
            continue;
        }
        match value(rest, known) {
            Some(value) => drop(known.insert(name.to_owned(), value)),
            None => drop(known.remove(name)),
        }
    }
}

/// The value behind `=`: in quotes or bare, with the names that are known; `None` for all else.
fn value(rest: &str, known: &BTreeMap<String, String>) -> Option<String> {
    let (raw, behind) = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest[1..].split_once(quote)?,
        _ => rest.split_once([' ', '\t', ';']).unwrap_or((rest, "")),
    };
    let behind = behind.trim_start_matches([' ', '\t', ';']);
    if !behind.is_empty() && !behind.starts_with('#') {
        return None;
    }
    if rest.starts_with('\'') { Some(raw.to_owned()) } else { expanded(raw, known) }
}

fn expanded(raw: &str, known: &BTreeMap<String, String>) -> Option<String> {
    if raw.contains(['`', '\\', '~', '*', '?']) {
        return None;
    }
    let mut parts = raw.split('$');
    let mut whole = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = match part.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => part.split_at(part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len())),
        };
        whole.push_str(known.get(name)?);
        whole.push_str(rest);
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(files: &[(&str, &str)]) -> Option<String> {
        let top = tempfile::tempdir().unwrap();
        let home = top.path().join("allsky");
        fs::create_dir_all(home.join("config")).unwrap();
        for (name, text) in files {
            fs::write(home.join(name), text).unwrap();
        }
        let place = images_place(&home)?;
        Some(place.display().to_string().replace(&top.path().display().to_string(), "TOP"))
    }

    #[test]
    fn the_last_script_that_names_the_images_folder_wins() {
        let usual = "\tALLSKY_IMAGES_ORIGINAL=\"${ALLSKY_HOME}/images\"\n\tALLSKY_IMAGES=\"${ALLSKY_IMAGES_ORIGINAL}\"\t\t# User can override\n";
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[("variables.sh", usual)]).as_deref(), Some("TOP/allsky/images"));
        for (line, place) in [
            ("ALLSKY_IMAGES=\"/srv/ssd/images\"", "/srv/ssd/images"),
            ("export ALLSKY_IMAGES=/srv/images # on the disk", "/srv/images"),
            ("ALLSKY_IMAGES='/srv/a b'", "/srv/a b"),
            ("DISK=/srv\nALLSKY_IMAGES=$DISK/images;", "/srv/images"),
            ("ALLSKY_IMAGES=\"${HOME}/images\"", "TOP/images"),
            ("# ALLSKY_IMAGES=/no", "TOP/allsky/images"),
        ] {
            let found = said(&[("variables.sh", usual), ("config/uservariables.sh", line)]);
            assert_eq!(found.as_deref(), Some(place), "{line}");
        }
    }

    #[test]
    fn nothing_of_a_script_is_run_and_what_only_a_shell_knows_is_not_said() {
        let top = tempfile::tempdir().unwrap();
        let mark = top.path().join("ran");
        for line in [
            format!("ALLSKY_IMAGES=\"$(touch {})\"", mark.display()),
            format!("ALLSKY_IMAGES=`touch {}`", mark.display()),
            "ALLSKY_IMAGES=${A:-/srv}".to_owned(),
            "ALLSKY_IMAGES=relative".to_owned(),
            "ALLSKY_IMAGES=/srv touch x".to_owned(),
            "ALLSKY_IMAGES=\"/srv".to_owned(),
        ] {
            assert_eq!(said(&[("config/uservariables.sh", &line)]), None, "{line}");
        }
        assert!(!mark.exists());
    }
}
