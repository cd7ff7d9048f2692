//! Campaigns: what one test shows once is shown in numbers. Kills at random and at every step, every
//! operation on the disk failing, every byte damaged, every checkpoint cancelled, every hostile archive
//! refused, every trouble that a drive can make.
//!
//! ```text
//! cargo test --test campaigns                             a tenth, for every day
//! cargo test --test campaigns -- --full                   all of it; writes docs/RELIABILITY.md
//! cargo test --test campaigns -- --full --only drive      writes the rows of these anew
//! cargo test --test campaigns -- --seed 7                 other random moments
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may end where it fails"
)]
mod cancels;
mod damages;
mod dice;
mod faults;
mod foreign;
mod hidden;
mod hook_kills;
mod hostile;
mod kills;
mod large_archive;
mod load;
mod merges;
mod move_kills;
mod nights;
mod odd_drives;
mod past;
mod pipes;
mod plan_kills;
mod policy;
mod report;
mod restores;
mod rewritten;
mod snapshot_kills;
#[path = "../stories/support/mod.rs"]
#[expect(dead_code, reason = "the stories use the rest of it")]
mod support;
mod trees;
mod turns;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use dice::Dice;
use report::{Line, Report};

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub enum Scale {
    Tenth,
    Full,
}

impl Scale {
    /// `full` of them, or a tenth.
    pub fn of(self, full: usize) -> usize {
        match self {
            Scale::Full => full,
            Scale::Tenth => full.div_ceil(10),
        }
    }
}

/// What a campaign did: how often, and what it wants to say.
pub struct Outcome {
    pub count: usize,
    pub remark: String,
}

type Campaign = fn(Scale, &mut Dice) -> Outcome;

