//! What runs of plans did: one mail for a run, or one for all runs of a day.
use jiff::{SignedDuration, Zoned};

use super::sheet::{Block, Mood, Row, Sheet, text};
use super::sheet_html::html;
use super::{Message, Origin};
use crate::base::counted::counted;

/// How many lines of warnings of a run are told.
pub const WARNING_LINES: usize = 20;

/// How a step of a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepResult {
    Ok,
    Warning,
    Failed,
    /// There was nothing to do, or its owner has cancelled it.
    Skipped,
    NotReached,
}

impl StepResult {
    pub fn word(self) -> &'static str {
        match self {
            StepResult::Ok => "ok",
            StepResult::Warning => "warning",
            StepResult::Failed => "failed",
            StepResult::Skipped => "skipped",
            StepResult::NotReached => "not reached",
        }
    }
}

/// A step of a run.
#[derive(Debug, Clone)]
pub struct ReportedStep {
    /// `copy to usb`.
    pub name: String,
    pub result: StepResult,
    pub start: Option<Zoned>,
    pub end: Option<Zoned>,
    /// Why it failed and what to do, or why it was skipped.
    pub remark: Option<String>,
}

/// How a run went as a whole; the later ones are worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunResult {
    Ok,
    Warning,
    Failed,
}

impl RunResult {
    /// In subjects.
    pub fn word(self) -> &'static str {
        match self {
            RunResult::Ok => "ok",
            RunResult::Warning => "WARNING",
            RunResult::Failed => "FAILED",
        }
    }
}

/// A run of a plan.
#[derive(Debug, Clone)]
pub struct ReportedRun {
    pub plan: String,
    pub result: RunResult,
    /// `by schedule`.
    pub trigger: &'static str,
    pub start: Option<Zoned>,
    pub end: Option<Zoned>,
    /// Whole days from the last run that went well to the end of this one; `None` when there is none.
    pub days_since_last_success: Option<i64>,
    /// All of them, also those that were not reached.
    pub steps: Vec<ReportedStep>,
    /// All of them; the first [`WARNING_LINES`] are told.
    pub warnings: Vec<String>,
}

/// `notes` say what does not fit into the mail.
pub fn message(origin: &Origin, runs: &[ReportedRun], notes: &[String]) -> Message {
    let worst = runs.iter().map(|run| run.result).max().unwrap_or(RunResult::Ok);
    let failed = runs.iter().filter(|run| run.result == RunResult::Failed).count();
    let ok = runs.len() - failed;
    let mood = match worst {
        RunResult::Ok => Mood::Good,
        RunResult::Warning => Mood::Careful,
        RunResult::Failed => Mood::Bad,
    };
    let headline = match runs {
        [run] => format!("Plan {}: {}", run.plan, run.result.word()),
        _ => format!("{}: {ok} ok, {failed} failed", counted(runs.len() as u64, "run")),
    };
    let mut blocks = vec![Block::Facts(vec![("Host", origin.host()), ("Time", origin.time())])];
    // What failed is read first.
    let mut sorted: Vec<&ReportedRun> = runs.iter().collect();
    sorted.sort_by_key(|run| std::cmp::Reverse(run.result));
    sorted.into_iter().for_each(|run| put(run, &mut blocks));
    blocks.extend(notes.iter().cloned().map(Block::Words));
    let sheet = Sheet::new(mood, &headline, blocks);
    let subject = format!("[{}] backup {}: {ok} ok, {failed} failed", origin.host(), worst.word());
    Message { subject: Origin::line(&subject), text: text(&sheet), html: html(&sheet) }
}

fn put(run: &ReportedRun, blocks: &mut Vec<Block>) {
    let time = |at: &Option<Zoned>| {
        at.as_ref().map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S %:z").to_string())
    };
    let days = run.days_since_last_success.map_or_else(|| "never".to_owned(), |days| days.to_string());
    blocks.push(Block::Heading(format!("Plan {}", run.plan)));
    blocks.push(Block::Facts(vec![
        ("Result", run.result.word().to_owned()),
        ("Started", run.trigger.to_owned()),
        ("Elapsed", elapsed(run.start.as_ref(), run.end.as_ref())),
        ("Start", time(&run.start)),
        ("End", time(&run.end)),
        ("Days since last success", days),
    ]));
    let rows = run.steps.iter().map(row).collect();
    blocks.push(Block::Rows { title: "Steps", rows, when_empty: "none" });
    if run.warnings.is_empty() {
        return;
    }
    let mut lines: Vec<String> = run.warnings.iter().take(WARNING_LINES).cloned().collect();
    let more = run.warnings.len() - lines.len();
    if more > 0 {
        lines.push(format!("and {} more, which the page of the job shows", counted(more as u64, "warning")));
    }
    blocks.push(Block::Log { title: "Warnings", lines });
}

