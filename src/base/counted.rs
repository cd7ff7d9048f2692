//! A number with its noun, for messages to people.

/// "1 file", "2 files", "0 files".
pub fn counted(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn a_noun_has_the_number_of_its_count() {
        let said = [0, 1, 2].map(|number| counted(number, "file"));
        assert_eq!(said, ["0 files", "1 file", "2 files"]);
    }
}
