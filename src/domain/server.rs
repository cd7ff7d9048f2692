//! How the page is reached and who may come in: what an owner writes into `[server]` and `[panel]`.
//!
//! Invariant: a `ServerConfig` that other people can reach has a login.
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::failure::{Advice, Code};

/// The address of `serve` when nobody names one.
pub const BIND: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8085);
/// Where the panel answers whether somebody is logged in, when nobody names another place.
const BRIDGE: &str = "http://127.0.0.1/backups-session.php";
/// Where the web application of indi-allsky listens, when nobody names another place.
const INDI_SOCKET: &str = "/var/lib/indi-allsky/gunicorn-indi-allsky.sock";

/// `[server]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// `127.0.0.1:8085`, or `unix:/run/allsky-backups/http.sock` behind a web server.
    pub bind: Option<Bind>,
    /// The path below which a web server shows the page: `/backups`.
    pub base_path: Option<BasePath>,
    /// `panel`, `indi-allsky`, `token` or `none`.
    pub auth: Option<Auth>,
    /// Holds the token of `auth = "token"`; readable by its owner alone.
    pub token_file: Option<PathBuf>,
    /// Names of this machine, beyond its own, by which browsers call it.
    pub hosts: Vec<DomainName>,
}

/// `[panel]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PanelSettings {
    /// Address on this machine where the panel says who is logged in.
    pub bridge: Option<Bridge>,
    /// Socket of the web application of indi-allsky, which is asked the same.
    pub socket: Option<PathBuf>,
}

/// Where requests come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Bind {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Bind {
    /// Only programs of this machine reach it.
    fn is_of_this_machine(&self) -> bool {
        matches!(self, Bind::Tcp(at) if at.ip().is_loopback())
    }
}

impl FromStr for Bind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            // The kernel's limit for the name of a socket.
            let fits = Path::new(path).is_absolute() && path.len() < 108;
            return fits.then(|| Bind::Unix(path.into())).ok_or_else(|| {
                format!("\"{text}\" is not a socket: unix: wants an absolute path of less than 108 bytes after it")
            });
        }
        text.parse().map(Bind::Tcp).map_err(|_| {
            format!("\"{text}\" is neither a socket address like 127.0.0.1:8085 nor unix:/path/of/a/socket")
        })
    }
}

impl TryFrom<String> for Bind {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Bind> for String {
    fn from(bind: Bind) -> String {
        bind.to_string()
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bind::Tcp(at) => write!(f, "{at}"),
            Bind::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// `/`, or a path such as `/backups` of plain names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BasePath(String);

impl BasePath {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for BasePath {
    fn default() -> Self {
        BasePath("/".into())
    }
}

impl TryFrom<String> for BasePath {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let plain = |name: &str| {
            let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
            letters && !name.is_empty() && name != "." && name != ".."
        };
        let inside = text.strip_prefix('/').map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        match inside {
            Some(_) if text == "/" => Ok(BasePath(text)),
            Some(inside) if inside.split('/').all(plain) => Ok(BasePath(text)),
            _ => Err(format!("\"{text}\" is not a path like /backups")),
        }
    }
}

impl From<BasePath> for String {
    fn from(path: BasePath) -> String {
        path.0
    }
}

/// A name without a port, lower case: `camera.example.org`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainName(String);

impl DomainName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DomainName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let name = text.to_ascii_lowercase();
        let fits = !name.is_empty()
            && name.len() < 254
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if fits {
            Ok(DomainName(name))
        } else {
            Err(format!("\"{text}\" is not a host name like camera.example.org, without a port"))
        }
    }
}

impl From<DomainName> for String {
    fn from(name: DomainName) -> String {
        name.0
    }
}

/// `http://` and an address of this machine: session cookies go there, and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bridge(String);

impl Bridge {
    pub fn url(&self) -> &str {
        &self.0
    }
}

impl Default for Bridge {
    fn default() -> Self {
        Bridge(BRIDGE.into())
    }
}

impl TryFrom<String> for Bridge {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let place = text.strip_prefix("http://").and_then(|rest| rest.split_once('/'));
        let here = place.is_some_and(|(at, path)| {
            let whole = if at.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
                at.to_owned()
            } else {
                format!("{at}:80")
            };
            let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
            plain && whole.parse::<SocketAddr>().is_ok_and(|at| at.ip().is_loopback())
        });
        if here { Ok(Bridge(text)) } else { Err(format!("\"{text}\" is not an address on this machine like {BRIDGE}")) }
    }
}

