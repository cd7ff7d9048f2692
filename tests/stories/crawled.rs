//! Somebody without a login asks the panel's web server for the backups, by every road that it has to
//! files, in every spelling: no byte of one comes back.
use std::collections::BTreeMap;
use std::fs;

use super::support::http::{self, To};
use super::support::panel_site;

/// Where the web server shows files, as the panel's releases have it, and our own address.
const ROADS: [&str; 16] = [
    "/",
    "/current/",
    "/images/",
    "/config/",
    "/website/",
    "/documentation/",
    "/documentation",
    "/docs/",
    "/docs",
    "/bootstrap/",
    "/backups/",
    "/backups/assets/x/",
    "/backups/download/",
    "/backups/embed.js/",
    "/backups-session.php/",
    "/index.php/",
];

/// Ways to say "one folder up", and some that say nothing and confuse.
const STEPS: [&str; 15] = [
    "../",
    "%2e%2e/",
    ".%2e/",
    "..%2f",
    "%2E%2E%2F",
    "..//",
    "a%2f..%2f..%2f",
    "..%5c",
    "..\\",
    "..;/",
    "%252e%252e%252f",
    "..%00/",
    "%c0%ae%c0%ae/",
    ".../",
    "./../",
];

/// What is in a file, at places that tell it from all others.
fn marks(bytes: &[u8]) -> Vec<Vec<u8>> {
    let middle = bytes.len() / 2;
    [0, middle, bytes.len().saturating_sub(24)]
        .into_iter()
        .filter_map(|at| bytes.get(at..at + 24).map(<[u8]>::to_vec))
        .collect()
}

fn spellings(name: &str) -> Vec<String> {
    let (first, rest) = name.split_at(1);
    vec![
        name.to_owned(),
        format!("{name}."),
        format!("{name}/"),
        format!("{name}//"),
        format!("{name}%00"),
        format!("{name}%00.jpg"),
        format!("{name}%20"),
        format!("{name}?page=login"),
        format!("%{:02x}{rest}", first.as_bytes()[0]),
        name.to_uppercase(),
        name.replace('/', "%2f"),
    ]
}

#[test]
fn no_road_and_no_spelling_leads_a_stranger_to_a_backup() {
    let Some(site) = panel_site::site() else { return };
    let name = site.terminal.ask("create config --sections none")["name"].as_str().unwrap().to_owned();
    let folder = site.terminal.path("allskybackups");
    for litter in [".partial-0190/archive", ".upload-0190/archive", ".upload-0190/about.json", ".reserved-x"] {
        let path = folder.join(litter);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("nobody is to see this of {litter}")).unwrap();
    }
    let mut secrets: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for path in walk(&folder) {
        let short = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        secrets.insert(short, marks(&fs::read(&path).unwrap()));
    }
    assert!(secrets.len() >= 7, "{:?}", secrets.keys());

    let whole = folder.display().to_string();
    let mut asked = 0;
    let mut try_one = |path: &str, range: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{range}\r\n");
        let heard = http::raw(&To::Port(site.port), request.as_bytes());
        for (file, marks) in &secrets {
            let told = marks.iter().any(|mark| heard.windows(mark.len()).any(|part| part == mark));
            assert!(!told, "{path} tells something of {file}: {}", String::from_utf8_lossy(&heard));
        }
        let head = heard.split(|byte| *byte == b'\r').next().unwrap_or_default();
        assert!(!head.starts_with(b"HTTP/1.1 206"), "{path}");
        asked += 1;
    };
    for road in ROADS {
        for file in secrets.keys() {
            for spelling in spellings(file) {
                try_one(&format!("{road}{spelling}"), "");
            }
            for to in [file.clone(), format!("allskybackups/{file}")] {
                for step in STEPS {
                    // The thorough way for the archive itself; for what lies beside it the depth that fits.
                    let depths = if *file == name { 1..=4 } else { 2..=2 };
                    for depth in depths {
                        try_one(&format!("{road}{}{to}", step.repeat(depth)), "");
                    }
                }
            }
            try_one(&format!("{road}..{whole}/{file}"), "");
            try_one(&format!("{road}{whole}/{file}"), "");
            for range in ["Range: bytes=0-63\r\n", "Range: bytes=-64\r\n", "Range: bytes=0-7,24-31\r\n"] {
                try_one(&format!("{road}{file}"), range);
                try_one(&format!("{road}../allskybackups/{file}"), range);
            }
        }
    }
    for path in
        [format!("http://127.0.0.1{whole}/{name}"), format!("{whole}/{name}"), format!("*{name}"), "*".to_owned()]
    {
        try_one(&path, "");
    }
    assert!(asked > 5_000, "{asked}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}
