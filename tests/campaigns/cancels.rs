//! Cancel at every checkpoint there is: the first, the second, and so on until one runs clean.
//! Whatever was begun leaves nothing, and the camera works.
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use allsky_backups::app::{self, Options};
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::failure::{Code, Failure};
use allsky_backups::domain::monitor::{Cancelled, Monitor, Progress, Stage};
use allsky_backups::domain::order::{NightChoice, PauseChoice, SectionChoice};
use allsky_backups::work::{self, Tools};

use crate::dice::Dice;
use crate::support::terminal::Terminal;
use crate::{Outcome, Scale};

/// Set in the process that does the work, which finds the stand-in for systemctl on its PATH.
pub const INSIDE: &str = "CAMPAIGN_DESK";

pub fn at_every_checkpoint(scale: Scale, _: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    let step = match scale {
        Scale::Full => "1",
        Scale::Tenth => "10",
    };
    let like_the_program = terminal.command([""; 0]);
    let mut inside = Command::new(std::env::current_exe().unwrap());
    inside.arg(step).env(INSIDE, terminal.path("")).stderr(Stdio::inherit());
    for (key, value) in like_the_program.get_envs() {
        if let Some(value) = value {
            inside.env(key, value);
        }
    }
    let said = inside.output().unwrap();
    assert!(said.status.success(), "{said:?}");
    let text = String::from_utf8(said.stdout).unwrap();
    let count = text.lines().last().unwrap().parse().unwrap();
    Outcome { count, remark: text.lines().next().unwrap().to_owned() }
}

/// Prints what was done, and as the last line how often it was cancelled.
pub fn inside(terminal: &Path, args: &[String]) {
    let step: i64 = args[0].parse().unwrap();
    let options = Options {
        site: Some(terminal.join("allsky")),
        backups: Some(terminal.join("allskybackups")),
        state: Some(terminal.join("state")),
        config: None,
        ..Options::default()
    };
    let tools = app::open(&options).unwrap();
    let config =
        work::archive::create::config(&tools, &SectionChoice::All, PauseChoice::Never, &StopAt::never()).unwrap();
    let name = ArchiveName::parse(&config.name).unwrap();
    let stick = terminal.join("stick.tar.gz");
    std::fs::copy(&config.path, &stick).unwrap();
    let verbs: [(&str, &Verb); 4] = [
        ("create config", &|tools, stop| {
            let made = work::archive::create::config(tools, &SectionChoice::All, PauseChoice::Always, stop)?;
            Ok(Some(made.name))
        }),
        ("create images", &|tools, stop| Ok(Some(work::archive::create::images(tools, &NightChoice::All, stop)?.name))),
        ("import", &|tools, stop| Ok(Some(work::archive::import::import(tools, &stick, stop)?.created.name))),
        ("verify", &|tools, stop| work::archive::verify::verify(tools, &name, stop).map(|_| None)),
    ];
    let kept = || {
        let entries = std::fs::read_dir(terminal.join("allskybackups")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = kept();
    let mut all = 0;
    let mut said = Vec::new();
    for (verb, run) in verbs {
        let mut times = 0;
        let mut stop_at = 0;
        loop {
            let stop = StopAt::nth(stop_at);
            let outcome = run(&tools, &stop);
            let active = std::fs::read_to_string(terminal.join("active")).unwrap();
            assert_eq!(active.trim(), "active", "{verb}, stopped at checkpoint {stop_at}");
            match outcome {
                Ok(made) => {
                    assert!(!stop.has_stopped(), "{verb} went on after checkpoint {stop_at} said stop");
                    if let Some(made) = made {
                        work::archive::delete::delete(&tools, &ArchiveName::parse(&made).unwrap()).unwrap();
                    }
                    break;
                }
                Err(error) => {
                    assert_eq!(Failure::of(&error).code, Code::Cancelled, "{verb} at {stop_at}: {error}");
                    assert_eq!(kept(), before, "{verb}, stopped at checkpoint {stop_at}");
                    times += 1;
                }
            }
            stop_at += step;
        }
        assert_eq!(kept(), before, "{verb}, run to its end and deleted");
        said.push(format!("{verb} {times}"));
        all += times;
    }
    println!("{}\n{all}", said.join(", "));
}

/// Gives back the name of what it made.
type Verb<'a> = dyn Fn(&Tools, &StopAt) -> Result<Option<String>, work::Error> + 'a;

/// Says stop at the nth checkpoint and ever after.
struct StopAt {
    left: AtomicI64,
    stopped: AtomicBool,
}

impl StopAt {
    fn nth(n: i64) -> Self {
        StopAt { left: AtomicI64::new(n), stopped: AtomicBool::new(false) }
    }
    fn never() -> Self {
        StopAt::nth(i64::MAX)
    }
    fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

impl Monitor for StopAt {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, _: String) {}
    fn progress(&self, _: Progress) {}
    fn checkpoint(&self) -> Result<(), Cancelled> {
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            self.stopped.store(true, Ordering::SeqCst);
            return Err(Cancelled);
        }
        Ok(())
    }
}
