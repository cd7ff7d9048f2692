//! A restore replaces a set of files as one, keeps what was there, and goes back bit for bit.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use allsky_backups::domain::monitor::{Cancelled, Monitor, Progress, Stage, Unwatched};
use allsky_backups::swap::{Error, Obstacle, Ownership, Since, SwapId};

use crate::support::swap_world::{World, finish, now, ours, path};

fn world() -> (tempfile::TempDir, World) {
    let top = tempfile::tempdir().unwrap();
    let world = World::build(top.path());
    (top, world)
}

fn id(text: &str) -> SwapId {
    SwapId::parse(text).unwrap()
}

#[test]
fn all_files_become_the_new_ones_with_owner_mode_time_and_links() {
    let (_top, world) = world();
    let before = world.live();
    world.apply_new().unwrap();
    let live = world.live();
    let settings = fs::metadata(world.home().join("config/settings.json")).unwrap();
    assert_eq!(settings.nlink(), 2);
    assert_eq!((settings.mode() & 0o7777, settings.mtime(), settings.mtime_nsec()), (0o644, 1_700_000_000, 5));
    assert_eq!(fs::read(world.home().join("config/settings.json")).unwrap(), b"{\"gain\": 2}");
    assert!(!world.home().join("config/myFiles/allsky.db-wal").exists());
    assert_eq!(fs::metadata(world.images().join("20261118")).unwrap().mode() & 0o7777, 0o750);
    assert_eq!(live.len(), before.len() + 5 - 1);
    world.only_keeps(1);
}

#[test]
fn an_undo_brings_back_the_very_same_files_and_can_itself_be_undone() {
    let (_top, world) = world();
    let old = world.live();
    let inode = fs::metadata(world.home().join("config/settings.json")).unwrap().ino();
    let first = world.apply_new().unwrap();
    let new = world.live();
    let second = finish(world.swaps().undo(&id(&first), now(), &Unwatched).unwrap()).unwrap();
    assert_eq!(world.live(), old);
    assert_eq!(fs::metadata(world.home().join("config/settings.json")).unwrap().ino(), inode);
    world.only_keeps(1);
    let third = finish(world.swaps().undo(&id(&second), now(), &Unwatched).unwrap()).unwrap();
    assert_eq!(world.live(), new);
    finish(world.swaps().undo(&id(&third), now(), &Unwatched).unwrap()).unwrap();
    assert_eq!(world.live(), old);
    world.only_keeps(1);
}

#[test]
fn what_was_changed_since_is_named_and_kept_by_the_undo() {
    let (_top, world) = world();
    let old = world.live();
    let first = id(&world.apply_new().unwrap());
    assert_eq!(world.swaps().differences(&first).unwrap(), []);
    fs::write(world.home().join("env.json"), "written since").unwrap();
    fs::write(world.home().join("config/myFiles/allsky.db-wal"), "made since").unwrap();
    fs::remove_file(world.images().join("20261118/image-2.jpg")).unwrap();
    fs::write(world.images().join("20261118/image-3.jpg"), "taken since").unwrap();
    let since = world.live();
    let differences = world.swaps().differences(&first).unwrap();
    let what = |name: &str| differences.iter().find(|d| d.path.ends_with(name)).map(|d| d.what);
    assert_eq!(what("env.json"), Some(Since::Changed));
    assert_eq!(what("allsky.db-wal"), Some(Since::Made));
    assert_eq!(what("image-2.jpg"), Some(Since::Removed));
    assert_eq!(differences.len(), 3);
    let undo = id(&finish(world.swaps().undo(&first, now(), &Unwatched).unwrap()).unwrap());
    let mut undone = world.live();
    // The camera's own new picture stays, and with it the folder.
    assert!(undone.remove(std::path::Path::new("images/20261118/image-3.jpg")).is_some());
    assert!(undone.remove(std::path::Path::new("images/20261118")).is_some());
    assert_eq!(undone, old);
    finish(world.swaps().undo(&undo, now(), &Unwatched).unwrap()).unwrap();
    assert_eq!(world.live(), since);
}

#[test]
fn nothing_is_left_when_a_swap_ends_before_the_commit() {
    let (_top, world) = world();
    let old = world.live();
    drop(world.begin());
    world.only_keeps(0);
    drop(world.plan_new().unwrap());
    world.only_keeps(0);
    drop(world.plan_new().unwrap().save(&Unwatched).unwrap());
    world.only_keeps(0);
    assert_eq!(world.live(), old);
}

/// Cancels at the `n`th checkpoint.
struct CancelAt(std::sync::atomic::AtomicI64);

