//! Names in addresses, byte for byte: cameras name files in every encoding there is, and an address
//! must find them all again.
use crate::base::rel_path::RelPath;

use super::http_error::HttpError;

/// `bytes` as they may stand in a query.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
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

fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = || u8::from_str_radix(std::str::from_utf8(bytes.get(at + 1..at + 3)?).ok()?, 16).ok();
        match byte {
            b'+' => plain.push(b' '),
            b'%' => match escaped() {
                Some(value) => {
                    plain.push(value);
                    at += 2;
                }
                None => plain.push(b'%'),
            },
            other => plain.push(*other),
        }
        at += 1;
    }
    plain
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
        assert_eq!(number("offset=200", "offset"), Some(200));
    }
}
