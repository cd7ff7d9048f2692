//! What an owner types to give an order again; told with what failed.
use super::order::{NightChoice, Order, SectionChoice};
use crate::base::rel_path::printable;
use crate::domain::nights::wish::NightsWish;

const PROGRAM: &str = "allsky-backups";

/// The line for a terminal. An upload has no such line, so words say what it was.
pub fn command(order: &Order) -> String {
    let rest = match order {
        Order::CreateConfig { sections: SectionChoice::All, .. } => "create config".to_owned(),
        Order::CreateConfig { sections: SectionChoice::None, .. } => "create config --sections none".to_owned(),
        Order::CreateConfig { sections: SectionChoice::Keys(keys), .. } if keys.is_empty() => {
            "create config --sections none".to_owned()
        }
        Order::CreateConfig { sections: SectionChoice::Keys(keys), .. } => {
            format!("create config --sections {}", keys.join(","))
        }
        Order::CreateImages { nights: NightChoice::All } => "create images".to_owned(),
        Order::CreateImages { nights: NightChoice::Folders(folders) } => {
            format!("create images --nights {}", folders.join(","))
        }
        Order::Nights { wish } => nights(wish),
        Order::RestoreNight { ask } => format!("nights restore {}", ask.night.date()),
        Order::RunPlan { plan, .. } => format!("plans run {plan}"),
        Order::CopyPlan { plan } => format!("plans copy {plan}"),
        Order::PruneArchives { plan: Some(plan) } => format!("prune --plan {plan}"),
        Order::PruneArchives { plan: None } => "prune".to_owned(),
        Order::Verify { name } => format!("verify {name}"),
        Order::VerifyAll => "verify --all".to_owned(),
        Order::Import { file } => format!("import {}", file.display()),
        Order::Upload { file_name } => return format!("upload of {file_name} on the page"),
        Order::Inspect { name } => format!("info {name}"),
        Order::CopyArchive { name, from, to, .. } => {
            let from = if from.is_backups() { String::new() } else { format!(" --from {from}") };
            format!("{} {name} --to {to}{from}", order.verb())
        }
        Order::Delete { name } => format!("delete {name} --yes"),
        Order::SetUpDrive { destination } => format!("dest init {destination}"),
        Order::CheckDrive { destination } => format!("dest check {destination}"),
        Order::TakeSnapshot { host } => format!("snapshots take {host}"),
        Order::PruneSnapshots { host } => format!("snapshots prune {host}"),
        Order::VerifySnapshot { host, snapshot: Some(name) } => format!("snapshots verify {host} {name}"),
        Order::VerifySnapshot { host, snapshot: None } => format!("snapshots verify {host}"),
        Order::RestoreSnapshot { ask } => {
            let paths = ask.paths.iter().map(|path| format!("{} ", printable(path.as_bytes()))).collect::<String>();
            format!("snapshots restore {} {} {paths}--to {}", ask.host, ask.snapshot, ask.to.display())
        }
        Order::Restore { ask } => format!("restore {}", ask.name),
        Order::Undo { id: Some(id) } => format!("undo {id}"),
        Order::Undo { id: None } => "undo".to_owned(),
    };
    format!("{PROGRAM} {rest}")
}

fn nights(wish: &NightsWish) -> String {
    let named = |verb: &str, nights: &[super::night::Night]| {
        let days = nights.iter().map(|night| night.date().to_string());
        std::iter::once(format!("nights {verb}")).chain(days).collect::<Vec<_>>().join(" ")
    };
    match wish {
        NightsWish::Run => "run nights".to_owned(),
        NightsWish::Save { nights, .. } => named("save", nights),
        NightsWish::Verify { nights } => named("verify", nights),
        NightsWish::Prune => "prune --plan nights".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::night::Night;

    #[test]
    fn an_order_is_told_as_the_line_that_gives_it() {
        let night = Night::parse_any("2025-12-24").unwrap();
        for (order, line) in [
            (Order::Nights { wish: NightsWish::Run }, "allsky-backups run nights"),
            (
                Order::Nights { wish: NightsWish::Verify { nights: vec![night] } },
                "allsky-backups nights verify 2025-12-24",
            ),
            (Order::VerifyAll, "allsky-backups verify --all"),
            (
                Order::CreateImages { nights: NightChoice::nights(&[night]) },
                "allsky-backups create images --nights 20251224",
            ),
            (Order::Undo { id: None }, "allsky-backups undo"),
        ] {
            assert_eq!(command(&order), line);
        }
    }
}
