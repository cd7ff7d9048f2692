//! A saved night goes back to the camera: shown first, all or nothing, every byte as it was saved, and
//! undone when its owner wants that.
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::night_page::NightPage;
use super::support::night_sites::{Camera, NightSites, files};
use super::support::terminal::wait_until;

const NIGHT: &str = "2025-12-21";

/// A site whose good nights are saved, with words that name the drive.
fn saved(camera: Camera) -> (NightSites, String, PathBuf) {
    let sites = NightSites::new();
    let drive = sites.path("drive");
    fs::create_dir(&drive).unwrap();
    let dest = format!("--dest {}", drive.display());
    sites.ask(camera, &format!("dest init --plain-folder {dest}"));
    sites.ask(camera, &format!("run nights {dest}"));
    (sites, dest, drive)
}

/// The files of the night that were saved, below the camera's pictures, with bytes and times.
fn of_the_night(sites: &NightSites, camera: Camera) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let images = sites.path(camera.folder()).join("images");
    let is_saved = |path: &Path| {
        let name = path.to_string_lossy();
        let is_night = match camera {
            Camera::Team => {
                name.starts_with("20251221/image-")
                    && !name.contains("20251221100000")
                    && !name.contains("20251221140000")
            }
            Camera::Indi => name.contains("/20251221/night/"),
        };
        let odd = ["thumbnails", "keogram", "startrail"].iter().any(|word| name.contains(word));
        (is_night && !odd) || (name.contains("20251221") && name.ends_with(".mp4"))
    };
    let time = |path: &Path| fs::metadata(images.join(path)).unwrap().modified().unwrap();
    files(&images).into_iter().filter(|(p, _)| is_saved(p)).map(|(p, b)| (p.clone(), b, time(&p))).collect()
}

fn lose(sites: &NightSites, camera: Camera) {
    for (path, ..) in of_the_night(sites, camera) {
        fs::remove_file(sites.path(camera.folder()).join("images").join(path)).unwrap();
    }
}

fn changes(preview: &Value, change: &str) -> usize {
    preview["files"].as_array().unwrap().iter().filter(|file| file["change"] == change).count()
}

fn check<'a>(preview: &'a Value, name: &str) -> &'a Value {
    preview["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap_or(&Value::Null)
}

#[test]
fn a_night_that_the_camera_lost_comes_back_bit_for_bit_with_its_timelapse_and_its_times_and_goes_again() {
    for camera in [Camera::Team, Camera::Indi] {
        let (sites, dest, drive) = saved(camera);
        let before = of_the_night(&sites, camera);
        assert_eq!(before.len(), 41, "{before:?}");
        let database = match camera {
            Camera::Team => sites.path("allsky/config/myFiles/allsky.db"),
            Camera::Indi => sites.path("indi/varlib/indi-allsky.sqlite"),
        };
        let rows = fs::read(&database).unwrap();
        lose(&sites, camera);
        let images = sites.path(camera.folder()).join("images");
        let (lost, on_drive) = (files(&images), files(&drive));

        let preview = sites.ask(camera, &format!("nights restore {NIGHT} --preview {dest}"));
        assert_eq!((changes(&preview, "new"), preview["files"].as_array().unwrap().len()), (41, 41), "{preview}");
        let said = sites.run(camera, &format!("nights restore {NIGHT} {dest}"));
        assert_eq!(said.code, Some(2), "without --yes: {said:?}");
        assert!(said.err.contains("--yes --seen"), "{said:?}");
        assert_eq!(files(&images), lost, "a preview writes nothing");

        let digest = preview["digest"].as_str().unwrap();
        let done = sites.ask(camera, &format!("nights restore {NIGHT} --yes --seen {digest} {dest}"));
        assert_eq!(done["files"], 41, "{done}");
        assert_eq!(of_the_night(&sites, camera), before, "bytes and times");
        assert_eq!(fs::read(&database).unwrap(), rows, "the database is left alone");
        assert_eq!(files(&drive), on_drive, "and so is the drive");

        let restores = sites.ask(camera, "restores");
        assert_eq!(restores["restores"][0]["restored"]["name"], format!("night {NIGHT}"));
        let again = sites.ask(camera, &format!("nights restore {NIGHT} --yes {dest}"));
        assert_eq!((&again["files"], &again["restore_id"]), (&0.into(), &Value::Null), "{again}");
        let undone = sites.ask(camera, &format!("undo {}", done["restore_id"].as_str().unwrap()));
        assert_eq!(of_the_night(&sites, camera), [], "an undo takes away what was not there before");
        sites.ask(camera, &format!("undo {}", undone["restore_id"].as_str().unwrap()));
        assert_eq!(of_the_night(&sites, camera), before, "and an undo can be undone");
    }
}

