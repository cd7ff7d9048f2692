//! `hosts …`: other machines that snapshots are taken of over ssh: added, listed, tested, taken out.
use std::io::{self, BufRead, IsTerminal, Write};

use clap::Subcommand;

use super::Session;
use super::reading::ReadingSession;
use super::screen::{Speech, say};
use super::watch::Watch;
use crate::api::list::Items;
use crate::api::snapshot::HostRemoved;
use crate::domain::failure::{Code, Failure};
use crate::domain::host::address::Address;
use crate::domain::host::remote_path::RemotePath;
use crate::domain::host::settings::{HostName, Remote};
use crate::host::host_key::HostKey;
use crate::work::hosts::add::{self, Added};
use crate::work::hosts::list::{self, HostLine};
use crate::work::hosts::{host_key, remove, test};

#[derive(Debug, Subcommand)]
pub enum Hosts {
    /// Add another machine, or confirm its new host key: shows its fingerprint, and then the line that lets us in there
    Add {
        name: HostName,
        /// Like pi@192.168.1.20, or an alias of your ssh settings
        address: Address,
        /// The folder that is taken: ~/ for the home there, a folder below it, or a path from / [default: ~/]
        #[arg(long, value_name = "DIR")]
        path: Option<RemotePath>,
        /// Of its ssh server [default: as ssh knows it]
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        port: Option<u16>,
        /// Its host key, as the host itself shows it; without this you are asked
        #[arg(long, value_name = "SHA256:...")]
        fingerprint: Option<String>,
    },
    /// All hosts, with the lines for their authorized_keys
    List,
    /// Go the whole way to a host once, and say what is wrong; exit code 1 when something is
    Test { name: HostName },
    /// Take a host out of the configuration; its snapshots stay on the drive
    Remove { name: HostName },
}

impl Session {
    pub(super) fn hosts(&self, what: Hosts) -> Result<(), Failure> {
        match what {
            Hosts::Add { name, address, path, port, fingerprint } => {
                let remote = Remote { port, ..Remote::new(address, path.unwrap_or_else(RemotePath::home)) };
                add::refuse_taken(&self.tools, &name, &remote)?;
                let found = host_key::ask(&self.tools, &name, &remote, &Watch::new())?;
                let confirmed = match fingerprint {
                    Some(fingerprint) => host_key::confirm(found, &fingerprint)?,
                    None => self.confirm(&remote, found)?,
                };
                let added = add::add(&self.tools, &name, &remote, &confirmed)?;
                self.screen.show(&added, |out| self::added(&added, out))
            }
            Hosts::Remove { name } => {
                remove::remove(&self.tools, &name)?;
                self.screen.show(&HostRemoved::now(&name), |out| {
                    writeln!(out, "{name} is no longer in the configuration; its snapshots stay on the drive")
                })
            }
            Hosts::Test { name } => self.reading().test_host(&name),
            Hosts::List => self.reading().list_hosts(),
        }
    }

    /// Shows the host key and asks whether it is the one of the host.
    pub(super) fn confirm(&self, remote: &Remote, found: HostKey) -> Result<HostKey, Failure> {
        let HostKey { kind, fingerprint, .. } = &found;
        let advice = format!(
            "Compare it on the host itself with: ssh-keygen -lf /etc/ssh/ssh_host_{}_key.pub. Then say: --fingerprint {fingerprint}",
            kind.to_lowercase()
        );
        let message =
            format!("the host key of {} is {kind} {fingerprint}, and nobody has confirmed it", remote.address);
        let unconfirmed = Failure { code: Code::Usage, message, advice };
        if self.screen.speech == Speech::Json || !io::stdin().is_terminal() {
            return Err(unconfirmed);
        }
        say(&format!("The host key of {} is {kind} {fingerprint}", remote.address));
        say(&format!("On the host itself: ssh-keygen -lf /etc/ssh/ssh_host_{}_key.pub", kind.to_lowercase()));
        say("Is it the same there? [y/N]");
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        match answer.trim() {
            "y" | "Y" | "yes" if read.is_ok() => Ok(found),
            _ => Err(unconfirmed),
        }
    }
}

impl ReadingSession {
    /// Asks no host anything.
    pub(super) fn list_hosts(&self) -> Result<(), Failure> {
        let hosts = list::list(&self.tools);
        self.screen.show(&Items::all(&hosts), |out| {
            if hosts.is_empty() {
                return writeln!(out, "no host is configured: `allsky-backups hosts add NAME USER@HOST` adds one");
            }
            hosts.iter().try_for_each(|host| line(host, out))
        })
    }

    pub(super) fn test_host(&self, name: &HostName) -> Result<(), Failure> {
        let tested = test::test(&self.tools, name, &Watch::new())?;
        self.screen.show(&tested, |out| {
            let names = crate::base::counted::counted(tested.names, "name");
            writeln!(out, "{name} is ready: {} has {names} at its top", tested.place.display())?;
            if tested.restricted {
                writeln!(out, "our key may only read this folder")?;
            }
            Ok(())
        })
    }
}

fn added(added: &Added, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} is added; its host key is {}", added.host, added.fingerprint)?;
    writeln!(out, "Put this line into ~/.ssh/authorized_keys on the host, for the user of {}:", added.address)?;
    writeln!(out, "\n{}\n", added.authorized_keys)?;
    writeln!(
        out,
        "It lets this program read that folder and nothing else. rrsync comes with rsync; where the host has none,"
    )?;
    writeln!(out, "leave the part command=\"...\" out. Then try it: allsky-backups hosts test {}", added.host)
}

fn line(host: &HostLine, out: &mut dyn Write) -> io::Result<()> {
    let place = host.destination.as_ref().map_or_else(|| "nowhere".to_owned(), ToString::to_string);
    writeln!(out, "{}  {}  on {place}", host.host, host.place.display())?;
    if let Some(fingerprint) = &host.fingerprint {
        writeln!(out, "    host key {fingerprint}")?;
    }
    if let Some(line) = &host.authorized_keys {
        writeln!(out, "    {line}")?;
    }
    Ok(())
}
