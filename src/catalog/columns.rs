//! How values lie in the columns of the tables.
use jiff::Timestamp;
use rusqlite::Row;

use crate::domain::job::{JobId, JobState};

/// Times lie in milliseconds since 1970.
pub(super) fn from_millis(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}

/// A value as JSON text in a column.
pub(super) fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))
}

/// JSON text of column `column` as a value.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> rusqlite::Result<Option<T>> {
    let Some(text) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    let at = row.as_ref().column_index(column)?;
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(e)))
}

/// The state in column `state`.
pub(super) fn read_state(row: &Row) -> rusqlite::Result<JobState> {
    let text: String = row.get("state")?;
    serde_json::from_value(text.into())
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
}

/// `running`, as in JSON.
pub(super) fn state_text(state: JobState) -> rusqlite::Result<String> {
    Ok(to_json(&state)?.trim_matches('"').to_owned())
}

pub(super) fn job_id(row: &Row, column: &str) -> rusqlite::Result<JobId> {
    let text: String = row.get(column)?;
    JobId::parse_str(&text)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
}
