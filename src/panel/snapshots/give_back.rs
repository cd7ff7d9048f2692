//! A file or folder of a snapshot goes back: where to, what that would change, and the button. It works without scripts:
//! the first form shows the changes, the second one makes them.
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::browse::{address, asked};
use super::patience::{PATIENCE, within};
use crate::base::rel_path::printable;
use crate::base::tree::open_path::split;
use crate::domain::host::settings::{HostName, Source};
use crate::domain::order::{Order, SnapshotOrder};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::{CameSince, Existing, SnapshotPath, SnapshotRequest};
use crate::panel::archives::orders::submit;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{error_page, forms, layout, query, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::compare::{Comparison, Group, would_give_back};
use crate::work::snapshot::{list, places};
use crate::work::{Tools, restore};

/// Whose files they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Machine {
    /// They go back to where they came from.
    This,
    /// They go to a folder of this machine.
    Other,
}

/// What the forms say.
struct GiveBackForm {
    request: SnapshotRequest,
    /// Where it goes unless another folder is named.
    home: PathBuf,
    machine: Machine,
}

impl GiveBackForm {
    fn read(tools: &Tools, host: HostName, snapshot: SnapshotName, fields: &str) -> Result<GiveBackForm, HttpError> {
        let path = asked(fields)?;
        let source = list::show(tools, &host, Some(snapshot))?.marker.source;
        let (machine, top) = match &places::host(tools, &host)?.source {
            Source::Here(_) => (Machine::This, source),
            Source::Ssh(_) => (Machine::Other, beside_backups(tools, &host)),
        };
        let above = path.as_ref().map(|path| split(path.as_bytes()).0).unwrap_or_default();
        let home = if above.is_empty() { top } else { top.join(std::ffi::OsStr::from_bytes(above)) };
        let to = match query::field(fields, "to").filter(|to| !to.is_empty()) {
            Some(to) => elsewhere(tools, &to)?,
            None => home.clone(),
        };
        let existing = if query::field(fields, "replace").is_some() { Existing::IsReplaced } else { Existing::Stays };
        let goes = query::field(fields, "since").is_some_and(|since| since == b"goes");
        let since = if goes { CameSince::Goes } else { CameSince::Stays };
        let paths = path.into_iter().collect();
        Ok(GiveBackForm { request: SnapshotRequest { host, snapshot, paths, to, existing, since }, home, machine })
    }

    fn path(&self) -> Option<&SnapshotPath> {
        self.request.paths.first()
    }
}

/// A folder of this machine for files of another one.
fn beside_backups(tools: &Tools, host: &HostName) -> PathBuf {
    let backups = tools.folder.path();
    backups.parent().unwrap_or(backups).join(format!("restored-{host}"))
}

/// Another folder than that which the thing came from, where nothing of a backup could do harm.
pub fn elsewhere(tools: &Tools, to: &[u8]) -> Result<PathBuf, HttpError> {
    let to = Path::new(std::ffi::OsStr::from_bytes(to));
    if !to.is_absolute() || to.as_os_str().as_bytes().contains(&0) {
        let path = printable(to.as_os_str().as_bytes());
        return Err(HttpError::usage(format!("{path} is no whole path"), "Write it from /, like /home/pi/found."));
    }
    restore::judge_folder(tools, to)?;
    Ok(to.to_owned())
}

/// `GET snapshots/HOST/SNAPSHOT/restore?path=&to=&since=`; as JSON what would change.
pub async fn dialog(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    which: web::Path<(HostName, SnapshotName)>,
) -> Result<HttpResponse, HttpError> {
    let (host, name) = which.into_inner();
    let fields = request.query_string().to_owned();
    let looked = off_loop(&panel, move |panel| {
        let tools = panel.tools();
        let form = GiveBackForm::read(&tools, host, name, &fields)?;
        // What would change is shown for what is there, ticked or not.
        let request = SnapshotRequest { existing: Existing::IsReplaced, ..form.request.clone() };
        Ok((would_give_back(&tools, &request)?, form))
    });
    let (found, form) = within(PATIENCE * 4, looked).await?;
    if error_page::is_for_program(&panel, &request) {
        return Ok(HttpResponse::Ok().json(found));
    }
    Ok(layout::page(&frame, &request, "Restore from a snapshot", draw(&frame, &form, &found)))
}

/// `POST snapshots/HOST/SNAPSHOT/restore` with `path`, `to`, `since` and `replace`.
pub async fn restore(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    which: web::Path<(HostName, SnapshotName)>,
    body: web::Bytes,
) -> Result<HttpResponse, HttpError> {
    let (host, name) = which.into_inner();
    let fields = String::from_utf8_lossy(&body).into_owned();
    let read = off_loop(&panel, move |panel| {
        places::host(&panel.tools(), &host)?;
        GiveBackForm::read(&panel.tools(), host, name, &fields)
    });
    let form = within(PATIENCE, read).await?;
    submit(panel, request, Order::Snapshot(SnapshotOrder::Restore { request: Box::new(form.request) })).await
}

