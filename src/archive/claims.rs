//! `metadata.json` of an archive from outside: read as it streams by, believed in nothing.
//!
//! Its lists have a line for every file, and up to 200,000 files are fine, so they are walked and
//! not kept: of a listed name a hash remains, to be compared with the members that really came.
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::json_guard::{Budget, Fault, JsonGuard};
use super::names::{self, Bearer};
use super::refusal::Refusal;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::metadata::Metadata;
use crate::domain::limits::{Limits, Spelling};

/// For everything that is kept, which is all but the long lists.
const KEPT_BYTES: u64 = 1 << 20;
/// Keys at the top; the panel writes fewer than twenty.
const MOST_KEYS: usize = 256;
/// What `Metadata` knows; other keys may hold what they like and are passed by.
const KEPT_KEYS: [&str; 18] = [
    "backupFile",
    "backupType",
    "created",
    "version",
    "cameratype",
    "cameramodel",
    "settingsfile",
    "ccfile",
    "includedOptionalTargets",
    "includedSections",
    "requiredModules",
    "backupModules",
    "backupHasModules",
    "imageBackupAll",
    "imageFolders",
    "imageTargets",
    "format",
    "allskyBackups",
];

/// What `metadata.json` says.
#[derive(Debug)]
pub struct Claims {
    pub metadata: Metadata,
    /// Hashes of the names under `files`, by the hasher that was given.
    pub listed: Vec<u64>,
    /// Members whose listed mode is more than read, write and execute, and the first of them.
    pub odd_modes: u64,
    pub first_odd_mode: String,
    /// The first listed name that only a camera's own disk may have.
    pub odd_name: Option<Refusal>,
}

/// Reads one JSON document to the end of `input`.
pub fn read(input: impl Read, hash: &RandomState, limits: &Limits) -> Result<Claims, Refusal> {
    let guard = JsonGuard::new(input, limits.json_depth);
    let walk = Walk { hash, most: limits.entries, budget: guard.budget(), found: RefCell::default() };
    let mut document = serde_json::Deserializer::from_reader(guard);
    let kept = Top(&walk).deserialize(&mut document).and_then(|kept| document.end().map(|()| kept));
    let mut found = walk.found.take();
    let kept = kept.map_err(|error| match (found.refusal.take(), walk.budget.fault()) {
        (Some(refusal), _) => refusal,
        (None, Some(Fault::Deep)) => Refusal::MetadataDeep { limit: limits.json_depth },
        (None, Some(Fault::LongText)) => not_understood("a text in it is far too long"),
        (None, Some(Fault::Large)) => not_understood("what it says besides its lists is far too long"),
        (None, None) => not_understood(&error.to_string()),
    })?;
    let metadata = serde_json::from_value(Value::Object(kept)).map_err(|error| not_understood(&error.to_string()))?;
    let Found { listed, odd_modes, first_odd_mode, odd_name, .. } = found;
    Ok(Claims { metadata, listed, odd_modes, first_odd_mode, odd_name })
}

/// The parser quotes what it did not like: made printable, and short.
fn not_understood(what: &str) -> Refusal {
    let short: String = what.chars().take(160).collect();
    Refusal::Metadata { what: printable(short.as_bytes()) }
}

#[derive(Default)]
struct Found {
    listed: Vec<u64>,
    odd_modes: u64,
    first_odd_mode: String,
    odd_name: Option<Refusal>,
    /// Why the walk ended, when a rule ended it.
    refusal: Option<Refusal>,
}

struct Walk<'a> {
    hash: &'a RandomState,
    most: u64,
    budget: Rc<Budget>,
    found: RefCell<Found>,
}

impl Walk<'_> {
    /// Ends the walk with a refusal of our own.
    fn refuse<E: serde::de::Error>(&self, refusal: Refusal) -> E {
        self.found.borrow_mut().refusal = Some(refusal);
        E::custom("refused")
    }

    fn name<E: serde::de::Error>(&self, text: &str) -> Result<RelPath, E> {
        let parse = |spelling| {
            names::parse(text.as_bytes(), Bearer::Folder, spelling)
                .map_err(|fault| Refusal::ListedName { member: printable(text.as_bytes()), fault })
        };
        if let Err(odd) = parse(Spelling::AnyDisk) {
            self.found.borrow_mut().odd_name.get_or_insert(odd);
        }
        // Which of both counts is known when all was read.
        parse(Spelling::ThisDisk).map_err(|refusal| self.refuse(refusal))
    }
}

/// The object at the top: what it says in short.
struct Top<'a>(&'a Walk<'a>);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = Map<String, Value>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = Map<String, Value>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the keys of a backup")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let walk = self.0;
        let mut kept = Map::new();
        let mut keys = HashSet::new();
        let mut budget = KEPT_BYTES;
        while let Some(key) = object.next_key::<String>()? {
            if keys.len() >= MOST_KEYS {
                return Err(A::Error::custom("far too many keys"));
            }
            if !keys.insert(key.clone()) {
                let key = printable(key.as_bytes());
                return Err(walk.refuse(Refusal::MetadataKeyTwice { key }));
            }
            match key.as_str() {
                "files" => object.next_value_seed(Files(walk))?,
                "permissions" => object.next_value_seed(Permissions(walk))?,
                _ if KEPT_KEYS.contains(&key.as_str()) => {
                    walk.budget.keep(budget);
                    kept.insert(key, object.next_value()?);
                    budget = walk.budget.release();
                }
                _ => object.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(kept)
    }
}

