//! Who is being answered. Known to whatever runs within `while_answering`, so that a form can carry
//! the visitor's own token without every function on the way passing it on.
use subtle::ConstantTimeEq as _;

use super::Pass;

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
    csrf: Option<String>,
    confirmation: Confirmation,
    /// The panel's name of its user; one name for all visitors where the panel has no users.
    name: String,
    pub pass: Pass,
}

impl Visitor {
    pub fn new(csrf: Option<String>, confirmation: Confirmation, name: &str, pass: Pass) -> Visitor {
        Visitor { csrf: csrf.filter(|csrf| !csrf.is_empty()), confirmation, name: name.to_owned(), pass }
    }

    /// Whether `shown` is this visitor's token.
    pub fn sent(&self, shown: &[u8]) -> bool {
        self.csrf.as_ref().is_some_and(|csrf| shown.ct_eq(csrf.as_bytes()).into())
    }

    pub fn confirmation(&self) -> Confirmation {
        self.confirmation
    }
}

tokio::task_local! {
    static ANSWERED: Visitor;
}

/// Runs `answering` on behalf of `visitor`.
pub async fn while_answering<F: Future>(visitor: Visitor, answering: F) -> F::Output {
    ANSWERED.scope(visitor, answering).await
}

/// The token of who is being answered; empty, and good for nothing, when nobody is.
pub fn token() -> String {
    ANSWERED.try_with(|visitor| visitor.csrf.clone()).ok().flatten().unwrap_or_default()
}

/// By whose login the answer is given. Another session of the same user is the same.
pub fn name() -> String {
    ANSWERED.try_with(|visitor| visitor.name.clone()).unwrap_or_default()
}

/// What the visitor has to do for a dangerous order; when nobody is known, the more careful.
pub fn confirmation() -> Confirmation {
    ANSWERED.try_with(Visitor::confirmation).unwrap_or(Confirmation::Typed)
}
