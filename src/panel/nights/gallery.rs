//! The nights as cards, newest first, so many on a page that it is drawn at once however many there are.
use maud::{Markup, html};

use super::filter::Filter;
use super::labels;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, words};
use crate::panel::state::PanelState;
use crate::work::nights::list::Item;

const ON_A_PAGE: usize = 24;

pub fn draw(panel: &PanelState, frame: &Frame, filter: &Filter, items: &[Item]) -> Markup {
    let chosen: Vec<&Item> = items.iter().filter(|item| filter.takes(item)).collect();
    let pages = chosen.len().div_ceil(ON_A_PAGE).max(1);
    let page = filter.page.clamp(1, pages);
    let shown = chosen.iter().skip((page - 1) * ON_A_PAGE).take(ON_A_PAGE);
    html! {
        @if items.is_empty() {
            div.ab-empty {
                (icon(Icon::Moon))
                h4 { "No nights yet" }
                p.text-muted { "They appear after the camera's first night." }
            }
        } @else {
            p.ab-count #ab-nights-count role="status" {
                @if filter.is_narrow() { (words::count(chosen.len() as u64)) " of " (words::counted(items.len() as u64, "night")) }
                @else { (words::counted(items.len() as u64, "night")) }
            }
            @if chosen.is_empty() { div.ab-empty { (icon(Icon::Search)) h4 { "No night matches your choice" } } }
            ul.ab-nights { @for item in shown { li.ab-night data-night=(item.night) { (card(panel, frame, item)) } } }
            @if pages > 1 { (paging(frame, filter, page, pages)) }
        }
    }
}

fn paging(frame: &Frame, filter: &Filter, page: usize, pages: usize) -> Markup {
    let to = |page: usize| frame.url(&format!("nights{}", Filter { page, ..filter.clone() }.query()));
    html! {
        nav.ab-paging aria-label="Pages of nights" {
            @if page > 1 { a.btn.btn-default #ab-newer href=(to(page - 1)) rel="prev" data-filter-page=(page - 1) { "Newer" } }
            span { "Page " (page) " of " (pages) }
            @if page < pages { a.btn.btn-default #ab-older href=(to(page + 1)) rel="next" data-filter-page=(page + 1) { "Older" } }
        }
    }
}

fn card(panel: &PanelState, frame: &Frame, item: &Item) -> Markup {
    let address = frame.url(&format!("nights/{}", item.night));
    html! {
        (strip(panel, frame, item))
        div.ab-night-text {
            h4 { a href=(address) data-dialog="night" id={"night-" (item.night)} { (words::night(item.key)) } }
            p {
                (labels::class(item)) " " (labels::copy(item))
                @if item.at_risk { " " span.ab-state.ab-warn { (icon(Icon::Clock)) " Deleted by the camera soon" } }
            }
            dl {
                dt { "Stars" } dd { (labels::stars(item.avg_stars)) }
                dt { "Moon" } dd { (labels::percent(item.moon_pct)) }
                dt { "Pictures" } dd { (item.images.map_or_else(|| "–".to_owned(), words::count)) }
                @if let Some(bytes) = item.bytes.filter(|bytes| *bytes > 0) { dt { "Size" } dd { (words::size(bytes)) } }
            }
            p.ab-small { (item.reason) }
            @if panel.tools().nights.drive.is_some() && labels::may_be_saved(item) {
                form.ab-form method="post" action=(frame.url("nights/save")) data-send="job" {
                    (forms::token(frame))
                    input type="hidden" name="night" value=(item.night);
                    button.btn.btn-default.btn-sm type="submit" id={"save-" (item.night)} aria-label=(format!("Save the night {}", item.night)) {
                        "Save"
                    }
                }
            }
        }
    }
}

/// The night from left to right, where the camera made a picture of it.
fn strip(panel: &PanelState, frame: &Frame, item: &Item) -> Markup {
    let has_keogram = panel.tools().nights.source.stills(item.key).is_ok_and(|stills| stills.small_keogram.is_some());
    html! {
        @if has_keogram {
            img.ab-night-strip loading="lazy" alt=(format!("Keogram of {}", item.night))
                src=(frame.url(&format!("nights/{}/picture/strip", item.night)));
        } @else {
            div.ab-night-strip.ab-night-plain aria-hidden="true" { (icon(Icon::Moon)) }
        }
    }
}