fn draw(frame: &Frame, form: &GiveBackForm, found: &Comparison) -> Markup {
    let SnapshotRequest { host, snapshot, .. } = &form.request;
    let what = form.path().map_or_else(|| "everything".to_owned(), |path| printable(path.as_bytes()));
    let back =
        frame.url(&address(host, *snapshot, form.path().map(|path| split(path.as_bytes()).0).unwrap_or_default()));
    html! {
        div.ab-browse.ab-give-back {
            div.ab-heading {
                h4 { (icon(Icon::Restore)) " Restore " (what) }
                div.ab-heading-buttons { a.btn.btn-default.btn-sm href=(back) { "Back to the snapshot" } }
            }
            p { "As it was at " strong { (snapshot) } " on " (host) "." }
            @if form.machine == Machine::Other {
                p.ab-small { (icon(Icon::About)) " These are files of another machine. They go to a folder of this one; copy them back from there." }
            }
            (where_to(frame, form))
            (changes(found))
            (confirm(frame, form, found))
        }
    }
}

fn where_to(frame: &Frame, form: &GiveBackForm) -> Markup {
    let SnapshotRequest { host, snapshot, to, since, .. } = &form.request;
    let other = if *to == form.home { String::new() } else { to.display().to_string() };
    let usual = match form.machine {
        Machine::This => "where it came from, ",
        Machine::Other => "",
    };
    html! {
        form.ab-where-to method="get" action=(frame.url(&format!("snapshots/{host}/{snapshot}/restore"))) {
            (path_field(form))
            div.form-group {
                label for="ab-give-back-to" { "Into the folder" }
                input.form-control #ab-give-back-to type="text" name="to" value=(other)
                    placeholder={"empty = " (usual) (form.home.display())} autocomplete="off" spellcheck="false";
            }
            div.radio { label { input type="radio" name="since" value="stays" checked[*since == CameSince::Stays]; " Files that are not in the snapshot stay" } }
            div.radio { label { input type="radio" name="since" value="goes" checked[*since == CameSince::Goes]; " A folder becomes exactly what it was: they go, and are kept for an undo" } }
            button.btn.btn-default #ab-look-again type="submit" { (icon(Icon::Search)) " Show what would change" }
        }
    }
}

fn path_field(form: &GiveBackForm) -> Markup {
    html! { @if let Some(path) = form.path().and_then(|path| std::str::from_utf8(path.as_bytes()).ok()) { input type="hidden" name="path" value=(path); } }
}

fn changes(found: &Comparison) -> Markup {
    html! {
        section.ab-changes aria-label="What would change" {
            p.ab-nothing-yet { (icon(Icon::About)) " Nothing has been written. It goes to " code { (found.to.display()) } "." }
            (group(Icon::Plus, "New", "not there now", &found.new))
            (group(Icon::Change, "Replaced", "not as they were saved", &found.changed))
            @if found.newer > 0 {
                p.ab-why { (icon(Icon::Warning)) " " (words::counted(found.newer, "file")) " of these changed after the snapshot was taken." }
            }
            (group(Icon::Foreign, "Came since", "not in the snapshot", &found.came_since))
            (group(Icon::Check, "Same", "there already as they were saved", &found.same))
        }
    }
}

fn group(sign: Icon, title: &str, about: &str, group: &Group) -> Markup {
    html! {
        @if group.count > 0 {
            details.ab-listed {
                summary { (icon(sign)) " " (title) " (" (words::count(group.count)) ") " span.ab-small { (about) ", " (words::size(group.bytes)) } }
                ul.list-group.ab-snapshot-files {
                    @for name in &group.names { li.list-group-item { (name) } }
                    @if group.count > group.names.len() as u64 { li.list-group-item.ab-small { "and " (words::count(group.count - group.names.len() as u64)) " more" } }
                }
            }
        }
    }
}

fn confirm(frame: &Frame, form: &GiveBackForm, found: &Comparison) -> Markup {
    let SnapshotRequest { host, snapshot, to, since, .. } = &form.request;
    let there = !found.there.is_empty();
    let is_odd = form.path().is_some_and(|path| std::str::from_utf8(path.as_bytes()).is_err());
    html! {
        @if let Some(why) = &found.refused {
            p.ab-why #ab-why-not { (icon(Icon::Warning)) " " (why) ". In a terminal of somebody who may: " }
            (command(form))
        } @else if is_odd {
            p.ab-why #ab-why-not { (icon(Icon::Warning)) " A form cannot hold this name. Restore the folder that it is in, or in a terminal: " }
            (command(form))
        } @else {
            form.ab-confirm.ab-give-back-now method="post" action=(frame.url(&format!("snapshots/{host}/{snapshot}/restore"))) data-send="job" {
                (forms::token(frame))
                (path_field(form))
                @if *to != form.home { input type="hidden" name="to" value=(to.display()); }
                @if *since == CameSince::Goes { input type="hidden" name="since" value="goes"; }
                @if there {
                    div.checkbox { label for="ab-replace" {
                        input #ab-replace type="checkbox" name="replace" value="1" required;
                        " Replace " (found.there.join(", ")) " there. What is replaced is kept and can be brought back with Undo."
                    } }
                }
                (forms::typed(frame, "restore"))
                button #ab-give-back.btn.btn-warning type="submit" { (icon(Icon::Restore)) " Restore" }
            }
        }
    }
}

fn command(form: &GiveBackForm) -> Markup {
    let SnapshotRequest { host, snapshot, to, .. } = &form.request;
    let path = form.path().map(|path| format!(" '{}'", printable(path.as_bytes()))).unwrap_or_default();
    html! { pre.ab-command { "allsky-backups snapshots restore " (host) " " (snapshot) (path) " --to '" (to.display()) "' --overwrite" } }
}
