//! Writes docs/RELIABILITY.md from what the campaigns really did.
use std::fmt::Write;
use std::path::Path;

/// A row of the table.
#[derive(Clone)]
pub struct Line {
    pub what: String,
    pub count: usize,
    pub seconds: f64,
    /// YYYY-MM-DD
    pub day: String,
    pub remark: String,
}

impl Line {
    /// `None` for what is no row.
    fn parse(text: &str) -> Option<Line> {
        let cells: Vec<&str> = text.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [what, count, seconds, day, remark] = cells[..] else { return None };
        let owned = str::to_owned;
        Some(Line {
            what: owned(what),
            count: count.parse().ok()?,
            seconds: seconds.parse().ok()?,
            day: owned(day),
            remark: owned(remark),
        })
    }
}

pub struct Report {
    seed: u64,
    pub lines: Vec<Line>,
}

impl Report {
    pub fn new(seed: u64) -> Self {
        Report { seed, lines: Vec::new() }
    }

    /// Writes the rows of this run; those of `order` that it left out stay as they are.
    pub fn write(mut self, order: &[&str]) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/RELIABILITY.md");
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        let before: Vec<Line> = written.lines().filter_map(Line::parse).collect();
        // `tests/mutants` writes the rest of the page.
        let mutations = written.find("## Mutations").map_or("", |at| &written[at..]);
        let row = |what: &&str| self.lines.iter().chain(&before).find(|line| line.what == *what).cloned();
        self.lines = order.iter().filter_map(row).collect();
        std::fs::write(path, format!("{}\n{mutations}", self.text())).unwrap();
    }

    fn text(&self) -> String {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cpu = read("/proc/cpuinfo");
        let cpu =
            cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("", |pair| pair.1);
        let mut text = String::from(
            "# Reliability\n\n\
             Written by `cargo test --test campaigns -- --full`, or row by row with `--only WORD`; a run that fails writes nothing. \
             CI runs a tenth of it each time.\n\n\
             | what was done | times | seconds | on | |\n|---|--:|--:|---|---|\n",
        );
        for line in &self.lines {
            let Line { what, count, seconds, day, remark } = line;
            writeln!(text, "| {what} | {count} | {seconds:.1} | {day} | {remark} |").unwrap();
        }
        let all: usize = self.lines.iter().map(|line| line.count).sum();
        writeln!(
            text,
            "\nIn all {all} times nothing went wrong. That means:\n\n\
             * **kill -9 of create, import and upload**: at the next start no half archive is listed, every archive that is listed verifies, no other file lies in the \
             backups folder, no job says that it runs, and the camera's service is active as it was.\n\
             * **restore**: after the next start the camera's whole home (content, owner, group, mode, time, hard links) is exactly \
             as it was before or exactly as the restore makes it; no staging folder, record, note of a pause or half-written file is \
             left, however often recovery was killed; a camera that ran runs, one that its owner had stopped does not.\n\
             * **failing disk**: the files are all old when the message comes, it names the file and what to do, and the camera runs. \
             Where the failing operation did not matter (the history, a log) all is new. A disk on which every further operation fails as \
             well may leave the rest to the next start, and the message says so.\n\
             * **nights that are saved or make room**: what the drive calls verified is there, byte for byte as the camera took it; nothing verified \
             is lost, nothing half deleted is seen, and the next run makes everything good.\n\
             * **drives**: not a byte went to the system disk in place of the drive, no night is called verified that is not, what is wrong is told in \
             words, the page answers while a drive hangs, and the next run with the drive back saves the rest.\n\
             * **odd drives and files of the owner**: whatever a drive refuses, its nights and the camera's settings are kept on it, verified, and stay so when it is \
             mounted anew; no file that is not ours is changed or removed, whatever it is called.\n\
             * **databases and settings**: a merge loses no newer row and brings every deleted one back; settings that are rewritten meanwhile are whole in the \
             archive or marked as not whole; pipes, devices and folders in place of files keep no verb from its end.\n\
             * **retention**: no great night, no pinned one, none that is not verified, not the newest, not the newest verified, not the running one would go, \
             and nothing at all with a doubtful clock or without need.\n\
             * **turns and hooks of plans**: while the clock is right every slot has one run, what was missed is caught up once, and a clock that was wrong for \
             a while repeats none; no hook runs twice for one event, the last one has run or is told not to have, and no part of a run counts that did not end.\n\
             * **damage**: verify names it.\n\
             * **hostile archives**: refused with a sentence of their own, and nothing of them is kept.\n\
             * **hidden programs**: none came back that nobody had asked for, and every picture did.\n\
             * **cancel**: the folder is as it was before, and the camera's service is active as it was.\n\
             * **load**: what was sent is stored bit for bit, the program takes at most 64 MiB, others are answered meanwhile, and \
             who sends nothing more is closed. Times are of a debug build beside the program that makes the load.\n\n\
             Seed {}, {cores} cores ({cpu}). Another seed gives other moments: `-- --full --seed 7`.\n\n\
             What this cannot show: disks that lie about what they have written. The camera's service was a stand-in that \
             records what it is told. Restores were killed on a disk in memory: what a kill leaves is the same on any disk, and what a power cut \
             leaves of unwritten data is another question.",
            self.seed
        )
        .unwrap();
        text
    }
}
