//! The program at its page, alone on a free port of this machine, for stories of the interface for programs.
use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::Value;

use super::http::{self, Heard, To};
use super::mail_server;
use super::terminal::{Running, Terminal};

/// The token of the page itself.
pub const PAGE_TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub struct Service {
    pub terminal: Terminal,
    pub to: To,
    pub running: Running,
}

impl Service {
    /// With `auth = "token"` and more lines of configuration.
    pub fn start(terminal: Terminal, more: &str) -> Service {
        mail_server::secret(&terminal.path("token"), PAGE_TOKEN);
        let token = terminal.path("token").display().to_string();
        let config = format!("[server]\nauth = \"token\"\ntoken_file = \"{token}\"\n{more}");
        fs::write(terminal.path("c.toml"), config).unwrap();
        let mut running = Running::of(&mut terminal.command("serve --bind 127.0.0.1:0 --config c.toml".split(' ')));
        let mut line = String::new();
        BufReader::new(running.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap();
        Service { terminal, to: To::Port(port), running }
    }

    /// A token of a program with this right.
    pub fn token(&self, name: &str, right: &str) -> String {
        let made = self.terminal.ask(&format!("--config c.toml tokens add {name} --right {right}"));
        made["token"].as_str().unwrap().to_owned()
    }

    pub fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> Heard {
        let token = format!("Bearer {token}");
        let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
        http::ask(&self.to, method, path, &headers, body)
    }

    /// Must be answered with `status`; gives back the JSON.
    pub fn json(&self, method: &str, path: &str, token: &str, body: &str, status: u16) -> Value {
        let heard = self.ask(method, path, token, body);
        assert_eq!(heard.status, status, "{method} {path}: {heard:?}");
        let text = heard.unchunked();
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{method} {path}: {why}: {heard:?}"))
    }
}
