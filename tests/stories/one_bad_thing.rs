//! One bad thing costs itself and nothing beside it: a database that a power cut broke, a film that the
//! drive cannot hold, an archive that the disk does not give back.
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::domain::archive::left_out::LeftOutKind;
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::night::Night;
use allsky_backups::domain::order::{PauseChoice, SectionChoice};
use allsky_backups::site::nights::{NightSource, Rating, TeamNights};
use allsky_backups::work::archive::{create, extract, info};

use super::support::injector;
use super::support::night_sites::{Camera, NightSites};
use super::support::odd_drive::OddDrive;
use super::support::rig::Rig;
use super::support::terminal::{Said, Terminal};

const DATABASE: &str = "config/myFiles/allsky.db";

/// Overwrites the start of each page from the page numbered `first` on.
fn spoil(database: &Path, first: usize) {
    let mut bytes = fs::read(database).unwrap();
    for page in bytes.chunks_mut(4096).skip(first) {
        let end = page.len().min(64);
        page[..end].fill(0xa5);
    }
    fs::write(database, bytes).unwrap();
}

#[test]
fn a_damaged_database_is_kept_as_bytes_under_a_name_of_its_own_beside_everything_else() {
    for first in [0, 3] {
        let rig = Rig::new();
        let database = rig.tools.site.home().join(DATABASE);
        let whole = create::config(&rig.tools, &SectionChoice::All, PauseChoice::WhenNeeded, &Unwatched).unwrap();
        spoil(&database, first);
        fs::write(database.with_extension("db-wal"), "of another database").unwrap();
        let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::WhenNeeded, &Unwatched).unwrap();
        assert_eq!(made.files, whole.files, "the rest is there, and the damaged file in place of the good one");
        let told = made.warnings.iter().any(|w| w.contains(DATABASE) && w.contains("allsky.db.damaged"));
        assert!(told, "{:?}", made.warnings);

        let name = ArchiveName::parse(&made.name).unwrap();
        let known = info::info(&rig.tools, &name).unwrap();
        assert!(known.item.with_damage);
        let left_out = known.metadata.unwrap().left_out().to_vec();
        let entry = left_out.iter().find(|one| one.kind == LeftOutKind::Damaged).unwrap();
        assert_eq!(entry.path, format!("{DATABASE}.damaged"));
        let mut kept = Vec::new();
        let member = RelPath::parse(format!("{DATABASE}.damaged")).unwrap();
        extract::extract(&rig.tools, &name, &member).unwrap().1.read_to_end(&mut kept).unwrap();
        assert_eq!(kept, fs::read(&database).unwrap());
        for other in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
            assert!(extract::extract(&rig.tools, &name, &RelPath::parse(&other).unwrap()).is_err(), "{other}");
        }
    }
}

#[test]
fn a_folder_where_the_camera_has_a_file_is_told_and_its_content_is_not_taken_for_that_file() {
    let terminal = Terminal::new();
    for path in ["config/myFiles/allsky.db", "env.json", "uservariables.sh"] {
        let place = terminal.path("allsky").join(path);
        let aside = terminal.path("aside");
        let was_there = fs::rename(&place, &aside).is_ok();
        fs::create_dir(&place).unwrap();
        fs::write(place.join("inside"), "x").unwrap();
        let said = terminal.run(["create", "config", "--json"]);
        assert_eq!(said.code, Some(0), "{path}: {said:?}");
        let made = said.json();
        let told = format!("{path} is a folder where the camera has a file, and is left out");
        assert!(made["warnings"].to_string().contains(&told), "{path}: {made}");
        let info = terminal.ask(&format!("info {} --files", made["name"].as_str().unwrap()));
        assert!(info["metadata"]["allskyBackups"]["left_out"].to_string().contains(path), "{path}: {info}");
        assert!(!info["files"].to_string().contains("inside"), "{path}");
        fs::remove_dir_all(&place).unwrap();
        if was_there {
            fs::rename(&aside, &place).unwrap();
        }
    }
}

