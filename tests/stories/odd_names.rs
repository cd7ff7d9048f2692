//! A camera's folder may hold names that no camera gives: they are saved, shown safely, found again
//! and read back, and an archive of a stranger that holds them is refused for what it is.
use std::fs;
use std::io::Read as _;
use std::process::Command;

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::catalog::Knowledge;
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::failure::Advice as _;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{NightChoice, PauseChoice, SectionChoice};
use allsky_backups::domain::restore::request::RestoreRequest;
use allsky_backups::work::archive::{create, extract, import, info, list, verify};
use allsky_backups::work::restore;

use crate::support::rig::{Rig, now};
use crate::support::tarball::{self, Tar};

const NAMES: [&[u8]; 10] = [
    b"a b.jpg",
    b"q'uo\"te.jpg",
    b"new\nline.jpg",
    "Größe Ñ.ttf".as_bytes(),
    b"latin\xe4.jpg",
    b"back\\slash.jpg",
    b"-dash.jpg",
    b"TWIN.jpg",
    b"twin.jpg",
    "\u{202e}gpj.exe".as_bytes(),
];

fn member(name: &[u8]) -> RelPath {
    RelPath::parse([format!("images/{}/", now().date().strftime("%Y%m%d")).as_bytes(), name].concat()).unwrap()
}

#[test]
fn names_from_hell_are_saved_come_back_and_are_imported_again() {
    let rig = Rig::new();
    for name in NAMES {
        let path = rig.tools.site.home().join(member(name).as_path());
        fs::write(path, [b"I am ", name].concat()).unwrap();
    }
    let made = create::images(&rig.tools, &NightChoice::All, &Unwatched).unwrap();
    let archive = ArchiveName::parse(&made.name).unwrap();
    assert!(verify::verify(&rig.tools, &archive, &Unwatched).unwrap().ok);
    let each_comes_back = || {
        for name in NAMES {
            let (row, mut content) = extract::extract(&rig.tools, &archive, &member(name)).unwrap();
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, [b"I am ", name].concat(), "{}", row.path);
            assert!(!row.path.to_string().contains(['\n', '\u{202e}']), "printed as it is: {}", row.path);
        }
    };
    each_comes_back();

    // Index and memory lost: the archive itself still tells all of it.
    fs::remove_file(rig.tools.folder.index_path(&archive)).unwrap();
    rig.tools.records().forget(&archive).unwrap();
    assert!(info::folder(&rig.tools, &archive, None, 0, 10).unwrap().is_some());
    assert_eq!(list::list(&rig.tools).unwrap()[0].state, Knowledge::Verified);
    each_comes_back();

    let carried = rig.path("carried.tar.gz");
    fs::copy(rig.archive(archive.as_str()), &carried).unwrap();
    let imported = import::import(&rig.tools, &carried, &Unwatched).unwrap();
    assert!(verify::verify(&rig.tools, &ArchiveName::parse(&imported.created.name).unwrap(), &Unwatched).unwrap().ok);

    // Compressed again by somebody else it has our description and our sums, and is taken as ours.
    let other = rig.path("other.tar.gz");
    let mut again = flate2::read::GzEncoder::new(
        flate2::read::MultiGzDecoder::new(fs::File::open(&carried).unwrap()),
        flate2::Compression::fast(),
    );
    std::io::copy(&mut again, &mut fs::File::create(&other).unwrap()).unwrap();
    let imported = import::import(&rig.tools, &other, &Unwatched).unwrap();
    assert_eq!(imported.created.files, made.files);
    assert!(verify::verify(&rig.tools, &ArchiveName::parse(&imported.created.name).unwrap(), &Unwatched).unwrap().ok);

    // Without our description first such names are refused, as those of any stranger.
    let refused = |build: &dyn Fn(Tar) -> Tar| {
        fs::write(&other, tarball::images_with(build)).unwrap();
        let before = rig.kept();
        let refused = import::import(&rig.tools, &other, &Unwatched).unwrap_err().to_string();
        assert_eq!(rig.kept(), before);
        refused
    };
    assert!(refused(&|tar| tar.file("images/20261117/a\\b.jpg", "")).contains("backslash"));
    assert!(refused(&|tar| tar.file("images/20261117/a\nb.jpg", "")).contains("control character"));
}

