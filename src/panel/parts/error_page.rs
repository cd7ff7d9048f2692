//! The answer for everything that fails in the panel: one sentence and one piece of advice, as a page for people and
//! as JSON for programs.
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::forms;
use super::layout;
use super::query;
use crate::api::refusal::{Reason, Refusal, WebRefusal};
use crate::domain::failure::{Code, Failure};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::state::PanelState;

/// Marks an answer that already says in its own way what is wrong.
pub struct OwnPage;

/// `answer` with `status`, as it is.
pub fn with_own_page(mut answer: HttpResponse, status: StatusCode) -> HttpResponse {
    *answer.status_mut() = status;
    answer.extensions_mut().insert(OwnPage);
    answer
}

/// Middleware: gives every error its page or its JSON.
pub async fn answer_failures(
    panel: web::Data<PanelState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answer = match next.call(request).await {
        Ok(answer) => answer.map_into_boxed_body(),
        // Extractors and inner middleware fail this way, and without the request.
        Err(error) => return Err(error),
    };
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() || status == StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok(answer);
    }
    if answer.response().extensions().contains::<OwnPage>() {
        return Ok(answer);
    }
    let known = answer.response().extensions().get::<Failure>().cloned();
    let reason = answer.response().extensions().get::<Reason>().cloned();
    let failure = known.unwrap_or_else(|| plain_failure(status, answer.response().error()));
    let request = answer.request().clone();
    Ok(ServiceResponse::new(request.clone(), page_for(&panel, &request, status, &failure, reason.as_ref())))
}

/// The answer for `failure`, as the asker understands it.
pub fn page_of(panel: &PanelState, request: &HttpRequest, status: StatusCode, failure: &Failure) -> HttpResponse {
    page_for(panel, request, status, failure, None)
}

fn page_for(
    panel: &PanelState,
    request: &HttpRequest,
    status: StatusCode,
    failure: &Failure,
    reason: Option<&Reason>,
) -> HttpResponse {
    if request.path().starts_with(&panel.url("api/")) {
        return HttpResponse::build(status).json(WebRefusal::of(failure, status.as_u16(), reason));
    }
    if wants_json(panel, request) {
        return HttpResponse::build(status).json(Refusal { error: failure });
    }
    let frame = Frame::of(panel, request);
    let body = html! {
        div.ab-error role="alert" {
            div.ab-error-sign { (icon(Icon::Warning)) }
            h2 { (heading(status)) }
            p.lead { (failure.message) "." }
            @if !failure.advice.is_empty() { p { (failure.advice) } }
            @if request.extensions().contains::<forms::LacksWord>() { (word_form(request)) }
            (ways_out(&frame, request, status))
            p.text-muted { small { "Status " (status.as_u16()) } }
        }
    };
    HttpResponse::build(status)
        .insert_header(header::ContentType::html())
        .body(layout::show(&frame, heading(status), body).into_string())
}

/// The address that was asked for, once more with the field for the word.
fn word_form(request: &HttpRequest) -> Markup {
    let path = query::field(request.query_string(), "path").and_then(|path| String::from_utf8(path).ok());
    html! {
        form.ab-form method="get" action=(request.path()) {
            @if let Some(path) = path { input type="hidden" name="path" value=(path); }
            (forms::typed_in_any_case(forms::READ))
            button.btn.btn-info type="submit" { "Go on" }
        }
    }
}

/// Where to go from here; after a login, to where the visitor was.
fn ways_out(frame: &Frame, request: &HttpRequest, status: StatusCode) -> Markup {
    let looked = request.method() == actix_web::http::Method::GET;
    // Only addresses of ours: "//elsewhere" would be another machine's.
    let ours = |path: &str| path.starts_with(&frame.url("")) && !path.starts_with("//");
    let was_here = request.uri().path_and_query().map(ToString::to_string).filter(|path| looked && ours(path));
    let was_here = was_here.unwrap_or_else(|| frame.url(""));
    html! {
        @if let Some(host) = frame.host().filter(|_| status == StatusCode::UNAUTHORIZED) {
            p {
                a.btn.btn-primary href=(host.login) { "Log in to " (host.name) }
                " "
                a.btn.btn-default href=(was_here) { "I am logged in: back to where I was" }
            }
        } @else if status == StatusCode::UNAUTHORIZED || status == StatusCode::SERVICE_UNAVAILABLE {
            p { a.btn.btn-primary href=(was_here) { "Try again" } }
        } @else {
            p { a.btn.btn-primary href=(frame.url("")) { "Back to the backups" } }
        }
    }
}

/// True for the JSON side, and for scripts that say so.
pub fn wants_json(panel: &PanelState, request: &HttpRequest) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    request.path().starts_with(&panel.url("api/")) || accepts.starts_with("application/json")
}

/// Whether the answer is JSON and not what a page or a dialog shows.
pub fn is_for_program(panel: &PanelState, request: &HttpRequest) -> bool {
    wants_json(panel, request) && !layout::is_fragment(request)
}

fn heading(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "That cannot be done",
        401 => "Please log in",
        403 => "Not allowed",
        404 => "Nothing here",
        405 => "Not this way",
        409 => "Not now",
        413 => "Too large",
        421 => "Not my name",
        422 => "Not accepted",
        503 => "Not ready",
        _ => "That did not work",
    }
}

fn plain_failure(status: StatusCode, error: Option<&Error>) -> Failure {
    let (code, message, advice) = match status.as_u16() {
        404 => (Code::NotFound, "There is no such page", "Check the address, or start from the list of backups."),
        405 => (Code::Usage, "This address does not take that kind of request", "Start from the list of backups."),
        413 => (Code::Usage, "The request is too large", "Send less at once."),
        400..=499 => (Code::Usage, "The request could not be understood", "Reload the page and try again."),
        _ => (Code::Failed, "Something went wrong on this side", "Look at the log of Allsky Backups for details."),
    };
    let message = match error {
        Some(error) if status.is_client_error() => format!("{message}: {error}"),
        _ => message.to_owned(),
    };
    Failure { code, message, advice: advice.to_owned() }
}
