//! A secret in a file: its first line, when the file is for few eyes.
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::plain::read_plain_text;

/// A file that is longer than this is something else.
const MOST: u64 = 4096;

/// The file's first line. Refuses one that everybody may read. No error tells what is in the file.
pub fn first_line(file: &Path) -> io::Result<String> {
    let told = |kind, why: &str| io::Error::new(kind, format!("{}: {why}", file.display()));
    let about = fs::metadata(file).map_err(|why| told(why.kind(), &why.to_string()))?;
    if about.permissions().mode() & 0o007 != 0 {
        return Err(told(ErrorKind::PermissionDenied, "everybody on this machine may read it; chmod 600 it"));
    }
    if !about.is_file() || about.len() > MOST {
        return Err(told(ErrorKind::InvalidData, "this is no file with a secret in one line"));
    }
    let text = read_plain_text(file, MOST).map_err(|why| told(why.kind(), &why.to_string()))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_for_few_eyes_is_read_and_no_error_tells_what_is_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        fs::write(&file, " canary \nsecond line\n").unwrap();
        for (mode, fits) in [(0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o602, false)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            match first_line(&file) {
                Ok(line) => assert!(fits && line == "canary", "{mode:o}"),
                Err(why) => assert!(!fits && !why.to_string().contains("canary"), "{mode:o}: {why}"),
            }
        }
        fs::write(&file, vec![b'x'; 5000]).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(first_line(&file).is_err());
        assert!(first_line(dir.path()).is_err() && first_line(&dir.path().join("none")).is_err());
    }
}
