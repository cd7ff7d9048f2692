//! The terminal, as an owner or a script meets it: every verb through the real program.
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::terminal::{Terminal, large, wait_until};

fn has_keys(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "{key} is missing in {value}");
    }
}

fn is_iso_with_offset(text: &Value) -> bool {
    text.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok() && text.contains('T'))
}

#[test]
fn an_archive_lives_from_create_to_delete_and_every_step_is_json() {
    let terminal = Terminal::new();
    let created = terminal.ask("create config");
    has_keys(&created, &["name", "path", "bytes", "files", "pause_ms", "warnings"]);
    assert_eq!(created["pause_ms"], 0);
    let name = created["name"].as_str().unwrap();
    let path = created["path"].as_str().unwrap();
    assert_eq!(fs::metadata(path).unwrap().len(), created["bytes"].as_u64().unwrap());

    let list = terminal.ask("list");
    let item = &list["items"][0];
    has_keys(item, &["version", "camera_type", "camera_model", "reason"]);
    assert_eq!((&item["name"], &item["type"], &item["state"]), (&json!(name), &json!("config"), &json!("verified")));
    assert_eq!(item["bytes"], created["bytes"]);
    assert!(is_iso_with_offset(&item["created"]), "{item}");

    let verified = terminal.ask(&format!("verify {name}"));
    assert_eq!((&verified["name"], &verified["ok"], &verified["error"]), (&json!(name), &json!(true), &Value::Null));
    assert!(verified["members"].as_u64() > created["files"].as_u64());
    assert!(verified["bytes"].as_u64() > Some(0));
    assert_eq!(terminal.ask("verify --all")["items"], json!([verified]));

    let info = terminal.ask(&format!("info {name}"));
    assert_eq!(info["files"], created["files"]);
    let all = terminal.ask(&format!("info {name} --files"));
    assert_eq!(all["file_count"], created["files"]);
    let files = all["files"].as_array().unwrap();
    assert!(files.iter().any(|file| file["path"] == "config/settings_RPi_HQ.json"), "{all}");

    let settings = fs::read(terminal.path("allsky/config/settings_RPi_HQ.json")).unwrap();
    assert_eq!(terminal.run(["extract", name, "config/settings_RPi_HQ.json"]).out, settings);
    let extracted = terminal.ask(&format!("extract {name} config/settings_RPi_HQ.json -o old.json"));
    assert_eq!(extracted["bytes"], settings.len());
    assert_eq!(fs::read(terminal.path("old.json")).unwrap(), settings);

    has_keys(&terminal.ask("estimate"), &["sections", "folders", "read_bytes"]);
    let jobs = terminal.ask("jobs");
    assert!(jobs["items"].as_array().unwrap().iter().any(|job| job["result"]["name"] == name), "{jobs}");

    let refusal = terminal.refuse(&format!("delete {name}"), 2);
    assert!(refusal["message"].as_str().unwrap().contains("cannot be brought back"), "{refusal}");
    assert!(fs::exists(path).unwrap());
    assert_eq!(terminal.ask(&format!("delete {name} --yes")), json!({ "name": name, "deleted": true }));
    assert_eq!(terminal.ask("list"), json!({ "items": [] }));
    assert_eq!(terminal.kept(), Vec::<String>::new());
}

#[test]
fn people_get_the_name_of_the_new_archive_and_tables_that_can_be_read() {
    let terminal = Terminal::new();
    let created = terminal.run(["create", "images"]);
    assert_eq!(created.code, Some(0), "{created:?}");
    let name = created.text().trim_end().to_owned();
    assert!(name.starts_with("allsky-images-backup-") && name.ends_with(".tar.gz"), "{created:?}");
    let list = terminal.run(["list"]).text();
    assert!(list.starts_with("NAME ") && list.contains(&name) && list.contains("verified"), "{list}");
    assert!(terminal.run(["verify", &name]).text().contains("whole"));
    assert!(terminal.run(["info", &name, "--files"]).text().contains("images/"));
    assert!(terminal.run(["jobs"]).text().contains("create images"));
    assert!(terminal.run(["estimate"]).text().contains("together"));
}

