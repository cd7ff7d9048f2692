//! One night: what it is worth and why, how it went, what the camera made of it, where its copy is, and
//! what its owner can do with it. A page, and a dialog on the page of nights.
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Zoned;
use maud::{Markup, html};

use super::orders::parse;
use super::{labels, patience, plot, survey};
use crate::domain::nights::decision::Class;
use crate::domain::nights::state::NightState;
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::nights::list::{Decision, Item};
use crate::work::nights::portrait::{CopyOnDrive, Portrait, portrait};

/// `GET nights/NIGHT`; as JSON the same as the terminal's `nights show --json`.
pub async fn detail(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    night: web::Path<String>,
) -> Result<HttpResponse, HttpError> {
    let night = parse(&night)?;
    let patience = patience(&panel, &request);
    let (found, now) = off_loop(&panel, move |panel| {
        let nights = survey::nights(panel, patience)?;
        Ok((portrait(&panel.tools(), &nights, night)?, (panel.tools().now)()))
    })
    .await?;
    if error_page::is_for_program(&panel, &request) {
        return Ok(HttpResponse::Ok().json(found.item));
    }
    Ok(layout::page(&frame, &request, &words::night(night), draw(&panel, &frame, &found, &now)))
}

fn draw(panel: &PanelState, frame: &Frame, found: &Portrait, now: &Zoned) -> Markup {
    let item = &found.item;
    html! {
        div.ab-night-detail data-night=(item.night) {
            div.modal-header {
                h4.modal-title { "Night of " (words::night(item.key)) }
                p { (labels::class(item)) " " (labels::copy(item)) }
            }
            div.modal-body {
                @if item.at_risk {
                    div.alert.alert-warning role="alert" { (icon(Icon::Warning)) " At risk: " (expiry(item)) ", and there is no verified copy." }
                }
                p.ab-reason { (verdict(item)) }
                (pictures(frame, found))
                h5 { "Over the night" }
                (plot::draw(&found.course, &panel.tools().nights.settings.thresholds()))
                div.ab-detail-columns {
                    div { h5 { "Measured" } (measures(found)) }
                    div { h5 { "Copy" } (copy(found.copy.as_ref(), item, now)) }
                }
                (by_hand(frame, item))
            }
            div.modal-footer { (buttons(panel, frame, item)) }
        }
    }
}

fn verdict(item: &Item) -> String {
    let said = match item.class {
        Some(Class::Forever) => "Kept for ever",
        Some(Class::Rolling | Class::Unrated) => "Kept while there is room",
        Some(Class::Skipped) => "Not kept",
        None => "Running",
    };
    if item.reason.is_empty() { format!("{said}.") } else { format!("{said}: {}.", item.reason) }
}

fn expiry(item: &Item) -> String {
    match item.camera_deletes {
        Some(day) => format!("the camera deletes it on {}", day.strftime("%a %-d %b %Y")),
        None if item.is_gone => "the camera has deleted it".to_owned(),
        None => "the camera keeps it".to_owned(),
    }
}

fn pictures(frame: &Frame, found: &Portrait) -> Markup {
    let address = |kind: &str| frame.url(&format!("nights/{}/picture/{kind}", found.item.night));
    let both = [("keogram", "Keogram", &found.stills.keogram), ("startrail", "Star trails", &found.stills.startrail)];
    html! {
        @if both.iter().any(|(_, _, path)| path.is_some()) {
            div.ab-stills {
                @for (kind, name, _) in both.iter().filter(|(_, _, path)| path.is_some()) {
                    figure class=(format!("ab-still ab-still-{kind}")) {
                        a href=(address(kind)) target="_blank" rel="noopener" {
                            img loading="lazy" alt=(format!("{name} of {}", found.item.night)) src=(address(kind));
                        }
                        figcaption.ab-small { (name) }
                    }
                }
            }
        }
    }
}