impl From<Bridge> for String {
    fn from(bridge: Bridge) -> String {
        bridge.0
    }
}

/// How visitors prove that they may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    Panel,
    #[serde(rename = "indi-allsky")]
    IndiAllsky,
    Token,
    None,
}

/// What stands between a visitor and the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginMethod {
    /// The login of the panel that we are mounted in.
    Panel(Bridge),
    /// The login of indi-allsky, asked on this socket.
    Indi(PathBuf),
    /// A secret of our own.
    Token(PathBuf),
    /// No login: everybody on this machine.
    Open,
}

/// All of it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    pub bind: Bind,
    pub base: BasePath,
    pub hosts: Vec<DomainName>,
    pub login: LoginMethod,
}

/// Why the page is not served in this way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadServerConfig {
    #[error("{0} can be reached from other machines, and there is no login here")]
    Open(Bind),
    #[error("{0} can be reached from other machines, and the panel's login is not safe without the panel in front")]
    PanelElsewhere(Bind),
    #[error("{0} can be reached by other users of this machine, and auth is \"none\"")]
    OpenSocket(Bind),
    #[error("auth is \"token\", and no token_file is named")]
    NoTokenFile,
}

impl Advice for BadServerConfig {
    fn code(&self) -> Code {
        Code::Usage
    }

    fn advice(&self) -> String {
        match self {
            BadServerConfig::Open(_) | BadServerConfig::PanelElsewhere(_) => {
                "Use 127.0.0.1, and from elsewhere an SSH tunnel: ssh -L 8085:127.0.0.1:8085 pi@camera; or set auth = \
                 \"token\" and token_file in [server]."
            }
            BadServerConfig::OpenSocket(_) => "Set auth = \"panel\" in [server], or auth = \"token\" and token_file.",
            BadServerConfig::NoTokenFile => {
                "Name a file with a long secret: token_file = \"/etc/allsky-backups/token\"."
            }
        }
        .into()
    }
}

impl ServerConfig {
    /// `bind` of the command line wins over that of the file.
    pub fn of(
        server: &ServerSettings,
        panel: &PanelSettings,
        bind: Option<Bind>,
    ) -> Result<ServerConfig, BadServerConfig> {
        let bind = bind.or_else(|| server.bind.clone()).unwrap_or(Bind::Tcp(BIND));
        let usual = match &bind {
            Bind::Unix(_) => Auth::Panel,
            Bind::Tcp(_) if server.token_file.is_some() => Auth::Token,
            Bind::Tcp(_) => Auth::None,
        };
        let login = match (server.auth.unwrap_or(usual), &bind) {
            (Auth::None, _) if bind.is_of_this_machine() => LoginMethod::Open,
            (Auth::None, Bind::Unix(_)) => return Err(BadServerConfig::OpenSocket(bind)),
            (Auth::None, Bind::Tcp(_)) => return Err(BadServerConfig::Open(bind)),
            (Auth::Panel | Auth::IndiAllsky, Bind::Tcp(_)) if !bind.is_of_this_machine() => {
                return Err(BadServerConfig::PanelElsewhere(bind));
            }
            (Auth::Panel, _) => LoginMethod::Panel(panel.bridge.clone().unwrap_or_default()),
            (Auth::IndiAllsky, _) => LoginMethod::Indi(panel.socket.clone().unwrap_or_else(|| INDI_SOCKET.into())),
            (Auth::Token, _) => LoginMethod::Token(server.token_file.clone().ok_or(BadServerConfig::NoTokenFile)?),
        };
        Ok(ServerConfig {
            bind,
            base: server.base_path.clone().unwrap_or_default(),
            hosts: server.hosts.clone(),
            login,
        })
    }

