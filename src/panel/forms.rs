//! Small forms that change something: they work as they are, and scripts send them without leaving
//! the page.
use maud::{Markup, html};

use super::desk::Desk;
use super::login::{self, Confirmation};

/// The field that proves that a form is ours.
pub fn token() -> Markup {
    html! { input type="hidden" name="csrf" value=(login::token()); }
}

/// Where the panel asks for no login, whoever passes by must at least type what the form does:
/// `word`, the last part of its address.
pub fn typed(word: &str) -> Markup {
    html! {
        @if login::confirmation() == Confirmation::Typed {
            div.form-group {
                label for="ab-typed" { "This panel asks for no login. Type " code { (word) } " to go on:" }
                input #ab-typed.form-control type="text" name="typed" required pattern=(word) autocomplete="off" autocapitalize="off" spellcheck="false";
            }
        }
    }
}

/// A button that posts to `path`.
pub fn button(desk: &Desk, path: &str, class: &str, id: &str, face: Markup) -> Markup {
    html! {
        form.ab-form method="post" action=(desk.url(path)) data-send="job" {
            (token())
            button #(id) class=(class) type="submit" { (face) }
        }
    }
}

/// A button that posts to `path`, with a name for those who cannot see its icon.
pub fn named_button(desk: &Desk, path: &str, class: &str, id: &str, name: &str, title: &str, face: Markup) -> Markup {
    html! {
        form.ab-form method="post" action=(desk.url(path)) data-send="job" {
            (token())
            button #(id) class=(class) type="submit" aria-label=(name) title=(title) { (face) }
        }
    }
}
