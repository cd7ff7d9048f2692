//! Mounted in a panel, through a real lighttpd and a real PHP: a visitor with its login sees the backups,
//! and nobody else sees a byte of them, whatever they ask.
use std::fs;
use std::io::Read;
use std::time::{Duration, Instant};

use super::support::http::{self, Heard};
use super::support::panel_site::{self, Browser, PanelSite};
use super::support::routes::{self, Route};
use super::support::terminal::{large, wait_until};

/// A site with one archive, and its name.
fn backed_up() -> Option<(PanelSite, String)> {
    let site = panel_site::site()?;
    let name = site.terminal.ask("create config --sections none")["name"].as_str().unwrap().to_owned();
    Some((site, name))
}

pub fn fill(route: &Route, name: &str, job: &str) -> String {
    let path = route.pattern.replace("{version}", "x").replace("{name:.*}", "main.js").replace("{folder}", "20261117");
    let path = path.replace("{night}", "2026-11-17").replace("{kind}", "keogram");
    format!("/backups{}", path.replace("{name}", name).replace("{id}", job))
}

/// Style and scripts, which anybody can also read in the sources.
pub fn is_public(route: &Route) -> bool {
    ["/embed.js", "/healthz", "/assets/{version}/{name:.*}"].contains(&route.pattern.as_str())
}

pub struct Secrets(pub Vec<String>);

impl Secrets {
    fn of(site: &PanelSite, browser: &Browser, name: &str) -> Secrets {
        Secrets(vec![
            site.terminal.path("").display().to_string(),
            browser.token.clone(),
            browser.cookie.clone(),
            name.to_owned(),
            "RPi".into(),
            "config backup".into(),
        ])
    }

    /// `path` was named by the asker, and may come back.
    pub fn hide_from(&self, heard: &Heard, path: &str, what: &str) {
        let text = format!("{}\n{}", heard.head, heard.body.replace(path, ""));
        for secret in &self.0 {
            assert!(!text.contains(secret), "{what} tells {secret:?}: {text}");
        }
    }
}

#[test]
fn no_address_tells_anything_to_anyone_without_the_panels_login() {
    let Some((site, name)) = backed_up() else { return };
    let owner = site.login();
    let job = site.terminal.ask("jobs")["jobs"][0]["id"].as_str().unwrap_or("0").to_owned();
    let secrets = Secrets::of(&site, &owner, &name);
    let routes = routes::all();
    assert!(routes.len() > 30, "{}", routes.len());

    let passer_by = site.passer_by();
    let gone = site.login();
    site.logout(&gone);
    let expired = site.login();
    fs::remove_file(site.terminal.path("sessions").join(expired.cookie.replace("PHPSESSID=", "sess_"))).unwrap();
    let two = format!("{}; {}", passer_by.cookie, owner.cookie);
    let forged: Vec<(&str, &str)> = [
        "X-Forwarded-User",
        "X-Remote-User",
        "Remote-User",
        "X-Authenticated-User",
        "X-Auth-Request-User",
        "X-WebAuth-User",
    ]
    .map(|header| (header, "admin"))
    .into();
    let mut forged = forged;
    forged.extend([
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "localhost"),
        ("X-Original-URL", "/backups/embed.js"),
        ("X-Rewrite-URL", "/backups/embed.js"),
        ("Authorization", "Basic YWRtaW46c2VjcmV0"),
    ]);
    let strangers: [(&str, Vec<(&str, &str)>); 9] = [
        ("no cookie", vec![]),
        ("an invented session", vec![("Cookie", "PHPSESSID=aaaaaaaaaaaaaaaaaaaaaaaaaa")]),
        ("an odd session", vec![("Cookie", "PHPSESSID=../../../../../etc/passwd")]),
        ("a session without login", vec![("Cookie", &passer_by.cookie)]),
        ("a session that was logged out", vec![("Cookie", &gone.cookie)]),
        ("a session that expired", vec![("Cookie", &expired.cookie)]),
        ("two sessions at once", vec![("Cookie", &two)]),
        ("forged headers", forged.clone()),
        ("the right token alone", vec![("X-CSRF-Token", &owner.token)]),
    ];
    for route in &routes {
        let path = fill(route, &name, &job);
        if is_public(route) {
            continue;
        }
        for (who, headers) in &strangers {
            for to in [site.web(), site.socket()] {
                let what = format!("{} {path} with {who}, {to:?}", route.method);
                let heard = http::ask(&to, route.method, &path, headers, "");
                assert_eq!(heard.status, 401, "{what}: {heard:?}");
                secrets.hide_from(&heard, &path, &what);
            }
        }
        let mut wrong_host = vec![("Cookie", owner.cookie.as_str()), ("X-CSRF-Token", &owner.token)];
        wrong_host.push(("Host", "evil.example"));
        let heard = http::ask(&site.web(), route.method, &path, &wrong_host, "");
        assert_eq!(heard.status, 421, "{path}: {heard:?}");
        secrets.hide_from(&heard, &path, &path);
    }
    // Addresses that no route takes are not told apart from those that one does.
    for path in [
        "/backups/x",
        "/backups/archive",
        "/backups/../backups/api/status",
        "/backups//api/status",
        "/backups/assets/../api/status",
    ] {
        let heard = site.get(path, &[]);
        assert!([400, 401, 404].contains(&heard.status), "{path}: {heard:?}");
        secrets.hide_from(&heard, path, path);
    }
    assert_eq!(site.terminal.kept().iter().filter(|kept| **kept == name).count(), 1);
}

