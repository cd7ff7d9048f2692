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
    half_way: usize,
    missed: usize,
}

pub fn at_every_operation(scale: Scale, dice: &mut Dice) -> Outcome {
    assert!(injector::works(), "this campaign needs strace");
    let scenes = SCENES.map(Scene::new);
    let mut cases: Vec<Case> = Vec::new();
    for scene in &scenes {
        for (at, (call, nth)) in scene.steps().into_iter().enumerate() {
            let faults = [Fault::Error("EIO"), Fault::Error("ENOSPC"), Fault::ErrorFrom("EIO")];
            // Disks that stay broken are all broken in the same way: a quarter of them will do.
            let faults = &faults[..if at % 4 == 0 { 3 } else { 2 }];
            cases.extend(faults.iter().map(|fault| Case { what: scene.what, call, nth, fault: *fault }));
        }
    }
    let all = cases.len();
    if matches!(scale, Scale::Tenth) {
        let offset = (dice.roll() % 29) as usize;
        cases = cases.into_iter().skip(offset).step_by(29).collect();
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
    let Tally { refused, went_on, half_way, missed } = tally.into_inner().unwrap();
    assert!(refused > 0 && went_on > 0 && missed * 20 <= cases.len(), "{missed}");
    let remark = format!(
        "{} of {all}: {refused} ended all old at once, with the file and what to do, {went_on} went on and ended all new; of the \
         disks that stayed broken {half_way} could not take it back either, said so, and recovery ended it",
        cases.len() - missed
    );
    Outcome { count: cases.len() - missed, remark }
}

fn run(scene: &Scene, case: &Case, tally: &Mutex<Tally>) {
    scene.reset();
    let said = scene.start_with(case.fault, case.call, case.nth).end();
    let at = format!("{case:?}: {:?}, {}, {}", said.code, said.text(), said.err);
    if !scene.was_injected() {
        // The last writes of the history's database are not the same in each run.
        tally.lock().unwrap().missed += 1;
        assert_eq!((said.code, scene.judge(&at)), (Some(0), End::New), "{at}");
        return;
    }
    assert!(scene.terminal.is_active(), "{at}: the camera");
    let stays_broken = matches!(case.fault, Fault::ErrorFrom(_));
    let end = scene.end();
    let mut half_way = false;
    // A terminal is no disk: the nth write of the thread that has the last word may be that word.
    let wordless = case.call == "write" && said.out.is_empty();
    if said.code != Some(0) && !wordless {
        let words = said.json()["error"].take();
        let [message, advice] = ["message", "advice"].map(|key| words[key].as_str().unwrap().to_owned());
        assert!(message.contains('/') || message.contains("catalog.db"), "{at}: names no file");
        assert!(!advice.is_empty(), "{at}");
        half_way = advice.contains("allsky-backups recover");
        assert!(end == Ok(End::Old) || half_way, "{at}: {end:?}");
        assert!(stays_broken || !half_way, "{at}");
    }
    if said.code == Some(0) {
        assert_eq!(end, Ok(End::New), "{at}");
    }
    let after = scene.judge(&at);
    assert!(half_way || (wordless && stays_broken) || end == Ok(after), "{at}: {end:?}, then {after:?}");
    let mut tally = tally.lock().unwrap();
    match (said.code, end) {
        (Some(0), _) => tally.went_on += 1,
        (_, Ok(End::Old)) if !half_way => tally.refused += 1,
        _ => tally.half_way += 1,
    }
}
