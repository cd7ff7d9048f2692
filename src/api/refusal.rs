//! What went wrong, for programs.
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::failure::{Code, Failure};

/// `{"error": …}`, as the terminal prints it.
#[derive(Debug, Serialize)]
pub struct Refusal<'a> {
    pub error: &'a Failure,
}

/// `{"error": …}`, as the web answers it.
#[derive(Debug, Serialize)]
pub struct WebRefusal<'a> {
    error: WebError<'a>,
}

#[derive(Debug, Serialize)]
struct WebError<'a> {
    code: &'a str,
    message: &'a str,
    advice: &'a str,
    details: Value,
}

/// Why exactly something cannot be done now, and more about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    pub code: &'static str,
    pub details: Value,
}

impl<'a> WebRefusal<'a> {
    /// `failure` as an answer with this HTTP status. `details` always has the terminal's word for it as `kind`.
    pub fn of(failure: &'a Failure, status: u16, reason: Option<&Reason>) -> Self {
        let mut details = Map::new();
        details.insert("kind".to_owned(), serde_json::to_value(failure.code).unwrap_or_default());
        if let Some(Value::Object(more)) = reason.map(|reason| reason.details.clone()) {
            details.extend(more);
        }
        let code = reason.map_or_else(|| code_of(status, failure.code), |reason| reason.code);
        let error =
            WebError { code, message: &failure.message, advice: &failure.advice, details: Value::Object(details) };
        WebRefusal { error }
    }
}

fn code_of(status: u16, code: Code) -> &'static str {
    match (status, code) {
        (401 | 403, _) => "forbidden",
        (404, _) => "not_found",
        (405, _) => "method_not_allowed",
        (409, Code::Cancelled) => "cancelled",
        (409, _) => "in_use",
        (413, _) => "too_large",
        (416, _) => "range_not_satisfiable",
        (421, _) => "wrong_host",
        (422, Code::Damaged) => "damaged",
        (422, _) => "invalid",
        (429, _) => "too_many_requests",
        (503, _) => "dest_not_ready",
        (500.., _) => "failed",
        _ => "bad_request",
    }
}
