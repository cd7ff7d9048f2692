//! What a drive that was chosen is called in the configuration, unless its owner wants another name.
use crate::domain::destination::DestinationName;
use crate::domain::slug::MOST;

/// Letters that labels of drives have, and what is read for them.
const READ_AS: [(char, &str); 7] =
    [('ä', "ae"), ('ö', "oe"), ('ü', "ue"), ('ß', "ss"), ('é', "e"), ('è', "e"), ('ø', "o")];

/// The first of `texts` that makes a name, told apart from those that are `taken`.
pub fn suggest<'a>(texts: impl IntoIterator<Item = &'a str>, taken: &[DestinationName]) -> String {
    let base = texts.into_iter().find_map(slug).unwrap_or_else(|| "drive".to_owned());
    let is_free =
        |name: &str| name != DestinationName::backups().as_str() && taken.iter().all(|one| one.as_str() != name);
    let numbered = |number: usize| {
        let ending = format!("-{number}");
        let short: String = base.chars().take(MOST - ending.len()).collect();
        format!("{}{ending}", short.trim_end_matches('-'))
    };
    std::iter::once(base.clone()).chain((2..).map(numbered)).find(|name| is_free(name)).unwrap_or(base.clone())
}

/// Small letters, digits and single `-`; `None` where nothing of the text can be used.
fn slug(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.to_lowercase().chars() {
        match READ_AS.iter().find(|(letter, _)| *letter == c) {
            Some((_, plain)) => name.push_str(plain),
            None if c.is_ascii_alphanumeric() => name.push(c),
            None if !name.ends_with('-') => name.push('-'),
            None => {}
        }
    }
    let begin = name.find(|c: char| c.is_ascii_lowercase())?;
    let short: String = name[begin..].chars().take(MOST).collect();
    let short = short.trim_end_matches('-');
    (short.len() > 1).then(|| short.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::slug::is_slug;

    #[test]
    fn every_label_makes_a_name_that_is_free() {
        let usb: DestinationName = "usb".parse().unwrap();
        for (texts, name) in [
            (&["Meine Bälle"][..], "meine-baelle"),
            (&["2026 Nights!!"], "nights"),
            (&["", "1234", "SanDisk Extreme"], "sandisk-extreme"),
            (&["USB"], "usb-2"),
            (&["backups"], "backups-2"),
            (&["видео", "日本"], "drive"),
            (&[], "drive"),
        ] {
            let suggested = suggest(texts.iter().copied(), std::slice::from_ref(&usb));
            assert_eq!(suggested, name, "{texts:?}");
        }
        let long = "a".repeat(80);
        let taken: DestinationName = "a".repeat(MOST).parse().unwrap();
        let second = suggest([long.as_str()], &[taken]);
        assert!(is_slug(&second) && second.ends_with("-2"), "{second}");
    }
}
