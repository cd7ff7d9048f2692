//! `status`: is everything backed up, and what is to be done about it. The words are those of the page.
use super::reading::ReadingSession;
use crate::domain::failure::Failure;
use crate::domain::verdict::Level;
use crate::domain::verdict::reason::{Reason, Remedy};
use crate::work::destinations::look::look_at_all;
use crate::work::nights::list;
use crate::work::verdict::{Seen, is_one_disk, verdict};

impl ReadingSession {
    pub(super) fn status(&self) -> Result<(), Failure> {
        self.needs_history()?;
        let tools = &self.tools;
        let items = crate::work::archive::list::list(tools).map_err(Failure::from);
        // A camera whose nights cannot be read has none at risk that anybody could name.
        let nights = list::look(tools).and_then(|nights| list::list_of(tools, &nights)).ok();
        let seen = Seen {
            archives: Some(items.as_ref().map(Vec::as_slice).map_err(Clone::clone)),
            places: look_at_all(tools).into_iter().map(|place| (place.name, place.state)).collect(),
            is_one_disk: is_one_disk(tools),
            nights_at_risk: nights.map(|items| items.iter().filter(|item| item.is_worth_saving_now()).count() as u64),
        };
        let verdict = verdict(tools, seen)?;
        self.screen.show(&verdict, |out| {
            writeln!(out, "{}. {}", verdict.headline, verdict.detail)?;
            for reason in &verdict.reasons {
                let seen = if reason.is_seen { ", acknowledged" } else { "" };
                writeln!(out, "\n{}: {}{seen}", word(reason), reason.headline)?;
                writeln!(out, "  {}.", reason.text)?;
                writeln!(out, "  {}", line(&reason.remedy))?;
            }
            Ok(())
        })
    }
}

fn word(reason: &Reason) -> &'static str {
    match reason.level {
        Level::Bad => "bad",
        Level::Warning => "warning",
        Level::Good | Level::Looking => "note",
    }
}

/// What is typed to mend it.
fn line(remedy: &Remedy) -> String {
    let rest = match remedy {
        Remedy::CreateBackup => "create config".to_owned(),
        Remedy::VerifyAll => "verify --all".to_owned(),
        Remedy::ShowBackups => "list".to_owned(),
        Remedy::ShowNights => "run nights".to_owned(),
        Remedy::ShowSnapshots => "snapshots alerts".to_owned(),
        Remedy::ShowDestinations => "dest list".to_owned(),
        Remedy::ShowMails => "mail list".to_owned(),
        Remedy::MakePlan => "plans list".to_owned(),
        Remedy::RunPlan(plan) if plan.is_nights() => "run nights".to_owned(),
        Remedy::RunPlan(plan) => format!("plans run {plan}"),
        Remedy::ResumePlan(plan) => format!("plans resume {plan}"),
        Remedy::TakeSnapshot(host) => format!("snapshots take {host}"),
    };
    format!("allsky-backups {rest}")
}
