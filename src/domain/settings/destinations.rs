//! The destinations of a configuration: every `[[destination]]`.
//!
//! Invariant: a destination with a mistake is none; names are unique, and none is that of the backups folder.
use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use super::lists::ListReader;
use super::mistake::Rule;
use crate::domain::destination::DestinationSettings;

/// What the value of the key `destination` says.
pub(super) fn read(reader: &mut ListReader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<DestinationSettings> {
    let mut all: Vec<DestinationSettings> = Vec::new();
    for (at, table) in reader.tables(value) {
        let before = reader.mistakes.len();
        let values = reader.keys(reader.list.subject, table, &[]);
        reader.need(at, table, &["name", "path"]);
        if reader.mistakes.len() > before {
            continue;
        }
        match serde_json::from_value::<DestinationSettings>(Value::Object(values)) {
            Ok(one) if all.iter().any(|other| other.name == one.name) => {
                reader.tell_twice(table, at, one.name.as_str());
            }
            Ok(one) => all.push(one),
            // The table of keys lets nothing pass that the type refuses; were it so, it is still a mistake.
            Err(error) => reader.tell(at, "destination", Rule::BadType, &error.to_string()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::Reading;

    fn told(text: &str) -> Vec<String> {
        let mistakes = Reading::of(text).mistakes.into_iter();
        mistakes.map(|m| format!("{}: {} ({})", m.line, m.path, m.code.as_str())).collect()
    }

    #[test]
    fn destinations_are_read_in_their_order_with_the_defaults_of_a_drive() {
        let text = "[[destination]]\nname = \"usb-2\"\npath = \"/mnt/a\"\n[[destination]]\nname = \"nas\"\n\
                    path = \"/mnt/b\"\nrequire_mount = false\nmount_command = [\"mount\", \"/mnt/b\"]\n\
                    [nights]\ndestination = \"nas\"\n";
        let reading = Reading::of(text);
        assert_eq!(reading.mistakes, []);
        let [usb, nas] = &reading.settings.destinations[..] else { panic!("{:?}", reading.settings.destinations) };
        assert_eq!((usb.name.as_str(), usb.require_mount, usb.mount_command.len()), ("usb-2", true, 0));
        assert_eq!((nas.name.as_str(), nas.require_mount, nas.mount_command.len()), ("nas", false, 2));
        assert_eq!(reading.settings.nights.destination.as_ref(), Some(&nas.name));
    }

    #[test]
    fn every_mistake_in_a_destination_has_its_line() {
        assert_eq!(
            told(
                "[[destination]]\nname = \"USB\"\npath = \"mnt\"\nrequire_mount = 1\nmount_comand = []\n[[destination]]\n\
                 [[destination]]\nname = \"backups\"\npath = \"/a\"\n"
            ),
            [
                "2: destination.name (bad_name)",
                "3: destination.path (bad_name)",
                "4: destination.require_mount (bad_type)",
                "5: destination.mount_comand (unknown_key)",
                "6: destination.name (missing_key)",
                "6: destination.path (missing_key)",
                "8: destination.name (bad_name)",
            ]
        );
        let twice = "[[destination]]\nname = \"usb\"\npath = \"/a\"\n".repeat(2);
        assert_eq!(told(&twice), ["5: destination.name (duplicate_name)"]);
    }

    #[test]
    fn a_drive_that_is_written_as_a_single_table_is_told_to_get_a_name() {
        let mistakes = Reading::of("[nights]\nmin_images = 1\n[destination]\npath = \"/mnt/a\"\n").mistakes;
        let [mistake] = &mistakes[..] else { panic!("{mistakes:?}") };
        assert_eq!((mistake.line, mistake.path.as_str()), (3, "destination"));
        assert!(mistake.message.contains("write [[destination]] with a name"), "{mistake}");
    }

    #[test]
    fn nights_go_to_a_destination_of_the_list_alone() {
        let drive = "[[destination]]\nname = \"usb\"\npath = \"/a\"\n";
        for name in ["nas", "backups"] {
            let text = format!("{drive}[nights]\ndestination = \"{name}\"\n");
            assert_eq!(told(&text), ["5: nights.destination (unknown_ref)"]);
        }
        assert_eq!(told("[nights]\ndestination = \"NAS\"\n"), ["2: nights.destination (bad_name)"]);
        let mistaken = drive.replace("\"/a\"", "3") + "[nights]\ndestination = \"usb\"\n";
        assert_eq!(told(&mistaken), ["3: destination.path (bad_type)"], "one thing is told once");
    }
}
