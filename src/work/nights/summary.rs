//! What a run did, as a message to its owner.
use std::io::Write;
use std::process::{Command, Stdio};

use super::run::Report;
use crate::base::size::Bytes;
use crate::destination::drive::Ready;
use crate::domain::monitor::Monitor;
use crate::domain::nights::state::NightState;
use crate::work::{Tools, iso};

pub(super) fn text(tools: &Tools, ready: &Ready, report: &Report) -> String {
    let stars = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.1}"));
    let mut lines = vec![
        format!("Host: {}", tools.nights.host),
        format!("Time: {}", iso(&(tools.now)())),
        "Nights backed up:".into(),
    ];
    for night in &report.nights {
        let bytes = night.bytes / 1_000_000;
        let line = format!(
            "{} | {} images | {bytes} MB images | Ø stars {}",
            night.night,
            night.images,
            stars(night.avg_stars)
        );
        lines.push(if night.verified { line } else { format!("{line} | FAILED: {}", night.troubles.join("; ")) });
    }
    if report.nights.is_empty() {
        lines.push("none".into());
    }
    let films: u64 = report.nights.iter().map(|night| night.timelapse_bytes).sum();
    lines.push(format!("Timelapse total: {} MB", films / 1_000_000));
    let known = tools.catalog.nights(tools.nights.source.name()).unwrap_or_default();
    let saved = known.iter().filter(|night| matches!(night.state, NightState::Verified | NightState::Deleted));
    let best = saved.max_by(|a, b| a.avg_stars.unwrap_or(0.0).total_cmp(&b.avg_stars.unwrap_or(0.0)));
    if let Some(best) = best {
        lines.push(format!("Greatest night so far: {} | Ø stars {}", best.night.date(), stars(best.avg_stars)));
    }
    if let Ok(disk) = ready.disk() {
        lines.push(format!(
            "Backup HDD occupancy: Total {} / Used {} ({} %) / Free {}",
            Bytes(disk.total),
            Bytes(disk.used),
            disk.used_pct(),
            Bytes(disk.avail)
        ));
    }
    match &report.pruned {
        Some(pruned) if !pruned.deleted.is_empty() => {
            for line in &pruned.deleted {
                let (moon, freed) = (stars(line.moon_pct), Bytes(line.bytes));
                lines.push(format!(
                    "Deleted: {} | Ø stars {} | moon {moon} % | {freed} released",
                    line.night,
                    stars(line.avg_stars)
                ));
            }
        }
        Some(pruned) => lines.push(format!("Nothing was deleted ({}).", pruned.result.replace('_', " "))),
        None => {}
    }
    lines.push("Note: Thumbnails are not saved.".into());
    lines.join("\n") + "\n"
}

/// Gives the message to the owner's program. That it fails is told and changes nothing.
pub(super) fn tell(tools: &Tools, text: &str, monitor: &dyn Monitor) {
    let Some((program, arguments)) = tools.nights.notify.split_first() else { return };
    let sent = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().and_then(
        |mut child| {
            let written = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(text.as_bytes()));
            let status = child.wait()?;
            written.map(|()| status)
        },
    );
    match sent {
        Ok(status) if status.success() => {}
        Ok(status) => monitor.warn(format!("{program}, which should tell of this run, ended with {status}")),
        Err(why) => monitor.warn(format!("{program}, which should tell of this run, could not be used: {why}")),
    }
}
