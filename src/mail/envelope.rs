//! From, to, and the bytes in between: plain text and HTML, each as the other's alternative.
//!
//! Places are written in the letters of the network (`xn--`), so that every server understands them; a
//! name with other letters needs a server that offers SMTPUTF8. An account of this machine is at
//! `localhost` for a mail server, and itself for the mail program.
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::address::{AddressError, Envelope};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use super::Error;
use crate::base::digest::Sha256;
use crate::domain::mail::letter::{Attachment, Letter};
use crate::domain::notify::{MaybeAddress, NotifySettings};
use crate::domain::receivers::{Receiver, Receivers};

/// Whom it goes to is apart from what it says.
pub struct Packed {
    pub envelope: Envelope,
    /// The receivers as the mail program of this machine names them.
    pub local: Vec<String>,
    pub bytes: Vec<u8>,
}

/// The number of the mail that tells of `occasion`: the same for every try, and of the sender's place.
pub fn message_id(settings: &NotifySettings, occasion: &str) -> String {
    let place =
        address("email_sender", &settings.email_sender).map_or("localhost".to_owned(), |a| a.domain().to_owned());
    let number = Sha256::of(occasion.as_bytes()).to_string();
    format!("<{}.allsky-backups@{place}>", &number[..32])
}

pub(super) fn pack(settings: &NotifySettings, letter: &Letter, queued: Timestamp) -> Result<Packed, Error> {
    let sender = address("email_sender", &settings.email_sender)?;
    let mut to = recipients("email_report", &settings.email_report)?;
    if to.is_empty() {
        return Err(Error::Missing("email_report"));
    }
    if letter.kind.goes_to_admin() {
        to.extend(recipients("email_admin", &settings.email_admin)?);
    }
    let mut seen = Vec::new();
    to.retain(|recipient| {
        let is_new = !seen.contains(&recipient.local);
        if is_new {
            seen.push(recipient.local.clone());
        }
        is_new
    });
    let name = Some("Allsky Backups".to_owned());
    let mut mail = Message::builder()
        .from(Mailbox::new(name, sender.clone()))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(queued.as_second().max(0).unsigned_abs()))
        .message_id(Some(letter.message_id.clone()))
        .subject(letter.message.subject.as_str())
        .header(Automatic);
    let addresses = to.iter().map(|recipient| recipient.mailbox.email.clone()).collect();
    for recipient in to {
        mail = mail.to(recipient.mailbox);
    }
    let words = MultiPart::alternative_plain_html(letter.message.text.clone(), letter.message.html.clone());
    let mail = mail.multipart(with_attachments(words, &letter.attachments)).map_err(Error::Letter)?;
    let envelope = Envelope::new(Some(sender), addresses).map_err(Error::Letter)?;
    Ok(Packed { envelope, local: seen, bytes: mail.formatted() })
}

fn with_attachments(words: MultiPart, attachments: &[Attachment]) -> MultiPart {
    if attachments.is_empty() {
        return words;
    }
    let whole = MultiPart::mixed().multipart(words);
    attachments.iter().fold(whole, |whole, Attachment { name, bytes }| {
        whole.singlepart(lettre::message::Attachment::new(name.clone()).body(bytes.clone(), zip()))
    })
}

/// What kind of file goes along.
fn zip() -> ContentType {
    ContentType::parse("application/zip").unwrap_or(ContentType::TEXT_PLAIN)
}

struct Recipient {
    mailbox: Mailbox,
    local: String,
}

fn recipients(key: &'static str, receivers: &Receivers) -> Result<Vec<Recipient>, Error> {
    let one = |receiver: &Receiver| {
        let (email, local) = match receiver.account() {
            Some(account) => (spelled(key, &format!("{account}@localhost"))?, account.to_owned()),
            None => {
                let email = spelled(key, &receiver.address)?;
                let local = email.to_string();
                (email, local)
            }
        };
        Ok(Recipient { mailbox: Mailbox::new(receiver.name.clone(), email), local })
    };
    receivers.all().iter().map(one).collect()
}

fn address(key: &'static str, address: &MaybeAddress) -> Result<Address, Error> {
    spelled(key, address.as_deref().ok_or(Error::Missing(key))?)
}

/// `text` with its place in the letters of the network.
fn spelled(key: &'static str, text: &str) -> Result<Address, Error> {
    let wrong = |why| Error::Address { key, why };
    let (name, place) = text.rsplit_once('@').ok_or(wrong(AddressError::MissingParts))?;
    let place = idna::domain_to_ascii(place).map_err(|_| wrong(AddressError::InvalidDomain))?;
    Address::new(name, place).map_err(wrong)
}

/// RFC 3834: programs that answer mails by themselves, with an absence notice for one, do not answer this.
#[derive(Clone)]
struct Automatic;

