//! Figures for Prometheus, in its text format. Every name begins with `allsky_backups_`; there are no labels that have a
//! new value with each run.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::alert::{Alert, AlertKind, AlertState};

/// Everything that is told.
#[derive(Debug, Default)]
pub struct Figures {
    /// By plan, and by host with its snapshots.
    pub last: Vec<LastRun>,
    pub destinations: Vec<DestinationFigures>,
    /// Number by host and tier: `hourly`, `archive`, `golden`.
    pub snapshots: BTreeMap<(String, &'static str), u64>,
    /// Number by class and state.
    pub nights: BTreeMap<(String, String), u64>,
    /// Those that are not resolved.
    pub alerts: Vec<Alert>,
    /// Queued and running.
    pub jobs: [u64; 2],
    /// All that have ended, by plan and result.
    pub runs: BTreeMap<(String, String), u64>,
    /// Since 1970.
    pub started_s: f64,
}

/// The last work of a plan or of a host; the other name is empty.
#[derive(Debug, Default)]
pub struct LastRun {
    pub plan: String,
    pub host: String,
    pub success_s: Option<f64>,
    pub is_good: Option<bool>,
    pub duration_s: Option<f64>,
}

#[derive(Debug)]
pub struct DestinationFigures {
    pub name: String,
    pub is_ready: bool,
    pub free_bytes: Option<u64>,
    pub total_bytes: Option<u64>,
}

/// The page that Prometheus reads.
pub fn text(figures: &Figures) -> String {
    let mut page = Page::default();
    page.head("build_info", "gauge", "The running program.");
    page.line("build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    page.head("start_time_seconds", "gauge", "When the program was started.");
    page.line("start_time_seconds", &[], figures.started_s);
    let of_last = |page: &mut Page, name: &str, help: &str, value: &dyn Fn(&LastRun) -> Option<f64>| {
        page.head(name, "gauge", help);
        for one in &figures.last {
            if let Some(value) = value(one) {
                page.line(name, &[("plan", &one.plan), ("host", &one.host)], value);
            }
        }
    };
    of_last(&mut page, "last_success_timestamp_seconds", "When it last ended well.", &|one| one.success_s);
    of_last(&mut page, "last_run_status", "1 when it last ended well, 0 when not.", &|one| {
        one.is_good.map(|good| if good { 1.0 } else { 0.0 })
    });
    of_last(&mut page, "last_duration_seconds", "How long it last took.", &|one| one.duration_s);
    page.head("destination_ready", "gauge", "1 when backups can be kept there now.");
    for one in &figures.destinations {
        page.line("destination_ready", &[("destination", &one.name)], if one.is_ready { 1.0 } else { 0.0 });
    }
    page.head("destination_free_bytes", "gauge", "Room that is left.");
    for one in &figures.destinations {
        one.free_bytes
            .iter()
            .for_each(|b| page.line("destination_free_bytes", &[("destination", &one.name)], *b as f64));
    }
    page.head("destination_size_bytes", "gauge", "Room in all.");
    for one in &figures.destinations {
        one.total_bytes
            .iter()
            .for_each(|b| page.line("destination_size_bytes", &[("destination", &one.name)], *b as f64));
    }
    page.head("snapshots", "gauge", "What is kept of hosts.");
    for ((host, tier), count) in &figures.snapshots {
        page.line("snapshots", &[("host", host), ("tier", tier)], *count as f64);
    }
    page.head("nights", "gauge", "Nights that are known.");
    for ((class, state), count) in &figures.nights {
        page.line("nights", &[("class", class), ("state", state)], *count as f64);
    }
    page.head("alerts", "gauge", "What is wrong now.");
    for severity in ["critical", "warning"] {
        let count = figures.alerts.iter().filter(|alert| self::severity(alert) == severity).count();
        page.line("alerts", &[("severity", severity)], count as f64);
    }
    page.head("jobs", "gauge", "Work that waits and that is done now.");
    for (state, count) in ["queued", "running"].iter().zip(figures.jobs) {
        page.line("jobs", &[("state", state)], count as f64);
    }
    page.head("runs_total", "counter", "Turns of plans that have ended.");
    for ((plan, result), count) in &figures.runs {
        page.line("runs_total", &[("plan", plan), ("result", result)], *count as f64);
    }
    page.text
}

/// How bad it is that backups may be harmed, or only late.
pub(super) fn severity(alert: &Alert) -> &'static str {
    match alert.kind {
        _ if alert.state == AlertState::Resolved => "",
        AlertKind::SnapshotNotTrusted | AlertKind::ArchiveDamaged => "critical",
        _ => "warning",
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    // A text takes everything, so that no write of these fails.
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP allsky_backups_{name} {help}\n# TYPE allsky_backups_{name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.text, "allsky_backups_{name}{labels} {value}");
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_belongs_to_a_head_and_no_label_breaks_out() {
        let mut figures = Figures { started_s: 1_700_000_000.5, ..Figures::default() };
        figures.last.push(LastRun { plan: "a\"b\\c\nd".into(), is_good: Some(false), ..LastRun::default() });
        figures.runs.insert(("weekly".into(), "success".into()), 3);
        let text = text(&figures);
        let mut heads = Vec::new();
        for line in text.lines() {
            match line.strip_prefix("# TYPE ") {
                Some(head) => heads.push(head.split(' ').next().unwrap()),
                None if line.starts_with("# HELP ") => {}
                None => assert!(line.starts_with(heads.last().unwrap()), "{line}"),
            }
        }
        assert!(heads.len() > 8 && heads.iter().all(|head| head.starts_with("allsky_backups_")));
        assert!(text.contains(r#"last_run_status{plan="a\"b\\c\nd",host=""} 0"#), "{text}");
        assert!(text.contains("runs_total{plan=\"weekly\",result=\"success\"} 3\n"));
        assert!(text.contains("start_time_seconds 1700000000.5\n"), "{text}");
    }
}
