//! What changes in a text file, line by line.
//!
//! Bounded work: texts that differ in too much are said to differ, not compared for minutes.
use serde::Serialize;

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;
/// Lines on each side, after equal head and tail are cut off, that are compared.
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
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (middle_old, middle_new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    if middle_old.len() > MOST_LINES || middle_new.len() > MOST_LINES {
        return None;
    }
    let mut all: Vec<(Mark, &str)> = old[..head].iter().map(|l| (Mark::Same, *l)).collect();
    all.extend(compare(middle_old, middle_new));
    all.extend(old[old.len() - tail..].iter().map(|l| (Mark::Same, *l)));
    Some(shorten(&all))
}

/// The longest common subsequence decides what stays.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Mark, &'a str)> {
    let width = new.len() + 1;
    // longest[i * width + j] = common lines of old[i..] and new[j..]
    let mut longest = vec![0u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut marks = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            marks.push((Mark::Same, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
            marks.push((Mark::Removed, old[i]));
            i += 1;
        } else {
            marks.push((Mark::Added, new[j]));
            j += 1;
        }
    }
    marks
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
