//! What the buttons of hosts do: a host is asked for its key, added, tested, or taken out. None of them runs a program
//! that a visitor names, and none changes a host that was not added over ssh.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::mark::Configured;
use crate::domain::host::address::Address;
use crate::domain::host::remote_path::RemotePath;
use crate::domain::host::settings::{HostName, Remote};
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::{error_page, query};
use crate::panel::state::{PanelState, off_loop};
use crate::work::hosts::{self, add, host_key};

type Answer = Result<HttpResponse, HttpError>;

/// `POST hosts/look` with `name`, `address`, `path` and `port`.
pub async fn look(panel: web::Data<PanelState>, request: HttpRequest, form: web::Bytes) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let text = |name: &str| String::from_utf8_lossy(&query::field(&form, name).unwrap_or_default()).trim().to_owned();
    let odd = |why: String| HttpError::usage(why, "Nothing was changed; go back and change it.");
    let name: HostName = text("name").parse().map_err(odd)?;
    let address: Address = text("address").parse().map_err(odd)?;
    let path = match text("path") {
        nothing if nothing.is_empty() => RemotePath::home(),
        path => path.parse().map_err(odd)?,
    };
    let port = match text("port") {
        nothing if nothing.is_empty() => None,
        port => {
            Some(port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| odd(format!("{port:?} is no port")))?)
        }
    };
    let remote = Remote { port, ..Remote::new(address, path) };
    change(panel, request, move |panel| {
        let tools = panel.tools();
        add::refuse_taken(&tools, &name, &remote)?;
        Ok(panel.observer.host_keys.ask(tools, name, remote)?)
    })
    .await
}

/// `POST hosts/NAME/add` with the `fingerprint` that the owner has compared.
pub async fn confirm(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    name: web::Path<HostName>,
    form: web::Bytes,
) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let fingerprint = String::from_utf8_lossy(&query::field(&form, "fingerprint").unwrap_or_default()).into_owned();
    let name = name.into_inner();
    change(panel, request, move |panel| {
        let gone = || hosts::Error::NoHost(name.clone());
        let asked = panel.observer.host_keys.get(&name).ok_or_else(gone)?;
        let found = asked.key.ok_or_else(gone)??;
        let confirmed = host_key::confirm(found, &fingerprint)?;
        add::add(&panel.tools(), &name, &asked.remote, &confirmed)?;
        panel.observer.host_keys.forget(&panel.tools(), &name);
        panel.in_use.adopt(&panel.jobs);
        Ok(())
    })
    .await
}

/// `POST hosts/NAME/forget`: a host that was asked is not added.
pub async fn forget(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<HostName>) -> Answer {
    change(panel, request, move |panel| {
        panel.observer.host_keys.forget(&panel.tools(), &name);
        Ok(())
    })
    .await
}

/// `POST hosts/NAME/test`.
pub async fn test(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<HostName>) -> Answer {
    change(panel, request, move |panel| {
        let tools = panel.tools();
        if !tools.hosts.iter().any(|host| host.name == *name) {
            return Err(hosts::Error::NoHost(name.into_inner()).into());
        }
        panel.observer.observed(tools).hosts.look_again(&name);
        Ok(())
    })
    .await
}

/// `POST hosts/NAME/unlist`: out of the list; its snapshots stay.
pub async fn unlist(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<HostName>) -> Answer {
    change(panel, request, move |panel| {
        hosts::remove::remove(&panel.tools(), &name)?;
        panel.in_use.adopt(&panel.jobs);
        Ok(())
    })
    .await
}

async fn change(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    edit: impl FnOnce(&PanelState) -> Result<(), HttpError> + Send + 'static,
) -> Answer {
    off_loop(&panel, edit).await?;
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(Configured::with(panel.in_use.trouble())));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url("hosts"))).finish())
}