impl Monitor for CancelAt {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, _: String) {}
    fn progress(&self, _: Progress) {}
    fn checkpoint(&self) -> Result<(), Cancelled> {
        let left = self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        if left == 0 { Err(Cancelled) } else { Ok(()) }
    }
}

#[test]
fn a_cancel_at_any_checkpoint_leaves_all_old() {
    let (_top, world) = world();
    let old = world.live();
    let mut cancelled = 0;
    for n in 0.. {
        let monitor = CancelAt(n.into());
        let swap = || -> Result<(), Error> {
            let mut staging = world.begin();
            staging.put(0, &path("env.json"), ours(0o600), &b"new"[..], &monitor)?;
            staging.plan(&monitor)?.save(&monitor)?.commit(&monitor).map(|_| ())
        };
        match swap() {
            Err(Error::Cancelled(_)) => cancelled += 1,
            other => {
                other.unwrap();
                break;
            }
        }
        assert_eq!(world.live(), old);
        world.only_keeps(0);
    }
    assert!(cancelled >= 5, "{cancelled}");
    world.only_keeps(1);
}

#[test]
fn a_link_folder_or_pipe_in_the_way_is_refused_before_anything_changes() {
    let (_top, world) = world();
    let home = world.home();
    symlink("env.json", home.join("link")).unwrap();
    symlink("config", home.join("through")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, home.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
    let old = world.live();
    for (name, obstacle) in [
        ("link", Obstacle::Link),
        ("through/settings.json", Obstacle::Link),
        ("through/new/deep.json", Obstacle::Link),
        ("config", Obstacle::Folder),
        ("pipe", Obstacle::Special),
        ("env.json/below", Obstacle::NoFolder),
    ] {
        let refused = world.begin().put(0, &path(name), ours(0o600), &b"x"[..], &Unwatched).unwrap_err();
        assert!(matches!(refused, Error::InTheWay { obstacle: o, .. } if o == obstacle), "{name}: {refused}");
    }
    assert_eq!(world.live(), old);
    world.only_keeps(0);
}

#[test]
fn a_link_planted_after_the_plan_is_not_followed() {
    let (top, world) = world();
    let planned = world.plan_new().unwrap();
    let outside = top.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::rename(world.home().join("config"), top.path().join("aside")).unwrap();
    symlink(&outside, world.home().join("config")).unwrap();
    planned.save(&Unwatched).unwrap_err();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    world.only_keeps(0);
}

#[test]
fn a_file_that_comes_or_goes_between_plan_and_commit_stops_the_swap() {
    let (_top, world) = world();
    let planned = world.plan_new().unwrap();
    fs::remove_file(world.home().join("env.json")).unwrap();
    assert!(matches!(planned.save(&Unwatched), Err(Error::Changed(_))));
    fs::write(world.home().join("env.json"), "back").unwrap();
    let saved = world.plan_new().unwrap().save(&Unwatched).unwrap();
    fs::create_dir(world.images().join("20261118")).unwrap();
    fs::write(world.images().join("20261118/image-2.jpg"), "the camera was faster").unwrap();
    let old = world.live();
    assert!(matches!(saved.commit(&Unwatched), Err(Error::PutBack(_))));
    assert_eq!(world.live(), old);
    world.only_keeps(0);
}

#[test]
fn content_that_changes_after_the_plan_is_told_when_asked() {
    let (_top, world) = world();
    let planned = world.plan_new().unwrap();
    assert_eq!(planned.changed().unwrap(), Vec::<std::path::PathBuf>::new());
    fs::write(world.home().join("config/myFiles/allsky.db"), "one more picture").unwrap();
    assert_eq!(planned.changed().unwrap(), [world.home().join("config/myFiles/allsky.db")]);
}

#[test]
fn a_name_given_twice_or_a_file_that_is_also_a_folder_is_refused() {
    let (_top, world) = world();
    let mut staging = world.begin();
    staging.put(0, &path("new"), ours(0o600), &b"x"[..], &Unwatched).unwrap();
    assert!(matches!(staging.put(0, &path("new"), ours(0o600), &b"x"[..], &Unwatched), Err(Error::Twice(_))));
    staging.put(0, &path("new/below"), ours(0o600), &b"x"[..], &Unwatched).unwrap();
    assert!(matches!(staging.plan(&Unwatched), Err(Error::InTheWay { obstacle: Obstacle::NoFolder, .. })));
    let mut staging = world.begin();
    let no_file = staging.link(0, &path("a"), &path("env.json"));
    assert!(matches!(no_file, Err(Error::NoSuchNewFile { .. })));
    let set_id = staging.put(0, &path("a"), ours(0o4755), &b"x"[..], &Unwatched);
    assert!(matches!(set_id, Err(Error::Mode { .. })));
}

#[test]
fn only_one_swap_is_at_work_at_a_time() {
    let (_top, world) = world();
    let first = world.begin();
    assert!(matches!(world.try_begin(), Err(Error::Busy)));
    assert!(matches!(world.swaps().prune(now(), jiff::SignedDuration::ZERO), Err(Error::Busy)));
    drop(first);
    world.begin();
}

#[test]
fn two_swaps_in_a_row_are_undone_in_any_order() {
    let (_top, world) = world();
    let old = world.live();
    let first = id(&world.apply_new().unwrap());
    let mut staging = world.begin();
    staging.put(0, &path("env.json"), ours(0o600), &b"newest"[..], &Unwatched).unwrap();
    finish(staging.plan(&Unwatched).unwrap()).unwrap();
    world.only_keeps(2);
    assert_eq!(world.swaps().differences(&first).unwrap().len(), 1);
    finish(world.swaps().undo(&first, now(), &Unwatched).unwrap()).unwrap();
    assert_eq!(world.live(), old);
}

#[test]
fn the_list_counts_and_weighs_and_pruning_ends_it() {
    let (_top, world) = world();
    let first = id(&world.apply_new().unwrap());
    let list = world.swaps().list().unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].replaced, list[0].added, list[0].removed), (7, 2, 1));
    let held = list[0].held_bytes.unwrap();
    // Six inodes of a few bytes: settings, cc, database, its log, login, picture.
    assert!((6 * 512..=6 * 65_536).contains(&held), "{held}");
    assert_eq!(world.swaps().prune(list[0].created, jiff::SignedDuration::ZERO).unwrap(), []);
    let after = list[0].created + jiff::SignedDuration::from_secs(1);
    assert_eq!(world.swaps().prune(after, jiff::SignedDuration::ZERO).unwrap(), std::slice::from_ref(&first));
    assert_eq!(world.swaps().list().unwrap(), []);
    world.only_keeps(0);
    assert!(matches!(world.swaps().undo(&first, now(), &Unwatched), Err(Error::NoSwap(_))));
}

