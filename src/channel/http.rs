//! One request to a server: with a limit for its whole time, without following it anywhere, and without reading more
//! of its answer than the head.
use std::error::Error as _;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::bodies::{Request, request};
use super::certificates::trusted;
use super::error::Error;
use super::server::{is_near, server_of};
use crate::base::{secret, tls_words};
use crate::domain::channel::{ChannelSettings, Notice};

/// A server that wants more is asked again after this.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Sends `notice`; comes back when the server has taken it. `patience` counts from the question for the name to the head
/// of the answer, however slowly it comes.
pub(super) fn send(channel: &ChannelSettings, notice: &Notice, patience: Duration) -> Result<(), Error> {
    let told = |what| move |source| Error::Secret { what, source };
    let url_file = channel.url_file.as_deref().ok_or(Error::Address)?;
    let url = secret::first_line(url_file).map_err(told("the address"))?;
    let token = channel.token_file.as_deref().map(secret::first_line).transpose().map_err(told("the token"))?;
    let server = server_of(&url).ok_or(Error::Address)?;
    if url.starts_with("http://") && !is_near(&server) {
        return Err(Error::InTheClear(server));
    }
    let Request { url, body, content_type } = request(channel.kind, &url, notice).ok_or(Error::Address)?;
    let agent = agent(channel.ca_file.as_deref(), patience)?;
    let mut asked = agent.post(&url).header("Content-Type", content_type);
    if let Some(token) = &token {
        asked = asked.header("Authorization", format!("Bearer {token}"));
    }
    let answer = asked.send(body.as_bytes()).map_err(|error| failed(&server, &error))?;
    judge(server, &answer)
}

fn judge<T>(server: String, answer: &ureq::http::Response<T>) -> Result<(), Error> {
    match answer.status().as_u16() {
        200..=299 => Ok(()),
        status @ 300..=399 => Err(Error::Moved { server, status }),
        status @ (401 | 403) => Err(Error::Login { server, status }),
        status @ (404 | 410) => Err(Error::Unknown { server, status }),
        429 => {
            let seconds = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            let wait = seconds.map(|seconds: f64| seconds.clamp(0.0, LONGEST_WAIT.as_secs_f64()));
            Err(Error::TooMany { server, wait: wait.map(Duration::from_secs_f64) })
        }
        status => Err(Error::Refused { server, status }),
    }
}

fn agent(authority: Option<&Path>, patience: Duration) -> Result<ureq::Agent, Error> {
    let roots: Vec<Certificate<'static>> =
        trusted(authority)?.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(patience))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent("allsky-backups")
        .build();
    Ok(config.into())
}

fn failed(server: &str, error: &ureq::Error) -> Error {
    let unreachable = |how: &str| Error::Unreachable { server: server.to_owned(), how: how.to_owned() };
    let whole = chain(error);
    if let Some(how) = tls_words::reason(&whole) {
        return Error::Unsafe { server: server.to_owned(), how: how.to_owned() };
    }
    match error {
        ureq::Error::Timeout(_) => unreachable("it did not answer in time"),
        ureq::Error::HostNotFound => unreachable("its name is not known"),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Error::Address,
        ureq::Error::Tls(_) => Error::Unsafe { server: server.to_owned(), how: "the two do not agree on TLS".into() },
        ureq::Error::Io(why) => match why.kind() {
            io::ErrorKind::ConnectionRefused => unreachable("nothing listens there"),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => unreachable("it did not answer in time"),
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
                unreachable("there is no way to it from this machine")
            }
            io::ErrorKind::PermissionDenied => {
                unreachable("this service may not leave the machine; run the installer again, which opens the way")
            }
            _ if whole.contains("lookup") || whole.contains("resolve") => unreachable("its name is not known"),
            _ => unreachable("it ended the connection"),
        },
        ureq::Error::ConnectionFailed => unreachable("nothing listens there"),
        _ => unreachable("its answer is not HTTP"),
    }
}

fn chain(error: &ureq::Error) -> String {
    let mut whole = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        whole = format!("{whole}: {cause} {cause:?}");
        source = cause.source();
    }
    whole
}
