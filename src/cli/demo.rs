//! `demo`: a camera to try things on, built in seconds, working while the page is open.
//!
//! It never touches a real camera: it builds only in an empty place or in one that it built before.
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::ProgressBar;

use super::demo_args::Demo;
use super::screen::{Screen, say};
use super::{bars, demo_past, interrupt, serve};
use crate::api::program::DemoPlaces;
use crate::app::{self, NightPlaces, Options, Places};
use crate::base::handover::quoted;
use crate::demo::{self, Capture, Plan};
use crate::domain::failure::{Code, Failure};
use crate::domain::plan;
use crate::domain::server::{BIND, PanelSettings, ServerConfig, ServerSettings};
use crate::domain::settings::Settings;
use crate::domain::system::System;
use crate::jobs::Jobs;

/// How often the demo camera writes a row and a part of a picture.
const EXPOSURE: Duration = Duration::from_millis(500);
/// No such unit is ever installed, so the pause of a demo is a pause of nothing, also beside a real camera.
const UNIT: &str = "allsky-backups-demo.service";
/// Says that everything below belongs to the demo.
const MARK: &str = ".allsky-backups-demo";
/// Says that everything below is a demo that was not built to its end.
const HALF: &str = ".allsky-backups-demo-half";
/// What a demo puts into its folder.
const OWN: [&str; 8] = ["allsky", "indi-allsky", "etc", "var", "desk", "usb", "allskybackups", "state"];

pub(super) fn demo(screen: Screen, options: &Options, args: &Demo) -> Result<(), Failure> {
    if options.site.is_some() || options.backups.is_some() || options.state.is_some() {
        return Err(Failure {
            code: Code::Usage,
            message: "the demo brings its own camera, backups and state".into(),
            advice: "Say where with --dir, or use `serve` for a real camera.".into(),
        });
    }
    interrupt::listen()?;
    let folder = DemoFolder::find(args)?;
    let server = ServerConfig::on_this_machine(args.port.unwrap_or_else(usual_port_or_any));
    let system = match options.system {
        Some(System::IndiAllsky) => System::IndiAllsky,
        _ => System::Allsky,
    };
    let indi = demo::indi::Layout::below(&folder.dir);
    let (home, flask) = match system {
        System::IndiAllsky => (indi.home, Some(indi.flask)),
        System::Auto | System::Allsky => (folder.dir.join("allsky"), None),
    };
    let config = folder.dir.join("config.toml");
    let written = config.clone();
    let dir = folder.dir.clone();
    let places_of = move |settings: Settings| Places {
        home: home.clone(),
        system,
        flask: flask.clone(),
        nights: NightPlaces::of(&settings),
        backups: dir.join("allskybackups"),
        state: dir.join("state"),
        server: ServerSettings::default(),
        panel: PanelSettings::default(),
        unit: UNIT.into(),
        restore: settings.restore,
        notify: settings.notify,
        plans: plan::all(&settings.plans),
        destinations: settings.destinations,
        hosts: settings.hosts,
        parallel_hosts: settings.limits.parallel_hosts,
        config: Some(config.clone()),
    };
    let with_past = !folder.built && !args.empty && !args.build_only;
    if with_past {
        demo_past::lay_out(&folder.dir, &written).map_err(|error| unusable(&folder.dir, &error))?;
    }
    let places = places_of(app::settings_in(&written)?);
    if !folder.built {
        build(system, &folder.dir, args)?;
        folder.is_built().map_err(|error| unusable(&folder.dir, &error))?;
    }
    if interrupt::asked() {
        return Ok(());
    }
    if args.build_only {
        let value = DemoPlaces {
            home: &places.home,
            flask: places.flask.as_deref(),
            backups: &places.backups,
            state: &places.state,
        };
        let home = flask_folder(&places).unwrap_or(&places.home);
        return screen.show(&value, |out| writeln!(out, "{}", home.display()));
    }
    if with_past {
        make_past(&places, &folder.dir)?;
    }
    if interrupt::asked() {
        return Ok(());
    }
    let capture = match system {
        System::IndiAllsky => Capture::start_indi(&folder.dir, EXPOSURE),
        System::Auto | System::Allsky => Capture::start(&places.home, EXPOSURE),
    };
    let _capture = capture.map_err(|error| unusable(&places.home, &error))?;
    say(&format!("in a terminal: {} list", in_a_terminal(&places)));
    let tools = app::open_at(places)?;
    let jobs = Jobs::start(tools.clone(), super::command::command)?;
    let anew = move || Ok(app::renewed(&places_of(app::settings_in(&written)?), &tools));
    serve::page(screen, jobs, &server, Box::new(anew))
}

