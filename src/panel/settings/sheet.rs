//! The configuration on its way through the page: the file as it is, what somebody typed, and what is
//! wrong with that.
use std::collections::BTreeMap;
use std::path::PathBuf;

use actix_web::http::StatusCode;

use crate::domain::failure::Code;
use crate::domain::settings::document::MOST_BYTES;
use crate::domain::settings::keys::{self, Found, Hand};
use crate::domain::settings::kind::Kind;
use crate::domain::settings::mistake::Mistake;
use crate::domain::settings::values::{field_of, shown_of};
use crate::domain::settings::{Reading, edit, veil};
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::panel::state::PanelState;
use crate::work::settings::save::{self, OnDisk, Unsaved};

/// In front of the names of fields.
const FIELD: &str = "key.";

/// How the configuration is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Form,
    Text,
}

impl View {
    pub fn named(name: &str) -> View {
        if name == "text" { View::Text } else { View::Form }
    }

    pub fn name(self) -> &'static str {
        match self {
            View::Form => "form",
            View::Text => "text",
        }
    }
}

pub struct Sheet {
    pub now: OnDisk,
    pub view: View,
    /// What would be saved, with everything that is in the file.
    pub text: String,
    /// What `text` says.
    pub reading: Reading,
    /// What the file says as it is.
    pub in_file: Reading,
    /// What stands in the fields, by path.
    pub typed: BTreeMap<String, String>,
    pub mistakes: Vec<Mistake>,
    /// Where things are now, whatever the file says of it.
    pub folders: [(&'static str, PathBuf); 3],
}

impl Sheet {
    /// The file as it is.
    pub fn of_file(panel: &PanelState, view: View) -> Result<Sheet, HttpError> {
        let now = save::look(&file(panel)?)?;
        let text = now.text.clone();
        Ok(Sheet::new(panel, now, view, text, BTreeMap::new()))
    }

    /// Fills in values that an address of ours proposes. The file is not changed.
    pub fn with_wishes(mut self, address: &str) -> Sheet {
        for found in on_page() {
            if let Some(value) = query::field(address, &field_name(found)) {
                self.typed.insert(found.path(), String::from_utf8_lossy(&value).into_owned());
            }
        }
        self
    }

    /// True when a field has another value than the file, and nobody has sent it yet.
    pub fn has_wishes(&self) -> bool {
        self.mistakes.is_empty() && self.text == self.now.text && on_page().any(|found| self.wish_for(found).is_some())
    }

    /// What the file says, when something else stands in the field.
    pub fn wish_for(&self, found: Found) -> Option<String> {
        let in_file = shown(&self.in_file, found);
        self.typed.get(&found.path()).filter(|typed| **typed != in_file).map(|_| in_file)
    }

    /// What a form sends: fields or a text, on top of the file that was `seen`.
    pub fn sent(panel: &PanelState, body: &str) -> Result<Sheet, HttpError> {
        let now = save::look(&file(panel)?)?;
        let field = |name: &str| query::field(body, name).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if field("digest").as_deref() != Some(now.digest.as_str()) {
            return Err(Unsaved::Changed { file: now.file }.into());
        }
        if let Some(text) = field("text") {
            if text.len() > MOST_BYTES {
                return Err(HttpError::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    Code::Usage,
                    format!("The text has {} bytes; a configuration has at most {MOST_BYTES}", text.len()),
                    "Keep comments short, and long notes in a file of their own.",
                ));
            }
            let text = written_on_page(&text, &now);
            return Ok(Sheet::new(panel, now, View::Text, text, BTreeMap::new()));
        }
        let before = Reading::of(&now.text);
        let mut text = now.text.clone();
        let mut typed = BTreeMap::new();
        for found in on_page() {
            let path = found.path();
            let value = field(&format!("{FIELD}{path}")).unwrap_or_default();
            // A switch that is off sends nothing.
            let value =
                if matches!(found.key.kind, Kind::Flag) && value.is_empty() { "false".to_owned() } else { value };
            if value != shown(&before, found) {
                text = edit::set(&text, found, edit::literal(found, &value).as_deref()).map_err(|error| {
                    HttpError::new(
                        StatusCode::CONFLICT,
                        Code::Protected,
                        error.to_string(),
                        "Change it in the text of the file.",
                    )
                })?;
            }
            typed.insert(path, value);
        }
        Ok(Sheet::new(panel, now, View::Form, text, typed))
    }

    fn new(panel: &PanelState, now: OnDisk, view: View, text: String, typed: BTreeMap<String, String>) -> Sheet {
        let mistakes = save::mistakes(&now, &text);
        let tools = &panel.tools();
        let folders = [
            ("site.home", tools.site.home().to_owned()),
            ("backups.dir", tools.folder.path().to_owned()),
            ("state.dir", tools.state_dir.clone()),
        ];
        let in_file = Reading::of(&now.text);
        Sheet { reading: Reading::of(&text), in_file, now, view, text, typed, mistakes, folders }
    }

    /// What stands in the field of a key.
    pub fn value(&self, found: Found) -> String {
        self.typed.get(&found.path()).cloned().unwrap_or_else(|| shown(&self.reading, found))
    }

    /// The text without what is not shown.
    pub fn shown_text(&self) -> String {
        veil::veiled(&self.text).into_owned()
    }

    /// True when the file itself cannot be used as it is.
    pub fn file_is_mistaken(&self) -> bool {
        self.text == self.now.text && !self.mistakes.is_empty()
    }
}

/// Where the configuration is.
pub fn file(panel: &PanelState) -> Result<PathBuf, HttpError> {
    panel.tools().config.clone().ok_or_else(|| {
        HttpError::not_found("There is no place for a configuration file, because no home folder is known")
    })
}

/// A text that came from a browser: its line ends, and what was not shown to it.
pub fn written_on_page(text: &str, now: &OnDisk) -> String {
    veil::unveiled(&text.replace("\r\n", "\n"), &now.text).into_owned()
}

/// Keys that have a field.
pub fn on_page() -> impl Iterator<Item = Found> {
    keys::all().filter(|found| found.hand() == Hand::Page)
}

/// The name of a key's field.
pub fn field_name(found: Found) -> String {
    format!("{FIELD}{}", found.path())
}

fn shown(reading: &Reading, found: Found) -> String {
    field_of(&shown_of(&reading.settings, found))
}
