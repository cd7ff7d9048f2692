//! A damaged archive gives back what is whole of it; a damaged or forged index beside a good archive is
//! noticed; and nothing waits for a pipe that lies where a file should.
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::catalog::Knowledge;
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{NightChoice, PauseChoice, SectionChoice};
use allsky_backups::domain::restore::request::RestoreRequest;
use allsky_backups::work::archive::{create, extract, import, info, list, verify};
use allsky_backups::work::restore;

use super::support::rig::Rig;
use super::support::terminal::{PROGRAM, Said, Terminal};

const FOLDER: &str = "20261117";
/// More than a gzip member holds, so that each picture has its own.
const PICTURE: usize = 1_100_000;

fn picture(seed: u32) -> Vec<u8> {
    let noise = (0..PICTURE as u32).map(|n| (n.wrapping_add(seed).wrapping_mul(2_654_435_761) >> 13) as u8);
    // As every JPEG begins and ends.
    [0xff, 0xd8, 0xff, 0xe0].into_iter().chain(noise).chain([0xff, 0xd9]).collect()
}

fn member(text: &str) -> RelPath {
    RelPath::parse(text).unwrap()
}

fn names(rig: &Rig, name: &ArchiveName) -> Vec<String> {
    let mut all = Vec::new();
    assert!(info::each_file(&rig.tools, name, &mut |row| all.push(row.path.to_string())).unwrap());
    all.sort();
    all
}

/// An images archive of four large pictures, and where each begins.
fn pictures(rig: &Rig) -> (ArchiveName, Vec<(String, u64)>) {
    let folder = rig.tools.site.images_dir().unwrap().join(FOLDER);
    fs::create_dir_all(&folder).unwrap();
    for n in 0..4 {
        fs::write(folder.join(format!("large-{n}.jpg")), picture(n)).unwrap();
    }
    let made = create::images(&rig.tools, &NightChoice::Folders(vec![FOLDER.into()]), &Unwatched).unwrap();
    let name = ArchiveName::parse(&made.name).unwrap();
    let mut places = Vec::new();
    let mut note = |row: allsky_backups::archive::index::Row| places.push((row.path.to_string(), row.gzip_offset));
    assert!(info::each_file(&rig.tools, &name, &mut note).unwrap());
    places.retain(|(path, _)| path.contains("large-"));
    assert_eq!(places.len(), 4);
    (name, places)
}

/// Flips a bit and leaves the time of the last change as it was, or not.
fn flip(file: &Path, at: u64, time: Option<SystemTime>) {
    let open = File::options().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    open.read_exact_at(&mut byte, at).unwrap();
    open.write_all_at(&[byte[0] ^ 4], at).unwrap();
    if let Some(time) = time {
        open.set_modified(time).unwrap();
    }
}

#[test]
fn one_flipped_byte_costs_one_picture_and_all_others_come_back() {
    // In the content, and in the head by which the next gzip member is found.
    for (inside, keeps_time) in [(5000, true), (5000, false), (1, false)] {
        let rig = Rig::new();
        let (name, places) = pictures(&rig);
        let before = names(&rig, &name);
        let (hit, at) = places[1].clone();
        let file = rig.archive(name.as_str());
        let time = fs::metadata(&file).unwrap().modified().unwrap();
        flip(&file, at + inside, keeps_time.then_some(time));

        let folder = rig.tools.site.images_dir().unwrap().join(FOLDER);
        fs::remove_dir_all(&folder).unwrap();
        let restored = restore::apply(&rig.tools, &RestoreRequest::all(name.clone()), &Unwatched).unwrap();
        let told = restored.warnings.iter().any(|warning| warning.contains(&hit));
        assert!(told, "{inside} {keeps_time}: {:?}", restored.warnings);
        for (n, (path, _)) in places.iter().enumerate() {
            let there = fs::read(folder.join(format!("large-{n}.jpg")));
            assert_eq!(there.is_ok(), *path != hit, "{inside} {keeps_time}: {path}");
            assert!(there.is_err() || there.unwrap() == picture(n as u32), "{path}");
        }

        let checked = verify::verify(&rig.tools, &name, &Unwatched).unwrap();
        let error = checked.error.unwrap();
        assert!(!checked.ok && error.contains(&hit) && error.contains(". Whole: "), "{error}");
        assert_eq!(names(&rig, &name), before, "the list stays");
        for (path, _) in &places {
            let mut bytes = Vec::new();
            let read = extract::extract(&rig.tools, &name, &member(path)).unwrap().1.read_to_end(&mut bytes);
            assert_eq!(read.is_ok(), *path != hit, "{inside} {keeps_time}: {path}");
        }
    }
}

