//! Where a path leads, with links followed as far as that asks no disk that may hang.
//!
//! Invariant: nothing is asked of a share, or of a file system of a program. From there on the path stays as it is
//! written.
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::mount::{self, Mount};

/// As many links as Linux follows.
const MOST_LINKS: u32 = 40;

/// `path` without links, as far as it exists and can be asked. A relative path is returned as it is.
pub fn resolved(path: &Path) -> PathBuf {
    follow(path, &mount::table().unwrap_or_default())
}

/// [`resolved`], with a table of mounts that was read before.
pub fn follow(path: &Path, mounts: &[Mount]) -> PathBuf {
    if !path.is_absolute() {
        return path.to_owned();
    }
    let mut left = parts(path);
    let (mut done, mut links) = (PathBuf::from("/"), 0);
    while let Some(part) = left.pop_front() {
        if part == ".." {
            done.pop();
            continue;
        }
        done.push(part);
        if mount::of_path(mounts, &done).is_some_and(Mount::may_hang) {
            done.extend(left);
            return done;
        }
        let Ok(target) = fs::read_link(&done) else { continue };
        links += 1;
        if links > MOST_LINKS {
            continue;
        }
        done.pop();
        if target.is_absolute() {
            done = PathBuf::from("/");
        }
        for part in parts(&target).into_iter().rev() {
            left.push_front(part);
        }
    }
    done
}

/// The names of a path, `..` too; what names nothing is left out.
fn parts(path: &Path) -> VecDeque<OsString> {
    let named = |part: Component<'_>| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_as_far_as_the_path_exists_and_a_circle_ends() {
        let top = tempfile::tempdir().unwrap();
        let real = top.path().canonicalize().unwrap();
        fs::create_dir_all(top.path().join("a/b")).unwrap();
        symlink("a", top.path().join("near")).unwrap();
        symlink(top.path().join("near/b"), top.path().join("far")).unwrap();
        symlink("../a", top.path().join("a/up")).unwrap();
        symlink("round", top.path().join("round")).unwrap();
        for (path, leads_to) in [
            ("near/b", "a/b"),
            ("far/new/x", "a/b/new/x"),
            ("a/up/up/b", "a/b"),
            ("near/../near/./b", "a/b"),
            ("round/x", "round/x"),
        ] {
            assert_eq!(resolved(&real.join(path)), real.join(leads_to), "{path}");
        }
    }

    #[test]
    fn nothing_is_asked_of_a_share() {
        let top = tempfile::tempdir().unwrap();
        let real = top.path().canonicalize().unwrap();
        fs::create_dir(real.join("share")).unwrap();
        symlink("/etc", real.join("share/link")).unwrap();
        symlink("share", real.join("way")).unwrap();
        let line = format!("1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / {}/share rw - nfs4 nas:/x rw\n", real.display());
        let mounts = mount::parse(line.as_bytes());
        assert_eq!(follow(&real.join("way/link/y"), &mounts), real.join("share/link/y"));
    }
}
