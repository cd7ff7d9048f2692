//! Every address there is.
use actix_web::http::Method;
use actix_web::web::{ServiceConfig, delete, get, head, method, patch, post, put, resource, route, scope};
use actix_web::{HttpRequest, HttpResponse, Route, guard, web};

use super::{
    alerts, api, architecture, assets, dashboard, destinations, hosts, mail_page, nights, plans, restore, settings,
    snapshots, tokens, upload,
};
use crate::panel::archives::{create_dialog, delete_dialog, download, file_tree, info_page, orders, page, picture};
use crate::panel::jobs::{events, job_page, run_page};
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::placement::Placement;

/// A form with every folder of many years ticked.
const FORM_BYTES: usize = 1 << 20;

pub fn all(app: &mut ServiceConfig, placement: &Placement) {
    app.app_data(web::PayloadConfig::new(FORM_BYTES));
    app.app_data(web::JsonConfig::default().limit(FORM_BYTES).error_handler(|error, _| {
        let advice = "Send JSON as the documentation of the interface shows it.";
        HttpError::usage(format!("The request could not be understood: {error}"), advice).into()
    }));
    // What the parser says of a name is for engineers; the address as a whole is what a visitor knows.
    let nowhere = || HttpError::not_found("nothing is at this address: a name in it is none that this page gives");
    app.app_data(web::PathConfig::default().error_handler(move |_, _| nowhere().into()));
    let whole = scope(placement.prefix())
        .route("/", read().to(page::index))
        .route("/dashboard", read().to(dashboard::page::dashboard))
        .route("/fragment", read().to(page::fragment))
        .route("/embed.js", read().to(assets::embed))
        .route("/board", read().to(page::board))
        .route("/events", get().to(events::events))
        .route("/healthz", read().to(api::metrics::healthz))
        .route("/metrics", read().to(api::metrics::metrics))
        .route("/architecture", read().to(architecture::first))
        .route("/architecture/{document}", read().to(architecture::one))
        .route("/interface", read().to(api::described::interface))
        .route("/assets/{version}/{name:.*}", read().to(assets::asset))
        .route("/create", read().to(create_dialog::create))
        .route("/create/config", post().to(orders::create_config))
        .route("/create/images", post().to(orders::create_images))
        .route("/upload", read().to(upload::dialog::dialog))
        .route("/upload", post().to(upload::form::upload))
        .route("/upload/{id}/remove", post().to(upload::unfinished::remove))
        .route("/verify-all", post().to(orders::verify_all))
        .route("/keogram/{folder}", read().to(picture::keogram))
        .route("/restores/{id}/undo", read().to(restore::undo::dialog))
        .route("/restores/{id}/undo", post().to(restore::orders::undo))
        .route("/mail", read().to(mail_page::mail))
        .route("/mail/test", post().to(mail_page::test))
        .route("/mail/test/{name}", post().to(mail_page::test_channel))
        .route("/mail/retry", post().to(mail_page::again))
        .route("/tokens", read().to(tokens::page))
        .route("/tokens/new", post().to(tokens::add))
        .route("/tokens/{name}/remove", post().to(tokens::remove))
        .route("/settings", read().to(settings::page::settings))
        .route("/settings/preview", post().to(settings::preview::preview))
        .route("/settings/change", post().to(settings::orders::change))
        .route("/job/{id}", read().to(job_page::job))
        .route("/job/{id}/cancel", post().to(orders::cancel))
        .route("/alerts/{id}/ack", post().to(alerts::acknowledge))
        .route("/run/{id}", read().to(run_page::run))
        .route("/run/{id}/cancel", post().to(run_page::cancel))
        .service(resource("/download/{name}").route(read().to(download::download)))
        .service(archive())
        .service(night_room())
        .service(plan_room())
        .service(destination_room())
        .service(snapshot_room())
        .service(host_room())
        .service(interface());
    // Before the scope, which would take this address and find nothing for it.
    if !placement.prefix().is_empty() {
        app.service(resource(placement.prefix()).route(read().to(page::with_slash)));
    }
    app.service(whole);
}

