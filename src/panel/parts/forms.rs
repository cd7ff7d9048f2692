//! Small forms that change something: they work as they are, and scripts send them without leaving
//! the page.
use maud::{Markup, html};

use crate::domain::archive::name::ArchiveKind;
use crate::panel::access::login::Confirmation;
use crate::panel::parts::frame::Frame;

/// What is typed before an archive with passwords is given out.
pub const READ: &str = "read";

/// Marks a request that was refused for the lack of the word alone.
pub struct LacksWord;

/// The field that proves that a form is ours.
pub fn token(frame: &Frame) -> Markup {
    html! { input type="hidden" name="csrf" value=(frame.token()); }
}

/// Where the panel asks for no login, the visitor must at least type what the form does: `word`, the last
/// part of its address.
pub fn typed(frame: &Frame, word: &str) -> Markup {
    html! {
        @if frame.confirmation() == Confirmation::Typed { (typed_in_any_case(word)) }
    }
}

/// [`typed`] for a page with several forms, each with an `id` of its own.
pub fn typed_here(frame: &Frame, word: &str, id: &str) -> Markup {
    html! {
        @if frame.confirmation() == Confirmation::Typed { (typed_field(word, id)) }
    }
}

/// The field for a page that was refused for the lack of it.
pub fn typed_in_any_case(word: &str) -> Markup {
    typed_field(word, "ab-typed")
}

fn typed_field(word: &str, id: &str) -> Markup {
    html! {
        div.form-group {
            label for=(id) { "This panel asks for no login. Type " code { (word) } " to go on:" }
            input #(id).form-control type="text" name="typed" required pattern=(word) autocomplete="off" autocapitalize="off" spellcheck="false";
        }
    }
}

/// Whether content of an archive of this kind is given out for the word alone: pictures are for everybody
/// who looks at a panel without login.
pub fn gives_for_a_word(frame: &Frame, kind: Option<ArchiveKind>) -> bool {
    frame.confirmation() == Confirmation::Typed && kind != Some(ArchiveKind::Images)
}

/// A button that posts to `path`.
pub fn button(frame: &Frame, path: &str, class: &str, id: &str, face: Markup) -> Markup {
    html! {
        form.ab-form method="post" action=(frame.url(path)) data-send="job" {
            (token(frame))
            button #(id) class=(class) type="submit" { (face) }
        }
    }
}

/// A button that posts to `path`, with a name for those who cannot see its icon.
pub fn named_button(frame: &Frame, path: &str, class: &str, id: &str, name: &str, title: &str, face: Markup) -> Markup {
    html! {
        form.ab-form method="post" action=(frame.url(path)) data-send="job" {
            (token(frame))
            button #(id) class=(class) type="submit" aria-label=(name) title=(title) { (face) }
        }
    }
}
