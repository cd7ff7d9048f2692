//! What storage boxes, desktops and file systems leave beside our files: thumbnails, bins, lost clusters.
//!
//! Invariant: no owner made these files, so they are counted and not named one by one. They are never a reason to
//! call anything damaged, and are never deleted by us.

/// Whole names, in small letters.
const NAMES: &[&str] = &[
    // Storage boxes of Synology, QNAP, Buffalo, Western Digital, Asustor.
    "@eadir",
    "@tmp",
    "@recycle",
    "#recycle",
    "#snapshot",
    "@recently-snapshot",
    ".@__thumb",
    "@synoeastream",
    "@synoresource",
    ".@upload_cache",
    ".wdmc",
    ".streams",
    // macOS.
    ".ds_store",
    ".appledouble",
    ".appledb",
    ".appledesktop",
    ".spotlight-v100",
    ".trashes",
    ".fseventsd",
    ".temporaryitems",
    ".documentrevisions-v100",
    ".volumeicon.icns",
    ".metadata_never_index",
    "network trash folder",
    "temporary items",
    // Windows.
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "autorun.inf",
    "$recycle.bin",
    "recycler",
    "recycled",
    "system volume information",
    "indexervolumeguid",
    "wpsettings.dat",
    // Linux desktops and file systems.
    ".directory",
    ".trash",
    ".thumbnails",
    ".xvpics",
    "lost+found",
    "lost.dir",
    ".snapshot",
    ".snapshots",
    ".zfs",
    ".hidden",
    // Programs that keep folders in step.
    ".stfolder",
    ".stversions",
    ".stignore",
    ".syncthing.tmp",
    ".dropbox",
    ".dropbox.cache",
    ".owncloudsync.log",
    ".sync",
    ".nomedia",
];

/// Names that begin like this, in small letters.
const BEGINNINGS: &[&str] = &[
    "._",
    ".trash-",
    ".nfs",
    ".fuse_hidden",
    ".smbdelete",
    ".afpdeleted",
    ".goutputstream-",
    ".syncthing.",
    "~syncthing~",
    ".stfolder.",
    ".stfolder (",
    ".sync_",
    ".owncloudsync",
    ".nextcloudsync",
    "~$",
    "found.0",
];

/// Whether a single name, not a path, is such litter.
pub fn is_litter(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|known| known.as_bytes() == name)
        || BEGINNINGS.iter().any(|known| name.starts_with(known.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn litter_is_known_by_its_name_in_any_case_and_pictures_never_are() {
        for name in [
            "@eaDir",
            ".DS_Store",
            "._image-1.jpg",
            "Thumbs.db",
            "THUMBS.DB",
            "desktop.ini",
            "lost+found",
            "#recycle",
            ".stfolder",
            ".Trash-1000",
            "System Volume Information",
            ".nfs000000000123",
            ".fuse_hidden0001",
            "$RECYCLE.BIN",
            "FOUND.000",
        ] {
            assert!(is_litter(name.as_bytes()), "{name}");
        }
        for name in [
            "image-20261118180000.jpg",
            "keogram-20261118.jpg",
            "startrails",
            "notes.txt",
            ".trash",
            "ccd_1",
            "eadir",
            "allsky-20261118.mp4",
            "manifest.txt",
            ".superseded",
        ] {
            assert_eq!(is_litter(name.as_bytes()), name == ".trash", "{name}");
        }
    }
}
