//! What each kind of server wants: where a message goes, and what it says.
use serde_json::{Value, json};

use crate::domain::channel::{ChannelEvent, ChannelKind, Notice};

/// A server cuts, or refuses, what is longer; in characters.
const NTFY: usize = 3500;
const DISCORD: usize = 1800;
const LOG: usize = 10_000;

/// The address and the body of a request.
pub(super) struct Request {
    pub url: String,
    pub body: String,
    pub content_type: &'static str,
}

/// `None` when `url` is not of this kind.
pub(super) fn request(kind: ChannelKind, url: &str, notice: &Notice) -> Option<Request> {
    let json = |url: &str, body: Value| {
        Some(Request { url: url.to_owned(), body: body.to_string(), content_type: "application/json" })
    };
    match kind {
        ChannelKind::Ntfy => {
            // The topic goes into the body: a title in a head could not have every letter.
            let (server, topic) = url.trim_end_matches('/').rsplit_once('/')?;
            let (priority, tag) = match notice.event {
                ChannelEvent::Problem => (4, "warning"),
                ChannelEvent::Recovered => (3, "white_check_mark"),
                _ => (3, "floppy_disk"),
            };
            let text = cut(&notice.text, NTFY);
            let body =
                json!({ "topic": topic, "title": notice.title, "message": text, "priority": priority, "tags": [tag] });
            json(server, body)
        }
        ChannelKind::Discord => {
            let content = format!("**{}**\n{}", notice.title, cut(&notice.text, DISCORD));
            // A name in a text calls nobody.
            json(url, json!({ "content": content, "allowed_mentions": { "parse": [] } }))
        }
        ChannelKind::Webhook => json(url, serde_json::to_value(notice).ok()?),
        ChannelKind::Healthchecks => {
            let end = match notice.event {
                ChannelEvent::Started => "/start",
                ChannelEvent::Failed => "/fail",
                ChannelEvent::Success => "/0",
                _ => "/log",
            };
            let (path, query) = url.split_once('?').unwrap_or((url, ""));
            let run = notice.run.as_ref().map(|run| format!("rid={run}"));
            let query: Vec<&str> = [query].into_iter().chain(run.as_deref()).filter(|part| !part.is_empty()).collect();
            let mark = if query.is_empty() { "" } else { "?" };
            let url = format!("{}{end}{mark}{}", path.trim_end_matches('/'), query.join("&"));
            Some(Request { url, body: cut(&notice.text, LOG), content_type: "text/plain; charset=utf-8" })
        }
        // A broker speaks no HTTP.
        ChannelKind::Mqtt => None,
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthcheck_is_pinged_by_run_and_by_end() {
        let notice = |event, run: Option<&str>| Notice {
            event,
            title: "t".into(),
            text: "x".repeat(20_000),
            host: "pi".into(),
            at: String::new(),
            plan: None,
            run: run.map(str::to_owned),
        };
        let url = |url: &str, event, run| request(ChannelKind::Healthchecks, url, &notice(event, run)).unwrap().url;
        use ChannelEvent::{Failed, Started, Success, Test};
        assert_eq!(url("https://hc/u/", Started, Some("1")), "https://hc/u/start?rid=1");
        assert_eq!(url("https://hc/u?create=1", Success, Some("1")), "https://hc/u/0?create=1&rid=1");
        assert_eq!(url("https://hc/u", Failed, None), "https://hc/u/fail");
        assert_eq!(url("https://hc/u", Test, None), "https://hc/u/log");
        let whole = request(ChannelKind::Discord, "https://d/x", &notice(Test, None)).unwrap();
        assert!(whole.body.chars().count() < 2000);
    }
}