fn archive() -> actix_web::Scope {
    scope("/archive/{name}")
        .route("", read().to(info_page::archive))
        .route("/tree", read().to(file_tree::tree))
        .route("/search", read().to(file_tree::search))
        .route("/file", read().to(picture::file))
        .route("/delete", read().to(delete_dialog::dialog))
        .route("/delete", post().to(orders::delete))
        .route("/verify", post().to(orders::verify))
        .route("/copy", post().to(orders::copy))
        .route("/inspect", post().to(orders::inspect))
        .route("/pin", post().to(orders::pin))
        .route("/unpin", post().to(orders::unpin))
        .route("/note", post().to(orders::note))
        .service(restoring())
}

fn night_room() -> actix_web::Scope {
    scope("/nights")
        .route("", read().to(nights::page::nights))
        .route("/save", post().to(nights::orders::save))
        .route("/verify", post().to(nights::orders::verify))
        .route("/run", post().to(nights::orders::run))
        .route("/pause", post().to(nights::orders::pause))
        .route("/resume", post().to(nights::orders::resume))
        .route("/dry-run", read().to(nights::dry_run::dry_run))
        .route("/preview", read().to(nights::preview::preview))
        .route("/calibration", read().to(nights::calibration::calibration))
        .route("/{night}", read().to(nights::detail::detail))
        .route("/{night}/picture/{kind}", read().to(nights::pictures::picture))
        .route("/{date}/restore", read().to(restore::night::dialog))
        .route("/{date}/restore", post().to(restore::night::restore))
        .route("/{night}/pin", post().to(nights::orders::pin))
        .route("/{night}/unpin", post().to(nights::orders::unpin))
        .route("/{night}/class", post().to(nights::orders::class))
}

fn plan_room() -> actix_web::Scope {
    scope("/plans")
        .route("", read().to(plans::page::plans))
        .route("/new", read().to(plans::form::new))
        .route("/new", post().to(plans::orders::add))
        .route("/{name}/edit", read().to(plans::form::edit))
        .route("/{name}/edit", post().to(plans::orders::change))
        .route("/{name}/preview", read().to(plans::preview::preview))
        .route("/{name}/run", post().to(plans::orders::run))
        .route("/{name}/pause", post().to(plans::orders::pause))
        .route("/{name}/resume", post().to(plans::orders::resume))
}

fn destination_room() -> actix_web::Scope {
    scope("/destinations")
        .route("", read().to(destinations::page::destinations))
        .route("/add", post().to(destinations::orders::add))
        .route("/{name}/set-up", post().to(destinations::orders::set_up))
        .route("/{name}/check", post().to(destinations::orders::check))
        .route("/{name}/unlist", post().to(destinations::orders::unlist))
}

fn snapshot_room() -> actix_web::Scope {
    scope("/snapshots")
        .route("", read().to(snapshots::page::snapshots))
        .route("/{host}/take", post().to(snapshots::orders::take))
        .route("/{host}/preview", read().to(snapshots::preview::preview))
        .route("/{host}/prune", post().to(snapshots::orders::prune))
        .route("/{host}/archive", post().to(snapshots::orders::archive))
        .route("/{host}/archive/{name}/verify", post().to(snapshots::orders::verify_archive))
        .route("/{host}/golden", post().to(snapshots::orders::golden))
        .route("/{host}/golden/{month}/verify", post().to(snapshots::orders::verify_golden))
        .route("/{host}/{snapshot}", read().to(snapshots::browse::browse))
        .route("/{host}/{snapshot}/search", read().to(snapshots::find::find))
        .route("/{host}/{snapshot}/file", read().to(snapshots::download::file))
        .route("/{host}/{snapshot}/folder", read().to(snapshots::download::folder))
        .route("/{host}/{snapshot}/restore", read().to(snapshots::give_back::dialog))
        .route("/{host}/{snapshot}/restore", post().to(snapshots::give_back::restore))
        .route("/{host}/{snapshot}/verify", post().to(snapshots::orders::verify))
        .route("/{host}/{snapshot}/pin", post().to(snapshots::orders::pin))
        .route("/{host}/{snapshot}/unpin", post().to(snapshots::orders::unpin))
        .route("/{host}/{snapshot}/false-alarm", post().to(snapshots::orders::false_alarm))
        .route("/{host}/{snapshot}/resolve", post().to(snapshots::orders::resolve))
        .route("/{host}/{snapshot}/trust", post().to(snapshots::orders::trust))
}

