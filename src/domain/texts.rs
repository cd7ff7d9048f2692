//! Texts that come with an order, checked before the order is stored: jobs are kept for years, and
//! every page and terminal that lists them prints these texts.
use std::path::Path;

use super::failure::{Code, Failure};
use super::order::{ArchiveOrder, CameraOrder, NightChoice, Order, SectionChoice, SnapshotOrder};
use super::restore::request::Choice;
use crate::base::rel_path::printable;

/// The most bytes of one text: an id, a key of a section, a name of a folder.
const MOST_BYTES: usize = 256;
/// The most bytes of one path, the limit of Linux.
const MOST_PATH_BYTES: usize = 4096;
/// Texts in one order: thirty years of nights.
const MOST_TEXTS: usize = 11_000;

/// A text that nobody has parsed, and the bytes that it may have.
type Text<'a> = (&'a [u8], usize);

/// Refuses an order with a text that is too long or cannot be printed, or with far too many of them.
pub fn check(order: &Order) -> Result<(), Failure> {
    let texts = texts_of(order);
    if texts.len() > MOST_TEXTS {
        return Err(refused(format!("{} names are more than one order may have", texts.len())));
    }
    texts.into_iter().try_for_each(check_text)
}

fn texts_of(order: &Order) -> Vec<Text<'_>> {
    match order {
        Order::Archive(ArchiveOrder::CreateConfig { sections: SectionChoice::Keys(keys), .. }) => short(keys),
        Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::Folders(names) }) => short(names),
        Order::Camera(CameraOrder::Undo { id: Some(id) }) => vec![(id.as_bytes(), MOST_BYTES)],
        Order::Archive(ArchiveOrder::Upload { file_name }) => vec![(file_name.as_bytes(), MOST_PATH_BYTES)],
        Order::Camera(CameraOrder::Restore { request }) => {
            let mut texts = match &request.choice {
                Choice::Sections(names) | Choice::Folders(names) => short(names),
                Choice::All | Choice::Files(_) | Choice::Listed(_) => Vec::new(),
            };
            texts.extend(request.picks.keys().map(|key| (key.as_bytes(), MOST_BYTES)));
            texts.extend(request.seen.iter().map(|seen| (seen.as_bytes(), MOST_BYTES)));
            texts.extend(request.to.as_deref().map(path));
            texts
        }
        Order::Camera(CameraOrder::RestoreNight { request }) => {
            let seen = request.seen.iter().map(|seen| (seen.as_bytes(), MOST_BYTES));
            seen.chain(request.to.as_deref().map(path)).collect()
        }
        Order::Snapshot(SnapshotOrder::Restore { request }) => vec![path(&request.to)],
        _ => Vec::new(),
    }
}

fn short(texts: &[String]) -> Vec<Text<'_>> {
    texts.iter().map(|text| (text.as_bytes(), MOST_BYTES)).collect()
}

fn path(path: &Path) -> Text<'_> {
    (path.as_os_str().as_encoded_bytes(), MOST_PATH_BYTES)
}

fn check_text((text, most): Text<'_>) -> Result<(), Failure> {
    let begin = || printable(&text[..text.len().min(40)]);
    if text.len() > most {
        return Err(refused(format!("\"{}…\" has {} bytes; {most} are the most", begin(), text.len())));
    }
    // Names of folders need not be text, but they must not speak to a terminal.
    let shown = String::from_utf8_lossy(text);
    if shown.chars().any(|c| c.is_control()) {
        return Err(refused(format!("\"{}\" has control characters in it", begin())));
    }
    Ok(())
}

fn refused(message: String) -> Failure {
    Failure { code: Code::Usage, message, advice: "Choose from the names that the lists of this program show.".into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::archive::name::ArchiveName;
    use crate::domain::order::PauseChoice;
    use crate::domain::restore::request::RestoreRequest;

    fn orders(text: &str) -> Vec<Order> {
        let name = ArchiveName::parse("a.tar.gz").unwrap();
        let restore = |choice| {
            Order::Camera(CameraOrder::Restore {
                request: Box::new(RestoreRequest { choice, ..RestoreRequest::all(name.clone()) }),
            })
        };
        vec![
            Order::Camera(CameraOrder::Undo { id: Some(text.into()) }),
            Order::Archive(ArchiveOrder::CreateConfig {
                sections: SectionChoice::Keys(vec![text.into()]),
                pause: PauseChoice::Never,
            }),
            Order::Archive(ArchiveOrder::CreateImages {
                nights: NightChoice::Folders(vec!["20261117".into(), text.into()]),
            }),
            restore(Choice::Sections(vec![text.into()])),
            restore(Choice::Folders(vec![text.into()])),
            Order::Camera(CameraOrder::Restore {
                request: Box::new(RestoreRequest { seen: Some(text.into()), ..RestoreRequest::all(name.clone()) }),
            }),
        ]
    }

    #[test]
    fn a_text_that_is_too_long_or_speaks_to_a_terminal_is_refused_before_it_is_stored() {
        for (text, fine) in [
            ("Größe 1", true),
            (&"x".repeat(256), true),
            (&"x".repeat(257), false),
            (&"x".repeat(10 << 20), false),
            ("a\u{1b}[2J", false),
            ("a\nb", false),
            ("a\u{9b}b", false),
        ] {
            for order in orders(text) {
                let checked = check(&order);
                assert_eq!(checked.is_ok(), fine, "{}", order.verb());
                if let Err(failure) = checked {
                    assert!(failure.message.len() < 400 && !failure.message.chars().any(char::is_control));
                }
            }
        }
        let many = vec![String::from("a"); MOST_TEXTS + 1];
        assert!(check(&Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::Folders(many) })).is_err());
    }
}