#[test]
fn what_the_camera_has_otherwise_stays_unless_its_owner_says_replace_and_comes_back_with_an_undo() {
    let camera = Camera::Team;
    let (sites, dest, _) = saved(camera);
    let before = of_the_night(&sites, camera);
    let path = sites.path("allsky/images").join(&before[3].0);
    fs::write(&path, "edited").unwrap();
    fs::remove_file(sites.path("allsky/images").join(&before[4].0)).unwrap();

    let preview = sites.ask(camera, &format!("nights restore {NIGHT} --preview {dest}"));
    assert_eq!([changes(&preview, "new"), changes(&preview, "kept"), changes(&preview, "same")], [1, 1, 39]);
    let differ = check(&preview, "files that differ");
    assert_eq!(differ["result"], "warning");
    let named = differ["detail"].as_str().unwrap();
    assert!(named.contains(before[3].0.to_str().unwrap()) && named.contains("newer"), "{named}");
    let seen = format!("--seen {}", preview["digest"].as_str().unwrap());
    sites.ask(camera, &format!("nights restore {NIGHT} --yes {seen} {dest}"));
    assert_eq!(fs::read(&path).unwrap(), b"edited");

    let replace = sites.ask(camera, &format!("nights restore {NIGHT} --replace --preview {dest}"));
    assert_eq!([changes(&replace, "changed"), changes(&replace, "kept"), changes(&replace, "same")], [1, 0, 40]);
    let stale = sites.run(camera, &format!("nights restore {NIGHT} --replace --yes {seen} {dest}"));
    assert_eq!(stale.code, Some(1), "the other preview is not this one: {stale:?}");
    assert_eq!(fs::read(&path).unwrap(), b"edited");
    let done = sites.ask(camera, &format!("nights restore {NIGHT} --replace --yes {dest}"));
    assert_eq!(of_the_night(&sites, camera), before);
    sites.ask(camera, &format!("undo {}", done["restore_id"].as_str().unwrap()));
    assert_eq!(fs::read(&path).unwrap(), b"edited");
}

#[test]
fn a_copy_that_is_not_what_was_saved_changes_nothing_at_the_camera() {
    let camera = Camera::Team;
    let (sites, dest, drive) = saved(camera);
    lose(&sites, camera);
    let images = sites.path("allsky/images");
    let lost = files(&images);
    let frame =
        files(&drive.join("nights").join(NIGHT)).into_iter().find(|(p, _)| p.extension().is_some_and(|e| e == "jpg"));
    let (frame, bytes) = frame.unwrap();
    let frame = drive.join("nights").join(NIGHT).join(frame);
    let time = fs::metadata(&frame).unwrap().modified().unwrap();
    let mut rotten = bytes.clone();
    rotten[50] ^= 4;
    fs::write(&frame, rotten).unwrap();
    fs::File::options().write(true).open(&frame).unwrap().set_modified(time).unwrap();
    let said = sites.run(camera, &format!("nights restore {NIGHT} --yes --json {dest}"));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(said.json()["error"]["code"], "damaged");
    assert_eq!(files(&images), lost);

    fs::remove_file(&frame).unwrap();
    let preview = sites.ask(camera, &format!("nights restore {NIGHT} --preview {dest}"));
    assert_eq!(check(&preview, "saved night")["result"], "fail");
    let said = sites.run(camera, &format!("nights restore {NIGHT} --yes --json {dest}"));
    assert_eq!((said.code, said.json()["error"]["code"].as_str()), (Some(1), Some("refused")));
    assert_eq!(files(&images), lost);

    sites.run(camera, &format!("nights verify {NIGHT} {dest}"));
    let said = sites.run(camera, &format!("nights restore {NIGHT} --preview {dest}"));
    assert_eq!(said.code, Some(4), "what is not verified any more is no copy: {said:?}");
    assert_eq!(sites.run(camera, &format!("nights restore 2020-01-01 --preview {dest}")).code, Some(4));
}

#[test]
fn a_night_that_the_camera_would_delete_tomorrow_is_told_and_may_go_to_another_folder() {
    let camera = Camera::Team;
    let (sites, dest, _) = saved(camera);
    let settings = sites.path("allsky/config/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    let preview = sites.ask(camera, &format!("nights restore {NIGHT} --preview {dest}"));
    assert_eq!(check(&preview, "days to keep")["result"], "pass");
    fs::write(&settings, text.replace("\"daystokeep\": 14", "\"daystokeep\": 5")).unwrap();
    let preview = sites.ask(camera, &format!("nights restore {NIGHT} --preview {dest}"));
    let told = check(&preview, "days to keep");
    assert_eq!(told["detail"], "Allsky deletes this night tomorrow morning, because daystokeep is 5.");

    let elsewhere = sites.path("elsewhere");
    let done = sites.ask(camera, &format!("nights restore {NIGHT} --yes --to {} {dest}", elsewhere.display()));
    assert_eq!((&done["files"], &done["warnings"]), (&41.into(), &serde_json::json!([])), "{done}");
    for (path, bytes, _) in of_the_night(&sites, camera) {
        assert_eq!(fs::read(elsewhere.join(path)).unwrap(), bytes);
    }
    let odd =
        sites.run(camera, &format!("nights restore {NIGHT} --preview {dest} --to {}", elsewhere.join("a/b").display()));
    assert_eq!(odd.code, Some(0), "a folder that is not there yet is shown: {odd:?}");
}

#[test]
fn the_page_shows_what_would_come_back_and_does_nothing_that_it_has_not_shown() {
    let camera = Camera::Team;
    let (sites, _, drive) = saved(camera);
    let before = of_the_night(&sites, camera);
    lose(&sites, camera);
    let page = NightPage::open(&sites, camera, &["--dest", drive.to_str().unwrap()]);
    let address = format!("/nights/{NIGHT}/restore");
    let shown = page.get(&address);
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(shown.body.contains("41 files") && shown.body.contains("Nothing has been written"), "{}", shown.body);
    let digest = shown.body.split("data-digest=\"").nth(1).unwrap().split('"').next().unwrap();
    let send = |digest: &str| page.post(&address, &address, &format!("digest={digest}"));
    assert_eq!(send("0").status, 409, "not what was shown");
    assert_eq!(send(digest).status, 202);
    wait_until("the restore is over", || {
        let state = sites.ask(camera, "jobs")["items"][0]["state"].clone();
        state != "queued" && state != "running"
    });
    assert!(of_the_night(&sites, camera) == before, "the night is back");
    assert_eq!(page.get("/nights/2020-01-01/restore").status, 404);
    assert_eq!(page.get("/nights/never/restore").status, 404);
}
