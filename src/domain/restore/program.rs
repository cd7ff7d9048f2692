//! What the camera or its panel may run: modules, scripts, pages, keys, and flows that gain a step.
//!
//! A section or a night may bring such files, and that it is ticked is not enough: a program acts with
//! all that its owner may do.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::content::{Format, HEAD_BYTES};
use crate::base::rel_path::RelPath;

/// What happens to programs of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Programs {
    Take,
    /// Programs stay in the backup, and those of the camera stay as they are.
    Leave,
}

/// Where a backup was made, as far as we witnessed it; what the backup says of itself counts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// By us, from this camera's files.
    Here,
    /// Uploaded, imported, made by another program, or found in the folder.
    Elsewhere,
}

impl Programs {
    /// Where the owner says nothing: what this camera ran once comes back, a stranger's does not.
    pub fn by_default(origin: Origin) -> Self {
        match origin {
            Origin::Here => Programs::Take,
            Origin::Elsewhere => Programs::Leave,
        }
    }
}

/// True for a file that may be run where it is restored to, and that must therefore be asked for by
/// its own word: everything that is not plainly a picture, a film or data by its name.
pub fn is_program(path: &RelPath) -> bool {
    Format::of(path).is_none()
}

/// True when a file of this name and beginning counts as a program: its name says so, or its content
/// is not what its name says.
pub fn runs(path: &RelPath, head: &[u8]) -> bool {
    Format::of(path).is_none_or(|format| !format.agrees(head))
}

/// What is known of a content against the name of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContentVerdict {
    /// Nobody has looked into it.
    #[default]
    Unread,
    /// It is what its name says, or its name promises nothing.
    AsNamed,
    /// A picture by its name and something else within, which may run.
    Otherwise,
}

impl ContentVerdict {
    /// By the first [`HEAD_BYTES`] of it, or all of a shorter one.
    pub fn of(path: &RelPath, head: &[u8]) -> Self {
        match Format::of(path) {
            Some(format) if !format.agrees(&head[..head.len().min(HEAD_BYTES)]) => ContentVerdict::Otherwise,
            _ => ContentVerdict::AsNamed,
        }
    }
}

/// True for a list of the steps that the camera runs on each picture.
pub fn is_flow(path: &RelPath) -> bool {
    path.as_bytes().starts_with(b"config/modules/") && path.name().starts_with(b"postprocessing_")
}

/// True when `new` makes the camera run something that `today` does not: another step, or a script at
/// another place. A flow that cannot be read may hold anything.
pub fn gains(today: Option<&[u8]>, new: &[u8]) -> bool {
    let Some(new) = Runs::of(new) else { return true };
    let today = today.and_then(Runs::of).unwrap_or_default();
    !new.0.is_subset(&today.0)
}

/// Everything in a flow that names something to run.
#[derive(Default)]
struct Runs(BTreeSet<(String, String)>);

impl Runs {
    fn of(flow: &[u8]) -> Option<Self> {
        let mut runs = Runs::default();
        runs.look(&serde_json::from_slice(flow).ok()?);
        Some(runs)
    }

    fn look(&mut self, value: &Value) {
        match value {
            Value::Array(list) => list.iter().for_each(|value| self.look(value)),
            Value::Object(map) => {
                for (key, value) in map {
                    let lower = key.to_ascii_lowercase();
                    let names_it = RUNNING_KEYS.iter().any(|word| lower.contains(word));
                    match value {
                        Value::Object(_) | Value::Array(_) => self.look(value),
                        value if names_it && *value != Value::String(String::new()) => {
                            self.0.insert((lower, value.to_string()));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// Parts of keys of a flow whose value is run: the module of a step, and what a step starts.
const RUNNING_KEYS: [&str; 4] = ["module", "script", "command", "exec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_a_program_and_what_is_read_is_none() {
        for (path, program) in [
            ("config/myFiles/modules/allsky_fans.py", true),
            ("config/myFiles/modules/__pycache__/allsky_fans.cpython-311.pyc", true),
            ("config/uservariables.sh", true),
            ("etc/indi-allsky/indi-allsky.env", true),
            ("html/allsky/myFiles/Page.PHP", true),
            ("html/allsky/myFiles/.user.ini", true),
            ("config/myFiles/modules/moduledata/data.json", false),
            ("config/modules/postprocessing_day.json", false),
            ("html/allsky/myFiles/about.html", true),
            ("config/ssl/allsky.key", true),
            ("config/overlay/fonts/moon.ttf", false),
        ] {
            assert_eq!(is_program(&RelPath::parse(path).unwrap()), program, "{path}");
        }
    }

    #[test]
    fn a_content_is_judged_by_its_beginning_and_only_where_its_name_promises_something() {
        for (path, head, verdict) in [
            ("images/1/a.jpg", &b"\xff\xd8\xff\xe0"[..], ContentVerdict::AsNamed),
            ("images/1/a.jpg", b"#!/bin/sh", ContentVerdict::Otherwise),
            ("images/1/a.jpg", b"", ContentVerdict::AsNamed),
            ("images/1/a.sh", b"#!/bin/sh", ContentVerdict::AsNamed),
        ] {
            assert_eq!(ContentVerdict::of(&RelPath::parse(path).unwrap(), head), verdict, "{path}");
        }
        let late = [&b"\xff\xd8\xff"[..], &[1; HEAD_BYTES], b"<?php"].concat();
        assert_eq!(ContentVerdict::of(&RelPath::parse("a.jpg").unwrap(), &late), ContentVerdict::AsNamed);
    }

    #[test]
    fn only_a_backup_that_was_made_here_brings_its_programs_unasked() {
        assert_eq!(Programs::by_default(Origin::Here), Programs::Take);
        assert_eq!(Programs::by_default(Origin::Elsewhere), Programs::Leave);
    }

    #[test]
    fn a_flow_is_known_by_folder_and_name_together() {
        for (path, flow) in [
            ("config/modules/postprocessing_day.json", true),
            ("config/modules/module-settings.json", false),
            ("config/postprocessing_day.json", false),
        ] {
            assert_eq!(is_flow(&RelPath::parse(path).unwrap()), flow, "{path}");
        }
    }

    #[test]
    fn a_flow_is_a_program_when_it_runs_what_the_camera_does_not_run_today() {
        let flow = |text: &str| text.replace('\'', "\"").into_bytes();
        let today =
            flow("{'load':{'module':'a.py'},'run':{'module':'s.py','args':{'scriptlocation':'/home/pi/x.sh'}}}");
        for (new, gained) in [
            ("{'load':{'module':'a.py','enabled':false}}", false),
            ("{}", false),
            ("{'load':{'module':'b.py'}}", true),
            ("{'load':{'module':'a.py'},'more':{'module':'a.py'}}", false),
            ("{'run':{'module':'s.py','args':{'scriptlocation':'/tmp/y.sh'}}}", true),
            ("{'run':{'module':'s.py','metadata':{'arguments':{'ScriptLocation':'/tmp/y.sh'}}}}", true),
            ("[{'module':'c.py'}]", true),
            ("not json", true),
        ] {
            assert_eq!(gains(Some(&today), &flow(new)), gained, "{new}");
        }
        assert!(gains(None, &today), "where there is no flow, every step is gained");
        assert!(!gains(None, b"{}"));
    }
}
