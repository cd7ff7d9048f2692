//! `files.tsv`: every file of a saved night with size, time and BLAKE3, one a line, tabs between.
use crate::base::rel_path::RelPath;

/// A file below the folder of its night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    pub path: RelPath,
    pub bytes: u64,
    /// Unix seconds.
    pub mtime: i64,
    pub hash: blake3::Hash,
}

/// A name that a line cannot hold.
pub fn is_listable(path: &RelPath) -> bool {
    !path.as_bytes().iter().any(|b| matches!(b, b'\t' | b'\n' | b'\r'))
}

pub fn write(files: &[Filed]) -> Vec<u8> {
    let mut text = Vec::new();
    for file in files {
        text.extend_from_slice(file.path.as_bytes());
        text.extend_from_slice(format!("\t{}\t{}\t{}\n", file.bytes, file.mtime, file.hash.to_hex()).as_bytes());
    }
    text
}

/// `None` when a line cannot be understood, or the last one was cut off.
pub fn read(text: &[u8]) -> Option<Vec<Filed>> {
    let Some(lines) = text.strip_suffix(b"\n") else { return text.is_empty().then(Vec::new) };
    lines.split(|b| *b == b'\n').map(line).collect()
}

fn line(line: &[u8]) -> Option<Filed> {
    let mut fields = line.split(|b| *b == b'\t');
    let path = RelPath::parse(fields.next()?).ok()?;
    let mut text = || std::str::from_utf8(fields.next()?).ok();
    let filed = Filed {
        path,
        bytes: text()?.parse().ok()?,
        mtime: text()?.parse().ok()?,
        hash: blake3::Hash::from_hex(text()?).ok()?,
    };
    fields.next().is_none().then_some(filed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_list_that_was_cut_off_is_not() {
        let files: Vec<Filed> = ["a.jpg", "ccd_1/x/\u{e4} b.jpg"]
            .iter()
            .map(|name| Filed {
                path: RelPath::parse(name).unwrap(),
                bytes: 3,
                mtime: -7,
                hash: blake3::hash(name.as_bytes()),
            })
            .collect();
        let text = write(&files);
        assert_eq!(read(&text), Some(files));
        for end in 1..text.len() {
            let cut = read(&text[..end]);
            assert!(cut.is_none() || text[end - 1] == b'\n', "{end}");
        }
        assert_eq!(read(b""), Some(Vec::new()));
    }
}