#[test]
fn a_change_needs_the_sessions_own_token_and_our_own_page() {
    let Some((site, name)) = backed_up() else { return };
    let owner = site.login();
    let other = site.login();
    let before = site.terminal.kept();
    let all = routes::all();
    for route in all.iter().filter(|route| !["GET", "HEAD", "OPTIONS"].contains(&route.method)) {
        let path = fill(route, &name, "0");
        let host = format!("127.0.0.1:{}", site.port);
        let good = [("Cookie", owner.cookie.as_str()), ("X-CSRF-Token", &owner.token), ("Host", &host)];
        let tries: [(&str, Vec<(&str, &str)>); 7] = [
            ("no token", vec![good[0]]),
            ("an empty token", vec![good[0], ("X-CSRF-Token", "")]),
            ("another session's token", vec![good[0], ("X-CSRF-Token", &other.token)]),
            ("another site", good.into_iter().chain([("Sec-Fetch-Site", "cross-site")]).collect()),
            ("a neighbour's site", good.into_iter().chain([("Sec-Fetch-Site", "same-site")]).collect()),
            ("another origin", good.into_iter().chain([("Origin", "http://evil.example")]).collect()),
            ("no origin at all", good.into_iter().chain([("Origin", "null")]).collect()),
        ];
        for (how, headers) in tries {
            let heard = http::ask(&site.web(), route.method, &path, &headers, "");
            assert_eq!(heard.status, 403, "{path} from {how}: {heard:?}");
        }
        let is_route = |method: &str| all.iter().any(|one| one.method == method && one.pattern == route.pattern);
        for method in ["PUT", "DELETE", "PATCH"].into_iter().filter(|method| !is_route(method)) {
            let heard = http::ask(&site.web(), method, &path, &good, "");
            // The interface may know the method for another address of that shape.
            let known = heard.status == 404 && path.starts_with("/backups/api/");
            assert!(known || [400, 403, 405, 501].contains(&heard.status), "{method} {path}: {heard:?}");
        }
    }
    assert_eq!(site.terminal.kept(), before);
    let origin = format!("http://127.0.0.1:{}", site.port);
    let host = &origin[7..];
    let good = [
        ("Cookie", owner.cookie.as_str()),
        ("X-CSRF-Token", &owner.token),
        ("Host", host),
        ("Origin", &origin),
        ("Sec-Fetch-Site", "same-origin"),
        ("Accept", "application/json"),
    ];
    let heard = http::ask(&site.web(), "POST", &format!("/backups/archive/{name}/delete"), &good, "");
    assert_eq!(heard.status, 202, "{heard:?}");
    wait_until("it is deleted", || !site.terminal.kept().contains(&name));
}