    /// A page for this machine alone, without a login.
    pub fn on_this_machine(port: u16) -> ServerConfig {
        ServerConfig {
            bind: Bind::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            base: BasePath::default(),
            hosts: Vec::new(),
            login: LoginMethod::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(server: &str) -> Result<ServerConfig, BadServerConfig> {
        ServerConfig::of(&toml::from_str(server).unwrap(), &PanelSettings::default(), None)
    }

    #[test]
    fn what_others_can_reach_has_a_login() {
        assert_eq!(config("").unwrap().login, LoginMethod::Open);
        assert_eq!(config("bind = '[::1]:80'").unwrap().login, LoginMethod::Open);
        for open in ["0.0.0.0:80", "192.168.1.5:80", "[::]:80"] {
            assert!(matches!(config(&format!("bind = '{open}'")), Err(BadServerConfig::Open(_))), "{open}");
            assert!(
                matches!(config(&format!("bind = '{open}'\nauth = 'none'")), Err(BadServerConfig::Open(_))),
                "{open}"
            );
            for auth in ["panel", "indi-allsky"] {
                let panel = config(&format!("bind = '{open}'\nauth = '{auth}'"));
                assert!(matches!(panel, Err(BadServerConfig::PanelElsewhere(_))), "{open} {auth}");
            }
            let token = config(&format!("bind = '{open}'\ntoken_file = '/t'")).unwrap();
            assert_eq!(token.login, LoginMethod::Token("/t".into()), "{open}");
        }
        assert_eq!(config("bind = 'unix:/s'").unwrap().login, LoginMethod::Panel(Bridge::default()));
        assert_eq!(
            config("bind = 'unix:/s'\nauth = 'indi-allsky'").unwrap().login,
            LoginMethod::Indi(INDI_SOCKET.into())
        );
        assert!(matches!(config("bind = 'unix:/s'\nauth = 'none'"), Err(BadServerConfig::OpenSocket(_))));
        assert_eq!(config("bind = 'unix:/s'\nauth = 'token'"), Err(BadServerConfig::NoTokenFile));
    }

    #[test]
    fn the_command_line_names_the_address_and_the_file_keeps_the_login() {
        let server: ServerSettings = toml::from_str("bind = 'unix:/s'\nauth = 'token'\ntoken_file = '/t'").unwrap();
        let there = Some("127.0.0.1:1".parse().unwrap());
        let config = ServerConfig::of(&server, &PanelSettings::default(), there).unwrap();
        assert_eq!((config.bind.to_string().as_str(), config.login), ("127.0.0.1:1", LoginMethod::Token("/t".into())));
    }

    #[test]
    fn session_cookies_go_to_this_machine_alone() {
        for good in ["http://127.0.0.1/x.php", "http://127.0.0.1:8099/a?b=c", "http://[::1]:80/x"] {
            assert!(Bridge::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "http://192.168.1.2/x",
            "https://127.0.0.1/x",
            "http://127.0.0.1",
            "http://127.0.0.1@evil.example/x",
            "http://evil.example/127.0.0.1/",
            "http://127.0.0.1/a b",
            "http://localhost.evil.example/",
            "",
        ] {
            assert!(Bridge::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_names_and_sockets_are_plain_or_refused() {
        for good in ["/", "/backups", "/a/b/", "/a-b_c.d"] {
            assert!(BasePath::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "backups", "//", "/a//b", "/..", "/a b", "/a?b", "/<b>"] {
            assert!(BasePath::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert_eq!(DomainName::try_from("Sky.Example".to_owned()).unwrap().as_str(), "sky.example");
        for bad in ["", "a:80", "a/b", "*"] {
            assert!(DomainName::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        for bad in ["unix:", "unix:relative", "localhost", "80", &format!("unix:/{}", "x".repeat(108))] {
            assert!(bad.parse::<Bind>().is_err(), "{bad}");
        }
    }
}
