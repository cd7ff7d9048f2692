//! What can go wrong with hosts over ssh, besides what snapshots of them meet.
use std::io;

use crate::domain::failure::{Advice, Code};
use crate::domain::host::remote_error::RemoteError;
use crate::domain::host::settings::HostName;
use crate::domain::monitor::Cancelled;
use crate::domain::plan::name::PlanName;
use crate::domain::settings::edit::CannotEdit;
use crate::host::rsync;
use crate::work::settings::save::Unsaved;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error(transparent)]
    Rsync(#[from] rsync::Error),
    #[error("there is no host {0}")]
    NoHost(HostName),
    #[error("{0} is a folder of this machine")]
    NotOverSsh(HostName),
    #[error("there is another host {0} already")]
    TwoOfOneName(HostName),
    #[error("the host key is another one than the one that was confirmed: it is {found}")]
    OtherFingerprint { found: String },
    #[error("the plan {plan} takes snapshots of {host}")]
    NeededByPlan { host: HostName, plan: PlanName },
    #[error("the plan {0} sends nothing to another machine")]
    NoTarget(PlanName),
    #[error("the target is the host {0} of the configuration")]
    IsHost(HostName),
    #[error("known_hosts of the remote of {0} names the file of its host keys")]
    KnownElsewhere(PlanName),
    #[error("there is no place for a configuration file, because no home folder is known")]
    NoFile,
    #[error(transparent)]
    Edit(#[from] CannotEdit),
    #[error(transparent)]
    Unsaved(#[from] Unsaved),
    #[error("a key for the host could not be made: {0}")]
    Keygen(String),
    #[error("the files of the host could not be kept in the state folder")]
    Io(#[from] io::Error),
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Remote(e) => e.code(),
            Error::Rsync(e) => e.code(),
            Error::Unsaved(e) => e.code(),
            Error::NoHost(_) | Error::NoTarget(_) => Code::NotFound,
            Error::NotOverSsh(_) | Error::TwoOfOneName(_) | Error::IsHost(_) | Error::KnownElsewhere(_) => Code::Usage,
            Error::OtherFingerprint { .. } => Code::Refused,
            Error::NeededByPlan { .. } | Error::Edit(_) => Code::Protected,
            Error::NoFile | Error::Io(_) => Code::NotReady,
            Error::Keygen(_) => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Remote(e) => return e.advice(),
            Error::Rsync(e) => return e.advice(),
            Error::Unsaved(e) => return e.advice(),
            Error::NeededByPlan { plan, .. } => {
                return format!("Take it out of the plan {plan} first; nothing was changed.");
            }
            Error::Cancelled(_) => "Nothing was changed.",
            Error::NoHost(_) => "`allsky-backups hosts list` names all.",
            Error::NotOverSsh(_) => "There is no way to it that could be tested; `snapshots take NAME --dry-run` looks at it.",
            Error::TwoOfOneName(_) => "Choose another name; nothing was changed.",
            Error::OtherFingerprint { .. } => {
                "Nothing was changed. Compare it with what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` says on the host itself."
            }
            Error::NoTarget(_) => "`allsky-backups plans show PLAN` shows what it does.",
            Error::IsHost(_) => "Confirm its host key with `allsky-backups hosts add`.",
            Error::KnownElsewhere(_) => "Put the host key into that file, or leave known_hosts out.",
            Error::NoFile => "Name a file with --config.",
            Error::Edit(_) => "The list of hosts is written in a way of its own: change it in the file itself.",
            Error::Keygen(_) => "Install it: sudo apt install openssh-client.",
            Error::Io(_) => "Check who may write to the state folder.",
        }
        .to_owned()
    }
}
