//! A real mail server on this machine that keeps what it gets, certificates of our own, and the
//! configuration that leads to it.
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mail/server.py");
/// The CI machine is slow.
const PATIENCE: Duration = Duration::from_secs(90);

/// Ends when it is dropped.
pub struct MailServer {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<std::process::ChildStdout>,
    folder: tempfile::TempDir,
    pub port: u16,
}

/// The Python that has aiosmtpd, Debian's before others. `None`, said loudly, where none has.
fn python() -> Option<&'static str> {
    static FOUND: OnceLock<Option<&'static str>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let has = |python: &&str| {
            let mut command = Command::new(python);
            command.args(["-c", "import aiosmtpd"]).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        let found = ["/usr/bin/python3", "python3"].into_iter().find(has);
        if found.is_none() {
            eprintln!("skipped: needs a mail server (Debian: python3-aiosmtpd)");
        }
        found
    })
}

impl MailServer {
    /// `options` of the script.
    pub fn start(options: &[&str]) -> Option<MailServer> {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(python()?)
            .arg(SCRIPT)
            .arg(folder.path())
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It warns of logins without TLS, which are wanted here.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let commands = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let port = line(&mut answers).parse().unwrap();
        let mut server = MailServer { child, commands, answers, folder, port };
        if !options.contains(&"--closed") {
            server.heard("open");
        }
        Some(server)
    }

    /// Lets a server that was bound and did not listen begin.
    pub fn open(&mut self) {
        writeln!(self.commands, "open").unwrap();
        self.heard("open");
    }

    fn heard(&mut self, word: &str) {
        assert_eq!(line(&mut self.answers), word);
    }

    /// All mails so far, oldest first.
    pub fn mails(&self) -> Vec<Value> {
        let names = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut names: Vec<PathBuf> = names.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
        names.sort();
        names.iter().map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect()
    }

    /// The mails once there are `count`.
    pub fn wait_for(&self, count: usize) -> Vec<Value> {
        let end = Instant::now() + PATIENCE;
        loop {
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            assert!(Instant::now() < end, "{} of {count} mails came", mails.len());
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// `[notify]` that leads here, with `more` keys.
    pub fn notify(&self, more: &str) -> String {
        format!(
            "[notify]\ntransport = \"smtp\"\nemail_sender = \"pi@sky.example\"\nemail_report = \"owner@home.example\"\n\
             smtp_host = \"localhost\"\nsmtp_port = {}\nsmtp_security = \"none\"\n{more}",
            self.port
        )
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // Our own child; one that has ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(answers: &mut impl BufRead) -> String {
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

pub fn subjects(mails: &[Value]) -> Vec<&str> {
    mails.iter().map(|mail| mail["subject"].as_str().unwrap()).collect()
}

/// An authority of our own, `ca.pem`, and a server's certificate by it, `cert.pem` with `key.pem`.
pub struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    /// For the server called `name`. `None`, said loudly, without openssl.
    pub fn of(name: &str) -> Option<Certificates> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ext"), format!("subjectAltName=DNS:{name}\n")).unwrap();
        let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout";
        for arguments in [
            format!("req -x509 {new_key} ca.key -out ca.pem -days 2 -subj /CN=Home"),
            format!("req {new_key} key.pem -out request -subj /CN=mail"),
            "x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile ext".into(),
        ] {
            let mut openssl = Command::new("openssl");
            openssl.args(arguments.split(' ')).current_dir(folder.path()).stdin(Stdio::null());
            let Ok(done) = openssl.output() else {
                eprintln!("skipped: needs openssl");
                return None;
            };
            assert!(done.status.success(), "{arguments}: {}", String::from_utf8_lossy(&done.stderr));
        }
        Some(Certificates { folder })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What makes a server use them.
    pub fn options(&self, tls: &str) -> Vec<String> {
        let file = |name: &str| self.path(name).display().to_string();
        ["--tls", tls, "--cert", &file("cert.pem"), "--key", &file("key.pem")].map(str::to_owned).to_vec()
    }
}

/// A file with a secret, for its owner alone.
pub fn secret(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
