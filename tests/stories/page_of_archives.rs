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
