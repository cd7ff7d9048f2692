//! Messages besides mail, as a part of the page "Mail": each channel with what it was sent last, and a button to try it.
use jiff::Zoned;
use maud::{Markup, html};

use super::parts::frame::Frame;
use super::parts::icons::{Icon, icon};
use super::parts::{forms, words};
use crate::domain::channel::ChannelSettings;
use crate::domain::mail::letter::{Fate, Posted};

/// Nothing where there is no channel.
pub fn section(frame: &Frame, channels: &[ChannelSettings], letters: &[Posted], now: &Zoned) -> Markup {
    html! {
        @if !channels.is_empty() {
            h4.ab-section-title #ab-channels { "Messages besides mail" }
            ul.list-group.ab-recent {
                @for channel in channels {
                    li.list-group-item {
                        div.ab-recent-line {
                            (state(last(channel, letters)))
                            span.ab-recent-title { (channel.name.as_str()) " (" (channel.kind.word()) ")" }
                            span.ab-recent-when.text-muted {
                                @if let Some(last) = last(channel, letters) {
                                    (words::lately_stamp(last.sent_at.unwrap_or(last.queued_at), now))
                                }
                            }
                        }
                        @if let Some(error) = last(channel, letters).and_then(|last| last.error.as_ref()) {
                            p.ab-recent-failure { (error) "." }
                        }
                        form.ab-form method="post" action=(frame.url(&format!("mail/test/{}", channel.name.as_str()))) {
                            (forms::token(frame))
                            button.btn.btn-default.btn-sm type="submit" { "Send a test message" }
                        }
                    }
                }
            }
        }
    }
}

fn last<'a>(channel: &ChannelSettings, letters: &'a [Posted]) -> Option<&'a Posted> {
    letters.iter().find(|letter| letter.channel == channel.name.as_str())
}

fn state(last: Option<&Posted>) -> Markup {
    let (class, sign, word) = match last.map(|last| last.fate) {
        None => ("", Icon::Clock, "Nothing yet"),
        Some(Fate::Sent) => ("ab-good", Icon::Check, "Works"),
        Some(Fate::Waiting) => ("ab-warn", Icon::Clock, "Waiting"),
        Some(Fate::GivenUp) => ("ab-bad", Icon::Cross, "Not sent"),
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (word) } }
}
