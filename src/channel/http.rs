//! One request to a server: with a limit for its whole time, without following it anywhere, and without reading more
//! of its answer than the head.
use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::bodies::{Request, request};
use super::error::Error;
use crate::base::plain::{TEXT, read_plain};
use crate::base::{secret, tls_words};
use crate::domain::channel::{ChannelSettings, Notice};

/// From the question for the name to the head of the answer, however slowly it comes.
const WHOLE: Duration = Duration::from_secs(20);
/// A server that wants more is asked again after this.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Sends `notice`; comes back when the server has taken it.
pub fn send(channel: &ChannelSettings, notice: &Notice) -> Result<(), Error> {
    let told = |what| move |source| Error::Secret { what, source };
    let url = secret::first_line(&channel.url_file).map_err(told("the address"))?;
    let token = channel.token_file.as_deref().map(secret::first_line).transpose().map_err(told("the token"))?;
    let server = server_of(&url).ok_or(Error::Address)?;
    if url.starts_with("http://") && !is_near(&server) {
        return Err(Error::InTheClear(server));
    }
    let Request { url, body, content_type } = request(channel.kind, &url, notice).ok_or(Error::Address)?;
    let agent = agent(channel.ca_file.as_deref())?;
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

fn agent(authority: Option<&Path>) -> Result<ureq::Agent, Error> {
    let mut roots: Vec<Certificate<'static>> = Vec::new();
    // Certificates of the system that cannot be read are not trusted; the connection says so.
    for certificate in rustls_native_certs::load_native_certs().certs {
        roots.push(Certificate::from_der(&certificate).to_owned());
    }
    if let Some(path) = authority {
        let text = read_plain(path, TEXT).map_err(|why| Error::Authority(why.to_string()))?;
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let certificate = certificate.map_err(|why| Error::Authority(why.to_string()))?;
            roots.push(Certificate::from_der(&certificate).to_owned());
        }
        if roots.len() == before {
            return Err(Error::Authority("there is no certificate in the file".into()));
        }
    }
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(WHOLE))
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

/// The name of the server alone: the rest of an address is secret.
fn server_of(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    (!host.is_empty() && host.chars().all(fits) && !url.chars().any(|c| c.is_control() || c == ' '))
        .then(|| host.to_owned())
}

/// Whether a server is this machine or in a network at home.
fn is_near(server: &str) -> bool {
    let host = match server.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => server.split(':').next().unwrap_or(server),
    };
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => {
            let own = [".local", ".lan", ".home", ".internal", ".home.arpa", ".fritz.box"];
            !host.contains('.') || own.iter().any(|end| host.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_server_is_told_and_nothing_goes_far_in_the_clear() {
        for (url, server, near) in [
            ("https://ntfy.sh/secret", "ntfy.sh", false),
            ("http://me:pw@192.168.1.2:8080/x?t=1", "192.168.1.2:8080", true),
            ("http://[::1]:80/x", "[::1]:80", true),
            ("http://homeassistant.local:8123/api", "homeassistant.local:8123", true),
            ("http://nas/x", "nas", true),
            ("http://8.8.8.8/x", "8.8.8.8", false),
        ] {
            assert_eq!(server_of(url).as_deref(), Some(server));
            assert_eq!(is_near(server), near, "{url}");
        }
        for bad in ["ftp://a/b", "ntfy.sh/x", "https://", "https://a b/", "https://a\u{7}/"] {
            assert_eq!(server_of(bad), None, "{bad}");
        }
    }
}
