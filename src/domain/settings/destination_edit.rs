//! Adds a drive to the text of a configuration, and takes one out; comments, order and everything else stay.
//!
//! Invariant: the result is read again. Whatever did not become exactly what was asked for is not handed out.
use super::Reading;
use super::edit::CannotEdit;
use super::list_edit::{append, cannot, cut};
use crate::domain::destination::{DestinationName, DestinationSettings};

const LIST: &str = "destination";

/// `text` with one more drive, the last of its list.
pub fn add(text: &str, name: &DestinationName, path: &str) -> Result<String, CannotEdit> {
    let changed = append(text, LIST, &[("name", name.as_str().into()), ("path", path.into())]);
    let mut wished = Reading::of(text).settings.destinations;
    wished.push(DestinationSettings::new(name.clone(), path.into()));
    judged(text, changed, &wished)
}

/// `text` without the drive of this name: from its header to its last key. Comments above it stay.
pub fn remove(text: &str, name: &DestinationName) -> Result<String, CannotEdit> {
    let changed = cut(text, LIST, name.as_str())?;
    let mut wished = Reading::of(text).settings.destinations;
    wished.retain(|one| one.name != *name);
    judged(text, changed, &wished)
}

/// What the rest of the file then says of itself, such as a plan that needs the drive, is for the check of the whole.
fn judged(text: &str, changed: String, wished: &[DestinationSettings]) -> Result<String, CannotEdit> {
    let (before, after) = (Reading::of(text), Reading::of(&changed));
    let is_so = after.settings.destinations == wished
        && after.settings.plans == before.settings.plans
        && after.document.values() == before.document.values();
    if is_so { Ok(changed) } else { Err(cannot(LIST)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\n[nights]\nmin_images = 3 # few\n\n# the old one\n[[destination]]\nname = \"old\"\n\
                        path = \"/mnt/old\" # slow\nmount_command = [\"mount\", \"/mnt/old\"]\n";

    fn named(name: &str) -> DestinationName {
        name.parse().unwrap()
    }

    #[test]
    fn a_drive_is_added_as_the_last_and_taken_out_again_and_all_else_stays() {
        for text in [FILE, "", "# mine", "[[destination]]\nname = \"a\"\npath = \"/mnt/a\"\n[nights]\nmin_images = 3\n"]
        {
            for path in ["/mnt/usb", "/media/pi/My \"Disk\" ü\\x", "/mnt/it's"] {
                let added = add(text, &named("usb"), path).unwrap();
                let all = Reading::of(&added).settings.destinations;
                assert_eq!(all.last(), Some(&DestinationSettings::new(named("usb"), path.into())), "{added}");
                assert!(added.starts_with(text), "{added}");
                let removed = remove(&added, &named("usb")).unwrap();
                assert_eq!(removed.trim(), text.trim());
            }
        }
        let left = remove(FILE, &named("old")).unwrap();
        assert_eq!(left, "# mine\n[nights]\nmin_images = 3 # few\n\n# the old one\n");
        let two = FILE.replace("# the old one", "[[ destination ]] # first\nname = 'a'\npath = '/mnt/a'\n\n# second");
        let left = remove(&two, &named("a")).unwrap();
        assert_eq!(left, FILE.replace("few\n\n# the old one", "few\n\n# second"));
    }

    #[test]
    fn what_cannot_be_done_exactly_is_left_to_the_owner() {
        for (text, name) in [
            ("destination = 3\n", "usb"),
            ("[destination\n", "usb"),
            ("[destination]\npath = \"/mnt/a\"\n", "usb"),
            ("destination = [{ name = \"a\", path = \"/mnt/a\" }]\n", "usb"),
            (FILE, "old"),
        ] {
            assert!(add(text, &named(name), "/mnt/usb").is_err(), "{text}");
        }
        for (text, path) in [("", "/mnt/a\nb"), ("", "mnt"), ("", "/mnt/\u{7}")] {
            let added = add(text, &named("usb"), path);
            assert!(added.is_err() || Reading::of(&added.unwrap()).mistakes.is_empty(), "{path:?}");
        }
        assert!(remove(FILE, &named("usb")).is_err() && remove("", &named("usb")).is_err());
    }
}
