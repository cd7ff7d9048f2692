//! Everything that a drive does to its owner, at random moments: missing, another one in its place,
//! unmounted, read-only, full, hung, failing. Not a byte may go to the system disk instead, and nothing
//! may be called saved that is not.
mod world;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::support::terminal::{Said, wait_until};
use crate::{Outcome, Scale};
use world::{World, end, run};

/// Set in the process that has mounts of its own.
pub const INSIDE: &str = "CAMPAIGN_FAULTS";

/// Calls that the work makes on the drive and nowhere else.
const CALLS: &str = "write,utimensat,renameat,renameat2,mkdirat,syncfs";

/// What is asked of a drive that is not there.
const LINES: [&str; 5] =
    ["run nights", "nights save", "nights verify", "prune --plan nights", "nights restore 2025-12-21 --yes"];

/// When it happens, and what.
enum Fault {
    /// Before the program starts.
    Before(fn(&World)),
    /// While it works.
    During(fn(&World)),
    /// As soon as it has looked at the drive, before it writes.
    Between(fn(&World)),
    /// A share whose server stops answering.
    Hung,
    /// The nth call on the drive fails.
    Failing,
}

const FAULTS: [(&str, Fault); 13] = [
    (
        "missing",
        Fault::Before(|world| {
            world.take_away();
            fs::remove_dir(world.path("mnt")).unwrap();
        }),
    ),
    ("not mounted", Fault::Before(World::take_away)),
    (
        "another drive in its place",
        Fault::Before(|world| {
            world.take_away();
            world.bind("other");
        }),
    ),
    (
        "a folder of the system disk bound in its place",
        Fault::Before(|world| {
            world.take_away();
            world.bind("fake");
        }),
    ),
    (
        "a link in its place",
        Fault::Before(|world| {
            world.take_away();
            fs::remove_dir(world.path("mnt")).unwrap();
            std::os::unix::fs::symlink(world.path("fake"), world.path("mnt")).unwrap();
        }),
    ),
    ("unmounted between look and write", Fault::Between(unmount)),
    ("unmounted", Fault::During(unmount)),
    ("read-only", Fault::During(read_only)),
    (
        "its mark removed",
        Fault::During(|world| {
            let mark = world.path("disk/.allsky-backups.json");
            fs::rename(mark, world.path("disk/moved.json")).unwrap();
        }),
    ),
    (
        "out of bytes",
        Fault::During(|world| {
            let _ = fs::write(world.path("disk/filler"), vec![1; 16 << 20]);
        }),
    ),
    (
        "out of inodes",
        Fault::During(|world| {
            let folder = world.path("disk/filler");
            fs::create_dir(&folder).unwrap();
            let made = (0..2000).take_while(|n| fs::write(folder.join(n.to_string()), "").is_ok()).count();
            assert!(made < 2000);
        }),
    ),
    ("hung", Fault::Hung),
    ("failing", Fault::Failing),
];

/// A mount with a file open for writing is busy; between two files it is not.
fn read_only(world: &World) {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let mut mount = Command::new("mount");
        let said = mount.args(["-o", "remount,ro,bind"]).arg(world.path("mnt")).output().unwrap();
        if said.status.success() {
            return;
        }
        assert!(Instant::now() < end, "{said:?}");
        std::thread::yield_now();
    }
}

fn unmount(world: &World) {
    run("umount", &["-l"], &world.path("mnt"));
}

/// Leaves the drive as it was.
fn mend(world: &World) {
    let _ = fs::remove_file(world.path("disk/filler"));
    let _ = fs::remove_dir_all(world.path("disk/filler"));
    let _ = fs::rename(world.path("disk/moved.json"), world.path("disk/.allsky-backups.json"));
}

pub fn of_drives(scale: Scale, dice: &mut Dice) -> Outcome {
    let mut inside = Command::new("unshare");
    inside.args(["--mount", "--propagation", "private"]).arg(std::env::current_exe().unwrap());
    inside.arg(scale.of(50).to_string()).arg(dice.roll().to_string());
    let said = inside.env(INSIDE, "1").stderr(Stdio::inherit()).output().unwrap();
    if !said.status.success() && !rustix::process::geteuid().is_root() {
        return Outcome { count: 0, remark: "skipped: mounts need root".to_owned() };
    }
    assert!(said.status.success(), "{said:?}");
    let text = String::from_utf8(said.stdout).unwrap();
    let count = text.lines().last().unwrap().parse().unwrap();
    Outcome { count, remark: text.lines().next().unwrap().to_owned() }
}

