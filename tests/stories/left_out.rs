//! What is not, or not wholly, in a backup stands in the backup itself, and a restore never puts half
//! a file over a whole one unasked.
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::domain::archive::left_out::{LeftOut, LeftOutKind};
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::limits::Limits;
use allsky_backups::domain::monitor::{Cancelled, Monitor, Progress, Stage, Unwatched};
use allsky_backups::domain::order::{NightChoice, PauseChoice, SectionChoice};
use allsky_backups::domain::restore::program::Programs;
use allsky_backups::domain::restore::request::{NotWhole, RestoreRequest};
use allsky_backups::work::archive::create;
use allsky_backups::work::archive::create::{Bounds, Created};
use allsky_backups::work::archive::{extract, import, info, verify};
use allsky_backups::work::restore;
use serde_json::{Value, json};

use crate::support::rig::Rig;
use crate::support::terminal::Terminal;

fn config(rig: &Rig) -> Created {
    create::config(&rig.tools, &SectionChoice::All, PauseChoice::WhenNeeded, &Unwatched).unwrap()
}

/// As the archive itself says it: what this machine remembers is forgotten first.
fn said(rig: &Rig, made: &Created) -> Vec<LeftOut> {
    let name = ArchiveName::parse(&made.name).unwrap();
    rig.tools.records().forget(&name).unwrap();
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

#[test]
fn a_place_that_nobody_can_look_into_is_named_in_the_archive() {
    type Shape<'a> = (&'a str, &'a str, &'a dyn Fn(&Path));
    let shapes: [Shape; 3] = [
        ("config/overlay", "leads nowhere", &|at| symlink("/media/no-such-disk/overlay", at).unwrap()),
        ("config/overlay", "is no folder", &|at| fs::write(at, "").unwrap()),
        ("config/myFiles", "leads nowhere", &|at| symlink(at, at).unwrap()),
    ];
    for (place, why, put) in shapes {
        let rig = Rig::new();
        let at = rig.tools.site.home().join(place);
        fs::rename(&at, rig.path("gone")).unwrap();
        put(&at);
        let all = said(&rig, &config(&rig));
        let told = |one: &LeftOut| one.path.starts_with(place) && one.why.contains(why);
        assert!(all.iter().any(told), "{place} that {why}: {all:?}");
    }
}

#[test]
fn a_backup_of_an_untouched_camera_ends_without_a_warning() {
    let terminal = Terminal::new();
    let made = terminal.ask("create config");
    assert_eq!(made["warnings"], json!([]), "{made}");
    assert!(made["notes"][0].as_str().unwrap().contains("myTemplates"), "{made}");
    assert_eq!(terminal.ask("jobs")["items"][0]["state"], "success");
    let said = terminal.run(["create", "config"]);
    assert!(said.err.contains("note: ") && !said.err.contains("warning: "), "{said:?}");
}

#[test]
fn a_missing_login_file_and_missing_capabilities_are_told_and_not_claimed() {
    let rig = Rig::new();
    let home = rig.tools.site.home().to_owned();
    let camera = rig.tools.site.camera().unwrap();
    for gone in ["env.json", "config/cc.json", &camera.cc_file.unwrap().to_string()] {
        fs::remove_file(home.join(gone)).unwrap();
    }
    let made = config(&rig);
    let all = said(&rig, &made);
    for path in ["env.json", "config/cc.json"] {
        assert!(all.iter().any(|one| one.path == path), "{path}: {all:?}");
        assert!(made.warnings.iter().any(|warning| warning.starts_with(path)), "{path}: {:?}", made.warnings);
    }
    let metadata = info::info(&rig.tools, &ArchiveName::parse(&made.name).unwrap()).unwrap().metadata.unwrap();
    assert!(metadata.cc_file.is_none() && metadata.settings_file.is_some(), "{metadata:?}");
}

#[test]
fn two_folders_of_templates_that_differ_in_case_are_both_saved_and_told() {
    let terminal = Terminal::new();
    let templates = terminal.path("allsky/config/overlay/mytemplates");
    fs::create_dir(&templates).unwrap();
    fs::write(templates.join("mine.json"), "{}").unwrap();
    let made = terminal.ask("create config");
    let warnings = made["warnings"].to_string();
    assert!(warnings.contains("mytemplates") && warnings.contains("myTemplates"), "{made}");
    let files = terminal.ask(&format!("info {} --files", made["name"].as_str().unwrap()))["files"].to_string();
    assert!(files.contains("mytemplates/mine.json") && files.contains("myTemplates/overlay1.json"), "{files}");
}

