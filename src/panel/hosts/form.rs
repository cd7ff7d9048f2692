//! Another machine is added in steps: its name and address; its host key, which its owner compares; then the line that
//! lets us in there, which its card shows.
use maud::{Markup, html};

use crate::domain::host::settings::HostName;
use crate::observe::hosts::Asked;
use crate::panel::parts::forms;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};

/// How names are spelled, for the browser.
const NAME: &str = "[a-z][a-z0-9-]{0,31}";

/// Whether there is a drive that snapshots could be kept on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destinations {
    Some,
    None,
}

pub fn draw(frame: &Frame, destinations: Destinations) -> Markup {
    html! {
        h4.ab-section-title { "Add another machine" }
        @if destinations == Destinations::None {
            p { (icon(Icon::About)) " Snapshots need a drive: add one on the page Destinations first." }
        } @else {
            form.ab-add #ab-host-form method="post" action=(frame.url("hosts/look")) data-send="mark" {
                (forms::token(frame))
                (field("name", "Name", "roof", NAME, "Small letters, digits and -, beginning with a letter"))
                (field("address", "Address", "pi@192.168.1.20", "[^\\s]+", "User and host, like pi@192.168.1.20"))
                (field("path", "Folder", "~/", ".*", "~/ is the home of that user; a path from / is possible"))
                div.form-group.ab-port {
                    label for="ab-host-port" { "Port" }
                    input.form-control #ab-host-port name="port" type="number" min="1" max="65535" placeholder="22";
                }
                (forms::typed_here(frame, "look", "ab-typed-look"))
                button.btn.btn-default #ab-host-look type="submit" { (icon(Icon::Search)) " Ask for its host key" }
            }
            p.ab-small { "Nothing is added yet: the next step shows the host key, so that you can compare it." }
        }
    }
}

fn field(name: &str, label: &str, example: &str, pattern: &str, title: &str) -> Markup {
    let id = format!("ab-host-{name}");
    html! {
        div.form-group.ab-path[name != "name"] {
            label for=(id) { (label) }
            input.form-control #(id) name=(name) required[name != "path"] pattern=(pattern) maxlength="1024" placeholder=(example)
                title=(title) autocapitalize="off" autocomplete="off" spellcheck="false";
        }
    }
}

/// A host whose key was asked for.
pub fn asked(frame: &Frame, name: &HostName, asked: &Asked) -> Markup {
    html! {
        div.ab-card.ab-asked #(format!("ab-asked-{name}")) data-host=(name) {
            div.ab-card-head {
                h4 { (icon(Icon::Lock)) " " (name) }
                (state(asked))
            }
            p { code { (asked.remote.address) ":" (asked.remote.path) } }
            @match &asked.key {
                None => {
                    noscript { meta http-equiv="refresh" content="3"; }
                    p.ab-small { "It is being asked for its host key." }
                },
                Some(Err(failure)) => {
                    p.ab-why { (capital(&failure.message)) "." }
                    p.ab-small { (failure.advice) }
                },
                Some(Ok(key)) => {
                    p { "Its host key, " (key.kind) ":" }
                    pre.ab-command.ab-fingerprint { (key.fingerprint) }
                    p.ab-small { "Compare it with what the host itself says. There, in a terminal:" }
                    pre.ab-command { "ssh-keygen -lf /etc/ssh/ssh_host_" (key.kind.to_lowercase()) "_key.pub" }
                    form.ab-form method="post" action=(frame.url(&format!("hosts/{name}/add"))) data-send="mark" {
                        (forms::token(frame))
                        input type="hidden" name="fingerprint" value=(key.fingerprint);
                        (forms::typed_here(frame, "add", &format!("ab-typed-add-{name}")))
                        button.btn.btn-primary.btn-sm #(format!("ab-confirm-{name}")) type="submit" { (icon(Icon::Check)) " It is the same: add the host" }
                    }
                },
            }
            form.ab-form method="post" action=(frame.url(&format!("hosts/{name}/forget"))) data-send="mark" {
                (forms::token(frame))
                (forms::typed_here(frame, "forget", &format!("ab-typed-forget-{name}")))
                button.btn.btn-default.btn-sm #(format!("ab-forget-{name}")) type="submit" { (icon(Icon::Cross)) " Do not add it" }
            }
        }
    }
}

fn state(asked: &Asked) -> Markup {
    let (class, sign, word) = match &asked.key {
        None => ("ab-run", Icon::Spinner, "Asking"),
        Some(Err(_)) => ("ab-bad", Icon::Broken, "No answer"),
        Some(Ok(_)) => ("ab-warn", Icon::Warning, "To be confirmed"),
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (word) } }
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
