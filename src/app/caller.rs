//! Who called `sudo`: root's own home has no camera, and the one that is meant is that of the caller.
//!
//! Invariant: only the place of the camera is taken from the caller's home. A configuration there names programs, and
//! those never run with the rights of root.
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::base::handover::{Account, is_root};

/// The home in which the camera is looked for: that of this user, or, where root's has none, that of the caller.
pub(super) fn home_of_camera(
    env: &dyn Fn(&str) -> Option<OsString>,
    has_camera: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    let own = env("HOME").map(PathBuf::from);
    let caller = || {
        let user = env("SUDO_UID").filter(|_| is_root())?.to_str()?.parse().ok()?;
        Some(Account::of(user)?.home)
    };
    if own.as_deref().is_some_and(&has_camera) {
        return own;
    }
    caller().filter(|home| has_camera(home)).or(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sudo_finds_the_camera_of_its_caller_and_nothing_else_changes() {
        let Some(nobody) = Account::of(65534).filter(|_| is_root()) else {
            return eprintln!("skipped: only root is asked for the caller of sudo");
        };
        let of = |caller: Option<&'static str>, with: &'static [&'static str]| {
            let env = move |name: &str| match name {
                "HOME" => Some("/root".into()),
                "SUDO_UID" => caller.map(OsString::from),
                _ => None,
            };
            let theirs = nobody.home.clone();
            let has = move |home: &Path| {
                with.contains(&"root") && home == Path::new("/root") || with.contains(&"caller") && home == theirs
            };
            home_of_camera(&env, has).unwrap()
        };
        assert_eq!(of(Some("65534"), &["caller"]), nobody.home);
        for (caller, with) in [
            (Some("65534"), &["root", "caller"] as &[&str]),
            (Some("65534"), &[]),
            (None, &["caller"]),
            (Some("nobody"), &["caller"]),
            (Some("4294967290"), &["caller"]),
        ] {
            assert_eq!(of(caller, with), Path::new("/root"), "{caller:?} {with:?}");
        }
    }
}