#[test]
fn records_on_a_server_are_told_wherever_the_archive_is_looked_at() {
    let terminal = Terminal::new();
    let settings = terminal.path("allsky/config/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("\"sqlite\"", "\"mysql\"")).unwrap();
    let made = terminal.ask("create config");
    assert!(made["warnings"].to_string().contains("mysqldump"), "{made}");
    let name = made["name"].as_str().unwrap();
    let left_out = terminal.ask(&format!("info {name}"))["metadata"]["allskyBackups"]["left_out"].to_string();
    assert!(left_out.contains("mysql database") && left_out.contains("NOT part of this backup"), "{left_out}");
    let words = terminal.run(["info", name]).text();
    assert!(words.contains("Not in it, or not whole (1)") && words.contains("mysqldump"), "{words}");
}

#[test]
fn a_database_of_indi_allsky_that_is_not_where_its_settings_say_is_told_and_not_claimed() {
    let terminal = Terminal::indi();
    fs::remove_dir_all(terminal.path("var/lib/indi-allsky/migrations")).unwrap();
    fs::rename(terminal.path("var/lib/indi-allsky/indi-allsky.sqlite"), terminal.path("away.sqlite")).unwrap();
    let made = terminal.ask("create config");
    let warnings = made["warnings"].to_string();
    assert!(warnings.contains("indi-allsky.sqlite") && warnings.contains("not there"), "{made}");
    let metadata = terminal.ask(&format!("info {}", made["name"].as_str().unwrap()))["metadata"].clone();
    assert_eq!(metadata["includedOptionalTargets"], json!([]), "{metadata}");
    assert_eq!(metadata["includedSections"].as_array().unwrap().len(), 1, "{metadata}");
    assert!(metadata["allskyBackups"]["left_out"][0]["path"].as_str().unwrap().ends_with("indi-allsky.sqlite"));
}

#[test]
fn a_database_of_indi_allsky_is_found_however_its_address_is_written() {
    let terminal = Terminal::indi();
    let file = terminal.path("var/lib/indi-allsky/indi-allsky.sqlite").canonicalize().unwrap();
    let flask = terminal.path("etc/indi-allsky/flask.json");
    let before: Value = serde_json::from_slice(&fs::read(&flask).unwrap()).unwrap();
    let link = terminal.path("link.sqlite");
    symlink(&file, &link).unwrap();
    let encoded = file.display().to_string().replace("indi-allsky.sqlite", "indi%2Dallsky.sqlite");
    for address in [
        format!("sqlite+pysqlite:///{}", file.display()),
        format!("sqlite:///{}?timeout=20", file.display()),
        format!("sqlite:///{encoded}"),
        format!("sqlite:///{}", link.display()),
    ] {
        let mut flask_json = before.clone();
        flask_json["SQLALCHEMY_DATABASE_URI"] = address.as_str().into();
        fs::write(&flask, flask_json.to_string()).unwrap();
        let made = terminal.ask("create config");
        assert_eq!(made["warnings"], json!([]), "{address}: {made}");
        let files = terminal.ask(&format!("info {} --files", made["name"].as_str().unwrap()))["files"].to_string();
        assert!(files.contains("var/lib/indi-allsky/indi-allsky.sqlite"), "{address}: {files}");
    }
}

/// Cuts a file short as soon as the writing of the archive has begun to read it.
struct Cutting<'a> {
    file: &'a Path,
    to: u64,
}

impl Monitor for Cutting<'_> {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, _: String) {}
    fn progress(&self, progress: Progress) {
        if progress.done_bytes > 1 << 20 {
            fs::File::options().write(true).open(self.file).unwrap().set_len(self.to).unwrap();
        }
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        Ok(())
    }
}

