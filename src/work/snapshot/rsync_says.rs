//! What rsync says of its work on standard output: how far it is, and what it would do. It is shown to people, and used
//! to ask for room; what a snapshot holds is never taken from it.

/// The figures of `--stats`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::work) struct Stats {
    pub files: u64,
    pub folders: u64,
    pub symlinks: u64,
    pub special: u64,
    pub bytes: u64,
    /// Files that are not in the place that was compared with.
    pub created: u64,
    /// Files that would be written, with those.
    pub transferred: u64,
    pub transferred_bytes: u64,
}

impl Stats {
    pub fn hear(&mut self, line: &str) {
        let Some((what, figures)) = line.split_once(": ") else { return };
        let first = figures.split([' ', ',']).next().and_then(|text| text.parse().ok()).unwrap_or(0);
        match what {
            "Number of files" => {
                (self.files, self.folders) = (kind(figures, "reg"), kind(figures, "dir").saturating_sub(1));
                (self.symlinks, self.special) =
                    (kind(figures, "link"), kind(figures, "special") + kind(figures, "dev"));
            }
            "Number of created files" => self.created = kind(figures, "reg"),
            "Number of regular files transferred" => self.transferred = first,
            "Total file size" => self.bytes = first,
            "Total transferred file size" => self.transferred_bytes = first,
            _ => {}
        }
    }
}

/// The number behind `reg: ` in `6 (reg: 3, dir: 3)`.
fn kind(figures: &str, kind: &str) -> u64 {
    let inner = figures.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inner, _)| inner);
    let parts = inner.split(", ").filter_map(|part| part.split_once(": "));
    parts.filter(|(name, _)| *name == kind).find_map(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// Bytes and files of a line like `  67343328  33%   58.54MB/s    0:00:02 (xfr#1, to-chk=2/4)`.
pub(in crate::work) fn progress(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_ascii_whitespace();
    let bytes = words.next()?.parse().ok()?;
    words.next()?.strip_suffix('%')?.parse::<u32>().ok()?;
    let files = line.split_once("(xfr#").and_then(|(_, rest)| rest.split(',').next()?.parse().ok());
    Some((bytes, files.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_and_other_lines_are_nothing() {
        let mut stats = Stats::default();
        for line in [
            "Number of files: 16 (reg: 10, dir: 3, link: 2, special: 1)",
            "Number of created files: 4 (reg: 2, dir: 2)",
            "Number of regular files transferred: 3",
            "Total file size: 300004 bytes",
            "Total transferred file size: 300002 bytes",
            "a: b: c",
            "Number of files",
        ] {
            stats.hear(line);
        }
        let wanted = Stats {
            files: 10,
            folders: 2,
            symlinks: 2,
            special: 1,
            bytes: 300_004,
            created: 2,
            transferred: 3,
            transferred_bytes: 300_002,
        };
        assert_eq!(stats, wanted);
        for (line, wanted) in [
            ("       67343328  33%   58.54MB/s    0:00:02  ", Some((67_343_328, 0))),
            ("  200300000  99%   58.49MB/s    0:00:03 (xfr#2, to-chk=1/4)", Some((200_300_000, 2))),
            ("skipping non-regular file \"p\"", None),
            ("12 files", None),
            ("", None),
        ] {
            assert_eq!(progress(line), wanted, "{line}");
        }
    }
}
