//! Whatever happened to the end of an archive, all that is whole in it is listed, extracted and restored, and the
//! damage is named.
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::catalog::Knowledge;
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{NightChoice, PauseChoice, SectionChoice};
use allsky_backups::domain::restore::request::{NotWhole, RestoreRequest};
use allsky_backups::work::archive::{create, extract, info, inspect, list, verify};
use allsky_backups::work::restore;

use super::support::rig::Rig;

const FOLDER: &str = "20261117";
const PICTURES: usize = 4;
/// More than a gzip member holds, so that each picture has two of its own.
const PICTURE: usize = 1_100_000;
/// The last member of an archive.
const TAIL: usize = 43;

fn picture(seed: u32) -> Vec<u8> {
    let noise = (0..PICTURE as u32).map(|n| (n.wrapping_add(seed).wrapping_mul(2_654_435_761) >> 13) as u8);
    [0xff, 0xd8, 0xff, 0xe0].into_iter().chain(noise).chain([0xff, 0xd9]).collect()
}

fn name_of(n: usize) -> RelPath {
    RelPath::parse(format!("images/{FOLDER}/large-{n}.jpg")).unwrap()
}

/// The length of the gzip member at `at`, as its head says.
fn length_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at + 16..at + 20].try_into().unwrap()) as usize
}

/// Where `SHA256SUMS` begins, as the last member says.
fn sums_at(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len() - TAIL..];
    u64::from_le_bytes(tail[17..25].try_into().unwrap()) as usize
}

fn garbage(length: u32) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(2_246_822_519) >> 11) as u8).collect()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

fn flipped(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
    bytes[at] ^= 4;
    bytes
}

/// What was done to the end of a whole archive. Nothing of these costs a file.
fn ends(whole: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let with = |more: &[u8]| [whole, more].concat();
    let cut = |bytes: usize| whole[..whole.len() - bytes].to_vec();
    vec![
        ("one byte behind", with(&[7])),
        ("garbage behind", with(&garbage(4096))),
        ("more garbage behind than a gzip member holds", with(&garbage(2_500_000))),
        ("zeros behind", with(&[0; 4096])),
        ("another gzip member behind", with(&gzip(b"more"))),
        ("another archive behind", with(whole)),
        ("the last member twice", with(&whole[whole.len() - TAIL..])),
        ("one byte short", cut(1)),
        ("half of the last member short", cut(20)),
        ("the last member short", cut(TAIL)),
        ("rot in the last member", flipped(whole.to_vec(), whole.len() - 20)),
        ("rot in the last member and garbage behind", flipped(with(&garbage(4096)), whole.len() - 20)),
    ]
}

/// Damage of `SHA256SUMS`, without which nobody knows what else belongs to the archive.
fn sums(whole: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let sums = sums_at(whole);
    let length = length_at(whole, sums);
    vec![
        ("no SHA256SUMS", whole[..sums].to_vec()),
        ("half of SHA256SUMS short", whole[..sums + length / 2].to_vec()),
        ("rot in SHA256SUMS", flipped(whole.to_vec(), sums + length / 2)),
        ("rot in the head of SHA256SUMS", flipped(whole.to_vec(), sums + 1)),
        ("rot in SHA256SUMS and garbage behind", flipped([whole, &garbage(4096)].concat(), sums + length / 2)),
    ]
}

/// Damage of pictures, and which of them it costs.
fn pictures(whole: &[u8], places: &[usize]) -> Vec<(&'static str, Vec<u8>, Vec<usize>)> {
    let second = places[2] + length_at(whole, places[2]);
    let behind = [whole, &garbage(4096)].concat();
    vec![
        ("a wrong checksum in the middle of a picture", flipped(whole.to_vec(), second - 8), vec![2]),
        ("a wrong length in the middle of a picture", flipped(whole.to_vec(), second - 4), vec![2]),
        ("a wrong checksum at the end of a picture", flipped(whole.to_vec(), places[3] - 8), vec![]),
        ("rot in a picture and garbage behind", flipped(behind.clone(), places[1] + 5000), vec![1]),
        ("rot in the head of a picture and garbage behind", flipped(behind, places[1] + 1), vec![1]),
        ("cut in a picture", whole[..places[2] + 5000].to_vec(), vec![2, 3]),
        ("cut between pictures", whole[..places[3]].to_vec(), vec![3]),
        ("cut in the second half of a picture", whole[..second + 5000].to_vec(), vec![2, 3]),
    ]
}

/// Puts `bytes` into the backups folder under a name that nobody knows yet.
fn put(rig: &Rig, bytes: &[u8], count: &mut usize) -> ArchiveName {
    *count += 1;
    let name = format!("damaged-{count}.tar.gz");
    fs::write(rig.archive(&name), bytes).unwrap();
    ArchiveName::parse(&name).unwrap()
}

fn forget(rig: &Rig, name: &ArchiveName) {
    fs::remove_file(rig.archive(name.as_str())).unwrap();
    let _ = fs::remove_file(rig.tools.folder.index_path(name));
}

