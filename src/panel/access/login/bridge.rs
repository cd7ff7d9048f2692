//! The panel's answer to "is this browser logged in?", asked over loopback.
//!
//! Only the number of the session goes there, and for the released panel name and password. A "yes" is believed for a few seconds, a "no" never, so
//! that a login counts at once and a logout soon. No answer is no login.
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::Semaphore;

use super::Denied;
use crate::domain::server;
use crate::panel::access::login::believed::Believed;
use crate::panel::access::login::shown::Shown;

/// How long the panel may think.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many questions are asked at once: a panel has few workers, and they are for its pages.
const AT_ONCE: usize = 2;
/// No answer of the bridge is as long as this.
const ANSWER_BYTES: u64 = 16 * 1024;

/// What the panel knows of a session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Told {
    #[serde(rename = "loggedIn")]
    pub logged_in: bool,
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub csrf: Option<String>,
    /// The released panel knows its user by the password of each request, and gives no token for it.
    #[serde(default, rename = "byPassword")]
    pub by_password: bool,
}

pub struct Bridge {
    url: Arc<str>,
    agent: ureq::Agent,
    turn: Semaphore,
    /// For sessions that were good lately, so that no flood of strangers keeps their owners out.
    own_turn: Semaphore,
    known: Believed<Told>,
}

impl Bridge {
    pub fn new(at: &server::Bridge) -> Bridge {
        // Only there and nowhere else, whatever the environment or an answer may say.
        let agent = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .timeout_global(Some(PATIENCE))
            .user_agent("allsky-backups")
            .build()
            .new_agent();
        Bridge {
            url: at.url().into(),
            agent,
            turn: Semaphore::new(AT_ONCE),
            own_turn: Semaphore::new(1),
            known: Believed::nothing(),
        }
    }

    /// What the panel knows of the visitor with these cookies.
    pub async fn ask(&self, shown: &Shown) -> Result<Option<Told>, Denied> {
        let key = shown.digest();
        if let Some(told) = self.known.recall(&key) {
            return Ok(Some(told));
        }
        let turn = if self.known.lately(&key) { &self.own_turn } else { &self.turn };
        let turn = tokio::time::timeout(PATIENCE, turn.acquire()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or(Denied::Unanswered)?;
        // Somebody else may have asked the same while we waited.
        if let Some(told) = self.known.recall(&key) {
            return Ok(Some(told));
        }
        let asked = Instant::now();
        let (agent, url, shown) = (self.agent.clone(), self.url.clone(), shown.clone());
        let told = actix_web::web::block(move || question(&agent, &url, &shown)).await;
        match told {
            Ok(Ok(told)) => {
                if told.logged_in {
                    self.known.remember(key, asked, told.clone());
                }
                Ok(Some(told))
            }
            Ok(Err(why)) => {
                tracing::warn!("{}: no answer whether a visitor is logged in: {why}", self.url);
                Err(Denied::Unanswered)
            }
            Err(_) => Err(Denied::Unanswered),
        }
    }
}

fn question(agent: &ureq::Agent, url: &str, shown: &Shown) -> Result<Told, String> {
    let asked = shown.headers().into_iter().fold(agent.get(url), |asked, (name, value)| asked.header(name, value));
    let mut answer = asked.call().map_err(|why| why.to_string())?;
    if answer.status() != 200 {
        return Err(format!("it answered {}", answer.status()));
    }
    let text = answer.body_mut().with_config().limit(ANSWER_BYTES).read_to_string().map_err(|why| why.to_string())?;
    // The text may hold a token and is not repeated.
    serde_json::from_str(&text).map_err(|_| "it answered something else".into())
}
