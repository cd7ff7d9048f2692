//! Turns of plans over 800 days in six zones whose clocks change in other ways: looks at odd distances, machines that are
//! off for hours and weeks, and clocks that run ahead or behind for a while. A slot has one run at most, what was missed
//! is caught up once, and while the clock is right no slot is left out.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use allsky_backups::domain::job::Trigger;
use allsky_backups::domain::plan::Plan;
use allsky_backups::domain::settings::Reading;
use allsky_backups::jobs::Jobs;
use allsky_backups::work::Tools;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::dice::Dice;
use crate::support::rig::Rig;
use crate::{Outcome, Scale};

const ZONES: [&str; 6] =
    ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "UTC"];
/// Some lie in the hour that a change of the clocks leaves out, or brings twice.
const SCHEDULES: [(&str, &str); 5] = [
    ("daily", "{ daily = \"02:30\" }"),
    ("weekly", "{ weekly = \"sunday 00:10\" }"),
    ("six-hours", "{ every = \"6h\" }"),
    ("cron", "{ cron = \"45 */8 * * *\" }"),
    ("monthly", "{ cron = \"15 2 1 * *\" }"),
];
/// What begins later was missed.
const ON_TIME: SignedDuration = SignedDuration::from_mins(10);
/// A clock that is ahead by less may be that of another zone.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

pub fn of_plans(scale: Scale, dice: &mut Dice) -> Outcome {
    let days = scale.of(800);
    let mut told = Told::default();
    for zone in ZONES {
        one_zone(zone, days, dice, &mut told);
    }
    let Told { runs, caught_up, off, wrong } = told;
    let remark = format!(
        "in {} zones, with {off} times off and {wrong} wrong clocks; {runs} runs, {caught_up} of them caught up, no slot twice",
        ZONES.len()
    );
    Outcome { count: days, remark }
}

#[derive(Default)]
struct Told {
    runs: usize,
    caught_up: usize,
    off: usize,
    wrong: usize,
}

/// What is known of a plan.
#[derive(Default)]
struct Known {
    /// Slots that have had their run while the clock was right.
    slots: BTreeSet<Timestamp>,
    newest: Option<Timestamp>,
    /// Slots that had their run too early, under a clock that was days ahead. They may have another one, in their time.
    early: BTreeSet<Timestamp>,
    /// The clock was wrong, or this is the first look: which slot comes next is for the program to say.
    is_open: bool,
}

struct World {
    rig: Rig,
    clock: Arc<Mutex<Zoned>>,
    plans: Vec<Plan>,
    jobs: Arc<Jobs>,
}

impl World {
    fn new(begin: &Zoned) -> World {
        let rig = Rig::new();
        let text: String = SCHEDULES
            .iter()
            .map(|(name, schedule)| {
                format!("[[plan]]\nname = \"{name}\"\nsources = [\"config\"]\nschedule = {schedule}\nretention = {{ keep_last = 3 }}\n")
            })
            .collect();
        let reading = Reading::of(&text);
        assert!(reading.mistakes.is_empty(), "{:?}", reading.mistakes);
        let plans: Vec<Plan> = reading
            .settings
            .plans
            .into_iter()
            .filter(|plan| SCHEDULES.iter().any(|(name, _)| plan.name.as_str() == *name))
            .collect();
        let clock = Arc::new(Mutex::new(begin.clone()));
        let jobs = start(&rig, &clock, &plans);
        World { rig, clock, plans, jobs }
    }

    /// The program ends and is started again, with nothing but its catalog.
    fn start_again(&mut self) {
        self.jobs = start(&self.rig, &self.clock, &self.plans);
    }

    /// What is owed at this moment is queued, told, and given up, so that the next look is not held up: slot and trigger
    /// by plan.
    fn look(&self, now: &Zoned) -> BTreeMap<String, (Timestamp, Trigger)> {
        *self.clock.lock().unwrap() = now.clone();
        self.jobs.look_at_schedule();
        let mut new = BTreeMap::new();
        let open = self.jobs.runs(None, 2 * SCHEDULES.len() as u32).unwrap().into_iter();
        for run in open.filter(|run| !run.state.is_over()) {
            let slot = run.slot.expect("a run of the schedule has its slot");
            assert!(
                new.insert(run.plan.to_string(), (slot, run.trigger)).is_none(),
                "{now}: {} has two runs",
                run.plan
            );
            assert!(self.jobs.cancel_run(run.id).unwrap());
        }
        new
    }
}

