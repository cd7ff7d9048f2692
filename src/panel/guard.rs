//! Who may ask, in one place: by which name we were called, whether a change comes from our own
//! page, and the headers that everything is answered with.
//!
//! Invariant: a request that changes something has our name in `Host`, comes from our origin, and
//! carries the token. Anything unclear is refused.
use actix_web::body::{BodyStream, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};

use super::desk::Desk;
use super::trouble::{self, Trouble};
use crate::domain::failure::Code;

/// Header and form field that carry the token.
const TOKEN_HEADER: &str = "x-csrf-token";
const TOKEN_FIELD: &[u8] = b"csrf=";
/// A form of ours with every folder ticked is far below this.
const FORM_BYTES: usize = 1 << 20;

const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'self'";

/// Middleware around everything.
pub async fn guard(
    desk: web::Data<Desk>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let verdict = admit(&desk, &mut request).await;
    let mut answer = match verdict {
        Ok(()) => match next.call(request).await {
            Ok(answer) => answer.map_into_boxed_body(),
            Err(error) => return Err(error),
        },
        Err(refused) => {
            let page = trouble::page_of(&desk, request.request(), refused.status, &refused.failure);
            request.into_response(page)
        }
    };
    protect(answer.headers_mut());
    Ok(answer)
}

async fn admit(desk: &Desk, request: &mut ServiceRequest) -> Result<(), Trouble> {
    let host = text(request.request(), header::HOST).unwrap_or_default().to_owned();
    if !desk.placement.answers_to(&host) {
        return Err(Trouble::new(
            StatusCode::MISDIRECTED_REQUEST,
            Code::Protected,
            "This address is not one of the names of this machine's backups page",
            "Open the page by its configured name, or add the name to the configuration.",
        ));
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    if *request.method() != Method::POST {
        return Err(Trouble::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Code::Usage,
            "This kind of request is not used here",
            "Use GET to look and POST to change.",
        ));
    }
    if !same_origin(request.request(), &host) {
        return Err(Trouble::forbidden(
            "The request came from another site",
            "Open the backups page itself and try again.",
        ));
    }
    if carries_token(desk, request).await { Ok(()) } else { Err(stale()) }
}

fn stale() -> Trouble {
    Trouble::forbidden("The page that sent this is older than the running program", "Reload the page and try again.")
}

/// Browsers tell where a request comes from; programs that are no browsers tell nothing.
fn same_origin(request: &HttpRequest, host: &str) -> bool {
    if let Some(site) = text(request, HeaderName::from_static("sec-fetch-site"))
        && site != "same-origin"
    {
        return false;
    }
    match text(request, header::ORIGIN) {
        Some(origin) => origin.split_once("://").is_some_and(|(_, name)| name.eq_ignore_ascii_case(host)),
        None => !request.headers().contains_key(header::ORIGIN),
    }
}

/// The token in the header, or in a form field for pages without scripts.
async fn carries_token(desk: &Desk, request: &mut ServiceRequest) -> bool {
    if let Some(token) = text(request.request(), HeaderName::from_static(TOKEN_HEADER)) {
        return same(token.as_bytes(), desk.token.as_bytes());
    }
    let kind = text(request.request(), header::CONTENT_TYPE).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return false;
    }
    let payload = request.take_payload();
    let Ok(Ok(body)) = actix_web::body::to_bytes_limited(BodyStream::new(payload), FORM_BYTES).await else {
        return false;
    };
    let fits = body
        .split(|byte| *byte == b'&')
        .filter_map(|field| field.strip_prefix(TOKEN_FIELD))
        .any(|token| same(token, desk.token.as_bytes()));
    request.set_payload(Payload::from(body));
    fits
}

/// Takes the same time wherever the first difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |different, (a, b)| different | (a ^ b)) == 0
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

fn text(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}
