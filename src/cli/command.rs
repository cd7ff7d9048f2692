//! What an owner types to give an order again; told with what failed.
use crate::base::rel_path::printable;
use crate::domain::night::Night;
use crate::domain::order::{
    ArchiveOrder, CameraOrder, DriveOrder, NightChoice, NightsOrder, Order, Original, PlanOrder, SectionChoice,
    SnapshotOrder, When,
};

const PROGRAM: &str = "allsky-backups";

/// The line for a terminal. An upload has no such line, so words say what it was.
pub fn command(order: &Order) -> String {
    let rest = match order {
        Order::Archive(order) => return archive(order),
        Order::Nights(order) => nights(order),
        Order::Plan(order) => plan(order),
        Order::Drive(DriveOrder::SetUp { destination }) => format!("dest init {destination}"),
        Order::Drive(DriveOrder::Check { destination }) => format!("dest check {destination}"),
        Order::Snapshot(order) => snapshot(order),
        Order::Camera(CameraOrder::Restore { request }) => format!("restore {}", request.name),
        Order::Camera(CameraOrder::RestoreNight { request }) => format!("nights restore {}", request.night.date()),
        Order::Camera(CameraOrder::Undo { id: Some(id) }) => format!("undo {id}"),
        Order::Camera(CameraOrder::Undo { id: None }) => "undo".to_owned(),
    };
    format!("{PROGRAM} {rest}")
}

fn archive(order: &ArchiveOrder) -> String {
    let rest = match order {
        ArchiveOrder::Upload { file_name } => return format!("upload of {file_name} on the page"),
        ArchiveOrder::CreateConfig { sections, .. } => match sections {
            SectionChoice::All => "create config".to_owned(),
            SectionChoice::Keys(keys) if !keys.is_empty() => format!("create config --sections {}", keys.join(",")),
            SectionChoice::None | SectionChoice::Keys(_) => "create config --sections none".to_owned(),
        },
        ArchiveOrder::CreateImages { nights: NightChoice::All } => "create images".to_owned(),
        ArchiveOrder::CreateImages { nights: NightChoice::Folders(folders) } => {
            format!("create images --nights {}", folders.join(","))
        }
        ArchiveOrder::Verify { name } => format!("verify {name}"),
        ArchiveOrder::VerifyAll => "verify --all".to_owned(),
        ArchiveOrder::Import { file } => format!("import {}", file.display()),
        ArchiveOrder::Inspect { name } => format!("info {name}"),
        ArchiveOrder::Delete { name } => format!("delete {name} --yes"),
        ArchiveOrder::Copy { name, from, to, original } => {
            let verb = match original {
                Original::Stays => "copy",
                Original::Goes => "move",
            };
            let from = if from.is_backups() { String::new() } else { format!(" --from {from}") };
            format!("{verb} {name} --to {to}{from}")
        }
    };
    format!("{PROGRAM} {rest}")
}

fn nights(order: &NightsOrder) -> String {
    let named = |verb: &str, nights: &[Night]| {
        let days = nights.iter().map(|night| night.date().to_string());
        std::iter::once(format!("nights {verb}")).chain(days).collect::<Vec<_>>().join(" ")
    };
    match order {
        NightsOrder::Run => "run nights".to_owned(),
        NightsOrder::Save { nights, .. } => named("save", nights),
        NightsOrder::Verify { nights } => named("verify", nights),
        NightsOrder::Prune => "prune --plan nights".to_owned(),
    }
}

fn plan(order: &PlanOrder) -> String {
    match order {
        PlanOrder::Sync { plan, .. } => format!("plans sync {plan}"),
        PlanOrder::Run { plan, .. } | PlanOrder::Hooks { plan, .. } => format!("plans run {plan}"),
        PlanOrder::Copy { plan, .. } => format!("plans copy {plan}"),
        PlanOrder::Retention { plan, .. } => format!("prune --plan {plan}"),
        PlanOrder::Prune { plan: Some(plan) } => format!("prune --plan {plan}"),
        PlanOrder::Prune { plan: None } => "prune".to_owned(),
    }
}

fn snapshot(order: &SnapshotOrder) -> String {
    match order {
        SnapshotOrder::Take { host } => format!("snapshots take {host}"),
        SnapshotOrder::Prune { host } => format!("snapshots prune {host}"),
        SnapshotOrder::Delete { host, snapshot } => format!("snapshots delete {host} {snapshot} --yes"),
        SnapshotOrder::Verify { host, snapshot: Some(name) } => format!("snapshots verify {host} {name}"),
        SnapshotOrder::Verify { host, snapshot: None } => format!("snapshots verify {host}"),
        SnapshotOrder::Archive { host, when } => format!("snapshots archive {host}{}", if_due(*when)),
        SnapshotOrder::MakeGolden { host, when } => format!("snapshots golden {host}{}", if_due(*when)),
        SnapshotOrder::VerifyArchive { host, name } => format!("snapshots verify {host} {name}"),
        SnapshotOrder::VerifyGolden { host, month } => format!("snapshots verify {host} {month}"),
        SnapshotOrder::Move { host, to, old } => {
            format!("snapshots move {host} {to}{}", if *old == Original::Goes { " --remove" } else { "" })
        }
        SnapshotOrder::Adopt { host, from, original } => {
            let keep = if *original == Original::Stays { " --keep" } else { "" };
            format!("snapshots adopt {} --host {host}{keep}", from.display())
        }
        SnapshotOrder::Restore { request } => {
            let paths = request.paths.iter().map(|path| format!("{} ", printable(path.as_bytes()))).collect::<String>();
            format!("snapshots restore {} {} {paths}--to {}", request.host, request.snapshot, request.to.display())
        }
    }
}

fn if_due(when: When) -> &'static str {
    if when == When::Due { " --if-due" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_told_as_the_line_that_gives_it() {
        let night = Night::parse_any("2025-12-24").unwrap();
        for (order, line) in [
            (Order::Nights(NightsOrder::Run), "allsky-backups run nights"),
            (Order::Nights(NightsOrder::Verify { nights: vec![night] }), "allsky-backups nights verify 2025-12-24"),
            (Order::Archive(ArchiveOrder::VerifyAll), "allsky-backups verify --all"),
            (Order::Archive(ArchiveOrder::Upload { file_name: "a.tar.gz".into() }), "upload of a.tar.gz on the page"),
            (
                Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::nights(&[night]) }),
                "allsky-backups create images --nights 20251224",
            ),
            (Order::Camera(CameraOrder::Undo { id: None }), "allsky-backups undo"),
        ] {
            assert_eq!(command(&order), line);
        }
    }
}
