//! Puts the floors together: options, configuration file and surroundings become tools.
//!
//! The command line wins over the environment, the environment over the file, the file over the
//! defaults. A camera is never guessed: one that is not where it was said to be is missing, and what needs it
//! says so.
mod caller;
mod config;
mod drives;
mod error;
mod options;
mod reading;
mod renewed;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

pub use self::config::Configured;
pub use self::error::Error;
pub use self::options::Options;
pub use self::reading::{Opened, open_places_to_read, open_to_read};
pub use self::renewed::renewed;
use crate::base::digest::Sha256;
use crate::base::handover;
use crate::catalog::Catalog;
use crate::destination::folder::Folder;
use crate::destination::named_drive::NamedDrive;
use crate::domain::destination::{self, DestinationSettings};
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostSettings;
use crate::domain::nights::settings::NightSettings;
use crate::domain::notify::{NotifySettings, WayOut};
use crate::domain::plan::{self, Plan};
use crate::domain::retention::nights::Policy;
use crate::domain::server::{PanelSettings, ServerSettings};
use crate::domain::settings::{RestoreSettings, Settings};
use crate::domain::software::Software;
use crate::domain::system::System;
use crate::site::nights::{CameraChoice, IndiNights, NightSource, TeamNights};
use crate::site::wanted::Wanted;
use crate::site::{self, Site};
use crate::work::nights::NightTools;
use crate::work::{Clock, Tools};

/// Says what the service's unit lets us reach.
const NETWORK: &str = "ALLSKY_BACKUPS_NETWORK";

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    pub home: PathBuf,
    pub system: System,
    /// `flask.json` of indi-allsky, where it is not in its usual place.
    pub flask: Option<PathBuf>,
    pub nights: NightPlaces,
    pub backups: PathBuf,
    pub state: PathBuf,
    pub server: ServerSettings,
    pub panel: PanelSettings,
    /// The camera's systemd unit.
    pub unit: String,
    pub restore: RestoreSettings,
    pub notify: NotifySettings,
    pub plans: Vec<Plan>,
    pub destinations: Vec<DestinationSettings>,
    pub hosts: Vec<HostSettings>,
    pub parallel_hosts: usize,
    /// The configuration file, also when it is still to be made.
    pub config: Option<PathBuf>,
}

/// What concerns nights: where they come from, what the owner configured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NightPlaces {
    pub settings: NightSettings,
    pub policy: Policy,
    pub now: Option<Timestamp>,
}

impl NightPlaces {
    pub fn of(settings: &Settings) -> NightPlaces {
        NightPlaces { settings: settings.nights.clone(), policy: settings.retention.nights.policy(), now: None }
    }
}

/// Finds site, backups folder and state folder. Touches nothing.
pub fn places(options: &Options) -> Result<Places, Failure> {
    resolve(options, &environment).map_err(Failure::from)
}

/// The configuration that counts, with its mistakes.
pub fn configured(options: &Options) -> Result<Configured, Failure> {
    config::read(options, &environment).map_err(Failure::from)
}

/// What stands in one file; defaults when it is not there.
pub fn settings_in(file: &Path) -> Result<Settings, Failure> {
    if !file.exists() {
        return Ok(Settings::default());
    }
    let options = Options { config: Some(file.to_owned()), ..Options::default() };
    config::read(&options, &|_| None).and_then(config::Configured::settings).map_err(Failure::from)
}

/// What names a folder in the place of the file.
pub fn overruled_by(path: &str, options: &Options) -> Option<&'static str> {
    config::overruled_by(path, options, &environment)
}

fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Opens folder and catalog, and the camera when it is there. Makes the state folder (0700), nothing else.
pub fn open(options: &Options) -> Result<Arc<Tools>, Failure> {
    on_destination(open_at(places(options)?)?, options)
}

/// The tools for the destination that was named.
pub fn on_destination(tools: Arc<Tools>, options: &Options) -> Result<Arc<Tools>, Failure> {
    match &options.on {
        Some(destination) => Ok(Arc::new(tools.on(destination)?)),
        None => Ok(tools),
    }
}

/// The tools for verbs that take archives from the destination that was named and change nothing there.
pub fn from_destination(tools: Arc<Tools>, options: &Options) -> Result<Arc<Tools>, Failure> {
    match &options.on {
        Some(destination) => Ok(Arc::new(tools.taking_from(destination)?)),
        None => Ok(tools),
    }
}

/// Where everything is, for putting right what a crash left, which must not wait for somebody to mend a setting:
/// what is mistaken has its default, and so has everything where the file cannot be read: the camera must run again.
/// Also says what is mistaken.
pub fn places_for_recovery(options: &Options) -> Result<(Places, Vec<String>), Failure> {
    let (settings, told) = match config::read(options, &environment) {
        Ok(configured) => {
            let told = configured.mistaken().map(|mistaken| mistaken.lines()).unwrap_or_default();
            (configured.reading.settings, told)
        }
        Err(error) => (Settings::default(), vec![Failure::of(&error).message]),
    };
    Ok((place(settings, options, &environment)?, told))
}