#[test]
fn a_file_that_was_cut_while_it_was_read_never_replaces_a_whole_one_unasked() {
    let rig = Rig::new();
    let place = rig.tools.site.home().join("config/myFiles/large.bin");
    let whole: Vec<u8> = (0..48u32 << 18).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    fs::write(&place, &whole).unwrap();
    let watch = Cutting { file: &place, to: 1000 };
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &watch).unwrap();
    let all = said(&rig, &made);
    let cut = all.iter().find(|one| one.path == "config/myFiles/large.bin").unwrap_or_else(|| panic!("{all:?}"));
    assert_eq!(cut.kind, LeftOutKind::Incomplete);

    fs::write(&place, &whole).unwrap();
    // Its name does not say what it is, so it counts as a program.
    let ask = RestoreRequest {
        programs: Some(Programs::Take),
        ..RestoreRequest::all(ArchiveName::parse(&made.name).unwrap())
    };
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(preview.counts()["not_whole"], 1, "{:?}", preview.counts());
    assert!(preview.checks.iter().any(|check| check.detail.contains("large.bin")), "{:?}", preview.checks);
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert!(fs::read(&place).unwrap() == whole, "the whole file stays");

    // Where nothing is, half a file is better than none; and over another one only when it is asked for.
    let asked = RestoreRequest { not_whole: NotWhole::Take, ..ask.clone() };
    restore::apply(&rig.tools, &asked, &Unwatched).unwrap();
    assert!(fs::read(&place).unwrap() != whole);
    fs::remove_file(&place).unwrap();
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert!(place.exists());
}

/// Any archive of a camera counts as a large one.
fn large() -> Bounds {
    Bounds { written_again: 1 << 20, import: Limits::default() }
}

