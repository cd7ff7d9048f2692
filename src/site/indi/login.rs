//! Whether indi-allsky asks for a login at all; owners may have turned it off.
use std::path::Path;

use serde_json::Value;

use crate::base::plain::{self, read_plain};

/// True unless `flask.json` plainly says `"LOGIN_DISABLED": true`. What cannot be read asks.
pub fn is_wanted(flask: &Path) -> bool {
    let config = read_plain(flask, plain::TEXT).ok();
    let config: Option<Value> = config.and_then(|text| serde_json::from_slice(&text).ok());
    config.and_then(|config| config.get("LOGIN_DISABLED").cloned()) != Some(Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::is_wanted;

    #[test]
    fn only_a_plain_true_opens_the_door() {
        let top = tempfile::tempdir().unwrap();
        let flask = top.path().join("flask.json");
        assert!(is_wanted(&flask));
        for (text, wanted) in [
            (r#"{"LOGIN_DISABLED": true}"#, false),
            (r#"{"LOGIN_DISABLED": false}"#, true),
            (r#"{"LOGIN_DISABLED": "true"}"#, true),
            (r#"{"LOGIN_DISABLED": 1}"#, true),
            (r#"{"a": {"LOGIN_DISABLED": true}}"#, true),
            ("{}", true),
            (r#"{"LOGIN_DISABLED": true"#, true),
        ] {
            std::fs::write(&flask, text).unwrap();
            assert_eq!(is_wanted(&flask), wanted, "{text}");
        }
    }
}
