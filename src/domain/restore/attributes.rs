//! Owner, group and mode of what is restored: this table, as the camera's own installer sets them.
//! Never from the archive, whose owner strings and mode bits are a stranger's.
use super::access::is_login_file;
use crate::base::rel_path::RelPath;

/// The two groups that files of a camera belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The group of the camera's owner.
    Owner,
    /// The group of the web server, whose panel writes settings.
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
    /// The attributes of `path` below the camera's home.
    pub fn of(path: &RelPath, shape: Shape) -> Self {
        let bytes = path.as_bytes();
        let top = path.parts().next().unwrap_or_default();
        // Modules are read by Python and never run by name; the installer leaves them like settings.
        let is_module = bytes.starts_with(b"config/myFiles/modules/") && bytes.ends_with(b".py");
        let script = (bytes.ends_with(b".py") || bytes.ends_with(b".sh")) && !is_module;
        let (group, mode) = match (top, shape) {
            // Settings of indi-allsky: its owner's, and mostly keys. The web application runs as the owner.
            (b"etc", Shape::File) if bytes == INDI_ENVIRONMENT => (Group::Owner, 0o600),
            (b"etc", Shape::File) if bytes == INDI_KEY_COPY => (Group::Owner, 0o400),
            (b"etc", Shape::File) if script => (Group::Owner, 0o644),
            (b"etc", Shape::File) if is_secret(path) => (Group::Owner, 0o660),
            (b"etc" | b"var", Shape::Folder) => (Group::Owner, 0o775),
            // Passwords: the panel reads and writes them, nobody else on this machine does.
            _ if is_secret(path) => (Group::WebServer, 0o660),
            (b"config" | b"html", Shape::Folder) => (Group::WebServer, 0o775),
            (b"config" | b"html", Shape::File) if script => (Group::WebServer, 0o775),
            (b"config" | b"html", Shape::File) => (Group::WebServer, 0o664),
            // Modules beside the home.
            (b"opt", Shape::Folder) => (Group::WebServer, 0o775),
            (b"opt", Shape::File) => (Group::WebServer, if script { 0o775 } else { 0o664 }),
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

/// Owner and mode of files that only the program itself reads.
const INDI_ENVIRONMENT: &[u8] = b"etc/indi-allsky/indi-allsky.env";
const INDI_KEY_COPY: &[u8] = b"etc/indi-allsky/password_key_backup.json";

/// The mode with which the camera's installer leaves a file; `None` where it leaves files as they were made.
fn installed_mode(path: &RelPath) -> Option<u32> {
    let bytes = path.as_bytes();
    match path.parts().next().unwrap_or_default() {
        b"config" | b"html" => Some(0o664),
        _ if bytes == b"env.json" => Some(0o664),
        b"etc" if bytes == b"etc/indi-allsky/flask.json" => Some(0o660),
        b"etc" if bytes == INDI_ENVIRONMENT => Some(0o600),
        b"etc" if bytes == INDI_KEY_COPY => Some(0o400),
        b"var" if bytes.ends_with(b".sqlite") => Some(0o664),
        _ => None,
    }
}

/// True where the camera's installer decides about group and mode of `path`.
pub fn is_set_by_installer(path: &RelPath) -> bool {
    installed_mode(path).is_some()
}

/// True when a file with `mode` may stay so: as the installer leaves it, or as a restore does.
pub fn is_as_installed(path: &RelPath, mode: u32) -> bool {
    let ours = Attributes::of(path, Shape::File).mode;
    installed_mode(path).is_none_or(|installed| mode == installed || mode == ours)
}

/// Files whose whole content is passwords and keys.
pub fn is_secret(path: &RelPath) -> bool {
    let bytes = path.as_bytes();
    bytes == b"env.json"
        || path.name() == b"secrets.json"
        || is_login_file(path)
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
            ("config/myFiles/modules/allsky_fans.py", Shape::File, Group::WebServer, 0o664),
            ("config/myFiles/own.sh", Shape::File, Group::WebServer, 0o775),
            ("config/myFiles/secrets.json", Shape::File, Group::WebServer, 0o660),
            ("images/20261117", Shape::Folder, Group::Owner, 0o755),
            ("images/20261117/image.jpg", Shape::File, Group::Owner, 0o644),
            ("uservariables.sh", Shape::File, Group::Owner, 0o644),
            ("opt/allsky/modules/allsky_mine.py", Shape::File, Group::WebServer, 0o775),
            ("opt/allsky/modules", Shape::Folder, Group::WebServer, 0o775),
            ("etc/indi-allsky/flask.json", Shape::File, Group::Owner, 0o660),
            ("etc/indi-allsky/indi-allsky.env", Shape::File, Group::Owner, 0o600),
            ("etc/indi-allsky/password_key_backup.json", Shape::File, Group::Owner, 0o400),
            ("etc/indi-allsky/gunicorn.conf.py", Shape::File, Group::Owner, 0o644),
            ("etc/indi-allsky/other.json", Shape::File, Group::Owner, 0o660),
            ("etc/indi-allsky/deep", Shape::Folder, Group::Owner, 0o775),
            ("var/lib/indi-allsky/migrations", Shape::Folder, Group::Owner, 0o775),
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

    #[test]
    fn a_mode_is_as_installed_when_the_installer_or_a_restore_gives_it() {
        let env = RelPath::parse("env.json").unwrap();
        for (mode, fits) in [(0o664, true), (0o660, true), (0o600, false), (0o777, false)] {
            assert_eq!(is_as_installed(&env, mode), fits, "{mode:o}");
        }
        let picture = RelPath::parse("images/20261117/image.jpg").unwrap();
        assert!(is_as_installed(&picture, 0o600), "the installer says nothing about pictures");
    }
}
