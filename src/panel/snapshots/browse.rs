//! A folder as it was in one snapshot, what changed in it since the one before, and the way to earlier and later ones.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::compared::{Change, compared};
use super::item_words::marks;
use super::patience::{PATIENCE, within};
use crate::api::list::Items;
use crate::base::rel_path::printable;
use crate::destination::snapshots::store::Seen;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::SnapshotPath;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{error_page, forms, layout, query, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::list::{self, Item};
use crate::work::snapshot::ls::{Listed, ls};
use crate::work::snapshot::places;
use crate::work::{Tools, snapshot};

/// A folder with more is shown up to here.
const MOST: usize = 2000;

/// One folder in one snapshot.
struct Folder {
    host: HostName,
    path: Option<SnapshotPath>,
    item: Item,
    earlier: Option<SnapshotName>,
    later: Option<SnapshotName>,
    now: Vec<Listed>,
    /// The folder in the earlier snapshot; `None` where it was not there.
    before: Option<Vec<Listed>>,
}

impl Folder {
    fn read(tools: &Tools, host: HostName, name: SnapshotName, path: Option<SnapshotPath>) -> Result<Self, HttpError> {
        let mut all = list::of_host(tools, places::host(tools, &host)?)?;
        let missing = || snapshot::Error::NoSnapshot { host: host.clone(), name };
        let at = all.iter().position(|item| item.name == name).ok_or_else(missing)?;
        let earlier = at.checked_sub(1).and_then(|at| all.get(at)).map(|item| item.name);
        let later = all.get(at + 1).map(|item| item.name);
        let now = ls(tools, &host, name, path.as_ref())?;
        let before = earlier.and_then(|earlier| ls(tools, &host, earlier, path.as_ref()).ok());
        let item = all.swap_remove(at);
        Ok(Folder { host, path, item, earlier, later, now, before })
    }

    fn address(&self, name: SnapshotName, path: &[u8]) -> String {
        address(&self.host, name, path)
    }

    fn bytes(&self) -> &[u8] {
        self.path.as_ref().map_or(&[], SnapshotPath::as_bytes)
    }
}

/// Where a folder of a snapshot is shown.
pub(super) fn address(host: &HostName, name: SnapshotName, path: &[u8]) -> String {
    format!("snapshots/{host}/{name}?path={}", query::encode(path))
}

/// The path that a query or a form names; an empty one is none.
pub(super) fn asked(fields: &str) -> Result<Option<SnapshotPath>, HttpError> {
    let path = query::field(fields, "path").filter(|path| !path.is_empty());
    let odd = |why| HttpError::usage(why, "Choose the folder on the page instead of typing its address.");
    path.map(SnapshotPath::try_from).transpose().map_err(odd)
}

/// `GET snapshots/HOST/SNAPSHOT?path=…`; as JSON what `snapshots ls --json` says.
pub async fn browse(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    which: web::Path<(HostName, SnapshotName)>,
) -> Result<HttpResponse, HttpError> {
    let (host, name) = which.into_inner();
    let path = asked(request.query_string())?;
    let read = off_loop(&panel, move |panel| Folder::read(&panel.tools(), host, name, path));
    let folder = within(PATIENCE, read).await?;
    if error_page::is_for_program(&panel, &request) {
        return Ok(HttpResponse::Ok().json(Items::all(folder.now)));
    }
    let title = format!("{} of {}", folder.item.name, folder.host);
    let body = draw(&frame, &folder);
    Ok(layout::page(&frame, &request, &title, body))
}

fn draw(frame: &Frame, folder: &Folder) -> Markup {
    let (host, item) = (&folder.host, &folder.item);
    let base = format!("snapshots/{host}/{}", item.name);
    html! {
        div.ab-browse {
            div.ab-heading {
                h4 { (icon(Icon::Folder)) " " (host) ", " (item.name) " " (marks(item)) }
                div.ab-heading-buttons {
                    a.btn.btn-default.btn-sm href=(frame.url("snapshots")) { "All snapshots" }
                    (mark(frame, &base, item))
                    (forms::button(frame, &format!("{base}/verify"), "btn btn-default btn-sm", "ab-verify-snapshot", html! { (icon(Icon::Verify)) " Verify" }))
                }
            }
            @if let Some(why) = &item.suspect { p.ab-why { (icon(Icon::Warning)) " Not trusted: " (why) "." } }
            (findings(item))
            (travel(frame, folder))
            (crumbs(frame, folder))
            (search_box(frame, host, item.name, folder.bytes(), ""))
            (whole(frame, folder))
            (entries(frame, folder))
        }
    }
}

fn mark(frame: &Frame, base: &str, item: &Item) -> Markup {
    let (to, face) = if item.pinned { ("unpin", "Take the pin away") } else { ("pin", "Pin") };
    html! {
        form.ab-form method="post" action=(frame.url(&format!("{base}/{to}"))) {
            (forms::token(frame))
            button.btn.btn-default.btn-sm #ab-pin-snapshot type="submit" { (icon(Icon::Pin)) " " (face) }
        }
        @if item.suspect.is_some() {
            form.ab-form method="post" action=(frame.url(&format!("{base}/trust"))) {
                (forms::token(frame))
                button.btn.btn-default.btn-sm #ab-trust-snapshot type="submit" { (icon(Icon::Check)) " All is well" }
            }
            @if !item.marker.findings.is_empty() { (answer(frame, base, "false-alarm", "False alarm, speak later")) }
            @if item.alarm != Some(Seen::Resolved) { (answer(frame, base, "resolve", "It is over")) }
        }
    }
}

/// What an owner says of an alarm.
fn answer(frame: &Frame, base: &str, to: &str, face: &str) -> Markup {
    html! {
        form.ab-form method="post" action=(frame.url(&format!("{base}/{to}"))) {
            (forms::token(frame))
            button.btn.btn-default.btn-sm #{"ab-" (to)} type="submit" { (face) }
        }
    }
}

/// What is out of the ordinary in this snapshot, with files as examples.
fn findings(item: &Item) -> Markup {
    let names = item.marker.measure.as_ref().map(|measure| &measure.samples.names[..]).unwrap_or_default();
    html! {
        @if !item.marker.findings.is_empty() {
            ul.list-group.ab-findings #ab-alarm {
                @for finding in &item.marker.findings { li.list-group-item { (icon(Icon::Warning)) " " (finding.why) "." } }
                @if !names.is_empty() { li.list-group-item.ab-small.ab-break { "Among them: " (names.join(", ")) } }
            }
        }
    }
}

