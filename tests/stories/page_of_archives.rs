//! What the page says of the backups folder besides its archives.
use std::fs;

use super::downloads_resumed::served;
use super::support::http;
use super::support::terminal::Terminal;

#[test]
fn the_page_names_what_is_not_ours_in_the_words_of_the_terminal_and_it_stays() {
    let terminal = Terminal::new();
    terminal.ask("create config");
    let (_service, to) = served(&terminal);
    let board = || http::ask(&to, "GET", "/board", &[], "").body;
    assert!(!board().contains("ab-others"));
    for name in ["thesis.txt", "<b>x</b>"] {
        fs::write(terminal.path("allskybackups").join(name.replace('/', "")), name).unwrap();
    }
    let told = "2 in the folder are not ours and stay as they are: ";
    assert!(terminal.run(["list"]).text().contains(&format!("{told}<b>x<b>, thesis.txt")));
    let page = board();
    assert!(page.contains(&format!("{told}&lt;b&gt;x&lt;b&gt;, thesis.txt")), "{page}");
    fs::remove_file(terminal.path("allskybackups/thesis.txt")).unwrap();
    assert!(board().contains("1 in the folder is not ours and stays as it is: "));
}

#[test]
fn backups_on_the_cameras_own_disk_alone_are_told_until_it_is_no_longer_so() {
    use std::os::unix::fs::MetadataExt;
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else { return eprintln!("skipped: there is no second disk") };
    let terminal = Terminal::new();
    let device = |path: &std::path::Path| fs::metadata(path).unwrap().dev();
    if device(memory.path()) == device(&terminal.path("")) {
        return eprintln!("skipped: the temporary folder lies in memory as well");
    }
    let words = "All your backups are on the disk of the camera itself";
    terminal.ask("create config");
    let (_service, to) = served(&terminal);
    let board = || http::ask(&to, "GET", "/board", &[], "").body;
    assert!(board().contains(words) && terminal.run(["list"]).text().contains(words));
    let elsewhere = format!("list --backups {}", memory.path().display());
    terminal.ask(&elsewhere.replace("list", "create config"));
    assert!(!terminal.run(elsewhere.split(' ')).text().contains(words));
    // A drive that is only named holds nothing. A run of the nights puts the settings of the camera on it.
    fs::create_dir(terminal.path("drive")).unwrap();
    let with_drive = |line: &str| {
        let said = terminal.run(format!("{line} --dest {}", terminal.path("drive").display()).split(' '));
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        said.text()
    };
    with_drive("dest init --plain-folder");
    assert!(with_drive("list").contains(words));
    with_drive("run nights");
    assert!(!with_drive("list").contains(words));
}
