//! What is not, or not wholly, in a backup stands in the backup itself, and a restore never puts half
//! a file over a whole one unasked.
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use allsky_backups::domain::archive_name::ArchiveName;
use allsky_backups::domain::left_out::LeftOut;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{NightChoice, PauseChoice, SectionChoice};
use allsky_backups::work::create::{self, Created};
use allsky_backups::work::info;

use crate::support::rig::Rig;

fn config(rig: &Rig) -> Created {
    create::config(&rig.tools, &SectionChoice::All, PauseChoice::WhenNeeded, &Unwatched).unwrap()
}

/// As the archive itself says it: what this machine remembers is forgotten first.
fn said(rig: &Rig, made: &Created) -> Vec<LeftOut> {
    let name = ArchiveName::parse(&made.name).unwrap();
    rig.tools.catalog.forget(&name).unwrap();
    fs::remove_file(rig.archive(&made.name.replace(".tar.gz", ".json"))).unwrap();
    info::info(&rig.tools, &name).unwrap().metadata.unwrap().left_out().to_vec()
}

#[test]
fn links_pipes_and_sockets_are_named_in_the_archive() {
    let rig = Rig::new();
    let home = rig.tools.site.home();
    symlink("/etc/hostname", home.join("config/modules/link.json")).unwrap();
    let _socket = UnixListener::bind(home.join("config/modules/socket")).unwrap();
    let night = rig.tools.site.picture_folders().unwrap()[0].name.clone();
    let images = rig.tools.site.images_dir().unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, images.join(&night).join("pipe"), 0o600.into()).unwrap();
    let made = config(&rig);
    let all = said(&rig, &made);
    for (path, why) in [("config/modules/link.json", "is a link"), ("config/modules/socket", "neither a file nor")] {
        assert!(made.warnings.iter().any(|line| line.starts_with(path) && line.contains(why)), "{:?}", made.warnings);
        assert!(all.iter().any(|one| one.path == path && one.why.contains(why)), "{all:?}");
    }
    let made = create::images(&rig.tools, &NightChoice::All, &Unwatched).unwrap();
    let all = said(&rig, &made);
    assert_eq!(all.iter().map(|one| one.path.clone()).collect::<Vec<_>>(), [format!("images/{night}/pipe")]);
}