fn row(step: &ReportedStep) -> Row {
    let time =
        |at: &Option<Zoned>| at.as_ref().map_or_else(|| "-".to_owned(), |at| at.strftime("%H:%M:%S").to_string());
    let cells = vec![
        step.name.clone(),
        step.result.word().to_owned(),
        elapsed(step.start.as_ref(), step.end.as_ref()),
        format!("{} - {}", time(&step.start), time(&step.end)),
    ];
    Row { cells, remark: step.remark.clone() }
}

/// `HH:MM:SS`, with as many hours as it takes; a clock that went back makes nothing negative.
fn elapsed(start: Option<&Zoned>, end: Option<&Zoned>) -> String {
    let Some((start, end)) = start.zip(end) else { return "-".to_owned() };
    let seconds = end.timestamp().duration_since(start.timestamp()).max(SignedDuration::ZERO).as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::super::tests::origin;
    use super::*;

    fn at(text: &str) -> Option<Zoned> {
        Some(format!("2026-11-29T{text}+01:00[Europe/Berlin]").parse().unwrap())
    }

    fn run(plan: &str, result: RunResult) -> ReportedRun {
        let step = |name: &str, result, remark: Option<&str>| ReportedStep {
            name: name.into(),
            result,
            start: at("12:15:00"),
            end: at("13:16:01"),
            remark: remark.map(str::to_owned),
        };
        let never = ReportedStep { start: None, end: None, ..step("retention", StepResult::NotReached, None) };
        ReportedRun {
            plan: plan.into(),
            result,
            trigger: "by schedule",
            start: at("12:15:00"),
            end: at("13:16:01"),
            days_since_last_success: None,
            steps: vec![step("config", StepResult::Failed, Some("the disk is full. Make room.")), never],
            warnings: (1..=25).map(|n| format!("warning {n}")).collect(),
        }
    }

    #[test]
    fn a_report_tells_result_times_days_every_step_and_at_most_twenty_warnings() {
        let mail = message(&origin("pi"), &[run("weekly-config", RunResult::Failed)], &[]);
        assert_eq!(mail.subject, "[pi] backup FAILED: 0 ok, 1 failed");
        for line in [
            "Plan weekly-config",
            "Result: FAILED",
            "Started: by schedule",
            "Elapsed: 01:01:01",
            "Start: 2026-11-29 12:15:00 +01:00",
            "End: 2026-11-29 13:16:01 +01:00",
            "Days since last success: never",
            "config | failed | 01:01:01 | 12:15:00 - 13:16:01 | the disk is full. Make room.",
            "retention | not reached | - | - - -",
            "warning 20",
            "and 5 warnings more, which the page of the job shows",
        ] {
            assert!(mail.text.lines().any(|l| l == line), "{line}: {}", mail.text);
        }
        assert!(!mail.text.contains("warning 21"));
        for cell in ["Plan weekly-config: FAILED", "not reached", "Days since last success"] {
            assert!(mail.html.contains(cell), "{cell}");
        }
    }

    #[test]
    fn a_digest_counts_its_runs_and_tells_what_failed_first() {
        let healthy =
            ReportedRun { days_since_last_success: Some(0), warnings: vec![], ..run("hourly", RunResult::Ok) };
        let runs = [healthy.clone(), run("pictures", RunResult::Warning), run("weekly", RunResult::Failed), healthy];
        let mail = message(&origin("pi"), &runs, &["A log does not fit.".to_owned()]);
        assert_eq!(mail.subject, "[pi] backup FAILED: 3 ok, 1 failed");
        let at = |plan: &str| mail.text.find(&format!("Plan {plan}\n")).unwrap();
        assert!(at("weekly") < at("pictures") && at("pictures") < at("hourly"), "{}", mail.text);
        assert!(mail.text.contains("Days since last success: 0\n") && mail.text.ends_with("A log does not fit.\n"));
        let good = message(&origin("pi"), &runs[..1], &[]);
        assert_eq!(good.subject, "[pi] backup ok: 1 ok, 0 failed");
        assert_eq!(message(&origin("pi"), &runs[1..2], &[]).subject, "[pi] backup WARNING: 1 ok, 0 failed");
    }

    #[test]
    fn a_clock_that_went_back_makes_no_negative_time() {
        assert_eq!(elapsed(at("13:00:00").as_ref(), at("12:00:00").as_ref()), "00:00:00");
    }
}
