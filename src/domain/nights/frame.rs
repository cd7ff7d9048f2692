//! Whether a picture is whole, as far as its first and last bytes tell: pictures are cut off where
//! the power was.

/// How many bytes at the end of a picture decide.
pub const TAIL: usize = 64;

const PNG_END: &[u8] = &[0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82];

/// `None` when nothing is wrong. `tail` holds the last bytes of the file, at most [`TAIL`]. Kinds that
/// we do not know only must not be empty.
pub fn flaw(name: &[u8], bytes: u64, tail: &[u8]) -> Option<&'static str> {
    if bytes == 0 {
        return Some("is empty");
    }
    let ending = name.rsplit(|b| *b == b'.').next().unwrap_or_default().to_ascii_lowercase();
    match ending.as_slice() {
        // Some cameras pad the file with zeros.
        b"jpg" | b"jpeg" => {
            let end = tail.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
            (!tail[..end].ends_with(&[0xff, 0xd9])).then_some("is a JPEG picture without its end")
        }
        b"png" => (!tail.ends_with(PNG_END)).then_some("is a PNG picture without its end"),
        b"fit" | b"fits" | b"fts" => (!bytes.is_multiple_of(2880)).then_some("is a FITS file that was cut off"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_were_cut_off_are_seen() {
        assert_eq!(flaw(b"a/b.jpg", 4, &[1, 2, 0xff, 0xd9]), None);
        assert_eq!(flaw(b"b.JPG", 6, &[0xff, 0xd9, 0, 0]), None);
        assert!(flaw(b"b.jpg", 4, &[0xff, 0xd8, 0xff, 0xd8]).is_some());
        assert!(flaw(b"b.jpg", 0, &[]).is_some());
        assert_eq!(flaw(b"b.png", 99, PNG_END), None);
        assert!(flaw(b"b.png", 99, &PNG_END[..11]).is_some());
        assert_eq!(flaw(b"b.fits", 5760, &[0; 64]), None);
        assert!(flaw(b"b.fit", 5761, &[0; 64]).is_some());
        assert_eq!(flaw(b"b.dng", 3, &[1, 2, 3]), None);
    }
}