fn listed(rig: &Rig, name: &ArchiveName) -> list::Item {
    let item = list::list(&rig.tools).unwrap().into_iter().find(|item| item.name == name.as_str());
    item.unwrap_or_else(|| panic!("{name} is not listed"))
}

#[test]
fn every_picture_that_is_whole_comes_out_of_an_archive_with_a_damaged_end() {
    let rig = Rig::new();
    let folder = rig.tools.site.images_dir().unwrap().join(FOLDER);
    fs::create_dir_all(&folder).unwrap();
    (0..PICTURES).for_each(|n| fs::write(folder.join(format!("large-{n}.jpg")), picture(n as u32)).unwrap());
    let made = create::images(&rig.tools, &NightChoice::Folders(vec![FOLDER.into()]), &Unwatched).unwrap();
    let made = ArchiveName::parse(&made.name).unwrap();
    let mut places = vec![0; PICTURES];
    info::each_file(&rig.tools, &made, &mut |row| {
        if let Some(n) = (0..PICTURES).find(|n| name_of(*n) == row.path) {
            places[n] = row.gzip_offset as usize;
        }
    })
    .unwrap();
    let whole = fs::read(rig.archive(made.as_str())).unwrap();
    let none = |(what, bytes)| (what, bytes, Vec::new());
    let kinds = ends(&whole).into_iter().map(none).chain(sums(&whole).into_iter().map(none));
    let mut count = 0;
    for (what, bytes, lost) in kinds.chain(pictures(&whole, &places)) {
        // Each verb comes first once, so that none lives on what another found out.
        let first = put(&rig, &bytes, &mut count);
        for n in 0..PICTURES {
            let mut content = Vec::new();
            let read =
                extract::extract(&rig.tools, &first, &name_of(n)).map(|(_, mut from)| from.read_to_end(&mut content));
            assert_eq!(matches!(read, Ok(Ok(_))), !lost.contains(&n), "{what}: extract {n}: {read:?}");
            assert!(lost.contains(&n) || content == picture(n as u32), "{what}: extract {n}");
        }
        forget(&rig, &first);

        let second = put(&rig, &bytes, &mut count);
        fs::remove_dir_all(&folder).unwrap();
        let restored = restore::apply(&rig.tools, &RestoreRequest::all(second.clone()), &Unwatched);
        let restored = restored.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(restored.warnings.iter().any(|told| told.contains("damaged")), "{what}: {:?}", restored.warnings);
        for n in 0..PICTURES {
            let there = fs::read(folder.join(format!("large-{n}.jpg"))).ok();
            assert_eq!(there, (!lost.contains(&n)).then(|| picture(n as u32)), "{what}: restore {n}");
        }
        forget(&rig, &second);

        let third = put(&rig, &bytes, &mut count);
        let state = listed(&rig, &third).state;
        assert!(matches!(state, Knowledge::Damaged | Knowledge::Unverified), "{what}: {state:?}");
        let checked = verify::verify(&rig.tools, &third, &Unwatched).unwrap();
        assert!(!checked.ok && checked.error.is_some_and(|error| error.contains("Whole: ")), "{what}");
        assert_eq!(listed(&rig, &third).state, Knowledge::Damaged, "{what}");
        forget(&rig, &third);

        let fourth = put(&rig, &bytes, &mut count);
        inspect::inspect(&rig.tools, &fourth, &Unwatched).unwrap();
        let mut names = BTreeSet::new();
        assert!(
            info::each_file(&rig.tools, &fourth, &mut |row| {
                names.insert(row.path);
            })
            .unwrap(),
            "{what}"
        );
        let wanted: BTreeSet<RelPath> = (0..PICTURES).filter(|n| !lost.contains(n)).map(name_of).collect();
        assert!(names.is_superset(&wanted), "{what}: {names:?}");
        assert_eq!(
            info::info(&rig.tools, &fourth).unwrap().item.kind,
            Some(allsky_backups::domain::archive::name::ArchiveKind::Images),
            "{what}"
        );
        forget(&rig, &fourth);
    }
}

#[test]
fn settings_come_back_when_the_end_is_damaged_and_every_file_is_known_to_be_whole() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let whole = fs::read(rig.archive(&made.name)).unwrap();
    let wanted = RelPath::parse("config/modules/postprocessing_night.json").unwrap();
    let mut count = 0;
    let kinds = ends(&whole).into_iter().map(|(what, bytes)| (what, bytes, true));
    for (what, bytes, is_known) in kinds.chain(sums(&whole).into_iter().map(|(what, bytes)| (what, bytes, false))) {
        let name = put(&rig, &bytes, &mut count);
        let mut text = String::new();
        let (_, mut content) =
            extract::extract(&rig.tools, &name, &wanted).unwrap_or_else(|why| panic!("{what}: {why}"));
        content.read_to_string(&mut text).unwrap();
        assert!(text.starts_with('{'), "{what}");
        forget(&rig, &name);

        let name = put(&rig, &bytes, &mut count);
        let to = rig.path(&format!("to-{count}"));
        fs::create_dir(&to).unwrap();
        let restored = restore::apply(
            &rig.tools,
            &RestoreRequest { to: Some(to.clone()), ..RestoreRequest::all(name.clone()) },
            &Unwatched,
        );
        assert_eq!(restored.is_ok(), is_known, "{what}: {:?}", restored.err().map(|why| why.to_string()));
        assert_eq!(to.join("config/modules/postprocessing_night.json").exists(), is_known, "{what}");
        forget(&rig, &name);
    }
}

