//! A real lighttpd and a real php-fpm with a small panel of our own, and the program mounted in it by
//! the very files that the installer puts in place.
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::http::{self, Heard, To};
use super::terminal::{Terminal, wait_until};

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");
const ASK_AGAIN_FOR: Duration = Duration::from_secs(10);

pub struct PanelSite {
    pub terminal: Terminal,
    pub port: u16,
    pub php: Option<Child>,
    web: Option<Child>,
    program: Option<Child>,
}

/// Someone with a browser.
pub struct Browser {
    pub cookie: String,
    pub token: String,
}

/// `None`, with the reason printed, where there is no web server to be had.
pub fn site() -> Option<PanelSite> {
    let php = find("php-fpm");
    let (Some(php), Some(lighttpd)) = (php, find("lighttpd")) else {
        eprintln!("skipped: needs lighttpd and php-fpm (apt-get install lighttpd php-fpm)");
        return None;
    };
    Some(PanelSite::start(&php, &lighttpd, Panel::Newest))
}

/// The version that asks for name and password with each page.
pub fn released_site() -> Option<PanelSite> {
    let (Some(php), Some(lighttpd)) = (find("php-fpm"), find("lighttpd")) else {
        eprintln!("skipped: needs lighttpd and php-fpm (apt-get install lighttpd php-fpm)");
        return None;
    };
    Some(PanelSite::start(&php, &lighttpd, Panel::Released))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Panel {
    Newest,
    Released,
}

impl PanelSite {
    fn start(php: &Path, lighttpd: &Path, panel: Panel) -> PanelSite {
        let terminal = Terminal::new();
        if panel == Panel::Released {
            let site = Path::new(REPOSITORY).join("tests/fixtures/panel-site/released");
            fs::create_dir_all(terminal.path("allsky/html/includes")).unwrap();
            for (file, to) in [
                ("authenticate.php", "allsky/html/includes/authenticate.php"),
                ("raspap.auth", "allsky/config/raspap.auth"),
            ] {
                fs::copy(site.join(file), terminal.path(to)).unwrap();
            }
            fs::remove_file(terminal.path("allsky/variables.json")).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for folder in ["run", "sessions", "lib"] {
            fs::create_dir(terminal.path(folder)).unwrap();
        }
        for file in ["session.php", "append.php", "entry.js"] {
            fs::copy(integration(file), terminal.path("lib").join(file)).unwrap();
        }
        fs::write(terminal.path("fpm.conf"), filled(&terminal, "php-fpm.conf.in", port)).unwrap();
        let mut server = filled(&terminal, "lighttpd.conf.in", port);
        if panel == Panel::Released {
            server = server.replace("fixtures/panel-site\"", "fixtures/panel-site/released\"");
        }
        fs::write(terminal.path("lighttpd.conf"), server).unwrap();
        let drop_in = fs::read_to_string(integration("60-allsky-backups.conf.in")).unwrap();
        let text = |name: &str| terminal.path(name).display().to_string();
        let drop_in = drop_in
            .replace("@LIB@", &text("lib"))
            .replace("@SOCKET@", &text("run/http.sock"))
            .replace("@HOME@", &text("allsky"));
        fs::write(terminal.path("60-allsky-backups.conf"), drop_in).unwrap();
        let config = format!(
            "[server]\nbind = \"unix:{}\"\nbase_path = \"/backups\"\nauth = \"panel\"\n\
             [panel]\nbridge = \"http://127.0.0.1:{port}/backups-session.php\"\n",
            text("run/http.sock")
        );
        fs::write(terminal.path("config.toml"), config).unwrap();
        let mut fpm = Command::new(php);
        fpm.args(["-F", "-R", "-y"]).arg(terminal.path("fpm.conf"));
        let mut web = Command::new(lighttpd);
        web.arg("-D").arg("-f").arg(terminal.path("lighttpd.conf")).env("LANG", "C.UTF-8");
        let mut site =
            PanelSite { port, php: Some(quiet(&mut fpm)), web: Some(quiet(&mut web)), program: None, terminal };
        site.program = Some(serving(&site.terminal, &[]));
        wait_until("the program listens", || site.terminal.path("run/http.sock").exists());
        wait_until("php listens", || site.terminal.path("run/fpm.sock").exists());
        wait_until("the web server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        site
    }

    /// Ends the program by this signal and starts it again.
    pub fn restart(&mut self, signal: &str) {
        self.start_anew(signal, &[]);
    }

    /// A panel with a log of all that it could tell, in `program.log` of the terminal.
    pub fn restart_telling_everything(&mut self) {
        self.start_anew("TERM", &[("RUST_LOG", "trace")]);
    }

    fn start_anew(&mut self, signal: &str, environment: &[(&str, &str)]) {
        if let Some(mut program) = self.program.take() {
            let sent = Command::new("kill").args(["-s", signal, &program.id().to_string()]).status().unwrap();
            assert!(sent.success());
            program.wait().unwrap();
        }
        self.program = Some(serving(&self.terminal, environment));
        let socket = self.terminal.path("run/http.sock");
        wait_until("the program listens again", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    }

    /// The program's memory in bytes, by the kernel's name for it: `VmHWM:` is the most at once, `VmRSS:` now.
    pub fn memory(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.as_ref().unwrap().id())).unwrap();
        let size = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
        size.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Whether the program has this file open.
    pub fn has_open(&self, path: &Path) -> bool {
        let open = fs::read_dir(format!("/proc/{}/fd", self.program.as_ref().unwrap().id())).unwrap();
        open.flatten().any(|link| fs::read_link(link.path()).is_ok_and(|place| place == path))
    }

    /// Bytes that the web server has put aside: files in its folder, which else holds sockets alone, and files
    /// that it has open there without a name.
    pub fn spooled(&self) -> u64 {
        let folder = self.terminal.path("run");
        let named = fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path());
        let open = format!("/proc/{}/fd", self.web.as_ref().unwrap().id());
        let open = fs::read_dir(open).into_iter().flatten().flatten().map(|entry| entry.path());
        let open = open.filter(|link| {
            fs::read_link(link)
                .is_ok_and(|place| place.starts_with(&folder) && place.to_string_lossy().ends_with("(deleted)"))
        });
        let sizes = named.chain(open).filter_map(|path| fs::metadata(path).ok());
        sizes.filter(fs::Metadata::is_file).map(|file| file.len()).sum()
    }

    pub fn web(&self) -> To {
        To::Port(self.port)
    }

    pub fn socket(&self) -> To {
        To::Socket(self.terminal.path("run/http.sock"))
    }

    /// The panel may answer late on a busy machine. Then 503 says that one should ask again, and this does.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Heard {
        let until = Instant::now() + ASK_AGAIN_FOR;
        loop {
            let heard = http::ask(&self.web(), "GET", path, headers, "");
            if heard.status != 503 || Instant::now() > until {
                return heard;
            }
        }
    }

    /// A session of the panel without a login.
    pub fn passer_by(&self) -> Browser {
        let page = self.get("/index.php?page=login", &[]);
        let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let token = page.body.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        Browser { cookie, token }
    }

    pub fn login(&self) -> Browser {
        let browser = self.passer_by();
        let form = [("Cookie", browser.cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        let done = http::ask(&self.web(), "POST", "/index.php?page=login", &form, "username=admin&password=secret");
        assert_eq!(done.status, 302, "{done:?}");
        browser
    }

    pub fn logout(&self, browser: &Browser) {
        assert_eq!(self.get("/index.php?page=logout", &[("Cookie", &browser.cookie)]).status, 302);
    }
}

impl Drop for PanelSite {
    fn drop(&mut self) {
        for child in [&mut self.program, &mut self.web, &mut self.php].into_iter().flatten() {
            // Asked first: php-fpm takes its workers along only then.
            let _ = Command::new("kill").arg(child.id().to_string()).stderr(Stdio::null()).status();
            let _ = child.wait();
        }
    }
}

fn quiet(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn serving(terminal: &Terminal, environment: &[(&str, &str)]) -> Child {
    let log = fs::File::options().create(true).append(true).open(terminal.path("program.log")).unwrap();
    let mut program = terminal.command(["--config", &text_of(terminal, "config.toml"), "serve"]);
    program.envs(environment.iter().copied()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

fn text_of(terminal: &Terminal, name: &str) -> String {
    terminal.path(name).display().to_string()
}

fn integration(file: &str) -> PathBuf {
    Path::new(REPOSITORY).join("integration/allsky").join(file)
}

/// Debian puts the version behind the name of php-fpm.
fn find(program: &str) -> Option<PathBuf> {
    let entries =
        ["/usr/sbin", "/usr/local/sbin"].into_iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.retain(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
            name.strip_prefix(program)
                .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
        })
    });
    found.into_iter().max()
}

/// A file of the server's, filled in for this terminal.
fn filled(terminal: &Terminal, file: &str, port: u16) -> String {
    let text = fs::read_to_string(Path::new(REPOSITORY).join("tests/fixtures/panel-server").join(file)).unwrap();
    let dir = terminal.path("").display().to_string();
    let dir = dir.trim_end_matches('/');
    // Without root the lines about users say what is the case anyway.
    let user = if rustix::process::geteuid().is_root() { "user = root\ngroup = root" } else { "" };
    text.replace("@DIR@", dir)
        .replace("@SPOOL@", &format!("{dir}/run"))
        .replace("@REPOSITORY@", REPOSITORY)
        .replace("@PORT@", &port.to_string())
        .replace("@USER@", user)
}