/// Taken apart with `tar` and packed again with it, in every order that people use.
#[test]
fn an_archive_of_ours_that_was_packed_again_is_held_against_its_sums() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let apart = rig.path("apart");
    fs::create_dir(&apart).unwrap();
    let tar = |args: &[&str]| {
        let done = Command::new("tar").args(args).current_dir(&apart).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    tar(&["-xzf", rig.archive(&made.name).to_str().unwrap()]);
    let mut all: Vec<String> =
        fs::read_dir(&apart).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    assert_eq!(all[0], "SHA256SUMS", "the first in the order of a shell");
    let pack = |out: &str, names: &[&str]| {
        tar(&[&["-czf", out], names].concat());
        import::import(&rig.tools, &apart.join(out), &Unwatched).map(|imported| imported.created)
    };
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    let backwards: Vec<&str> = names.iter().rev().copied().collect();
    for (out, names) in [("forwards.tar.gz", &names), ("backwards.tgz", &backwards)] {
        let again = pack(out, names).unwrap_or_else(|why| panic!("{out}: {why}"));
        assert_eq!(again.files, made.files, "{out}");
        let archive = ArchiveName::parse(&again.name).unwrap();
        assert!(verify::verify(&rig.tools, &archive, &Unwatched).unwrap().ok, "{out}");
    }
    for (out, folder) in [("dot.tar.gz", "."), ("slash.tar.gz", "./")] {
        let packed = rig.path(out);
        tar(&["-czf", packed.to_str().unwrap(), "--exclude=*.gz", "--exclude=*.tgz", folder]);
        let again = import::import(&rig.tools, &packed, &Unwatched).unwrap_or_else(|why| panic!("{out}: {why}"));
        assert_eq!(again.created.files, made.files, "{out}");
        let archive = ArchiveName::parse(&again.created.name).unwrap();
        let wanted = RelPath::parse("config/cc_RPi_HQ.json").unwrap();
        extract::extract(&rig.tools, &archive, &wanted).unwrap_or_else(|why| panic!("{out}: {why}"));
        let to = rig.path(&format!("to-{out}"));
        fs::create_dir(&to).unwrap();
        let request = RestoreRequest { to: Some(to.clone()), ..RestoreRequest::all(archive) };
        restore::apply(&rig.tools, &request, &Unwatched).unwrap_or_else(|why| panic!("{out}: {why}"));
        assert!(to.join("config/cc_RPi_HQ.json").is_file(), "{out}");
    }
    let without: Vec<&str> = names.iter().copied().filter(|name| *name != "SHA256SUMS").collect();
    let refused = pack("without.tar.gz", &without).unwrap_err();
    assert!(refused.to_string().contains("packed it again"), "{refused}");
    assert!(!format!("{refused} {}", refused.advice()).contains("interrupted"), "{refused}");
    // In the folder itself every verb gives one judgement.
    let name = ArchiveName::parse("without.tar.gz").unwrap();
    fs::copy(apart.join("without.tar.gz"), rig.archive(name.as_str())).unwrap();
    let wanted = RelPath::parse("config/cc_RPi_HQ.json").unwrap();
    let extracted = extract::extract(&rig.tools, &name, &wanted).map(drop).unwrap_err();
    let restored = restore::apply(&rig.tools, &RestoreRequest::all(name.clone()), &Unwatched).unwrap_err();
    for said in [format!("{extracted}: {}", extracted.advice()), format!("{restored}: {}", restored.advice())] {
        assert!(said.contains("is not a backup") && said.contains("tar czf NAME.tar.gz *"), "{said}");
    }
    assert_eq!(info::info(&rig.tools, &name).unwrap().item.verified_at, None);
    fs::write(apart.join("config/hidden.json"), "{}").unwrap();
    for names in [&names, &backwards] {
        let refused = pack("hidden.tar.gz", names).unwrap_err().to_string();
        assert!(refused.contains("has no line in SHA256SUMS"), "{refused}");
    }
    fs::remove_file(apart.join("config/hidden.json")).unwrap();
    fs::write(apart.join("config/cc_RPi_HQ.json"), "{\"changed\":1}").unwrap();
    for names in [&names, &backwards] {
        let refused = pack("changed.tar.gz", names).unwrap_err().to_string();
        assert!(refused.contains("config/cc_RPi_HQ.json is not what SHA256SUMS says"), "{refused}");
    }
}

#[test]
fn a_download_that_a_browser_unpacked_is_taken_all_the_same() {
    let rig = Rig::new();
    let made = create::images(&rig.tools, &NightChoice::All, &Unwatched).unwrap();
    let mut plain = flate2::read::MultiGzDecoder::new(fs::File::open(rig.archive(&made.name)).unwrap());
    for name in ["unpacked.tar", "still-called.tar.gz"] {
        let unpacked = rig.path(name);
        std::io::copy(&mut plain, &mut fs::File::create(&unpacked).unwrap()).unwrap();
        plain = flate2::read::MultiGzDecoder::new(fs::File::open(rig.archive(&made.name)).unwrap());
        let imported = import::import(&rig.tools, &unpacked, &Unwatched).unwrap();
        assert_eq!(imported.created.files, made.files);
        let archive = ArchiveName::parse(&imported.created.name).unwrap();
        assert!(verify::verify(&rig.tools, &archive, &Unwatched).unwrap().ok, "{name}");
    }
}
