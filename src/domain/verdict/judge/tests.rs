//! Every reason of a verdict, their order, and where each begins.
use super::*;
use crate::domain::failure::Code;
use jiff::Timestamp;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn now() -> Zoned {
    "2026-11-26T12:00:00+00:00[UTC]".parse().unwrap()
}

fn before(span: SignedDuration) -> Timestamp {
    now().timestamp().checked_sub(span).unwrap()
}

/// A camera with a drive, a weekly plan, and a config backup of this morning.
fn well() -> Facts {
    let config = Config::Verified { made_at: before(SignedDuration::from_hours(3)) };
    Facts {
        archives: Some(Ok(ArchiveFacts { number: 2, config, ..ArchiveFacts::default() })),
        is_one_disk: false,
        places: vec![(DestinationName::backups(), DriveState::Ready), ("usb".parse().unwrap(), DriveState::Ready)],
        nights_at_risk: Some(0),
        night_saved_at: None,
        alerts: Vec::new(),
        hosts_without_plan: Vec::new(),
        paused: Vec::new(),
        config_between: Some(DAY * 7),
        clock: Clock::Sound,
    }
}

fn with(change: impl FnOnce(&mut Facts)) -> Verdict {
    let mut facts = well();
    change(&mut facts);
    judge(&facts, &now())
}

fn archives(facts: &mut Facts) -> &mut ArchiveFacts {
    facts.archives.as_mut().unwrap().as_mut().unwrap()
}

fn alert(kind: AlertKind, subject: &str, state: AlertState) -> Alert {
    let since = before(DAY * 3);
    Alert {
        id: 7,
        kind,
        subject: subject.into(),
        since,
        last_seen: since,
        state,
        detail: format!("{subject} is wrong"),
    }
}

fn told(kind: AlertKind, subject: &str) -> Verdict {
    with(|facts| facts.alerts.push(alert(kind, subject, AlertState::Open)))
}

#[test]
fn all_well_says_what_is_verified_and_when() {
    let verdict = with(|_| ());
    assert_eq!((verdict.level, verdict.headline.as_str()), (Level::Good, "Backed up"));
    assert_eq!(verdict.detail, "Last config backup today 09:00, verified.");
    assert_eq!(verdict.reasons, []);
    let saved = with(|facts| facts.night_saved_at = Some(before(SignedDuration::from_mins(30))));
    assert_eq!(saved.headline, "Nights saved today, all verified");
    assert!(saved.detail.ends_with("Last night saved today 11:30, verified."), "{}", saved.detail);
    let earlier = with(|facts| facts.night_saved_at = Some(before(DAY * 2)));
    assert_eq!(earlier.headline, "Backed up");
}

