//! A switch with its words: a check box that looks like one. The whole row is its label.
use maud::{Markup, html};

/// How a switch stands when it is drawn.
pub enum Switched {
    On,
    Off,
    /// On, and not to be turned.
    Always,
    /// There is nothing to turn on.
    Missing,
}

pub struct Switch<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub value: &'a str,
    pub state: Switched,
}

/// `inside` begins with [`words`], and what it is about may follow.
pub fn row(class: &str, switch: &Switch<'_>, inside: Markup) -> Markup {
    let Switch { id, name, value, state } = switch;
    html! {
        label class={"ab-switch-row " (class)} for=(id) {
            input.ab-switch #(id) type="checkbox" role="switch" name=(name) value=(value)
                checked[matches!(state, Switched::On | Switched::Always)]
                disabled[matches!(state, Switched::Always | Switched::Missing)];
            (inside)
        }
    }
}

pub fn words(title: &str, text: Markup) -> Markup {
    html! { span.ab-switch-text { strong { (title) } span.ab-small { (text) } } }
}
