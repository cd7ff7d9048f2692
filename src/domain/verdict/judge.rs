//! The decision. Each function says what one part of the facts means; the worst of all reasons is the headline.
use std::cmp::Reverse;

use jiff::{SignedDuration, Zoned};

use super::facts::{ArchiveFacts, Clock, Config, Facts};
use super::reason::{ONE_DISK, Reason, ReasonKind, Remedy};
use super::{Level, Verdict};
use crate::domain::alert::{Alert, AlertKind, AlertState};
use crate::domain::destination::DestinationName;
use crate::domain::drives::state::DriveState;
use crate::domain::failure::Failure;
use crate::domain::when::{age, lately, since};

/// Without a plan, a config backup may be so old.
const CONFIG_WITHOUT_PLAN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A turn may begin later than its time.
const SLACK: SignedDuration = SignedDuration::from_hours(2);
/// So many times as old as it may be, and nobody can call it a backup of this camera.
const FAR_TOO_OLD: i32 = 3;

pub fn judge(facts: &Facts, now: &Zoned) -> Verdict {
    let mut reasons = of_archives(facts, now);
    reasons.extend(of_nights(facts));
    reasons.extend(facts.alerts.iter().filter_map(|alert| of_alert(facts, alert, now)));
    reasons.extend(facts.places.iter().filter_map(|(name, state)| of_place(facts, name, *state)));
    reasons.extend(of_the_rest(facts));
    reasons.sort_by_key(|reason| (Reverse(reason.level), reason.kind));
    let level = reasons.first().map_or(Level::Good, |reason| reason.level);
    let (headline, detail) = match (level, &facts.archives) {
        (Level::Bad | Level::Warning, _) => (headline(&reasons), what_is_good(facts, now)),
        (_, None) => ("Looking at the backups".to_owned(), String::new()),
        _ => (good(facts, now), what_is_good(facts, now)),
    };
    let level = if facts.archives.is_none() { level.max(Level::Looking) } else { level };
    Verdict { level, headline, detail, reasons }
}

fn reason(kind: ReasonKind, level: Level, headline: String, text: String, remedy: Remedy) -> Reason {
    Reason { kind, level, headline, text, remedy, alert: None, is_seen: false }
}

/// Several of one kind are told as a number.
fn headline(reasons: &[Reason]) -> String {
    let Some(first) = reasons.first() else { return String::new() };
    let alike = reasons.iter().filter(|one| (one.kind, one.level) == (first.kind, first.level)).count();
    match first.kind {
        _ if alike == 1 => first.headline.clone(),
        ReasonKind::HostNotTrusted => format!("Newest snapshots of {alike} hosts are not trusted"),
        ReasonKind::PlanOverdue => format!("{alike} plans are overdue"),
        ReasonKind::PlanFailed => format!("{alike} plans have failed"),
        ReasonKind::HostStale => format!("{alike} hosts without a new snapshot"),
        ReasonKind::DriveNotUsable => format!("{alike} drives cannot be used"),
        ReasonKind::DriveAway => format!("{alike} drives are away"),
        _ => first.headline.clone(),
    }
}

fn of_archives(facts: &Facts, now: &Zoned) -> Vec<Reason> {
    let known = match &facts.archives {
        None => return Vec::new(),
        Some(Err(Failure { message, advice, .. })) => {
            let text = if advice.is_empty() {
                message.clone()
            } else {
                format!("{message}. {}", advice.trim_end_matches('.'))
            };
            let headline = "The backups folder is not ready".to_owned();
            return vec![reason(ReasonKind::BackupsFolder, Level::Bad, headline, text, Remedy::ShowDestinations)];
        }
        Some(Ok(known)) => known,
    };
    let mut reasons: Vec<Reason> = of_config(facts, known, now).into_iter().collect();
    if known.damaged > 0 {
        let headline = format!("{} {} damaged", counted(known.damaged, "backup"), is(known.damaged));
        let text = "What is damaged cannot be restored as a whole; its Info says which files are".to_owned();
        let is_seen = all_are_seen(&facts.alerts, AlertKind::ArchiveDamaged, known.damaged);
        let level = if is_seen { lower(Level::Bad) } else { Level::Bad };
        reasons
            .push(Reason { is_seen, ..reason(ReasonKind::ArchiveDamaged, level, headline, text, Remedy::ShowBackups) });
    }
    if facts.is_one_disk && known.number > 0 {
        let text = format!("{ONE_DISK}: when it dies, they die with it");
        let headline = "Only on this card".to_owned();
        reasons.push(reason(ReasonKind::OneDisk, Level::Warning, headline, text, Remedy::ShowDestinations));
    }
    if known.not_verified > 0 {
        let headline = format!("{} {} not verified", counted(known.not_verified, "backup"), is(known.not_verified));
        let text = "Nobody has read it in full since it came here, so it proves nothing".to_owned();
        reasons.push(reason(ReasonKind::NotVerified, Level::Good, headline, text, Remedy::VerifyAll));
    }
    reasons
}