#[test]
fn each_reason_has_its_level_its_words_and_one_way_to_mend_it() {
    use AlertKind as A;
    use Level::{Bad, Good, Warning};
    use ReasonKind as K;
    let failure = Failure { code: Code::NotReady, message: "it is not mounted".into(), advice: "Mount it.".into() };
    let place = |state| with(|facts| facts.places[1].1 = state);
    let config = |config| with(|facts| archives(facts).config = config);
    for (verdict, kind, level, headline) in [
        (with(|facts| facts.archives = Some(Err(failure))), K::BackupsFolder, Bad, "The backups folder is not ready"),
        (with(|facts| *archives(facts) = ArchiveFacts::default()), K::NoBackup, Bad, "No backup yet"),
        (with(|facts| archives(facts).damaged = 2), K::ArchiveDamaged, Bad, "2 backups are damaged"),
        (
            told(A::SnapshotNotTrusted, "pi 2026-11-26_0800"),
            K::HostNotTrusted,
            Bad,
            "Newest snapshot of pi is not trusted",
        ),
        (with(|facts| facts.nights_at_risk = Some(3)), K::NightsAtRisk, Bad, "3 nights at risk"),
        (config(Config::Verified { made_at: before(DAY * 750) }), K::ConfigOld, Bad, "Last config backup 2 years ago"),
        (told(A::PlanOverdue, "weekly-config"), K::PlanOverdue, Bad, "Plan weekly-config is overdue"),
        (told(A::HostStale, "pi"), K::HostStale, Bad, "No new snapshot of pi"),
        (place(DriveState::Full), K::DriveNotUsable, Bad, "Drive usb is full"),
        (place(DriveState::ReadOnly), K::DriveNotUsable, Bad, "Drive usb is read-only"),
        (place(DriveState::AnotherDrive), K::DriveNotUsable, Bad, "Drive usb is another drive"),
        (place(DriveState::Hanging), K::DriveNotUsable, Bad, "Drive usb does not answer"),
        (place(DriveState::Unusable), K::DriveNotUsable, Bad, "Drive usb cannot be used"),
        (with(|facts| facts.places[0].1 = DriveState::Full), K::DriveNotUsable, Bad, "The backups folder is full"),
        (told(A::ArchiveDamaged, "a.tar.gz on usb"), K::ArchiveDamaged, Bad, "A backup elsewhere is damaged"),
        (place(DriveState::NotSetUp), K::DriveNotUsable, Warning, "Drive usb is not set up"),
        (config(Config::None), K::NoConfig, Warning, "No config backup yet"),
        (config(Config::NotVerified), K::NoConfig, Warning, "No config backup is verified"),
        (
            config(Config::Incomplete { made_at: before(DAY) }),
            K::NoConfig,
            Warning,
            "The newest config backup is without the camera's settings",
        ),
        (told(A::PlanFailed, "weekly-config"), K::PlanFailed, Warning, "Plan weekly-config failed"),
        (place(DriveState::Away), K::DriveAway, Warning, "Drive usb is away"),
        (told(A::DriveMissing, "nas"), K::DriveAway, Warning, "Drive nas away since Monday"),
        (with(|facts| facts.is_one_disk = true), K::OneDisk, Warning, "Only on this card"),
        (with(|facts| facts.clock = Clock::InDoubt), K::ClockInDoubt, Warning, "The clock is in doubt"),
        (told(A::ClockInDoubt, ""), K::ClockInDoubt, Warning, "The clock is in doubt"),
        (told(A::MailsFail, ""), K::MailsFail, Warning, "Mails cannot be sent"),
        (told(A::ChannelFails, "phone"), K::MailsFail, Warning, "Messages to phone cannot be sent"),
        (
            with(|facts| facts.paused.push("weekly-config".parse().unwrap())),
            K::PlanPaused,
            Good,
            "Plan weekly-config is paused",
        ),
        (
            with(|facts| facts.hosts_without_plan.push("pi".parse().unwrap())),
            K::HostWithoutPlan,
            Good,
            "No plan takes pi",
        ),
        (with(|facts| archives(facts).not_verified = 1), K::NotVerified, Good, "1 backup is not verified"),
    ] {
        assert_eq!(verdict.reasons.len(), 1, "{headline}: {verdict:?}");
        let reason = &verdict.reasons[0];
        assert_eq!((reason.kind, reason.level, reason.headline.as_str()), (kind, level, headline));
        assert_eq!(verdict.level, level, "{headline}");
        // What is worth knowing besides takes nothing from good news.
        assert_eq!(verdict.headline, if level == Good { "Backed up" } else { headline });
        assert!(!reason.text.is_empty() && !reason.text.ends_with('.') && !headline.ends_with('.'), "{reason:?}");
    }
}

#[test]
fn the_worst_reason_is_the_headline_and_several_of_one_kind_are_a_number() {
    let open = |kind, subject| alert(kind, subject, AlertState::Open);
    let verdict = with(|facts| {
        facts.alerts = vec![
            open(AlertKind::MailsFail, ""),
            open(AlertKind::DriveMissing, "nas"),
            open(AlertKind::HostStale, "pi"),
        ];
        facts.is_one_disk = true;
        facts.nights_at_risk = Some(1);
        facts.paused.push("weekly-config".parse().unwrap());
    });
    use ReasonKind as K;
    let kinds: Vec<K> = verdict.reasons.iter().map(|reason| reason.kind).collect();
    assert_eq!(kinds, [K::NightsAtRisk, K::HostStale, K::DriveAway, K::OneDisk, K::MailsFail, K::PlanPaused]);
    assert_eq!((verdict.level, verdict.headline.as_str()), (Level::Bad, "1 night at risk"));
    assert!(verdict.detail.starts_with("Last config backup today"), "what is good is said beside it");
    for (kind, said) in [
        (AlertKind::HostStale, "3 hosts without a new snapshot"),
        (AlertKind::PlanOverdue, "3 plans are overdue"),
        (AlertKind::PlanFailed, "3 plans have failed"),
        (AlertKind::DriveMissing, "3 drives are away"),
        (AlertKind::SnapshotNotTrusted, "Newest snapshots of 3 hosts are not trusted"),
    ] {
        let many = with(|facts| facts.alerts = ["a", "b", "c"].map(|subject| open(kind, subject)).into());
        assert_eq!(many.headline, said);
    }
}