/// The folder in the snapshots before and after this one.
fn travel(frame: &Frame, folder: &Folder) -> Markup {
    let step = |name: Option<SnapshotName>, id: &str, face: Markup| {
        html! {
            @match name {
                Some(name) => a.btn.btn-default.btn-sm #(id) href=(frame.url(&folder.address(name, folder.bytes()))) { (face) },
                None => span.btn.btn-default.btn-sm.disabled #(id) aria-disabled="true" { (face) },
            }
        }
    };
    let label = |name: Option<SnapshotName>, none: &str| name.map_or_else(|| none.to_owned(), |name| name.to_string());
    html! {
        div.ab-travel role="group" aria-label="This folder at other times" {
            (step(folder.earlier, "ab-earlier", html! { "← " (label(folder.earlier, "the oldest")) }))
            strong { (folder.item.name) }
            (step(folder.later, "ab-later", html! { (label(folder.later, "the newest")) " →" }))
        }
    }
}

/// A field that finds names below a folder.
pub(super) fn search_box(frame: &Frame, host: &HostName, name: SnapshotName, path: &[u8], text: &str) -> Markup {
    html! {
        form.ab-find role="search" method="get" action=(frame.url(&format!("snapshots/{host}/{name}/search"))) {
            @if let Ok(path) = std::str::from_utf8(path) { input type="hidden" name="path" value=(path); }
            label.sr-only for="ab-find" { "Search names in this folder" }
            input.form-control #ab-find type="search" name="q" value=(text) placeholder="Search names in this folder" autocomplete="off" required;
            button.btn.btn-default type="submit" { (icon(Icon::Search)) span.sr-only { "Search" } }
        }
    }
}

