//! Who asks. The guard puts a `Visitor` into the request, from where handlers take it as an argument.
use std::sync::Arc;

use subtle::ConstantTimeEq as _;

use super::Pass;
use crate::domain::api_token::TokenName;

/// What a dangerous order takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    Click,
    /// A panel without login is open to passers-by: its word must be typed.
    Typed,
}

#[derive(Clone)]
pub struct Visitor {
    /// The token that every request for a change must carry. A visitor without one can change nothing.
    csrf: Option<Arc<str>>,
    confirmation: Confirmation,
    /// The panel's name of its user; one name for all visitors where the panel has no users.
    name: Arc<str>,
    pass: Arc<Pass>,
}

impl Visitor {
    pub fn new(csrf: Option<String>, confirmation: Confirmation, name: &str, pass: Pass) -> Visitor {
        let csrf = csrf.filter(|csrf| !csrf.is_empty()).map(Arc::from);
        Visitor { csrf, confirmation, name: Arc::from(name), pass: Arc::new(pass) }
    }

    /// A program with a token. It sends no form of ours, so it has nothing to prove them with.
    pub fn of_token(name: &TokenName, pass: Pass) -> Visitor {
        Visitor::new(None, Confirmation::Click, &format!("token {name}"), pass)
    }

    /// Whether `shown` is this visitor's token.
    pub fn sent(&self, shown: &[u8]) -> bool {
        self.csrf.as_ref().is_some_and(|csrf| shown.ct_eq(csrf.as_bytes()).into())
    }

    /// The token for this visitor's forms; empty, and good for nothing, when there is none.
    pub fn token(&self) -> &str {
        self.csrf.as_deref().unwrap_or_default()
    }

    /// By whose login the answer is given. All sessions of one user have one name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Somebody in particular, and not anyone who has found the page.
    pub fn has_logged_in(&self) -> bool {
        *self.name != *super::ANYONE
    }

    pub fn confirmation(&self) -> Confirmation {
        self.confirmation
    }

    /// What long answers look at again while they are under way.
    pub fn pass(&self) -> &Pass {
        &self.pass
    }
}
