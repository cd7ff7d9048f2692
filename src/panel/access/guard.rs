//! Who may ask, in one place: by which name we were called, who asks, whether a change comes from our
//! own page, and the headers that everything is answered with.
//!
//! Invariant: nothing but style and scripts is shown to a visitor who is not let in, whatever the
//! address. A request that changes something has our name in `Host`, comes from our origin, and
//! carries the visitor's token; one of a program, which has no login, shows a token with the right for it. Anything
//! unclear is refused.
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};

use super::program;
use super::slow_body;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::failure::Code;
use crate::panel::access::login::{Confirmation, Denied, Visitor};
use crate::panel::access::proof::{Proof, text};
use crate::panel::assets;
use crate::panel::parts::error_page;
use crate::panel::parts::forms;
use crate::panel::parts::http_error;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::panel::state::PanelState;

/// Last parts of routes that take something away for good, or change what we do.
const DANGEROUS: [&str; 8] = ["delete", "restore", "undo", "change", "add", "unlist", "new", "edit"];
/// Ends of routes that give out what archives and snapshots hold. A panel without a login asks for a typed word before.
const GIVING: [&str; 5] = [
    "/download/{name}",
    "/archives/{name}/download",
    "/archive/{name}/file",
    "/{host}/{snapshot}/file",
    "/{host}/{snapshot}/folder",
];

const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'self'";

/// Middleware around everything.
pub async fn guard(
    panel: web::Data<PanelState>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let verdict = admit(&panel, &mut request).await;
    let mut answer = match verdict {
        Ok(Some(visitor)) => {
            request.extensions_mut().insert(visitor);
            next.call(request).await?.map_into_boxed_body()
        }
        Ok(None) => next.call(request).await?.map_into_boxed_body(),
        Err(refused) => {
            let page = error_page::page_of(&panel, request.request(), refused.status, &refused.failure);
            request.into_response(page)
        }
    };
    if answer.status() == StatusCode::UNAUTHORIZED && panel.login.host().is_none() {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(ASKS_FOR_KEY));
    }
    protect(answer.headers_mut());
    Ok(answer)
}

const ASKS_FOR_KEY: &str = "Basic realm=\"Allsky Backups: any user, and the token as password\", charset=\"UTF-8\"";

/// The visitor, or `None` for what everybody may see.
async fn admit(panel: &PanelState, request: &mut ServiceRequest) -> Result<Option<Visitor>, HttpError> {
    let host = text(request.request(), header::HOST).unwrap_or_default().to_owned();
    if !panel.placement.answers_to(&host) {
        return Err(HttpError::new(
            StatusCode::MISDIRECTED_REQUEST,
            Code::Protected,
            format!("\"{host}\" is not one of the names of this machine's backups page"),
            "Open the page by another name or by the machine's address, or add this name to hosts in [server] of the \
             configuration. If a web server in front made up the name, let it pass on the browser's \
             (nginx: proxy_set_header Host $http_host).",
        ));
    }
    let looks = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if looks && assets::is_public(&panel.placement, request.path()) {
        return Ok(None);
    }
    // By the route that will answer, not by how its address is spelt.
    let route = request.resource_map().match_pattern(request.match_info().get_ref().path()).unwrap_or_default();
    if let Some((token, right)) = program::shown_token(panel, request, &route) {
        // No page of another site may use it: a browser says where a page comes from.
        if !same_origin(panel, request.request(), &host) {
            return Err(another_site(request.request(), &host));
        }
        let visitor = program::admit(panel, request, &token, right).await?;
        let body = request.take_payload();
        request.set_payload(slow_body::give_up_when_slow(body));
        return Ok(Some(visitor));
    }
    let visitor = match panel.login.visitor(request.request(), &panel.token).await {
        Err(Denied::NoKey) if request.headers().contains_key(header::AUTHORIZATION) => {
            program::wrong_token(request).await;
            return Err(http_error::turned_away(Denied::NoKey));
        }
        other => other.map_err(http_error::turned_away)?,
    };
    if looks {
        if visitor.confirmation() == Confirmation::Typed && GIVING.iter().any(|end| route.ends_with(end)) {
            judge_reading(request)?;
        }
        return Ok(Some(visitor));
    }
    if !matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH | Method::DELETE) {
        return Err(HttpError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Code::Usage,
            "This kind of request is not used here",
            "Use GET to look and POST to change; the interface for programs also takes PUT, PATCH and DELETE.",
        ));
    }
    if !same_origin(panel, request.request(), &host) {
        return Err(another_site(request.request(), &host));
    }
    let body = request.take_payload();
    request.set_payload(slow_body::give_up_when_slow(body));
    let word = dangerous_word(request.method(), &route);
    let word = word.filter(|_| visitor.confirmation() == Confirmation::Typed);
    let proof = Proof::read(request, word).await;
    if !proof.token.is_some_and(|token| visitor.sent(&token)) {
        return Err(stale());
    }
    if word.is_some_and(|word| proof.typed.as_deref() != Some(word.as_bytes())) {
        return Err(HttpError::forbidden(
            "This panel asks for no login, so the word must be typed",
            "Open the page of what is to be changed, and type the word that it asks for.",
        ));
    }
    Ok(Some(visitor))
}

