//! Style and scripts, embedded in the program. Their address holds a digest of them all, so that a
//! browser may keep them for ever and still has the right ones after an upgrade.
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use rust_embed::RustEmbed;

use super::frame::Frame;
use super::placement::Placement;

#[derive(RustEmbed)]
#[folder = "web/"]
struct Web;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Web::iter().collect();
    names.sort();
    let mut all = blake3::Hasher::new();
    for file in names.iter().filter_map(|name| Web::get(name)) {
        all.update(&file.metadata.sha256_hash());
    }
    all.finalize().to_hex()[..12].to_owned()
});

/// The address of the file `name` below `web/`.
pub fn url(frame: &Frame, name: &str) -> String {
    frame.url(&format!("assets/{}/{name}", *VERSION))
}

/// What may be seen without a login: these files, which are the same for everybody everywhere.
pub fn is_public(placement: &Placement, path: &str) -> bool {
    let below = path.strip_prefix(placement.base());
    below.is_some_and(|below| below == EMBED || below.strip_prefix("assets/").is_some_and(|rest| !rest.contains("..")))
}

/// Puts the page into the panel; the one script with an address that never changes, because the
/// panel's pages name it.
pub const EMBED: &str = "embed.js";

/// `embed.js`.
pub async fn embed() -> HttpResponse {
    let Some(file) = Web::get(EMBED) else { return HttpResponse::NotFound().finish() };
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_TYPE, file.metadata.mimetype().to_owned()))
        .body(file.data.into_owned())
}

/// `assets/VERSION/NAME`.
pub async fn asset(path: web::Path<(String, String)>) -> HttpResponse {
    let (version, name) = path.into_inner();
    let Some(file) = Web::get(&name) else { return HttpResponse::NotFound().finish() };
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, keep))
        .insert_header((header::CONTENT_TYPE, file.metadata.mimetype().to_owned()))
        .body(file.data.into_owned())
}