#[test]
fn with_the_panels_login_every_page_is_there_and_nothing_may_be_kept() {
    let Some((site, name)) = backed_up() else { return };
    let owner = site.login();
    let cookie = [("Cookie", owner.cookie.as_str())];
    for route in routes::all().iter().filter(|route| route.method == "GET" && !route.pattern.ends_with("/events")) {
        let path = fill(route, &name, "0");
        let heard = site.get(&path, &cookie);
        assert!(![401, 403, 421, 500, 503].contains(&heard.status), "{path}: {heard:?}");
        assert!(!heard.body.contains("There is no such page"), "{path}: {heard:?}");
        if !is_public(route) {
            let kept: Vec<&str> =
                heard.head.lines().filter(|line| line.to_lowercase().starts_with("cache-control:")).collect();
            assert_eq!(kept.len(), 1, "{path}: {kept:?}");
            assert!(!kept[0].contains("31536"), "{path}: {kept:?}");
        }
    }
    let page = site.get("/backups/", &cookie);
    assert!(page.body.contains(&name) && page.body.contains(&owner.token));
    let system = site.get("/index.php?page=system", &cookie);
    assert!(system.body.contains("/backups-entry.js"));
    // The web server gives it out, also while the service is down.
    let entry = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/integration/allsky/entry.js")).unwrap();
    assert_eq!(site.get("/backups-entry.js?v=1", &[]).body, entry);
    for path in ["/index.php?page=login", "/index.php", "/"] {
        assert!(!site.get(path, &cookie).body.contains("backups-entry"), "{path}");
    }
    // The style begins with what all rooms share.
    for (file, source) in
        [("embed.js", "embed.js"), ("assets/x/main.js", "main.js"), ("assets/x/panel.css", "css/base.css")]
    {
        let source = format!("{}/web/{source}", env!("CARGO_MANIFEST_DIR"));
        assert!(
            fs::read_to_string(source).unwrap().starts_with(&site.get(&format!("/backups/{file}"), &[]).body[..200])
        );
    }
    // Nothing of the backups lies where the web server shows files.
    for place in [
        "/",
        "/current/",
        "/images/",
        "/bootstrap/",
        "/images/../../allskybackups/",
        "/current/../../../allskybackups/",
    ] {
        let heard = site.get(&format!("{place}{name}"), &cookie);
        assert!([403, 404].contains(&heard.status), "{place}: {heard:?}");
    }
}

#[test]
fn a_change_through_another_web_server_that_passes_on_no_name_is_let_in_by_the_list_of_names() {
    let Some((mut site, _)) = backed_up() else { return };
    let config = fs::read_to_string(site.terminal.path("config.toml")).unwrap();
    let named = config.replace("[server]\n", "[server]\nhosts = [\"sky.example.org\"]\n");
    fs::write(site.terminal.path("config.toml"), named).unwrap();
    site.restart("TERM");
    let owner = site.login();
    let here = format!("127.0.0.1:{}", site.port);
    let post = |host: &str, origin: &str| {
        let headers = [
            ("Host", host),
            ("Origin", origin),
            ("Cookie", owner.cookie.as_str()),
            ("X-CSRF-Token", &owner.token),
            ("Sec-Fetch-Site", "same-origin"),
            ("Accept", "application/json"),
        ];
        http::ask(&site.web(), "POST", "/backups/create/config", &headers, "")
    };
    for (host, origin) in [
        ("sky.example.org", "https://sky.example.org"),
        ("sky.example.org", "https://sky.example.org:8443"),
        (here.as_str(), "https://sky.example.org"),
    ] {
        let heard = post(host, origin);
        assert_eq!(heard.status, 202, "{host} {origin}: {heard:?}");
    }
    let heard = post(&here, "https://cam.example.net");
    assert_eq!(heard.status, 403, "{heard:?}");
    for word in ["cam.example.net", "hosts", "proxy_set_header Host"] {
        assert!(heard.body.contains(word), "{word}: {heard:?}");
    }
    let unknown = site.get("/backups/", &[("Host", "backend")]);
    assert!(unknown.status == 421 && unknown.body.contains("backend"), "{unknown:?}");
}

