//! Owner, group and mode of what is restored: this table, as the camera's own installer sets them.
//! Never from the archive, whose owner strings and mode bits are a stranger's.
use crate::base::rel_path::RelPath;

/// The two groups that files of a camera belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// That of the camera's owner.
    Owner,
    /// That of the web server, whose panel writes settings.
    WebServer,
}

/// What a restored file or folder gets. The owner is always the camera's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    pub group: Group,
    /// Permission bits; never setuid, setgid, sticky or writable for all.
    pub mode: u32,
}

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    File,
    Folder,
}

impl Attributes {
    /// Of `path` below the camera's home.
    pub fn of(path: &RelPath, shape: Shape) -> Self {
        let bytes = path.as_bytes();
        let top = path.parts().next().unwrap_or_default();
        let script = bytes.ends_with(b".py") || bytes.ends_with(b".sh");
        let (group, mode) = match (top, shape) {
            // Settings of indi-allsky: its owner's, and mostly keys. The web application runs as the owner.
            (b"etc", Shape::File) if is_secret(path) => (Group::Owner, 0o660),
            // Passwords: the panel reads and writes them, nobody else on this machine does.
            _ if is_secret(path) => (Group::WebServer, 0o660),
            (b"config" | b"html", Shape::Folder) => (Group::WebServer, 0o775),
            (b"config" | b"html", Shape::File) if script => (Group::WebServer, 0o775),
            (b"config" | b"html", Shape::File) => (Group::WebServer, 0o664),
            (b"var", Shape::File) if bytes.ends_with(b".sqlite") => (Group::Owner, 0o664),
            (_, Shape::Folder) => (Group::Owner, 0o755),
            (_, Shape::File) => (Group::Owner, 0o644),
        };
        Attributes { group, mode }
    }

    /// Where we may not give the file to the web server's group, everyone may read what the group
    /// would have read: a panel that cannot read its settings is down.
    pub fn without_group(self) -> u32 {
        self.mode | ((self.mode >> 3) & 0o4)
    }
}

/// Files whose whole content is passwords and keys.
pub fn is_secret(path: &RelPath) -> bool {
    let bytes = path.as_bytes();
    bytes == b"env.json"
        || path.name() == b"secrets.json"
        || bytes.starts_with(b"config/ssl/")
        || bytes.starts_with(b"etc/indi-allsky/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_ours_and_nothing_is_writable_for_all_or_runs_as_another_user() {
        for (path, shape, group, mode) in [
            ("env.json", Shape::File, Group::WebServer, 0o660),
            ("config/settings_RPi_HQ.json", Shape::File, Group::WebServer, 0o664),
            ("config/overlay", Shape::Folder, Group::WebServer, 0o775),
            ("config/myFiles/modules/allsky_fans.py", Shape::File, Group::WebServer, 0o775),
            ("config/myFiles/secrets.json", Shape::File, Group::WebServer, 0o660),
            ("images/20261117", Shape::Folder, Group::Owner, 0o755),
            ("images/20261117/image.jpg", Shape::File, Group::Owner, 0o644),
            ("uservariables.sh", Shape::File, Group::Owner, 0o644),
            ("etc/indi-allsky/flask.json", Shape::File, Group::Owner, 0o660),
            ("var/lib/indi-allsky/indi-allsky.sqlite", Shape::File, Group::Owner, 0o664),
            ("var/lib/indi-allsky/migrations/env.py", Shape::File, Group::Owner, 0o644),
        ] {
            let path = RelPath::parse(path).unwrap();
            let given = Attributes::of(&path, shape);
            assert_eq!(given, Attributes { group, mode }, "{path}");
            assert_eq!(given.mode & 0o7002, 0, "{path}");
            assert_eq!(given.without_group() & 0o7002, 0, "{path}");
        }
    }
}
