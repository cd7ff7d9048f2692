//! Delete asks first, and says in words what would be lost.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::catalog::Knowledge;
use crate::domain::archive::name::ArchiveName;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::archive::list;
use crate::work::archive::list::Item;

/// `GET archive/NAME/delete`.
pub async fn dialog(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let items = off_loop(&panel, |panel| Ok(list::list(&panel.tools())?)).await?;
    let item = items
        .iter()
        .find(|item| item.name == name.as_str())
        .ok_or_else(|| HttpError::not_found(format!("There is no archive {name}")))?;
    Ok(layout::page(&frame, &request, "Delete Backup", draw(&panel, &frame, item, &losses(item, &items))))
}

fn draw(panel: &PanelState, frame: &Frame, item: &Item, losses: &[String]) -> Markup {
    let now = (panel.tools().now)();
    html! {
        form.ab-delete method="post" action=(frame.url(&format!("archive/{}/delete", item.name))) data-send="job" {
            div.modal-header { h4.modal-title { "Delete this backup?" } }
            div.modal-body {
                (forms::token(frame))
                dl.dl-horizontal {
                    dt { "Archive" } dd.ab-break { (item.name) }
                    dt { "Type" } dd { (words::kind_of_backup(item.kind)) }
                    dt { "Made" } dd { (words::moment(&item.created, &now)) }
                    dt { "Size" } dd { (words::size(item.bytes)) }
                    dt { "Status" } dd { (words::knowledge(item.state)) }
                }
                @for loss in losses {
                    div.alert.alert-warning.ab-loss { (icon(Icon::Warning)) span { (loss) } }
                }
                p { "The file is removed from the backups folder for good. Pictures and settings of the camera stay as they are." }
                (forms::typed(frame, "delete"))
            }
            div.modal-footer {
                a.btn.btn-default href=(frame.url("")) data-act="close" autofocus { "Cancel" }
                button.btn.btn-danger type="submit" { (icon(Icon::Delete)) " Delete" }
            }
        }
    }
}

/// What the owner would miss. `items` is newest first.
fn losses(item: &Item, items: &[Item]) -> Vec<String> {
    let kind = words::kind_of_backup(item.kind).to_lowercase();
    let mut family = items.iter().filter(|other| other.kind == item.kind && other.state != Knowledge::Foreign);
    let mut losses = Vec::new();
    if item.kind.is_none() || item.state == Knowledge::Foreign {
        return losses;
    }
    let others = || items.iter().filter(|other| other.kind == item.kind && other.name != item.name);
    if others().all(|other| other.state == Knowledge::Foreign) {
        return vec![format!("This is your only {kind}.")];
    }
    if family.next().is_some_and(|newest| newest.name == item.name) {
        losses.push(format!("This is your newest {kind}."));
    }
    if item.state == Knowledge::Verified && !others().any(|other| other.state == Knowledge::Verified) {
        losses.push(format!("No other {kind} is verified."));
    }
    losses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::archive::name::ArchiveKind;

    fn item(name: &str, state: Knowledge) -> Item {
        Item {
            name: name.to_owned(),
            kind: Some(ArchiveKind::Config),
            created: String::new(),
            version: None,
            camera_type: None,
            camera_model: None,
            bytes: 1,
            state,
            reason: String::new(),
            verified_at: None,
            with_damage: false,
            lacks_settings: false,
            also_on: Vec::new(),
            pinned: false,
            note: None,
            plan: None,
            date_in_doubt: None,
        }
    }

    #[test]
    fn the_owner_is_told_what_would_be_missed() {
        let newest = item("c", Knowledge::Verified);
        let older = item("b", Knowledge::Unverified);
        let stray = item("a", Knowledge::Foreign);
        let all = [newest.clone(), older.clone(), stray.clone()];
        assert_eq!(
            losses(&newest, &all),
            ["This is your newest config backup.", "No other config backup is verified."]
        );
        assert!(losses(&older, &all).is_empty());
        assert!(losses(&stray, &all).is_empty());
        assert_eq!(losses(&older, &[older.clone(), stray.clone()]), ["This is your only config backup."]);
    }
}
