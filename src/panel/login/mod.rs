//! Who may come in. `Login` is asked once for every request, by `guard` alone; what a page needs to
//! know of the visitor it learns from `visitor`.
//!
//! * `bridge` — the panel's answer to "is this browser logged in?"
//! * `session` — the one cookie that is looked at
//! * `key` — a secret of our own, for pages that stand alone on a network
//! * `visitor` — who is being answered, and for how long
//!
//! Invariant: no header but the cookie or the key proves anything, and what is not certain is "no".
mod bridge;
mod key;
mod session;
mod visitor;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header;

use self::bridge::Bridge;
use self::key::Key;
use self::session::SessionId;
use crate::domain::door::Lock;
use crate::site::allsky;

pub use self::visitor::{Confirmation, Visitor, confirmation, name, token, while_answering};

/// Where the panel lets people in, and where it shows us.
pub const PANEL_LOGIN: &str = "/index.php?page=login";
pub const PANEL_PAGE: &str = "/index.php?page=system";

/// Names of visitors who are no user of a panel.
const ANYONE: &str = "anyone";
const KEY: &str = "key";

/// What stands between a visitor and the page.
pub enum Login {
    Open,
    Key(Key),
    Panel(Panel),
}

/// The panel that we are mounted in.
pub struct Panel {
    bridge: Bridge,
    /// Of the camera, whose settings say whether a login is wanted at all.
    home: PathBuf,
}

/// Why somebody was not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Away {
    #[error("Your session ended, or there was none")]
    NoSession,
    #[error("The key of this page is needed")]
    NoKey,
    #[error("The panel cannot be asked whether you are logged in")]
    Unanswered,
}

/// What is looked at again while a long answer is under way.
#[derive(Clone)]
pub struct Pass {
    login: Arc<Login>,
    session: Option<SessionId>,
}

impl Pass {
    /// Whether its owner would still be let in.
    pub async fn look(&self) -> Result<(), Away> {
        match &*self.login {
            Login::Panel(panel) => panel.visitor(self, String::new()).await.map(drop),
            Login::Open | Login::Key(_) => Ok(()),
        }
    }
}

impl Login {
    /// Reads the key where there is one.
    pub fn new(lock: &Lock, home: PathBuf) -> io::Result<Login> {
        Ok(match lock {
            Lock::Open => Login::Open,
            Lock::Token(file) => Login::Key(Key::read(file)?),
            Lock::Panel(at) => Login::Panel(Panel { bridge: Bridge::new(at), home }),
        })
    }

    /// Inside the camera's own panel.
    pub fn is_of_panel(&self) -> bool {
        matches!(self, Login::Panel(_))
    }

    /// Who asks. `fresh` is this program's own token, for visitors to whom the panel gave none.
    pub async fn visitor(self: &Arc<Self>, request: &HttpRequest, fresh: &str) -> Result<Visitor, Away> {
        let pass = |session| Pass { login: self.clone(), session };
        match &**self {
            Login::Open => Ok(Visitor::new(Some(fresh.to_owned()), Confirmation::Click, ANYONE, pass(None))),
            Login::Key(key) => {
                let shown = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
                if !shown.is_some_and(|shown| key.opens_for(shown)) {
                    return Err(Away::NoKey);
                }
                Ok(Visitor::new(Some(fresh.to_owned()), Confirmation::Click, KEY, pass(None)))
            }
            Login::Panel(panel) => panel.visitor(&pass(SessionId::of(request)), fresh.to_owned()).await,
        }
    }
}

impl Panel {
    async fn visitor(&self, pass: &Pass, fresh: String) -> Result<Visitor, Away> {
        let told = match &pass.session {
            Some(session) => self.bridge.ask(session).await,
            None => Ok(None),
        };
        if let Ok(Some(told)) = &told
            && told.logged_in
        {
            let name = format!("user {}", told.user.as_deref().unwrap_or_default());
            return Ok(Visitor::new(told.csrf.clone(), Confirmation::Click, &name, pass.clone()));
        }
        let home = self.home.clone();
        let wanted = actix_web::web::block(move || allsky::login::is_wanted(&home)).await.unwrap_or(true);
        if wanted {
            return Err(told.err().unwrap_or(Away::NoSession));
        }
        let csrf = told.ok().flatten().and_then(|told| told.csrf).unwrap_or(fresh);
        Ok(Visitor::new(Some(csrf), Confirmation::Typed, ANYONE, pass.clone()))
    }
}