/// Names of members, as plain tar has them.
fn members(archive: &Path) -> Vec<String> {
    let listed = Command::new("tar").arg("tzf").arg(archive).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn what_is_found_while_a_large_archive_is_written_stands_at_its_end_and_goes_with_it() {
    const LATE: &str = "allskyBackups.left_out.json";
    let rig = Rig::new();
    let night = rig.tools.site.picture_folders().unwrap()[0].name.clone();
    let member = format!("images/{night}/large.jpg");
    let picture: Vec<u8> = (0..48u32 << 18).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let picture = [b"\xff\xd8\xff\xe0", picture.as_slice()].concat();
    let place = |rig: &Rig| rig.tools.site.images_dir().unwrap().join(&night).join("large.jpg");
    let all_whole = create::images_within(&rig.tools, &NightChoice::All, large(), &Unwatched).unwrap();
    assert!(!members(&rig.archive(&all_whole.name)).contains(&LATE.to_owned()));

    fs::write(place(&rig), &picture).unwrap();
    let watch = Cutting { file: &place(&rig), to: 1000 };
    let made = create::images_within(&rig.tools, &NightChoice::All, large(), &watch).unwrap();
    assert!(made.warnings.iter().any(|warning| warning.starts_with(&member)), "{:?}", made.warnings);
    let archive = rig.archive(&made.name);
    let names = members(&archive);
    assert_eq!(&names[names.len() - 2..], [LATE, "SHA256SUMS"]);
    let first = Command::new("tar").arg("xzOf").arg(&archive).arg("metadata.json").output().unwrap().stdout;
    assert!(!String::from_utf8(first).unwrap().contains("left_out"), "it was written before");
    let files = info::info(&rig.tools, &ArchiveName::parse(&made.name).unwrap()).unwrap().files.unwrap();
    assert_eq!(files, names.iter().filter(|name| name.starts_with("images/") && !name.ends_with('/')).count() as u64);

    // Beside it lies nothing that could tell, and nothing is remembered.
    fs::remove_file(rig.archive(&made.name.replace(".tar.gz", ".index"))).unwrap();
    let all = said(&rig, &made);
    assert_eq!(
        all.iter().map(|one| (one.path.as_str(), one.kind)).collect::<Vec<_>>(),
        [(member.as_str(), LeftOutKind::Incomplete)]
    );
    assert!(verify::verify(&rig.tools, &ArchiveName::parse(&made.name).unwrap(), &Unwatched).unwrap().ok);

    let other = Rig::new();
    let imported = import::import(&other.tools, &archive, &Unwatched).unwrap();
    let name = ArchiveName::parse(&imported.created.name).unwrap();
    let known = info::info(&other.tools, &name).unwrap();
    assert_eq!(known.metadata.unwrap().left_out(), all);
    assert_eq!(known.files, Some(files));
    fs::create_dir_all(place(&other).parent().unwrap()).unwrap();
    fs::write(place(&other), &picture).unwrap();
    let ask = RestoreRequest::all(name);
    let preview = restore::preview(&other.tools, &ask, &Unwatched).unwrap();
    assert_eq!(preview.counts()["not_whole"], 1, "{:?}", preview.counts());
    assert!(preview.files.iter().all(|file| file.path.as_str() != Some(LATE)));
    restore::apply(&other.tools, &ask, &Unwatched).unwrap();
    assert!(fs::read(place(&other)).unwrap() == picture, "the whole picture stays");
    let asked = RestoreRequest { not_whole: NotWhole::Take, ..ask };
    restore::apply(&other.tools, &asked, &Unwatched).unwrap();
    assert!(fs::read(place(&other)).unwrap() != picture);
}

#[test]
fn a_backup_with_more_files_than_an_import_takes_says_so_at_once_and_for_ever() {
    for (import, words) in [
        (Limits { entries_of_ours: 5, ..Limits::default() }, "more than the 5 that an upload or import takes"),
        (Limits { folders: 0, ..Limits::default() }, "folders, more than the 0"),
        (Limits { name_bytes: 100, ..Limits::default() }, "names of"),
    ] {
        let rig = Rig::new();
        let bounds = Bounds { written_again: u64::MAX, import };
        let made = create::images_within(&rig.tools, &NightChoice::All, bounds, &Unwatched).unwrap();
        assert!(made.warnings.iter().any(|warning| warning.contains(words)), "{words}: {:?}", made.warnings);
        said(&rig, &made);
        let metadata = info::info(&rig.tools, &ArchiveName::parse(&made.name).unwrap()).unwrap().metadata.unwrap();
        assert!(metadata.remarks()[0].contains("choose nights"), "{words}: {:?}", metadata.remarks());
    }
    let rig = Rig::new();
    let made = create::images(&rig.tools, &NightChoice::All, &Unwatched).unwrap();
    assert_eq!(made.warnings, Vec::<String>::new());
    let metadata = info::info(&rig.tools, &ArchiveName::parse(&made.name).unwrap()).unwrap().metadata.unwrap();
    assert!(metadata.remarks().is_empty(), "{:?}", metadata.remarks());
}

#[test]
fn settings_that_are_rewritten_while_backups_are_made_are_whole_or_marked() {
    let rig = Rig::new();
    let camera = rig.tools.site.camera().unwrap();
    let settings = camera.settings_file.unwrap();
    let place = rig.tools.site.home().join(settings.as_path());
    let whole = fs::read(&place).unwrap();
    let done = AtomicBool::new(false);
    let archives: Vec<Created> = std::thread::scope(|scope| {
        // In place, as PHP does it: emptied, then filled in two parts.
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let mut file = fs::File::create(&place).unwrap();
                std::thread::yield_now();
                file.write_all(&whole[..whole.len() / 2]).unwrap();
                std::thread::yield_now();
                file.write_all(&whole[whole.len() / 2..]).unwrap();
                drop(file);
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
        });
        let make = |_| create::config(&rig.tools, &SectionChoice::None, PauseChoice::Never, &Unwatched);
        let made: Vec<_> = (0..40).map(make).collect();
        done.store(true, Ordering::Relaxed);
        made.into_iter().map(|one| one.unwrap()).collect()
    });
    for made in &archives {
        let name = ArchiveName::parse(&made.name).unwrap();
        let mut saved = Vec::new();
        if let Ok((_, mut content)) = extract::extract(&rig.tools, &name, &settings) {
            content.read_to_end(&mut saved).unwrap();
        }
        let metadata = info::info(&rig.tools, &name).unwrap().metadata.unwrap();
        let is_marked =
            metadata.left_out().iter().any(|one| one.is_of(&settings) || one.path == "config/settings.json");
        assert!(saved == whole || is_marked, "{}: {} of {} bytes, unmarked", made.name, saved.len(), whole.len());
    }

    // What is cut for good is saved as it is, told and marked.
    fs::write(&place, &whole).unwrap();
    let overlay = RelPath::parse("config/overlay/myTemplates/overlay1.json").unwrap();
    let make = || create::config(&rig.tools, &SectionChoice::None, PauseChoice::Never, &Unwatched).unwrap();
    for cut in ["", "{ \"fields\": [", "{ \"fields\": [\0\0\0\0"] {
        fs::write(rig.tools.site.home().join(overlay.as_path()), cut).unwrap();
        let made = make();
        let marked = said(&rig, &made).into_iter().find(|one| one.is_of(&overlay)).unwrap();
        assert_eq!(marked.kind, LeftOutKind::Unsettled, "{cut:?}");
        assert!(made.warnings.iter().any(|warning| warning.contains("no complete JSON")), "{:?}", made.warnings);
    }

    // What its owner broke, and holds still, is told and comes back.
    fs::write(rig.tools.site.home().join(overlay.as_path()), "{ \"fields\": [1 2] }").unwrap();
    let made = make();
    assert!(!said(&rig, &made).iter().any(|one| one.is_of(&overlay)));
    assert!(made.warnings.iter().any(|warning| warning.contains("no valid JSON")), "{:?}", made.warnings);
}
