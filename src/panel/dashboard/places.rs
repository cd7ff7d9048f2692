//! Every place for backups: how full it is, and when it will be full.
use maud::{Markup, html};

use super::view::View;
use crate::domain::destination::DestinationName;
use crate::domain::drives::state::DriveState;
use crate::panel::destinations::card;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;
use crate::work::destinations::look::Place;

pub fn draw(frame: &Frame, view: &View) -> Markup {
    html! {
        div.ab-table-head {
            h4.ab-section-title { "Destinations" }
            a.btn.btn-default.btn-sm href=(frame.url("destinations")) data-room="destinations" { (icon(Icon::Drive)) " All about destinations" }
        }
        div.ab-cards {
            @for (name, place) in &view.places { (one(name, place.as_ref(), view)) }
        }
    }
}

fn one(name: &DestinationName, place: Option<&Place>, view: &View) -> Markup {
    html! {
        div.ab-card data-place=(name) {
            div.ab-card-head {
                h4 { (icon(if name.is_backups() { Icon::Folder } else { Icon::Drive })) " " (card::title(name)) }
                (card::state(place.map(|place| place.state)))
            }
            @if let Some(place) = place {
                (card::capacity(place))
                dl.ab-facts {
                    @if let (Some(free), Some(total)) = (place.free_bytes, place.total_bytes) {
                        dt { "Used" } dd { (words::size(total.saturating_sub(free))) " of " (words::size(total)) }
                        dt { "Free" } dd { (words::size(free)) }
                    }
                    @if place.ready { dt { "Full" } dd { (card::when_full(place.full, &view.now)) } }
                    @else if let Some(why) = place.why.as_ref().filter(|_| place.state != DriveState::NotMade) { dt { "Why" } dd.ab-break { (why) } }
                }
            } @else {
                p.ab-small { "It is being looked at." }
            }
        }
    }
}
