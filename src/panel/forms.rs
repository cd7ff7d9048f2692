//! Small forms that change something: they work as they are, and scripts send them without leaving
//! the page.
use maud::{Markup, html};

use super::desk::Desk;

/// The field that proves that a form is ours.
pub fn token(desk: &Desk) -> Markup {
    html! { input type="hidden" name="csrf" value=(desk.token); }
}

/// A button that posts to `path`.
pub fn button(desk: &Desk, path: &str, class: &str, id: &str, face: Markup) -> Markup {
    html! {
        form.ab-form method="post" action=(desk.url(path)) data-send="job" {
            (token(desk))
            button #(id) class=(class) type="submit" { (face) }
        }
    }
}

/// The same, with a name for those who cannot see the icon.
pub fn named_button(desk: &Desk, path: &str, class: &str, id: &str, name: &str, title: &str, face: Markup) -> Markup {
    html! {
        form.ab-form method="post" action=(desk.url(path)) data-send="job" {
            (token(desk))
            button #(id) class=(class) type="submit" aria-label=(name) title=(title) { (face) }
        }
    }
}
