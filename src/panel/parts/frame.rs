//! What every page has around its own subject: where the pages lie, in which panel, and who asks.
//!
//! A handler takes a [`Frame`] as an argument and hands it down to `layout` and `forms`. So a reader of a form sees
//! where its token comes from, and a page cannot be drawn on behalf of somebody else.
//!
//! Invariant: no handler gets a frame or a visitor that the guard has not let in. The frame of a page that refuses a
//! request may have no visitor; then its token is empty, and good for nothing.
use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};

use super::http_error;
use crate::panel::access::login::{Confirmation, Denied, Host, Visitor};
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::placement::Placement;
use crate::panel::state::PanelState;

#[derive(Clone)]
pub struct Frame {
    placement: Arc<Placement>,
    host: Option<&'static Host>,
    /// `None` on the page that refuses a request.
    visitor: Option<Visitor>,
}

impl Frame {
    /// The frame of an answer to `request`, whether its visitor was let in or not.
    pub fn of(panel: &PanelState, request: &HttpRequest) -> Frame {
        Frame {
            placement: panel.placement.clone(),
            host: panel.login.host(),
            visitor: request.extensions().get::<Visitor>().cloned(),
        }
    }

    /// The address of `path` (no slash in front) on this server.
    pub fn url(&self, path: &str) -> String {
        self.placement.url(path)
    }

    /// The panel that we are mounted in; `None` when we stand alone.
    pub fn host(&self) -> Option<&'static Host> {
        self.host
    }

    /// What a form must send back with a change.
    pub fn token(&self) -> &str {
        self.visitor.as_ref().map_or("", Visitor::token)
    }

    /// What a dangerous order takes; the more careful when nobody is known.
    pub fn confirmation(&self) -> Confirmation {
        self.visitor.as_ref().map_or(Confirmation::Typed, Visitor::confirmation)
    }
}

impl FromRequest for Frame {
    type Error = HttpError;
    type Future = Ready<Result<Frame, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(panel) = request.app_data::<web::Data<PanelState>>() else { return ready(Err(HttpError::stopping())) };
        let frame = Frame::of(panel, request);
        ready(if frame.visitor.is_some() { Ok(frame) } else { Err(http_error::turned_away(Denied::NoSession)) })
    }
}

impl FromRequest for Visitor {
    type Error = HttpError;
    type Future = Ready<Result<Visitor, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visitor = request.extensions().get::<Visitor>().cloned();
        ready(visitor.ok_or_else(|| http_error::turned_away(Denied::NoSession)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::FromRequest as _;
    use actix_web::test::TestRequest;

    use super::Frame;
    use crate::panel::access::login::Confirmation;
    use crate::panel::access::login::Visitor;
    use crate::panel::parts::placement::Placement;

    #[test]
    fn a_frame_without_a_visitor_has_no_token_and_asks_for_the_word() {
        let frame = Frame { placement: Arc::new(Placement::new("backups", &[])), host: None, visitor: None };
        assert_eq!(frame.token(), "");
        assert_eq!(frame.confirmation(), Confirmation::Typed);
        assert_eq!(frame.url("create"), "/backups/create");
    }

    #[test]
    fn a_request_that_the_guard_has_not_let_in_has_no_visitor() {
        let request = TestRequest::default().to_http_request();
        assert!(Visitor::extract(&request).into_inner().is_err());
    }
}
