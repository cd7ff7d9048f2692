//! A job that failed: what was tried, how far it came, why it ended and what it said last.
use super::sheet::{Block, Mood, Sheet, text};
use super::sheet_html::html;
use super::{Message, Origin};
use crate::domain::failure::Failure;

/// How many of the last lines of the log a mail has.
pub const LOG_LINES: usize = 80;

/// What failed.
#[derive(Debug, Clone)]
pub struct Failed {
    pub what: What,
    /// `Copying nights and reading them back`; `None` when it did not get so far.
    pub step: Option<String>,
    /// What an owner types to do the same.
    pub command: String,
    pub failure: Failure,
    /// Oldest first; the last [`LOG_LINES`] are told.
    pub log: Vec<String>,
}

/// What the subject calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The run of the nights.
    Batch,
    /// Another job, by its verb: `create_config`.
    Job(String),
}

pub fn message(origin: &Origin, failed: &Failed) -> Message {
    let Failed { what, step, command, failure, log } = failed;
    let facts = vec![
        ("Host", origin.host()),
        ("Time", origin.time()),
        ("Exit code", failure.code.exit().to_string()),
        ("Step", step.clone().unwrap_or_else(|| "before the first one".to_owned())),
        ("Command", command.clone()),
        ("Error", failure.message.clone()),
        ("What to do", failure.advice.clone()),
    ];
    let lines = log[log.len().saturating_sub(LOG_LINES)..].to_vec();
    let (title, headline) = match what {
        What::Batch => ("Batch-Backup ERROR".to_owned(), "Saving the nights failed".to_owned()),
        What::Job(verb) => {
            let words = verb.replace('_', " ");
            (format!("Backup ERROR: {words}"), format!("A job failed: {words}"))
        }
    };
    let blocks = vec![Block::Facts(facts), Block::Log { title: "Last lines of the log", lines }];
    let sheet = Sheet::new(Mood::Bad, &headline, blocks);
    let subject = origin.subject(&format!("{title} ({})", origin.host()));
    Message { subject, text: text(&sheet), html: html(&sheet) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::origin;
    use super::*;
    use crate::domain::failure::Code;

    fn failed(lines: usize) -> Failed {
        Failed {
            what: What::Batch,
            step: Some("Copying nights and reading them back".into()),
            command: "allsky-backups run nights".into(),
            failure: Failure {
                code: Code::NotReady,
                message: "the drive is not mounted".into(),
                advice: "Plug it in.".into(),
            },
            log: (1..=lines).map(|n| format!("line {n}")).collect(),
        }
    }

    #[test]
    fn a_failure_tells_host_time_exit_code_step_command_and_the_last_80_lines() {
        let mail = message(&origin("pi"), &failed(200));
        assert_eq!(mail.subject, "indi-allsky Batch-Backup ERROR (pi)");
        for line in [
            "Host: pi",
            "Time: 2025-12-29 11:31:07 +01:00",
            "Exit code: 3",
            "Step: Copying nights and reading them back",
            "Command: allsky-backups run nights",
            "Error: the drive is not mounted",
            "What to do: Plug it in.",
            "line 121",
            "line 200",
        ] {
            assert!(mail.text.lines().any(|l| l == line), "{line}: {}", mail.text);
        }
        let told = |text: &str| text.lines().filter(|line| line.trim().starts_with("line ")).count();
        assert_eq!(told(&mail.text), 80);
        assert!(!mail.text.contains("line 120\n"));
        assert_eq!(message(&origin("pi"), &failed(3)).text.matches("\nline ").count(), 3);
    }

    #[test]
    fn a_job_that_is_no_run_of_the_nights_is_named() {
        let one = Failed { what: What::Job("create_config".into()), step: None, ..failed(0) };
        let mail = message(&origin("pi"), &one);
        assert_eq!(mail.subject, "indi-allsky Backup ERROR: create config (pi)");
        assert!(mail.text.contains("Step: before the first one\n"));
    }
}
