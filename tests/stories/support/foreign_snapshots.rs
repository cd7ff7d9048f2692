//! Snapshots as other programs make them: by themselves where they are installed, else with the calls that they make.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

fn run(program: &str, args: &[&str]) {
    let said = Command::new(program).args(args).output().unwrap();
    assert!(said.status.success(), "{program} {args:?}: {said:?}");
}

/// A time of 2026, for the folders of programs that write it nowhere else.
fn put_time(folder: &Path, day: u64) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600 + day * 86_400 + 8 * 3600 + 600);
    fs::File::open(folder).unwrap().set_modified(at).unwrap();
}

/// What rsync-time-backup leaves in `to` when it saves `home` once for each of `times`; `change` is called between.
pub fn time_backup(home: &Path, to: &Path, times: &[&str], mut change: impl FnMut(usize)) {
    fs::create_dir_all(to).unwrap();
    fs::write(to.join("backup.marker"), "").unwrap();
    by_rsync(home, to, times, &mut change);
    let _ = fs::remove_file(to.join("latest"));
    symlink(times.last().unwrap(), to.join("latest")).unwrap();
}

/// A folder for each of `names`, each sharing with the one before what did not change.
pub fn by_rsync(home: &Path, to: &Path, names: &[&str], change: &mut dyn FnMut(usize)) {
    fs::create_dir_all(to).unwrap();
    let source = format!("{}/", home.display());
    let mut before: Option<PathBuf> = None;
    for (n, name) in names.iter().enumerate() {
        change(n);
        let place = to.join(name);
        let target = format!("{}/", place.display());
        let mut args = vec!["-aH".to_owned()];
        args.extend(before.iter().map(|before| format!("--link-dest={}", before.display())));
        args.extend([source.clone(), target]);
        run("rsync", &args.iter().map(String::as_str).collect::<Vec<_>>());
        before = Some(place);
    }
}

/// Three hours and two days of rsnapshot itself; `None` where it is not installed.
pub fn rsnapshot(home: &Path, to: &Path, mut change: impl FnMut(usize)) -> Option<()> {
    if !Path::new("/usr/bin/rsnapshot").exists() {
        eprintln!("skipped: needs rsnapshot");
        return None;
    }
    fs::create_dir_all(to).unwrap();
    let file = to.parent().unwrap().join("rsnapshot.conf");
    let lines = [
        "config_version\t1.2".to_owned(),
        format!("snapshot_root\t{}/", to.display()),
        "cmd_rsync\t/usr/bin/rsync".to_owned(),
        "cmd_cp\t/bin/cp".to_owned(),
        "cmd_rm\t/bin/rm".to_owned(),
        "retain\thourly\t3".to_owned(),
        "retain\tdaily\t2".to_owned(),
        format!("lockfile\t{}.pid", file.display()),
        format!("backup\t{}/\tmachine/", home.display()),
    ];
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    let config = file.to_str().unwrap();
    for (n, level) in ["hourly", "hourly", "hourly", "daily", "hourly", "hourly", "daily", "hourly"].iter().enumerate()
    {
        change(n);
        run("rsnapshot", &["-c", config, level]);
    }
    for (folder, day) in [("daily.1", 1), ("daily.0", 2), ("hourly.2", 3), ("hourly.1", 4), ("hourly.0", 5)] {
        if to.join(folder).exists() {
            put_time(&to.join(folder), day);
        }
    }
    Some(())
}