/// The files of a cut archive that plain `tar` gets, without the last one, which may be half.
fn of_plain_tar(bytes: &[u8]) -> Vec<(RelPath, Vec<u8>)> {
    let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(bytes));
    let mut files = Vec::new();
    for entry in archive.entries().unwrap() {
        let Ok(mut entry) = entry else { break };
        let mut content = Vec::new();
        if entry.read_to_end(&mut content).is_err() || content.len() as u64 != entry.size() {
            break;
        }
        if entry.header().entry_type().is_file() {
            files.push((RelPath::parse(entry.path_bytes().as_ref()).unwrap(), content));
        }
    }
    files.pop();
    files.retain(|(path, _)| path.as_bytes() != b"metadata.json");
    files
}

#[test]
fn small_settings_before_a_cut_are_listed_and_extracted_and_settings_without_the_others_are_not_restored() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let whole = fs::read(rig.archive(&made.name)).unwrap();
    let mut count = 0;
    for percent in [50, 75, 97] {
        let cut = &whole[..whole.len() * percent / 100];
        let wanted = of_plain_tar(cut);
        assert!(!wanted.is_empty(), "{percent} %: the story needs files before the cut");
        let name = put(&rig, cut, &mut count);
        for (path, content) in &wanted {
            let mut got = Vec::new();
            let (_, mut from) =
                extract::extract(&rig.tools, &name, path).unwrap_or_else(|why| panic!("{percent} %: {path}: {why}"));
            from.read_to_end(&mut got).unwrap();
            assert_eq!(&got, content, "{percent} %: {path}");
        }
        let mut listed = BTreeSet::new();
        info::each_file(&rig.tools, &name, &mut |row| {
            listed.insert(row.path);
        })
        .unwrap();
        assert!(wanted.iter().all(|(path, _)| listed.contains(path)), "{percent} %: {listed:?}");
        let told = verify::verify(&rig.tools, &name, &Unwatched).unwrap().error.unwrap();
        assert!(told.contains("Not proved whole, because the end of the archive is missing"), "{percent} %: {told}");
        let to = rig.path(&format!("cut-{percent}"));
        fs::create_dir(&to).unwrap();
        let request = RestoreRequest { to: Some(to.clone()), ..RestoreRequest::all(name.clone()) };
        let refused = restore::apply(&rig.tools, &request, &Unwatched).unwrap_err().to_string();
        assert!(refused.contains("damaged"), "{percent} %: {refused}");
        assert!(!to.join("config").exists(), "{percent} %");
        forget(&rig, &name);
    }
}

#[test]
fn small_pictures_before_a_cut_come_where_nothing_is_and_over_those_of_today_only_when_asked() {
    let rig = Rig::new();
    let folder = rig.tools.site.images_dir().unwrap().join(FOLDER);
    fs::create_dir_all(&folder).unwrap();
    let small = |n: u32| [&[0xff, 0xd8, 0xff, 0xe0][..], &picture(n)[4..9000], &[0xff, 0xd9]].concat();
    let path = |n: u32| folder.join(format!("small-{n:02}.jpg"));
    (0..40).for_each(|n| fs::write(path(n), small(n)).unwrap());
    let made = create::images(&rig.tools, &NightChoice::Folders(vec![FOLDER.into()]), &Unwatched).unwrap();
    let whole = fs::read(rig.archive(&made.name)).unwrap();
    let cut = &whole[..whole.len() * 2 / 3];
    let before_cut: BTreeSet<RelPath> = of_plain_tar(cut).into_iter().map(|(path, _)| path).collect();
    let is_there = |n: u32| before_cut.contains(&RelPath::parse(format!("images/{FOLDER}/small-{n:02}.jpg")).unwrap());
    let replaced = (0..40).find(|n| is_there(*n)).unwrap();
    let name = put(&rig, cut, &mut 0);
    (0..40).for_each(|n| fs::remove_file(path(n)).unwrap());
    fs::write(path(replaced), "today's").unwrap();
    let request = RestoreRequest::all(name);
    restore::apply(&rig.tools, &request, &Unwatched).unwrap();
    assert_eq!(fs::read(path(replaced)).unwrap(), b"today's");
    for n in (0..40).filter(|n| *n != replaced && is_there(*n)) {
        assert_eq!(fs::read(path(n)).unwrap(), small(n), "{n}");
    }
    restore::apply(&rig.tools, &RestoreRequest { not_whole: NotWhole::Take, ..request }, &Unwatched).unwrap();
    assert_eq!(fs::read(path(replaced)).unwrap(), small(replaced));
}
