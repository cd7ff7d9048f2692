//! The one order in which a folder is walked and a manifest is written, so that two of them can be read side by side:
//! in each folder first everything that is no folder, then the folders, each by the bytes of its name.
use std::cmp::Ordering;

use super::entry::Sort;

/// Which of two things comes first. Paths are below the top.
pub fn compare(one: (&[u8], Sort), other: (&[u8], Sort)) -> Ordering {
    let (mut left, mut right) = (parts(one), parts(other));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match a.cmp(&b) {
                Ordering::Equal => {}
                decided => return decided,
            },
        }
    }
}

/// Each part of the path, with whether it is a folder.
fn parts((path, sort): (&[u8], Sort)) -> impl Iterator<Item = (bool, &[u8])> {
    let mut parts = path.split(|byte| *byte == b'/').peekable();
    std::iter::from_fn(move || {
        let part = parts.next()?;
        Some((parts.peek().is_some() || sort == Sort::Folder, part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_before_folders_and_a_folder_before_what_is_in_it() {
        let sorted: &[(&str, Sort)] = &[
            ("b", Sort::File),
            ("x", Sort::Symlink),
            ("a", Sort::Folder),
            ("a/z", Sort::File),
            ("a/c", Sort::Folder),
            ("a/c/a", Sort::File),
            ("a.b", Sort::Folder),
            ("a.b/a", Sort::File),
            ("b", Sort::Folder),
        ];
        for (i, (a, a_sort)) in sorted.iter().enumerate() {
            for (j, (b, b_sort)) in sorted.iter().enumerate() {
                let said = compare((a.as_bytes(), *a_sort), (b.as_bytes(), *b_sort));
                assert_eq!(said, i.cmp(&j), "{a} {b}");
            }
        }
    }
}
