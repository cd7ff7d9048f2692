//! `SHA256SUMS` as coreutils writes and checks it: `sha256sum -c SHA256SUMS` works without us.
use crate::base::digest::Sha256;

/// Adds one line. A name with a backslash or a line break is escaped, and its line begins with a
/// backslash to say so.
pub fn line(out: &mut Vec<u8>, sum: Sha256, name: &[u8]) {
    if name.iter().any(|b| matches!(b, b'\\' | b'\n' | b'\r')) {
        out.push(b'\\');
    }
    out.extend_from_slice(format!("{sum}  ").as_bytes());
    for byte in name {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            other => out.push(*other),
        }
    }
    out.push(b'\n');
}

/// Sum and name of one line, without its line break; `None` when it is none of ours.
pub fn parse(line: &[u8]) -> Option<(Sha256, Vec<u8>)> {
    let (escaped, line) = match line.split_first()? {
        (b'\\', rest) => (true, rest),
        _ => (false, line),
    };
    let sum = Sha256::parse_hex(line.get(..64)?)?;
    let text = line[64..].strip_prefix(b"  ")?;
    let mut name = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        name.push(match (byte, escaped) {
            (b'\\', true) => match bytes.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                b'r' => b'\r',
                _ => return None,
            },
            (other, _) => *other,
        });
    }
    Some((sum, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_name_stays_on_its_line() {
        let sum = Sha256([0xab; 32]);
        let hex = "ab".repeat(32);
        for (name, text) in [("a b", format!("{hex}  a b\n")), ("a\\\nb\r", format!("\\{hex}  a\\\\\\nb\\r\n"))] {
            let mut out = Vec::new();
            line(&mut out, sum, name.as_bytes());
            assert_eq!(out, text.as_bytes());
            assert_eq!(parse(&out[..out.len() - 1]), Some((sum, name.as_bytes().to_vec())));
        }
    }
}
