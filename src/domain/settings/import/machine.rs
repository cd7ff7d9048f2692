//! One machine by its prefix: a snapshot a day, with programs before and after it.
use serde_json::{Value, json};

use super::ImportError;
use super::assignments::Assignments;
use super::parts::Text;

const KNOWN: &[&str] = &[
    "PREFIX",
    "BACKUP_DIR",
    "SOURCE",
    "SSH",
    "EXCLUDES",
    "OLD_AGE",
    "PREBACKUP_CMD",
    "AFTERBACKUP_CMD",
    "FAILBACKUP_CMD",
];
const HOOKS: [(&str, &str); 3] =
    [("PREBACKUP_CMD", "before"), ("AFTERBACKUP_CMD", "success"), ("FAILBACKUP_CMD", "failure")];

pub(super) fn read(text: &str) -> Result<String, ImportError> {
    let all = Assignments::read(text)?;
    let prefix = all.text("PREFIX").ok_or(ImportError::Missing("PREFIX"))?;
    let folder = all.text("BACKUP_DIR").ok_or(ImportError::Missing("BACKUP_DIR"))?;
    let source = all.text("SOURCE").ok_or(ImportError::Missing("SOURCE"))?;
    let mut out = Text::default();
    for other in all.others(KNOWN) {
        out.remark(&format!("{} in line {} has no counterpart here.", other.name, other.line));
    }
    out.table("destination");
    out.key("name", "drive");
    out.key("path", folder.trim_end_matches('/'));
    out.remark("true refuses the folder while no drive is mounted there.");
    out.key("require_mount", false);
    let name = out.name("host", prefix);
    out.table("host");
    out.key("name", name.as_str());
    match source.split_once(':') {
        Some((address, path)) if !source.starts_with('/') => {
            out.key("address", address);
            out.key("path", if path.is_empty() { "~/" } else { path });
            ssh(&mut out, all.text("SSH").unwrap_or_default());
        }
        _ => out.key("path", source),
    }
    out.key("destination", "drive");
    let excludes: Vec<String> = match all.list("EXCLUDES") {
        [one] => one.split_whitespace().map(str::to_owned).collect(),
        several => several.to_vec(),
    };
    if !excludes.is_empty() {
        out.key("excludes", excludes);
    }
    let days = all.number("OLD_AGE", 30)?.max(1);
    out.remark(&format!("A snapshot for each of the last {days} days."));
    out.inline("retention", &[("hourly", json!(24)), ("daily", json!(days)), ("monthly", json!(1))]);
    out.table("plan");
    let plan = out.name("plan", prefix);
    out.key("name", plan.as_str());
    out.key("sources", json!([format!("host:{name}")]));
    out.inline("schedule", &[("daily", json!("03:00"))]);
    let hooks = HOOKS.iter().filter_map(|(key, on)| {
        let line = all.list(key).join(" ");
        let text = |text: &str| crate::domain::settings::values::toml_of(&Value::from(text));
        (!line.trim().is_empty()).then(|| format!("{{ on = {}, run = {} }}", text(on), text(&line)))
    });
    let hooks: Vec<String> = hooks.collect();
    if !hooks.is_empty() {
        out.raw(&format!("hooks = [{}]", hooks.join(", ")));
    }
    Ok(out.done())
}

/// The key, the port and the file of known hosts of `ssh -i KEY -p PORT -o UserKnownHostsFile=FILE`.
fn ssh(out: &mut Text, words: &str) {
    let mut words = words.split_whitespace().skip(1);
    while let Some(word) = words.next() {
        match (word, words.next()) {
            ("-i", Some(key)) if key.starts_with('/') => out.key("key", key),
            ("-p", Some(port)) if port.parse::<u16>().is_ok() => {
                out.key("port", port.parse::<u16>().unwrap_or_default());
            }
            ("-o", Some(option)) if option.starts_with("UserKnownHostsFile=/") => {
                out.key("known_hosts", option.trim_start_matches("UserKnownHostsFile="));
            }
            (word, value) => {
                out.remark(&format!("{word} {} of SSH is not taken over; see ssh_options.", value.unwrap_or_default()));
            }
        }
    }
}