#[test]
fn nights_with_a_damaged_star_table_are_counted_from_the_folders() {
    let rig = Rig::new();
    let home = rig.tools.site.home();
    let nights = TeamNights::new(home, &home.join("images"), jiff::tz::TimeZone::UTC);
    let sound = nights.survey().unwrap();
    assert_eq!(sound.rating, Rating::Database);
    spoil(&home.join(DATABASE), 2);
    let survey = nights.survey().unwrap();
    let Rating::Folders(why) = &survey.rating else { panic!("{:?}", survey.rating) };
    assert!(why.contains("allsky.db") && why.contains("damaged"), "{why}");
    let all: Vec<Night> = survey.nights.iter().map(|night| night.night).collect();
    assert_eq!(all, sound.nights.iter().map(|night| night.night).collect::<Vec<_>>());
    for measure in &survey.nights {
        assert_eq!(nights.files(measure.night).unwrap().frames.len() as u64, measure.images);
        assert!(nights.course(measure.night).unwrap().is_empty());
    }
}

#[test]
fn a_night_whose_folder_the_disk_does_not_give_back_is_told_and_every_other_night_is_saved() {
    for has_database in [true, false] {
        let sites = NightSites::new();
        let (dest, _) = sites.plain_drive(Camera::Team);
        let (images, back) = (sites.path("allsky/images"), sites.path("disk"));
        fs::rename(&images, &back).unwrap();
        let Some(disk) = OddDrive::of(&back, &["dead=20251221"]) else { return };
        std::os::unix::fs::symlink(disk.path(), &images).unwrap();
        if !has_database {
            fs::remove_file(sites.path("allsky").join(DATABASE)).unwrap();
        }
        let listed = sites.nights(Camera::Team);
        assert!(listed.iter().any(|night| night["night"] == "2025-12-21"), "{listed:?}");
        let said = sites.run(Camera::Team, &format!("run nights {dest} --json"));
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.err.contains("2025-12-21 is not saved") && said.err.contains("20251221"), "{}", said.err);
        let report = said.json();
        let nights = report["nights"].as_array().unwrap();
        assert!(!nights.is_empty() && nights.iter().all(|night| night["verified"] == true), "{report}");
    }
}

#[test]
fn a_film_that_the_drive_cannot_hold_is_told_and_every_night_is_saved() {
    let sites = NightSites::new();
    let (dest, drive) = sites.plain_drive(Camera::Team);
    let film = "2025-12-21".replace('-', "");
    let there = sites.path("allsky").join(format!("images/{film}/allsky-{film}.mp4"));
    assert!(there.is_file());
    let large = fs::File::options().write(true).open(&there).unwrap();
    let made = large.metadata().unwrap().modified().unwrap();
    large.set_len(100 << 20).unwrap();
    large.set_modified(made).unwrap();
    let line = format!("run nights {dest} --json");
    let line = sites.command(Camera::Team, line.split(' '));
    // No file larger than 64 MiB can be written, as on a drive whose file system has such a limit.
    let mut limited = std::process::Command::new("bash");
    limited.args(["-c", "ulimit -f 65536; exec \"$@\"", "bash"]);
    limited.arg(line.get_program()).args(line.get_args());
    limited.envs(line.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let said: Said = limited.output().unwrap().into();
    assert_eq!(said.code, Some(0), "{said:?}");
    let report = said.json();
    let nights = report["nights"].as_array().unwrap();
    assert!(nights.iter().all(|night| night["verified"] == true), "{report}");
    let told = nights.iter().find(|night| night["night"] == "2025-12-21").unwrap()["too_large"].to_string();
    assert!(told.contains("mp4") && told.contains("too large"), "{report}");
    assert!(said.err.contains("too large"), "{}", said.err);
    let films = fs::read_dir(drive.join("timelapse/2025-12-21"));
    let names: Vec<_> = films.into_iter().flatten().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("mp4")), "{names:?}");
}

