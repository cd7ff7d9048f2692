//! What a few bytes of a file look like: noise, and whether it begins as its name says.
//!
//! Noise is told by chi squared over the 256 values of a byte and not by entropy: photographs, films and packed files
//! have nearly as much entropy as what was encrypted, but not its evenness.

/// A window of a file that is judged, and the fewest bytes that can be.
pub const WINDOW: usize = 64 << 10;
pub const FEWEST: usize = 4 << 10;
/// Windows of encrypted data lie between 190 and 330, those of pictures and packed data above 400.
const MOST_EVEN: f64 = 340.0;

/// Files whose bytes are noise by their nature: only that they were none before tells something of them.
const NOISE_BY_NATURE: &[&str] = &[
    "xz", "txz", "7z", "gpg", "pgp", "asc", "age", "enc", "aes", "luks", "zst", "zstd", "br", "lz4", "lzma", "rar",
    "mp4", "mkv", "webm", "m4v", "mov", "avi", "mp3", "ogg", "opus", "flac", "m4a", "aac", "kdbx", "webp", "avif",
    "heic", "jxl", "jls",
];

/// How files with these endings begin; the number is where.
const SIGNATURES: &[(&str, usize, &[u8])] = &[
    ("jpg", 0, b"\xff\xd8\xff"),
    ("jpeg", 0, b"\xff\xd8\xff"),
    ("png", 0, b"\x89PNG\r\n\x1a\n"),
    ("gif", 0, b"GIF8"),
    ("pdf", 0, b"%PDF"),
    ("gz", 0, b"\x1f\x8b"),
    ("tgz", 0, b"\x1f\x8b"),
    ("zip", 0, b"PK"),
    ("jar", 0, b"PK"),
    ("docx", 0, b"PK"),
    ("xlsx", 0, b"PK"),
    ("odt", 0, b"PK"),
    ("bz2", 0, b"BZh"),
    ("xz", 0, b"\xfd7zXZ"),
    ("7z", 0, b"7z\xbc\xaf"),
    ("zst", 0, b"\x28\xb5\x2f\xfd"),
    ("sqlite", 0, b"SQLite format 3\0"),
    ("sqlite3", 0, b"SQLite format 3\0"),
    ("fits", 0, b"SIMPLE"),
    ("fit", 0, b"SIMPLE"),
    ("mp4", 4, b"ftyp"),
    ("mov", 4, b"ftyp"),
    ("mkv", 0, b"\x1a\x45\xdf\xa3"),
    ("webm", 0, b"\x1a\x45\xdf\xa3"),
    ("webp", 0, b"RIFF"),
    ("avi", 0, b"RIFF"),
    ("wav", 0, b"RIFF"),
];

/// How a file begins, as far as its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    Right,
    Wrong,
    /// The name says nothing.
    Unknown,
}

/// Whether a file called `name` begins as it should.
pub fn signature(name: &[u8], begin: &[u8]) -> Signature {
    let ending = ending(name);
    if ending == "json" {
        let first = begin.iter().find(|byte| !byte.is_ascii_whitespace());
        let is_json = first.is_some_and(|byte| b"{[\"-0123456789tfn\xef".contains(byte));
        return if is_json { Signature::Right } else { Signature::Wrong };
    }
    let Some((_, at, wanted)) = SIGNATURES.iter().find(|(known, ..)| *known == ending) else {
        return Signature::Unknown;
    };
    if begin.get(*at..).is_some_and(|rest| rest.starts_with(wanted)) { Signature::Right } else { Signature::Wrong }
}

/// Whether the bytes of a file with this name are noise by their nature.
pub fn is_noise_by_nature(name: &[u8]) -> bool {
    NOISE_BY_NATURE.contains(&ending(name).as_str())
}

/// Whether all windows are noise. Windows that are too short tell nothing, and then nothing is noise.
pub fn is_random(windows: &[&[u8]]) -> bool {
    !windows.is_empty() && windows.iter().all(|window| window.len() >= FEWEST && chi_squared(window) < MOST_EVEN)
}

fn chi_squared(window: &[u8]) -> f64 {
    let mut counts = [0_u64; 256];
    window.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let expected = window.len() as f64 / 256.0;
    counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum()
}

/// The part behind the last dot, in small letters; empty without one.
fn ending(name: &[u8]) -> String {
    let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let ending = name.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0).map(|at| &name[at + 1..]);
    String::from_utf8_lossy(ending.unwrap_or_default()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn noise_is_told_from_text_packed_text_and_zeros() {
        // Hardly a window of true noise lies above the limit.
        let hits = (0..40).filter(|_| is_random(&[&noise(WINDOW)])).count();
        assert!(hits >= 36, "{hits}");
        let text: Vec<u8> =
            (0..40_000_u32).flat_map(|n| format!("line {n} of {}\n", n * 7919 % 104_729).into_bytes()).collect();
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(&text).unwrap();
        let packed = packer.finish().unwrap();
        let zeros = vec![0; WINDOW];
        for plain in [&text[..WINDOW], &packed[..WINDOW], &zeros[..]] {
            assert!(!is_random(&[plain]));
        }
        assert!(!is_random(&[&noise(WINDOW), &text[..WINDOW]]), "all windows must be noise");
        assert!(!is_random(&[]) && !is_random(&[&noise(FEWEST - 1)]));
    }

    #[test]
    fn a_file_begins_as_its_name_says_or_otherwise() {
        for (name, begin, told) in [
            (&b"a/b.JPG"[..], &b"\xff\xd8\xff\xe0"[..], Signature::Right),
            (b"b.jpg", b"\x01\x02\x03", Signature::Wrong),
            (b"b.jpg", b"", Signature::Wrong),
            (b"film.mp4", b"\0\0\0\x20ftypisom", Signature::Right),
            (b"x.json", b" \n{", Signature::Right),
            (b"x.json", b"\x9f", Signature::Wrong),
            (b"README", b"\x9f", Signature::Unknown),
            (b".jpg", b"\x9f", Signature::Unknown),
            (b"x.txt", b"\x9f", Signature::Unknown),
        ] {
            assert_eq!(signature(name, begin), told, "{}", String::from_utf8_lossy(name));
        }
        assert!(is_noise_by_nature(b"a/b.XZ") && !is_noise_by_nature(b"a.xz/b"));
    }
}
