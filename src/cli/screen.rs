//! What the terminal says: words for people, or JSON for programs.
//!
//! A reader that went away (`| head`) is no failure of ours, and never a panic.
use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::api::refusal::Refusal;
use crate::base::rel_path::printable;
use crate::domain::believable::{TOLD, is_ahead};
use crate::domain::failure::{Code, Failure};

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    Words,
    Json,
}

#[derive(Debug, Clone, Copy)]
pub struct Screen {
    pub speech: Speech,
}

impl Screen {
    /// Prints `value` as JSON, or what `words` writes.
    pub fn show<T: Serialize + ?Sized>(
        &self,
        value: &T,
        words: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        self.write(|out| match self.speech {
            Speech::Json => {
                serde_json::to_writer(&mut *out, value)?;
                out.write_all(b"\n")
            }
            Speech::Words => {
                let mut text = Vec::new();
                words(&mut text)?;
                out.write_all(without_controls(&text).as_bytes())
            }
        })
    }

    /// Hands out standard output, buffered, and settles how writing ended.
    pub fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                // The reader is gone, so the buffered rest is dropped.
                drop(out.into_parts());
                Ok(())
            }
            Err(error) => {
                drop(out.into_parts());
                Err(output_failed(&error))
            }
            Ok(()) => Ok(()),
        }
    }

    pub fn fail(&self, failure: &Failure) {
        match self.speech {
            Speech::Json => {
                let error = Refusal { error: failure };
                // Nothing is left to say when even this cannot be printed; the exit code speaks.
                let _ = self.show(&error, |_| Ok(()));
            }
            Speech::Words => {
                say(&format!("error: {}", failure.message));
                if !failure.advice.is_empty() {
                    say(&failure.advice);
                }
            }
        }
    }
}

/// A moment for people; one that lies ahead of `now` says why.
pub fn stamp(at: jiff::Timestamp, now: &jiff::Zoned) -> String {
    let text = at.to_zoned(now.time_zone().clone()).strftime("%Y-%m-%d %H:%M").to_string();
    if is_ahead(at, now.timestamp()) { format!("{text} ({TOLD})") } else { text }
}

/// A line on standard error; when nobody listens there, nobody is told.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{}", without_controls(line.as_bytes()));
}

/// Names and messages come from archives and drives; nothing in them may move the cursor or more.
fn without_controls(text: &[u8]) -> String {
    text.split(|byte| *byte == b'\n').map(printable).collect::<Vec<_>>().join("\n")
}

pub fn output_failed(error: &io::Error) -> Failure {
    Failure {
        code: Code::Failed,
        message: format!("standard output: {error}"),
        advice: "Check where the output goes.".into(),
    }
}

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Aligned columns under headings.
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = |text: &str| text.chars().count();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|i| self.rows.iter().map(|row| width(&row[i])).chain([width(self.columns[i].0)]).max().unwrap_or(0))
            .collect();
        let heads: Vec<String> = self.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        for row in std::iter::once(&heads).chain(&self.rows) {
            let mut line = String::new();
            for (i, cell) in row.iter().enumerate() {
                let space = " ".repeat(widths[i] - width(cell));
                let (before, after) =
                    if self.columns[i].1 == Align::Right { (space.as_str(), "") } else { ("", space.as_str()) };
                line.push_str(&format!("{before}{cell}{after}  "));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_speaks_to_the_terminal() {
        assert_eq!(without_controls(b"a\x1b[2Jb\n\xc2\x9bc\n"), "a\\x1b[2Jb\n\\u{9b}c\n");
    }

    #[test]
    fn columns_stand_under_their_headings_also_with_umlauts() {
        let mut table = Table::new(&[("NAME", Align::Left), ("SIZE", Align::Right)]);
        table.row(["Größe".into(), "9 B".into()]);
        table.row(["a".into(), "12.0 MB".into()]);
        let mut out = Vec::new();
        table.print(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "NAME      SIZE\nGröße      9 B\na      12.0 MB\n");
    }
}
