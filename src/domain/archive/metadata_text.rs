//! The text of `metadata.json`, written as it goes: one line of memory however many files there are.
//!
//! Names that are no UTF-8 cannot stand in JSON and are left out; the archive itself has them. The
//! text stays below what a reader must accept: a very long list gives way, never the small keys.
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use crate::domain::archive::listing::{Entry, Listing, Source};
use crate::domain::archive::metadata::Metadata;

/// Above this many members the permissions of folders must do.
const MOST_PERMISSIONS: usize = 20_000;
/// Above this many files, or bytes of text, the list of files is left out.
const MOST_FILES: usize = 150_000;
const MOST_FILE_BYTES: usize = 5 << 20;
/// Bytes of text for permissions; beyond it there are none.
const MOST_PERMISSION_BYTES: usize = 5 << 19;
/// How the panel writes the owner, so that a restore elsewhere gives the file to the owner there.
const OWNER: &str = "ALLSKY_OWNER";

/// One value of `permissions`.
#[derive(Serialize)]
struct Permission<'a> {
    mode: String,
    owner: &'a str,
    group: &'a str,
    #[serde(rename = "ownerId")]
    owner_id: u32,
    #[serde(rename = "groupId")]
    group_id: u32,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Writes all of `metadata.json`. `owner` is the user name of the installation's owner.
pub fn write_json(metadata: &Metadata, listing: &Listing, owner: &str, mut out: impl Write) -> io::Result<()> {
    let Value::Object(keys) = serde_json::to_value(metadata)? else {
        return Err(io::Error::other("metadata is not an object"));
    };
    let text = Text { listing, owner };
    out.write_all(b"{")?;
    let mut comma = "";
    let mut lists_written = false;
    for (key, value) in &keys {
        // Where the panel has them: behind version and camera, before the sections.
        if key == "includedOptionalTargets" {
            text.write_lists(comma, &mut out)?;
            comma = ",";
            lists_written = true;
        }
        write!(out, "{comma}{}:", serde_json::to_string(key)?)?;
        serde_json::to_writer(&mut out, value)?;
        comma = ",";
    }
    if !lists_written {
        text.write_lists(comma, &mut out)?;
    }
    out.write_all(b"}\n")
}

/// Which members a list is of.
#[derive(Clone, Copy)]
enum Of {
    Everything,
    Files,
    Folders,
}

struct Text<'a> {
    listing: &'a Listing,
    owner: &'a str,
}

impl Text<'_> {
    fn write_lists(&self, comma: &str, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{comma}\"permissions\":{{")?;
        let fits = |of: Of| Ok::<_, io::Error>(self.permissions(of, &mut io::sink())? <= MOST_PERMISSION_BYTES);
        if self.listing.entries.len() <= MOST_PERMISSIONS && fits(Of::Everything)? {
            self.permissions(Of::Everything, out)?;
        } else if fits(Of::Folders)? {
            self.permissions(Of::Folders, out)?;
        }
        out.write_all(b"}")?;
        if self.named(Of::Files).count() <= MOST_FILES && self.files(&mut io::sink())? <= MOST_FILE_BYTES {
            out.write_all(b",\"files\":[")?;
            self.files(out)?;
            out.write_all(b"]")?;
        }
        Ok(())
    }

    /// Members that have a name which JSON can hold.
    fn named(&self, of: Of) -> impl Iterator<Item = (&Entry, &str)> {
        let wanted = move |entry: &&Entry| match of {
            Of::Everything => true,
            Of::Files => entry.is_file(),
            Of::Folders => entry.source == Source::Directory,
        };
        self.listing.entries.iter().filter(wanted).filter_map(|entry| Some((entry, entry.name.as_str()?)))
    }

    /// Writes the inside of `permissions`; returns its length in bytes.
    fn permissions(&self, of: Of, out: &mut impl Write) -> io::Result<usize> {
        let mut out = Counted { inner: out, bytes: 0 };
        let mut comma = "";
        for (entry, name) in self.named(of) {
            let (owner, group) = (self.user(entry.uid), self.group(entry.gid));
            let permission = Permission {
                mode: format!("{:04o}", entry.mode & 0o777),
                owner: &owner,
                group: &group,
                owner_id: entry.uid,
                group_id: entry.gid,
                kind: if entry.source == Source::Directory { "dir" } else { "file" },
            };
            write!(out, "{comma}{}:", serde_json::to_string(name)?)?;
            serde_json::to_writer(&mut out, &permission)?;
            comma = ",";
        }
        Ok(out.bytes)
    }

    /// Writes the inside of `files`; returns its length in bytes.
    fn files(&self, out: &mut impl Write) -> io::Result<usize> {
        let mut out = Counted { inner: out, bytes: 0 };
        let mut comma = "";
        for (_, name) in self.named(Of::Files) {
            out.write_all(comma.as_bytes())?;
            serde_json::to_writer(&mut out, name)?;
            comma = ",";
        }
        Ok(out.bytes)
    }

    fn user(&self, uid: u32) -> String {
        match self.listing.users.get(&uid) {
            Some(name) if name == self.owner => OWNER.to_owned(),
            Some(name) => name.clone(),
            None if uid.to_string() == self.owner => OWNER.to_owned(),
            None => uid.to_string(),
        }
    }

    fn group(&self, gid: u32) -> String {
        self.listing.groups.get(&gid).cloned().unwrap_or_else(|| gid.to_string())
    }
}