#[test]
fn verify_all_tells_what_cannot_be_read_and_skips_what_is_no_backup() {
    let terminal = Terminal::new();
    let good = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let folder = terminal.path("allskybackups");
    fs::File::create(folder.join("holiday.tar.gz")).unwrap().write_all(b"no archive at all, but a long line").unwrap();
    let said = terminal.run(["verify", "--all"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.text().contains("holiday.tar.gz: skipped, no backup"), "{said:?}");
    assert!(said.text().contains(&format!("{good}: whole")), "{said:?}");
    assert_eq!(terminal.run(["verify", "holiday.tar.gz"]).code, Some(1));

    if !injector::works() {
        return;
    }
    let bad = "aaa-copy.tar.gz";
    fs::copy(folder.join(&good), folder.join(bad)).unwrap();
    let place = fs::canonicalize(folder.join(bad)).unwrap();
    let line = terminal.command(["verify", "--all", "--json"]);
    let words = ["-P", place.to_str().unwrap(), "-e", "trace=pread64", "-e", "inject=pread64:error=EIO"];
    let said: Said = injector::traced(&line, &words.map(str::to_owned)).output().unwrap().into();
    assert_eq!(said.code, Some(1), "{said:?}");
    let items = said.json()["items"].take();
    let of = |name: &str| items.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
    assert_eq!(of(bad)["finding"], "unread", "{items}");
    assert_eq!((&of(&good)["ok"], &of("holiday.tar.gz")["finding"]), (&true.into(), &"foreign".into()), "{items}");
}

/// A card that dies cuts files, and the first of indi-allsky that all others are found by.
#[test]
fn a_spoilt_flask_json_ends_no_backup_of_indi_allsky_and_a_good_one_comes_back_over_it() {
    let terminal = Terminal::indi();
    let flask = terminal.path("etc/indi-allsky/flask.json");
    let good = fs::read_to_string(&flask).unwrap();
    let whole = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    for text in [&good[..good.len() / 2], "", "[]"] {
        fs::write(&flask, text).unwrap();
        let made = terminal.ask("create config");
        assert!(made.to_string().contains("flask.json cannot be understood"), "{text:?}: {made}");
        let archive = terminal.path(&format!("allskybackups/{}", made["name"].as_str().unwrap()));
        let listed = Command::new("tar").arg("-tzf").arg(archive).output().unwrap();
        let names = String::from_utf8(listed.stdout).unwrap();
        for member in ["etc/indi-allsky/flask.json", "var/lib/indi-allsky/indi-allsky.sqlite"] {
            assert!(names.contains(member), "{text:?}: {member} in {names}");
        }
        terminal.ask(&format!("restore {whole} --yes"));
        assert_eq!(fs::read_to_string(&flask).unwrap(), good, "{text:?}");
    }
}

#[test]
fn a_flask_json_that_is_gone_or_no_file_ends_no_backup_and_a_whole_backup_brings_it_back() {
    let terminal = Terminal::indi();
    let flask = terminal.path("etc/indi-allsky/flask.json");
    let good = fs::read_to_string(&flask).unwrap();
    let whole = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    type Shape<'a> = (&'a str, &'a str, &'a dyn Fn(&Path));
    let shapes: [Shape; 4] = [
        ("missing", "is not there", &|_| {}),
        ("a link into nowhere", "is not there", &|at| std::os::unix::fs::symlink("/nowhere/flask.json", at).unwrap()),
        ("a folder", "cannot be read", &|at| fs::create_dir(at).unwrap()),
        ("a pipe", "cannot be read", &|at| {
            assert!(Command::new("mkfifo").arg(at).status().unwrap().success());
        }),
    ];
    for (shape, words, put) in shapes {
        fs::remove_file(&flask).unwrap();
        put(&flask);
        let made = terminal.ask("create config");
        let told = made["warnings"].to_string();
        assert!(told.contains(words) && told.contains("PASSWORD_KEY"), "{shape}: {made}");
        let info = terminal.ask(&format!("info {}", made["name"].as_str().unwrap()));
        let left_out = info["metadata"]["allskyBackups"]["left_out"].to_string();
        assert!(left_out.contains("etc/indi-allsky/flask.json") && left_out.contains(words), "{shape}: {left_out}");
        let archive = terminal.path(&format!("allskybackups/{}", made["name"].as_str().unwrap()));
        let listed = Command::new("tar").arg("-tzf").arg(archive).output().unwrap();
        let names = String::from_utf8(listed.stdout).unwrap();
        assert!(names.contains("var/lib/indi-allsky/indi-allsky.sqlite"), "{shape}: {names}");
        for line in ["create images", "nights list", "estimate", "list"] {
            terminal.ask(line);
        }
        let _ = fs::remove_dir(&flask);
        let _ = fs::remove_file(&flask);
        terminal.ask(&format!("restore {whole} --yes"));
        assert_eq!(fs::read_to_string(&flask).unwrap(), good, "{shape}");
    }
}
