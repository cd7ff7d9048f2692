//! Small lists on the page of backups of what is kept for a while, each line with what can be done with it.
use maud::{Markup, html};

/// A list under its title; nothing when it is empty.
pub fn section(title: &str, class: &str, lines: &[Markup]) -> Markup {
    html! {
        @if !lines.is_empty() {
            h4.ab-section-title { (title) }
            ul.list-group class=(class) { @for line in lines { (line) } }
        }
    }
}

/// `name` first, then what there is to say of it, then buttons.
pub fn line(name: &str, said: Markup, acts: Markup) -> Markup {
    html! {
        li.list-group-item {
            div.ab-kept-line { strong.ab-break { (name) } (said) (acts) }
        }
    }
}
