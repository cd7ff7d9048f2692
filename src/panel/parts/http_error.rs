//! What went wrong, as one sentence, one piece of advice and the HTTP status that fits them. `error_page` draws it.
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::Value;

use crate::api::refusal::Reason;
use crate::domain::failure::{Advice, Code, Failure};
use crate::panel::access::login::Denied;

/// A failure and the HTTP status that fits it.
#[derive(Debug)]
pub struct HttpError {
    pub status: StatusCode,
    pub failure: Failure,
    /// What programs are told besides.
    pub reason: Option<Box<Reason>>,
}

impl HttpError {
    pub fn new(status: StatusCode, code: Code, message: impl Into<String>, advice: impl Into<String>) -> Self {
        HttpError { status, failure: Failure { code, message: message.into(), advice: advice.into() }, reason: None }
    }

    pub fn usage(message: impl Into<String>, advice: impl Into<String>) -> Self {
        HttpError::new(StatusCode::BAD_REQUEST, Code::Usage, message, advice)
    }

    pub fn forbidden(message: impl Into<String>, advice: impl Into<String>) -> Self {
        HttpError::new(StatusCode::FORBIDDEN, Code::Protected, message, advice)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        let advice = "Go back to the list: it may have been deleted or renamed meanwhile.";
        HttpError::new(StatusCode::NOT_FOUND, Code::NotFound, message, advice)
    }

    /// It cannot be done now; `code` and `details` tell programs why.
    pub fn conflict(code: &'static str, message: impl Into<String>, advice: &str, details: Value) -> Self {
        let error = HttpError::new(StatusCode::CONFLICT, Code::Protected, message, advice);
        HttpError { reason: Some(Box::new(Reason { code, details })), ..error }
    }

    pub fn stopping() -> Self {
        let advice = "Try again in a few seconds.";
        HttpError::new(StatusCode::SERVICE_UNAVAILABLE, Code::Failed, "Allsky Backups is being stopped", advice)
    }
}

/// The status that says the same as the code.
fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Usage => StatusCode::BAD_REQUEST,
        Code::NotReady => StatusCode::SERVICE_UNAVAILABLE,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Protected | Code::Cancelled => StatusCode::CONFLICT,
        Code::Refused | Code::Damaged => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Why a visitor was not let in.
pub fn turned_away(away: Denied) -> HttpError {
    let (status, code, advice) = match away {
        Denied::NoSession => (StatusCode::UNAUTHORIZED, Code::Protected, "Log in again; work that has begun goes on."),
        Denied::NoKey => (StatusCode::UNAUTHORIZED, Code::Protected, "Reload the page and give the token as password."),
        Denied::NoToken => (
            StatusCode::UNAUTHORIZED,
            Code::Protected,
            "Make a new one: `allsky-backups tokens add NAME`, or on the page Tokens.",
        ),
        Denied::NoAdministrator => {
            (StatusCode::FORBIDDEN, Code::Protected, "Log in as an administrator of indi-allsky.")
        }
        Denied::Unanswered => (StatusCode::SERVICE_UNAVAILABLE, Code::NotReady, "Check that they work, and try again."),
    };
    HttpError::new(status, code, away.to_string(), advice)
}

impl From<Failure> for HttpError {
    fn from(failure: Failure) -> Self {
        HttpError { status: status_of(failure.code), failure, reason: None }
    }
}

impl<E: Advice> From<E> for HttpError {
    fn from(error: E) -> Self {
        Failure::of(&error).into()
    }
}

impl std::fmt::Display for HttpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.failure.message)
    }
}

impl ResponseError for HttpError {
    fn status_code(&self) -> StatusCode {
        self.status
    }
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status);
        response.extensions_mut().insert(self.failure.clone());
        if let Some(reason) = &self.reason {
            response.extensions_mut().insert(Reason::clone(reason));
        }
        response
    }
}
