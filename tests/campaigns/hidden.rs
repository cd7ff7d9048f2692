//! Programs under random names and in random pictures: no restore of an archive from elsewhere brings
//! one that nobody asked for.
use std::fs;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::restore::request::RestoreRequest;
use allsky_backups::work::archive::{delete, import};
use allsky_backups::work::restore;

use crate::dice::Dice;
use crate::support::rig::Rig;
use crate::support::tarball::images_with;
use crate::{Outcome, Scale};

const FILES: usize = 40;
const NIGHT: &str = "images/20200101";
const SCRIPTS: [&[u8]; 4] =
    [b"<?php system($_GET['c']);", b"#!/bin/sh\nid", b"<script>1</script>", b"\x7fELF\x02\x01\x01\0\0"];
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF picture";
/// Of scripts, of pictures, and of nothing that anybody knows.
const ENDINGS: [&str; 20] = [
    "php", "phtml", "pht", "svg", "html", "js", "htaccess", "user.ini", "py", "so", "", "jpg", "JPG", "jpeg", "png",
    "mp4", "json", "txt", "x1", "php.jpg",
];

/// Each archive has one picture that must come back, and all kinds of files that must not.
pub fn programs(scale: Scale, dice: &mut Dice) -> Outcome {
    let rig = Rig::new();
    let images = rig.tools.site.images_dir().unwrap();
    let archives = scale.of(200);
    for number in 0..archives {
        let names: Vec<String> = (0..FILES).map(|n| name(n, dice)).collect();
        let archive = images_with(|mut tar| {
            for name in &names {
                tar = tar.file(format!("{NIGHT}/{name}"), SCRIPTS[dice.roll() as usize % SCRIPTS.len()]);
            }
            tar.file(format!("{NIGHT}/good.jpg"), JPEG)
        });
        let file = rig.path(&format!("allsky-images-backup-20261120-{:06}.tar.gz", number % 60));
        fs::write(&file, archive).unwrap();
        let taken = import::import(&rig.tools, &file, &Unwatched).unwrap();
        let ask = RestoreRequest::all(ArchiveName::parse(&taken.created.name).unwrap());
        restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
        let folder = images.join("20200101");
        let there: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(there, ["good.jpg"], "of {names:?}");
        fs::remove_dir_all(&folder).unwrap();
        delete::delete(&rig.tools, &ask.name).unwrap();
    }
    Outcome { count: archives * FILES, remark: format!("in {archives} archives; the pictures beside them came back") }
}

/// A name with one to three endings, hidden or not.
fn name(number: usize, dice: &mut Dice) -> String {
    let mut name = if dice.roll().is_multiple_of(8) { ".".to_owned() } else { String::new() };
    name += &format!("f{number}");
    for _ in 0..1 + dice.roll() % 3 {
        name = format!("{name}.{}", ENDINGS[dice.roll() as usize % ENDINGS.len()]);
    }
    name
}