#[test]
fn exit_codes_tell_programs_what_kind_of_trouble_it_is() {
    let terminal = Terminal::new();
    for line in
        ["", "frobnicate", "verify", "create config --sections ,", "create config --sections nosuch", "jobs --limit x"]
    {
        assert_eq!(terminal.refuse(line, 2)["code"], "usage", "{line}");
    }
    assert_eq!(terminal.refuse("create config --site /no/such/camera", 2)["code"], "usage");
    assert_eq!(terminal.refuse("list --config /no/such/file", 2)["code"], "usage");
    fs::write(terminal.path("c.toml"), "[site]\nhme = \"/x\"\n").unwrap();
    assert!(terminal.refuse("list --config c.toml", 2)["message"].as_str().unwrap().contains("c.toml:2: "));
    terminal.refuse("create config --backups /no/such/parent/folder", 3);
    for line in [
        "info allsky-config-backup-20200101-000000.tar.gz",
        "verify allsky-config-backup-20200101-000000.tar.gz",
        "delete allsky-config-backup-20200101-000000.tar.gz --yes",
        "info ../../etc/passwd",
        "import /no/such/file.tar.gz",
    ] {
        terminal.refuse(line, 4);
    }
    let name = terminal.ask("create config --sections none")["name"].as_str().unwrap().to_owned();
    terminal.refuse(&format!("extract {name} no/such/member"), 4);
    terminal.refuse(&format!("extract {name} ../escape"), 4);
    assert_eq!(terminal.run(["--help"]).code, Some(0));
    assert_eq!(terminal.run(["--version"]).code, Some(0));
}