#[test]
fn missing_folders_are_made_like_the_one_above_and_keep_its_group_bit() {
    let (_top, world) = world();
    let mut staging = world.begin();
    staging.put(0, &path("config/a/b/c.json"), ours(0o664), &b"x"[..], &Unwatched).unwrap();
    let made = id(&finish(staging.plan(&Unwatched).unwrap()).unwrap());
    for name in ["config/a", "config/a/b"] {
        assert_eq!(fs::metadata(world.home().join(name)).unwrap().mode() & 0o7777, 0o2775);
    }
    finish(world.swaps().undo(&made, now(), &Unwatched).unwrap()).unwrap();
    assert!(!world.home().join("config/a").exists());
}

#[test]
fn an_owner_that_may_not_be_set_is_refused_or_named() {
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: root may set any owner");
        return;
    }
    let (_top, world) = world();
    let root_owned = allsky_backups::swap::Attributes { uid: 0, ..ours(0o600) };
    let refused = world.begin().put(0, &path("env.json"), root_owned, &b"x"[..], &Unwatched).unwrap_err();
    assert!(matches!(refused, Error::Denied { .. }), "{refused}");
    let mut lenient = world.swaps().begin(&[world.home()], Ownership::Accept, now()).unwrap();
    lenient.put(0, &path("env.json"), root_owned, &b"x"[..], &Unwatched).unwrap();
}

#[test]
fn a_swap_waits_for_a_disk_that_is_not_there_and_can_be_forgotten() {
    let (top, world) = world();
    let planned = world.plan_new().unwrap();
    let name = planned.id().clone();
    // As after a kill: nobody cleans up.
    std::mem::forget(planned);
    fs::rename(world.images(), top.path().join("unplugged")).unwrap();
    fs::create_dir(world.images()).unwrap();
    // The lock went with the process that was killed; here it has to be let go by hand.
    fs::remove_file(world.state().join("restores/lock")).unwrap();
    let told = world.swaps().recover(&Unwatched).unwrap();
    assert!(told[0].to_string().contains("waits for the disk"), "{}", told[0]);
    fs::remove_dir(world.images()).unwrap();
    fs::rename(top.path().join("unplugged"), world.images()).unwrap();
    let told = world.swaps().recover(&Unwatched).unwrap();
    assert!(told[0].to_string().contains("had not changed any file"), "{}", told[0]);
    assert_eq!(told[0].id, name);
    world.only_keeps(0);
    fs::set_permissions(world.home(), fs::Permissions::from_mode(0o755)).unwrap();
}