fn measures(found: &Portrait) -> Markup {
    let item = &found.item;
    let number = |value: Option<u64>| value.map_or_else(|| "–".to_owned(), words::count);
    let time = |at: Option<jiff::civil::DateTime>| {
        at.map_or_else(|| "–".to_owned(), |at| at.strftime("%a %H:%M:%S").to_string())
    };
    html! {
        dl.ab-facts {
            dt { "Pictures" } dd { (number(item.images)) }
            dt { "Stars counted in" } dd { (number(item.rated)) }
            dt { "Average stars" } dd { (labels::stars(item.avg_stars)) }
            dt { "Moon up" } dd { (labels::percent(item.moon_pct)) }
            dt { "First picture" } dd { (time(found.first_at)) }
            dt { "Last picture" } dd { (time(found.last_at)) }
            dt { "At the camera" } dd { (expiry(item)) }
        }
    }
}

fn copy(copy: Option<&CopyOnDrive>, item: &Item, now: &Zoned) -> Markup {
    let Some(copy) = copy else {
        let why = if item.state == NightState::Running { "The night is not over." } else { "There is none." };
        return html! { p.text-muted { (why) } };
    };
    html! {
        dl.ab-facts {
            dt { "State" } dd { (labels::copy(item)) }
            @if let Some(at) = copy.verified_at { dt { "Verified" } dd { (words::lately_stamp(at, now)) } }
            @if let Some(at) = copy.deleted_at { dt { "Deleted" } dd { (words::lately_stamp(at, now)) } }
            dt { "Files" } dd { (words::count(copy.files)) }
            dt { "Size" } dd { (words::size(copy.bytes)) }
            @if let Some(drive) = &copy.drive { dt { "Drive" } dd.ab-hash { (drive) } }
        }
    }
}

/// Pin and class, each with the word of what follows.
fn by_hand(frame: &Frame, item: &Item) -> Markup {
    let address = |verb: &str| frame.url(&format!("nights/{}/{verb}", item.night));
    let classes = [
        (Class::Forever, "Keep for ever", "Never deleted by this program, however full the drive."),
        (Class::Rolling, "Rolling", "May be deleted from the drive when it is full, oldest first, unless pinned."),
    ];
    let (verb, word, follows) = if item.pinned {
        ("unpin", "Unpin", "Treat it like others of its class again.")
    } else {
        ("pin", "Pin", "Whatever its class, it is not deleted by itself.")
    };
    html! {
        @if item.decision != Decision::OtherCamera && item.state != NightState::Running {
            fieldset.ab-by-hand {
                legend { "Decide yourself" }
                form method="post" action=(address(verb)) data-send="mark" {
                    (forms::token(frame))
                    button #ab-night-pin.btn.btn-default type="submit" { (icon(Icon::Pin)) " " (word) }
                    span.ab-small { (follows) }
                }
                @for (class, word, follows) in classes {
                    form method="post" action=(address("class")) data-send="mark" {
                        (forms::token(frame))
                        input type="hidden" name="class" value=(class.as_str());
                        button id={"ab-night-" (class.as_str().to_lowercase())} class="btn btn-default" type="submit"
                            disabled[item.class == Some(class)] aria-pressed=(item.class == Some(class)) { (word) }
                        span.ab-small { (follows) @if item.class == Some(class) { " This is so now." } }
                    }
                }
            }
        }
    }
}

fn buttons(panel: &PanelState, frame: &Frame, item: &Item) -> Markup {
    let has_drive = panel.tools().nights.drive.is_some();
    let one = |path: &str, id: &str, class: &str, face: Markup| {
        html! {
            form.ab-form method="post" action=(frame.url(path)) data-send="job" {
                (forms::token(frame))
                input type="hidden" name="night" value=(item.night);
                button id=(id) class=(class) type="submit" { (face) }
            }
        }
    };
    html! {
        @if has_drive && labels::may_be_saved(item) {
            (one("nights/save", "ab-night-save", "btn btn-primary", html! { (icon(Icon::Download)) " Save" }))
        }
        @if has_drive && labels::has_copy(item) {
            (one("nights/verify", "ab-night-verify", "btn btn-default", html! { (icon(Icon::Verify)) " Verify" }))
            a.btn.btn-default #ab-night-restore href=(frame.url(&format!("nights/{}/restore", item.night))) data-swap="dialog" {
                (icon(Icon::Restore)) " Restore to the camera"
            }
        }
        a.btn.btn-default href=(frame.url("nights")) data-act="close" { "Close" }
    }
}