/// What can be done with the folder as a whole.
fn whole(frame: &Frame, folder: &Folder) -> Markup {
    let (host, name, path) = (&folder.host, folder.item.name, query::encode(folder.bytes()));
    let called = if folder.path.is_some() { "this folder" } else { "everything" };
    html! {
        div.ab-card-buttons {
            a.btn.btn-warning.btn-sm #ab-give-back-all href=(frame.url(&format!("snapshots/{host}/{name}/restore?path={path}"))) { (icon(Icon::Restore)) " Restore " (called) }
            a.btn.btn-default.btn-sm #ab-download-all href=(frame.url(&format!("snapshots/{host}/{name}/folder?path={path}"))) { (icon(Icon::Download)) " Download " (called) }
        }
    }
}

fn crumbs(frame: &Frame, folder: &Folder) -> Markup {
    let name = folder.item.name;
    let bytes = folder.bytes();
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    let ends: Vec<usize> = ends.chain((!bytes.is_empty()).then_some(bytes.len())).collect();
    html! {
        p.ab-crumbs {
            a href=(frame.url(&folder.address(name, b""))) { (folder.item.marker.source.display()) }
            @for (n, end) in ends.iter().enumerate() {
                @let begin = if n == 0 { 0 } else { ends[n - 1] + 1 };
                " / " a href=(frame.url(&folder.address(name, &bytes[..*end]))) { (printable(&bytes[begin..*end])) }
            }
        }
    }
}

fn entries(frame: &Frame, folder: &Folder) -> Markup {
    let all = compared(&folder.now, folder.before.as_deref());
    html! {
        @if all.is_empty() { p.ab-nothing-yet { "This folder is empty." } }
        ul.list-group.ab-snapshot-files {
            @for (item, change) in all.iter().take(MOST) { (entry(frame, folder, item, *change)) }
        }
        @if all.len() > MOST {
            p.ab-small { (words::count((all.len() - MOST) as u64)) " more are not shown; " code { "allsky-backups snapshots ls" } " shows all." }
        }
    }
}

fn entry(frame: &Frame, folder: &Folder, item: &Listed, change: Change) -> Markup {
    let inside: Vec<u8> = match folder.bytes() {
        b"" => item.raw_name().to_vec(),
        parent => [parent, b"/", item.raw_name()].concat(),
    };
    // What is gone is only in the earlier one.
    let name = match (change, folder.earlier) {
        (Change::Gone, Some(earlier)) => earlier,
        _ => folder.item.name,
    };
    html! {
        li.list-group-item data-change=[word(change)] {
            (acts(frame, &folder.host, name, item, &inside))
            @match item.kind {
                "folder" => { (icon(Icon::Folder)) " " a href=(frame.url(&folder.address(name, &inside))) { (item.name) } },
                "link" => { (icon(Icon::Fold)) " " (item.name) span.ab-small { " leads to " (item.target.as_deref().unwrap_or("?")) } },
                _ => { (icon(Icon::File)) " " (item.name) " " span.ab-small { (words::size(item.bytes)) } },
            }
            @if let Some(word) = word(change) { " " span.ab-state.(if change == Change::Gone { "ab-warn" } else { "ab-run" }) { (word) } }
        }
    }
}

/// The ways back of one thing in a list.
pub(super) fn acts(frame: &Frame, host: &HostName, name: SnapshotName, item: &Listed, path: &[u8]) -> Markup {
    let place = |what: &str| frame.url(&format!("snapshots/{host}/{name}/{what}?path={}", query::encode(path)));
    let give = match item.kind {
        "folder" => Some("folder"),
        "file" => Some("file"),
        _ => None,
    };
    html! {
        span.ab-row-acts {
            @if let Some(give) = give {
                a.btn.btn-default.btn-sm href=(place(give)) title="Download" aria-label={"Download " (item.name)} { (icon(Icon::Download)) }
            }
            a.btn.btn-default.btn-sm href=(place("restore")) title="Restore" aria-label={"Restore " (item.name)} { (icon(Icon::Restore)) }
        }
    }
}

fn word(change: Change) -> Option<&'static str> {
    match change {
        Change::Same => None,
        Change::New => Some("new"),
        Change::Changed => Some("changed"),
        Change::Gone => Some("gone"),
    }
}
