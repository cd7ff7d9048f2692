//! Upload: choose a file, or drop one anywhere on the page.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::html;

use super::desk::Desk;
use super::icons::{Icon, icon};
use super::{forms, layout};

/// `GET upload`.
pub async fn dialog(desk: web::Data<Desk>, request: HttpRequest) -> HttpResponse {
    let body = html! {
        form.ab-upload method="post" enctype="multipart/form-data" action=(desk.url("api/upload")) data-upload="" {
            div.modal-header { h4.modal-title { "Upload Backup" } }
            div.modal-body {
                (forms::token())
                p { "A " code { ".tar.gz" } " that this program or the Allsky panel has made. It is checked while it comes in; what does not pass leaves nothing behind." }
                label.ab-dropzone for="ab-file" {
                    (icon(Icon::Upload))
                    strong data-part="chosen" { "Choose a file" }
                    span.ab-small { "or drop it here" }
                    input #ab-file type="file" name="file" accept=".gz,.tar.gz,application/gzip" required;
                }
                div.ab-upload-progress hidden {
                    div.progress {
                        div.progress-bar role="progressbar" aria-label="Sending" aria-valuemin="0" aria-valuemax="100" {}
                    }
                    p.ab-gauge-text role="status" {
                        strong data-part="percent" {} span data-part="bytes" {} span data-part="speed" {} span data-part="left" {}
                    }
                }
                div.ab-upload-error.alert.alert-danger role="alert" hidden {}
            }
            div.modal-footer {
                a.btn.btn-default href=(desk.url("")) data-act="close" { "Cancel" }
                button.btn.btn-primary type="submit" { "Upload" }
            }
        }
    };
    layout::page(&desk, &request, "Upload Backup", body)
}
