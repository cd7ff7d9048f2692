//! The description of the interface: for programs as `openapi.json`, for people as a page that is made of it.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};
use serde_json::Value;

use crate::api::openapi::document;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::layout;
use crate::panel::state::PanelState;

/// `GET api/openapi.json`.
pub async fn openapi(panel: web::Data<PanelState>) -> HttpResponse {
    HttpResponse::Ok().json(document(panel.placement.base()))
}

/// `GET interface`.
pub async fn interface(panel: web::Data<PanelState>, frame: Frame, request: HttpRequest) -> HttpResponse {
    let document = document(panel.placement.base());
    let body = html! {
        div.modal-header { h4.modal-title { "Interface for programs" } }
        div.modal-body {
            p {
                "Every address below " code { (frame.url("api")) } ", with the right that a token needs for it. The same for programs: "
                a href=(frame.url("api/openapi.json")) { "openapi.json" } ". Tokens are made on the page "
                a href=(frame.url("tokens")) { "Tokens" } "."
            }
            (addresses(&document))
        }
        div.modal-footer {
            a.btn.btn-default href=(frame.url("tokens")) { (icon(Icon::Lock)) " Tokens" }
            a.btn.btn-default href=(frame.url("architecture")) { (icon(Icon::About)) " How the program is built" }
        }
    };
    layout::page(&frame, &request, "Interface for programs", body)
}

fn addresses(document: &Value) -> Markup {
    let paths = document["paths"].as_object().into_iter().flatten();
    html! {
        div.ab-addresses {
            table.table.table-striped #ab-addresses {
                thead { tr { th { "Address" } th { "Right" } th { "What it does" } } }
                tbody {
                    @for (path, methods) in paths {
                        @for (method, told) in methods.as_object().into_iter().flatten() {
                            tr {
                                td { code { (method.to_ascii_uppercase()) " " (path) (query(&told["parameters"])) } }
                                td { (told["x-right"].as_str().unwrap_or_default()) }
                                td { (told["summary"].as_str().unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `?limit=&cursor=`.
fn query(parameters: &Value) -> String {
    let names = parameters.as_array().into_iter().flatten().filter_map(|one| one["$ref"].as_str()?.rsplit('/').next());
    let fields: Vec<String> = names.map(|name| format!("{name}=")).collect();
    if fields.is_empty() { String::new() } else { format!("?{}", fields.join("&")) }
}
