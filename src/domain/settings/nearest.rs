//! "Did you mean …?"

/// The one of `names` that `typed` was probably meant to be: `typed` is a word of it, or at most a third of its letters
/// differ.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut with_word = names.iter().copied().filter(|name| name.split('_').any(|word| word == typed));
    if let (Some(meant), None) = (with_word.next(), with_word.next()) {
        return Some(meant);
    }
    // Letters to add, drop or change, or to swap with their neighbour.
    let scored = names.into_iter().map(|name| (strsim::osa_distance(typed, name), name));
    scored
        .filter(|(far, name)| *far <= name.chars().count().max(typed.chars().count()).div_ceil(3))
        .min()
        .map(|(_, name)| name)
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
            ("images", Some("min_images")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, names), meant, "{typed}");
        }
    }
}
