//! Where backups and the history of this program are kept.
use crate::base::size::Bytes;
use crate::base::space::shut;
use crate::domain::checkup::Check;
use crate::domain::destination::DestinationName;
use crate::domain::drives::state::DriveState;
use crate::domain::failure::{Code, Failure};
use crate::work::destinations::look::{Place, look_at_all};
use crate::work::{Tools, one_disk};

/// `unknown`: why nothing of it can be read; `shut`: why nothing can be written beside it.
pub(super) fn history(tools: &Tools, unknown: Option<&Failure>, shut: Option<&Failure>) -> Vec<Check> {
    if let Some(why) = unknown.or(shut) {
        return vec![Check::failed("history", why)];
    }
    vec![match tools.catalog.damaged_copy() {
        Some(copy) => Check::warning(
            "history",
            format!("it was damaged, and a new one was begun; the old one is {}", copy.display()),
            "Pins and notes of before are gone from the lists; the backups themselves are not.",
        ),
        None => Check::good("history", format!("in {}", tools.state_dir.display())),
    }]
}

pub(super) fn destinations(tools: &Tools) -> Vec<Check> {
    let places = look_at_all(tools);
    let mut checks: Vec<Check> = places.iter().map(|place| destination(tools, place)).collect();
    if places.iter().any(|place| place.holds_every_backup) {
        checks.push(Check::warning("second disk", one_disk::WARNING, one_disk::ADVICE));
    }
    checks
}

fn destination(tools: &Tools, place: &Place) -> Check {
    let subject = format!("destination {}", place.name);
    let (state, path) = (place.state.word(), place.path.display());
    let room = match (place.free_bytes, place.total_bytes) {
        (Some(free), Some(total)) => format!(", {} of {} free", Bytes(free), Bytes(total)),
        _ => String::new(),
    };
    let said = match &place.why {
        Some(why) => format!("{path}: {state}: {why}"),
        None => format!("{path}: {state}{room}"),
    };
    let advice = place.advice.clone().unwrap_or_default();
    match place.state {
        DriveState::Ready | DriveState::NotMade => match shut(&place.path) {
            Some(why) => Check::failed(
                subject,
                &Failure {
                    code: Code::NotReady,
                    message: format!("{path}: nothing can be written there: {why}"),
                    advice: "Run this as the owner of the backups, or give this user the right to write there.".into(),
                },
            ),
            None => {
                Check::good(subject, if place.state == DriveState::NotMade { format!("{path}: {state}") } else { said })
            }
        },
        DriveState::Full => Check::warning(subject, said, advice),
        // A drive that nothing goes to by itself may well be on a shelf.
        _ if is_wanted(tools, &place.name) => {
            Check::failed(subject, &Failure { code: Code::NotReady, message: said, advice })
        }
        _ => Check::warning(subject, said, advice),
    }
}

/// Whether a plan brings backups there.
fn is_wanted(tools: &Tools, name: &DestinationName) -> bool {
    let of_plans = tools.plans.iter().filter(|plan| plan.enabled);
    let is_of_nights = tools.nights.settings.schedule.0.is_some()
        && tools.nights.drive.as_ref().is_some_and(|drive| drive.name == *name);
    name.is_backups()
        || is_of_nights
        || of_plans.flat_map(|plan| plan.copies.iter().chain([&plan.destination])).any(|place| place == name)
}
