//! What is wrong with a configuration: where, what, and by which rule. All of it at once, because an
//! owner who mends one line only to hear of the next gives up.
use std::fmt;

use serde::Serialize;

use crate::base::rel_path::printable;

/// More than anybody mends at once.
pub const MOST_MISTAKES: usize = 100;

/// The rule that was broken; programs match on its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    ConfigNotFound,
    Syntax,
    /// More text than anybody writes, or more mistakes than anybody reads.
    TooLong,
    MissingKey,
    UnknownKey,
    BadType,
    OutOfRange,
    BadName,
    BadSchedule,
    BadDate,
    BadSize,
    ThresholdOrder,
    DuplicateName,
    /// A name of nothing that is configured.
    UnknownRef,
    DuplicateDir,
    DestInsideSource,
    SourceInsideDest,
    EmailIncomplete,
    InsecureBind,
    InsecureSecret,
    HookNotExecutable,
    MissingTool,
    /// Not to be changed from the page.
    FileOnly,
}

impl Rule {
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::ConfigNotFound => "config_not_found",
            Rule::Syntax => "syntax",
            Rule::TooLong => "too_long",
            Rule::MissingKey => "missing_key",
            Rule::UnknownKey => "unknown_key",
            Rule::BadType => "bad_type",
            Rule::OutOfRange => "out_of_range",
            Rule::BadName => "bad_name",
            Rule::BadSchedule => "bad_schedule",
            Rule::BadDate => "bad_date",
            Rule::BadSize => "bad_size",
            Rule::ThresholdOrder => "threshold_order",
            Rule::DuplicateName => "duplicate_name",
            Rule::UnknownRef => "unknown_ref",
            Rule::DuplicateDir => "duplicate_dir",
            Rule::DestInsideSource => "dest_inside_source",
            Rule::SourceInsideDest => "source_inside_dest",
            Rule::EmailIncomplete => "email_incomplete",
            Rule::InsecureBind => "insecure_bind",
            Rule::InsecureSecret => "insecure_secret",
            Rule::HookNotExecutable => "hook_not_executable",
            Rule::MissingTool => "missing_tool",
            Rule::FileOnly => "file_only",
        }
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// `nights.min_images`; empty when the mistake is about the file as a whole.
    pub path: String,
    pub message: String,
    pub code: Rule,
}

impl fmt::Display for Mistake {
    /// `LINE: PATH: MESSAGE (CODE)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.line)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", printable(self.path.as_bytes()))?;
        }
        write!(f, "{} ({})", printable(self.message.as_bytes()), self.code.as_str())
    }
}