#[test]
fn damage_is_exit_code_1_and_named() {
    let terminal = Terminal::new();
    let created = terminal.ask("create config");
    let path = created["path"].as_str().unwrap();
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(path, bytes).unwrap();
    let name = created["name"].as_str().unwrap();
    let said = terminal.run(["verify", name, "--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let verdict = said.json();
    assert_eq!((&verdict["name"], &verdict["ok"]), (&json!(name), &json!(false)));
    assert!(verdict["error"].as_str().is_some_and(|why| !why.is_empty()), "{verdict}");
    assert_eq!(terminal.run(["verify", "--all"]).code, Some(1));
    assert_eq!(terminal.ask("list")["items"][0]["state"], "damaged");
}

#[test]
fn what_was_exported_can_be_imported_and_rubbish_leaves_nothing() {
    let terminal = Terminal::new();
    let created = terminal.ask("create config");
    let copy = terminal.path("from a stick.tar.gz");
    fs::rename(created["path"].as_str().unwrap(), &copy).unwrap();
    terminal.ask("list");
    let imported = terminal.run([OsStr::new("import"), copy.as_os_str(), OsStr::new("--json")]);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let imported = imported.json();
    has_keys(&imported, &["name", "path", "bytes", "files", "pause_ms", "warnings", "sha256", "type"]);
    assert_eq!((&imported["bytes"], &imported["files"]), (&created["bytes"], &created["files"]));
    let before = terminal.kept();
    fs::write(terminal.path("rubbish.tar.gz"), "no archive").unwrap();
    terminal.refuse("import rubbish.tar.gz", 1);
    assert_eq!(terminal.kept(), before);
}

#[test]
fn names_from_hell_come_back_byte_for_byte() {
    let terminal = Terminal::new();
    let night = terminal.path("allsky/images/hell");
    fs::create_dir(&night).unwrap();
    let names: &[&[u8]] = &[
        b"a b",
        b"new\nline",
        b"quote'\"`$(x)",
        "Größe Ñ 星".as_bytes(),
        b"latin\xe4",
        b"-rf",
        b"back\\slash",
        b"\x1b[31m",
        &[b'x'; 255],
    ];
    for name in names {
        fs::write(night.join(OsStr::from_bytes(name)), name).unwrap();
    }
    let created = terminal.ask("create images --nights hell");
    assert_eq!((&created["files"], &created["warnings"]), (&json!(names.len()), &json!([])));
    let archive = created["name"].as_str().unwrap();
    for name in names {
        let member = [b"images/hell/", *name].concat();
        let said = terminal.run([OsStr::new("extract"), OsStr::new(archive), OsStr::from_bytes(&member)]);
        assert_eq!((said.code, said.out.as_slice()), (Some(0), *name), "{}", said.err);
    }
    let words = terminal.run(["info", archive, "--files"]);
    let lines = words.text().lines().filter(|line| line.contains("images/hell/")).count();
    assert_eq!(lines, names.len(), "one line a file, whatever its name: {words:?}");
    assert!(!words.out.contains(&0x1b), "no name speaks to the terminal");
    assert_eq!(terminal.ask(&format!("info {archive} --files"))["files"].as_array().unwrap().len(), names.len());
    assert_eq!(terminal.ask(&format!("verify {archive}"))["ok"], true);
}

#[test]
fn ctrl_c_stops_soon_and_leaves_nothing() {
    let terminal = Terminal::new();
    fs::create_dir(terminal.path("allsky/images/huge")).unwrap();
    large(&terminal.path("allsky/images/huge/sky.raw"), 4 << 30);
    let mut create = terminal.start("create images --nights huge --json");
    wait_until("work has begun", || {
        create.is_over() || terminal.kept().iter().any(|name| name.starts_with(".partial-"))
    });
    assert!(!create.is_over());
    let asked = std::time::Instant::now();
    create.signal("INT");
    let said = create.end();
    // Two seconds is the promise; the other tests want the processors too.
    assert!(asked.elapsed().as_secs_f64() < 5.0, "{:?}", asked.elapsed());
    assert_eq!((said.code, &said.json()["error"]["code"]), (Some(1), &json!("cancelled")), "{said:?}");
    assert_eq!(terminal.kept(), Vec::<String>::new());
    assert_eq!(terminal.ask("jobs")["items"][0]["state"], "cancelled");
}

#[test]
fn after_kill_9_a_recovery_cleans_up_and_says_interrupted() {
    let terminal = Terminal::new();
    fs::create_dir(terminal.path("allsky/images/huge")).unwrap();
    large(&terminal.path("allsky/images/huge/sky.raw"), 4 << 30);
    let mut create = terminal.start("create images --nights huge");
    wait_until("work has begun", || {
        create.is_over() || terminal.kept().iter().any(|name| name.starts_with(".partial-"))
    });
    create.kill();
    terminal.ask("recover");
    assert_eq!(terminal.ask("list"), json!({ "items": [] }));
    assert_eq!(terminal.kept(), Vec::<String>::new());
    assert_eq!(terminal.ask("jobs")["items"][0]["state"], "interrupted");
}

#[test]
fn a_camera_that_rested_when_we_were_killed_is_started_by_recover() {
    let terminal = Terminal::new();
    fs::write(terminal.path("hold-start"), "").unwrap();
    let mut create = terminal.start("create config --pause always");
    wait_until("the camera rests", || create.is_over() || terminal.path("holding").exists());
    assert!(!terminal.is_active());
    create.kill();
    fs::remove_file(terminal.path("hold-start")).unwrap();
    // Nobody can read the configuration at this moment; all else is in its usual place.
    fs::create_dir(terminal.path("config.toml")).unwrap();
    let recovered = terminal.ask("recover --config config.toml");
    assert!(terminal.is_active(), "{recovered}");
    assert!(!recovered["done"].as_array().unwrap().is_empty(), "{recovered}");
    assert_eq!(terminal.told(), ["stop", "start"]);
    assert_eq!(terminal.ask("recover"), json!({ "done": [] }));
    assert_eq!(terminal.told(), ["stop", "start"]);
}

#[test]
fn a_pause_covers_the_copy_and_is_told_in_milliseconds() {
    let terminal = Terminal::new();
    let created = terminal.ask("create config --pause always");
    assert_eq!(terminal.told(), ["stop", "start"]);
    assert!(created["pause_ms"].as_u64() > Some(0), "{created}");
    fs::write(terminal.path("active"), "inactive\n").unwrap();
    let created = terminal.ask("create config --pause always");
    assert_eq!((terminal.told().len(), &created["pause_ms"]), (2, &json!(0)), "what its owner stopped stays stopped");
    assert!(!terminal.is_active());
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_panic() {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    for line in ["list", "info NAME --files", "extract NAME config/settings_RPi_HQ.json", "jobs", "--help"] {
        let line = line.replace("NAME", &name);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let said = terminal.command(line.split(' ')).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let err = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.code().is_some() && !err.contains("panic"), "{line}: {err}");
    }
}

#[test]
fn two_backups_in_one_second_have_two_names() {
    let terminal = Terminal::new();
    let mut running: Vec<_> = (0..3).map(|_| terminal.start("create config --sections none --json")).collect();
    let mut names: Vec<String> = running
        .drain(..)
        .map(|one| one.end())
        .map(|said| said.json()["name"].as_str().unwrap_or_else(|| panic!("{said:?}")).to_owned())
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3);
    assert_eq!(terminal.ask("list")["items"].as_array().unwrap().len(), 3);
}

#[test]
fn the_demo_shows_its_page_and_leaves_nothing_when_it_ends() {
    let terminal = Terminal::new();
    fs::create_dir(terminal.path("tmp")).unwrap();
    let mut demo = terminal
        .command(["demo", "--port", "0", "--nights", "1", "--frames", "1", "--width", "160", "--height", "120"])
        .env("TMPDIR", terminal.path("tmp"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut out = demo.stdout.take().unwrap();
    let mut byte = [0];
    while !said.ends_with('\n') && out.read(&mut byte).unwrap() == 1 {
        said.push(char::from(byte[0]));
    }
    let address = said.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{said:?}")).to_owned();
    let page = get(&address);
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Allsky Backups"), "{page}");
    std::process::Command::new("kill").args(["-s", "INT", &demo.id().to_string()]).status().unwrap();
    assert!(demo.wait().unwrap().success());
    assert_eq!(fs::read_dir(terminal.path("tmp")).unwrap().count(), 0);
    assert_eq!(terminal.told(), Vec::<String>::new());
}

fn get(address: &str) -> String {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut page = Vec::new();
    stream.read_to_end(&mut page).unwrap();
    String::from_utf8_lossy(&page).into_owned()
}

#[test]
fn the_page_is_not_shown_to_other_machines_and_the_demo_spares_real_cameras() {
    let terminal = Terminal::new();
    assert!(terminal.refuse("serve --bind 0.0.0.0:0", 2)["message"].as_str().unwrap().contains("no login"));
    fs::create_dir_all(terminal.path("pi/allsky")).unwrap();
    terminal.refuse("demo --build-only --dir pi", 2);
    assert_eq!(fs::read_dir(terminal.path("pi/allsky")).unwrap().count(), 0);
}

#[test]
fn a_demo_has_a_past_of_a_day_that_its_terminal_line_shows() {
    let terminal = Terminal::new();
    let mut demo = terminal
        .command(["demo", "--dir", "past", "--port", "0", "--nights", "2", "--frames", "2", "--width", "160"])
        .stdout(Stdio::piped())
        .stderr(fs::File::create(terminal.path("told")).unwrap())
        .spawn()
        .unwrap();
    let mut byte = [0];
    let mut out = demo.stdout.take().unwrap();
    while out.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {}
    let told = fs::read_to_string(terminal.path("told")).unwrap();
    let line = told.lines().find_map(|line| line.strip_prefix("in a terminal: ")).unwrap_or_else(|| {
        panic!("{told:?}");
    });
    let pasted = std::process::Command::new("sh").args(["-c", line]).output().unwrap();
    assert!(pasted.status.success() && !pasted.stdout.is_empty(), "{pasted:?}");
    let options = line.strip_suffix(" list").unwrap().split_once(' ').unwrap().1;
    let ask = |verb: &str| terminal.ask(&format!("{options} {verb}"));
    let count = |value: &Value, key: &str| value[key].as_array().map_or(0, Vec::len);
    assert_eq!(count(&ask("list"), "items"), 3);
    let snapshots = ask("snapshots list");
    assert_eq!(count(&snapshots["items"][0], "snapshots"), 3);
    let destinations = ask("dest list");
    assert!(destinations["items"].as_array().unwrap().iter().all(|place| place["ready"] == true), "{destinations}");
    assert!(ask("jobs")["items"].as_array().unwrap().iter().all(|job| job["state"] == "success"), "{}", ask("jobs"));
    assert_eq!(count(&ask("alerts list"), "items"), 0);
    std::process::Command::new("kill").args(["-s", "INT", &demo.id().to_string()]).status().unwrap();
    assert!(demo.wait().unwrap().success());
}

#[test]
fn a_demo_that_is_stopped_while_it_is_built_ends_and_a_killed_one_is_built_anew() {
    let terminal = Terminal::new();
    let line = "demo --dir made --port 0 --nights 3 --frames 20";
    for (signal, sign) in [("KILL", "made/.allsky-backups-demo-half"), ("INT", "made/state")] {
        let mut demo = terminal.start(line);
        wait_until("the demo is at work", || terminal.path(sign).exists());
        demo.signal(signal);
        let ended = demo.child().wait().unwrap();
        assert_eq!(ended.success(), signal == "INT", "{signal}: {ended:?}");
        let mut said = String::new();
        demo.child().stdout.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!said.contains("listening"), "{signal}: {said}");
    }
    // A folder with other things is nobody's playground.
    fs::create_dir(terminal.path("photos")).unwrap();
    fs::write(terminal.path("photos/me.jpg"), "me").unwrap();
    let refusal = terminal.refuse("demo --dir photos --port 0", 2);
    assert!(refusal["message"].as_str().unwrap().contains("other things"), "{refusal}");
    assert_eq!(fs::read_dir(terminal.path("photos")).unwrap().count(), 1);
}