/// The camera alone.
pub fn camera_at(places: &Places) -> Box<dyn Site> {
    wanted(places).open_or_wait()
}

/// Opens everything at places that are known.
pub fn open_at(places: Places) -> Result<Arc<Tools>, Failure> {
    assemble(places).map_err(Failure::from)
}

fn assemble(places: Places) -> Result<Arc<Tools>, Error> {
    handover::make_folders(&places.state, 0o700)
        .map_err(|source| Error::State { path: places.state.clone(), source })?;
    let catalog = Catalog::open(&places.state.join("catalog.db"))?;
    let folder = Folder::new(places.backups.clone());
    Ok(tools(places, folder, catalog))
}

fn tools(places: Places, folder: Folder, catalog: Catalog) -> Arc<Tools> {
    let site = wanted(&places).open_or_wait();
    let drives = drives::of(&places);
    let nights = night_tools(&places, site.as_ref(), &drives);
    Arc::new(Tools {
        site: site.into(),
        nights,
        drives,
        folder,
        plans: places.plans,
        hosts: places.hosts,
        parallel_hosts: places.parallel_hosts,
        catalog: Arc::new(catalog),
        state_dir: places.state,
        restore: places.restore,
        notify: places.notify,
        way_out: WayOut::named(environment(NETWORK).and_then(|word| word.into_string().ok()).as_deref()),
        config: places.config,
        now: clock(places.nights.now),
    })
}

fn wanted(places: &Places) -> Wanted {
    let Places { home, system, flask, unit, .. } = places.clone();
    Wanted { home, system, flask, unit }
}

/// The machine's clock, or one that starts at `start` and goes on from there.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine's clock")]
fn clock(start: Option<Timestamp>) -> Clock {
    match start {
        None => Arc::new(Zoned::now),
        Some(start) => {
            let begun = Instant::now();
            Arc::new(move || (start + begun.elapsed()).to_zoned(TimeZone::system()))
        }
    }
}

fn night_tools(places: &Places, site: &dyn Site, drives: &[NamedDrive]) -> NightTools {
    let NightPlaces { settings, policy, .. } = places.nights.clone();
    let images = settings.images.clone();
    let source: Arc<dyn NightSource> = match site::indi::find(&places.home, places.flask.as_deref()) {
        Some(found) if site.software() == Software::IndiAllsky => {
            let camera = match settings.camera.as_str() {
                "active" => CameraChoice::Active,
                uuid => CameraChoice::Uuid(uuid.to_owned()),
            };
            let database = settings.database.clone().map_or(found.database, site::indi::Database::File);
            Arc::new(IndiNights::new(database, images.unwrap_or(found.images), camera))
        }
        _ => {
            let images = images.unwrap_or_else(|| site.images_place());
            let team = TeamNights::new(&places.home, &images, TimeZone::system());
            Arc::new(match settings.database.clone() {
                Some(database) => team.with_database(database),
                None => team,
            })
        }
    };
    let name = destination::named(&places.destinations, settings.destination.as_ref()).map(|one| &one.name);
    let drive = drives.iter().find(|one| Some(&one.name) == name).cloned();
    NightTools { settings, policy, drive, ..NightTools::new(source) }
}

fn resolve(options: &Options, env: &dyn Fn(&str) -> Option<OsString>) -> Result<Places, Error> {
    place(config::read(options, env)?.settings()?, options, env)
}

fn place(settings: Settings, options: &Options, env: &dyn Fn(&str) -> Option<OsString>) -> Result<Places, Error> {
    let destinations = drives::wanted(&settings, options)?;
    let nights = NightPlaces { now: options.now, ..NightPlaces::of(&settings) };
    let system = options.system.unwrap_or(settings.site.system);
    // The variable by which indi-allsky's own units name it.
    let flask = env("INDI_ALLSKY_FLASK_CONFIG").map(PathBuf::from).or(settings.site.flask);
    let flask = flask.map(|path| absolute(&path)).transpose()?;
    let user_home = env("HOME").map(PathBuf::from);
    let home = options
        .site
        .clone()
        .or_else(|| env("ALLSKY_HOME").map(PathBuf::from))
        .or(settings.site.home)
        .or_else(|| {
            caller::home_of_camera(env, |user| usual_home(user, system).is_dir()).map(|user| usual_home(&user, system))
        })
        .ok_or(Error::Homeless("the camera", "--site"))?;
    let home = absolute(&home)?;
    let backups = match options.backups.clone().or(settings.backups.dir) {
        Some(dir) => absolute(&dir)?,
        None => home.parent().unwrap_or(&home).join("allskybackups"),
    };
    let state = match options.state.clone().or(settings.state.dir).or_else(|| systemd_state(env)) {
        Some(dir) => absolute(&dir)?,
        None => {
            let user_home = owners_home(&home).or(user_home);
            let base = env("XDG_STATE_HOME").map(PathBuf::from).or_else(|| user_home.map(|h| h.join(".local/state")));
            let base = base.ok_or(Error::Homeless("the state folder", "--state"))?;
            absolute(&base.join("allsky-backups").join(label(&home)))?
        }
    };
    let Settings { server, panel, restore, notify, plans, hosts, limits, .. } = settings;
    let config = config::place(options, env).map(|path| absolute(&path)).transpose()?;
    Ok(Places {
        home,
        system,
        flask,
        nights,
        backups,
        state,
        server,
        panel,
        unit: site::allsky::UNIT.into(),
        restore,
        notify,
        plans: plan::all(&plans),
        destinations,
        hosts,
        parallel_hosts: limits.parallel_hosts,
        config,
    })
}

