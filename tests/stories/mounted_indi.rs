//! Mounted beside indi-allsky, through a real nginx and a real Apache: its administrators see the backups,
//! and nobody else sees a byte of them.
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::mounted::{Secrets, fill, is_public};
use super::support::http;
use super::support::indi_site::{self, AGENT, Front, IndiSite};
use super::support::routes;
use super::support::terminal::wait_until;

/// A site with one archive, and its name.
fn backed_up(front: Front) -> Option<(IndiSite, String)> {
    let site = indi_site::site(front)?;
    let name = site.terminal.ask("create config --sections none")["name"].as_str().unwrap().to_owned();
    Some((site, name))
}

fn nobody_sees_anything(front: Front) {
    let Some((site, name)) = backed_up(front) else { return };
    let owner = site.login("admin", "secret");
    let guest = site.login("guest", "guest");
    let token = site.token(&owner);
    let job = site.terminal.ask("jobs")["jobs"][0]["id"].as_str().unwrap_or("0").to_owned();
    let secrets = Secrets(vec![
        site.terminal.path("").display().to_string(),
        token.clone(),
        owner.cookie.clone(),
        name.clone(),
        "CCD Simulator".into(),
        "config backup".into(),
    ]);
    let damaged = format!("{}x", owner.cookie);
    let other = owner.cookie.split("; ").next().unwrap().replace("session=", "session=x");
    let two = format!("{other}; {}", owner.cookie);
    let strangers: [(&str, Vec<(&str, &str)>); 9] = [
        ("no cookie", vec![AGENT]),
        ("an invented session", vec![AGENT, ("Cookie", "session=eyJfdXNlcl9pZCI6IjEifQ.aaaa")]),
        ("an odd session", vec![AGENT, ("Cookie", "session=\"a b\"; remember_token=1|x")]),
        ("a damaged session", vec![AGENT, ("Cookie", damaged.rsplit("; ").next().unwrap())]),
        ("two sessions at once", vec![AGENT, ("Cookie", &two)]),
        ("a session that was taken to another browser", vec![("User-Agent", "curl"), ("Cookie", &owner.cookie)]),
        ("a session of the other panel", vec![AGENT, ("Cookie", "PHPSESSID=aaaaaaaaaaaaaaaaaaaaaaaaaa")]),
        (
            "forged headers",
            vec![
                AGENT,
                ("X-Forwarded-User", "admin"),
                ("X-Remote-User", "admin"),
                ("Remote-User", "admin"),
                ("X-Auth-Request-User", "admin"),
                ("X-Forwarded-Host", "localhost"),
                ("X-Original-URL", "/backups/embed.js"),
                ("Authorization", "Basic YWRtaW46c2VjcmV0"),
            ],
        ),
        ("the right token alone", vec![AGENT, ("X-CSRF-Token", &token)]),
    ];
    for route in routes::all().iter().filter(|route| !is_public(route)) {
        let path = fill(route, &name, &job);
        for (who, headers) in &strangers {
            for to in [site.web(), site.socket()] {
                let what = format!("{front:?}: {} {path} with {who}, {to:?}", route.method);
                let heard = http::ask(&to, route.method, &path, headers, "");
                assert_eq!(heard.status, 401, "{what}: {heard:?}");
                secrets.hide_from(&heard, &path, &what);
            }
        }
        let what = format!("{front:?}: {path}");
        let heard = site.ask(route.method, &path, &[("Cookie", &guest.cookie)]);
        assert_eq!(heard.status, 403, "{what} for a user who is no administrator: {heard:?}");
        secrets.hide_from(&heard, &path, &what);
        let heard = site.ask(route.method, &path, &[("Cookie", &owner.cookie), ("Host", "evil.example")]);
        assert_eq!(heard.status, 421, "{what}: {heard:?}");
        secrets.hide_from(&heard, &path, &what);
        if route.method == "POST" {
            for (how, header) in [
                ("no token", ("Accept", "*/*")),
                ("another token", ("X-CSRF-Token", "x")),
                ("another site", ("Sec-Fetch-Site", "cross-site")),
            ] {
                let heard = site.ask("POST", &path, &[("Cookie", &owner.cookie), header]);
                assert_eq!(heard.status, 403, "{what} from {how}: {heard:?}");
            }
        } else if !route.pattern.ends_with("/events") {
            let heard = site.get(&path, &[("Cookie", &owner.cookie)]);
            assert!(![401, 403, 421, 500, 502, 503].contains(&heard.status), "{what}: {heard:?}");
        }
    }
    assert!(site.terminal.kept().contains(&name));
    let done = [("Cookie", owner.cookie.as_str()), ("X-CSRF-Token", &token), ("Accept", "application/json")];
    let heard = site.ask("POST", &format!("/backups/archive/{name}/delete"), &done);
    assert_eq!(heard.status, 202, "{heard:?}");
    wait_until("it is deleted", || !site.terminal.kept().contains(&name));
}

