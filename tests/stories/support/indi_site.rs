//! A real nginx or Apache in front of a small stand-in for indi-allsky's web application, and the program
//! mounted in it by the very file that the installer puts in place.
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::http::{self, Heard, To};
use super::terminal::{Terminal, wait_until};

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// The web server in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    Nginx,
    Apache,
}

pub struct IndiSite {
    pub terminal: Terminal,
    pub port: u16,
    pub application: Option<Child>,
    web: Option<Child>,
    program: Option<Child>,
}

/// Someone who is logged in to indi-allsky.
pub struct Browser {
    pub cookie: String,
}

/// The browser that all requests say they come from.
pub const AGENT: (&str, &str) = ("User-Agent", "Firefox on a phone");

/// `None`, with the reason printed, where there is no such web server to be had.
pub fn site(front: Front) -> Option<IndiSite> {
    let (program, package) = match front {
        Front::Nginx => ("/usr/sbin/nginx", "nginx-light"),
        Front::Apache => ("/usr/sbin/apache2", "apache2-bin"),
    };
    if !Path::new(program).exists() {
        eprintln!("skipped: needs {program} (apt-get install {package})");
        return None;
    }
    Some(IndiSite::start(front, program))
}

impl IndiSite {
    fn start(front: Front, server: &str) -> IndiSite {
        let terminal = Terminal::indi();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::create_dir_all(terminal.path("run/spool")).unwrap();
        // A web server that was started by root goes on as another user.
        fs::set_permissions(terminal.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(terminal.path("run/spool"), fs::Permissions::from_mode(0o777)).unwrap();
        let text = |name: &str| terminal.path(name).display().to_string();
        let config = format!(
            "[server]\nbind = \"unix:{}\"\nbase_path = \"/backups\"\nauth = \"indi-allsky\"\n[panel]\nsocket = \"{}\"\n",
            text("run/http.sock"),
            text("run/web.sock")
        );
        fs::write(terminal.path("config.toml"), config).unwrap();
        let snippet = if front == Front::Nginx { "nginx.conf.in" } else { "apache.conf.in" };
        let snippet = fs::read_to_string(integration(snippet)).unwrap().replace("@SOCKET@", &text("run/http.sock"));
        fs::write(terminal.path("backups.conf"), snippet).unwrap();
        let whole = if front == Front::Nginx { nginx(&terminal, port) } else { apache(&terminal, port) };
        fs::write(terminal.path("web.conf"), whole).unwrap();
        let quiet = |command: &mut Command| {
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let mut web = Command::new(server);
        web.env("TMPDIR", terminal.path("run/spool"));
        match front {
            Front::Nginx => web.arg("-c").arg(terminal.path("web.conf")).arg("-e").arg(terminal.path("error.log")),
            Front::Apache => web.arg("-D").arg("FOREGROUND").arg("-f").arg(terminal.path("web.conf")),
        };
        let stand_in = format!("{REPOSITORY}/tests/fixtures/indi-site/webapp.py");
        let application = quiet(Command::new("python3").arg(stand_in).arg(terminal.path("run/web.sock")));
        let mut site = IndiSite { port, application: Some(application), web: None, program: None, terminal };
        site.program = Some(quiet(&mut site.terminal.command(["--config", &site.text("config.toml"), "serve"])));
        wait_until("the program listens", || site.terminal.path("run/http.sock").exists());
        wait_until("the application listens", || site.terminal.path("run/web.sock").exists());
        site.web = Some(quiet(&mut web));
        wait_until("the web server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        site
    }

    fn text(&self, name: &str) -> String {
        self.terminal.path(name).display().to_string()
    }

    pub fn web(&self) -> To {
        To::Port(self.port)
    }

    pub fn socket(&self) -> To {
        To::Socket(self.terminal.path("run/http.sock"))
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Heard {
        http::ask(&self.web(), method, path, &[&[AGENT], headers].concat(), "")
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Heard {
        self.ask("GET", path, headers)
    }

    pub fn login(&self, user: &str, password: &str) -> Browser {
        let form = [AGENT, ("Content-Type", "application/x-www-form-urlencoded")];
        let body = format!("USERNAME={user}&PASSWORD={password}");
        let done = http::ask(&self.web(), "POST", "/indi-allsky/login", &form, &body);
        assert_eq!(done.status, 302, "{done:?}");
        let lines = done.head.lines().filter_map(|line| line.split_once(": "));
        let given = lines.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let cookies: Vec<&str> = given.filter_map(|(_, value)| value.split(';').next()).collect();
        Browser { cookie: cookies.join("; ") }
    }

    /// The token that pages carry for the one who is logged in.
    pub fn token(&self, browser: &Browser) -> String {
        let page = self.get("/backups/", &[("Cookie", &browser.cookie)]);
        assert_eq!(page.status, 200, "{page:?}");
        page.body.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    pub fn end_application(&mut self) {
        end(&mut self.application);
    }
}

impl Drop for IndiSite {
    fn drop(&mut self) {
        for child in [&mut self.program, &mut self.web, &mut self.application] {
            end(child);
        }
    }
}

/// Asked first: a web server takes its workers along only then.
fn end(child: &mut Option<Child>) {
    if let Some(mut child) = child.take() {
        let _ = Command::new("kill").arg(child.id().to_string()).stderr(Stdio::null()).status();
        let _ = child.wait();
    }
}

fn integration(file: &str) -> PathBuf {
    Path::new(REPOSITORY).join("integration/indi-allsky").join(file)
}

/// As indi-allsky's own site has it, without TLS.
fn nginx(terminal: &Terminal, port: u16) -> String {
    let dir = terminal.path("").display().to_string();
    let dir = dir.trim_end_matches('/');
    let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| {
            format!("    {kind}_temp_path {dir}/run/{};\n", if *kind == "client_body" { "spool" } else { kind })
        })
        .collect();
    format!(
        "{user}daemon off;\nworker_processes 1;\npid {dir}/run/nginx.pid;\nerror_log {dir}/error.log;\n\
         events {{ worker_connections 256; }}\nhttp {{\n{temporary}    access_log off;\n\
         upstream indi_allsky_server {{ server unix:{dir}/run/web.sock fail_timeout=0; }}\n\
         server {{\n    listen 127.0.0.1:{port};\n    client_max_body_size 1024M;\n    include {dir}/backups.conf;\n\
         location /indi-allsky {{\n        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n\
         proxy_set_header X-Forwarded-Proto $scheme;\n        proxy_set_header Host $http_host;\n\
         proxy_pass http://indi_allsky_server;\n    }}\n}}\n}}\n"
    )
}

/// The drop-in stands before the site, as `conf-enabled` does.
fn apache(terminal: &Terminal, port: u16) -> String {
    let dir = terminal.path("").display().to_string();
    let dir = dir.trim_end_matches('/');
    let user = if rustix::process::geteuid().is_root() { "User www-data\nGroup www-data\n" } else { "" };
    let modules: String = ["mpm_event", "authz_core", "alias", "proxy", "proxy_http", "headers"]
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
    format!(
        "{modules}{user}ServerName localhost\nListen 127.0.0.1:{port}\nPidFile {dir}/run/apache.pid\nErrorLog {dir}/error.log\n\
         DefaultRuntimeDir {dir}/run\nServerRoot {dir}\nDocumentRoot {dir}/run\nInclude {dir}/backups.conf\n\
         <VirtualHost *:{port}>\n    LimitRequestBody 1073741824\n    ProxyPreserveHost On\n\
         ProxyPass /indi-allsky unix:{dir}/run/web.sock|http://localhost/indi-allsky\n</VirtualHost>\n"
    )
}
