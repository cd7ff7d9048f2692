//! The parts of a run: hooks before it, an order for each source of its plan, for each copy, for retention and for the sync,
//! then the hooks behind it, in this order.
//!
//! Invariant: a later part begins only when all earlier ones are over. One that fails ends no other that does not need
//! it (`needs`), and nothing is deleted where nothing new was made.
use std::collections::BTreeSet;

use super::destination::DestinationName;
use super::host::settings::HostName;
use super::job::JobState;
use super::order::{NightsOrder, Order, PlanOrder, SyncWish};
use super::plan::hook::HookTime;
use super::plan::name::PlanName;
use super::plan::{Plan, Source, Step};
use super::run_id::RunId;
use crate::domain::archive::name::ArchiveKind;

/// What a run consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    pub run: RunId,
    pub plan: PlanName,
    pub orders: Vec<Order>,
}

/// Which part of a run an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Before,
    Source,
    Copy,
    Retention,
    Sync,
    /// Hooks for how the run went.
    Ending,
    Finally,
}

impl Part {
    /// Hooks that have their turn however the run went, and whoever cancelled it.
    pub fn comes_in_any_case(self) -> bool {
        self >= Part::Ending
    }

    pub fn is_hooks(self) -> bool {
        self == Part::Before || self.comes_in_any_case()
    }
}

/// The part of a run that `order` is; `None` for an order that belongs to no plan.
pub fn part(order: &Order) -> Option<Part> {
    match order {
        Order::Plan(PlanOrder::Run { .. }) | Order::Nights(NightsOrder::Run) => Some(Part::Source),
        Order::Plan(PlanOrder::Copy { .. }) => Some(Part::Copy),
        Order::Plan(PlanOrder::Retention { .. }) => Some(Part::Retention),
        Order::Plan(PlanOrder::Sync { .. }) => Some(Part::Sync),
        Order::Plan(PlanOrder::Hooks { time, .. }) => Some(match time {
            HookTime::Before => Part::Before,
            HookTime::Ending => Part::Ending,
            HookTime::Finally => Part::Finally,
        }),
        _ => None,
    }
}

/// The plan that `order` is a part of.
pub fn plan_of(order: &Order) -> Option<PlanName> {
    match order {
        Order::Nights(NightsOrder::Run) => Some(PlanName::nights()),
        Order::Plan(
            PlanOrder::Run { plan, .. }
            | PlanOrder::Copy { plan, .. }
            | PlanOrder::Retention { plan, .. }
            | PlanOrder::Sync { plan, .. }
            | PlanOrder::Hooks { plan, .. },
        ) => Some(plan.clone()),
        _ => None,
    }
}

/// What a part of a run is called: `config`, `copy to usb`, `retention`.
pub fn step_of(order: &Order) -> String {
    match order {
        Order::Nights(NightsOrder::Run) => "nights".to_owned(),
        Order::Plan(PlanOrder::Run { source, .. }) => String::from(source.clone()),
        Order::Plan(PlanOrder::Copy { to: Some(to), .. }) => format!("copy to {to}"),
        Order::Plan(PlanOrder::Copy { to: None, .. }) => "copies".to_owned(),
        Order::Plan(PlanOrder::Retention { .. }) => "retention".to_owned(),
        Order::Plan(PlanOrder::Sync { .. }) => "sync".to_owned(),
        Order::Plan(PlanOrder::Hooks { time, .. }) => match time {
            HookTime::Before => "hooks before".to_owned(),
            HookTime::Ending => "hooks after".to_owned(),
            HookTime::Finally => "hooks finally".to_owned(),
        },
        other => other.verb().to_owned(),
    }
}

impl Turn {
    /// All that a turn of `plan` takes. Nights make room for themselves.
    pub fn of(plan: &Plan, run: RunId) -> Turn {
        let makes = plan.steps.contains(&Step::Archive) || plan.steps.contains(&Step::Nights);
        let sources = plan.sources.iter().filter(|_| makes).map(|source| match source {
            Source::Nights => Order::Nights(NightsOrder::Run),
            _ => Order::Plan(PlanOrder::Run { plan: plan.name.clone(), source: source.clone() }),
        });
        let copies = copies(plan, &plan.copies);
        let mut orders: Vec<Order> = sources.chain(copies).chain(retention(plan, run)).chain(sync(plan, run)).collect();
        if !orders.is_empty() {
            orders.splice(0..0, hooks(plan, run, HookTime::Before));
            orders.extend(hooks(plan, run, HookTime::Ending).into_iter().chain(hooks(plan, run, HookTime::Finally)));
        }
        Turn { run, plan: plan.name.clone(), orders }
    }

    /// The copies to `destinations` alone, and what goes there.
    pub fn of_copies(plan: &Plan, destinations: &[DestinationName], run: RunId) -> Turn {
        let orders = copies(plan, destinations).chain(retention(plan, run)).collect();
        Turn { run, plan: plan.name.clone(), orders }
    }

    /// What the plan keeps goes to its target, and nothing else is done.
    pub fn of_sync(plan: &Plan, wish: SyncWish, run: RunId) -> Turn {
        let orders = vec![Order::Plan(PlanOrder::Sync { plan: plan.name.clone(), run, wish })];
        Turn { run, plan: plan.name.clone(), orders }
    }

    /// A run of one part; `None` for an order that belongs to no plan.
    pub fn of_order(order: &Order, run: RunId) -> Option<Turn> {
        Some(Turn { run, plan: plan_of(order)?, orders: vec![order.clone()] })
    }
}

