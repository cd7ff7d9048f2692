//! To the owner's mail server: connect, make it safe, log in, hand over. One connection for each mail;
//! they are few.
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension};

use super::envelope::Packed;
use super::{Error, password, words};
use crate::base::plain::{self, read_plain};
use crate::domain::notify::{NotifySettings, SmtpSecurity};

/// For reaching the server and for its first word.
const REACH: Duration = Duration::from_secs(20);
/// For each answer after that; some look at a mail for a while before they take it.
const ANSWER: Duration = Duration::from_secs(60);

pub(super) fn send(settings: &NotifySettings, mail: &Packed, host: &str) -> Result<(), Error> {
    let server = settings.smtp_host.as_str();
    let password = password::password(settings)?;
    if password.is_some() && settings.smtp_security == SmtpSecurity::None && !is_this_machine(server) {
        return Err(Error::InTheClear(server.to_owned()));
    }
    let account = mail.local.iter().find(|recipient| !recipient.contains('@'));
    if let Some(account) = account.filter(|_| !is_this_machine(server)) {
        return Err(Error::Account { account: account.clone(), server: server.to_owned() });
    }
    let mut connection = reach(settings, host)?;
    if let Some(password) = password {
        log_in(settings, &mut connection, password)?;
    }
    let offers = |what| connection.server_info().supports_feature(what);
    let is_announced = offers(Extension::SmtpUtfEight) && offers(Extension::EightBitMime);
    let odd = if is_announced { None } else { beyond_ascii(mail) };
    let sent = match &odd {
        None => connection.send(&mail.envelope, &mail.bytes).map(drop),
        Some(_) => send_unannounced(&mut connection, mail),
    };
    if sent.is_ok() {
        // The server has the mail, so a failed goodbye changes nothing.
        let _ = connection.quit();
    }
    sent.map_err(|error| match (error.status(), odd) {
        (Some(_), Some(address)) => Error::Letters { address, server: server.to_owned(), how: words::answer(&error) },
        (status, _) => refused(server, status.map(|code| code.to_string()), words::answer(&error)),
    })
}

fn refused(server: &str, status: Option<String>, how: String) -> Error {
    let server = server.to_owned();
    match status.as_deref() {
        // The server wants a login first.
        Some("530") => Error::Login { server, how },
        Some(_) => Error::Refused { server, how },
        None => Error::Unreachable { server, how },
    }
}

/// The first address that needs SMTPUTF8 (RFC 6531).
fn beyond_ascii(mail: &Packed) -> Option<String> {
    let all = mail.envelope.to().iter().chain(mail.envelope.from());
    all.map(ToString::to_string).find(|address| !address.is_ascii())
}

/// Sends to a server that does not announce addresses beyond ASCII. Many servers take them nevertheless: each
/// address is offered as it is, and the mail is handed over only when the server takes every one.
fn send_unannounced(connection: &mut SmtpConnection, mail: &Packed) -> Result<(), lettre::transport::smtp::Error> {
    connection.command(Mail::new(mail.envelope.from().cloned(), Vec::new()))?;
    for receiver in mail.envelope.to() {
        connection.command(Rcpt::new(receiver.clone(), Vec::new()))?;
    }
    connection.command(Data)?;
    connection.message(&mail.bytes).map(drop)
}

/// Connected, and safe when it shall be.
fn reach(settings: &NotifySettings, host: &str) -> Result<SmtpConnection, Error> {
    let server = settings.smtp_host.as_str();
    let us = ClientId::Domain(greeting(host));
    let tls = match settings.smtp_security {
        SmtpSecurity::None => None,
        SmtpSecurity::Ssl | SmtpSecurity::Starttls => Some(trust(settings)?),
    };
    let unsafe_ = |how: String| Error::Unsafe { server: server.to_owned(), how };
    let from_the_start = tls.as_ref().filter(|_| settings.smtp_security == SmtpSecurity::Ssl);
    let mut connection = SmtpConnection::connect((server, settings.smtp_port), Some(REACH), &us, from_the_start, None)
        .map_err(|error| match words::network(&error) {
            Some(how) => Error::Unreachable { server: format!("{server}:{}", settings.smtp_port), how },
            None => unsafe_(words::tls(&error)),
        })?;
    if let (Some(tls), SmtpSecurity::Starttls) = (&tls, settings.smtp_security) {
        connection.starttls(tls, &us).map_err(|error| unsafe_(words::tls(&error)))?;
    }
    let patient = connection.set_timeout(Some(ANSWER));
    patient.map_err(|why| Error::Unreachable { server: server.to_owned(), how: why.to_string() })?;
    Ok(connection)
}

fn trust(settings: &NotifySettings) -> Result<TlsParameters, Error> {
    let mut tls = TlsParameters::builder(settings.smtp_host.clone());
    if let Some(path) = &settings.smtp_ca_file {
        let told = |why: String| Error::Authority { path: path.clone(), why };
        let text = read_plain(path, plain::TEXT).map_err(|why| told(why.to_string()))?;
        tls = tls.add_root_certificate(Certificate::from_pem(&text).map_err(|why| told(words::tls(&why)))?);
    }
    tls.build().map_err(|why| Error::Unsafe { server: settings.smtp_host.clone(), how: words::tls(&why) })
}

fn log_in(settings: &NotifySettings, connection: &mut SmtpConnection, password: String) -> Result<(), Error> {
    let sender = settings.email_sender.as_deref().unwrap_or_default();
    let user = if settings.smtp_user.is_empty() { sender } else { &settings.smtp_user };
    let told = connection
        .auth(&[Mechanism::Plain, Mechanism::Login], &Credentials::new(user.to_owned(), password.clone()))
        .map_err(|error| words::answer(&error));
    // A server that repeats what it was told shall not write it into our history.
    told.map(drop)
        .map_err(|how| Error::Login { server: settings.smtp_host.clone(), how: how.replace(&password, "(password)") })
}

fn is_this_machine(server: &str) -> bool {
    server == "localhost" || server.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The name that we give ourselves, in letters that cannot be another command.
fn greeting(host: &str) -> String {
    let name: String = host.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')).take(200).collect();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_this_machine_is_never_another_command() {
        assert_eq!(greeting("sky-pi.lan"), "sky-pi.lan");
        assert_eq!(greeting("pi\r\nRCPT TO:<x@y>"), "piRCPTTOxy");
        assert_eq!(greeting("夜"), "localhost");
    }

    #[test]
    fn a_password_crosses_no_network_without_protection() {
        for server in ["localhost", "127.0.0.1", "::1"] {
            assert!(is_this_machine(server));
        }
        for server in ["mail.example", "192.168.1.2", "localhost.example"] {
            assert!(!is_this_machine(server));
        }
    }
}
