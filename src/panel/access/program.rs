//! Programs that show a token in place of a login: which addresses are open to them, and what each token is good for.
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::web;

use super::api_token::{self, Verdict};
use super::login::{Denied, Pass, Visitor};
use crate::api::endpoints;
use crate::domain::api_token::{Right, TOKEN_PREFIX};
use crate::domain::failure::Code;
use crate::panel::parts::http_error::{self, HttpError};
use crate::panel::state::PanelState;

/// Before somebody with a wrong token is answered.
const WRONG_TOKEN_DELAY: Duration = Duration::from_secs(1);

/// The token that a request shows where tokens open something, and the right that it must have. It counts in place of
/// any login.
pub fn shown_token(panel: &PanelState, request: &ServiceRequest, route: &str) -> Option<(String, Right)> {
    let text = api_token::shown(request.headers())?;
    let route = route.strip_prefix(panel.placement.prefix())?;
    let right = endpoints::right_for(request.method().as_str(), route)?;
    // What else is sent as a bearer token is for the login, which may know it.
    text.starts_with(TOKEN_PREFIX).then(|| (text.to_owned(), right))
}

/// Lets a program in by its token.
pub async fn admit(
    panel: &PanelState,
    request: &ServiceRequest,
    token: &str,
    wanted: Right,
) -> Result<Visitor, HttpError> {
    let (tokens, text) = (panel.api_tokens.clone(), token.to_owned());
    let peer = request.peer_addr().map(|from| from.ip());
    let judged = web::block(move || tokens.judge(&text, peer)).await.map_err(|_| HttpError::stopping())?;
    let known = match judged? {
        Verdict::Opens(known) => known,
        Verdict::Wrong => {
            wrong_token(request).await;
            return Err(http_error::turned_away(Denied::NoToken));
        }
        Verdict::TooMany => return Err(too_many_guesses()),
    };
    if known.record.right < wanted {
        let (name, right) = (&known.record.name, known.record.right);
        return Err(HttpError::forbidden(
            format!("The token {name} has the right {right}, and this takes the right {wanted}"),
            format!("Use another token; `allsky-backups tokens add NAME --right {wanted}` makes one."),
        ));
    }
    let (tokens, used, at) = (panel.api_tokens.clone(), known.clone(), (panel.tools().now)().timestamp());
    // Nobody waits until it is written down.
    drop(web::block(move || tokens.was_used(&used, at)));
    let name = known.record.name.clone();
    Ok(Visitor::of_token(&name, Pass::of_token(panel.login.clone(), panel.api_tokens.clone(), known)))
}

fn too_many_guesses() -> HttpError {
    HttpError::new(
        StatusCode::TOO_MANY_REQUESTS,
        Code::Protected,
        "Too many wrong tokens were shown from there",
        "Wait a minute, and correct the token. A good one is let in at any time.",
    )
}

/// Says so in the log, and takes its time.
pub async fn wrong_token(request: &ServiceRequest) {
    let from = request.peer_addr().map_or_else(|| "the web server".to_owned(), |from| from.ip().to_string());
    tracing::warn!("a wrong token was shown by {from}");
    tokio::time::sleep(WRONG_TOKEN_DELAY).await;
}
