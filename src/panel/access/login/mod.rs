//! Who may come in. `Login` is asked once for every request, by `guard` alone; what a page needs to
//! know of its visitor it is handed in a `Frame`.
//!
//! * `bridge` — the panel's answer to "is this browser logged in?"
//! * `flask` — the same asked of indi-allsky; `believed` — for how long an answer counts
//! * `session`, `flask_session` — the cookies that are looked at; `shown` — with name and password
//! * `token` — a secret of our own, for pages that stand alone on a network
//! * `visitor` — who asks, what a change of theirs takes, and for how long they are answered
//!
//! Invariant: no header but the cookie, the key or the password of the released panel proves anything, and what is
//! not certain is "no".
mod believed;
mod bridge;
mod flask;
mod flask_session;
mod session;
mod shown;
mod token;
mod visitor;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::catalog::KnownToken;
use crate::domain::server::LoginMethod;
use crate::panel::access::api_token::ApiTokens;
use crate::panel::access::login::bridge::Bridge;
use crate::panel::access::login::flask::Flask;
use crate::panel::access::login::flask_session::FlaskSession;
use crate::panel::access::login::shown::Shown;
use crate::panel::access::login::token::Token;
use crate::site::Site;

pub use crate::panel::access::login::visitor::{Confirmation, Visitor};

/// The panel that we are mounted in, as a visitor knows it.
pub struct Host {
    pub name: &'static str,
    /// Where it lets people in.
    pub login: &'static str,
    /// Where one comes from.
    pub page: &'static str,
}

const PANEL: Host = Host { name: "the panel", login: "/index.php?page=login", page: "/index.php?page=system" };
const INDI: Host = Host { name: "indi-allsky", login: "/indi-allsky/login", page: "/indi-allsky/" };

/// A cookie of indi-allsky stays good after its owner logged out, only the browser has it no more. So no
/// stream outlives this: the browser comes again at once, with the cookies that it has by then.
const LEASH: Duration = Duration::from_secs(6);

/// Names of visitors who are no user of a panel.
const ANYONE: &str = "anyone";
const KEY: &str = "key";
/// indi-allsky alone tells several of them apart.
const ADMINISTRATOR: &str = "administrator";

/// What stands between a visitor and the page.
pub enum Login {
    Open,
    Token(Token),
    Panel(Panel),
    Indi(Indi),
}

/// The panel that we are mounted in.
pub struct Panel {
    bridge: Bridge,
    /// Its settings say whether a login is wanted at all.
    site: Arc<dyn Site>,
}

/// Asks indi-allsky who is logged in.
pub struct Indi {
    flask: Flask,
    site: Arc<dyn Site>,
}

/// Why somebody was not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("Your session ended, or there was none")]
    NoSession,
    #[error("The key of this page is needed")]
    NoKey,
    #[error("This token opens nothing")]
    NoToken,
    #[error("This user is no administrator of indi-allsky, and backups hold every password")]
    NoAdministrator,
    #[error("It cannot be found out whether you are logged in, because the web pages of the camera do not answer")]
    Unanswered,
}

/// What is looked at again while a long answer is under way.
#[derive(Clone)]
pub struct Pass {
    login: Arc<Login>,
    session: Option<Session>,
    /// A program shows this in place of a login.
    token: Option<(Arc<ApiTokens>, KnownToken)>,
}

#[derive(Clone)]
enum Session {
    Php(Shown),
    Flask(FlaskSession),
}

impl Pass {
    /// The pass of a program, for as long as its token opens.
    pub fn of_token(login: Arc<Login>, tokens: Arc<ApiTokens>, token: KnownToken) -> Pass {
        Pass { login, session: None, token: Some((tokens, token)) }
    }

    /// Whether its owner would still be let in.
    pub async fn look(&self) -> Result<(), Denied> {
        if let Some((tokens, token)) = self.token.clone() {
            let opens = actix_web::web::block(move || tokens.still_opens(&token)).await;
            return match opens {
                Ok(Ok(true)) => Ok(()),
                Ok(Ok(false)) => Err(Denied::NoToken),
                Ok(Err(_)) | Err(_) => Err(Denied::Unanswered),
            };
        }
        match &*self.login {
            Login::Panel(panel) => panel.visitor(self, String::new()).await.map(drop),
            Login::Indi(indi) => indi.visitor(self, String::new()).await.map(drop),
            Login::Open | Login::Token(_) => Ok(()),
        }
    }