fn of_config(facts: &Facts, known: &ArchiveFacts, now: &Zoned) -> Option<Reason> {
    let one = |kind, level, headline: &str, text: &str, remedy| {
        Some(reason(kind, level, headline.to_owned(), text.to_owned(), remedy))
    };
    let made_at = match known.config {
        Config::None if known.number == 0 => {
            let text = "Create one now: a config backup takes a few seconds";
            return one(ReasonKind::NoBackup, Level::Bad, "No backup yet", text, Remedy::CreateBackup);
        }
        Config::None => {
            let text = "Without it the settings of the camera are lost with its disk";
            return one(ReasonKind::NoConfig, Level::Warning, "No config backup yet", text, Remedy::CreateBackup);
        }
        Config::NotVerified => {
            let text = "There are some, and none was read in full";
            return one(ReasonKind::NoConfig, Level::Warning, "No config backup is verified", text, Remedy::VerifyAll);
        }
        Config::Incomplete { made_at } => {
            let headline = "The newest config backup is without the camera's settings";
            let text = format!("It was made {}; its Info says what is missing, and why", lately(made_at, now));
            return one(ReasonKind::NoConfig, Level::Warning, headline, &text, Remedy::ShowBackups);
        }
        Config::Verified { made_at } => made_at,
    };
    if facts.clock == Clock::InDoubt {
        return None;
    }
    let may_be = facts.config_between.map_or(CONFIG_WITHOUT_PLAN, |between| between * 2 + SLACK);
    let old = now.timestamp().duration_since(made_at);
    let level = match old {
        _ if old > may_be * FAR_TOO_OLD => Level::Bad,
        _ if old > may_be => Level::Warning,
        _ => return None,
    };
    let text = match facts.config_between {
        Some(between) => format!(
            "The newest verified one was made {}; its plan makes one every {}",
            lately(made_at, now),
            each(between)
        ),
        None => format!("The newest verified one was made {}, and no plan makes them", lately(made_at, now)),
    };
    one(ReasonKind::ConfigOld, level, &format!("Last config backup {} ago", age(old)), &text, Remedy::CreateBackup)
}

fn of_nights(facts: &Facts) -> Option<Reason> {
    let number = facts.nights_at_risk.filter(|number| *number > 0)?;
    let them = if number == 1 { "it" } else { "them" };
    let text = format!("The camera deletes {them} soon, and there is no verified copy");
    let headline = format!("{} at risk", counted(number, "night"));
    Some(reason(ReasonKind::NightsAtRisk, Level::Bad, headline, text, Remedy::ShowNights))
}

/// Archives and the disk are judged by what they are now, not by what was last said of them.
fn of_alert(facts: &Facts, alert: &Alert, now: &Zoned) -> Option<Reason> {
    let subject = alert.subject.as_str();
    let from = since(alert.since, now);
    let (kind, level, headline, remedy) = match alert.kind {
        AlertKind::SnapshotNotTrusted => {
            let host = subject.split(' ').next().unwrap_or(subject);
            let headline = format!("Newest snapshot of {host} is not trusted");
            (ReasonKind::HostNotTrusted, Level::Bad, headline, Remedy::ShowSnapshots)
        }
        AlertKind::PlanOverdue => {
            let remedy = subject.to_owned().try_into().map_or(Remedy::MakePlan, Remedy::RunPlan);
            (ReasonKind::PlanOverdue, Level::Bad, format!("Plan {subject} is overdue"), remedy)
        }
        AlertKind::HostStale => {
            let remedy = subject.to_owned().try_into().map_or(Remedy::ShowSnapshots, Remedy::TakeSnapshot);
            (ReasonKind::HostStale, Level::Bad, format!("No new snapshot of {subject}"), remedy)
        }
        AlertKind::PlanFailed => {
            let remedy = subject.to_owned().try_into().map_or(Remedy::MakePlan, Remedy::RunPlan);
            (ReasonKind::PlanFailed, Level::Warning, format!("Plan {subject} failed"), remedy)
        }
        AlertKind::DriveMissing if is_back(facts, subject) => return None,
        AlertKind::DriveMissing => {
            (ReasonKind::DriveAway, Level::Warning, format!("Drive {subject} away {from}"), Remedy::ShowDestinations)
        }
        AlertKind::ClockInDoubt => {
            (ReasonKind::ClockInDoubt, Level::Warning, "The clock is in doubt".to_owned(), Remedy::ShowBackups)
        }
        AlertKind::MailsFail => {
            (ReasonKind::MailsFail, Level::Warning, "Mails cannot be sent".to_owned(), Remedy::ShowMails)
        }
        AlertKind::ChannelFails => {
            let headline = format!("Messages to {subject} cannot be sent");
            (ReasonKind::MailsFail, Level::Warning, headline, Remedy::ShowMails)
        }
        // Told for an archive elsewhere; those of the backups folder are counted.
        AlertKind::ArchiveDamaged if subject.contains(" on ") => {
            (ReasonKind::ArchiveDamaged, Level::Bad, "A backup elsewhere is damaged".to_owned(), Remedy::ShowBackups)
        }
        AlertKind::ArchiveDamaged | AlertKind::OneDisk => return None,
    };
    let is_seen = alert.state == AlertState::Acknowledged;
    let level = if is_seen { lower(level) } else { level };
    Some(Reason { alert: Some(alert.id), is_seen, ..reason(kind, level, headline, alert.detail.clone(), remedy) })
}

