//! What owners are told by mail, in words and as HTML, and to whom it goes.
//!
//! Everything here is pure: what happened goes in, a [`Message`] comes out. Whatever a name, a path
//! or a camera says, it cannot add a header, a recipient, a line or a tag.
pub mod alert;
pub mod alert_state;
pub mod deletion;
pub mod failure;
pub mod letter;
pub mod one_line;
pub mod report;
pub mod retry;
pub mod sheet;
mod sheet_html;
pub mod summary;
pub mod trial;

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use crate::base::size::Bytes;
use crate::domain::notify::ReportWhen;
use crate::domain::retention::nights::Disk;

use one_line::one_line;

/// A mail without its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// One line of at most [`SUBJECT_CHARS`] characters.
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Longest subject, in characters.
pub const SUBJECT_CHARS: usize = 150;
/// Longest name of a machine in a subject, in characters.
const HOST_CHARS: usize = 64;

/// What a mail tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What a run of the nights did.
    NightsSummary,
    /// One night that went to make room.
    NightDeleted,
    JobFailed,
    /// The drive needs its owner.
    Alert,
    /// What runs of plans did.
    Report,
    /// [`Kind::Report`] with a run that failed.
    ReportOfFailure,
    /// Its owner pressed the button.
    Test,
}

impl Kind {
    const ALL: &[Kind] = &[
        Kind::NightsSummary,
        Kind::NightDeleted,
        Kind::JobFailed,
        Kind::Alert,
        Kind::Report,
        Kind::ReportOfFailure,
        Kind::Test,
    ];

    /// The word in the catalog and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::NightsSummary => "nights_summary",
            Kind::NightDeleted => "night_deleted",
            Kind::JobFailed => "job_failed",
            Kind::Alert => "alert",
            Kind::Report => "report",
            Kind::ReportOfFailure => "report_of_failure",
            Kind::Test => "test",
        }
    }

    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Whether an owner who wants reports `when` wants this one.
    pub fn is_wanted(self, when: ReportWhen, course: Course) -> bool {
        match (when, self) {
            (_, Kind::Test) | (ReportWhen::Always, _) => true,
            (ReportWhen::Never, _) => false,
            (ReportWhen::OnProblem, Kind::JobFailed | Kind::Alert | Kind::ReportOfFailure) => true,
            (ReportWhen::OnProblem, Kind::NightsSummary | Kind::Report) => course == Course::Warned,
            (ReportWhen::OnProblem, Kind::NightDeleted) => false,
        }
    }

    /// The administrator of the machine hears of what went wrong, and not of every good night.
    pub fn goes_to_admin(self) -> bool {
        matches!(self, Kind::JobFailed | Kind::Alert | Kind::ReportOfFailure | Kind::Test)
    }
}

/// How the work of a mail went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    Smooth,
    /// The work was done, with warnings to read.
    Warned,
    /// The work was not done; another mail tells why.
    Failed,
}

/// Where and when something happened.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Name of the camera's software, as its owner knows it.
    pub system: String,
    /// Name of the machine.
    pub host: String,
    pub at: Zoned,
}

impl Origin {
    fn host(&self) -> String {
        one_line(&self.host, HOST_CHARS)
    }

    /// `2025-12-29 11:31:07 +01:00`.
    fn time(&self) -> String {
        self.at.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    /// `indi-allsky` + ` batch backup completed`.
    fn subject(&self, rest: &str) -> String {
        Origin::line(&format!("{} {rest}", self.system))
    }

    /// A whole subject. What mail programs would decode is shown as it is: a name that looks encoded (RFC 2047)
    /// must not turn into line breaks at the reader's.
    fn line(text: &str) -> String {
        one_line(&text.replace("=?", "= ?"), SUBJECT_CHARS)
    }
}

/// `1170.4`, or a dash.
fn one_decimal(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

/// `Total 1.0 TB / Used 800.0 GB (80 %) / Free 200.0 GB`.
fn occupancy(disk: &Disk) -> String {
    let (total, used, free) = (Bytes(disk.total), Bytes(disk.used), Bytes(disk.avail));
    format!("Total {total} / Used {used} ({} %) / Free {free}", disk.used_pct())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn origin(host: &str) -> Origin {
        let at = "2025-12-29T11:31:07+01:00[Europe/Berlin]".parse().unwrap();
        Origin { system: "indi-allsky".into(), host: host.into(), at }
    }

    #[test]
    fn every_kind_reads_back_from_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(Kind::parse("other"), None);
    }

    #[test]
    fn who_wants_problems_alone_hears_of_each_problem_once_and_of_nothing_else() {
        use ReportWhen::{Always, Never, OnProblem};
        for (kind, course, wanted) in [
            (Kind::NightsSummary, Course::Smooth, [true, false, false]),
            (Kind::NightsSummary, Course::Warned, [true, true, false]),
            (Kind::NightsSummary, Course::Failed, [true, false, false]),
            (Kind::JobFailed, Course::Failed, [true, true, false]),
            (Kind::Alert, Course::Warned, [true, true, false]),
            (Kind::NightDeleted, Course::Smooth, [true, false, false]),
            (Kind::Report, Course::Smooth, [true, false, false]),
            (Kind::Report, Course::Warned, [true, true, false]),
            (Kind::ReportOfFailure, Course::Failed, [true, true, false]),
            (Kind::Test, Course::Smooth, [true, true, true]),
        ] {
            assert_eq!(
                [Always, OnProblem, Never].map(|when| kind.is_wanted(when, course)),
                wanted,
                "{kind:?} {course:?}"
            );
        }
    }
}