fn host_room() -> actix_web::Scope {
    scope("/hosts")
        .route("", read().to(hosts::page::hosts))
        .route("/look", post().to(hosts::orders::look))
        .route("/{name}/add", post().to(hosts::orders::confirm))
        .route("/{name}/forget", post().to(hosts::orders::forget))
        .route("/{name}/test", post().to(hosts::orders::test))
        .route("/{name}/unlist", post().to(hosts::orders::unlist))
}

fn restoring() -> actix_web::Scope {
    scope("/restore")
        .app_data(web::PayloadConfig::new(restore::WISH_BYTES))
        .route("", read().to(restore::dialog::dialog))
        .route("", post().to(restore::orders::restore))
        .route("/preview", post().to(restore::preview::preview))
        .route("/files", read().to(restore::files::more))
        .route("/tree", read().to(restore::tree::tree))
        .route("/search", read().to(restore::tree::search))
}

/// The JSON side. Every address also stands in the table of `crate::api::endpoints`.
fn interface() -> actix_web::Scope {
    scope("/api")
        .route("/status", read().to(api::status::status))
        .route("/events", get().to(events::events))
        .route("/openapi.json", read().to(api::described::openapi))
        .route("/history/{table}", read().to(api::history::rows))
        .route("/trigger", post().to(api::status::trigger))
        .route("/trigger/dry-run", post().to(api::status::try_hosts))
        .route("/cancel/{host}", post().to(api::status::cancel))
        .route("/schedule", read().to(api::plans::schedule))
        .route("/schedule/{plan}", put().to(api::plans::pause))
        .route("/plans", read().to(api::plans::plans))
        .route("/plans/{name}", read().to(api::plans::one))
        .route("/plans/{name}/run", post().to(api::plans::run))
        .route("/retention/preview", read().to(api::plans::preview))
        .route("/retention/run", post().to(api::plans::prune))
        .route("/archives", read().to(api::archives::archives))
        .route("/archives", post().to(orders::create_json))
        .route("/archives/{name}", read().to(api::archives::archive))
        .route("/archives/{name}", patch().to(api::archives::change))
        .route("/archives/{name}", delete().to(orders::delete))
        .route("/archives/{name}/folder", read().to(api::archives::folder))
        .route("/archives/{name}/search", read().to(api::archives::search))
        .route("/archives/{name}/download", read().to(download::download))
        .route("/archives/{name}/verify", post().to(orders::verify))
        .route("/archives/{name}/inspect", post().to(orders::inspect))
        .route("/archives/{name}/delete", post().to(orders::delete))
        .route("/archives/{name}/restore", post().to(api::archives::restore))
        .route("/jobs", read().to(api::jobs::jobs))
        .route("/jobs/{id}", read().to(api::jobs::job))
        .route("/jobs/{id}/log", read().to(api::jobs::log))
        .route("/jobs/{id}/cancel", post().to(orders::cancel))
        .route("/alerts", read().to(api::alerts::listed))
        .route("/alerts/{id}", post().to(api::alerts::said))
        .route("/alerts/{id}/ack", post().to(alerts::acknowledge))
        .route("/runs", read().to(api::jobs::runs))
        .route("/runs/{id}", read().to(run_page::one))
        .route("/runs/{id}/cancel", post().to(run_page::cancel))
        .route("/mail", read().to(mail_page::list))
        .route("/mail/test", post().to(mail_page::test))
        .route("/mail/retry", post().to(mail_page::again))
        .route("/notifications", read().to(mail_page::list))
        .route("/notifications/test", post().to(mail_page::test))
        .route("/sections", read().to(api::archives::sections))
        .route("/folders", read().to(api::archives::folders))
        .route("/estimate", read().to(api::archives::estimate))
        .route("/estimates", read().to(api::archives::estimate))
        .route("/estimate/refresh", post().to(orders::refresh))
        .route("/create", post().to(orders::create_json))
        .route("/upload", post().to(upload::form::upload))
        .route("/uploads", get().to(upload::pieces::list))
        .route("/uploads", post().to(upload::pieces::begin))
        .route("/uploads", method(Method::OPTIONS).to(upload::pieces::options))
        .route("/uploads/{id}", get().to(upload::pieces::look))
        .route("/uploads/{id}", head().to(upload::pieces::offset))
        .route("/uploads/{id}", patch().to(upload::pieces::append))
        .route("/uploads/{id}", delete().to(upload::pieces::remove))
        .route("/verify", post().to(orders::verify_all))
        .route("/settings", read().to(settings::orders::look))
        .route("/settings/change", post().to(settings::orders::change_json))
        .route("/config", read().to(api::config::look))
        .route("/config", put().to(api::config::replace))
        .route("/config/validate", post().to(api::config::validate))
        .route("/destinations", read().to(destinations::page::listed))
        .route("/destinations/{name}/check", post().to(destinations::orders::check))
        .route("/destinations/{name}/init", post().to(destinations::orders::set_up))
        .route("/drives", read().to(destinations::page::drives))
        .route("/hosts", read().to(hosts::page::listed))
        .route("/hosts/{host}", read().to(api::hosts::host))
        .route("/snapshots", read().to(snapshots::page::listed))
        .route("/snapshots/{host}", read().to(api::snapshots::of_host))
        .route("/snapshots/{host}/take", post().to(api::snapshots::take))
        .route("/snapshots/{host}/{snapshot}", read().to(api::snapshots::one))
        .route("/snapshots/{host}/{snapshot}", patch().to(api::snapshots::change))
        .route("/snapshots/{host}/{snapshot}", delete().to(api::snapshots::delete))
        .route("/snapshots/{host}/{snapshot}/browse", read().to(snapshots::entries::entries))
        .route("/snapshots/{host}/{snapshot}/file", read().to(snapshots::download::file))
        .route("/snapshots/{host}/{snapshot}/verify", post().to(api::snapshots::verify))
        .route("/snapshots/{host}/{snapshot}/restore", post().to(api::snapshots::restore))
        .route("/nights", read().to(api::nights::nights))
        .route("/nights/{night}", read().to(api::nights::one))
        .route("/nights/{night}", patch().to(api::nights::change))
        .route("/nights/{night}/verify", post().to(api::nights::verify))
        .route("/nights/{night}/backup", post().to(api::nights::backup))
        .route("/nights/{night}/restore", post().to(api::nights::restore))
        .route("/calibration", read().to(api::nights::calibration))
        .route("/restores", read().to(restore::api::restores))
        .route("/undo", post().to(restore::api::undo))
        .service(
            scope("/restore")
                .app_data(web::PayloadConfig::new(restore::WISH_BYTES))
                .route("", post().to(restore::api::restore))
                .route("/preview", post().to(restore::api::preview)),
        )
}

/// For what is asked for with GET, or with HEAD by those who only want to know whether it is there.
fn read() -> Route {
    route().guard(reading())
}

fn reading() -> impl guard::Guard {
    guard::Any(guard::Get()).or(guard::Head())
}

/// Whatever no route takes.
pub async fn nowhere(request: HttpRequest) -> HttpResponse {
    match *request.method() {
        Method::GET | Method::HEAD => HttpResponse::NotFound().finish(),
        _ => HttpResponse::MethodNotAllowed().finish(),
    }
}