fn is_back(facts: &Facts, name: &str) -> bool {
    facts.places.iter().any(|(place, state)| place.as_str() == name && *state == DriveState::Ready)
}

fn lower(level: Level) -> Level {
    if level == Level::Bad { Level::Warning } else { Level::Good }
}

/// What an alert says already is not said twice.
fn of_place(facts: &Facts, name: &DestinationName, state: DriveState) -> Option<Reason> {
    let told = |alert: &Alert| alert.kind == AlertKind::DriveMissing && alert.subject == name.as_str();
    let what = if name.is_backups() { "The backups folder".to_owned() } else { format!("Drive {name}") };
    let (kind, level, says, text) = match state {
        DriveState::Ready | DriveState::NotMade => return None,
        // Its archives cannot be listed, which is told.
        _ if name.is_backups() && matches!(facts.archives, Some(Err(_))) => return None,
        DriveState::Away if facts.alerts.iter().any(told) => return None,
        DriveState::Away => {
            (ReasonKind::DriveAway, Level::Warning, "is away", "Plug it in; what it misses is caught up")
        }
        DriveState::NotSetUp => {
            (ReasonKind::DriveNotUsable, Level::Warning, "is not set up", "It keeps nothing until it is set up")
        }
        DriveState::Full => (ReasonKind::DriveNotUsable, Level::Bad, "is full", "Nothing more can be kept there"),
        DriveState::ReadOnly => (ReasonKind::DriveNotUsable, Level::Bad, "is read-only", "Nothing can be kept there"),
        DriveState::AnotherDrive => (
            ReasonKind::DriveNotUsable,
            Level::Bad,
            "is another drive",
            "The drive that is there is not the chosen one",
        ),
        DriveState::Hanging => {
            (ReasonKind::DriveNotUsable, Level::Bad, "does not answer", "Check its cable, or the network")
        }
        DriveState::Unusable => {
            (ReasonKind::DriveNotUsable, Level::Bad, "cannot be used", "The page Destinations says why")
        }
    };
    Some(reason(kind, level, format!("{what} {says}"), text.to_owned(), Remedy::ShowDestinations))
}

fn of_the_rest(facts: &Facts) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let is_told = facts.alerts.iter().any(|alert| alert.kind == AlertKind::ClockInDoubt);
    if facts.clock == Clock::InDoubt && !is_told {
        let text =
            "It has jumped since the last work was done, so ages cannot be told, and nothing is deleted".to_owned();
        let headline = "The clock is in doubt".to_owned();
        reasons.push(reason(ReasonKind::ClockInDoubt, Level::Warning, headline, text, Remedy::CreateBackup));
    }
    for plan in &facts.paused {
        let (headline, text) = (format!("Plan {plan} is paused"), "It makes nothing until it goes on".to_owned());
        reasons.push(reason(ReasonKind::PlanPaused, Level::Good, headline, text, Remedy::ResumePlan(plan.clone())));
    }
    for host in &facts.hosts_without_plan {
        let headline = format!("No plan takes {host}");
        let text = "Its snapshots are taken by hand alone".to_owned();
        reasons.push(reason(ReasonKind::HostWithoutPlan, Level::Good, headline, text, Remedy::MakePlan));
    }
    reasons
}

fn all_are_seen(alerts: &[Alert], kind: AlertKind, number: u64) -> bool {
    let seen = alerts.iter().filter(|alert| alert.kind == kind && alert.state == AlertState::Acknowledged);
    seen.count() as u64 >= number
}

fn good(facts: &Facts, now: &Zoned) -> String {
    let day = |at: jiff::Timestamp| at.to_zoned(now.time_zone().clone()).date();
    match facts.night_saved_at {
        Some(at) if day(at) == now.date() => "Nights saved today, all verified".to_owned(),
        _ => "Backed up".to_owned(),
    }
}

/// What is verified, also beside worse news.
fn what_is_good(facts: &Facts, now: &Zoned) -> String {
    let Some(Ok(known)) = &facts.archives else { return String::new() };
    let config = match known.config {
        Config::Verified { made_at } => Some(format!("Last config backup {}, verified.", lately(made_at, now))),
        _ => None,
    };
    let images = known.images_at.map(|at| format!("Last images backup {}, verified.", lately(at, now)));
    let nights = facts.night_saved_at.map(|at| format!("Last night saved {}, verified.", lately(at, now)));
    [config, images, nights].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn each(between: SignedDuration) -> String {
    match between.as_hours() {
        0..=1 => "hour".to_owned(),
        24 => "day".to_owned(),
        hours @ 2..48 => format!("{hours} hours"),
        hours if hours.abs_diff(7 * 24) < 2 => "week".to_owned(),
        hours => format!("{} days", hours / 24),
    }
}

fn counted(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

fn is(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

#[cfg(test)]
mod tests;
