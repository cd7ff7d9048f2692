//! Pictures of whole nights, from the camera's own folder, to those alone who may see the page.
use std::io::Read;

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use super::orders::parse;
use crate::base::dir::Dir;
use crate::panel::archives::picture::{SANDBOX, Showing, showing};
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};

/// A whole keogram of a large camera is far smaller.
const MOST_BYTES: u64 = 32 << 20;

/// `GET nights/NIGHT/picture/KIND` with `strip`, `keogram` or `startrail`.
pub async fn picture(
    panel: web::Data<PanelState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, HttpError> {
    let (night, kind) = path.into_inner();
    let night = parse(&night)?;
    let (content_type, bytes) = off_loop(&panel, move |panel| {
        let tools = panel.tools();
        let source = &tools.nights.source;
        let stills = source.stills(night)?;
        let path = match kind.as_str() {
            "strip" => stills.small_keogram,
            "keogram" => stills.keogram,
            "startrail" => stills.startrail,
            _ => None,
        };
        let path = path.ok_or_else(missing)?;
        let Showing::Picture(content_type) = showing(&path) else { return Err(missing()) };
        let mut bytes = Vec::new();
        let opened = Dir::open(source.images_dir()).and_then(|images| images.read(&path)).map_err(|_| missing())?;
        opened.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|_| missing())?;
        Ok((content_type, bytes))
    })
    .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .insert_header((header::CACHE_CONTROL, "private, max-age=600"))
        .body(bytes))
}

fn missing() -> HttpError {
    HttpError::not_found("There is no such picture of this night")
}
