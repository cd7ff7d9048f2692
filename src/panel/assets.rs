//! Style and scripts, embedded in the program. Their address holds a digest of them all, so that a
//! browser may keep them for ever and still has the right ones after an upgrade.
//!
//! The style has one file for each room in `web/css`. Browsers ask for one: [`PANEL`], which is all of them, one after
//! the other in the order of [`ROOMS`].
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::panel::parts::frame::Frame;
use crate::panel::parts::placement::Placement;

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
    for room in ROOMS {
        all.update(room.as_bytes());
    }
    all.finalize().to_hex()[..12].to_owned()
});

/// The style of all rooms in one file.
const PANEL: &str = "panel.css";

/// Where two rules weigh the same, the later one counts. So what all rooms share comes first, and a room may change it.
const ROOMS: [&str; 18] = [
    "base",
    "layout",
    "parts",
    "dialogs",
    "jobs",
    "archives",
    "create",
    "files",
    "upload",
    "restore",
    "calendar",
    "nights",
    "settings",
    "plans",
    "destinations",
    "snapshots",
    "hosts",
    "dashboard",
];

/// The file `name` below `web/`, or [`PANEL`].
fn read(name: &str) -> Option<EmbeddedFile> {
    if name != PANEL {
        return Web::get(name);
    }
    let mut rooms = ROOMS.iter().map(|room| Web::get(&format!("css/{room}.css")));
    let first = rooms.next()??;
    rooms.try_fold(first, |mut all, room| {
        all.data.to_mut().extend_from_slice(&room?.data);
        Some(all)
    })
}

/// The address of the file `name` below `web/`.
pub fn url(frame: &Frame, name: &str) -> String {
    frame.url(&format!("assets/{}/{name}", *VERSION))
}

/// What may be seen without a login: these files, which are the same for everybody everywhere.
pub fn is_public(placement: &Placement, path: &str) -> bool {
    let below = path.strip_prefix(placement.base());
    below.is_some_and(|below| {
        below == EMBED || below == "healthz" || below.strip_prefix("assets/").is_some_and(|rest| !rest.contains(".."))
    })
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
    let Some(file) = read(&name) else { return HttpResponse::NotFound().finish() };
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, keep))
        .insert_header((header::CONTENT_TYPE, file.metadata.mimetype().to_owned()))
        .body(file.data.into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{PANEL, ROOMS, Web, read};

    #[test]
    fn every_file_of_style_is_in_the_one_that_browsers_ask_for() {
        let files: BTreeSet<String> =
            Web::iter().filter_map(|name| Some(name.strip_prefix("css/")?.to_owned())).collect();
        let rooms: BTreeSet<String> = ROOMS.iter().map(|room| format!("{room}.css")).collect();
        assert_eq!(files, rooms);
        let all = read(PANEL).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
        for room in files {
            let text = Web::get(&format!("css/{room}")).map(|file| file.data).unwrap_or_default();
            assert!(!text.is_empty() && all.contains(&*String::from_utf8_lossy(&text)), "{room}");
        }
    }

    #[test]
    fn every_rule_stands_in_our_own_block_and_changes_nothing_of_the_panel_around_it() {
        for room in ROOMS {
            let text = Web::get(&format!("css/{room}.css")).map(|file| file.data).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let (head, rules) = text.split_once("*/\n").unwrap_or_default();
            assert!(head.starts_with("/* "), "{room} does not say what it is for");
            let at_the_edge = rules.lines().filter(|line| !line.is_empty() && !line.starts_with(' '));
            let at_the_edge: Vec<&str> = at_the_edge.filter(|line| !line.starts_with("@keyframes ab-")).collect();
            assert_eq!(at_the_edge, [".allsky-backups {", "}"], "{room}");
        }
    }
}