impl Header for Automatic {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Automatic)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mail::{Kind, Message as Told};

    fn settings(admin: &str) -> NotifySettings {
        let address = |text: &str| MaybeAddress::try_from(text.to_owned()).unwrap();
        let receivers = |text: &str| Receivers::try_from(text.to_owned()).unwrap();
        NotifySettings {
            email_sender: address("pi@sky.example"),
            email_report: receivers("owner@home.example"),
            email_admin: receivers(admin),
            ..NotifySettings::default()
        }
    }

    fn letter(kind: Kind, subject: &str, text: &str) -> Letter {
        let message = Told { subject: subject.into(), text: text.into(), html: format!("<p>{text}</p>") };
        let message_id = message_id(&settings(""), "o");
        Letter { channel: String::new(), kind, occasion: "o".into(), message_id, message, attachments: Vec::new() }
    }

    fn packed(settings: &NotifySettings, letter: &Letter) -> (Vec<String>, String) {
        let packed = pack(settings, letter, Timestamp::from_second(1_700_000_000).unwrap()).unwrap();
        let to = packed.envelope.to().iter().map(ToString::to_string).collect();
        (to, String::from_utf8(packed.bytes).unwrap())
    }

    fn heads(mail: &str) -> Vec<&str> {
        mail.split("\r\n\r\n").next().unwrap().split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect()
    }

    #[test]
    fn failures_go_to_the_admin_as_well_and_reports_do_not() {
        let with = settings("admin@home.example");
        assert_eq!(packed(&with, &letter(Kind::JobFailed, "s", "t")).0, ["owner@home.example", "admin@home.example"]);
        assert_eq!(packed(&with, &letter(Kind::NightsSummary, "s", "t")).0, ["owner@home.example"]);
        let same = settings("owner@home.example");
        assert_eq!(packed(&same, &letter(Kind::JobFailed, "s", "t")).0, ["owner@home.example"]);
    }

    #[test]
    fn every_receiver_is_in_the_envelope_and_names_are_written_for_mail_programs() {
        let report = Receivers::try_from("Erika Müller <a@home.example>, b@home.example".to_owned()).unwrap();
        let several = NotifySettings { email_report: report, ..settings("b@home.example") };
        let (to, mail) = packed(&several, &letter(Kind::JobFailed, "s", "t"));
        assert_eq!(to, ["a@home.example", "b@home.example"]);
        let line = heads(&mail).into_iter().find(|head| head.starts_with("To: ")).unwrap();
        assert!(line.is_ascii() && line.contains("<a@home.example>") && line.contains("b@home.example"), "{line}");
    }

    #[test]
    fn places_are_spelled_for_every_server_and_accounts_stay_accounts_for_the_mail_program() {
        let report = Receivers::try_from("a@exämple.org; root, ä@example.org, a@EXÄMPLE.org".to_owned()).unwrap();
        let settings = NotifySettings { email_report: report, ..settings("root") };
        let packed = pack(&settings, &letter(Kind::JobFailed, "s", "t"), Timestamp::UNIX_EPOCH).unwrap();
        let to: Vec<_> = packed.envelope.to().iter().map(ToString::to_string).collect();
        assert_eq!(to, ["a@xn--exmple-cua.org", "root@localhost", "ä@example.org"]);
        assert_eq!(packed.local, ["a@xn--exmple-cua.org", "root", "ä@example.org"]);
        let sender = MaybeAddress::try_from("pi@exämple.org".to_owned()).unwrap();
        let settings = NotifySettings { email_sender: sender, ..settings };
        assert!(message_id(&settings, "o").ends_with("@xn--exmple-cua.org>"));
    }

    #[test]
    fn the_number_and_the_date_of_a_mail_do_not_depend_on_the_try() {
        let mail = packed(&settings(""), &letter(Kind::Alert, "s", "t")).1;
        let id = format!("Message-ID: {}", message_id(&settings(""), "o"));
        let heads = heads(&mail);
        assert!(heads.contains(&id.as_str()), "{heads:?}");
        assert!(heads.contains(&"Date: Tue, 14 Nov 2023 22:13:20 +0000"), "{heads:?}");
        assert!(heads.contains(&"Auto-Submitted: auto-generated"));
        assert_ne!(message_id(&settings(""), "o"), message_id(&settings(""), "p"));
    }

    #[test]
    fn three_hundred_hostile_texts_make_one_mail_each_with_the_same_heads_and_recipients() {
        let usual: Vec<String> = heads(&packed(&settings(""), &letter(Kind::Alert, "plain", "t")).1)
            .iter()
            .map(|head| head.split(':').next().unwrap().to_owned())
            .collect();
        let pieces = [
            "\r\nBcc: evil@x.example",
            "\n.\r\n",
            "\r\n\r\n<b>",
            "\u{2028}To: e@x",
            "\u{202e}",
            "\0",
            "=?utf-8?q?=0D=0A?=",
        ];
        let mut seen = 0;
        for a in pieces {
            for b in pieces {
                for text in ["", "ä", "night", "\r", "\u{85}", &"x".repeat(1000)] {
                    let hostile = format!("{a}{text}{b}");
                    let (to, mail) = packed(&settings(""), &letter(Kind::Alert, &hostile, &hostile));
                    assert_eq!(to, ["owner@home.example"]);
                    let names: Vec<&str> = heads(&mail).iter().map(|head| head.split(':').next().unwrap()).collect();
                    assert_eq!(names, usual, "{hostile:?}: {mail}");
                    assert!(mail.is_ascii(), "{hostile:?}");
                    seen += 1;
                }
            }
        }
        assert!(seen >= 290, "{seen}");
    }
}
