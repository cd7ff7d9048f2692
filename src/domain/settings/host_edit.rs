//! Adds a host over ssh to the text of a configuration, takes a host out, and says where its snapshots go; comments, order
//! and everything else stay.
//!
//! Invariant: the result is read again. Whatever did not become exactly the wish is not handed out.
use toml_edit::{DocumentMut, Item, Table, Value};

use super::Reading;
use super::edit::CannotEdit;
use super::list_edit::{append, cannot, cut};
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::{HostName, HostSettings, Remote};

const LIST: &str = "host";

/// `text` with one more host, the last of its list, with the keys that differ from what is usual.
pub fn add(text: &str, name: &HostName, remote: &Remote) -> Result<String, CannotEdit> {
    let mut keys: Vec<(&str, Value)> = vec![
        ("name", name.as_str().into()),
        ("address", remote.address.to_string().into()),
        ("path", remote.path.to_string().into()),
    ];
    keys.extend(remote.port.map(|port| ("port", i64::from(port).into())));
    let changed = append(text, LIST, &keys);
    let (before, after) = (Reading::of(text).settings, Reading::of(&changed).settings);
    let is_there = after.hosts.last().is_some_and(|host| host.name == *name && host.remote() == Some(remote));
    let others = after.hosts.len().checked_sub(1).and_then(|count| after.hosts.get(..count));
    if is_there && others == Some(&before.hosts) { judged(text, changed) } else { Err(cannot(LIST)) }
}

/// `text` without the host of this name.
pub fn remove(text: &str, name: &HostName) -> Result<String, CannotEdit> {
    let before = Reading::of(text).settings.hosts;
    let wished: Vec<HostSettings> = before.iter().filter(|one| one.name != *name).cloned().collect();
    if wished.len() == before.len() {
        return Err(cannot(LIST));
    }
    let judge = |changed: String| {
        let is_so = Reading::of(&changed).settings.hosts == wished;
        if is_so { judged(text, changed) } else { Err(cannot(LIST)) }
    };
    // A host that has tables of its own goes with them, and with the comment above it.
    cut(text, LIST, name.as_str()).and_then(judge).or_else(|_| judge(without(text, name).ok_or_else(|| cannot(LIST))?))
}

/// `text` with the snapshots of this host on `destination`. A comment behind an old value stays.
pub fn set_destination(text: &str, name: &HostName, destination: &DestinationName) -> Result<String, CannotEdit> {
    let changed = with_destination(text, name, destination).ok_or_else(|| cannot(LIST))?;
    let mut wished = Reading::of(text).settings.hosts;
    wished.iter_mut().filter(|one| one.name == *name).for_each(|one| one.destination = Some(destination.clone()));
    let is_so = Reading::of(&changed).settings.hosts == wished;
    if is_so { judged(text, changed) } else { Err(cannot(LIST)) }
}

fn with_destination(text: &str, name: &HostName, destination: &DestinationName) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let hosts = document.get_mut(LIST)?.as_array_of_tables_mut()?;
    let is_it = |host: &&mut Table| host.get("name").and_then(Item::as_str) == Some(name.as_str());
    let host = hosts.iter_mut().find(is_it)?;
    match host.get_mut("destination") {
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = destination.as_str().into();
            *old.decor_mut() = decor;
        }
        _ => {
            host.insert("destination", Item::Value(destination.as_str().into()));
        }
    }
    Some(document.to_string())
}

fn without(text: &str, name: &HostName) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let hosts = document.get_mut(LIST)?.as_array_of_tables_mut()?;
    hosts.retain(|host| host.get("name").and_then(Item::as_str) != Some(name.as_str()));
    Some(document.to_string())
}

/// Everything but the hosts stays. What a plan then lacks is for the check of the whole.
fn judged(text: &str, changed: String) -> Result<String, CannotEdit> {
    let (before, after) = (Reading::of(text), Reading::of(&changed));
    let stays = after.settings.destinations == before.settings.destinations
        && after.settings.plans == before.settings.plans
        && after.document.values() == before.document.values();
    if stays { Ok(changed) } else { Err(cannot(LIST)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\n[[destination]]\nname = \"usb\"\npath = \"/mnt/usb\"\n\n[[host]]\nname = \"pi\" # here\npath = \"/home/pi\"\n";

    #[test]
    fn a_host_is_added_as_the_last_and_taken_out_again_and_all_else_stays() {
        let mut remote = Remote::new("pi@cam".parse().unwrap(), "~/my data".parse().unwrap());
        let name: HostName = "cam".parse().unwrap();
        for port in [None, Some(2222)] {
            remote.port = port;
            let added = add(FILE, &name, &remote).unwrap();
            assert!(added.starts_with(FILE), "{added}");
            assert_eq!(Reading::of(&added).settings.hosts[1].remote(), Some(&remote));
            assert_eq!(remove(&added, &name).unwrap().trim(), FILE.trim());
        }
        let own: HostName = "pi".parse().unwrap();
        let left = remove(FILE, &own).unwrap();
        assert_eq!(left, "# mine\n[[destination]]\nname = \"usb\"\npath = \"/mnt/usb\"\n");
        assert!(add(FILE, &own, &remote).is_err(), "a name is there once");
        assert!(add("host = 3\n", &name, &remote).is_err() && remove(FILE, &name).is_err());
        assert!(set_destination("host = 3\n", &own, &"usb".parse().unwrap()).is_err());
        let with_retention = format!("{FILE}excludes = [\"*.tmp\"]\nretention = {{ hourly = 3 }}\n");
        let left = remove(&with_retention, &own).unwrap();
        assert!(Reading::of(&left).settings.hosts.is_empty() && !left.contains("retention"), "{left}");
    }

    #[test]
    fn snapshots_of_a_host_get_another_destination_and_all_else_stays() {
        let (pi, big) = ("pi".parse().unwrap(), "big".parse().unwrap());
        let text =
            format!("{FILE}retention = {{ hourly = 3 }}\n\n[[destination]]\nname = \"big\"\npath = \"/mnt/big\"\n");
        let moved = set_destination(&text, &pi, &big).unwrap();
        assert_eq!(Reading::of(&moved).settings.hosts[0].destination, Some(big));
        assert!(moved.contains("name = \"pi\" # here") && moved.starts_with("# mine\n"), "{moved}");
        let usb = "usb".parse().unwrap();
        let commented = moved.replace("destination = \"big\"", "destination = \"big\" # since May");
        let back = set_destination(&commented, &pi, &usb).unwrap();
        assert!(back.contains("destination = \"usb\" # since May"), "{back}");
        assert!(set_destination(&text, &"nobody".parse().unwrap(), &usb).is_err());
    }
}
