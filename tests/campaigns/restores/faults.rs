//! Every operation on the disk fails once, with a defective disk and with a full one.
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::scene::{End, Scene, What};
use crate::dice::Dice;
use crate::support::injector::{self, Fault};
use crate::{Outcome, Scale};

const SCENES: [What; 3] = [What::Settings, What::Nights, What::Undo];

#[derive(Debug, Clone, Copy)]
struct Case {
    what: What,
    call: &'static str,
    nth: usize,
    fault: Fault,
}

#[derive(Debug, Default)]
struct Tally {
    refused: usize,
    went_on: usize,
    needed_recovery: usize,
}

pub fn at_every_operation(scale: Scale, dice: &mut Dice) -> Outcome {
    assert!(injector::works(), "this campaign needs strace");
    let scenes = SCENES.map(Scene::new);
    let faults =
        [Fault::Error("EIO"), Fault::Error("ENOSPC"), Fault::ErrorFrom("EIO"), Fault::ErrorFrom("ENOSPC")];
    let mut cases: Vec<Case> = Vec::new();
    for scene in &scenes {
        for (call, nth) in scene.steps() {
            cases.extend(faults.map(|fault| Case { what: scene.what, call, nth, fault }));
        }
    }
    let all = cases.len();
    if matches!(scale, Scale::Tenth) {
        let offset = (dice.roll() % 23) as usize;
        cases = cases.into_iter().skip(offset).step_by(23).collect();
    }
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    let work = |scenes: &[Scene; 3]| {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            run(&scenes[SCENES.iter().position(|what| *what == case.what).unwrap()], case, &tally);
        }
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| work(&SCENES.map(Scene::new)));
        work(&scenes);
        other.join().unwrap();
    });
    let Tally { refused, went_on, needed_recovery } = tally.into_inner().unwrap();
    assert!(refused > 0 && went_on > 0);
    let remark = format!(
        "{} of {all}: {refused} ended all old and said what failed and what to do, {went_on} went on and ended all new, \
         {needed_recovery} were finished by recovery",
        cases.len()
    );
    Outcome { count: cases.len(), remark }
}

fn run(scene: &Scene, case: &Case, tally: &Mutex<Tally>) {
    let at = format!("{case:?}");
    scene.reset();
    let said = scene.start_with(case.fault, case.call, case.nth).end();
    assert!(scene.was_injected(), "{at}: {said:?}");
    eprintln!("{at}: {:?} {} {}", said.code, String::from_utf8_lossy(&said.out).trim(), said.err.trim());
    let end = scene.judge(&at);
    let mut tally = tally.lock().unwrap();
    match (said.code, end) {
        (Some(0), End::New) => tally.went_on += 1,
        (_, End::Old) => tally.refused += 1,
        (_, End::New) => tally.needed_recovery += 1,
    }
}
