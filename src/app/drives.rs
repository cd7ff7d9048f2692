//! The drives of the configuration, and the one that the command line names.
use super::error::Error;
use super::options::Options;
use super::{Places, absolute};
use crate::destination::drive::Mounting;
use crate::destination::named_drive::NamedDrive;
use crate::domain::destination::{self, DestinationName, DestinationSettings};
use crate::domain::settings::Settings;
use crate::work::nights::chosen;

/// The drives of the configuration, each with what was chosen for its path.
pub(super) fn of(places: &Places) -> Vec<NamedDrive> {
    let one = |one: &DestinationSettings| {
        let mounting = if one.require_mount { Mounting::Required } else { Mounting::AnyFolder };
        let drive = chosen::drive(&places.state, one.path.clone(), mounting);
        NamedDrive { name: one.name.clone(), drive, mount_command: one.mount_command.clone() }
    };
    places.destinations.iter().map(one).collect()
}

/// The list of the file; a path on the command line is that of the drive of the nights.
pub(super) fn wanted(settings: &Settings, options: &Options) -> Result<Vec<DestinationSettings>, Error> {
    let mut all = settings.destinations.clone();
    if let Some(path) = options.dest.clone() {
        let name = destination::named(&all, settings.nights.destination.as_ref()).map(|one| one.name.clone());
        match all.iter_mut().find(|one| Some(&one.name) == name.as_ref()) {
            Some(one) => one.path = path,
            None => all.push(DestinationSettings::new(DestinationName::unnamed(), path)),
        }
    }
    for one in &mut all {
        one.path = absolute(&one.path)?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::domain::settings::Reading;

    #[test]
    fn a_drive_on_the_command_line_takes_the_place_of_that_of_the_nights() {
        let lists = "[[destination]]\nname = \"usb\"\npath = \"/a\"\n[[destination]]\nname = \"nas\"\npath = \"/b\"\n\
                     require_mount = false\n[nights]\ndestination = \"nas\"\n";
        let of = |text: &str, dest: Option<&str>| {
            let options = Options { dest: dest.map(PathBuf::from), ..Options::default() };
            let all = wanted(&Reading::of(text).settings, &options).unwrap();
            all.iter()
                .map(|one| format!("{} {} {}", one.name, one.path.display(), one.require_mount))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(lists, None), ["usb /a true", "nas /b false"]);
        assert_eq!(of(lists, Some("/c")), ["usb /a true", "nas /c false"]);
        assert_eq!(of("", Some("/c")), ["drive /c true"]);
        assert_eq!(of("", None), [""; 0]);
    }
}
