//! A list of tasks in YAML: each with a name and a folder, kept here by day and sent to one other machine.
use serde_json::json;

use super::ImportError;
use super::parts::Text;
use super::yaml::{self, Keys, Value};

const KNOWN: &[&str] = &["dir_backup_local", "dir_backup_remote", "email_sender", "email_report", "email_admin"];

pub(super) fn read(text: &str) -> Result<String, ImportError> {
    let file = yaml::read(text)?;
    let of = |name: &str| file.keys.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    if let Some((key, value)) = file.keys.iter().find(|(key, _)| !KNOWN.contains(&key.as_str())) {
        return Err(ImportError::Line { line: value.line, why: format!("{key} is not known") });
    }
    let local = of("dir_backup_local").ok_or(ImportError::Missing("dir_backup_local"))?;
    let remote = of("dir_backup_remote").map(|value| value.text.trim_end_matches('/')).filter(|text| !text.is_empty());
    let tasks = file.lists.iter().find(|(key, _)| key == "tasks").ok_or(ImportError::Missing("tasks"))?;
    let mut out = Text::default();
    let filled = |name: &str| of(name).map(|value| value.text.as_str()).filter(|text| !text.is_empty());
    if let (Some(sender), Some(report)) = (filled("email_sender"), filled("email_report")) {
        out.remark("Mails: take the # away, and name a password_file or a password_command.");
        out.remark("[notify]");
        out.remark("transport = \"smtp\"");
        out.remark(&format!("email_sender = {}", json!(sender)));
        out.remark(&format!("email_report = {}", json!(report)));
        if let Some(admin) = filled("email_admin").filter(|admin| *admin != report) {
            out.remark(&format!("email_admin = {}", json!(admin)));
        }
    }
    out.table("destination");
    out.key("name", "drive");
    out.key("path", local.text.trim_end_matches('/'));
    out.remark("true refuses the folder while no drive is mounted there.");
    out.key("require_mount", false);
    for task in &tasks.1 {
        one(&mut out, task, remote)?;
    }
    Ok(out.done())
}

fn one(out: &mut Text, task: &Keys, remote: Option<&str>) -> Result<(), ImportError> {
    let of = |name: &'static str| -> Result<&Value, ImportError> {
        let found = task.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        found.ok_or(ImportError::Missing(if name == "name" { "the name of a task" } else { "dir_source of a task" }))
    };
    if let Some((key, value)) = task.iter().find(|(key, _)| !["name", "dir_source"].contains(&key.as_str())) {
        return Err(ImportError::Line { line: value.line, why: format!("{key} is not known") });
    }
    let (wanted, source) = (&of("name")?.text, of("dir_source")?);
    let name = out.name("host", wanted);
    out.table("host");
    out.key("name", name.as_str());
    match source.text.split_once(':') {
        Some((address, path)) if !source.text.starts_with('/') => {
            out.key("address", address);
            out.key("path", path);
        }
        _ => out.key("path", source.text.trim_end_matches('/')),
    }
    out.key("destination", "drive");
    out.remark("A snapshot for each of the last 30 days.");
    out.inline("retention", &[("hourly", json!(24)), ("daily", json!(30)), ("monthly", json!(1))]);
    out.table("plan");
    let plan = out.name("plan", wanted);
    out.key("name", plan.as_str());
    out.key("sources", json!([format!("host:{name}")]));
    out.inline("schedule", &[("daily", json!("03:00"))]);
    if let Some(remote) = remote {
        out.remark("Make this folder there; it is for this plan alone.");
        out.inline("remote", &[("target", json!(format!("{remote}/{plan}"))), ("compress", json!(true))]);
    }
    Ok(())
}
