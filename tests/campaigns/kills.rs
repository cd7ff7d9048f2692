//! kill -9 at random moments. Afterwards no half archive is listed, the next start leaves no litter,
//! and the camera works as it did.
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::desk::Desk;
use crate::dice::Dice;
use crate::{Outcome, Scale};

pub fn of_create(scale: Scale, dice: &mut Dice) -> Outcome {
    let desk = Desk::new();
    let night = desk.path("allsky/images/20261117");
    fs::create_dir_all(&night).unwrap();
    for n in 0..40 {
        let noise: Vec<u8> = (0..32 << 10).flat_map(|_| dice.roll().to_le_bytes()).collect();
        fs::write(night.join(format!("image-{n}.jpg")), noise).unwrap();
    }
    let lines = ["create config --pause always", "create images"];
    kill_at_random(&desk, &lines, scale.of(200), dice)
}

pub fn of_import(scale: Scale, dice: &mut Dice) -> Outcome {
    let desk = Desk::new();
    let folder = desk.path("allsky/images/20261117");
    fs::create_dir_all(&folder).unwrap();
    let noise: Vec<u8> = (0..1 << 20).flat_map(|_| dice.roll().to_le_bytes()).collect();
    fs::write(folder.join("image-1.jpg"), noise).unwrap();
    let name = desk.ask("create images")["name"].as_str().unwrap().to_owned();
    fs::rename(desk.path("allskybackups").join(&name), desk.path("stick.tar.gz")).unwrap();
    clear(&desk.path("allskybackups"));
    kill_at_random(&desk, &["import stick.tar.gz"], scale.of(200), dice)
}

fn kill_at_random(desk: &Desk, lines: &[&str], count: usize, dice: &mut Dice) -> Outcome {
    let mut whole_run = Vec::new();
    for line in lines {
        let begin = Instant::now();
        let said = desk.start(line).end();
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        whole_run.push(begin.elapsed());
    }
    clear(&desk.path("allskybackups"));
    let (mut killed, mut with_litter, mut at_rest) = (0, 0, 0);
    for n in 0..count {
        let which = n % lines.len();
        let moment = whole_run[which].mul_f64(1.05 * dice.part());
        let begin = Instant::now();
        let mut running = desk.start(lines[which]);
        while begin.elapsed() < moment && !running.is_over() {
            std::thread::sleep(Duration::from_micros(200));
        }
        killed += usize::from(!running.is_over());
        running.kill();
        with_litter += usize::from(desk.kept().iter().any(|name| name.starts_with('.')));
        at_rest += usize::from(!desk.is_active());
        let at = format!("{} killed after {moment:?}", lines[which]);
        all_is_well(desk, &at);
    }
    let remark =
        format!("{killed} died before they were done, {with_litter} left litter, {at_rest} left the camera at rest");
    Outcome { count, remark }
}

/// The next start: what is listed is whole, nothing else lies there, and the camera works.
fn all_is_well(desk: &Desk, at: &str) {
    let list = desk.ask("list");
    assert!(desk.is_active(), "{at}: the camera rests");
    let mut kept = desk.kept();
    for item in list["items"].as_array().unwrap() {
        let name = item["name"].as_str().unwrap();
        assert!(matches!(item["state"].as_str(), Some("verified" | "unverified")), "{at}: {item}");
        assert_eq!(desk.ask(&format!("verify {name}"))["ok"], true, "{at}");
        let stem = name.strip_suffix(".tar.gz").unwrap();
        let own = [".tar.gz", ".json", ".index"].map(|ending| format!("{stem}{ending}"));
        kept.retain(|name| !own.contains(name));
        desk.ask(&format!("delete {name} --yes"));
    }
    assert_eq!(kept, Vec::<String>::new(), "{at}: litter");
    assert_eq!(desk.kept(), Vec::<String>::new(), "{at}: litter of a deleted archive");
    let jobs = desk.ask("jobs");
    for job in jobs["items"].as_array().unwrap() {
        assert!(!matches!(job["state"].as_str(), Some("running" | "queued")), "{at}: {job}");
    }
}

fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
}
