//! Folders that no backups may go to, by their names alone.
use std::path::Path;

/// Where the system keeps its own, and where drives and homes are hung in: no folder for backups, but folders in some
/// of them may be.
pub const SYSTEM: [&str; 23] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/run/media",
    "/sbin",
    "/snap",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
    "/var/lib",
    "/var/mnt",
];

/// Folders in which nothing is for backups.
const ALL_OF: [&str; 14] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/snap", "/sys", "/usr",
    "/var",
];
/// Folders in these where desktops and some systems hang drives in.
const BUT: [&str; 2] = ["/run/media", "/var/mnt"];
/// What a web server shows to everybody.
const WEB: [&str; 4] = ["/var/www", "/srv/www", "/srv/http", "/usr/share/nginx"];

/// True for a folder of the system. `path` has no links in it.
pub fn is_of_the_system(path: &Path) -> bool {
    let is_in = |all: &[&str]| all.iter().any(|folder| path.starts_with(folder));
    SYSTEM.iter().any(|system| path == Path::new(system)) || (is_in(&ALL_OF) && !is_in(&BUT))
}

/// True for a folder that a web server may show. `path` has no links in it.
pub fn is_shown_on_the_web(path: &Path) -> bool {
    WEB.iter().any(|folder| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_system_are_told_from_those_in_which_drives_are() {
        for path in ["/", "/mnt", "/media", "/run/media", "/etc/x", "/run/user/1000", "/var/backups", "/usr/local"] {
            assert!(is_of_the_system(Path::new(path)), "{path}");
        }
        for path in ["/mnt/usb", "/media/pi/disk", "/run/media/pi/disk", "/home/pi/x", "/srv/backup", "/etcetera"] {
            assert!(!is_of_the_system(Path::new(path)), "{path}");
        }
        assert!(is_shown_on_the_web(Path::new("/var/www/html/x")) && !is_shown_on_the_web(Path::new("/var/wwwx")));
    }
}
