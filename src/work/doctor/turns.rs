//! What runs by itself, what is wrong until its cause is gone, and whether its owner hears of it.
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::alert::AlertState;
use crate::domain::checkup::Check;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::JobState;
use crate::domain::mail::letter::Fate;
use crate::domain::notify::Transport;
use crate::domain::plan::Plan;
use crate::domain::run::Run;
use crate::work::Tools;

/// Alerts and letters that are looked through.
const NEWEST: u32 = 50;

pub(super) fn checks(tools: &Tools) -> Vec<Check> {
    let mut checks: Vec<Check> = tools.plans.iter().map(|plan| of_plan(tools, plan)).collect();
    checks.extend(alerts(tools));
    checks.push(mails(tools));
    checks
}

fn of_plan(tools: &Tools, plan: &Plan) -> Check {
    let subject = format!("plan {}", plan.name);
    let is_paused = tools.catalog.turn(plan.name.as_str()).ok().flatten().is_some_and(|turn| turn.is_paused);
    if !plan.enabled || is_paused {
        return Check::good(subject, if plan.enabled { "it is paused" } else { "it is turned off" });
    }
    let now = (tools.now)();
    let next = plan.schedule.next(&now).map(|at| stamp(at.timestamp(), now.time_zone()));
    let next = next.map_or("no next turn".to_owned(), |next| format!("next {next}"));
    let last = tools.catalog.runs(Some(&plan.name), 1).ok().and_then(|mut runs| runs.pop());
    match last {
        None => Check::good(subject, format!("it has not run yet, {next}")),
        Some(run) => last_run(subject, &run, &next, now.time_zone()),
    }
}

fn last_run(subject: String, run: &Run, next: &str, zone: &TimeZone) -> Check {
    let at = stamp(run.started_at.unwrap_or(run.queued_at), zone);
    let said = format!("last run {at}: {}, {next}", run.state.word());
    match run.state {
        JobState::Failed | JobState::Interrupted => Check::failed(
            subject,
            &Failure {
                code: Code::Failed,
                message: said,
                advice: "`allsky-backups jobs` shows why; the next turn tries again.".into(),
            },
        ),
        state if state.is_bad() => Check::warning(subject, said, "`allsky-backups jobs` shows why."),
        _ => Check::good(subject, said),
    }
}

fn stamp(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn alerts(tools: &Tools) -> Vec<Check> {
    let alerts = tools.catalog.alerts(NEWEST).unwrap_or_default();
    let open = alerts.into_iter().filter(|alert| alert.state != AlertState::Resolved);
    open.map(|alert| {
        let subject = format!("alert {}", alert.id);
        Check::warning(subject, alert.detail, "It is over by itself when its cause is gone.")
    })
    .collect()
}

/// Whether anybody hears of it when something goes wrong.
fn mails(tools: &Tools) -> Check {
    let (notify, channels) = (&tools.notify, tools.notify.channels.len());
    if notify.transport == Transport::None && channels == 0 && notify.command.is_empty() {
        return Check::warning(
            "mails",
            "nobody is told when a backup fails: mails are off, and there is no other channel",
            "Set [notify] or a [[notify_to]] in the configuration; the guide has an example.",
        );
    }
    let letters = tools.catalog.letters(NEWEST).unwrap_or_default();
    match letters.iter().find(|letter| letter.fate != Fate::Sent) {
        Some(letter) => Check::warning(
            "mails",
            format!("\"{}\" was not sent: {}", letter.subject, letter.error.as_deref().unwrap_or("it waits")),
            "`allsky-backups mail list` shows all; `allsky-backups mail test` tries one.",
        ),
        None if letters.is_empty() => Check::good("mails", "none was to be sent yet"),
        None => Check::good("mails", "the newest were sent, none waits"),
    }
}
