//! `doctor`: everything that backups need, looked at in one go; what it prints is what a report of a fault needs.
use std::process::ExitCode;

use super::interrupt;
use super::screen::{Screen, say};
use crate::api::list::Items;
use crate::app::{self, Opened, Options};
use crate::base::rel_path::printable;
use crate::domain::checkup::{Check, Health, worst};
use crate::domain::failure::{Code, Failure};
use crate::domain::server::{BIND, Bind};
use crate::domain::settings::mistake::Mistake;
use crate::work::doctor::{Surroundings, examine};

/// A mistake in the configuration hides nothing else: what is mistaken counts with its default.
pub(super) fn doctor(screen: Screen, options: &Options) -> Result<ExitCode, Failure> {
    interrupt::listen()?;
    let (places, _) = app::places_for_recovery(options)?;
    let mistakes = match app::configured(options) {
        Ok(configured) => configured.reading.mistakes.iter().map(shown).collect(),
        Err(failure) => vec![failure.message],
    };
    let bind = places.server.bind.clone().unwrap_or(Bind::Tcp(BIND));
    let config = places.config.as_ref().filter(|file| file.exists()).map(|file| file.display().to_string());
    let Opened { tools, unknown, shut } = app::open_places_to_read(places)?;
    let checks = examine(&tools, &Surroundings { mistakes, config, unknown, shut, bind });
    screen.show(&Items::all(&checks), |out| checks.iter().try_for_each(|check| line(check, out)))?;
    let worst = worst(&checks);
    say(match worst {
        Health::Good => "Nothing is wrong.",
        Health::Warning => "Backups are made; what has a warning is worth a look.",
        Health::Failed => "Something keeps backups from being made.",
    });
    Ok(if worst == Health::Failed { ExitCode::from(Code::Failed.exit()) } else { ExitCode::SUCCESS })
}

/// Where a mistake is and of what kind. What was written there stays there: it may be a password.
fn shown(mistake: &Mistake) -> String {
    let at = if mistake.path.is_empty() { String::new() } else { format!("{}, ", mistake.path) };
    format!("line {}: {at}{}", mistake.line, mistake.code.as_str())
}

/// A check is a line, whatever the names in it hold.
fn line(check: &Check, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    let [subject, said] = [&check.subject, &check.said].map(|text| printable(text.as_bytes()));
    writeln!(out, "{}  {subject}: {said}", check.health.word())?;
    match &check.advice {
        Some(advice) => writeln!(out, "         {}", printable(advice.as_bytes())),
        None => Ok(()),
    }
}
