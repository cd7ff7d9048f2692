//! The program, the system that it runs on, its clock and its services.
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::base::patience::within;
use crate::domain::checkup::Check;
use crate::domain::failure::Failure;
use crate::domain::server::Bind;
use crate::domain::unit::Unit;
use crate::site::service::{self, Health};
use crate::work::{Tools, retention_gate};

/// Our own unit, as the installer and the package name it.
const SERVICE: &str = "allsky-backups.service";
/// Where units lie.
const UNITS: [&str; 2] = ["/etc/systemd/system", "/lib/systemd/system"];
/// How long the page may take to take a connection.
const ANSWER: Duration = Duration::from_secs(3);

pub(super) fn program() -> Check {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let named = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let system = named.map_or("an unknown system", |name| name.trim_matches('"'));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Check::good(
        "program",
        format!(
            "allsky-backups {} for {} on {system}, {cores} core{}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::ARCH,
            if cores == 1 { "" } else { "s" }
        ),
    )
}

/// A clock that cannot be believed keeps old backups from being deleted.
pub(super) fn clock(tools: &Tools) -> Check {
    let now = (tools.now)().strftime("%Y-%m-%d %H:%M %Z").to_string();
    if retention_gate::is_clock_sound(tools) {
        Check::good("clock", now)
    } else {
        Check::warning(
            "clock",
            format!("it says {now}: before 2024, a week or more from the last job that ended, or no history tells"),
            "Put it right, or let it be set from the network (`timedatectl`); until then nothing old is deleted.",
        )
    }
}

/// The camera's services, ours, and the page.
pub(super) fn services(tools: &Tools, bind: &Bind) -> Vec<Check> {
    let mut checks: Vec<Check> = tools.site.units().iter().filter_map(camera_service).collect();
    let is_installed = UNITS.iter().any(|folder| Path::new(folder).join(SERVICE).exists());
    if !is_installed {
        checks.push(Check::warning(
            "service",
            "it is not installed on this machine, so plans run only while `allsky-backups serve` does",
            "`integration/install.sh` or the package installs it.",
        ));
        return checks;
    }
    match service::health(&Unit::of_system(SERVICE)) {
        Ok(Health::Up) => {
            checks.push(Check::good("service", format!("{SERVICE} runs")));
            checks.push(page(bind));
        }
        Ok(Health::Unknown) => {}
        Ok(Health::Rising | Health::Failed | Health::Down) => {
            checks.push(Check::failed("service", &at_rest()));
        }
        Err(error) => checks.push(Check::failed("service", &Failure::of(&error))),
    }
    checks
}

fn at_rest() -> Failure {
    let unit = Unit::of_system(SERVICE);
    Failure {
        code: crate::domain::failure::Code::NotReady,
        message: format!("{SERVICE} does not run: no plan has its turn, and there is no page"),
        advice: format!("Start it with `{}`; `{}` says why it ended.", unit.command("start"), unit.journal()),
    }
}

fn camera_service(unit: &Unit) -> Option<Check> {
    let subject = format!("unit {unit}");
    match service::health(unit) {
        Ok(Health::Up) => Some(Check::good(subject, "it runs")),
        Ok(Health::Rising) => Some(Check::good(subject, "it is starting")),
        Ok(Health::Failed) => Some(Check::warning(
            subject,
            "it has failed, so there are no new pictures",
            format!("`{}` says why; `{}` starts it again.", unit.journal(), unit.command("start")),
        )),
        Ok(Health::Down) => Some(Check::good(subject, "it was stopped, or is not installed")),
        // No systemd, or none that answers: there is nothing to say of a unit.
        Ok(Health::Unknown) | Err(_) => None,
    }
}

/// Whether something listens where the web server passes requests on to.
fn page(bind: &Bind) -> Check {
    let (asked, at) = (bind.clone(), bind.to_string());
    let connected = within(ANSWER, move || match &asked {
        Bind::Tcp(address) => TcpStream::connect_timeout(address, ANSWER).map(drop),
        Bind::Unix(path) => UnixStream::connect(path).map(drop),
    });
    match connected {
        Some(Ok(())) => Check::good("page", format!("it answers at {at}")),
        Some(Err(error)) => Check::failed("page", &silent(&at, &error.to_string())),
        None => Check::failed("page", &silent(&at, "no answer")),
    }
}

fn silent(at: &str, why: &str) -> Failure {
    Failure {
        code: crate::domain::failure::Code::NotReady,
        message: format!("the service does not answer at {at}: {why}"),
        advice: format!("`{}` says what it does.", Unit::of_system(SERVICE).journal()),
    }
}
