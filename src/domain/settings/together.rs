//! What must be true of several settings together.
//!
//! A rule is silent while one of its keys is itself mistaken: that one is told first.
use super::Settings;
use super::document::Document;
use super::mistake::{Mistake, Rule};
use crate::domain::destination;
use crate::domain::notify::{NotifySettings, SmtpSecurity, Transport};
use crate::domain::plan::Source;
use crate::domain::receivers::Receivers;
use crate::domain::server::{BadServerConfig, ServerConfig};

/// Everything that does not fit together, in no particular order.
pub fn contradictions(settings: &Settings, document: &Document) -> Vec<Mistake> {
    let mut found = Vec::new();
    // The first of `keys` is the one to change; the mistake stands where one of them is written.
    let mut tell = |keys: &[&str], code: Rule, message: &str| {
        if keys.iter().all(|key| document.is_sound(key)) {
            let path = keys.first().copied().unwrap_or_default().to_owned();
            found.push(Mistake { line: document.line_of(keys), path, message: message.to_owned(), code });
        }
    };
    let limits = settings.nights.thresholds();
    if limits.min_avg_stars_secondary > limits.min_avg_stars_primary {
        let keys = ["nights.min_avg_stars_secondary", "nights.min_avg_stars_primary"];
        let message = format!(
            "{} is more than min_avg_stars_primary, {}: secondary, primary and great must rise in this order",
            limits.min_avg_stars_secondary, limits.min_avg_stars_primary
        );
        tell(&keys, Rule::ThresholdOrder, &message);
    }
    if limits.min_avg_stars_primary > limits.great_night_min_avg_stars {
        let keys = ["nights.great_night_min_avg_stars", "nights.min_avg_stars_primary"];
        let message = format!(
            "{} is less than min_avg_stars_primary, {}: secondary, primary and great must rise in this order",
            limits.great_night_min_avg_stars, limits.min_avg_stars_primary
        );
        tell(&keys, Rule::ThresholdOrder, &message);
    }
    for (keys, message) in lacking_for_mails(&settings.notify) {
        tell(keys, Rule::EmailIncomplete, message);
    }
    if let Some(name) = &settings.nights.destination
        && destination::named(&settings.destinations, Some(name)).is_none()
        // One that is mistaken in itself is told there.
        && !document.listed.contains_key(&format!("destination.{name}.name"))
    {
        tell(&["nights.destination"], Rule::UnknownRef, &format!("there is no [[destination]] with the name {name}"));
    }
    for plan in &settings.plans {
        let key = |key: &str| format!("plan.{}.{key}", plan.name);
        let (own, copies) = (key("destination"), key("copies"));
        let named = std::iter::once((&own, &plan.destination)).chain(plan.copies.iter().map(|name| (&copies, name)));
        for (key, name) in named.filter(|(_, name)| !name.is_backups()) {
            if destination::named(&settings.destinations, Some(name)).is_none()
                && !document.listed.contains_key(&format!("destination.{name}.name"))
            {
                tell(&[key], Rule::UnknownRef, &format!("there is no [[destination]] with the name {name}"));
            }
        }
        if plan.copies.contains(&plan.destination) {
            let message = format!("the archives lie on {} already: name other destinations", plan.destination);
            tell(&[&copies], Rule::UnknownRef, &message);
        }
    }
    for plan in &settings.plans {
        let unknown = plan.sources.iter().filter_map(Source::host).find(|name| {
            // One that is mistaken in itself is told there.
            settings.hosts.iter().all(|host| host.name != **name)
                && !document.listed.contains_key(&format!("host.{name}.name"))
        });
        if let Some(name) = unknown {
            let key = format!("plan.{}.sources", plan.name);
            tell(&[&key], Rule::UnknownRef, &format!("there is no [[host]] with the name {name}"));
        }
    }
    for host in &settings.hosts {
        if destination::named(&settings.destinations, host.destination.as_ref()).is_some() {
            continue;
        }
        let [own, name] = ["destination", "name"].map(|key| format!("host.{}.{key}", host.name));
        match &host.destination {
            Some(wanted) if document.listed.contains_key(&format!("destination.{wanted}.name")) => {}
            Some(wanted) => {
                let message = format!("there is no [[destination]] with the name {wanted}");
                tell(&[&own, &name], Rule::UnknownRef, &message);
            }
            // One that is mistaken in itself is told there.
            None if document.listed.keys().any(|key| key.starts_with("destination.")) => {}
            None => tell(&[&own, &name], Rule::UnknownRef, "snapshots need a [[destination]] to be kept on"),
        }
    }
    match ServerConfig::of(&settings.server, &settings.panel, None) {
        Ok(_) => {}
        Err(BadServerConfig::NoTokenFile) => {
            tell(
                &["server.token_file", "server.auth"],
                Rule::MissingKey,
                "auth is \"token\", and no token_file is named",
            );
        }
        Err(open) => {
            let keys = ["server.bind", "server.auth", "server.token_file"];
            tell(&keys, Rule::InsecureBind, &open.to_string());
        }
    }
    found
}

/// What mails still need, and the keys that it is about.
fn lacking_for_mails(notify: &NotifySettings) -> Vec<(&'static [&'static str], &'static str)> {
    let mut lacking: Vec<(&'static [&'static str], &'static str)> = Vec::new();
    if notify.transport == Transport::None {
        return lacking;
    }
    if notify.email_sender.as_deref().is_none() {
        lacking.push((&["notify.email_sender", "notify.transport"], "mails need an address that they come from"));
    }
    if notify.email_report.as_deref().is_none() {
        lacking.push((&["notify.email_report", "notify.transport"], "mails need an address that they go to"));
    }
    if notify.transport == Transport::Smtp && notify.goes_out() {
        let has_account = |receivers: &Receivers| receivers.all().iter().any(|one| one.account().is_some());
        let what = "a name without an @ is an account of this machine, and smtp_host is another one: write an \
                    address, or set transport to \"sendmail\"";
        if has_account(&notify.email_report) {
            lacking.push((&["notify.email_report", "notify.smtp_host"], what));
        }
        if has_account(&notify.email_admin) {
            lacking.push((&["notify.email_admin", "notify.smtp_host"], what));
        }
    }
    if notify.transport == Transport::Smtp {
        match (&notify.password_file, notify.password_command.is_empty()) {
            // A server on this machine or at home may want no login.
            (None, true) if notify.smtp_security == SmtpSecurity::None => {}
            (None, true) => lacking.push((
                &["notify.password_file", "notify.transport"],
                "smtp needs a password: name a password_file or a password_command",
            )),
            (Some(_), false) => lacking.push((
                &["notify.password_command", "notify.password_file"],
                "there is a password_file too; leave one of them out",
            )),
            _ => {}
        }
    }
    lacking
}