    /// How long an answer may go on before it has to be asked for again; `None` = as long as it takes.
    pub fn leash(&self) -> Option<Duration> {
        (self.token.is_none() && matches!(&*self.login, Login::Indi(_))).then_some(LEASH)
    }
}

impl Login {
    /// Reads the key where there is one.
    pub fn new(lock: &LoginMethod, site: Arc<dyn Site>) -> io::Result<Login> {
        Ok(match lock {
            LoginMethod::Open => Login::Open,
            LoginMethod::Token(file) => Login::Token(Token::read(file)?),
            LoginMethod::Panel(at) => Login::Panel(Panel { bridge: Bridge::new(at), site }),
            LoginMethod::Indi(socket) => Login::Indi(Indi { flask: Flask::new(socket), site }),
        })
    }

    /// The panel around us, whose login counts; `None` when we stand alone.
    pub fn host(&self) -> Option<&'static Host> {
        match self {
            Login::Panel(_) => Some(&PANEL),
            Login::Indi(_) => Some(&INDI),
            Login::Open | Login::Token(_) => None,
        }
    }

    /// Who asks. `fresh` is this program's own token, for visitors to whom the panel gave none.
    pub async fn visitor(self: &Arc<Self>, request: &HttpRequest, fresh: &str) -> Result<Visitor, Denied> {
        let pass = |session| Pass { login: self.clone(), session, token: None };
        match &**self {
            Login::Open => Ok(Visitor::new(Some(fresh.to_owned()), Confirmation::Click, ANYONE, pass(None))),
            Login::Token(key) => {
                let shown = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
                if !shown.is_some_and(|shown| key.opens_for(shown)) {
                    return Err(Denied::NoKey);
                }
                Ok(Visitor::new(Some(fresh.to_owned()), Confirmation::Click, KEY, pass(None)))
            }
            Login::Panel(panel) => panel.visitor(&pass(Shown::of(request).map(Session::Php)), fresh.to_owned()).await,
            Login::Indi(indi) => {
                indi.visitor(&pass(FlaskSession::of(request).map(Session::Flask)), fresh.to_owned()).await
            }
        }
    }
}

impl Panel {
    async fn visitor(&self, pass: &Pass, fresh: String) -> Result<Visitor, Denied> {
        let told = match &pass.session {
            Some(Session::Php(shown)) => self.bridge.ask(shown).await,
            _ => Ok(None),
        };
        if let Ok(Some(told)) = &told
            && told.logged_in
        {
            let name = format!("user {}", told.user.as_deref().unwrap_or_default());
            let csrf = if told.by_password { Some(fresh) } else { told.csrf.clone() };
            return Ok(Visitor::new(csrf, Confirmation::Click, &name, pass.clone()));
        }
        if is_wanted(&self.site).await {
            return Err(told.err().unwrap_or(Denied::NoSession));
        }
        let csrf = told.ok().flatten().and_then(|told| told.csrf).unwrap_or(fresh);
        Ok(Visitor::new(Some(csrf), Confirmation::Typed, ANYONE, pass.clone()))
    }
}

impl Indi {
    /// The token is our own in any case: the application's is of its forms and changes with them.
    async fn visitor(&self, pass: &Pass, fresh: String) -> Result<Visitor, Denied> {
        // An application without login knows no users whom it could be asked about.
        if !is_wanted(&self.site).await {
            return Ok(Visitor::new(Some(fresh), Confirmation::Typed, ANYONE, pass.clone()));
        }
        match &pass.session {
            Some(Session::Flask(session)) => self.flask.ask(session).await?,
            _ => return Err(Denied::NoSession),
        }
        Ok(Visitor::new(Some(fresh), Confirmation::Click, ADMINISTRATOR, pass.clone()))
    }
}

async fn is_wanted(site: &Arc<dyn Site>) -> bool {
    let site = site.clone();
    actix_web::web::block(move || site.asks_for_login()).await.unwrap_or(true)
}
