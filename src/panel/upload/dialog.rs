//! Upload: choose a file, or drop one anywhere on the page.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::html;

use super::pieces;
use super::under_way::RunningUploads;
use crate::domain::software::Software;
use crate::panel::access::login::Visitor;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, words};
use crate::panel::state::PanelState;

/// `GET upload`.
pub async fn dialog(
    panel: web::Data<PanelState>,
    uploads: web::Data<RunningUploads>,
    visitor: Visitor,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    // Without the folder nothing is unfinished, and sending will say what is wrong.
    let parts = pieces::unfinished(&panel, &uploads, &visitor).await.unwrap_or_default();
    let body = html! {
        form.ab-upload method="post" enctype="multipart/form-data" action=(frame.url("upload")) data-upload="" {
            div.modal-header { h4.modal-title { "Upload Backup" } }
            div.modal-body {
                // The first field: whether the form is ours is known before a byte of the file is taken.
                (forms::token(&frame))
                p { "A " code { ".tar.gz" } " that this program" @if panel.tools().site.software() == Software::Allsky { " or the Allsky panel" } " has made. It is checked while it comes in; what does not pass leaves nothing behind." }
                @for part in &parts {
                    div.alert.alert-info.ab-part.ab-needs-js {
                        (icon(Icon::Upload))
                        span { strong.ab-break { (part.about.file_name) } " is unfinished: " (words::size(part.received)) " of " (words::size(part.about.bytes))
                            " are here. Choose the same file, and it goes on from there." }
                    }
                }
                label.ab-dropzone for="ab-file" {
                    (icon(Icon::Upload))
                    strong data-part="chosen" { "Choose a file" }
                    span.ab-small.ab-needs-js { "or drop it here" }
                    input #ab-file type="file" name="file" accept=".gz,.tar.gz,.tgz,.tar,application/gzip,application/x-tar" required;
                }
                div.ab-upload-progress hidden {
                    div.progress {
                        div.progress-bar role="progressbar" aria-label="Sending" aria-valuemin="0" aria-valuemax="100" {}
                    }
                    p.ab-gauge-text role="status" {
                        strong data-part="percent" {} span data-part="bytes" {} span data-part="speed" {} span data-part="left" {}
                    }
                }
                p.ab-upload-wait.alert.alert-warning role="status" hidden {}
                div.ab-upload-error.alert.alert-danger role="alert" hidden {}
            }
            div.modal-footer {
                a.btn.btn-default href=(frame.url("")) data-act="close" { "Cancel" }
                button.btn.btn-primary type="submit" { "Upload" }
            }
        }
    };
    Ok(layout::page(&frame, &request, "Upload Backup", body))
}
