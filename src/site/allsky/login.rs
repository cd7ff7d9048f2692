//! Whether the panel asks for a login at all; owners may have turned it off.
use std::path::Path;

use serde_json::Value;

use crate::base::plain::{self, read_plain};

/// True unless the camera's settings plainly say `"uselogin": false`. What cannot be read asks.
pub fn is_wanted(home: &Path) -> bool {
    let settings = read_plain(&home.join("config/settings.json"), plain::TEXT).ok();
    let settings: Option<Value> = settings.and_then(|text| serde_json::from_slice(&text).ok());
    settings.and_then(|settings| settings.get("uselogin").cloned()) != Some(Value::Bool(false))
}

#[cfg(test)]
mod tests {
    use super::is_wanted;

    #[test]
    fn only_a_plain_false_opens_the_door() {
        let home = tempfile::tempdir().unwrap();
        assert!(is_wanted(home.path()));
        std::fs::create_dir(home.path().join("config")).unwrap();
        for (text, wanted) in [
            (r#"{"uselogin": false}"#, false),
            (r#"{"uselogin": true}"#, true),
            (r#"{"uselogin": "false"}"#, true),
            (r#"{"uselogin": 0}"#, true),
            (r#"{"uselogin": null}"#, true),
            (r#"{"a": {"uselogin": false}}"#, true),
            ("{}", true),
            (r#"{"uselogin": false"#, true),
            ("", true),
        ] {
            std::fs::write(home.path().join("config/settings.json"), text).unwrap();
            assert_eq!(is_wanted(home.path()), wanted, "{text}");
        }
    }
}
