//! Configure a destination: a drive comes into the configuration, or goes out of it. Nothing on the drive is touched.
//!
//! Invariant: a path is judged before it is saved, by its name and by the table of mounts.
use std::path::{Path, PathBuf};

use super::machine::machine;
use crate::base::resolved::follow;
use crate::domain::destination::{DestinationName, named};
use crate::domain::drives::verdict::{Unfit, right_to_write};
use crate::domain::failure::{Advice, Code};
use crate::domain::plan::name::PlanName;
use crate::domain::settings::edit::CannotEdit;
use crate::domain::settings::{Reading, destination_edit};
use crate::work::Tools;
use crate::work::settings::save::{self, Unsaved};

/// Why the list of drives stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no place for a configuration file, because no home folder is known")]
    NoFile,
    #[error("{}: a path begins with / and is one line of text", .0.display())]
    NoPath(PathBuf),
    #[error("{}: {}", .path.display(), .why.reason())]
    Unfit { path: PathBuf, why: Unfit },
    #[error("{}: this is the folder of {what}", .path.display())]
    Taken { path: PathBuf, what: String },
    #[error("there is a destination {0} already")]
    TwoOfOneName(DestinationName),
    #[error("there is no destination {0} in the configuration")]
    NotThere(DestinationName),
    #[error("the plan {plan} keeps its archives on {name}")]
    NeededByPlan { name: DestinationName, plan: PlanName },
    #[error("nights go to {0}, because destination in [nights] names it")]
    NeededByNights(DestinationName),
    #[error("{0} has a program that mounts it")]
    HasProgram(DestinationName),
    #[error(transparent)]
    Edit(#[from] CannotEdit),
    #[error(transparent)]
    Unsaved(#[from] Unsaved),
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::NoFile => Code::NotReady,
            Error::NotThere(_) => Code::NotFound,
            Error::NeededByPlan { .. } | Error::NeededByNights(_) | Error::HasProgram(_) | Error::Edit(_) => {
                Code::Protected
            }
            Error::Unsaved(unsaved) => unsaved.code(),
            Error::NoPath(_) | Error::Unfit { .. } | Error::Taken { .. } | Error::TwoOfOneName(_) => Code::Usage,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::NoFile => "Name a file with --config.".into(),
            Error::NoPath(_) => "Write the whole path of a folder on the drive, like /mnt/backup.".into(),
            Error::Unfit { path, why } => unfit(path, *why),
            Error::Taken { .. } => "Choose another folder on the drive; two things never share one.".into(),
            Error::TwoOfOneName(_) => "Choose another name; nothing was changed.".into(),
            Error::NotThere(_) => "It may have been removed meanwhile; load the page again.".into(),
            Error::NeededByPlan { plan, .. } => {
                format!("Let the plan {plan} keep its archives elsewhere first; nothing was changed.")
            }
            Error::NeededByNights(_) => {
                "Name another drive there first, or leave the line out: nights then go to the first of the list.".into()
            }
            Error::HasProgram(_) => {
                "What runs programs is changed in the configuration file alone: take its [[destination]] out there."
                    .into()
            }
            Error::Edit(_) => "The list of drives is written in a way of its own: change it in the file itself.".into(),
            Error::Unsaved(unsaved) => unsaved.advice(),
        }
    }
}

fn unfit(path: &Path, why: Unfit) -> String {
    match why {
        Unfit::System | Unfit::Web | Unfit::Camera => "Choose a folder on a drive of its own.".into(),
        Unfit::SystemDisk => {
            "Plug the drive in and mount it there first, or choose the folder where it is mounted.".into()
        }
        Unfit::Boot | Unfit::CameraDisk | Unfit::Memory | Unfit::NoDrive => "Choose another drive.".into(),
        Unfit::ReadOnly => "Mount it writable. A disk that turns read-only by itself is often failing.".into(),
        Unfit::ShutHere => format!(
            "When it can be written to in a terminal, the service lacks the right. This gives it: {}",
            right_to_write(path)
        ),
    }
}

/// Puts a drive at the end of the list.
pub fn add(tools: &Tools, name: &DestinationName, path: &Path) -> Result<(), Error> {
    let text = path.to_str().filter(|text| path.is_absolute() && !text.chars().any(char::is_control));
    let text = text.ok_or_else(|| Error::NoPath(path.to_owned()))?;
    let machine = machine(tools);
    let real = |path: &Path| follow(path, &machine.mounts);
    let here = real(path);
    machine.judge(&here).map_err(|why| Error::Unfit { path: path.to_owned(), why })?;
    let taken = |what: &str| Error::Taken { path: path.to_owned(), what: what.to_owned() };
    let own = [(tools.folder.path(), "the backups folder"), (tools.state_dir.as_path(), "the history of this program")];
    if let Some((_, what)) = own.iter().find(|(own, _)| here.starts_with(real(own)) || real(own).starts_with(&here)) {
        return Err(taken(what));
    }
    if let Some(other) = tools.drives.iter().find(|other| real(&other.drive.path) == here) {
        return Err(taken(other.name.as_str()));
    }
    if name.is_backups() || tools.drives.iter().any(|other| other.name == *name) {
        return Err(Error::TwoOfOneName(name.clone()));
    }
    change(tools, |before| Ok(destination_edit::add(before, name, text)?))
}

/// Takes a drive out of the list.
pub fn remove(tools: &Tools, name: &DestinationName) -> Result<(), Error> {
    change(tools, |before| {
        let settings = Reading::of(before).settings;
        let one = named(&settings.destinations, Some(name)).ok_or_else(|| Error::NotThere(name.clone()))?;
        if let Some(plan) = settings.plans.iter().find(|plan| plan.destination == *name) {
            return Err(Error::NeededByPlan { name: name.clone(), plan: plan.name.clone() });
        }
        if settings.nights.destination.as_ref() == Some(name) {
            return Err(Error::NeededByNights(name.clone()));
        }
        if !one.mount_command.is_empty() {
            return Err(Error::HasProgram(name.clone()));
        }
        Ok(destination_edit::remove(before, name)?)
    })
}

/// Saves what `edit` makes of the configuration, by the rules of every change from a page.
fn change(tools: &Tools, edit: impl FnOnce(&str) -> Result<String, Error>) -> Result<(), Error> {
    let file = tools.config.as_deref().ok_or(Error::NoFile)?;
    let now = save::look(file)?;
    let text = edit(&now.text)?;
    Ok(save::save(file, &now.digest, &text)?)
}