/// Passes bytes on and counts them.
struct Counted<'a, W> {
    inner: &'a mut W,
    bytes: usize,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buf)?;
        self.bytes += written;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rel_path::RelPath;

    fn entry(name: impl AsRef<[u8]>, source: Source) -> Entry {
        Entry { name: RelPath::parse(name).unwrap(), source, size: 1, mtime: 0, mode: 0o664, uid: 1000, gid: 33 }
    }

    fn listing(entries: Vec<Entry>) -> Listing {
        let mut listing = Listing { entries, ..Listing::default() };
        listing.users.insert(1000, "pi".to_owned());
        listing.groups.insert(33, "www-data".to_owned());
        listing
    }

    fn written(metadata: &Value, listing: &Listing) -> Value {
        let metadata: Metadata = serde_json::from_value(metadata.clone()).unwrap();
        let mut text = Vec::new();
        write_json(&metadata, listing, "pi", &mut text).unwrap();
        assert!(text.len() < 8 << 20, "{}", text.len());
        serde_json::from_slice(&text).unwrap()
    }

    fn small() -> Value {
        serde_json::json!({"backupType": "images", "version": "v1", "includedOptionalTargets": [], "includedSections": [], "format": 1})
    }

    const FILE: Source = Source::File { root: 0, strip: 0 };

    #[test]
    fn keys_stand_where_the_panel_has_them() {
        let value = written(&small(), &listing(vec![entry("images", Source::Directory), entry("images/a.jpg", FILE)]));
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            [
                "backupType",
                "created",
                "version",
                "permissions",
                "files",
                "includedOptionalTargets",
                "includedSections",
                "format"
            ]
        );
        assert_eq!(value["files"], serde_json::json!(["images/a.jpg"]));
        assert_eq!(
            value["permissions"]["images"],
            serde_json::json!({"mode": "0664", "owner": "ALLSKY_OWNER", "group": "www-data", "ownerId": 1000, "groupId": 33, "type": "dir"})
        );
    }

    #[test]
    fn a_name_that_is_no_text_is_in_neither_list() {
        let value = written(&small(), &listing(vec![entry(b"images/\xe4.jpg", FILE), entry("images/\"\n.jpg", FILE)]));
        assert_eq!(value["files"], serde_json::json!(["images/\"\n.jpg"]));
        assert_eq!(value["permissions"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn long_lists_give_way_and_the_text_stays_small() {
        let many = |count: usize, name: &str| {
            let files = (0..count).map(|n| entry(format!("images/20261117/{name}{n:09}.jpg"), FILE));
            listing(std::iter::once(entry("images", Source::Directory)).chain(files).collect())
        };
        let value = written(&small(), &many(MOST_PERMISSIONS, "x"));
        assert_eq!(value["permissions"].as_object().unwrap().len(), 1);
        assert_eq!(value["files"].as_array().unwrap().len(), MOST_PERMISSIONS);
        let value = written(&small(), &many(MOST_FILES + 1, "x"));
        assert!(value.get("files").is_none());
        let value = written(&small(), &many(MOST_FILES / 4, &"y".repeat(200)));
        assert!(value.get("files").is_none());
    }
}