#[test]
fn an_index_that_rotted_or_was_forged_answers_nothing_and_is_made_anew() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let name = ArchiveName::parse(&made.name).unwrap();
    let wanted = member("config/modules/postprocessing_night.json");
    let place = rig.tools.folder.index_path(&name);
    let all = names(&rig, &name);
    assert!(all.contains(&wanted.to_string()), "{all:?}");
    let edit = |sql: &str| rusqlite::Connection::open(&place).unwrap().execute_batch(sql).unwrap();
    // An index that was forged together with its seal is found out by the archive itself.
    let seal_again = || {
        let mut bytes = fs::read(&place).unwrap();
        let length = bytes.len() / 4096 * 4096;
        let mark = bytes[bytes.len() - 48..bytes.len() - 32].to_vec();
        bytes.truncate(length);
        let digest = blake3::hash(&bytes);
        fs::write(&place, [bytes, mark, digest.as_bytes().to_vec()].concat()).unwrap();
    };
    let damages: [(&str, &dyn Fn()); 5] = [
        ("a row is missing", &|| edit("DELETE FROM file WHERE name = CAST('postprocessing_night.json' AS BLOB)")),
        ("sizes without end", &|| edit("UPDATE file SET size = 9223372036854775807, skip = 9223372036854775807")),
        ("rot", &|| flip(&place, 4096 * 2 + 77, None)),
        ("a forged seal", &|| {
            edit("DELETE FROM file WHERE name = CAST('postprocessing_night.json' AS BLOB)");
            seal_again();
        }),
        ("a pipe", &|| {
            fs::remove_file(&place).unwrap();
            assert!(Command::new("mkfifo").arg(&place).status().unwrap().success());
        }),
    ];
    for (what, damage) in damages {
        damage();
        let mut text = String::new();
        extract::extract(&rig.tools, &name, &wanted)
            .unwrap_or_else(|error| panic!("{what}: {error}"))
            .1
            .read_to_string(&mut text)
            .unwrap();
        assert!(text.starts_with('{'), "{what}: {text}");
        assert_eq!(names(&rig, &name), all, "{what}");
        let preview = restore::preview(&rig.tools, &RestoreRequest::all(name.clone()), &Unwatched).unwrap();
        assert!(preview.files.iter().any(|file| file.path == wanted), "{what}");
    }
}

#[test]
fn a_list_is_not_shown_by_an_index_that_says_something_else_than_the_archive() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let name = ArchiveName::parse(&made.name).unwrap();
    let place = rig.tools.folder.index_path(&name);
    let told = || {
        let mut rows = Vec::new();
        let info = info::info(&rig.tools, &name).unwrap();
        info::each_file(&rig.tools, &name, &mut |row| rows.push((row.path.to_string(), row.size))).unwrap();
        (info.files, info.raw_bytes, rows)
    };
    let true_list = told();
    assert!(true_list.2.len() > 10);
    for forged in [
        "UPDATE file SET size = size + 1",
        "UPDATE file SET name = CAST('x' || name AS BLOB)",
        "UPDATE file SET skip = skip + 512",
        "UPDATE about SET files = files + 1000",
        "DELETE FROM file",
    ] {
        rusqlite::Connection::open(&place).unwrap().execute_batch(forged).unwrap();
        let mut bytes = fs::read(&place).unwrap();
        let mark = bytes[bytes.len() - 48..bytes.len() - 32].to_vec();
        bytes.truncate(bytes.len() / 4096 * 4096);
        let digest = blake3::hash(&bytes);
        fs::write(&place, [bytes, mark, digest.as_bytes().to_vec()].concat()).unwrap();
        assert_eq!(told(), true_list, "{forged}");
    }
}

#[test]
fn an_archive_with_another_end_is_judged_alike_by_import_and_in_the_folder() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let whole = fs::read(rig.archive(&made.name)).unwrap();
    let end = whole.len() - 43;
    let odd = [whole[..end].to_vec(), [&whole[..], &whole[end..]].concat(), [&whole[..], &[0; 4096]].concat()];
    for (n, bytes) in odd.iter().enumerate() {
        let name = format!("odd-{n}.tar.gz");
        fs::write(rig.path(&name), bytes).unwrap();
        let refused = import::import(&rig.tools, &rig.path(&name), &Unwatched).unwrap_err();
        fs::write(rig.archive(&name), bytes).unwrap();
        let parsed = ArchiveName::parse(&name).unwrap();
        let checked = verify::verify(&rig.tools, &parsed, &Unwatched).unwrap();
        let wanted = if n == 0 { "end is missing" } else { "behind the end" };
        let words = [refused.to_string(), checked.error.unwrap_or_default()];
        assert!(words[0].contains("end is missing") && words[1].contains(wanted), "{n}: {words:?}");
        let listed = list::list(&rig.tools).unwrap().into_iter().find(|item| item.name == name).unwrap();
        assert_eq!(listed.state, Knowledge::Damaged, "{n}");
        fs::remove_file(rig.archive(&name)).unwrap();
    }
    fs::write(rig.path("good.tar.gz"), &whole).unwrap();
    import::import(&rig.tools, &rig.path("good.tar.gz"), &Unwatched).unwrap();
}

#[test]
fn a_pipe_in_place_of_a_file_is_waited_for_by_nothing() {
    let files =
        ["version", "config/settings.json", "config/options.json", "config/myFiles/allsky.db", "variables.json"];
    for file in files {
        let terminal = Terminal::new();
        let place = terminal.path("allsky").join(file);
        let _ = fs::remove_file(&place);
        assert!(Command::new("mkfifo").arg(&place).status().unwrap().success());
        for line in ["create config", "list", "nights list", "estimate"] {
            let mut command = Command::new("timeout");
            command.args(["--kill-after=5", "100", PROGRAM]);
            let said: Said = terminal.dressed(command, line.split(' ')).output().unwrap().into();
            assert!(!matches!(said.code, None | Some(124 | 137)), "{file}, {line}: {said:?}");
        }
    }
}