#[test]
fn a_stream_ends_soon_after_the_logout() {
    let Some((site, _)) = backed_up() else { return };
    let owner = site.login();
    let mut stream = http::open(&site.web(), "GET", "/backups/events", &[("Cookie", &owner.cookie)], "");
    let mut first = [0; 2048];
    let mut heard = String::new();
    while !heard.contains("event: hello") {
        let length = stream.read(&mut first).unwrap();
        assert!(length > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&first[..length]));
    }
    site.logout(&owner);
    let since = Instant::now();
    let _ = stream.read_to_end(&mut Vec::new());
    let lasted = since.elapsed();
    assert!(lasted < Duration::from_secs(10), "{lasted:?}");
    assert_eq!(site.get("/backups/events", &[("Cookie", &owner.cookie)]).status, 401);
}

#[test]
fn a_download_that_is_under_way_ends_with_the_login_and_says_so_by_being_short() {
    let Some((site, _)) = backed_up() else { return };
    // More than anybody reads here before the login is looked at again.
    let announced: u64 = 40 << 30;
    large(&site.terminal.path("allskybackups/large.tar.gz"), announced);
    let owner = site.login();
    let cookie = [("Cookie", owner.cookie.as_str())];
    let mut stream = http::open(&site.web(), "GET", "/backups/download/large.tar.gz", &cookie, "");
    let mut piece = vec![0; 64 << 10];
    let first = stream.read(&mut piece).unwrap();
    let head = String::from_utf8_lossy(&piece[..first]).to_lowercase();
    assert!(head.starts_with("http/1.1 200") && head.contains(&format!("content-length: {announced}")), "{head}");
    site.logout(&owner);
    let mut heard = first as u64;
    loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => heard += count as u64,
        }
        // As a browser on a home network.
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(heard < announced, "{heard}");
    assert_eq!(site.get("/backups/download/large.tar.gz", &cookie).status, 401);
}

#[test]
fn when_the_panel_cannot_be_asked_nobody_comes_in() {
    let Some((mut site, _)) = backed_up() else { return };
    let owner = site.login();
    assert_eq!(site.get("/backups/", &[("Cookie", &owner.cookie)]).status, 200);
    let mut php = site.php.take().unwrap();
    std::process::Command::new("kill").arg(php.id().to_string()).status().unwrap();
    php.wait().unwrap();
    let page = || http::ask(&site.web(), "GET", "/backups/", &[("Cookie", &owner.cookie)], "");
    wait_until("what was known is forgotten", || page().status == 503);
    for to in [site.web(), site.socket()] {
        let heard = http::ask(&to, "GET", "/backups/api/status", &[("Cookie", &owner.cookie)], "");
        assert_eq!(heard.status, 503, "{heard:?}");
        assert_eq!(http::ask(&to, "GET", "/backups/api/status", &[], "").status, 401);
    }
}