/// One order for all hooks of a time, in the order of the file.
fn hooks(plan: &Plan, run: RunId, time: HookTime) -> Option<Order> {
    plan.has_hooks(time).then(|| Order::Plan(PlanOrder::Hooks { plan: plan.name.clone(), run, time }))
}

fn copies(plan: &Plan, to: &[DestinationName]) -> impl Iterator<Item = Order> {
    let elsewhere = to.iter().filter(|to| **to != plan.destination);
    elsewhere.map(|to| Order::Plan(PlanOrder::Copy { plan: plan.name.clone(), to: Some(to.clone()) }))
}

fn retention(plan: &Plan, run: RunId) -> Option<Order> {
    let has_rules = !plan.kinds().is_empty() && !plan.retention.rules().is_empty();
    let has_hosts = plan.sources.iter().any(|source| source.host().is_some());
    let prunes = plan.steps.contains(&Step::Retention) && (has_rules || has_hosts);
    prunes.then(|| Order::Plan(PlanOrder::Retention { plan: plan.name.clone(), run }))
}

fn sync(plan: &Plan, run: RunId) -> Option<Order> {
    let wanted = plan.steps.contains(&Step::Sync) && plan.remote.is_some();
    wanted.then(|| Order::Plan(PlanOrder::Sync { plan: plan.name.clone(), run, wish: SyncWish::Usual }))
}

/// Where the rules of a plan may be applied after a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prunable {
    pub archives: Vec<(DestinationName, ArchiveKind)>,
    pub hosts: Vec<HostName>,
}

impl Prunable {
    /// What `parts` of a run of `plan`, and how they ended, allow.
    pub fn after(plan: &Plan, parts: &[(Order, JobState)]) -> Prunable {
        let has_made = |state: JobState| matches!(state, JobState::Success | JobState::Warning);
        let made = |source: &Source| {
            parts.iter().any(
                |(order, state)| matches!(order, Order::Plan(PlanOrder::Run { source: one, .. }) if one == source && has_made(*state)),
            )
        };
        let makes = plan.steps.contains(&Step::Archive);
        let sources: Vec<&Source> = plan.sources.iter().filter(|source| !makes || made(source)).collect();
        let rules = !plan.retention.rules().is_empty();
        let mut archives = Vec::new();
        for kind in plan.kinds().into_iter().filter(|_| rules) {
            if sources.iter().any(|source| source.kind() == Some(kind)) {
                archives.push((plan.destination.clone(), kind));
            }
            for (order, state) in parts {
                if let Order::Plan(PlanOrder::Copy { to: Some(to), .. }) = order
                    && has_made(*state)
                {
                    archives.push((to.clone(), kind));
                }
            }
        }
        // Nothing goes of a host of which one thing could not be made.
        let is_done = |host: &&HostName| {
            plan.sources.iter().filter(|one| one.host() == Some(host)).all(|one| sources.contains(&one))
        };
        let hosts: BTreeSet<&HostName> = plan.sources.iter().filter_map(Source::host).filter(is_done).collect();
        Prunable { archives, hosts: hosts.into_iter().cloned().collect() }
    }

    pub fn is_nothing(&self) -> bool {
        self.archives.is_empty() && self.hosts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usb() -> DestinationName {
        "usb".parse().unwrap()
    }

    fn plan() -> Plan {
        let sources = vec![Source::Config, Source::ImagesNew, Source::Host("pi".parse().unwrap())];
        Plan { sources, copies: vec![usb()], ..Plan::weekly_config() }
    }

    #[test]
    fn a_turn_has_its_sources_first_its_copies_second_and_retention_last() {
        let parts = |turn: &Turn| turn.orders.iter().filter_map(part).collect::<Vec<_>>();
        let turn = Turn::of(&plan(), RunId::nil());
        use Part::{Copy, Retention, Source};
        assert_eq!(parts(&turn), [Source, Source, Source, Copy, Retention]);
        assert!(turn.orders.iter().all(|order| plan_of(order) == Some(turn.plan.clone())));
        let night = Plan::nights(jiff::civil::time(11, 30, 0, 0));
        assert_eq!(parts(&Turn::of(&night, RunId::nil())), [Source]);
        let keeps_all = Plan { retention: Default::default(), ..Plan::weekly_config() };
        assert_eq!(parts(&Turn::of(&keeps_all, RunId::nil())), [Source]);
        let only_prunes = Plan { steps: vec![Step::Retention], ..Plan::weekly_config() };
        assert_eq!(parts(&Turn::of(&only_prunes, RunId::nil())), [Retention]);
        assert_eq!(parts(&Turn::of_copies(&plan(), &[usb()], RunId::nil())), [Copy, Retention]);
    }

    #[test]
    fn the_rules_are_applied_only_where_the_run_has_made_something_new() {
        use JobState::{Failed, Skipped, Success, Warning};
        let orders = Turn::of(&plan(), RunId::nil()).orders;
        let after = |states: [JobState; 4]| {
            let parts: Vec<_> = orders.iter().cloned().zip(states).collect();
            let found = Prunable::after(&plan(), &parts);
            let archives = found.archives.into_iter().map(|(place, kind)| format!("{place} {kind}"));
            archives.chain(found.hosts.iter().map(|host| host.to_string())).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            after([Success, Warning, Success, Success]),
            "backups config, usb config, backups images, usb images, pi"
        );
        assert_eq!(after([Failed, Skipped, Failed, Failed]), "");
        assert_eq!(after([Failed, Success, Failed, Failed]), "backups images");
        assert_eq!(after([Skipped, Skipped, Success, Skipped]), "pi");
        let only_prunes = Plan { steps: vec![Step::Retention], ..Plan::weekly_config() };
        assert_eq!(Prunable::after(&only_prunes, &[]).archives.len(), 1);
    }
}
