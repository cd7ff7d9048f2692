//! A folder in two snapshots: what is new, changed and gone in the later one.
use std::collections::BTreeMap;

use crate::work::snapshot::ls::Listed;

/// How something of a folder differs from the snapshot before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Same,
    New,
    Changed,
    Gone,
}

/// Everything in `now`, then what only `before` has, each by its name.
pub fn compared<'a>(now: &'a [Listed], before: Option<&'a [Listed]>) -> Vec<(&'a Listed, Change)> {
    let Some(before) = before else { return now.iter().map(|item| (item, Change::Same)).collect() };
    let mut old: BTreeMap<&[u8], &Listed> = before.iter().map(|item| (item.raw_name(), item)).collect();
    let mut all: Vec<(&Listed, Change)> = now
        .iter()
        .map(|item| match old.remove(item.raw_name()) {
            None => (item, Change::New),
            Some(was) if was.looks_like(item) => (item, Change::Same),
            Some(_) => (item, Change::Changed),
        })
        .collect();
    all.extend(old.into_values().map(|was| (was, Change::Gone)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: u64) -> Listed {
        let (name, mode) = (name.to_owned(), "0644".to_owned());
        Listed { name, name_bytes: None, kind: "file", bytes, mode, uid: 0, gid: 0, mtime: 0, target: None }
    }

    #[test]
    fn new_changed_and_gone_files_are_told_from_those_that_stayed() {
        let before = [file("a", 1), file("b", 1), file("c", 1)];
        let now = [file("a", 1), file("b", 2), file("d", 1)];
        let told: Vec<(&str, Change)> =
            compared(&now, Some(&before)).into_iter().map(|(item, change)| (item.name.as_str(), change)).collect();
        let wanted = [("a", Change::Same), ("b", Change::Changed), ("d", Change::New), ("c", Change::Gone)];
        assert_eq!(told, wanted);
        assert!(compared(&now, None).iter().all(|(_, change)| *change == Change::Same));
    }
}
