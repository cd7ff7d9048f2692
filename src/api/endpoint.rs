//! One address of the web interface: what it does, what it takes, what it answers, and what a token must be good for.
use crate::domain::api_token::Right;

#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    pub method: &'static str,
    /// Below `api`, with names of places to fill: `/jobs/{id}`.
    pub path: &'static str,
    pub right: Right,
    /// One sentence, for people.
    pub summary: &'static str,
    /// Names of parameters in the query.
    pub query: &'static [&'static str],
    /// Name of the schema of the body.
    pub body: Option<&'static str>,
    /// Status of the answer when all is well.
    pub status: u16,
    /// Name of the schema of the answer, or the media type of one that is no JSON.
    pub answer: &'static str,
}

/// Something to look at.
pub const fn get(path: &'static str, answer: &'static str, summary: &'static str) -> Endpoint {
    Endpoint { method: "GET", path, right: Right::Read, summary, query: &[], body: None, status: 200, answer }
}

/// Work that becomes a job.
pub const fn start(path: &'static str, summary: &'static str) -> Endpoint {
    let status = 202;
    Endpoint { method: "POST", path, right: Right::Run, summary, query: &[], body: None, status, answer: "Started" }
}

/// A change that is made at once.
pub const fn change(method: &'static str, path: &'static str, answer: &'static str, summary: &'static str) -> Endpoint {
    Endpoint { method, path, right: Right::Admin, summary, query: &[], body: None, status: 200, answer }
}

impl Endpoint {
    pub const fn query(self, query: &'static [&'static str]) -> Self {
        Endpoint { query, ..self }
    }

    pub const fn body(self, schema: &'static str) -> Self {
        Endpoint { body: Some(schema), ..self }
    }

    pub const fn right(self, right: Right) -> Self {
        Endpoint { right, ..self }
    }

    pub const fn method(self, method: &'static str) -> Self {
        Endpoint { method, ..self }
    }

    pub const fn answers(self, status: u16, answer: &'static str) -> Self {
        Endpoint { status, answer, ..self }
    }

    /// Whether its answer is JSON.
    pub fn is_json(&self) -> bool {
        !self.answer.contains('/')
    }
}