/// Archives of settings hold every password of the camera; pictures are for everybody who looks at a
/// panel without login.
fn judge_reading(request: &ServiceRequest) -> Result<(), HttpError> {
    let parts = request.match_info().get_ref().path().split('/');
    let is_of_pictures =
        parts.filter_map(|part| ArchiveName::parse(part).ok()).any(|name| name.kind() == Some(ArchiveKind::Images));
    let typed = query::field(request.query_string(), "typed");
    if is_of_pictures || typed.as_deref() == Some(forms::READ.as_bytes()) {
        return Ok(());
    }
    request.extensions_mut().insert(forms::LacksWord);
    Err(HttpError::forbidden(
        "This panel asks for no login, and this backup holds passwords, so the word must be typed",
        format!("Type the word {0} into the field beside the button, or add typed={0} to the address.", forms::READ),
    ))
}

/// What must be typed where the panel asks for no login.
fn dangerous_word(method: &Method, route: &str) -> Option<&'static str> {
    let is_upload = route.contains("/uploads/");
    match *method {
        Method::DELETE if !is_upload => Some("delete"),
        Method::PUT | Method::PATCH if !is_upload => Some("change"),
        _ => DANGEROUS.into_iter().find(|word| route.rsplit('/').next() == Some(word)),
    }
}

fn stale() -> HttpError {
    HttpError::forbidden("The page that sent this is older than the running program", "Reload the page and try again.")
}

/// Browsers tell where a request comes from; programs that are no browsers tell nothing.
fn same_origin(panel: &PanelState, request: &HttpRequest, host: &str) -> bool {
    if let Some(site) = text(request, HeaderName::from_static("sec-fetch-site"))
        && site != "same-origin"
    {
        return false;
    }
    match text(request, header::ORIGIN) {
        Some(origin) => panel.placement.is_own_origin(origin, host),
        None => !request.headers().contains_key(header::ORIGIN),
    }
}

/// Behind a web server that passes on another name this is no attack, so it says what to do about that.
fn another_site(request: &HttpRequest, host: &str) -> HttpError {
    let from = text(request, header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, name)| name);
    match from {
        Some(name) if !name.eq_ignore_ascii_case(host) => HttpError::forbidden(
            format!("The request came from a page at \"{name}\", and this page is called \"{host}\""),
            "If both are your own: add the first, without a port, to hosts in [server] of the configuration, or let \
             the web server in front pass it on (nginx: proxy_set_header Host $http_host).",
        ),
        _ => HttpError::forbidden("The request came from another site", "Open the backups page itself and try again."),
    }
}

fn protect(headers: &mut header::HeaderMap) {
    let mut unless_set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    unless_set(header::CONTENT_SECURITY_POLICY, POLICY);
    unless_set(header::CACHE_CONTROL, "no-store");
    unless_set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    unless_set(header::X_FRAME_OPTIONS, "SAMEORIGIN");
    unless_set(header::REFERRER_POLICY, "same-origin");
    unless_set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
}
