//! Other text files line by line, as changes are usually shown: a minus and a plus, not colour alone.
use maud::{Markup, html};

use crate::domain::restore::diff::{Line, Mark};
use crate::domain::restore::preview::TextChange;

/// More than anyone reads in a dialog.
const MOST: usize = 40;

pub fn draw(texts: &[TextChange]) -> Markup {
    html! {
        @if !texts.is_empty() {
            section.ab-texts aria-label="Text files" {
                h5 { "Text files (" (texts.len()) ")" }
                @for text in texts.iter().take(MOST) {
                    details.ab-text data-path=(text.path) {
                        summary { (text.path) }
                        @match &text.lines {
                            Some(lines) => pre.ab-diff { @for line in lines { (drawn(line)) } },
                            None => p.text-muted { "The two texts differ too much to be shown line by line." },
                        }
                    }
                }
                @if texts.len() > MOST { p.text-muted { "And " (texts.len() - MOST) " more" } }
            }
        }
    }
}

/// A line with its sign.
pub fn drawn(line: &Line) -> Markup {
    let (class, sign) = match line.mark {
        Mark::Same => ("ab-same", " "),
        Mark::Removed => ("ab-removed", "-"),
        Mark::Added => ("ab-added", "+"),
        Mark::Gap => ("ab-gap", "…"),
    };
    html! { span.(class) { (sign) " " (line.text) "\n" } }
}
