//! Base64 as browsers send it, for logins and names of files, and as ssh writes keys.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};

/// Some clients leave the `=` at the end out.
const CLIENTS: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// With or without its `=`; `None` for anything else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    CLIENTS.decode(text).ok()
}

/// Without the `=` at the end, as ssh writes fingerprints.
pub fn encode_unpadded(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode_unpadded};

    #[test]
    fn text_comes_back_and_what_is_no_base64_is_nothing() {
        for (text, plain) in [("", ""), ("eA==", "x"), ("eC50YXIuZ3o=", "x.tar.gz"), ("eC50YXIuZ3o", "x.tar.gz")] {
            assert_eq!(decode(text).unwrap(), plain.as_bytes(), "{text}");
        }
        assert_eq!(decode("a b"), None);
        assert_eq!(encode_unpadded(b"x"), "eA");
        for odd in ["-_", "e", "eB==", "e=A="] {
            assert_eq!(decode(odd), None, "{odd}");
        }
    }
}
