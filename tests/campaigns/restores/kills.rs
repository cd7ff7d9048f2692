//! kill -9 of the program while it restores, and of the recovery that follows, again and again.
use std::os::unix::process::ExitStatusExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::scene::{ALL, End, Scene, What};
use crate::dice::Dice;
use crate::support::injector::{self, Fault};
use crate::support::terminal::Running;
use crate::{Outcome, Scale};

const ALTOGETHER: usize = 2000;
/// As many as this machine has cores, at most.
const WORKERS: usize = 2;

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
enum When {
    /// At its nth call of this name, before the call is made.
    Step(&'static str, usize),
    /// After this part of the time that it takes undisturbed.
    Moment(f64),
}

/// Which program comes first after the kills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    TheSame,
    /// With another state folder, as a service beside a terminal.
    Another,
}

#[derive(Debug, Clone)]
struct Case {
    what: What,
    first: When,
    /// Kills of one recovery after the other.
    then: Vec<When>,
    recovers: First,
}

#[derive(Debug, Default)]
struct Tally {
    old: usize,
    new: usize,
    at_rest: usize,
    nested: usize,
    nested_cases: usize,
    longest: usize,
    elsewhere: usize,
}

pub fn at_every_step_and_at_random(scale: Scale, dice: &mut Dice) -> Outcome {
    assert!(injector::works(), "this campaign needs strace");
    let scenes = ALL.map(Scene::new);
    let steps: Vec<(What, When)> = scenes
        .iter()
        .flat_map(|scene| scene.steps().into_iter().map(|(call, nth)| (scene.what, When::Step(call, nth))))
        .collect();
    let all_steps = steps.len();
    let every = match scale {
        Scale::Full => 1,
        Scale::Tenth => 10,
    };
    let mut firsts: Vec<(What, When)> = steps.into_iter().step_by(every).collect();
    let stepped = firsts.len();
    let count = scale.of(ALTOGETHER).max(stepped);
    for n in stepped..count {
        firsts.push((ALL[n % ALL.len()], When::Moment(dice.part())));
    }
    let case = |(what, first)| {
        let recovers = if dice.roll().is_multiple_of(3) { First::Another } else { First::TheSame };
        Case { what, first, then: nested(dice), recovers }
    };
    let cases: Vec<Case> = firsts.into_iter().map(case).collect();
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    let work = |scenes: &[Scene; 4]| {
        let times = scenes.each_ref().map(Times::measure);
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let at = ALL.iter().position(|what| *what == case.what).unwrap();
            run(&scenes[at], &times[at], case, &tally);
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..WORKERS).map(|_| scope.spawn(|| work(&ALL.map(Scene::new)))).collect();
        work(&scenes);
        others.into_iter().for_each(|other| other.join().unwrap());
    });
    let Tally { old, new, at_rest, nested, nested_cases, longest, elsewhere } = tally.into_inner().unwrap();
    assert!(old > 0 && new > 0 && nested > 0 && elsewhere > 0, "{old} {new} {nested} {elsewhere}");
    let remark = format!(
        "at {stepped} of {all_steps} steps and {} random moments: {old} ended all old, {new} all new, {at_rest} left the camera \
         at rest until recovery; recovery itself was killed {nested} times in {nested_cases} of them, up to {longest} times in a row; \
         {elsewhere} were put right by a program with another state folder",
        count - stepped
    );
    Outcome { count, remark }
}

/// Every other recovery is killed as well, some up to four times.
fn nested(dice: &mut Dice) -> Vec<When> {
    if dice.roll().is_multiple_of(2) {
        return Vec::new();
    }
    let times = 1 + dice.roll() % 4;
    let one = |_| match dice.roll() % 6 {
        0 => When::Moment(dice.part()),
        kind => {
            let call = ["renameat", "unlinkat", "fsync", "pwrite64", "write"][kind as usize - 1];
            When::Step(call, 1 + (dice.roll() % 12) as usize)
        }
    };
    (0..times).map(one).collect()
}

/// How long things take when nobody disturbs them.
struct Times {
    restore: Duration,
    recover: Duration,
}

impl Times {
    fn measure(scene: &Scene) -> Times {
        let begin = Instant::now();
        assert_eq!(scene.plainly().code, Some(0));
        let restore = begin.elapsed();
        let begin = Instant::now();
        scene.terminal.ask("recover");
        let recover = begin.elapsed();
        scene.reset();
        Times { restore, recover }
    }
}

fn run(scene: &Scene, times: &Times, case: &Case, tally: &Mutex<Tally>) {
    let at = format!("{case:?}");
    scene.reset();
    // On a busy machine it may be done before its moment comes: then an earlier one is tried. The last
    // writes of the history's database are not the same in each run either.
    let at_a_moment = |part: f64| {
        (0..20).any(|earlier| {
            scene.reset();
            kill_after(scene.start(), times.restore.mul_f64(part * 0.8f64.powi(earlier)))
        })
    };
    let died = match case.first {
        When::Step(call, nth) => was_killed(scene.start_with(Fault::Kill, call, nth)) || at_a_moment(0.9),
        When::Moment(part) => at_a_moment(part),
    };
    assert!(died, "{at}: it was done before it could be killed");
    let rests = scene.terminal.is_active() == scene.is_at_rest();
    let mut nested = 0;
    for when in &case.then {
        nested += usize::from(match when {
            When::Step(call, nth) => was_killed(scene.recover_with(Fault::Kill, call, *nth)),
            When::Moment(part) => kill_after(scene.terminal.start("recover"), times.recover.mul_f64(*part)),
        });
    }
    if case.recovers == First::Another {
        scene.judge_elsewhere(&at);
    }
    let end = scene.judge(&at);
    let mut tally = tally.lock().unwrap();
    match end {
        End::Old => tally.old += 1,
        End::New => tally.new += 1,
    }
    tally.at_rest += usize::from(rests);
    tally.elsewhere += usize::from(case.recovers == First::Another);
    tally.nested += nested;
    tally.nested_cases += usize::from(nested > 0);
    tally.longest = tally.longest.max(nested);
}

/// Waits for strace, which ends as the program did, then ends what the program had started.
fn was_killed(mut traced: Running) -> bool {
    let status = traced.child().wait().unwrap();
    traced.kill();
    status.signal() == Some(9) || status.code() == Some(137)
}

/// True when it died of it.
fn kill_after(mut running: Running, moment: Duration) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < moment && !running.is_over() {
        std::thread::sleep(Duration::from_micros(200));
    }
    let died = !running.is_over();
    running.kill();
    died
}