#[test]
fn behind_nginx_no_address_tells_anything_to_anyone_but_an_administrator() {
    nobody_sees_anything(Front::Nginx);
}

#[test]
fn behind_apache_no_address_tells_anything_to_anyone_but_an_administrator() {
    nobody_sees_anything(Front::Apache);
}

/// Events come while they happen, and the stream of somebody who logged out is not renewed.
fn streams_live_and_end(front: Front) {
    let Some((site, _)) = backed_up(front) else { return };
    let owner = site.login("admin", "secret");
    let headers = [AGENT, ("Cookie", owner.cookie.as_str())];
    let mut stream = http::open(&site.web(), "GET", "/backups/events", &headers, "");
    let mut heard = String::new();
    let mut piece = [0; 2048];
    while !heard.contains("event: hello") {
        let length = stream.read(&mut piece).unwrap();
        assert!(length > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&piece[..length]));
    }
    let since = Instant::now();
    let _ = stream.read_to_end(&mut Vec::new());
    let lasted = since.elapsed();
    assert!(lasted < Duration::from_secs(10), "{lasted:?}");
    // A browser that logged out comes again without its cookies.
    let gone = site.get("/indi-allsky/logout", &[("Cookie", &owner.cookie)]);
    assert!(gone.head.contains("Max-Age=0"), "{gone:?}");
    assert_eq!(site.get("/backups/events", &[]).status, 401);
}

#[test]
fn behind_nginx_a_stream_is_live_and_outlives_a_logout_by_seconds() {
    streams_live_and_end(Front::Nginx);
}

#[test]
fn behind_apache_a_stream_is_live_and_outlives_a_logout_by_seconds() {
    streams_live_and_end(Front::Apache);
}

/// 50 MB come through, and at no moment does the web server keep a part of them in a file.
fn uploads_pass(front: Front) {
    let Some((site, _)) = backed_up(front) else { return };
    let mut noise = vec![0; 50 << 20];
    fs::File::open("/dev/urandom").unwrap().read_exact(&mut noise).unwrap();
    fs::write(site.terminal.path("etc/indi-allsky/large.bin"), &noise).unwrap();
    let name = site.terminal.ask("create config --sections none")["name"].as_str().unwrap().to_owned();
    fs::rename(site.terminal.path("allskybackups").join(&name), site.terminal.path("upload.tar.gz")).unwrap();
    let owner = site.login("admin", "secret");
    let token = site.token(&owner);
    let mut sending = Command::new("curl")
        .args(["-s", "-w", "%{http_code}", "-A", AGENT.1, "-b", &owner.cookie])
        .args(["-H", &format!("X-CSRF-Token: {token}"), "-H", "Accept: application/json", "-H", "Expect:"])
        .arg("-F")
        .arg(format!("file=@{};filename={name}", site.terminal.path("upload.tar.gz").display()))
        .arg(format!("http://127.0.0.1:{}/backups/api/upload", site.port))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let kept = || fs::read_dir(site.terminal.path("run/spool")).unwrap().count();
    while sending.try_wait().unwrap().is_none() {
        assert_eq!(kept(), 0, "the web server keeps nothing");
        std::thread::sleep(Duration::from_millis(2));
    }
    let said = String::from_utf8(sending.wait_with_output().unwrap().stdout).unwrap();
    assert!(said.ends_with("200") || said.ends_with("202"), "{said}");
    // What lies beside an archive that was moved away keeps its name, so that the upload takes the next one.
    wait_until("it is there", || site.terminal.ask("jobs")["items"][0]["state"] == "success");
    assert_eq!(kept(), 0);
}

#[test]
fn behind_nginx_an_upload_is_not_kept_on_its_way() {
    uploads_pass(Front::Nginx);
}

#[test]
fn behind_apache_an_upload_is_not_kept_on_its_way() {
    uploads_pass(Front::Apache);
}

#[test]
fn when_indi_allsky_cannot_be_asked_nobody_comes_in_and_without_login_a_word_is_typed() {
    let Some((mut site, name)) = backed_up(Front::Nginx) else { return };
    let owner = site.login("admin", "secret");
    assert_eq!(site.get("/backups/", &[("Cookie", &owner.cookie)]).status, 200);
    site.end_application();
    wait_until("what was known is forgotten", || site.get("/backups/", &[("Cookie", &owner.cookie)]).status == 503);
    assert_eq!(site.get("/backups/", &[]).status, 401);
    let flask = site.terminal.path("etc/indi-allsky/flask.json");
    let text = fs::read_to_string(&flask).unwrap();
    fs::write(&flask, text.replace("\"LOGIN_DISABLED\": false", "\"LOGIN_DISABLED\": true")).unwrap();
    let page = site.get(&format!("/backups/archive/{name}/delete"), &[]);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("name=\"typed\""));
}