fn start(rig: &Rig, clock: &Arc<Mutex<Zoned>>, plans: &[Plan]) -> Arc<Jobs> {
    let told = clock.clone();
    let now = Arc::new(move || told.lock().unwrap().clone());
    let tools = Arc::new(Tools { now, plans: plans.to_vec(), ..(*rig.tools).clone() });
    Jobs::attend(tools, allsky_backups::cli::command).unwrap()
}

fn one_zone(zone: &str, days: usize, dice: &mut Dice, told: &mut Told) {
    let zone = TimeZone::get(zone).unwrap();
    // Any day of a year, so that short campaigns see every change of the clocks in the end.
    let first: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
    let mut now = (first + SignedDuration::from_hours((dice.roll() % 8760) as i64)).to_zoned(zone);
    let end = &now + SignedDuration::from_hours(24 * days as i64);
    let mut world = World::new(&now);
    let mut known: BTreeMap<String, Known> =
        world.plans.iter().map(|plan| (plan.name.to_string(), Known { is_open: true, ..Known::default() })).collect();
    while now < end {
        match dice.roll() % 400 {
            0 => {
                let hours = 1 + dice.roll() % (24 * 20);
                now = &now + SignedDuration::from_hours(hours as i64);
                world.start_again();
                told.off += 1;
            }
            1 => {
                wrong_clock(&world, &now, dice, &mut known);
                told.wrong += 1;
            }
            _ => now = &now + SignedDuration::from_mins((1 + dice.roll() % 59) as i64),
        }
        let new = world.look(&now);
        for plan in &world.plans {
            let latest = plan.schedule.latest(&now).unwrap().timestamp();
            let known = known.get_mut(plan.name.as_str()).unwrap();
            let at = format!("{now}: {} of {latest}", plan.name);
            match new.get(plan.name.as_str()) {
                Some((slot, trigger)) => {
                    assert_eq!(*slot, latest, "{at}: what was missed is caught up once, as its newest slot");
                    assert!(known.slots.insert(*slot), "{at}: this slot had its run");
                    let is_late = now.timestamp().duration_since(*slot) > ON_TIME;
                    assert_eq!(*trigger, if is_late { Trigger::CatchUp } else { Trigger::Schedule }, "{at}");
                    told.runs += 1;
                    told.caught_up += usize::from(is_late);
                }
                None => {
                    let is_done = known.newest >= Some(latest) || known.early.contains(&latest);
                    assert!(known.is_open || is_done, "{at}: this slot is left out");
                }
            }
            known.newest = known.newest.max(Some(latest));
            known.is_open = false;
        }
        assert!(world.look(&now).is_empty(), "{now}: a second look starts nothing");
    }
}

/// The clock runs ahead or behind for a few looks, and is put right.
fn wrong_clock(world: &World, now: &Zoned, dice: &mut Dice, known: &mut BTreeMap<String, Known>) {
    let hours = 1 + (dice.roll() % (24 * 400)) as i64;
    let by = SignedDuration::from_hours(if dice.roll().is_multiple_of(2) { hours } else { -hours });
    let mut wrong = now + by;
    let mut seen: BTreeSet<(String, Timestamp)> = BTreeSet::new();
    for _ in 0..1 + dice.roll() % 3 {
        for (plan, (slot, _)) in world.look(&wrong) {
            assert!(slot <= wrong.timestamp(), "{wrong}: {plan} runs a slot that is to come");
            assert!(seen.insert((plan.clone(), slot)), "{wrong}: {plan} runs {slot} again under this clock");
            let known = known.get_mut(&plan).unwrap();
            if by.is_negative() {
                // Work went on under this clock, so the program cannot know that the slots behind it had their runs.
                known.slots.retain(|had| *had < slot);
            } else if slot.duration_since(now.timestamp()) <= A_DAY {
                // A clock that is a little ahead is believed when it is put right, and so is what it ran.
                known.slots.insert(slot);
                known.newest = known.newest.max(Some(slot));
            } else {
                known.early.insert(slot);
            }
        }
        wrong = &wrong + SignedDuration::from_mins((1 + dice.roll() % 59) as i64);
    }
    known.values_mut().for_each(|known| known.is_open = true);
}
