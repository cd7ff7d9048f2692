//! The past of a demo: a drive, a host and the backups of a day, so that every page has something to show.
//!
//! Invariant: everything is made by the orders that an owner gives, by a clock that stands in the past; nothing is
//! written into the history by hand.
use std::fs;
use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::command::command;
use super::interrupt;
use crate::app::{self, Places};
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::domain::monitor::Unwatched;
use crate::domain::order::{ArchiveOrder, DriveOrder, NightChoice, NightsOrder, Order, PauseChoice, SectionChoice};
use crate::domain::turn::Turn;
use crate::jobs::Jobs;

/// The folder that snapshots are taken of.
const DESK: &str = "desk";
/// Stands for a drive, on the disk of the demo.
const USB: &str = "usb";

/// Writes the demo's configuration, and the files of its host. A configuration that is there stays.
pub(super) fn lay_out(dir: &Path, config: &Path) -> io::Result<()> {
    let desk = dir.join(DESK);
    fs::create_dir_all(desk.join("plans"))?;
    fs::create_dir_all(dir.join(USB))?;
    fs::write(desk.join("observing.txt"), "M31 before midnight\nM42 after it\n")?;
    fs::write(desk.join("plans/dome.txt"), "Hinge, motor, rain sensor\n")?;
    fs::write(desk.join("plans/shed.txt"), "Bought one instead\n")?;
    if config.exists() {
        return Ok(());
    }
    let [usb, desk] = [USB, DESK].map(|name| toml::Value::from(dir.join(name).to_string_lossy().into_owned()));
    fs::write(
        config,
        format!(
            "{PLANS}\n[[destination]]\nname = \"usb\"\npath = {usb}\nrequire_mount = false\n\n[[host]]\nname = \"desk\"\npath = {desk}\n"
        ),
    )
}

const PLANS: &str = r#"# The settings of this demo. Change them here or on the page.
[[plan]]
name = "weekly-config"
sources = ["config"]
schedule = { weekly = "sunday 12:15" }
copies = ["usb"]

[[plan]]
name = "hours"
sources = ["host:desk"]
schedule = { every = "1h" }
"#;

/// Makes the backups of the day before `now`. What cannot be made is told in the log: a demo with less to see is
/// better than none.
pub(super) fn make(places: &Places, dir: &Path, now: Timestamp) -> Result<(), Failure> {
    let usb = DestinationName::try_from(USB.to_owned()).ok();
    let begin = usb.map(|destination| Order::Drive(DriveOrder::SetUp { destination }));
    let all = SectionChoice::All;
    let config = Order::Archive(ArchiveOrder::CreateConfig { sections: all, pause: PauseChoice::Never });
    at(places, now, 26, begin.as_slice(), &["hours", "weekly-config"])?;
    change(dir).unwrap_or_else(|error| tracing::warn!("{}: {error}", dir.display()));
    at(places, now, 3, &[Order::Nights(NightsOrder::Run)], &["hours"])?;
    let images = Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::All });
    at(places, now, 1, &[config, images], &["hours"])
}

/// What somebody did at the desk meanwhile.
fn change(dir: &Path) -> io::Result<()> {
    let desk = dir.join(DESK);
    fs::write(desk.join("observing.txt"), "M31 before midnight\nM42 after it\nThe comet, low in the west\n")?;
    fs::write(desk.join("plans/filters.txt"), "Light pollution filter, 2 inch\n")?;
    fs::remove_file(desk.join("plans/shed.txt"))
}

/// Carries out `orders` and then a run of each of `plans`, so many `hours` before `now`.
fn at(places: &Places, now: Timestamp, hours: i64, orders: &[Order], plans: &[&str]) -> Result<(), Failure> {
    if interrupt::asked() {
        return Ok(());
    }
    let mut then = places.clone();
    then.nights.now = now.checked_sub(SignedDuration::from_hours(hours)).ok();
    let tools = app::open_at(then)?;
    let jobs = Jobs::attend(tools.clone(), command)?;
    for order in orders {
        if interrupt::asked() {
            return Ok(());
        }
        tell(jobs.run(order.clone(), &Unwatched).map(drop));
    }
    for plan in tools.plans.iter().filter(|plan| plans.contains(&plan.name.as_str())) {
        if interrupt::asked() {
            return Ok(());
        }
        let run = jobs.begin_run(&Turn::of(plan, Uuid::now_v7()))?;
        run.jobs.iter().for_each(|job| tell(jobs.run_part(job, &Unwatched).map(drop)));
    }
    Ok(())
}

fn tell(done: Result<(), Failure>) {
    if let Err(failure) = done {
        tracing::warn!("a part of the demo's past was left out: {}", failure.message);
    }
}
