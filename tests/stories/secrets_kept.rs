//! What only the owner should know stays in the files where it is: the log, the history, the stream, the pages and
//! the list of processes tell of the work, and never of it.
use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use super::mounted::fill;
use super::support::http::{self, Heard};
use super::support::panel_site::{self, Browser, PanelSite};
use super::support::routes;
use super::support::terminal::wait_until;

/// A password of the website and a token of a module, each as nothing else is spelled.
const PASSWORD: &str = "canary-of-the-website";
const TOKEN: &str = "canary-of-a-module";

fn edit(path: &Path, key: &str, value: &str) {
    let mut all: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    all[key] = value.into();
    fs::write(path, serde_json::to_vec_pretty(&all).unwrap()).unwrap();
}

struct Owner<'a> {
    site: &'a PanelSite,
    browser: Browser,
}

impl Owner<'_> {
    fn get(&self, path: &str) -> Heard {
        self.site.get(path, &[("Cookie", &self.browser.cookie)])
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let headers = [
            ("Cookie", self.browser.cookie.as_str()),
            ("X-CSRF-Token", &self.browser.token),
            ("Content-Type", "application/json"),
        ];
        let heard = http::ask(&self.site.web(), "POST", &format!("/backups/{path}"), &headers, &body.to_string());
        assert!(heard.status < 300, "{path}: {heard:?}");
        serde_json::from_str(&heard.body).unwrap()
    }

    /// Orders something and waits for its end.
    fn done(&self, path: &str, body: &Value) -> Value {
        let job = self.post(path, body)["job"].as_str().unwrap().to_owned();
        let look = || serde_json::from_str::<Value>(&self.get(&format!("/backups/api/jobs/{job}")).body).unwrap();
        wait_until("the job is over", || !["queued", "running"].contains(&look()["job"]["state"].as_str().unwrap()));
        look()["job"].take()
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn no_secret_is_told_by_what_speaks_of_the_work() {
    let Some(mut site) = panel_site::site() else { return };
    site.restart_telling_everything();
    let home = site.terminal.path("allsky");
    edit(&home.join("env.json"), "REMOTEWEBSITE_PASSWORD", PASSWORD);
    edit(&home.join("config/myFiles/secrets.json"), "allsky_influxdb.token", TOKEN);
    let owner = Owner { site: &site, browser: site.login() };
    let (cookie, token) = (owner.browser.cookie.clone(), owner.browser.token.clone());
    let session = cookie.split_once('=').unwrap().1;
    let mut stream = http::open(&site.web(), "GET", "/backups/events", &[("Cookie", &cookie)], "");
    let name = owner.done("api/create", &json!({ "type": "config", "pause": "always" }))["result"]["name"].take();
    let name = name.as_str().unwrap();
    edit(&home.join("env.json"), "REMOTEWEBSITE_PASSWORD", "another-canary-of-the-website");
    edit(&home.join("config/myFiles/secrets.json"), "allsky_influxdb.token", "another-canary-of-a-module");
    let body = json!({ "name": name });
    let preview = owner.post("api/restore/preview", &body);
    let restored = owner.done("api/restore", &json!({ "name": name, "digest": preview["digest"] }));
    assert!(fs::read_to_string(home.join("env.json")).unwrap().contains(PASSWORD), "{restored}");
    owner.done("api/undo", &json!({ "restore_id": restored["result"]["restore_id"] }));
    owner.done("api/verify", &json!({}));

    let mut told = vec![("the preview".to_owned(), preview.to_string()), ("the restore".into(), restored.to_string())];
    for route in routes::all().iter().filter(|route| route.method == "GET" && !route.pattern.ends_with("/events")) {
        if route.pattern.starts_with("/download") {
            continue;
        }
        let path = fill(route, name, restored["id"].as_str().unwrap());
        told.push((path.clone(), owner.get(&path).body));
    }
    site.restart("TERM");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).unwrap();
    assert!(heard.contains("event: job"));
    told.push(("the stream".into(), heard));
    let log = fs::read_to_string(site.terminal.path("program.log")).unwrap();
    assert!(log.lines().count() > 3, "{log}");
    for path in [files(&site.terminal.path("state")), vec![site.terminal.path("program.log")]].concat() {
        told.push((path.display().to_string(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
    }
    for path in
        files(&site.terminal.path("allskybackups")).iter().filter(|path| path.extension() != Some("gz".as_ref()))
    {
        told.push((path.display().to_string(), String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()));
    }
    for (what, text) in &told {
        for secret in [PASSWORD, TOKEN, session] {
            assert!(!text.contains(secret), "{what} tells {secret}");
        }
        // A page sends its token back with every change; nothing else has a use for it.
        assert!(
            what.starts_with("/backups/") || what == "the stream" || !text.contains(&token),
            "{what} tells the token"
        );
    }
}
