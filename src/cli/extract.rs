//! `extract NAME PATH`: one file, to standard output or to a place of its own.
//!
//! A file appears under its name when all of it is there and proved, never half.
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use clap::Args;

use super::reading::ReadingSession;
use super::screen::say;
use super::{archive_name, interrupt};
use crate::api::archive::Extracted;
use crate::archive::index::Row;
use crate::base::rel_path::RelPath;
use crate::base::size::Bytes;
use crate::domain::failure::{Code, Failure};
use crate::work::archive::extract;

/// Where a file goes.
#[derive(Debug, Args)]
pub struct Out {
    /// File or folder to write to; `-` or nothing is standard output
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long, requires = "output")]
    force: bool,
}

impl ReadingSession {
    pub(super) fn extract(&self, name: &str, path: &OsStr, to: &Out) -> Result<(), Failure> {
        let name = archive_name(&self.tools, name)?;
        let member = RelPath::parse(path.as_bytes()).map_err(|why| Failure {
            code: Code::NotFound,
            message: format!("{name} has no such member: the name {why}"),
            advice: format!("`allsky-backups info {name} --files` shows every name."),
        })?;
        let (row, content) = extract::extract(&self.tools, &name, &member)?;
        if !row.is_proved() {
            say(&format!("note: {member} is not proved whole: the end of the archive is missing."));
        }
        match to.output.as_deref().filter(|out| *out != Path::new("-")) {
            None => to_stdout(self, content),
            Some(out) => {
                let (path, bytes) = to_file(out, if to.force { There::Replaced } else { There::Kept }, &row, content)
                    .map_err(|(path, error)| Failure {
                    code: Code::Failed,
                    message: format!("{member} could not be written to {}: {error}", path.display()),
                    advice: advice(&error).into(),
                })?;
                let value = Extracted { name: &name, path: &member, out: path.to_string_lossy(), bytes };
                self.screen.show(&value, |out| writeln!(out, "{} ({})", path.display(), Bytes(bytes)))
            }
        }
    }
}

fn to_stdout(session: &ReadingSession, mut content: impl Read) -> Result<(), Failure> {
    let unreadable = |error: io::Error| Failure {
        code: Code::Damaged,
        message: format!("the content could not be read: {error}"),
        advice: "Verify the archive to learn what is damaged.".into(),
    };
    let mut chunk = vec![0; 64 << 10];
    let mut filled = fill(&mut content, &mut chunk).map_err(unreadable)?;
    if io::stdout().is_terminal() && is_binary(&chunk[..filled]) {
        return Err(Failure {
            code: Code::Usage,
            message: "this is no text, and a terminal cannot show it".into(),
            advice: "Write it to a file with -o FILE.".into(),
        });
    }
    let mut trouble = Ok(());
    session.screen.write(|out| {
        while filled > 0 {
            out.write_all(&chunk[..filled])?;
            filled = match fill(&mut content, &mut chunk) {
                Ok(n) => n,
                Err(error) => {
                    trouble = Err(unreadable(error));
                    return out.flush();
                }
            };
        }
        Ok(())
    })?;
    trouble
}

/// Into `out`, or into the folder `out` under the member's own name; devices and pipes are written
/// to as they are.
fn to_file(
    out: &Path,
    there: There,
    row: &Row,
    mut content: impl Read,
) -> Result<(PathBuf, u64), (PathBuf, io::Error)> {
    let out = if out.is_dir() { out.join(OsStr::from_bytes(row.path.name())) } else { out.to_owned() };
    let with_path = |error| (out.clone(), error);
    match fs::metadata(&out) {
        Ok(there) if !there.is_file() => {
            let mut file = File::options().write(true).open(&out).map_err(with_path)?;
            let bytes = copy(&mut content, &mut file).map_err(with_path)?;
            return Ok((out, bytes));
        }
        Ok(_) if there == There::Kept => return Err(with_path(ErrorKind::AlreadyExists.into())),
        _ => {}
    }
    let mut temporary = out.clone().into_os_string();
    temporary.push(format!(".part-{}", std::process::id()));
    let temporary = PathBuf::from(temporary);
    // An existing file of that name belongs to somebody else, and stays.
    let mut file = File::create_new(&temporary).map_err(with_path)?;
    let written = copy(&mut content, &mut file).and_then(|bytes| {
        file.sync_all()?;
        match there {
            There::Replaced => fs::rename(&temporary, &out)?,
            // A file that came meanwhile stays as well.
            There::Kept => rename_new(&temporary, &out)?,
        }
        Ok(bytes)
    });
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written.map(|bytes| (out.clone(), bytes)).map_err(with_path)
}

/// What becomes of a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Kept,
    Replaced,
}

fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(e),
        // Drives without links.
        Err(_) => fs::rename(from, to),
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            "Nothing was changed. Choose another place with -o, or replace the file with --force."
        }
        _ => "Choose another place with -o; if the archive is at fault, verify it.",
    }
}

fn copy(content: &mut impl Read, file: &mut File) -> io::Result<u64> {
    let mut chunk = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        if interrupt::asked() {
            return Err(io::Error::other("stopped"));
        }
        let filled = fill(content, &mut chunk)?;
        if filled == 0 {
            return Ok(bytes);
        }
        file.write_all(&chunk[..filled])?;
        bytes += filled as u64;
    }
}

/// Reads until `chunk` is full or the content ends.
fn fill(content: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < chunk.len() {
        match content.read(&mut chunk[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Control characters that text does not have, or bytes that are not UTF-8 (a letter that the chunk
/// cuts in two does not count).
fn is_binary(bytes: &[u8]) -> bool {
    let odd = |b: &u8| *b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t');
    let broken = match std::str::from_utf8(bytes) {
        Ok(_) => false,
        Err(error) => error.error_len().is_some(),
    };
    broken || bytes.iter().any(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_binary_and_settings_are_not() {
        assert!(is_binary(b"\xff\xd8\xff\xe0"));
        assert!(is_binary(b"\x1b[2J"));
        assert!(!is_binary("{\n\t\"Größe\": 1\r\n}".as_bytes()));
        assert!(!is_binary(&"ö".as_bytes()[..1]));
    }
}
