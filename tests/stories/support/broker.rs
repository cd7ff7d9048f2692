//! A real broker of MQTT on this machine, and somebody who listens to all that is told there.
use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::mail_server::Certificates;
use super::terminal::wait_until;

const MOSQUITTO: &str = "/usr/sbin/mosquitto";
/// Of the one user, where there is one.
pub const PASSWORD: &str = "canary-password";

/// Ends when it is dropped.
pub struct Broker {
    folder: tempfile::TempDir,
    pub port: u16,
    running: Vec<Child>,
    options: Vec<String>,
}

/// What somebody heard last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// It lay on the broker.
    pub retained: bool,
    pub topic: String,
    pub text: String,
}

impl Broker {
    /// Lets everybody in. `None`, said loudly, without mosquitto.
    pub fn start() -> Option<Broker> {
        Broker::with("allow_anonymous true\n")
    }

    /// Lets in `sky` with [`PASSWORD`] alone.
    pub fn with_login() -> Option<Broker> {
        Broker::with("allow_anonymous false\npassword_file FOLDER/users\n")
    }

    /// With a certificate of our own authority.
    pub fn with_tls(certificates: &Certificates) -> Option<Broker> {
        let file = |name: &str| certificates.path(name).display().to_string();
        let text = format!("allow_anonymous true\ncertfile {}\nkeyfile {}\n", file("cert.pem"), file("key.pem"));
        let mut broker = Broker::with(&text)?;
        broker.options = vec!["--cafile".into(), file("ca.pem"), "--insecure".into()];
        Some(broker)
    }

    fn with(more: &str) -> Option<Broker> {
        if !PathBuf::from(MOSQUITTO).exists() {
            eprintln!("skipped: needs a broker (Debian: mosquitto and mosquitto-clients)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut broker = Broker { folder, port, running: Vec::new(), options: Vec::new() };
        let place = broker.folder.path().display().to_string();
        if more.contains("users") {
            let users = format!("{place}/users");
            let made = Command::new("mosquitto_passwd").args(["-b", "-c", &users, "sky", PASSWORD]).status().unwrap();
            assert!(made.success());
            broker.options = ["-u", "sky", "-P", PASSWORD].map(str::to_owned).to_vec();
        }
        // A broker that is started by root would give its rights away, and then not read its files.
        let text = format!("user root\nlistener {port} 127.0.0.1\n{}", more.replace("FOLDER", &place));
        fs::write(broker.folder.path().join("conf"), text).unwrap();
        broker.open();
        Some(broker)
    }

    /// Begins, or begins again, with nothing kept.
    pub fn open(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let mut mosquitto = Command::new(MOSQUITTO);
        mosquitto.args(["-c"]).arg(self.folder.path().join("conf")).stdin(Stdio::null()).stdout(Stdio::null());
        self.running.insert(0, mosquitto.stderr(log).spawn().unwrap());
        let port = self.port;
        wait_until("the broker is there", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    }

    /// Goes away, with everybody who listens.
    pub fn shut(&mut self) {
        for mut child in self.running.drain(..) {
            // Our own child; one that has ended is fine.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Writes down all that is told from now on, and what lies there.
    pub fn listen(&mut self) -> Listener {
        let number = self.running.len();
        let path = self.folder.path().join(format!("heard-{number}"));
        let file = fs::File::create(&path).unwrap();
        let mut client = self.client("stdbuf");
        client.args(["-oL", "mosquitto_sub"]);
        self.to(&mut client);
        client.args(["-t", "#", "-F", "%r\t%t\t%p"]).stdout(file);
        self.running.push(client.spawn().unwrap());
        let listener = Listener { path };
        let marker = format!("listening/{number}");
        wait_until("somebody listens", || {
            self.tell(&marker, "yes");
            listener.all().iter().any(|heard| heard.topic == marker)
        });
        listener
    }

    /// Somebody else tells something.
    pub fn tell(&self, topic: &str, text: &str) {
        self.publish(topic, text, &[]);
    }

    /// [`Broker::tell`] for what the broker keeps.
    pub fn keep(&self, topic: &str, text: &str) {
        self.publish(topic, text, &["-r"]);
    }

    fn publish(&self, topic: &str, text: &str, more: &[&str]) {
        let mut client = self.client("mosquitto_pub");
        self.to(&mut client);
        client.args(["-q", "1", "-t", topic, "-m", text]).args(more);
        assert!(client.status().unwrap().success());
    }

    fn client(&self, program: &str) -> Command {
        let mut client = Command::new(program);
        client.stdin(Stdio::null()).stderr(Stdio::null());
        client
    }

    fn to(&self, client: &mut Command) {
        client.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).args(&self.options);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.shut();
    }
}

pub struct Listener {
    path: PathBuf,
}

impl Listener {
    /// Oldest first.
    pub fn all(&self) -> Vec<Heard> {
        let text = fs::read_to_string(&self.path).unwrap();
        // The last line may be half a line.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let heard = |line: &str| {
            let mut parts = line.splitn(3, '\t').map(str::to_owned);
            let (retained, topic) = (parts.next()? == "1", parts.next()?);
            Some(Heard { retained, topic, text: parts.next()? })
        };
        whole.lines().filter_map(heard).collect()
    }

    /// What was told last in each topic; a topic that was removed is none.
    pub fn last(&self) -> BTreeMap<String, String> {
        let mut last = BTreeMap::new();
        for heard in self.all() {
            match heard.text.is_empty() {
                true => drop(last.remove(&heard.topic)),
                false => drop(last.insert(heard.topic, heard.text)),
            }
        }
        last.retain(|topic, _| !topic.starts_with("listening/"));
        last
    }

    pub fn wait_for(&self, topic: &str, text: &str) {
        wait_until(&format!("{topic} is {text:?}"), || self.last().get(topic).is_some_and(|told| told == text));
    }
}
