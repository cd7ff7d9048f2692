//! Finds the configuration, and reads it.
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::options::Options;
use crate::domain::settings::{Reading, Settings};
use crate::work::settings::{self, Mistaken};

/// The file of the service.
const CONFIG: &str = "/etc/allsky-backups/config.toml";

/// A configuration and everything that is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Configured {
    /// `None` when there is no file, and defaults count.
    pub file: Option<PathBuf>,
    pub reading: Reading,
}

impl Configured {
    /// The settings, when nothing is wrong with them.
    pub fn settings(self) -> Result<Settings, Error> {
        match self.mistaken() {
            None => Ok(self.reading.settings),
            Some(mistaken) => Err(mistaken.into()),
        }
    }

    pub fn mistaken(&self) -> Option<Mistaken> {
        let mistakes = self.reading.mistakes.clone();
        (!mistakes.is_empty()).then(|| Mistaken { file: self.file.clone().unwrap_or_default(), mistakes })
    }
}

/// Reads the file that counts. One that was named must be there; the ones that we look for ourselves
/// need not.
pub fn read(options: &Options, env: &dyn Fn(&str) -> Option<OsString>) -> Result<Configured, Error> {
    let Some(path) = find(options, env) else { return Ok(Configured::default()) };
    match settings::check(&path) {
        Ok(reading) => Ok(Configured { file: Some(path), reading }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let reading = Reading { mistakes: vec![settings::missing()], ..Reading::default() };
            Ok(Configured { file: Some(path), reading })
        }
        Err(source) => Err(Error::Config { path, source }),
    }
}

/// The configuration file that was named, or the first that exists.
pub fn find(options: &Options, env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(path) = options.config.clone().or_else(|| env("AB_CONFIG").map(PathBuf::from)) {
        return Some(path);
    }
    // A file that exists but cannot be read is an error, so it is not passed over.
    let is_there = |path: &PathBuf| !matches!(path.try_exists(), Ok(false));
    own(env).into_iter().chain([PathBuf::from(CONFIG)]).find(is_there)
}

/// The configuration file in use, or the place where one would be made.
pub fn place(options: &Options, env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    find(options, env).or_else(|| own(env))
}

/// The file of the user who runs the program.
fn own(env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let dir = env("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| env("HOME").map(|h| Path::new(&h).join(".config")));
    dir.map(|dir| dir.join("allsky-backups/config.toml"))
}

/// What names a folder in the place of the file, or before it: `command line`, `environment`.
pub fn overruled_by(path: &str, options: &Options, env: &dyn Fn(&str) -> Option<OsString>) -> Option<&'static str> {
    let (typed, variable) = match path {
        "site.home" => (&options.site, Some("ALLSKY_HOME")),
        "backups.dir" => (&options.backups, None),
        "state.dir" => (&options.state, None),
        _ => return None,
    };
    if typed.is_some() {
        return Some("command line");
    }
    variable.and_then(env).map(|_| "environment")
}
