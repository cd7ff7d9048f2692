//! Nights that are worth keeping, that have no verified copy, and that the camera deletes soon, with one
//! button for all of them.
use maud::{Markup, html};

use crate::domain::nights::decision::Class;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, words};
use crate::panel::state::PanelState;
use crate::work::nights::list::Item;

/// Nights that are named one by one; the rest is a number.
const NAMED: usize = 12;

pub fn draw(panel: &PanelState, frame: &Frame, items: &[Item]) -> Markup {
    let mut soon: Vec<&Item> = items.iter().filter(|item| item.is_worth_saving_now()).collect();
    soon.sort_by_key(|item| item.key);
    let best = soon.iter().filter(|item| item.class == Some(Class::Forever)).count() as u64;
    let (is, them) = if soon.len() == 1 { ("it", "this night") } else { ("them", "these nights") };
    let face = match soon.len() {
        1 => "Save this night".to_owned(),
        many => format!("Save these {} nights", words::count(many as u64)),
    };
    html! {
        @if !soon.is_empty() {
            div.ab-at-risk {
                div {
                    h4 { (icon(Icon::Warning)) " " (words::counted(soon.len() as u64, "night")) " at risk" }
                    p {
                        "The camera deletes " (is) " soon, and there is no verified copy."
                        @if best > 0 {
                            " " (words::count(best)) " of them " (if best == 1 { "is" } else { "are" }) " among the great ones."
                        }
                    }
                    ul.ab-at-risk-list {
                        @for item in soon.iter().take(NAMED) {
                            li {
                                a href=(frame.url(&format!("nights/{}", item.night))) data-dialog="night" #{"risk-" (item.night)} {
                                    (words::night(item.key))
                                }
                                span.ab-small { (when(item)) }
                            }
                        }
                        @if soon.len() > NAMED { li { "and " (soon.len() - NAMED) " more" } }
                    }
                }
                @if panel.tools().nights.drive.is_some() {
                    form.ab-form method="post" action=(frame.url("nights/save")) data-send="job" {
                        (forms::token(frame))
                        @for item in &soon { input type="hidden" name="night" value=(item.night); }
                        button #ab-save-at-risk.btn.btn-primary type="submit" { (face) }
                    }
                } @else { p.ab-small { "Configure a drive to save " (them) "." } }
            }
        }
    }
}

fn when(item: &Item) -> String {
    match item.camera_deletes {
        Some(day) => format!("deleted by the camera on {}", day.strftime("%a %-d %b")),
        None => "deleted by the camera soon".to_owned(),
    }
}
