//! What went wrong on the way to a mail server, for people.
//!
//! TLS and the network give their reasons as text alone, so they are told apart by it; what is not
//! known is passed on as it is.
use std::error::Error as _;
use std::io::ErrorKind;

use lettre::transport::smtp;

use crate::base::tls_words;
use crate::domain::mail::one_line::one_line;

/// Longest answer of a server that is passed on, in characters.
const SAID: usize = 300;

/// Why there is no connection. `None` when the reason is not the network but TLS.
pub(super) fn network(error: &smtp::Error) -> Option<String> {
    if error.is_timeout() {
        return Some("it did not answer in time".to_owned());
    }
    let whole = chain(error);
    if is_about_tls(&whole) {
        return None;
    }
    let mut source = error.source();
    while let Some(cause) = source {
        let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        match kind {
            Some(ErrorKind::ConnectionRefused) => return Some("nothing listens there".to_owned()),
            Some(ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Some("it did not answer in time".to_owned()),
            Some(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) => {
                return Some("there is no way to it from this machine".to_owned());
            }
            Some(ErrorKind::PermissionDenied) => {
                return Some(
                    "this service may not leave the machine; run the installer again, which opens the way".to_owned(),
                );
            }
            _ => source = cause.source(),
        }
    }
    let known = [
        ("lookup", "its name is not known"),
        ("resolve", "its name is not known"),
        ("incomplete response", "it ended the connection"),
    ];
    let words = known.iter().find(|(word, _)| whole.contains(word)).map(|(_, words)| (*words).to_owned());
    Some(words.unwrap_or_else(|| one_line(&whole, SAID)))
}

fn is_about_tls(whole: &str) -> bool {
    ["certificate", "tls error", "InvalidContentType", "corrupt message", "HandshakeFailure", "peer"]
        .iter()
        .any(|word| whole.contains(word))
}

/// Why there is no safe connection.
pub(super) fn tls(error: &smtp::Error) -> String {
    let whole = chain(error);
    if whole.contains("STARTTLS is not supported") {
        return "it does not offer STARTTLS".to_owned();
    }
    tls_words::reason(&whole).map_or_else(|| one_line(&whole, SAID), str::to_owned)
}

/// What the server answered: `550 no such user`.
pub(super) fn answer(error: &smtp::Error) -> String {
    let said = error.source().map(ToString::to_string).unwrap_or_else(|| error.to_string());
    match error.status() {
        Some(code) => one_line(&format!("{code} {said}"), SAID),
        None => network(error).unwrap_or_else(|| one_line(&chain(error), SAID)),
    }
}

/// All that it and its causes say, each once.
fn chain(error: &smtp::Error) -> String {
    let mut whole = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !whole.contains(&text) {
            whole = format!("{whole}: {text}");
        }
        source = cause.source();
    }
    whole
}
