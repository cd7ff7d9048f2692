//! Where the pages lie, as a browser sees them: alone at `/`, or below a path of another panel.

/// Path and names under which we are reached.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Starts and ends with a slash.
    base: String,
    /// Host names beyond those of this machine's own loopback, without port, lower case.
    hosts: Vec<String>,
}

impl Default for Placement {
    fn default() -> Self {
        Placement { base: "/".to_owned(), hosts: Vec::new() }
    }
}

impl Placement {
    /// `base` such as `/backups/`; missing slashes are added.
    pub fn new(base: &str, hosts: &[String]) -> Self {
        let inner = base.trim_matches('/');
        let base = if inner.is_empty() { "/".to_owned() } else { format!("/{inner}/") };
        Placement { base, hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect() }
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
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let name = name.to_ascii_lowercase();
        matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1") || self.hosts.contains(&name)
    }
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
    fn addresses_lie_below_the_base_however_it_was_written() {
        for base in ["backups", "/backups", "/backups/"] {
            assert_eq!(Placement::new(base, &[]).url("api/status"), "/backups/api/status");
        }
        assert_eq!(Placement::default().url("create"), "/create");
        assert_eq!(Placement::default().prefix(), "");
    }
}
