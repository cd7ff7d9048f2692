//! Root at work on backups that belong to somebody else, as after `sudo allsky-backups create config`.
//!
//! Most verbs need nothing of root: they run as the owner, with his groups, so that what they make is his, and so
//! that nothing that the owner could name in his own files is read with the rights of root. The few verbs that may
//! need root keep its rights, and what they make goes to the owner of the folder (`base::handover`).
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::args::Verb;
use super::screen::say;
use super::snapshots::Snapshots;
use crate::app::{self, Options};
use crate::base::handover::{Account, is_root, name_of};
use crate::domain::failure::{Code, Failure};

/// Changes the user and starts a program; a part of every Debian.
const SETPRIV: &str = "setpriv";

/// User and group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner {
    user: u32,
    group: u32,
}

/// Returns when this process goes on as it is. Else the program begins again as the owner, in this very process.
pub(super) fn act_as_owner(verb: &Verb, options: &Options) -> Result<(), Failure> {
    if !is_root() || matches!(verb, Verb::Demo(_) | Verb::Serve { .. } | Verb::Config(_)) {
        return Ok(());
    }
    // What is wrong with the configuration is told by the verb itself.
    let Ok(places) = app::places(options) else { return Ok(()) };
    let [backups, state] = [&places.backups, &places.state].map(|path| owner_of(path));
    match backups.filter(|owner| owner.user != 0) {
        Some(owner) if backups == state && !may_need_root(verb) => begin_again(owner, &places.backups),
        Some(owner) => {
            let (path, name) = (places.backups.display(), name_of(owner.user));
            say(&format!(
                "note: this runs as root and {path} belongs to {name}: what is made there is given to {name}."
            ));
            Ok(())
        }
        None => Ok(()),
    }
}

/// These put files where root alone may put them, or take and give files that root alone may read and write.
fn may_need_root(verb: &Verb) -> bool {
    matches!(
        verb,
        Verb::Snapshots(Snapshots::Restore { .. })
            | Verb::Restore(_)
            | Verb::Undo { .. }
            | Verb::Recover { .. }
            | Verb::Import { .. }
            | Verb::Extract { .. }
    )
}

/// The owner of `path`, or of the folder in which it will be made.
fn owner_of(path: &Path) -> Option<Owner> {
    let looks = path.ancestors().find_map(|place| place.metadata().ok())?;
    Some(Owner { user: looks.uid(), group: looks.gid() })
}

/// Only comes back when it fails.
fn begin_again(owner: Owner, backups: &Path) -> Result<(), Failure> {
    let (name, account) = (name_of(owner.user), Account::of(owner.user));
    say(&format!("note: {} belongs to {name}, so this runs as {name}.", backups.display()));
    let failed = |why: std::io::Error| Failure {
        code: Code::Failed,
        message: format!("{} belongs to {name}, and this could not be started as {name}: {why}", backups.display()),
        advice: format!("Run it as {name} yourself, without sudo, or with: sudo -u {name} allsky-backups."),
    };
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(SETPRIV);
    let group = account.as_ref().map_or(owner.group, |account| account.group);
    command.args(["--reuid", &owner.user.to_string(), "--regid", &group.to_string()]);
    command.arg(if account.is_some() { "--init-groups" } else { "--clear-groups" });
    command.arg("--").arg(program).args(std::env::args_os().skip(1));
    command.env("USER", &name).env("LOGNAME", &name);
    if let Some(account) = account {
        command.env("HOME", account.home);
    }
    Err(failed(command.exec()))
}
