//! kill -9 at random moments of a run that makes an archive and deletes older ones. Afterwards nothing is half there,
//! nothing is lost that the rules keep, and the next start leaves no litter.
use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::dice::Dice;
use crate::support::terminal::Terminal;
use crate::{Outcome, Scale};

const RUN: &str = "plans run mine --config c.toml";

pub fn of_create_and_prune(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    let plan = "[[plan]]\nname = \"mine\"\nsources = [\"config\"]\nschedule = { every = \"6h\" }\nretention = { keep_last = 2 }\n";
    fs::write(terminal.path("c.toml"), plan).unwrap();
    let by_hand = terminal.ask("create config")["name"].clone();
    let mut whole_run = Duration::ZERO;
    for _ in 0..4 {
        let begin = Instant::now();
        terminal.ask(RUN);
        whole_run = begin.elapsed();
    }
    let (count, mut killed, mut tried, mut without_maker) = (scale.of(200), 0, 0, 0);
    while killed < count {
        let moment = whole_run.mul_f64(dice.part());
        tried += 1;
        assert!(tried < 5 * count, "only {killed} of {tried} died at work");
        let begin = Instant::now();
        let mut running = terminal.start(RUN);
        while begin.elapsed() < moment && !running.is_over() {
            std::thread::sleep(Duration::from_micros(200));
        }
        if running.is_over() {
            whole_run = begin.elapsed();
        } else {
            killed += 1;
        }
        running.kill();
        without_maker += look(&terminal, &by_hand, &format!("{RUN} killed after {moment:?}"));
    }
    Outcome { count, remark: format!("{without_maker} archives were stored and count as made by hand") }
}

/// What is listed is whole; what the rules keep is there. Archives whose maker was not written down any more are
/// counted and taken away.
fn look(terminal: &Terminal, by_hand: &Value, at: &str) -> usize {
    terminal.ask("recover");
    let list = terminal.ask("list");
    let items = list["items"].as_array().unwrap();
    let mut kept = terminal.kept();
    for item in items {
        assert!(matches!(item["state"].as_str(), Some("verified" | "unverified")), "{at}: {item}");
        let name = item["name"].as_str().unwrap();
        let stem = name.strip_suffix(".tar.gz").unwrap();
        let own = [".tar.gz", ".json", ".index"].map(|ending| format!("{stem}{ending}"));
        kept.retain(|name| !own.contains(name));
    }
    assert_eq!(kept, Vec::<String>::new(), "{at}: litter");
    assert!(items.iter().any(|item| item["name"] == *by_hand), "{at}: what was made by hand is gone");
    let of_plan = items.iter().filter(|item| item["plan"] == "mine");
    assert!(of_plan.clone().count() >= 2, "{at}: fewer stay than the rule keeps: {items:?}");
    let newest = of_plan.clone().next().unwrap()["name"].as_str().unwrap();
    assert_eq!(terminal.ask(&format!("verify {newest}"))["ok"], true, "{at}");
    let strays = items.iter().filter(|item| item["plan"].is_null() && item["name"] != *by_hand);
    let mut count = 0;
    for stray in strays {
        let name = stray["name"].as_str().unwrap();
        assert_eq!(terminal.ask(&format!("verify {name}"))["ok"], true, "{at}");
        terminal.ask(&format!("delete {name} --yes"));
        count += 1;
    }
    count
}
