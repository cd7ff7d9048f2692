//! Archives that the panel and other programs made are accepted, with the right counts.
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use allsky_backups::archive::inspect::{Contents, Member, Refusal, inspect};
use allsky_backups::base::digest::Sha256;
use allsky_backups::domain::archive::name::ArchiveKind;
use allsky_backups::domain::failure::{Advice as _, Code};
use allsky_backups::domain::limits::Limits;
use allsky_backups::domain::monitor::Unwatched;

use super::support::tarball::config_metadata;

const CONFIG: &[u8] = include_bytes!("../fixtures/panel/panel-config-core.tar.gz");
const CONFIG_METADATA: &str = include_str!("../fixtures/panel/panel-config-core.metadata.json");

fn read(archive: &[u8]) -> Result<(Contents, Vec<Member>), Refusal> {
    let mut members = Vec::new();
    let contents = inspect(archive, &Limits::default(), &mut |member| members.push(member), &Unwatched)?;
    Ok((contents, members))
}

#[test]
fn the_panels_own_config_archive_is_accepted() {
    let (contents, members) = read(CONFIG).unwrap();
    assert_eq!(contents.metadata.backup_type, ArchiveKind::Config);
    assert_eq!(contents.metadata.camera_model.as_deref(), Some("HQ"));
    assert_eq!(contents.packed_bytes, CONFIG.len() as u64);
    assert_eq!((contents.members, members.len()), (70, 70));
    let told: serde_json::Value = serde_json::from_str(CONFIG_METADATA).unwrap();
    assert_eq!(contents.files, told["files"].as_array().unwrap().len() as u64);
    assert!(!contents.summed);
    assert_eq!(contents.remarks, Vec::<String>::new());
    assert_eq!(members.last().unwrap().name.to_string(), "metadata.json");
}

/// Runs a program that makes or lists archives; these tests need it.
fn run(program: &str, args: &[&str], at: &Path) -> String {
    let output = Command::new(program).args(args).current_dir(at).env("LC_ALL", "C.UTF-8").output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A small camera home with a long name, an odd name and a setgid folder.
fn home(at: &Path) {
    let long = format!("config/overlay/myTemplates/{}.json", "long".repeat(40));
    for (name, body) in [
        ("env.json", "{}"),
        ("config/settings_RPi_HQ.json", "{}"),
        ("config/cc_RPi_HQ.json", "{}"),
        ("config/overlay/fonts/Größe Ñ.ttf", "font"),
        (long.as_str(), "template"),
        ("metadata.json", &config_metadata("")),
    ] {
        std::fs::create_dir_all(at.join(name).parent().unwrap()).unwrap();
        std::fs::write(at.join(name), body).unwrap();
    }
    std::fs::set_permissions(at.join("config/overlay"), std::fs::Permissions::from_mode(0o2775)).unwrap();
}

const PYTHON: &str = "
import sys, tarfile
form = {'gnu': tarfile.GNU_FORMAT, 'pax': tarfile.PAX_FORMAT, 'ustar': tarfile.USTAR_FORMAT}[sys.argv[1]]
with tarfile.open(sys.argv[2], 'w:gz', format=form) as tar:
    for name in sys.argv[3:]: tar.add(name)
";

#[test]
fn what_other_programs_pack_is_accepted_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    home(folder.path());
    let members = ["env.json", "config", "metadata.json"];
    for (name, program, before) in [
        ("gnu", "tar", &["-czf", "OUT", "--format=gnu"][..]),
        ("pax", "tar", &["-czf", "OUT", "--format=pax"]),
        ("bsd", "bsdtar", &["-czf", "OUT"]),
        ("bsdpax", "bsdtar", &["-czf", "OUT", "--format=pax"]),
        ("bsdgnu", "bsdtar", &["-czf", "OUT", "--format=gnutar"]),
        ("pygnu", "python3", &["-c", PYTHON, "gnu", "OUT"]),
        ("pypax", "python3", &["-c", PYTHON, "pax", "OUT"]),
    ] {
        let out = format!("{name}.tar.gz");
        let args: Vec<&str> =
            before.iter().map(|a| if *a == "OUT" { out.as_str() } else { a }).chain(members).collect();
        run(program, &args, folder.path());
        let (contents, found) = read(&std::fs::read(folder.path().join(&out)).unwrap())
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!((contents.files, contents.members), (5, 10), "{name}");
        assert_eq!(found.iter().filter(|member| member.is_dir).count(), 4, "{name}");
        let font = found.iter().find(|member| member.size == 4).unwrap();
        assert_eq!(font.name.as_str(), Some("config/overlay/fonts/Größe Ñ.ttf"), "{name}");
        assert_eq!(font.sha256, Some(Sha256::of(b"font")), "{name}");
        assert!(contents.remarks.iter().any(|r| r.contains("config/overlay")), "{name}: {:?}", contents.remarks);
    }
}

