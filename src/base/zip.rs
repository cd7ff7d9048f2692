//! One text in a `.zip`, which every mail program and every desktop opens.
//!
//! The invariant: what comes out is at most [`OVERHEAD_BYTES`] larger than what goes in, and the name is plain ASCII.
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Room for the heads, and for bytes that do not get smaller.
pub const OVERHEAD_BYTES: usize = 4096;
/// Longest name, in bytes.
const NAME_BYTES: usize = 120;
const VERSION: u16 = 20;
const DEFLATED: u16 = 8;
/// 1980-01-01, the first day that the format knows: the times of a log stand in its lines.
const DATE: u16 = 0x21;

/// A `.zip` with `content` in a file called `name`. Fails for contents of 4 GiB and more.
pub fn of_one_file(name: &str, content: &[u8]) -> io::Result<Vec<u8>> {
    let name = plain(name);
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(content)?;
    let packed = deflate.finish()?;
    let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
    let (size, packed_size) =
        (u32::try_from(content.len()).map_err(too_large)?, u32::try_from(packed.len()).map_err(too_large)?);
    let sum = crc32fast::hash(content);
    let mut zip = Vec::with_capacity(packed.len() + 512);
    put32(&mut zip, 0x0403_4b50);
    put_about(&mut zip, sum, packed_size, size, &name);
    zip.extend_from_slice(name.as_bytes());
    zip.extend_from_slice(&packed);
    let directory = u32::try_from(zip.len()).map_err(too_large)?;
    put32(&mut zip, 0x0201_4b50);
    put16(&mut zip, VERSION);
    put_about(&mut zip, sum, packed_size, size, &name);
    // No comment, the first disk, no attributes, and the file's head is at the beginning.
    zip.extend_from_slice(&[0; 14]);
    zip.extend_from_slice(name.as_bytes());
    let directory_size = u32::try_from(zip.len()).map_err(too_large)? - directory;
    put32(&mut zip, 0x0605_4b50);
    [0, 0, 1, 1].into_iter().for_each(|count| put16(&mut zip, count));
    put32(&mut zip, directory_size);
    put32(&mut zip, directory);
    put16(&mut zip, 0);
    Ok(zip)
}

/// What the head of the file and its entry in the directory have in common.
fn put_about(zip: &mut Vec<u8>, sum: u32, packed_size: u32, size: u32, name: &str) {
    [VERSION, 0, DEFLATED, 0, DATE].into_iter().for_each(|number| put16(zip, number));
    [sum, packed_size, size].into_iter().for_each(|number| put32(zip, number));
    // `plain` has cut it.
    put16(zip, name.len() as u16);
    put16(zip, 0);
}

fn put16(zip: &mut Vec<u8>, number: u16) {
    zip.extend_from_slice(&number.to_le_bytes());
}

fn put32(zip: &mut Vec<u8>, number: u32) {
    zip.extend_from_slice(&number.to_le_bytes());
}

/// A name that is the same in every program, and no path.
pub fn plain(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().map(|c| if fits(c) { c } else { '-' }).take(NAME_BYTES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_path_and_never_long() {
        assert_eq!(plain("pictures_host:pi.log"), "pictures_host-pi.log");
        assert_eq!(plain("../../etc/päss"), "..-..-etc-p-ss");
        assert_eq!(plain(&"x".repeat(500)).len(), NAME_BYTES);
    }

    #[test]
    fn what_does_not_get_smaller_grows_by_little() {
        let noise: Vec<u8> = (0u32..1 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for content in [&noise[..], b"", b"one line\n"] {
            let zip = of_one_file("a.log", content).unwrap();
            assert!(zip.len() <= content.len() + OVERHEAD_BYTES, "{} of {}", zip.len(), content.len());
        }
    }
}
