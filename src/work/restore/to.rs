//! Where a restore to another folder may go: never into the camera, the system or our own folders, and never where
//! a web server would show or run what a backup holds.
use std::path::{Component, Path, PathBuf};

use super::Error;
use crate::work::Tools;

/// Where web servers look for pages.
const WEB_ROOTS: [&str; 7] = [
    "/var/www",
    "/srv/http",
    "/srv/www",
    "/usr/share/nginx",
    "/usr/share/caddy",
    "/usr/share/httpd",
    "/usr/lib/cgi-bin",
];
/// What the system itself reads and runs.
const SYSTEM: [&str; 11] =
    ["/etc", "/usr", "/boot", "/bin", "/sbin", "/lib", "/dev", "/proc", "/sys", "/run/systemd", "/var/spool"];
/// Below `/dev`, and nevertheless a place for files of everybody.
const MEMORY: &str = "/dev/shm";
/// Below a home, this is shown by the web server.
const PUBLIC: &str = "public_html";
/// Files that make a folder a part of a web site.
const MARKS: [&str; 4] = ["index.php", "index.html", ".htaccess", ".user.ini"];

/// Refuses folders in which files of a backup could do harm. Looked at behind links.
pub(super) fn judge(tools: &Tools, to: &Path) -> Result<(), Error> {
    let refuse = |inside: &Path, what| Err(Error::Inside { path: to.to_owned(), inside: inside.to_owned(), what });
    if to.components().any(|part| part == Component::ParentDir) {
        return refuse(to, "a name with `..` in it");
    }
    let real = behind_links(to);
    let pictures = Some(tools.nights.source.images_dir().to_owned());
    for place in [Some(tools.site.home().to_owned()), pictures].into_iter().flatten() {
        if real.starts_with(behind_links(&place)) {
            return refuse(&place, "a folder of the camera");
        }
    }
    for (place, what) in
        [(tools.folder.path(), "the folder of the backups"), (&tools.state_dir, "the program's own folder")]
    {
        if real.starts_with(behind_links(place)) {
            return refuse(place, what);
        }
    }
    if let Some(root) = WEB_ROOTS.iter().map(Path::new).find(|root| real.starts_with(behind_links(root))) {
        return refuse(root, "a folder of the web server");
    }
    let is_of_the_system = |root: &&Path| real.starts_with(behind_links(root)) && !real.starts_with(MEMORY);
    if let Some(root) = SYSTEM.iter().map(Path::new).find(is_of_the_system) {
        return refuse(root, "a folder of the system");
    }
    if let Some(public) = real.ancestors().find(|folder| folder.ends_with(PUBLIC)) {
        return refuse(public, "a folder of the web server");
    }
    match real.ancestors().find(|folder| MARKS.iter().any(|mark| folder.join(mark).exists())) {
        Some(site) => refuse(site, "a folder with web pages"),
        None => Ok(()),
    }
}

/// The path with all links that it holds followed, as far as it exists.
fn behind_links(path: &Path) -> PathBuf {
    for there in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (there.canonicalize(), path.strip_prefix(there)) {
            // Joining nothing would add a slash.
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path.to_owned()
}
