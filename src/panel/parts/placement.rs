//! Where the pages lie, as a browser sees them: alone at `/`, or below a path of another panel.
use std::net::IpAddr;

use crate::domain::server::{LoginMethod, ServerConfig};

/// Path and names under which we are reached.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Starts and ends with a slash.
    base: String,
    /// Host names that the owner wrote into the configuration, without port, lower case.
    hosts: Vec<String>,
    /// Names of this machine in a home, likewise.
    machine: Vec<String>,
    reach: Reach,
}

/// From where browsers come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    ThisMachine,
    Network,
}

/// What routers of homes put behind the name of a machine.
const HOME_DOMAINS: [&str; 7] = ["", ".local", ".lan", ".home", ".home.arpa", ".internal", ".fritz.box"];

impl Default for Placement {
    fn default() -> Self {
        Placement { base: "/".to_owned(), hosts: Vec::new(), machine: Vec::new(), reach: Reach::ThisMachine }
    }
}

impl Placement {
    /// How browsers reach `server`: from the network when a web server stands in front or it listens there itself.
    pub fn of(config: &ServerConfig) -> Self {
        let hosts: Vec<String> = config.hosts.iter().map(|host| host.as_str().to_owned()).collect();
        let placement = Placement::new(config.base.as_str(), &hosts);
        if config.login == LoginMethod::Open {
            return placement;
        }
        // The kernel's own word; a machine without a name is called by its address.
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        placement.on_network(machine.trim().split('.').next().unwrap_or_default())
    }

    /// `base` such as `/backups/`; missing slashes are added.
    pub fn new(base: &str, hosts: &[String]) -> Self {
        let inner = base.trim_matches('/');
        let base = if inner.is_empty() { "/".to_owned() } else { format!("/{inner}/") };
        Placement { base, hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(), ..Placement::default() }
    }

    /// Browsers of a network may come too, by the machine's addresses and by its name in a home.
    pub fn on_network(mut self, machine: &str) -> Self {
        let machine = machine.to_ascii_lowercase();
        if !machine.is_empty() {
            self.machine.extend(HOME_DOMAINS.iter().map(|domain| format!("{machine}{domain}")));
        }
        self.reach = Reach::Network;
        self
    }

    /// Starts and ends with a slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The base as a prefix for routes: empty, or without the last slash.
    pub fn prefix(&self) -> &str {
        self.base.trim_end_matches('/')
    }

    /// The address of `path` (no slash in front) on this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Whether a request may name us `host` (with or without port). A page elsewhere that points its
    /// own name at this machine is refused by this.
    pub fn answers_to(&self, host: &str) -> bool {
        let name = without_port(host);
        // No name can be pointed anywhere where there is only a number.
        let is_address = self.reach == Reach::Network && name.parse::<IpAddr>().is_ok();
        matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1")
            || is_address
            || self.hosts.contains(&name)
            || self.machine.contains(&name)
    }

    /// Whether a page of ours can have this `Origin`, when we are called `host`. A web server in front may pass on
    /// another name than the browser's, or lose the port; a name that the owner wrote into the configuration is ours
    /// in any case, also with another port.
    pub fn is_own_origin(&self, origin: &str, host: &str) -> bool {
        let Some((scheme, name)) = origin.split_once("://") else { return false };
        let is_ours = name.eq_ignore_ascii_case(host) || self.hosts.contains(&without_port(name));
        matches!(scheme, "http" | "https") && is_ours
    }
}

/// The name in `Host` or behind the `://` of an origin, lower case.
fn without_port(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::Placement;

    #[test]
    fn only_our_own_names_are_answered_to() {
        let at = Placement::new("backups", &["Allsky.local".to_owned()]);
        for good in ["localhost:8085", "127.0.0.1", "[::1]:80", "allsky.local", "ALLSKY.LOCAL:8443"] {
            assert!(at.answers_to(good), "{good}");
        }
        for bad in ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]"] {
            assert!(!at.answers_to(bad), "{bad}");
        }
    }

    #[test]
    fn on_a_network_the_machine_is_known_by_its_numbers_and_its_name_at_home() {
        let at = Placement::new("backups", &[]).on_network("AllSky");
        for good in ["192.168.1.20", "[fe80::1]:80", "allsky", "allsky.local:8080", "allsky.fritz.box"] {
            assert!(at.answers_to(good), "{good}");
        }
        for bad in ["", "evil.example", "allsky.evil.example", "192.168.1.20.evil.example", "local", "1.2.3"] {
            assert!(!at.answers_to(bad), "{bad}");
        }
    }

    #[test]
    fn a_change_comes_from_the_name_that_we_were_called_by_or_from_one_of_the_owners_names() {
        let at = Placement::new("backups", &["sky.example.org".to_owned()]).on_network("allsky");
        for (origin, host) in [
            ("http://192.168.1.20", "192.168.1.20"),
            ("https://allsky.local:8443", "allsky.local:8443"),
            ("https://SKY.example.org", "sky.example.org"),
            ("https://sky.example.org:8443", "sky.example.org"),
            ("https://sky.example.org", "127.0.0.1:8085"),
            ("http://[fe80::1]:81", "[fe80::1]:81"),
        ] {
            assert!(at.is_own_origin(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("null", "sky.example.org"),
            ("", ""),
            ("sky.example.org", "sky.example.org"),
            ("http://evil.example", "sky.example.org"),
            ("http://sky.example.org.evil.example", "sky.example.org"),
            ("http://evil.sky.example.org", "127.0.0.1:8085"),
            // Another service of this machine is another origin.
            ("http://allsky.local:8080", "allsky.local"),
            ("http://192.168.1.20:8080", "192.168.1.20"),
            ("http://allsky.local", "127.0.0.1:8085"),
            ("file://sky.example.org", "sky.example.org"),
        ] {
            assert!(!at.is_own_origin(origin, host), "{origin} {host}");
        }
    }

    #[test]
    fn addresses_lie_below_the_base_however_it_was_written() {
        for base in ["backups", "/backups", "/backups/"] {
            assert_eq!(Placement::new(base, &[]).url("api/status"), "/backups/api/status");
        }
        assert_eq!(Placement::default().url("create"), "/create");
        assert_eq!(Placement::default().prefix(), "");
    }
}
