//! The server in an address: what of it may be told, and whether it is near enough to be talked to in the clear.
use std::net::IpAddr;

/// The name of the server alone: the rest of an address is secret.
pub(super) fn server_of(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    (!host.is_empty() && host.chars().all(fits) && !url.chars().any(|c| c.is_control() || c == ' '))
        .then(|| host.to_owned())
}

/// Whether a server is this machine or in a network at home.
pub(super) fn is_near(server: &str) -> bool {
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