/// For root at work on somebody's camera: the home of that somebody, so that both have one history.
fn owners_home(camera: &Path) -> Option<PathBuf> {
    let owner = camera.metadata().ok().filter(|_| handover::is_root())?.uid();
    (owner != 0)
        .then(|| handover::Account::of(owner))
        .flatten()
        .map(|account| account.home)
        .filter(|home| home.is_dir())
}

/// Where the installers put the camera software.
fn usual_home(user: &Path, system: System) -> PathBuf {
    let (allsky, indi) = (user.join("allsky"), user.join("indi-allsky"));
    match system {
        System::IndiAllsky => indi,
        System::Auto if !allsky.is_dir() && indi.is_dir() => indi,
        System::Auto | System::Allsky => allsky,
    }
}

/// systemd may name several folders; the first is the unit's own.
fn systemd_state(env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let all = env("STATE_DIRECTORY")?;
    let first = all.as_bytes().split(|b| *b == b':').next()?;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(first)))
}

/// Each camera has its own history and queue: `allsky-1f3a9c02`, told apart by the path of its home.
fn label(home: &Path) -> OsString {
    let sum = Sha256::of(home.as_os_str().as_bytes()).to_string();
    let mut label = home.file_name().unwrap_or_default().to_owned();
    label.push("-");
    label.push(&sum[..8]);
    label
}

/// Absolute; with `..` in it also resolved, because the folder beside `a/..` is not that beside its text.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    let wrong = |source| Error::Path { path: path.to_owned(), source };
    if path.components().any(|part| part == Component::ParentDir) {
        return path.canonicalize().map_err(wrong);
    }
    std::path::absolute(path).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::failure::Code;

    fn env(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn defaults_are_the_folders_that_the_panel_uses() {
        let places = resolve(&Options::default(), &env(&[("HOME", "/home/pi")])).unwrap();
        assert_eq!(places.home, Path::new("/home/pi/allsky"));
        assert_eq!(places.backups, Path::new("/home/pi/allskybackups"));
        assert!(places.state.starts_with("/home/pi/.local/state/allsky-backups"));
        assert_eq!(places.server, ServerSettings::default());
    }

    #[test]
    fn the_command_line_wins_over_environment_and_file() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("c.toml");
        std::fs::write(&config, "[site]\nhome = \"/file\"\n[backups]\ndir = \"/b\"\n[state]\ndir = \"/s\"\n").unwrap();
        let mut options = Options { config: Some(config), ..Options::default() };
        let of_file = resolve(&options, &env(&[("HOME", "/home/pi")])).unwrap();
        assert_eq!((of_file.home.as_path(), of_file.backups.as_path()), (Path::new("/file"), Path::new("/b")));
        let of_env = resolve(&options, &env(&[("ALLSKY_HOME", "/env")])).unwrap();
        assert_eq!((of_env.home.as_path(), of_env.state.as_path()), (Path::new("/env"), Path::new("/s")));
        options.site = Some("/line".into());
        let of_line = resolve(&options, &env(&[("ALLSKY_HOME", "/env")])).unwrap();
        assert_eq!(of_line.home, Path::new("/line"));
    }

    #[test]
    fn two_cameras_never_share_a_queue() {
        let of = |home: &str| {
            let options = Options { site: Some(home.into()), ..Options::default() };
            resolve(&options, &env(&[("HOME", "/home/pi")])).unwrap().state
        };
        assert_ne!(of("/a/allsky"), of("/b/allsky"));
        assert_eq!(of("/a/allsky"), of("/a/./allsky"));
        let service = resolve(
            &Options { site: Some("/a".into()), ..Options::default() },
            &env(&[("STATE_DIRECTORY", "/var/lib/ab:/var/lib/other")]),
        );
        assert_eq!(service.unwrap().state, Path::new("/var/lib/ab"));
    }

    #[test]
    fn a_file_that_was_named_must_be_there_and_a_mistake_in_it_has_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("c.toml");
        let options = Options { config: Some(config.clone()), ..Options::default() };
        let missing = Failure::of(&resolve(&options, &env(&[("HOME", "/h")])).unwrap_err());
        assert_eq!(missing.code, Code::Usage);
        std::fs::write(&config, "[site]\nhme = 1\n").unwrap();
        let wrong = Failure::of(&resolve(&options, &env(&[("HOME", "/h")])).unwrap_err());
        assert!(wrong.message.contains("c.toml:2: site.hme: "), "{}", wrong.message);
        assert_eq!(wrong.code, Code::Usage);
    }
}
