//! The hosts of a configuration: every `[[host]]`.
//!
//! Invariant: a host with a mistake is none, and names are unique.
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lists::ListReader;
use super::mistake::Rule;
use crate::domain::host::remote_path::RemotePath;
use crate::domain::host::settings::{HostSettings, WHOLE_PATH};

/// What the value of the key `host` says.
pub(super) fn read(reader: &mut ListReader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<HostSettings> {
    let mut all: Vec<HostSettings> = Vec::new();
    for (at, table) in reader.tables(value) {
        let before = reader.mistakes.len();
        let values = reader.values(table);
        reader.need(at, table, &["name"]);
        tell_what_lacks(reader, at, table);
        if reader.mistakes.len() > before {
            continue;
        }
        match serde_json::from_value::<HostSettings>(Value::Object(values)) {
            Ok(one) if all.iter().any(|other| other.name == one.name) => {
                reader.tell_twice(table, at, one.name.as_str());
            }
            Ok(one) => all.push(one),
            // The table of keys lets nothing pass that the type refuses; were it so, it is still a mistake.
            Err(error) => reader.tell(at, "host", Rule::BadType, &error.to_string()),
        }
    }
    all
}

/// Keys that only another machine has.
const OVER_SSH: &[&str] = &["port", "key", "known_hosts", "ssh_options", "timeout_s"];

/// A host without an address is a folder of this machine, whose path is whole.
fn tell_what_lacks(reader: &mut ListReader<'_>, at: usize, table: &DeTable<'_>) {
    let place = |key: &str| table.get_key_value(key).map(|(key, _)| key.span().start);
    let path = table.get("path").and_then(|value| value.get_ref().as_str());
    if place("address").is_some() {
        // Letters that only a path of this machine may have.
        if let Some((path, place)) = path.filter(|path| path.starts_with('/')).zip(place("path"))
            && let Err(why) = path.parse::<RemotePath>()
        {
            reader.tell(place, "host.path", Rule::BadName, &why);
        }
        return;
    }
    match (place("path"), path) {
        (None, _) => reader.need(at, table, &["path"]),
        (Some(place), Some(path)) if !path.starts_with('/') && path.parse::<RemotePath>().is_ok() => {
            reader.tell(place, "host.path", Rule::BadName, WHOLE_PATH);
        }
        _ => {}
    }
    for (key, place) in OVER_SSH.iter().filter_map(|key| Some((key, place(key)?))) {
        reader.tell(
            place,
            &format!("host.{key}"),
            Rule::MissingKey,
            "this is for another machine, and needs its address",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reading;
    use crate::domain::host::settings::Sharing;

    const DRIVE: &str = "[[destination]]\nname = \"usb\"\npath = \"/a\"\n";

    fn told(text: &str) -> Vec<String> {
        let mistakes = Reading::of(text).mistakes.into_iter();
        mistakes.map(|m| format!("{}: {} ({})", m.line, m.path, m.code.as_str())).collect()
    }

    #[test]
    fn hosts_are_read_with_the_defaults_of_a_folder_of_this_machine() {
        let text = format!(
            "{DRIVE}[[host]]\nname = \"pi\"\npath = \"/home/pi\"\n[[host]]\nname = \"data\"\npath = \"/data\"\n\
             destination = \"usb\"\nexcludes = [\"*.tmp\"]\nexclude_presets = [\"vcs\"]\nhard_links = false\n\
             one_file_system = false\nsharing = \"copies\"\nretention = {{ hourly = 24 }}\n"
        );
        let reading = Reading::of(&text);
        assert_eq!(reading.mistakes, []);
        let [pi, data] = &reading.settings.hosts[..] else { panic!("{:?}", reading.settings.hosts) };
        assert_eq!((pi.hard_links, pi.one_file_system, pi.sharing), (true, true, Sharing::Links));
        assert_eq!((data.hard_links, data.one_file_system, data.sharing), (false, false, Sharing::Copies));
        let tiers = data.retention.tiers();
        assert_eq!((tiers.hourly_hours, tiers.daily_days, tiers.months), (24, 180, 24));
    }

    #[test]
    fn every_mistake_in_a_host_has_its_line() {
        assert_eq!(
            told(&format!(
                "{DRIVE}[[host]]\nname = \"PI\"\npath = \"home\"\ndestination = \"backups\"\nexcludes = [\"\"]\n\
                 exclude_presets = [\"all\"]\nhard_link = 1\nsharing = \"none\"\nretention = {{ hourly = 0 }}\n[[host]]\n"
            )),
            [
                "5: host.name (bad_name)",
                "6: host.path (bad_name)",
                "7: host.destination (bad_name)",
                "8: host.excludes (bad_name)",
                "9: host.exclude_presets (out_of_range)",
                "10: host.hard_link (unknown_key)",
                "11: host.sharing (out_of_range)",
                "12: host.retention.hourly (out_of_range)",
                "13: host.name (missing_key)",
                "13: host.path (missing_key)",
            ]
        );
        let twice = "[[host]]\nname = \"pi\"\npath = \"/a\"\n".repeat(2);
        assert_eq!(told(&format!("{DRIVE}{twice}")), ["8: host.name (duplicate_name)"]);
    }

    #[test]
    fn another_machine_is_read_with_its_own_defaults() {
        let text = format!(
            "{DRIVE}[[host]]\nname = \"nas\"\naddress = \"backup@nas\"\n[[host]]\nname = \"cam\"\naddress = \"cam\"\n\
             path = \"/srv/my data\"\nport = 2222\nssh_options = [\"Compression=yes\"]\nhard_links = true\ntimeout_s = 60\n"
        );
        let reading = Reading::of(&text);
        assert_eq!(reading.mistakes, []);
        let [nas, cam] = &reading.settings.hosts[..] else { panic!("{:?}", reading.settings.hosts) };
        assert_eq!((nas.source.shown(), nas.hard_links), ("backup@nas:~/".into(), false));
        let remote = cam.remote().unwrap();
        assert_eq!((remote.port, remote.timeout_s, cam.hard_links), (Some(2222), 60, true));
        assert_eq!(remote.path.for_rsync(), "/srv/my data/");
    }

    #[test]
    fn no_setting_of_a_host_runs_a_program_or_reaches_a_shell() {
        let host = |keys: &str| told(&format!("{DRIVE}[[host]]\nname = \"cam\"\n{keys}"));
        for (keys, wanted) in [
            ("address = \"-oProxyCommand=x\"\n", "6: host.address (bad_name)"),
            ("address = \"cam\"\npath = \"$(id)\"\n", "7: host.path (bad_name)"),
            ("address = \"cam\"\npath = \"/a;b\"\n", "7: host.path (bad_name)"),
            ("address = \"cam\"\nssh_options = [\"ProxyCommand=x\"]\n", "7: host.ssh_options (bad_name)"),
            ("address = \"cam\"\nport = 0\n", "7: host.port (out_of_range)"),
            ("path = \"/a\"\nport = 22\n", "7: host.port (missing_key)"),
            ("path = \"~/\"\n", "6: host.path (bad_name)"),
        ] {
            assert_eq!(host(keys), [wanted], "{keys}");
        }
    }

    #[test]
    fn snapshots_need_a_drive_of_the_list() {
        let host = "[[host]]\nname = \"pi\"\npath = \"/home/pi\"\n";
        assert_eq!(told(host), ["2: host.pi.destination (unknown_ref)"]);
        let elsewhere = format!("{DRIVE}{host}destination = \"nas\"\n");
        assert_eq!(told(&elsewhere), ["7: host.pi.destination (unknown_ref)"]);
    }
}
