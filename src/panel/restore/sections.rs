//! Config backups by section, each a switch. Core can be left out, so that modules or databases alone
//! go to any camera.
use maud::{Markup, html};

use crate::base::rel_path::RelPath;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveName;
use crate::domain::restore::database::is_database;
use crate::domain::restore::program::{is_flow, is_program};
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::switch;
use crate::panel::parts::switch::{Switch, Switched};
use crate::panel::parts::words;
use crate::panel::state::PanelState;
use crate::work::archive::info;

/// A section as the archive really has it.
pub struct ArchivedSection {
    pub key: String,
    pub label: String,
    pub description: String,
    pub files: u64,
    pub bytes: u64,
    /// How many of the files the camera may run.
    pub programs: u64,
    /// Databases among the files.
    pub databases: Vec<RelPath>,
}

/// The sections with their files counted in the archive itself; only the labels come from its metadata.
pub fn read(panel: &PanelState, name: &ArchiveName, metadata: &Metadata) -> Result<Vec<ArchivedSection>, HttpError> {
    let restoring = panel.tools().site.restoring()?;
    let here = panel.tools().site.sections()?;
    let own: Vec<RelPath> = [&metadata.settings_file, &metadata.cc_file]
        .into_iter()
        .flatten()
        .filter_map(|name| RelPath::parse(name).ok())
        .collect();
    let own: Vec<&RelPath> = own.iter().collect();
    let mut parts: Vec<ArchivedSection> = Vec::new();
    info::each_file(&panel.tools(), name, &mut |row| {
        let Some(key) = restoring.section_of(&row.path, &own).filter(|_| !row.is_dir) else { return };
        let programs = u64::from(is_program(&row.path) || is_flow(&row.path));
        let database = is_database(&row.path).then(|| row.path.clone());
        match parts.iter_mut().find(|part| part.key == key) {
            Some(part) => {
                part.files += 1;
                part.bytes += row.size;
                part.programs += programs;
                part.databases.extend(database);
            }
            None => {
                let known = here.iter().find(|section| section.key.as_str() == key);
                let told = metadata.included_sections.iter().find(|section| section.key == key);
                let label = known.map(|section| section.label.clone());
                let label = label.or_else(|| told.map(|section| section.shortdescription.clone()));
                let description = known.map(|section| section.description.clone());
                parts.push(ArchivedSection {
                    key: key.to_owned(),
                    label: label.filter(|label| !label.is_empty()).unwrap_or_else(|| key.to_owned()),
                    description: description.unwrap_or_default(),
                    files: 1,
                    bytes: row.size,
                    programs,
                    databases: database.into_iter().collect(),
                });
            }
        }
    })?;
    let place =
        |part: &ArchivedSection| here.iter().position(|section| section.key.as_str() == part.key).unwrap_or(usize::MAX);
    parts.sort_by_key(place);
    Ok(parts)
}

pub fn draw(parts: &[ArchivedSection]) -> Markup {
    html! {
        fieldset {
            legend { "Sections to restore" }
            input type="hidden" name="by-section" value="1";
            @for part in parts {
                (line(part))
            }
            @if parts.is_empty() { p.text-muted { "This backup holds nothing that belongs to this camera." } }
        }
    }
}

fn line(part: &ArchivedSection) -> Markup {
    let id = format!("ab-restore-{}", part.key);
    let inside = html! {
        span.ab-switch-text {
            strong { (part.label) }
            @if part.key == "core" { span.ab-tag { "can be left out" } }
            @if !part.description.is_empty() && part.description != part.label { span.ab-small { (part.description) } }
        }
        span.ab-sizes data-programs=(part.programs) { (words::counted(part.files, "file")) span.ab-small { (words::size(part.bytes)) } }
    };
    switch::row("", &Switch { id: &id, name: "section", value: &part.key, state: Switched::On }, inside)
}