#[test]
fn an_archive_with_dots_before_its_names_is_read_like_one_without() {
    let folder = tempfile::tempdir().unwrap();
    home(folder.path());
    run("tar", &["-czf", "dots.tar.gz", "./env.json", "./config", "./metadata.json"], folder.path());
    let (contents, found) = read(&std::fs::read(folder.path().join("dots.tar.gz")).unwrap()).unwrap();
    assert!(contents.files > 0 && found.iter().any(|member| member.name.as_str() == Some("env.json")), "{found:?}");
    run("tar", &["-czf", "twice.tar.gz", "./env.json", "env.json", "./config", "./metadata.json"], folder.path());
    let refusal = read(&std::fs::read(folder.path().join("twice.tar.gz")).unwrap()).unwrap_err();
    assert_eq!(refusal.rule(), "twice");
}

/// What the panel packs of a home that somebody has worked in: links, a pipe, setgid files, no `env.json`.
#[test]
fn what_a_backup_cannot_bring_is_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    home(folder.path());
    let at = |name: &str| folder.path().join(name);
    std::fs::hard_link(at("config/settings_RPi_HQ.json"), at("config/settings.json")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", at("config/overlay/moon.json")).unwrap();
    run("mkfifo", &["config/overlay/pipe"], folder.path());
    std::fs::set_permissions(at("config/cc_RPi_HQ.json"), std::fs::Permissions::from_mode(0o2664)).unwrap();
    for (program, before) in [
        ("tar", &["-czf", "OUT", "--format=gnu"][..]),
        ("tar", &["-czf", "OUT", "--format=pax"]),
        ("bsdtar", &["-czf", "OUT"]),
        ("python3", &["-c", PYTHON, "gnu", "OUT"]),
    ] {
        let args = before.iter().map(|a| if *a == "OUT" { "odd.tar.gz" } else { a });
        let args: Vec<&str> = args.chain(["config", "metadata.json"]).collect();
        run(program, &args, folder.path());
        let (contents, found) = read(&std::fs::read(at("odd.tar.gz")).unwrap()).unwrap_or_else(|why| panic!("{why}"));
        let left: Vec<&str> = contents.metadata.left_out().iter().map(|one| one.path.as_str()).collect();
        for name in ["config/overlay/moon.json", "config/overlay/pipe", "env.json"] {
            assert!(left.contains(&name), "{program}: {left:?}");
        }
        // Whichever of the two names was packed second is the link.
        assert!(left.iter().any(|name| name.starts_with("config/settings")), "{program}: {left:?}");
        assert!(found.iter().all(|member| !left.contains(&member.name.to_string().as_str())), "{program}");
        assert!(contents.remarks.iter().any(|remark| remark.contains("setgid")), "{:?}", contents.remarks);
    }
}

/// Every cut and many flips of a real archive are noticed, except in the bytes of the gzip header that
/// say when, how hard and where it was packed: nothing is made of them.
#[test]
fn a_cut_or_flipped_archive_of_the_panel_is_not_accepted() {
    for length in (0..CONFIG.len()).step_by(1_013) {
        let refusal = read(&CONFIG[..length]).unwrap_err();
        assert!(matches!(refusal.code(), Code::Damaged) || length == 0, "{length}: {refusal}");
    }
    let mut bytes = CONFIG.to_vec();
    let places = (0..20).chain((20..CONFIG.len()).step_by(797)).chain(CONFIG.len() - 8..CONFIG.len());
    for at in places {
        for bit in [1, 128] {
            bytes[at] ^= bit;
            let says_nothing = (4..=9).contains(&at) || (at == 3 && bit == 1);
            assert_eq!(read(&bytes).is_ok(), says_nothing, "bit {bit} of byte {at}");
            bytes[at] ^= bit;
        }
    }
}
