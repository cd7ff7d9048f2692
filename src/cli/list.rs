//! `list`: every archive in the folder, newest first.
use std::io::{self, Write};

use super::reading::ReadingSession;
use super::screen::{Align, Table};
use crate::api::archive::{ArchiveList, NotOurs};
use crate::base::size::Bytes;
use crate::catalog::Knowledge;
use crate::destination::place::Others;
use crate::domain::failure::Failure;
use crate::work::archive::list;
use crate::work::archive::list::Item;
use crate::work::one_disk;

/// Said of what a killed process left.
const INTERRUPTED: &str = "Something was interrupted. `allsky-backups recover` puts it right, and so does everything \
    that makes, checks or restores backups.";

impl ReadingSession {
    pub(super) fn list(&self) -> Result<(), Failure> {
        let items = list::list(&self.tools)?;
        let others = self.tools.folder.others()?;
        let is_interrupted = self.is_interrupted();
        let are_there = !others.names.is_empty() || others.litter > 0;
        let not_ours = are_there.then_some(NotOurs { names: &others.names, litter: others.litter });
        let value = ArchiveList { items: &items, not_ours, interrupted: is_interrupted };
        self.screen.show(&value, |out| {
            if is_interrupted {
                writeln!(out, "{INTERRUPTED}")?;
            }
            if items.is_empty() {
                writeln!(out, "no archives in {}", self.tools.folder.path().display())?;
                return left_alone(&others, out);
            }
            let left = Align::Left;
            let mut table = Table::new(&[
                ("NAME", left),
                ("TYPE", left),
                ("CREATED", left),
                ("VERSION", left),
                ("CAMERA", left),
                ("SIZE", Align::Right),
                ("STATE", left),
            ]);
            for item in &items {
                let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
                table.row([
                    item.name.clone(),
                    or_dash(item.kind.map(|kind| kind.to_string())),
                    minute(&item.created),
                    or_dash(item.version.clone()),
                    or_dash(camera(item)),
                    Bytes(item.bytes).to_string(),
                    state(item),
                ]);
            }
            table.print(out)?;
            in_doubt(&items, out)?;
            if one_disk::holds_every_backup(&self.tools) {
                writeln!(out, "{}. {}", one_disk::WARNING, one_disk::ADVICE)?;
            }
            left_alone(&others, out)
        })
    }
}

/// Archives whose date cannot be right; they stand last.
fn in_doubt(items: &[Item], out: &mut dyn Write) -> io::Result<()> {
    items.iter().try_for_each(|item| match item.date_in_doubt {
        Some(why) => writeln!(out, "{} is dated in the future: {why}, and it counts as the oldest", item.name),
        None => Ok(()),
    })
}

/// Files of the owner in the folder, and what a storage box left there.
fn left_alone(others: &Others, out: &mut dyn Write) -> io::Result<()> {
    others.in_words().map_or(Ok(()), |words| writeln!(out, "{words}"))
}

/// "RPi HQ".
pub(super) fn camera(item: &Item) -> Option<String> {
    let parts: Vec<&str> = [&item.camera_type, &item.camera_model].into_iter().flatten().map(String::as_str).collect();
    if parts.is_empty() { None } else { Some(parts.join(" ")) }
}

/// One word, and the reason where the word is no good news.
pub(super) fn state(item: &Item) -> String {
    let damage = if item.with_damage { ", with damage" } else { "" };
    let settings = if item.lacks_settings { ", without the camera's settings" } else { "" };
    let elsewhere: String = item.also_on.iter().map(|name| format!(", also on {name}")).collect();
    match item.state {
        Knowledge::Verified => format!("verified{damage}{settings}{elsewhere}"),
        Knowledge::Unverified => format!("not verified{damage}{settings}{elsewhere}"),
        Knowledge::Damaged => format!("damaged: {}", item.reason),
        Knowledge::Foreign => format!("not a backup: {}", item.reason),
    }
}

/// `2026-11-21T00:03:09+01:00` as people write it, without seconds.
pub(super) fn minute(iso: &str) -> String {
    iso.get(..16).map_or_else(|| iso.to_owned(), |text| text.replace('T', " "))
}