/// The list of files.
struct Files<'a>(&'a Walk<'a>);

impl<'de> DeserializeSeed<'de> for Files<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Files<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of file names")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let walk = self.0;
        while let Some(text) = list.next_element::<String>()? {
            let name = walk.name(&text)?;
            let mut found = walk.found.borrow_mut();
            if found.listed.len() as u64 >= walk.most {
                drop(found);
                return Err(walk.refuse(Refusal::TooMany { member: name.to_string(), limit: walk.most }));
            }
            found.listed.push(walk.hash.hash_one(name.as_bytes()));
        }
        Ok(())
    }
}

/// Owner and mode of each member. Nobody acts on them; lines that would be an attack on those who do
/// show what the archive is.
struct Permissions<'a>(&'a Walk<'a>);

#[derive(Deserialize)]
struct Permission {
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    group: Option<String>,
}

impl<'de> DeserializeSeed<'de> for Permissions<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Permissions<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("owner and mode for each member")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let walk = self.0;
        let mut lines = 0;
        while let Some((name, permission)) = object.next_entry::<String, Permission>()? {
            let member = walk.name(&name)?.to_string();
            lines += 1;
            // A folder may have a line without being a member of its own.
            if lines > walk.most.saturating_mul(2) {
                return Err(walk.refuse(Refusal::TooMany { member, limit: walk.most }));
            }
            if let Some(mode) = permission.mode {
                let octal = matches!(mode.len(), 3 | 4) && mode.bytes().all(|b| matches!(b, b'0'..=b'7'));
                if !octal {
                    let mode = printable(mode.as_bytes());
                    return Err(walk.refuse(Refusal::ListedMode { member, mode }));
                }
                if mode.len() == 4 && !mode.starts_with('0') {
                    let mut found = walk.found.borrow_mut();
                    if found.odd_modes == 0 {
                        found.first_odd_mode = member.clone();
                    }
                    found.odd_modes += 1;
                }
            }
            for owner in [permission.owner, permission.group].into_iter().flatten() {
                if !is_owner(&owner) {
                    let owner = printable(owner.as_bytes());
                    return Err(walk.refuse(Refusal::ListedOwner { member, owner }));
                }
            }
        }
        Ok(())
    }
    /// PHP writes an empty object as an empty list.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        match list.next_element::<IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(A::Error::custom("permissions without names")),
        }
    }
}

/// Letters, digits and `._$-`, not starting with `-`, as user and group names are; empty when the
/// panel did not know.
fn is_owner(text: &str) -> bool {
    text.len() <= 64
        && !text.starts_with('-')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '$' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: &str) -> Result<Claims, &'static str> {
        read(json.as_bytes(), &RandomState::new(), &Limits::default()).map_err(|refusal| refusal.rule())
    }

    #[test]
    fn lists_are_counted_and_small_things_are_kept() {
        let claims = rule(
            r#"{"backupType":"images","created":"2026-11-21 00:03:18","x":[1,{"y":null}],
                "permissions":{"images":{"mode":"2775","owner":"pi","type":"dir","ownerId":1}},
                "files":["images/20261117/a.jpg","images/20261117/b.jpg"],"imageFolders":["20261117"]}"#,
        )
        .unwrap();
        assert_eq!(claims.listed.len(), 2);
        assert_eq!((claims.odd_modes, claims.first_odd_mode.as_str()), (1, "images"));
        assert_eq!(claims.metadata.image_folders.unwrap(), ["20261117"]);
        assert!(rule(r#"{"backupType":"config","permissions":[],"files":[]}"#).is_ok());
    }

    #[test]
    fn lies_and_riddles_are_refused() {
        let deep = format!(r#"{{"backupType":"config","x":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
        let long = format!(r#"{{"backupType":"config","version":"{}"}}"#, "v".repeat(20_000));
        let large = format!(r#"{{"backupType":"config","includedOptionalTargets":[{}""]}}"#, "\"a\",".repeat(300_000));
        for (json, rule_id) in [
            ("", "metadata"),
            ("[]", "metadata"),
            ("{}", "metadata"),
            (r#"{"backupType":"other"}"#, "metadata"),
            (r#"{"backupType":"config"} x"#, "metadata"),
            (r#"{"backupType":"config","format":1e308}"#, "metadata"),
            (r#"{"backupType":"config","version":7}"#, "metadata"),
            (r#"{"backupType":"config","backupType":"images"}"#, "metadata-key-twice"),
            (r#"{"backupType":"config","x":1,"x":1}"#, "metadata-key-twice"),
            (r#"{"backupType":"config","files":["../a"]}"#, "listed-name"),
            (r#"{"backupType":"config","files":[7]}"#, "metadata"),
            (r#"{"backupType":"config","permissions":{"/etc/passwd":{}}}"#, "listed-name"),
            (r#"{"backupType":"config","permissions":{"env.json":{"mode":"u+s"}}}"#, "listed-mode"),
            (r#"{"backupType":"config","permissions":{"env.json":{"owner":"--reference=x"}}}"#, "listed-owner"),
            (deep.as_str(), "metadata-deep"),
            (long.as_str(), "metadata"),
            (large.as_str(), "metadata"),
        ] {
            assert_eq!(rule(json).map(drop), Err(rule_id), "{}", &json[..json.len().min(80)]);
        }
    }
}
