//! A message as blocks, from which its plain text and its HTML are made, so that both say the same.
use super::one_line::one_line;

/// Longest cell or line of a log, in characters.
const CELL_CHARS: usize = 400;

/// A line of a table.
#[derive(Debug, Clone, Default)]
pub struct Row {
    pub cells: Vec<String>,
    /// What does not fit into a cell.
    pub remark: Option<String>,
}

/// What the reader should feel at the first glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Good,
    Careful,
    Bad,
}

/// Head line and blocks.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub mood: Mood,
    /// Only in the HTML: in the text the subject says it.
    pub headline: String,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
pub enum Block {
    /// `Host: allsky`, one a line.
    Facts(Vec<(&'static str, String)>),
    /// `Nights backed up:` and a line for each row, cells with bars between them.
    Rows {
        title: &'static str,
        rows: Vec<Row>,
        when_empty: &'static str,
    },
    /// The name of a part.
    Heading(String),
    Words(String),
    /// Lines as they were written.
    Log {
        title: &'static str,
        lines: Vec<String>,
    },
}

impl Sheet {
    /// A sheet whose every piece of text is one harmless line.
    pub fn new(mood: Mood, headline: &str, blocks: Vec<Block>) -> Self {
        let clean = |text: String| one_line(&text, CELL_CHARS);
        let blocks = blocks.into_iter().map(|block| match block {
            Block::Facts(facts) => Block::Facts(facts.into_iter().map(|(name, value)| (name, clean(value))).collect()),
            Block::Rows { title, rows, when_empty } => {
                let rows = rows.into_iter().map(|Row { cells, remark }| Row {
                    cells: cells.into_iter().map(clean).collect(),
                    remark: remark.map(clean),
                });
                Block::Rows { title, rows: rows.collect(), when_empty }
            }
            Block::Heading(text) => Block::Heading(clean(text)),
            Block::Words(text) => Block::Words(clean(text)),
            Block::Log { title, lines } => Block::Log { title, lines: lines.into_iter().map(clean).collect() },
        });
        Sheet { mood, headline: one_line(headline, CELL_CHARS), blocks: blocks.collect() }
    }
}

impl Row {
    fn line(&self) -> String {
        let all: Vec<&str> = self.cells.iter().chain(&self.remark).map(String::as_str).collect();
        all.join(" | ")
    }
}

/// Every line ends with a line feed.
pub fn text(sheet: &Sheet) -> String {
    let mut lines: Vec<String> = Vec::new();
    for block in &sheet.blocks {
        match block {
            Block::Facts(facts) => lines.extend(facts.iter().map(|(name, value)| format!("{name}: {value}"))),
            Block::Rows { title, rows, when_empty } => {
                lines.push(format!("{title}:"));
                lines.extend(rows.iter().map(Row::line));
                if rows.is_empty() {
                    lines.push((*when_empty).to_owned());
                }
            }
            Block::Heading(text) => lines.extend([String::new(), text.clone()]),
            Block::Words(text) => lines.push(text.clone()),
            Block::Log { title, lines: log } => {
                lines.push(String::new());
                lines.push(format!("{title}:"));
                lines.extend(log.iter().cloned());
            }
        }
    }
    lines.join("\n") + "\n"
}