#[test]
fn a_config_backup_is_old_behind_two_turns_of_its_plan_and_far_too_old_behind_six() {
    let slack = SignedDuration::from_hours(2);
    let second = SignedDuration::from_secs(1);
    for (between, allowed) in [(Some(DAY), DAY * 2 + slack), (Some(DAY * 7), DAY * 14 + slack), (None, DAY * 30)] {
        let at = |old: SignedDuration| {
            with(|facts| {
                facts.config_between = between;
                archives(facts).config = Config::Verified { made_at: before(old) };
            })
        };
        assert_eq!(at(allowed).level, Level::Good, "{between:?}");
        assert_eq!(at(allowed + second).level, Level::Warning, "{between:?}");
        assert_eq!(at(allowed * 3).level, Level::Warning, "{between:?}");
        assert_eq!(at(allowed * 3 + second).level, Level::Bad, "{between:?}");
    }
    let in_doubt = with(|facts| {
        facts.clock = Clock::InDoubt;
        archives(facts).config = Config::Verified { made_at: before(DAY * 750) };
    });
    assert_eq!(in_doubt.headline, "The clock is in doubt", "its age cannot be told");
    let ahead = with(|facts| archives(facts).config = Config::Verified { made_at: before(DAY * -1) });
    assert_eq!(ahead.level, Level::Good, "a zone that differs makes nothing old");
}

#[test]
fn what_its_owner_has_seen_counts_one_level_less_and_stays_in_the_list() {
    let seen = |kind, subject| with(|facts| facts.alerts.push(alert(kind, subject, AlertState::Acknowledged)));
    let stale = seen(AlertKind::HostStale, "pi");
    assert_eq!((stale.level, stale.reasons[0].is_seen, stale.reasons[0].alert), (Level::Warning, true, Some(7)));
    let away = seen(AlertKind::DriveMissing, "nas");
    assert_eq!((away.level, away.headline.as_str(), away.reasons.len()), (Level::Good, "Backed up", 1));
    let damaged = |number| {
        with(|facts| {
            archives(facts).damaged = number;
            facts.alerts.push(alert(AlertKind::ArchiveDamaged, "a.tar.gz", AlertState::Acknowledged));
        })
    };
    assert_eq!((damaged(1).level, damaged(2).level), (Level::Warning, Level::Bad), "the second one was not seen");
}

#[test]
fn what_two_know_is_said_once_and_a_drive_that_is_back_is_not_missed() {
    let missing = |state| {
        with(|facts| {
            facts.alerts.push(alert(AlertKind::DriveMissing, "usb", AlertState::Open));
            facts.places[1].1 = state;
        })
    };
    assert_eq!(missing(DriveState::Away).reasons.len(), 1);
    assert_eq!(missing(DriveState::Away).headline, "Drive usb away since Monday");
    assert_eq!(missing(DriveState::Ready).reasons, []);
    let one_disk = with(|facts| {
        facts.is_one_disk = true;
        facts.alerts.push(alert(AlertKind::OneDisk, "", AlertState::Open));
    });
    assert_eq!(one_disk.reasons.len(), 1);
    let nothing_to_lose = with(|facts| {
        facts.is_one_disk = true;
        *archives(facts) = ArchiveFacts::default();
    });
    assert_eq!(nothing_to_lose.reasons.len(), 1, "where there is no backup, none lies on the card alone");
    let clock = with(|facts| {
        facts.clock = Clock::InDoubt;
        facts.alerts.push(alert(AlertKind::ClockInDoubt, "", AlertState::Open));
    });
    assert_eq!(clock.reasons.len(), 1);
}

#[test]
fn what_nobody_has_looked_at_yet_is_called_neither_good_nor_bad() {
    let looking = with(|facts| {
        facts.archives = None;
        facts.places.clear();
        facts.nights_at_risk = None;
    });
    assert_eq!((looking.level, looking.headline.as_str()), (Level::Looking, "Looking at the backups"));
    let worse = with(|facts| {
        facts.archives = None;
        facts.alerts.push(alert(AlertKind::HostStale, "pi", AlertState::Open));
    });
    assert_eq!(worse.level, Level::Bad, "what is known to be bad is told at once");
}
