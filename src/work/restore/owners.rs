//! Who restored files belong to and who may read them: as the camera's installer sets it, as far as this
//! process may say so.
use crate::base::attributes::Attributes as Rights;
use crate::base::rel_path::RelPath;
use crate::domain::restore::attributes::{Attributes, Group, Shape, is_as_installed, is_set_by_installer};
use crate::site::restoring::Ownership;
use crate::swap::{self, Moment};

/// Who new files belong to.
pub(super) struct Owners {
    /// The owners that the camera's installer gives.
    wanted: Ownership,
    /// The owners that this process can give.
    ownership: Ownership,
    now: i64,
}

/// Whether owner, group and mode of a file are as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    Right,
    /// A new file would be nearer to it.
    Better,
    /// This process can do no better.
    Beyond,
}

impl Owners {
    pub fn new(wanted: Ownership, now: i64) -> Self {
        let root = rustix::process::geteuid().is_root();
        let mut ownership = wanted;
        if !root {
            ownership.uid = rustix::process::geteuid().as_raw();
            let ours = rustix::process::getgroups().unwrap_or_default();
            let is_ours =
                |gid: u32| rustix::process::getegid().as_raw() == gid || ours.iter().any(|group| group.as_raw() == gid);
            ownership.web_gid = ownership.web_gid.filter(|gid| is_ours(*gid));
            if !is_ours(ownership.gid) {
                ownership.gid = rustix::process::getegid().as_raw();
            }
        }
        Owners { wanted, ownership, now }
    }

    pub fn now(&self) -> i64 {
        self.now
    }

    /// What an owner should know about whose the new files are and who may read them.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.ownership.uid != self.wanted.uid {
            remarks
                .push("New files belong to the user that this program runs as, not to the camera's owner.".to_owned());
        }
        if self.ownership.web_gid.is_none() {
            remarks.push(
                "The web server's group cannot be given to files by this user; its files are readable for all instead."
                    .to_owned(),
            );
        }
        remarks
    }

    pub fn of(&self, path: &RelPath, shape: Shape, mtime: i64) -> swap::Attributes {
        let wanted = Attributes::of(path, shape);
        let (gid, mode) = match (wanted.group, self.ownership.web_gid) {
            (Group::WebServer, Some(web)) => (web, wanted.mode),
            (Group::WebServer, None) => (self.ownership.gid, wanted.without_group()),
            (Group::Owner, _) => (self.ownership.gid, wanted.mode),
        };
        swap::Attributes { mode, uid: self.ownership.uid, gid, mtime: Moment { seconds: mtime, nanos: 0 } }
    }

    /// Holds the file at `path`, a member's name, against what the camera's installer sets.
    pub fn judge(&self, path: &RelPath, now: &Rights) -> Judged {
        let wrong = |rights: &Rights| self.wrong(path, rights);
        match wrong(now) {
            0 => Judged::Right,
            faults if wrong(&self.of(path, Shape::File, 0)) < faults => Judged::Better,
            _ => Judged::Beyond,
        }
    }

    /// How many of owner, group and mode are not as wanted.
    fn wrong(&self, path: &RelPath, rights: &Rights) -> u8 {
        let wanted = &self.wanted;
        let gid = match Attributes::of(path, Shape::File).group {
            Group::WebServer => wanted.web_gid.unwrap_or(wanted.gid),
            Group::Owner => wanted.gid,
        };
        let group = is_set_by_installer(path) && rights.gid != gid;
        u8::from(rights.uid != wanted.uid) + u8::from(group) + u8::from(!is_as_installed(path, rights.mode))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The camera of user 1000 with a web server of group 33, restored by somebody who can give `given`.
    fn owners(given: Ownership) -> Owners {
        Owners { wanted: Ownership { uid: 1000, gid: 1000, web_gid: Some(33) }, ownership: given, now: 0 }
    }

    fn rights(uid: u32, gid: u32, mode: u32) -> Rights {
        Rights { uid, gid, mode, mtime: Moment { seconds: 5, nanos: 0 } }
    }

    #[test]
    fn a_file_is_judged_by_its_owner_group_and_mode_and_by_what_can_be_given() {
        let all = owners(Ownership { uid: 1000, gid: 1000, web_gid: Some(33) });
        let no_web = owners(Ownership { uid: 1000, gid: 1000, web_gid: None });
        let stranger = owners(Ownership { uid: 1001, gid: 1001, web_gid: None });
        let path = |text: &str| RelPath::parse(text).unwrap();
        for (file, now, by_all, by_owner, by_stranger) in [
            ("config/a.json", rights(1000, 33, 0o664), Judged::Right, Judged::Right, Judged::Right),
            ("config/a.json", rights(1000, 33, 0o600), Judged::Better, Judged::Beyond, Judged::Beyond),
            ("config/a.json", rights(0, 0, 0o600), Judged::Better, Judged::Better, Judged::Better),
            ("config/a.json", rights(0, 33, 0o664), Judged::Better, Judged::Beyond, Judged::Beyond),
            ("config/a.json", rights(1000, 1000, 0o664), Judged::Better, Judged::Beyond, Judged::Beyond),
            ("env.json", rights(1000, 33, 0o664), Judged::Right, Judged::Right, Judged::Right),
            ("env.json", rights(1000, 33, 0o660), Judged::Right, Judged::Right, Judged::Right),
            ("config/m.py", rights(1000, 33, 0o664), Judged::Right, Judged::Right, Judged::Right),
            // What the installer leaves as it was made is judged by its owner alone.
            ("darks/1.png", rights(1000, 7, 0o640), Judged::Right, Judged::Right, Judged::Right),
            ("darks/1.png", rights(0, 0, 0o644), Judged::Better, Judged::Better, Judged::Beyond),
        ] {
            for (owners, expected) in [(&all, by_all), (&no_web, by_owner), (&stranger, by_stranger)] {
                assert_eq!(owners.judge(&path(file), &now), expected, "{file} {now:?} {:?}", owners.ownership);
            }
        }
        let told = [&all, &no_web, &stranger].map(|owners| owners.remarks().len());
        assert_eq!(told, [0, 1, 2], "what cannot be given is told once");
    }
}