/// The program with the options that mean this demo, for any shell.
fn in_a_terminal(places: &Places) -> String {
    let program = std::env::current_exe().map_or_else(|_| "allsky-backups".to_owned(), |path| quoted(&path));
    let config = places.config.as_ref().filter(|config| config.exists());
    format!(
        "{program}{} --site {} --backups {} --state {}",
        config.map(|config| format!(" --config {}", quoted(config))).unwrap_or_default(),
        quoted(flask_folder(places).unwrap_or(&places.home)),
        quoted(&places.backups),
        quoted(&places.state)
    )
}

/// What `--site` takes for an indi-allsky: the folder of its settings.
fn flask_folder(places: &Places) -> Option<&Path> {
    places.flask.as_deref()?.parent()
}

/// The usual port is a convenience, a port that was asked for is not.
fn usual_port_or_any() -> u16 {
    let usual = BIND.port();
    match TcpListener::bind((Ipv4Addr::LOCALHOST, usual)) {
        Ok(_) => usual,
        Err(_) => 0,
    }
}

#[expect(clippy::disallowed_methods, reason = "the past of a demo ends now")]
fn make_past(places: &Places, dir: &Path) -> Result<(), Failure> {
    let bar = ProgressBar::new_spinner();
    bar.set_style(bars::style("making backups {spinner}"));
    bar.enable_steady_tick(Duration::from_millis(100));
    let made = demo_past::make(places, dir, jiff::Timestamp::now());
    bar.finish_and_clear();
    made
}

#[expect(clippy::disallowed_methods, reason = "the nights of a demo end today")]
fn build(system: System, top: &Path, args: &Demo) -> Result<(), Failure> {
    let plan = Plan {
        nights: args.nights,
        frames: args.frames,
        width: args.width,
        height: args.height,
        database_rows: args.database_rows,
        extra_files: args.files,
        seed: args.seed,
        last_night: jiff::Zoned::now().date(),
    };
    let bar = ProgressBar::new(0);
    bar.set_style(bars::style("building a camera {wide_bar} {percent}%"));
    let mut progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let built = match system {
        System::IndiAllsky => demo::indi::build(top, &plan, &mut progress),
        System::Auto | System::Allsky => demo::build(&top.join("allsky"), &plan, &mut progress),
    };
    bar.finish_and_clear();
    built.map_err(|error| unusable(top, &error))
}

/// Where the demo lives; a temporary place is gone when the demo ends.
struct DemoFolder {
    dir: PathBuf,
    built: bool,
    temporary: bool,
}

impl DemoFolder {
    fn find(args: &Demo) -> Result<Self, Failure> {
        let given = args.dir.as_deref();
        let dir = match given {
            Some(dir) => std::path::absolute(dir).map_err(|error| unusable(dir, &error))?,
            None => std::env::temp_dir().join(format!("allsky-backups-demo-{}", uuid::Uuid::now_v7())),
        };
        fs::create_dir_all(&dir).map_err(|error| unusable(&dir, &error))?;
        let found = DemoFolder { built: dir.join(MARK).exists(), temporary: given.is_none(), dir };
        if !found.built {
            found.begin(args).map_err(|error| unusable(&found.dir, &error))??;
        }
        Ok(found)
    }

    /// Makes the folder ours: one that is empty, or that a demo left half built. A camera alone is also built beside
    /// other things.
    fn begin(&self, args: &Demo) -> std::io::Result<Result<(), Failure>> {
        let half = self.dir.join(HALF);
        if half.exists() {
            let mut ours = OWN.iter().map(|name| self.dir.join(name)).filter(|path| path.is_dir());
            ours.try_for_each(fs::remove_dir_all)?;
            return Ok(Ok(()));
        }
        let is_ours = |entry: std::io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name() == "config.toml");
        let is_empty = fs::read_dir(&self.dir)?.map(is_ours).collect::<Result<Vec<_>, _>>()?.iter().all(|ours| *ours);
        let has_camera = ["allsky", "indi-allsky"].iter().any(|home| self.dir.join(home).exists());
        if has_camera || !(is_empty || args.build_only) {
            let what = if has_camera { "a camera that is not the demo's" } else { "other things" };
            return Ok(Err(Failure {
                code: Code::Usage,
                message: format!("{} holds {what}", self.dir.display()),
                advice: "Name a new or empty folder with --dir.".into(),
            }));
        }
        fs::write(half, "A demo of Allsky Backups that was not built to its end; may be deleted.\n").map(Ok)
    }

    fn is_built(&self) -> std::io::Result<()> {
        fs::write(self.dir.join(MARK), "Made by `allsky-backups demo`; may be deleted.\n")?;
        fs::remove_file(self.dir.join(HALF))
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        if self.temporary
            && let Err(error) = fs::remove_dir_all(&self.dir)
        {
            tracing::warn!("{}: the demo could not be removed: {error}", self.dir.display());
        }
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure {
        code: Code::NotReady,
        message: format!("{}: {error}", path.display()),
        advice: "Name a folder that you can write to with --dir.".into(),
    }
}
