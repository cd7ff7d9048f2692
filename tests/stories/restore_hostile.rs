//! Archives that mean harm in two steps, and traps that lie in the camera's home beforehand. Whatever
//! is tried, the whole tree around the camera stays as it is but for the files that a restore is for.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::restore::program::Programs;
use allsky_backups::domain::restore::request::RestoreRequest;
use allsky_backups::work::archive::import;
use allsky_backups::work::restore::{self, Error};

use crate::support::looks::{Look, differences, looks};
use crate::support::rig::Rig;
use crate::support::tarball::{Tar, TarHeader, config, config_metadata, config_with, gzip};

/// Neither root nor a user of this machine.
const OWNER: u32 = 1500;
/// What every config archive of these stories may write.
const MEANT: [&str; 4] =
    ["allsky/env.json", "allsky/config/settings", "allsky/config/cc", "allsky/config/modules/fine"];

/// A camera, and beside it what an attacker would like to reach.
struct Site {
    rig: Rig,
    archives: u32,
}

impl Site {
    fn new() -> Site {
        let rig = Rig::new();
        let outside = rig.path("outside");
        fs::create_dir_all(outside.join("deep")).unwrap();
        for (name, mode) in [("precious", 0o600), ("tool", 0o4755), ("deep/x.json", 0o640)] {
            fs::write(outside.join(name), name).unwrap();
            fs::set_permissions(outside.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        if rustix::process::geteuid().is_root() {
            let home = rig.tools.site.home();
            assert!(
                Command::new("chown").arg("-R").arg(format!("{OWNER}:{OWNER}")).arg(home).status().unwrap().success()
            );
        }
        Site { rig, archives: 0 }
    }

    fn home(&self, name: &str) -> PathBuf {
        self.rig.tools.site.home().join(name)
    }

    fn outside(&self, name: &str) -> PathBuf {
        self.rig.path("outside").join(name)
    }

    /// The whole tree, without the archives, our own state, and the logs of restores.
    fn tree(&self) -> BTreeMap<String, Look> {
        let mut tree = looks(&self.rig.path(""));
        let own = ["allskybackups", "state", "stick", "allsky/config/logs"];
        tree.retain(|name, _| !own.iter().any(|start| name.starts_with(start)));
        // With which name in the home a file outside shares its inode is the home's affair.
        tree.iter_mut()
            .filter(|(name, _)| name.starts_with("outside"))
            .for_each(|(name, look)| look.first_name.clone_from(name));
        tree
    }

    /// Tries the archive in every way there is: imported, and put into the folder past all checks. Then
    /// nothing but what is meant has changed, and nothing has more power than it had.
    fn try_out(&mut self, bytes: &[u8]) -> Vec<Result<(), String>> {
        let before = self.tree();
        self.archives += 1;
        let stick = self.rig.path("stick.tar.gz");
        fs::write(&stick, bytes).unwrap();
        let taken = import::import(&self.rig.tools, &stick, &Unwatched);
        let mut outcomes = Vec::new();
        match taken {
            Ok(taken) => outcomes.push(self.restore(&taken.created.name)),
            Err(why) => outcomes.push(Err(why.to_string())),
        }
        let name = format!("allsky-config-backup-20261101-{:06}.tar.gz", self.archives);
        let folder = self.rig.tools.folder.path();
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(&name), bytes).unwrap();
        outcomes.push(self.restore(&name));
        let after = self.tree();
        let touched: Vec<String> = differences(&before, &after)
            .into_iter()
            .filter(|name| !MEANT.iter().any(|meant| name.starts_with(meant)) && name != "allsky/config/modules")
            .collect();
        assert_eq!(touched, [""; 0]);
        let owner = fs::metadata(self.home("")).unwrap().uid();
        for (name, look) in &after {
            if name.starts_with("allsky/") && before.get(name) != Some(look) {
                assert_eq!(look.uid, owner, "{name}");
                assert_eq!(look.mode & 0o7000, 0, "{name}");
            }
        }
        outcomes
    }

    fn restore(&self, name: &str) -> Result<(), String> {
        let ask =
            RestoreRequest { programs: Some(Programs::Take), ..RestoreRequest::all(ArchiveName::parse(name).unwrap()) };
        let told = |why: Error| {
            let source = std::error::Error::source(&why).map(|source| format!(": {source}"));
            format!("{why}{}", source.unwrap_or_default())
        };
        restore::preview(&self.rig.tools, &ask, &Unwatched).map_err(told)?;
        restore::apply(&self.rig.tools, &ask, &Unwatched).map(|_| ()).map_err(told)
    }
}

fn link(name: &str, flag: u8, to: &str) -> impl Fn(Tar) -> Tar {
    let head = TarHeader::new(name, 0).kind(flag).bytes(157, to.as_bytes());
    move |tar: Tar| tar.member(head.clone(), b"")
}

fn refused(outcomes: &[Result<(), String>]) -> bool {
    outcomes.iter().all(Result::is_err)
}

#[test]
fn a_link_of_one_archive_is_no_way_for_the_next() {
    let mut site = Site::new();
    let outside = site.outside("").to_str().unwrap().trim_end_matches('/').to_owned();
    for (flag, to) in [(b'2', outside.as_str()), (b'2', "../../../outside"), (b'1', "env.json")] {
        // Links are left out and named; all else of the archive may come.
        assert!(site.try_out(&config_with(link("config/modules/fine", flag, to))).iter().all(Result::is_ok), "{to}");
        assert!(fs::symlink_metadata(site.home("config/modules/fine")).is_err(), "{to}");
    }
    // The second step finds no link, and makes a folder of its own.
    let second = config_with(|tar| tar.file("config/modules/fine/x.json", "{}"));
    assert!(site.try_out(&second).iter().all(Result::is_ok));
    assert!(fs::symlink_metadata(site.home("config/modules/fine")).unwrap().is_dir());
    // Nor does a link in the same archive, before or after.
    let both =
        config_with(|tar| link("config/modules/way", b'2', &outside)(tar).file("config/modules/way/x.json", "{}"));
    assert!(refused(&site.try_out(&both)));
}

#[test]
fn modes_and_owners_of_an_archive_give_no_power_to_anything() {
    let mut site = Site::new();
    for mode in [0o4755, 0o2755, 0o6777, 0o1777, 0o7777] {
        let bytes = config_with(|tar| {
            let root = |head: TarHeader| head.bytes(108, b"0000000\0").bytes(116, b"0000000\0").bytes(265, b"root");
            tar.member(root(TarHeader::new("config/modules/fine-folder/", 0).kind(b'5').mode(mode)), b"")
                .member(root(TarHeader::new("config/modules/fine.sh", 2).mode(mode)), b"{}")
        });
        site.try_out(&bytes);
    }
    for (owner, group, mode) in
        [("root", "root", "4755"), ("--reference=/etc/shadow", "0", "0777"), ("ALLSKY_OWNER", "$(id)", "7777")]
    {
        let metadata =
            config_metadata("").replace("0664", mode).replace("www-data", group).replace("ALLSKY_OWNER", owner);
        let bytes = gzip(&config().file("config/modules/fine.json", mode).file("metadata.json", metadata).end());
        site.try_out(&bytes);
    }
}

#[test]
fn permissions_that_are_claimed_for_a_link_reach_nothing_through_it() {
    let mut site = Site::new();
    symlink(site.outside("precious"), site.home("config/modules/fine.json")).unwrap();
    let metadata =
        config_metadata("").replace("\"env.json\":", "\"config/modules/fine.json\":").replace("0664", "4777");
    let member = gzip(&config().file("config/modules/fine.json", "{}").file("metadata.json", &metadata).end());
    assert!(site.try_out(&member).iter().all(Result::is_ok), "a link costs what belongs in its place");
    // Claimed, and not in the archive at all: nobody looks at it.
    site.try_out(&gzip(&config().file("metadata.json", &metadata).end()));
    assert!(site.home("config/modules/fine.json").is_symlink());
}

#[test]
fn a_folder_that_was_exchanged_for_a_link_beforehand_is_not_entered() {
    let mut site = Site::new();
    let modules = site.home("config/modules");
    fs::rename(&modules, site.home("config/modules-before")).unwrap();
    symlink(site.outside("deep"), &modules).unwrap();
    let bytes = config_with(|tar| tar.file("config/modules/x.json", "{}").file("config/modules/new.json", "{}"));
    let before = fs::read_dir(site.outside("deep")).unwrap().count();
    let outcomes = site.try_out(&bytes);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert!(modules.is_symlink(), "the link is left alone, and so is what it leads to");
    assert_eq!(fs::read_dir(site.outside("deep")).unwrap().count(), before);
}

#[test]
fn a_live_file_with_a_second_name_outside_is_replaced_by_name_alone() {
    let mut site = Site::new();
    fs::hard_link(site.outside("precious"), site.home("config/modules/fine.json")).unwrap();
    let inode = fs::metadata(site.outside("precious")).unwrap().ino();
    // Its owner is that of the file outside until the name is exchanged.
    let done = site.try_out(&config_with(|tar| tar.file("config/modules/fine.json", "{\"new\": 1}")));
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_ne!(fs::metadata(site.home("config/modules/fine.json")).unwrap().ino(), inode);
    assert_eq!(fs::read_to_string(site.outside("precious")).unwrap(), "precious");
    // The undos bring back the very file, and the tree outside is still what it was.
    let before = fs::metadata(site.outside("precious")).unwrap();
    restore::undo(&site.rig.tools, None, &Unwatched).unwrap();
    let after = fs::metadata(site.outside("precious")).unwrap();
    assert_eq!((before.mode(), before.uid(), before.mtime()), (after.mode(), after.uid(), after.mtime()));
}

#[test]
fn an_undo_does_not_follow_a_link_that_was_laid_after_the_restore() {
    let mut site = Site::new();
    fs::create_dir(site.home("config/modules/fine")).unwrap();
    fs::write(site.home("config/modules/fine/x.json"), "old").unwrap();
    assert!(site.try_out(&config_with(|tar| tar.file("config/modules/fine/x.json", "new"))).iter().any(Result::is_ok));
    let undoable = restore::restores(&site.rig.tools).unwrap();
    fs::rename(site.home("config/modules/fine"), site.home("config/modules/aside")).unwrap();
    symlink(site.outside("deep"), site.home("config/modules/fine")).unwrap();
    let before = site.tree();
    for one in undoable {
        restore::undo(&site.rig.tools, Some(&one.restore_id), &Unwatched).unwrap_err();
    }
    assert_eq!(differences(&site.tree(), &before), [""; 0]);
}
