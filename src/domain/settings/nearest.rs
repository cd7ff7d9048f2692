//! "Did you mean …?"

/// The one of `names` that `typed` was probably meant to be: at most a third of its letters differ.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.into_iter().map(|name| (distance(typed, name), name));
    scored
        .filter(|(far, name)| *far <= name.chars().count().max(typed.chars().count()).div_ceil(3))
        .min()
        .map(|(_, name)| name)
}

/// Letters to add, drop, change, or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood_and_something_else_is_not() {
        let names = ["home", "system", "min_images", "min_avg_stars_primary", "keogram"];
        for (typed, meant) in [
            ("hme", Some("home")),
            ("hoem", Some("home")),
            ("min_image", Some("min_images")),
            ("min_avg_star_primary", Some("min_avg_stars_primary")),
            ("keograms", Some("keogram")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, names), meant, "{typed}");
        }
    }
}
