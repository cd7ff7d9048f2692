//! Another machine: a real ssh server on this one, with a port, host keys and authorized keys of its own.
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::host_rig::{HostRig, hour};
use super::terminal::wait_until;

pub struct FarHost {
    dir: tempfile::TempDir,
    pub port: u16,
    server: Option<Child>,
}

impl FarHost {
    /// Lets nobody in yet.
    pub fn new() -> FarHost {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut host = FarHost { dir, port, server: None };
        host.new_host_key();
        fs::write(host.path("authorized_keys"), "").unwrap();
        host.begin("");
        host
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// As after a new installation; counts from the next start on.
    pub fn new_host_key(&self) {
        let key = self.path("host_key");
        let _ = (fs::remove_file(&key), fs::remove_file(self.path("host_key.pub")));
        keygen(&key);
    }

    /// Starts the server, with `more` in its configuration.
    pub fn begin(&mut self, more: &str) {
        self.end();
        // Where root starts a server it wants this folder.
        let _ = fs::create_dir_all("/run/sshd");
        let at = |name: &str| self.path(name).display().to_string();
        let text = format!(
            "{more}\nPort {}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\nPermitRootLogin yes\nMaxStartups 100\nLogLevel QUIET\n",
            self.port,
            at("host_key"),
            at("authorized_keys")
        );
        fs::write(self.path("sshd_config"), text).unwrap();
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|file| Path::new(file).exists());
        let mut command = Command::new(sshd.expect("openssh-server is installed"));
        command.args(["-D", "-e", "-f"]).arg(self.path("sshd_config")).stdin(Stdio::null()).stderr(Stdio::null());
        self.server = Some(command.spawn().unwrap());
        wait_until("the ssh server listens", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }

    /// Switches it off; connections that there are go on.
    pub fn end(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    pub fn authorize(&self, line: &str) {
        fs::write(self.path("authorized_keys"), format!("{line}\n")).unwrap();
    }

    /// Whoever runs the stories.
    pub fn address(&self) -> String {
        format!("{}@127.0.0.1", user())
    }

    /// As `ssh-keygen` on the host shows it.
    pub fn fingerprint(&self) -> String {
        let said = Command::new("ssh-keygen").arg("-lf").arg(self.path("host_key.pub")).output().unwrap();
        String::from_utf8(said.stdout).unwrap().split(' ').nth(1).unwrap().to_owned()
    }
}

impl Drop for FarHost {
    fn drop(&mut self) {
        self.end();
    }
}

fn user() -> String {
    String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_owned()
}

fn keygen(file: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).status().unwrap();
    assert!(made.success());
}

/// How our key may be used at the other machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum KeyFor {
    Everything,
    /// As the line says that the program prints.
    TheFolder,
}

/// The folder `home` of a terminal as the folder of another machine, `pi`.
pub struct SshRig {
    pub rig: HostRig,
    pub far: FarHost,
}

impl SshRig {
    pub fn new() -> SshRig {
        SshRig::with(KeyFor::Everything, "")
    }

    /// With `keys` of the host.
    pub fn with(key: KeyFor, keys: &str) -> SshRig {
        SshRig::of(HostRig::new(), FarHost::new(), key, keys)
    }

    pub fn of(rig: HostRig, far: FarHost, key: KeyFor, keys: &str) -> SshRig {
        let config = rig.terminal.path("nobody/.config/allsky-backups/config.toml");
        let text = fs::read_to_string(&config).unwrap();
        let drive = text.split("[[host]]").next().unwrap();
        fs::write(&config, drive).unwrap();
        let rig = SshRig { rig, far };
        let added = rig.add();
        let line = added["authorized_keys"].as_str().unwrap();
        rig.far.authorize(match key {
            KeyFor::TheFolder => line,
            KeyFor::Everything => &line[line.find("ssh-ed25519").unwrap()..],
        });
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, format!("{text}timeout_s = 20\n{keys}")).unwrap();
        rig
    }

    /// As its owner does it, with the fingerprint that the host shows.
    pub fn add(&self) -> Value {
        let (address, home) = (self.far.address(), self.rig.home.display().to_string());
        let (port, fingerprint) = (self.far.port, self.far.fingerprint());
        self.rig
            .terminal
            .ask(&format!("hosts add pi {address} --path {home} --port {port} --fingerprint {fingerprint}"))
    }

    /// Why it does not work, as the test of the way and as a snapshot say.
    pub fn refuse(&self, n: u32, wanted: &str) {
        for line in ["hosts test pi".to_owned(), format!("snapshots take pi --now {}", hour(n))] {
            let error = self.rig.terminal.refuse(&line, 1);
            assert!(error["message"].as_str().unwrap().contains(wanted), "{line}: {error}, not {wanted}");
        }
    }
}
