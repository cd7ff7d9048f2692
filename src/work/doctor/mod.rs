//! Look at everything that backups need, and say what is wrong and what to do.
//!
//! Invariant: nothing is changed, and what is said holds no password, token or key.
//!
//! * `machine` — the program, the system, the clock, the services, the page
//! * `camera` — its software, settings and pictures
//! * `places` — history, backups folder and drives
//! * `turns` — plans, alerts and mails
mod camera;
mod machine;
mod places;
mod turns;

use super::Tools;
use crate::domain::checkup::Check;
use crate::domain::failure::Failure;
use crate::domain::server::Bind;

/// What only the composition root knows.
pub struct Surroundings {
    /// Each mistake of the configuration, without what was written there: it may be a password.
    pub mistakes: Vec<String>,
    /// The file that counts, if there is one.
    pub config: Option<String>,
    /// Why the history cannot be read.
    pub unknown: Option<Failure>,
    /// Why the state folder takes nothing.
    pub shut: Option<Failure>,
    /// Where the page of the service listens.
    pub bind: Bind,
}

/// All checks, in the order in which an owner would mend what is wrong.
pub fn examine(tools: &Tools, around: &Surroundings) -> Vec<Check> {
    let mut checks = vec![machine::program(), configuration(around)];
    checks.push(machine::clock(tools));
    checks.extend(camera::checks(tools));
    checks.extend(places::history(tools, around.unknown.as_ref(), around.shut.as_ref()));
    checks.extend(places::destinations(tools));
    // Without a history nothing is known of turns.
    if around.unknown.is_none() {
        checks.extend(turns::checks(tools));
    }
    checks.extend(machine::services(tools, &around.bind));
    checks
}

fn configuration(around: &Surroundings) -> Check {
    const SUBJECT: &str = "configuration";
    match (&around.config, around.mistakes.as_slice()) {
        (None, []) => Check::good(SUBJECT, "there is no file, so every key has its default"),
        (Some(file), []) => Check::good(SUBJECT, format!("{file} has no mistakes")),
        (_, mistakes) => Check::failed(
            SUBJECT,
            &Failure {
                code: crate::domain::failure::Code::Usage,
                message: mistakes.join("; "),
                advice: "`allsky-backups config check` says what is wrong there.".into(),
            },
        ),
    }
}
