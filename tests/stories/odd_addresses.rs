//! Two thousand names that no backup has, from somebody who is logged in: nothing outside the backups folder
//! is shown or removed, and no name becomes a header.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::support::http;
use super::support::panel_site;

/// Random numbers that come again (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % sides as u64).unwrap()
    }
}

const PIECES: [&[u8]; 34] = [
    b"%0d%0aX-Injected:%20yes",
    b"%0D%0A%0D%0A<script>",
    b"%0a",
    b"%0d",
    b"%00",
    b"%2f",
    b"%2F",
    b"..",
    b"../",
    b"%2e%2e%2f",
    b"..%2f",
    b"%5c",
    b"\\",
    b"//",
    b"./",
    b"%20",
    b"\"",
    b";",
    b"%22;%20filename=x",
    b"\xe2\x80\xae",
    b"%e2%80%ae",
    b"%E2%80%8F",
    b"\xff\xfe",
    b"%ff",
    b"%c0%af",
    b"%",
    b"%zz",
    b"outside",
    b".tar.gz",
    b".json",
    b".index",
    b"allsky-config-backup-20261121-000309",
    b"01990000-0000-7000-8000-000000000000",
    b"~",
];

fn name(dice: &mut Dice) -> Vec<u8> {
    let mut name = Vec::new();
    for _ in 0..1 + dice.roll(5) {
        name.extend_from_slice(PIECES[dice.roll(PIECES.len())]);
    }
    match dice.roll(4) {
        0 => name.extend_from_slice(b".tar.gz"),
        1 => name.extend_from_slice(&b"x".repeat(dice.roll(600))),
        2 => name.push(u8::try_from(33 + dice.roll(94)).unwrap()),
        _ => {}
    }
    name
}

fn tree(folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            tree(&path, found);
        } else {
            found.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
}

#[test]
fn no_name_leads_out_of_the_backups_folder_or_into_a_header() {
    const NAMES: usize = 2000;
    const CANARY: &str = "this lies beside the backups";
    let Some(site) = panel_site::site() else { return };
    site.terminal.ask("create config --sections none");
    fs::write(site.terminal.path("outside.tar.gz"), CANARY).unwrap();
    fs::write(site.terminal.path("outside"), CANARY).unwrap();
    let look = || {
        let mut found = BTreeMap::new();
        tree(&site.terminal.path("allskybackups"), &mut found);
        tree(&site.terminal.path("allsky"), &mut found);
        found.insert("outside".into(), fs::read(site.terminal.path("outside.tar.gz")).unwrap());
        found
    };
    let before = look();
    let owner = site.login();
    let mut dice = Dice(26);
    for number in 0..NAMES {
        let name = name(&mut dice);
        // Half of them as the web server passes them on, half of them straight.
        let to = if number % 2 == 0 { site.web() } else { site.socket() };
        let roads: [(&str, &[u8], &[u8]); 7] = [
            ("GET", b"/backups/download/", b""),
            ("POST", b"/backups/archive/", b"/delete"),
            ("GET", b"/backups/archive/", b""),
            ("GET", b"/backups/archive/", b"/file?path=env.json"),
            ("GET", b"/backups/api/archives/", b""),
            ("GET", b"/backups/keogram/", b""),
            ("POST", b"/backups/restores/", b"/undo"),
        ];
        for at in [0, 1, 2 + number % (roads.len() - 2)] {
            let (method, front, back) = roads[at];
            let mut request = format!("{method} ").into_bytes();
            request.extend_from_slice(front);
            request.extend_from_slice(&name);
            request.extend_from_slice(back);
            let (cookie, token) = (&owner.cookie, &owner.token);
            let rest = format!(
                " HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nX-CSRF-Token: {token}\r\nAccept: application/json\r\n\
                 Content-Length: 0\r\nConnection: close\r\n\r\n"
            );
            request.extend_from_slice(rest.as_bytes());
            let heard = http::raw(&to, &request);
            let heard = http::parse(&heard);
            let what = format!("{method} {} {}", String::from_utf8_lossy(&name), to_text(&to));
            assert!((200..500).contains(&heard.status), "{what}: {}", heard.head);
            let headers = heard.head.to_lowercase();
            assert!(!headers.lines().any(|line| line.starts_with("x-injected")), "{what}: {headers}");
            assert_eq!(headers.matches("http/1.").count(), 1, "{what}: {headers}");
            assert!(!heard.body.contains(CANARY) && !heard.body.contains("HTTP/1."), "{what}: {headers}");
        }
    }
    assert_eq!(look().keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert!(look() == before, "a file was changed");
}

fn to_text(to: &http::To) -> String {
    format!("{to:?}")
}
