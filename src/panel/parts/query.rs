//! Names in addresses, byte for byte: cameras name files in every encoding there is, and an address
//! must find them all again.
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::base::rel_path::RelPath;

use crate::panel::parts::http_error::HttpError;

/// All but what may stand in a query as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// `bytes` as they may stand in a query.
pub fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, ESCAPED).to_string()
}

/// The bytes of field `name` in a query, when it is there.
pub fn field(query: &str, name: &str) -> Option<Vec<u8>> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| decode(value))
    })
}

/// Every value of field `name`.
pub fn fields(query: &str, name: &str) -> Vec<Vec<u8>> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| decode(value)).collect()
}

/// The path in field `name`; empty or missing is `None`.
pub fn path(query: &str, name: &str) -> Result<Option<RelPath>, HttpError> {
    match field(query, name) {
        None => Ok(None),
        Some(bytes) if bytes.is_empty() => Ok(None),
        Some(bytes) => RelPath::parse(&bytes).map(Some).map_err(|why| {
            HttpError::usage(
                format!("The path {why}"),
                "Choose the file or folder in the tree instead of typing its address.",
            )
        }),
    }
}

/// A whole number in field `name`.
pub fn number(query: &str, name: &str) -> Option<u64> {
    std::str::from_utf8(&field(query, name)?).ok()?.parse().ok()
}

/// A `%` without two digits behind it stays as it is, as browsers do it.
fn decode(text: &str) -> Vec<u8> {
    percent_decode_str(&text.replace('+', " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_survives_an_address() {
        for name in [&b"images/20261117/a b+c&d=e%.jpg"[..], "Größe Ñ.ttf".as_bytes(), b"latin\xe4\n\".jpg"] {
            let query = format!("x=1&path={}&y", encode(name));
            assert_eq!(field(&query, "path").unwrap(), name);
            assert_eq!(path(&query, "path").unwrap().unwrap().as_bytes(), name);
        }
        assert!(path("path=../etc", "path").is_err());
        assert_eq!(fields("night=a&all=1&night=b%20c", "night"), [b"a".to_vec(), b"b c".to_vec()]);
        assert_eq!(field("name=100%&x", "name").unwrap(), b"100%");
        assert_eq!(number("offset=200", "offset"), Some(200));
    }
}