const CAMPAIGNS: &[(&str, &str, Campaign)] = &[
    ("kill create", "kill -9 at random moments of create config (with a pause) and create images", kills::of_create),
    ("kill import", "kill -9 at random moments of import", kills::of_import),
    ("kill upload", "kill -9 of the page's server at random moments of an upload", kills::of_upload),
    (
        "kill plan",
        "kill -9 at random moments of a plan's run, which makes an archive and deletes older ones",
        plan_kills::of_create_and_prune,
    ),
    ("kill hooks", "kill -9 at random moments of a plan's run with hooks in a terminal", hook_kills::in_a_terminal),
    (
        "kill hooks service",
        "kill -9 of the service at random moments of a plan's run with hooks, which it goes on with",
        hook_kills::of_the_service,
    ),
    (
        "kill snapshot",
        "kill -9 at random moments of taking and pruning snapshots of a folder",
        snapshot_kills::of_take_and_prune,
    ),
    (
        "kill golden",
        "kill -9 at random moments of making an archive and a golden month of a folder",
        snapshot_kills::of_archive_and_golden,
    ),
    (
        "kill snapshot ssh",
        "kill -9 at random moments of taking and pruning snapshots of another machine",
        snapshot_kills::of_take_over_ssh,
    ),
    (
        "kill move",
        "kill -9 at random moments of moving a set of snapshots to another drive and back",
        move_kills::of_move,
    ),
    ("kill adopt", "kill -9 at random moments of taking over snapshots of another program", move_kills::of_adopt),
    ("flip", "one bit of an archive flipped", damages::flips),
    ("cut", "an archive cut", damages::cuts),
    ("salvage", "one bit of an archive of many pictures flipped, and what is whole taken out", damages::salvages),
    ("cache", "an index beside a good archive with one bit flipped, cut or edited", damages::caches),
    ("database", "a camera's database with pages overwritten, and a config backup made", damages::databases),
    ("hostile", "archives made to deceive", hostile::refused),
    (
        "hidden",
        "programs under random names among the pictures of an archive from elsewhere, restored",
        hidden::programs,
    ),
    (
        "kill restore",
        "kill -9 of restores and undos at every step and at random moments, and of their recovery",
        restores::at_every_step_and_at_random,
    ),
    (
        "fail restore",
        "restores and undos whose Nth write, fsync, rename, link, mkdir, unlink, chmod ... fails: EIO, ENOSPC, and EIO from there on",
        restores::at_every_operation,
    ),
    ("kill save nights", "kill -9 at random moments of saving nights to a drive", nights::of_save),
    ("kill prune nights", "kill -9 at random moments of making room on a full drive", nights::of_prune),
    (
        "drive faults",
        "a drive missing, swapped, unmounted, read-only, full, hung or failing at random moments",
        faults::of_drives,
    ),
    (
        "odd drive",
        "drives that refuse a random choice of calls, mounted anew between two runs of the nights",
        odd_drives::keep_all,
    ),
    (
        "foreign files",
        "files of the owner with names like ours in the backups folder, through list, create, recover and delete",
        foreign::are_never_touched,
    ),
    ("merge", "databases that went on in random ways after their backup, merged with it", merges::keep_every_row),
    ("rewritten", "settings rewritten in place while backups of them are made", rewritten::while_they_are_read),
    ("pipe", "verbs with pipes, devices and folders in place of files that are read by name", pipes::end_no_verb),
    ("retention", "random drives full of random nights, judged by retention", policy::invariants),
    (
        "trees",
        "random folders with odd names, owners, times and links, backed up, imported and given back",
        trees::come_back,
    ),
    (
        "turns",
        "days of plans in zones whose clocks change, with machines that are off and clocks that jump: which slots have their run",
        turns::of_plans,
    ),
    ("past", "random histories of archives, judged by random rules", past::of_archives),
    ("load upload", "cuts of one upload through the web server, as fast as it goes", load::uploads::fast),
    ("load slow", "upload at 20 Mbit/s through the web server", load::uploads::slow),
    (
        "load listeners",
        "listeners of the page's events through the web server, beside a backup, an upload and somebody who looks at pages",
        load::listeners::of_one_backup_and_one_upload,
    ),
    (
        "load connections",
        "slow connections, silent within headers or bodies, or reading nothing of a download",
        load::connections::slow,
    ),
    ("cancel", "cancel at every checkpoint of create, import, verify", cancels::at_every_checkpoint),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--list") {
        return ExitCode::SUCCESS;
    }
    if let Some(terminal) = std::env::var_os(cancels::INSIDE) {
        cancels::inside(std::path::Path::new(&terminal), &args);
        return ExitCode::SUCCESS;
    }
    if std::env::var_os(faults::INSIDE).is_some() {
        faults::inside(&args);
        return ExitCode::SUCCESS;
    }
    let scale = if args.iter().any(|arg| arg == "--full") { Scale::Full } else { Scale::Tenth };
    let after = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let seed = after("--seed").map_or(20_261_121, |seed| seed.parse().expect("--seed takes a number"));
    let only = after("--only");
    let mut report = Report::new(seed);
    let mut failed = 0;
    for (name, what, campaign) in CAMPAIGNS.iter().filter(|(name, ..)| only.is_none_or(|only| name.contains(only))) {
        let begin = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| campaign(scale, &mut Dice::new(seed))));
        let seconds = begin.elapsed().as_secs_f64();
        match outcome {
            Ok(Outcome { count, remark }) => {
                println!("campaign {name}: {count} in {seconds:.1} s, {remark}");
                let (what, day) = ((*what).to_owned(), jiff::Zoned::now().date().to_string());
                report.lines.push(Line { what, count, seconds, day, remark });
            }
            Err(_) => {
                println!("campaign {name}: FAILED after {seconds:.1} s (seed {seed})");
                failed += 1;
            }
        }
    }
    println!("test result: {} passed; {failed} failed; 0 ignored", report.lines.len());
    if failed > 0 {
        return ExitCode::FAILURE;
    }
    if matches!(scale, Scale::Full) {
        report.write(&CAMPAIGNS.iter().map(|(_, what, _)| *what).collect::<Vec<_>>());
    }
    ExitCode::SUCCESS
}