/// Prints what was done, and as the last line how often.
pub fn inside(args: &[String]) {
    let (times, mut dice) = (args[0].parse::<usize>().unwrap(), Dice::new(args[1].parse().unwrap()));
    let world = World::new();
    let (mut count, mut skipped, mut longest) = (0, Vec::new(), Duration::ZERO);
    for (name, fault) in &FAULTS {
        let needs = match fault {
            Fault::Hung => "bindfs",
            Fault::Failing => "strace",
            _ => "mount",
        };
        if Command::new(needs).arg("--version").output().is_err() {
            eprintln!("skipped: {name} needs {needs}");
            skipped.push(*name);
            continue;
        }
        // Giving up a drive that hangs takes its time: seconds for each, where others take a tenth of one.
        let times = if matches!(fault, Fault::Hung) { times.div_ceil(2) } else { times };
        let mut whole = None;
        for n in 0..times {
            let said = attempt(&world, fault, &mut dice, &mut whole, &mut longest, name);
            mend(&world);
            world.judge(&said, &format!("{name}, time {n}"));
            count += 1;
        }
        if matches!(fault, Fault::Hung) {
            the_page_stays_alive(&world);
        }
    }
    let without = if skipped.is_empty() { String::new() } else { format!(", without {}", skipped.join(" and ")) };
    println!(
        "{} kinds{without}; a drive that hung was given up within {:.0} s",
        FAULTS.len() - skipped.len(),
        longest.as_secs_f64()
    );
    println!("{count}");
}

fn attempt(
    world: &World,
    fault: &Fault,
    dice: &mut Dice,
    whole: &mut Option<Duration>,
    longest: &mut Duration,
    name: &str,
) -> Said {
    world.begin_anew();
    match fault {
        Fault::Before(happen) => {
            happen(world);
            let said = end(world.start(LINES[dice.roll() as usize % LINES.len()]), name);
            assert_eq!(said.code, Some(3), "{name}: {said:?}");
            said
        }
        Fault::During(happen) => {
            let moment = whole.get_or_insert_with(|| a_run(world)).mul_f64(dice.part());
            let child = world.start("run nights");
            std::thread::sleep(moment);
            happen(world);
            end(child, name)
        }
        Fault::Between(happen) => {
            let mut child = world.start("run nights");
            while !has_open(&child, &world.path("mnt")) && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(100));
            }
            happen(world);
            end(child, name)
        }
        Fault::Hung => {
            world.take_away();
            world.share();
            let moment = whole.get_or_insert_with(|| a_run(world)).mul_f64(dice.part());
            let mut child = world.start("run nights");
            std::thread::sleep(moment);
            world.signal_server("STOP");
            let begin = Instant::now();
            wait_until("the run ends, or has said that the drive does not answer", || is_over(&mut child));
            if child.try_wait().unwrap().is_none_or(|status| !status.success()) {
                *longest = (*longest).max(begin.elapsed());
            }
            world.signal_server("CONT");
            end(child, name)
        }
        Fault::Failing => {
            let nth = dice.roll() % 250 + 1;
            let inject = format!("inject={CALLS}:error=EIO:when={nth}..{}", nth + 3);
            world.traced(&["-e".to_owned(), format!("trace={CALLS}"), "-e".to_owned(), inject], "run nights")
        }
    }
}

/// How long an undisturbed run takes now.
fn a_run(world: &World) -> Duration {
    let begin = Instant::now();
    assert_eq!(end(world.start("run nights"), "an undisturbed run").code, Some(0));
    let whole = begin.elapsed();
    world.begin_anew();
    whole
}

/// Whether the program has ended. A call that the stopped server has taken and not answered cannot be
/// interrupted: the kernel keeps the process, which is past its last word, until the server goes on.
fn is_over(child: &mut Child) -> bool {
    if child.try_wait().unwrap().is_some() {
        return true;
    }
    let Ok(stat) = fs::read_to_string(format!("/proc/{}/stat", child.id())) else { return true };
    let mut fields = stat.rsplit(')').next().unwrap().split_whitespace();
    // The state, and the kernel's flags of the process: PF_EXITING.
    let (state, flags) = (fields.next().unwrap(), fields.nth(5).unwrap().parse::<u64>().unwrap());
    state == "Z" || flags & 4 != 0
}

fn has_open(child: &Child, folder: &Path) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{}/fd", child.id())) else { return false };
    open.flatten().any(|fd| fs::read_link(fd.path()).is_ok_and(|to| to == folder))
}

/// With the drive hung the page answers, and a run that was ordered on it ends in words.
fn the_page_stays_alive(world: &World) {
    use crate::support::http::{self, To};
    use std::io::{BufRead, BufReader};
    world.take_away();
    world.share();
    let mut page = world.start("serve --bind 127.0.0.1:0");
    let mut line = String::new();
    BufReader::new(page.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let to = To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap());
    world.signal_server("STOP");
    let shown = http::ask(&to, "GET", "/nights", &[], "");
    assert_eq!(shown.status, 200, "{}", shown.body);
    let token = shown.body.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
    let told = http::ask(&to, "POST", "/nights/run", &headers, &format!("csrf={token}"));
    assert_eq!(told.status, 202, "{}", told.body);
    wait_until("the run ends in words", || {
        assert_eq!(http::ask(&to, "GET", "/", &[], "").status, 200);
        http::ask(&to, "GET", "/api/jobs", &[], "").body.contains("the drive does not answer")
    });
    world.signal_server("CONT");
    page.kill().unwrap();
    page.wait().unwrap();
    world.take_away();
    world.bind("disk");
}
