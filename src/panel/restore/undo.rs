//! Restores that can be undone: on the page, and the question before one goes back.
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Zoned;
use maud::{Markup, html};

use crate::domain::archive::name::ArchiveKind;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, lines, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::restore::{self, Kept};

/// Sections that are named one by one; more are a number.
const NAMED: usize = 3;

/// The section of the page; nothing when nothing can be undone.
pub fn section(frame: &Frame, kept: &[Kept], now: &Zoned) -> Markup {
    let line = |one: &Kept| {
        let when = words::lately_stamp(one.created, now);
        let said = html! { span.ab-kept-what { (what(one)) } span.text-muted { (held(one)) " · " (left(one, now)) } };
        let acts = html! {
            a.btn.btn-default.btn-sm #{"undo-" (one.restore_id)} href=(frame.url(&format!("restores/{}/undo", one.restore_id)))
                data-dialog="undo" aria-label={"Undo the restore of " (when)} { (icon(Icon::Undo)) " Undo" }
        };
        lines::line(&when, said, acts)
    };
    lines::section("Restores that can be undone", "ab-kept", &kept.iter().map(line).collect::<Vec<_>>())
}

fn what(one: &Kept) -> String {
    let Some(restored) = &one.restored else {
        return format!("{} replaced", words::counted(one.files, "file"));
    };
    let verb = if one.undoes.is_some() { "Undo of the restore of" } else { "Restore of" };
    if restored.is_of_things {
        let (names, files) = (restored.folders.join(", "), words::counted(restored.files, "file"));
        return format!("{verb} {names} as of {} ({files})", restored.name);
    }
    let kind = match restored.kind {
        ArchiveKind::Config if restored.sections.len() <= NAMED => restored.sections.join(", "),
        ArchiveKind::Config => words::counted(restored.sections.len() as u64, "section"),
        ArchiveKind::Images => words::counted(restored.folders.len() as u64, "folder"),
    };
    format!("{verb} {} ({kind}; {})", restored.name, words::counted(one.files, "file"))
}

fn held(one: &Kept) -> String {
    match one.held_bytes {
        Some(bytes) => format!("{} kept", words::size(bytes)),
        None => "its disk is not there".to_owned(),
    }
}

fn left(one: &Kept, now: &Zoned) -> String {
    let hours = (one.until - now.timestamp()).total(jiff::Unit::Hour).unwrap_or(0.0).max(0.0);
    let days = (hours / 24.0).ceil() as u64;
    if hours < 24.0 { "less than a day left".to_owned() } else { format!("{} left", words::counted(days, "day")) }
}

/// `GET restores/ID/undo`.
pub async fn dialog(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, HttpError> {
    let kept = off_loop(&panel, |panel| restore::restores(&panel.tools()).map_err(HttpError::from)).await?;
    let one = kept
        .iter()
        .find(|one| one.restore_id == *id)
        .ok_or_else(|| HttpError::not_found("This restore cannot be undone any more"))?;
    Ok(layout::page(&frame, &request, "Undo Restore", question(&panel, &frame, one)))
}

fn question(panel: &PanelState, frame: &Frame, one: &Kept) -> Markup {
    let now = (panel.tools().now)();
    let is_of_things = one.restored.as_ref().is_some_and(|restored| restored.is_of_things);
    let pauses = one.restored.as_ref().is_none_or(|r| r.to.is_none() && r.kind == ArchiveKind::Config);
    html! {
        form.ab-undo method="post" action=(frame.url(&format!("restores/{}/undo", one.restore_id))) data-send="job" {
            div.modal-header { h4.modal-title { "Undo this restore?" } }
            div.modal-body {
                (forms::token(frame))
                p { strong { (what(one)) } ", " (words::lately_stamp(one.created, &now)) "." }
                p { @if is_of_things { "Everything goes" } @else { (words::counted(one.files, "file")) " go" } " back to what was before, all or none, with owner and permissions." }
                p { "What you changed since then goes back as well. It is kept: an undo can be undone too." }
                (forms::typed(frame, "undo"))
                @if pauses { p.text-muted { "The camera is paused for a moment if it runs." } }
            }
            div.modal-footer {
                a.btn.btn-default href=(frame.url("")) data-act="close" autofocus { "Cancel" }
                button.btn.btn-warning type="submit" { (icon(Icon::Undo)) " Undo" }
            }
        }
    }
}
