//! What changes in a text file, line by line.
//!
//! Bounded work: texts that differ in too much are said to differ, not compared for minutes.
use serde::Serialize;
use similar::{Algorithm, ChangeTag, capture_diff_slices};

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;
/// Lines on each side, after equal beginnings and ends are cut off, that are compared.
const MOST_LINES: usize = 2000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Same,
    Removed,
    Added,
    /// Lines left out here; the text says how many.
    Gap,
}

impl From<ChangeTag> for Mark {
    fn from(tag: ChangeTag) -> Mark {
        match tag {
            ChangeTag::Equal => Mark::Same,
            ChangeTag::Delete => Mark::Removed,
            ChangeTag::Insert => Mark::Added,
        }
    }
}

/// One line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub mark: Mark,
    pub text: String,
}

/// From `old` to `new`; `None` when they differ in more than can be compared. Empty = equal.
pub fn lines(old: &str, new: &str) -> Option<Vec<Line>> {
    if old == new {
        return Some(Vec::new());
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let begin = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let end = old[begin..].iter().rev().zip(new[begin..].iter().rev()).take_while(|(a, b)| a == b).count();
    if old.len().max(new.len()) - begin - end > MOST_LINES {
        return None;
    }
    let steps = capture_diff_slices(Algorithm::Myers, &old, &new);
    let all: Vec<(Mark, &str)> = steps
        .iter()
        .flat_map(|step| step.iter_changes(old.as_slice(), new.as_slice()))
        .map(|line| (Mark::from(line.tag()), line.value()))
        .collect();
    Some(shorten(&all))
}

fn shorten(all: &[(Mark, &str)]) -> Vec<Line> {
    let mut near = vec![false; all.len()];
    for (at, _) in all.iter().enumerate().filter(|(_, (mark, _))| *mark != Mark::Same) {
        let end = (at + CONTEXT + 1).min(all.len());
        near[at.saturating_sub(CONTEXT)..end].fill(true);
    }
    let mut shown = Vec::new();
    let mut skipped = 0;
    let gap = |skipped: usize| Line { mark: Mark::Gap, text: format!("{skipped} equal lines") };
    for ((mark, text), near) in all.iter().zip(near) {
        if !near {
            skipped += 1;
            continue;
        }
        if skipped > 0 {
            shown.push(gap(skipped));
            skipped = 0;
        }
        shown.push(Line { mark: *mark, text: (*text).to_owned() });
    }
    if skipped > 0 && !shown.is_empty() {
        shown.push(gap(skipped));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(old: &str, new: &str) -> String {
        let sign = |mark| match mark {
            Mark::Same => ' ',
            Mark::Removed => '-',
            Mark::Added => '+',
            Mark::Gap => '~',
        };
        lines(old, new).unwrap().iter().map(|l| format!("{}{}\n", sign(l.mark), l.text)).collect()
    }

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        assert_eq!(drawn("a\nb\nc\n", "a\nx\nc\nd\n"), " a\n-b\n+x\n c\n+d\n");
        let old: String = (0..20).map(|n| format!("{n}\n")).collect();
        let new = old.replace("10\n", "ten\n");
        assert_eq!(drawn(&old, &new), "~7 equal lines\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n~6 equal lines\n");
        assert_eq!(drawn("same\n", "same\n"), "");
        assert_eq!(drawn("", "new\n"), "+new\n");
    }

    #[test]
    fn every_shown_diff_rebuilds_both_texts() {
        let texts = ["a\nb\nc", "c\nb\na", "", "x", "a\na\nb", "b\na\na\nc"];
        for old in texts {
            for new in texts {
                let side = |leave: Mark| -> Vec<String> {
                    lines(old, new).unwrap().into_iter().filter(|l| l.mark != leave).map(|l| l.text).collect()
                };
                if old != new {
                    assert_eq!(side(Mark::Added), old.lines().collect::<Vec<_>>());
                    assert_eq!(side(Mark::Removed), new.lines().collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn texts_without_likeness_are_not_compared_for_minutes() {
        let many = |word: &str| (0..=MOST_LINES).map(|n| format!("{word}{n}\n")).collect::<String>();
        assert_eq!(lines(&many("a"), &many("b")), None);
        assert!(lines(&many("a"), &(many("a") + "one more")).is_some());
    }
}
