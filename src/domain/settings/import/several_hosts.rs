//! An `.env` with several hosts: a snapshot of each in every hour, archives, and golden months.
use std::path::Path;

use serde_json::json;

use super::ImportError;
use super::assignments::Assignments;
use super::parts::Text;

const KNOWN: &[&str] = &[
    "HOSTS",
    "BACKUP_ROOT",
    "SNAPSHOT_INTERVAL_HOURS",
    "TAR_INTERVAL_HOURS",
    "TAR_RETENTION_DAYS",
    "TAR_COMPRESSION_LEVEL",
    "SNAPSHOT_DAY_OF_MONTH",
    "KEEP_MONTHLY_SNAPSHOTS",
    "RETENTION_MONTHS",
    "HOURLY_RETENTION_HOURS",
    "DAILY_RETENTION_DAYS",
];

pub(super) fn read(text: &str, home: Option<&Path>) -> Result<String, ImportError> {
    let all = Assignments::read(text)?;
    let hosts: Vec<&str> =
        all.text("HOSTS").unwrap_or_default().split([',', ' ']).filter(|name| !name.is_empty()).collect();
    if hosts.is_empty() {
        return Err(ImportError::Missing("HOSTS"));
    }
    let number = |name: &str, usual: u32| all.number(name, usual);
    let mut out = Text::default();
    for other in all.others(KNOWN) {
        out.remark(&format!("{} in line {} has no counterpart here.", other.name, other.line));
    }
    out.table("destination");
    out.key("name", "drive");
    out.key("path", all.text("BACKUP_ROOT").unwrap_or("/backups").trim_end_matches('/'));
    out.remark("true refuses the folder while no drive is mounted there.");
    out.key("require_mount", false);
    let keeps_months = all.text("KEEP_MONTHLY_SNAPSHOTS").is_none_or(|word| word.eq_ignore_ascii_case("true"));
    let months = number("RETENTION_MONTHS", 24)?;
    let mut names = Vec::new();
    for wanted in hosts {
        let name = out.name("host", wanted);
        out.table("host");
        out.key("name", name.as_str());
        if wanted == "localhost" {
            let home = home.and_then(Path::to_str).ok_or(ImportError::Missing("the home folder of this user"))?;
            out.key("path", home);
        } else {
            out.remark(&format!("Confirm its host key: allsky-backups hosts add {name} {wanted}"));
            out.key("address", wanted);
            out.key("path", "~/");
        }
        out.key("destination", "drive");
        let kept = [
            ("hourly", json!(number("HOURLY_RETENTION_HOURS", 720)?)),
            ("daily", json!(number("DAILY_RETENTION_DAYS", 180)?)),
            ("monthly", json!(months)),
        ];
        out.inline("retention", &kept);
        let archives = [
            ("every", json!(format!("{}h", number("TAR_INTERVAL_HOURS", 4)?))),
            ("keep", json!(1)),
            ("days", json!(number("TAR_RETENTION_DAYS", 5)?)),
            ("level", json!(number("TAR_COMPRESSION_LEVEL", 6)?)),
        ];
        out.inline("archives", &archives);
        if keeps_months {
            let day = number("SNAPSHOT_DAY_OF_MONTH", 1)?;
            out.inline("golden", &[("day", json!(day)), ("months", json!(months))]);
        }
        names.push(name);
    }
    let plan = |out: &mut Text, name: &str, kinds: &[&str], hours: u32| {
        out.table("plan");
        out.key("name", name);
        let sources = names.iter().flat_map(|host| kinds.iter().map(move |kind| format!("{kind}:{host}")));
        out.key("sources", sources.collect::<Vec<_>>());
        out.inline("schedule", &[("every", json!(format!("{hours}h")))]);
    };
    plan(&mut out, "hourly", &["host"], number("SNAPSHOT_INTERVAL_HOURS", 1)?);
    let heavy: &[&str] = if keeps_months { &["host-archive", "host-golden"] } else { &["host-archive"] };
    plan(&mut out, "heavy", heavy, number("TAR_INTERVAL_HOURS", 4)?);
    Ok(out.done())
}
