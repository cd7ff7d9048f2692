//! The first line of the page: is this camera backed up? The worst news wins.
use maud::{Markup, html};

use crate::catalog::Knowledge;
use crate::domain::archive::name::ArchiveKind;
use crate::panel::archives::board::Board;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;
use crate::work::archive::list::Item;
use crate::work::one_disk;

/// One sentence, and a second one that says more.
struct Verdict {
    class: &'static str,
    sign: Icon,
    headline: String,
    detail: String,
}

pub fn draw(frame: &Frame, board: &Board) -> Markup {
    let verdict = judge(board);
    html! {
        div.alert.ab-verdict.(verdict.class) {
            (icon(verdict.sign))
            div {
                strong { (verdict.headline) }
                @if !verdict.detail.is_empty() { " " span { (verdict.detail) } }
            }
        }
        @if board.is_one_disk && board.items.as_ref().is_ok_and(|items| !items.is_empty()) {
            p.ab-small #ab-one-disk { (icon(Icon::Warning)) " " strong { (one_disk::WARNING) "." } " " (one_disk::ADVICE) " "
                a href=(frame.url("destinations")) data-room="destinations" { "Choose a drive" } "."
            }
        }
    }
}

fn judge(board: &Board) -> Verdict {
    let items = match &board.items {
        Ok(items) => items,
        Err(_) => {
            let headline = "The backups folder is not ready.".to_owned();
            // What is wrong with it stands below, where the backups would be.
            return Verdict { class: "alert-danger", sign: Icon::Cross, headline, detail: String::new() };
        }
    };
    let backups: Vec<&Item> = items.iter().filter(|item| item.state != Knowledge::Foreign).collect();
    if backups.is_empty() {
        return Verdict {
            class: "alert-warning",
            sign: Icon::Question,
            headline: "No backup yet.".to_owned(),
            detail: "Create one now: a config backup takes a few seconds.".to_owned(),
        };
    }
    let damaged = backups.iter().filter(|item| item.state == Knowledge::Damaged).count() as u64;
    if damaged > 0 {
        let verb = if damaged == 1 { "is" } else { "are" };
        return Verdict {
            class: "alert-danger",
            sign: Icon::Broken,
            headline: format!("{} {verb} damaged.", words::counted(damaged, "backup")),
            detail: newest_sentence(board, &backups),
        };
    }
    let verified = |item: &&&Item| item.state == Knowledge::Verified;
    let Some(config) = backups.iter().filter(|item| item.kind == Some(ArchiveKind::Config)).find(verified) else {
        let any = backups.iter().any(|item| item.kind == Some(ArchiveKind::Config));
        let headline = if any { "No config backup is verified." } else { "No config backup yet." };
        return Verdict {
            class: "alert-warning",
            sign: Icon::Question,
            headline: headline.to_owned(),
            detail: newest_sentence(board, &backups),
        };
    };
    if config.lacks_settings {
        let last = words::lately(&config.created, &board.now);
        return Verdict {
            class: "alert-warning",
            sign: Icon::Warning,
            headline: "The newest config backup is without the camera's settings.".to_owned(),
            detail: format!("It was made {last}; its Info says what is missing, and why."),
        };
    }
    let mut detail = format!("Last config backup {}, verified.", words::lately(&config.created, &board.now));
    if let Some(images) = backups.iter().filter(|item| item.kind == Some(ArchiveKind::Images)).find(verified) {
        detail.push_str(&format!(" Last images backup {}, verified.", words::lately(&images.created, &board.now)));
    }
    Verdict { class: "alert-success", sign: Icon::Check, headline: "Backed up.".to_owned(), detail }
}

fn newest_sentence(board: &Board, backups: &[&Item]) -> String {
    match backups.iter().find(|item| item.state == Knowledge::Verified) {
        Some(item) => format!(
            "The newest verified one is the {} of {}.",
            words::kind_of_backup(item.kind).to_lowercase(),
            words::lately(&item.created, &board.now)
        ),
        None => "None of them is verified: press Verify All to read them in full.".to_owned(),
    }
}
