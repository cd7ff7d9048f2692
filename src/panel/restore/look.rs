//! One look at archive and camera: the preview of a request with both sides of every merged setting. Reads only.
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::form::RestoreForm;
use super::previews::Previews;
use crate::domain::archive::name::ArchiveName;
use crate::domain::monitor::Unwatched;
use crate::domain::restore::preview::Preview;
use crate::domain::restore::request::{RestoreRequest, SettingsMode, Side};
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;
use crate::work::restore;

/// One look at archive and camera, for a page.
pub struct Look {
    pub form: RestoreForm,
    pub preview: Arc<Preview>,
    /// Merge only: what each setting that differs has today, by key.
    pub today: BTreeMap<String, Value>,
    /// Merge only: what it has in the backup.
    pub theirs: BTreeMap<String, Value>,
}

/// Draws the preview of a request; reads only.
pub fn look(panel: &PanelState, previews: &Previews, name: &ArchiveName, form: RestoreForm) -> Result<Look, HttpError> {
    let form = RestoreForm { digest: None, ..form.settle(panel, name)? };
    let ask = form.ask(panel, name)?;
    let preview = restore::preview(&panel.tools(), &ask, &Unwatched).map_err(HttpError::from)?;
    let (today, theirs) =
        if ask.way == SettingsMode::Merge { both_sides(panel, &ask, &preview)? } else { <_>::default() };
    Ok(Look { form, preview: previews.keep(preview), today, theirs })
}

type Values = BTreeMap<String, Value>;

/// Both values of every free decision: the same merge with all of them turned to the backup.
fn both_sides(panel: &PanelState, ask: &RestoreRequest, preview: &Preview) -> Result<(Values, Values), HttpError> {
    let free = preview.decisions.iter().filter(|decision| decision.free);
    let picks = free.map(|decision| (decision.key.clone(), Side::Backup)).collect();
    let all = restore::preview(&panel.tools(), &RestoreRequest { picks, ..ask.clone() }, &Unwatched)
        .map_err(HttpError::from)?;
    let (mut today, mut theirs) = (Values::new(), Values::new());
    let is_settings = |file: &str| file.starts_with("config/settings");
    for line in all.settings.into_iter().filter(|line| line.file.as_str().is_some_and(is_settings)) {
        today.extend(line.old.map(|value| (line.key.clone(), value)));
        theirs.extend(line.new.map(|value| (line.key, value)));
    }
    Ok((today, theirs))
}