#[test]
fn a_panel_without_login_is_open_and_asks_for_a_typed_word_before_it_deletes() {
    let Some((site, name)) = backed_up() else { return };
    let settings = site.terminal.path("allsky/config/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    let open =
        text.replace("\"uselogin\": true", "\"uselogin\": false").replace("\"uselogin\":true", "\"uselogin\":false");
    assert_ne!(open, text);
    fs::write(&settings, open).unwrap();
    let page = site.get(&format!("/backups/archive/{name}/delete"), &[]);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("name=\"typed\""));
    let token = page.body.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    let delete = |headers: &[(&str, &str)]| {
        let path = format!("/backups/archive/{name}/delete");
        http::ask(&site.web(), "POST", &path, &[&[("Accept", "application/json")], headers].concat(), "").status
    };
    assert_eq!(delete(&[("X-Typed", "delete")]), 403);
    assert_eq!(delete(&[("X-CSRF-Token", token)]), 403);
    assert_eq!(delete(&[("X-CSRF-Token", token), ("X-Typed", "Delete it")]), 403);
    // Where backups go is changed with a word as well.
    let chooser = site.get("/backups/destinations", &[]).body;
    assert!(chooser.contains("Type <code>add</code>"), "{chooser}");
    assert!(site.get("/backups/plans/new", &[]).body.contains("Type <code>new</code>"));
    for (address, word) in [
        ("destinations/add", "add"),
        ("destinations/usb/unlist", "unlist"),
        ("plans/new", "new"),
        ("plans/weekly-config/edit", "edit"),
    ] {
        let post = |headers: &[(&str, &str)]| {
            let path = format!("/backups/{address}");
            http::ask(&site.web(), "POST", &path, &[&[("X-CSRF-Token", token)], headers].concat(), "").status
        };
        assert_eq!(post(&[]), 403, "{address}");
        assert!([400, 404].contains(&post(&[("X-Typed", word)])), "{address}");
    }
    // Another spelling of the address is the same route.
    for spelt in ["delet%65", "%64elete", "%64%65%6c%65%74%65"] {
        let path = format!("/backups/archive/{name}/{spelt}");
        let headers = [("Accept", "application/json"), ("X-CSRF-Token", token)];
        let status = http::ask(&site.web(), "POST", &path, &headers, "").status;
        assert!(status == 403 || status == 404, "{spelt}: {status}");
    }
    for path in [
        format!("download/{name}"),
        format!("archive/{name}/file?path=env.json"),
        format!("archive/{name}/fil%65?path=env.json"),
    ] {
        let refused = site.get(&format!("/backups/{path}"), &[]);
        assert!(refused.status == 403 || refused.status == 404, "{path}: {refused:?}");
        assert!(!refused.body.contains("WEBUI_PASSWORD"), "{path}");
        // What was refused can be had from there by typing.
        assert!(refused.status == 404 || refused.body.contains("name=\"typed\""), "{path}");
    }
    let table = site.get("/backups/", &[]).body;
    assert!(
        table.contains(&format!("id=\"download-{name}\"")) && !table.contains(&format!("download/{name}")),
        "{table}"
    );
    let info = site.get(&format!("/backups/archive/{name}"), &[]).body;
    let form = info.split("<form").find(|form| form.contains(&format!("/download/{name}\""))).unwrap();
    assert!(form.contains("method=\"get\"") && form.contains("name=\"typed\""), "{form}");
    let had = site.get(&format!("/backups/download/{name}?typed=read"), &[]);
    assert_eq!(had.status, 200);
    for wrong in ["", "Read", "read%20", "delete"] {
        assert_eq!(site.get(&format!("/backups/download/{name}?typed={wrong}"), &[]).status, 403, "{wrong}");
    }
    assert_eq!(site.get(&format!("/backups/archive/{name}/file?path=env.json&typed=read"), &[]).status, 200);
    assert!(site.terminal.kept().contains(&name));
    assert_eq!(delete(&[("X-CSRF-Token", token), ("X-Typed", "delete")]), 202);
    wait_until("it is deleted", || !site.terminal.kept().contains(&name));
    // What cannot be read asks for the login again.
    fs::write(&settings, "{").unwrap();
    assert_eq!(site.get("/backups/", &[]).status, 401);
}

#[test]
fn the_bridge_answers_this_machine_alone_and_nothing_but_a_yes_is_a_yes() {
    let Some(site) = panel_site::site() else { return };
    let owner = site.login();
    let ask = |cookie: &str| site.get("/backups-session.php", &[("Cookie", cookie)]).body;
    assert!(ask(&owner.cookie).contains(&format!("\"csrf\":\"{}\"", owner.token)));
    assert!(ask(&owner.cookie).contains("\"loggedIn\":true"));
    let through = site.get("/backups-session.php", &[("Cookie", &owner.cookie), ("X-Forwarded-For", "192.168.1.5")]);
    assert_eq!(through.status, 404);
    let folder = site.terminal.path("sessions");
    for (number, session) in
        ["", "auth|b:0;", "auth|i:1;", "auth|s:4:\"true\";", "auth|b:1", "garbage"].iter().enumerate()
    {
        let id = format!("handmade{number:020}");
        fs::write(folder.join(format!("sess_{id}")), session).unwrap();
        assert!(ask(&format!("PHPSESSID={id}")).contains("\"loggedIn\":false"), "{session}");
    }
    for id in ["", "..", "short", "a/../../x", "%2e%2e%2fx"] {
        assert!(ask(&format!("PHPSESSID={id}")).contains("\"loggedIn\":false"), "{id}");
    }
    // It looked at sessions and changed none.
    assert_eq!(fs::read_to_string(folder.join(format!("sess_handmade{:020}", 2))).unwrap(), "auth|i:1;");
}
