//! Every plan with its last thirty days, its last run and its next one.
use maud::{Markup, html};

use super::view::View;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::plan_words;
use crate::panel::plans::strip;

pub fn draw(frame: &Frame, view: &View) -> Markup {
    html! {
        div.ab-table-head {
            h4.ab-section-title { "Plans" }
            a.btn.btn-default.btn-sm href=(frame.url("plans")) data-room="plans" { (icon(Icon::Clock)) " All about plans" }
        }
        div.ab-cards {
            @for (plan, runs) in &view.plans {
                div.ab-card data-plan=(plan.plan) {
                    div.ab-card-head {
                        h4 { (icon(Icon::Clock)) " " (plan.plan) }
                        (plan_words::state(plan))
                    }
                    (strip::draw(runs, &view.now))
                    dl.ab-facts {
                        dt { "Last run" } dd { @match runs.first() { Some(run) => (plan_words::run(frame, run, &view.now)), None => "never" } }
                        dt { "Next run" } dd { (plan_words::next(plan, &view.now)) }
                    }
                }
            }
        }
    }
}
