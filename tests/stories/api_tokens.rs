//! Programs with tokens at the interface: each opens what its right is good for, and nothing else does.
use std::io::Read;
use std::time::{Duration, Instant};

use allsky_backups::api::endpoints;
use allsky_backups::domain::api_token::Right;

use super::support::http::{self, Heard, To};
use super::support::panel_site;
use super::support::routes::{self, Route};
use super::support::service::{PAGE_TOKEN, Service};
use super::support::terminal::{Terminal, wait_until};

/// Streams and bodies that are waited for are tried elsewhere.
fn of_programs() -> Vec<(Route, Right)> {
    let all = routes::all().into_iter().filter_map(|route| {
        let right = endpoints::right_for(route.method, &route.pattern)?;
        Some((route, right))
    });
    all.filter(|(route, _)| !route.pattern.ends_with("/events")).collect()
}

/// An address of something that is not there.
fn address(route: &Route, base: &str) -> String {
    let mut path = String::from(base);
    for part in route.pattern.split('/').skip(1) {
        path.push('/');
        let job =
            route.pattern.contains("/jobs/") || route.pattern.contains("/runs/") || route.pattern.contains("/uploads/");
        path.push_str(match part {
            "{id}" if job => "01234567-89ab-7def-8123-456789abcdef",
            "{id}" => "4711",
            part if part.starts_with('{') => "nothing",
            part => part,
        });
    }
    path
}

fn ask(to: &To, route: &Route, base: &str, headers: &[(&str, &str)]) -> Heard {
    http::ask(to, route.method, &address(route, base), headers, "")
}

#[test]
fn every_address_opens_for_the_right_that_it_needs_and_for_no_lesser_one() {
    let service = Service::start(Terminal::new(), "base_path = \"/backups\"\n");
    let [read, run, admin, gone] = [("r", "read"), ("x", "run"), ("a", "admin"), ("gone", "admin")]
        .map(|(name, right)| service.token(name, right));
    service.terminal.ask("--config c.toml tokens remove gone");
    let cut = admin[..admin.len() - 1].to_owned();
    let swapped = format!("{}{}", &admin[..21], &read[21..]);
    let all = of_programs();
    assert!(all.len() > 40, "{}", all.len());
    for (route, right) in &all {
        let what = format!("{} {}", route.method, route.pattern);
        let bearer = |token: &str| format!("Bearer {token}");
        let status = |token: &str| ask(&service.to, route, "/backups", &[("Authorization", &bearer(token))]).status;
        assert_eq!(ask(&service.to, route, "/backups", &[]).status, 401, "{what} without a token");
        for wrong in [&gone, &cut, &swapped] {
            assert!([401, 429].contains(&status(wrong)), "{what} with a wrong token");
        }
        for (token, has) in [(&read, Right::Read), (&run, Right::Run), (&admin, Right::Admin)] {
            let heard = ask(&service.to, route, "/backups", &[("Authorization", &bearer(token))]);
            if has < *right {
                assert_eq!(heard.status, 403, "{what} with {has}: {heard:?}");
            } else {
                assert!(![401, 403, 405, 500].contains(&heard.status), "{what} with {has}: {heard:?}");
            }
        }
        let heard = ask(&service.to, route, "/backups", &[("Authorization", &bearer(PAGE_TOKEN))]);
        let is_change = !["GET", "HEAD", "OPTIONS"].contains(&route.method);
        assert_eq!(
            heard.status == 403,
            is_change,
            "{what} with the token of the page, whose forms prove more: {heard:?}"
        );
        for other in [
            ("Origin", "http://evil.example"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
        ] {
            let heard = ask(&service.to, route, "/backups", &[("Authorization", &bearer(&admin)), other]);
            assert_eq!(heard.status, 403, "{what} from a page elsewhere, {other:?}: {heard:?}");
        }
        let away = [("Authorization", bearer(&admin)), ("Host", "evil.example".to_owned())];
        let away: Vec<(&str, &str)> = away.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(ask(&service.to, route, "/backups", &away).status, 421, "{what} by a foreign name");
    }
    // No token opens a page, its files or the tokens themselves.
    for route in routes::all().iter().filter(|route| endpoints::right_for(route.method, &route.pattern).is_none()) {
        if ["/embed.js", "/assets/{version}/{name:.*}", "/healthz"].contains(&route.pattern.as_str()) {
            continue;
        }
        // The token of the page is asked for; a token of a program is none, and a guess of it takes its time.
        if route.pattern.contains("token") || route.pattern == "/" || route.pattern.starts_with("/download") {
            let heard = ask(&service.to, route, "/backups", &[("Authorization", &format!("Bearer {admin}"))]);
            assert_eq!(heard.status, 401, "{} {}: {heard:?}", route.method, route.pattern);
        }
    }
}

#[test]
fn beside_the_panels_login_a_token_counts_alone_and_weakens_nothing() {
    let Some(site) = panel_site::site() else { return };
    let token = |name: &str, right: &str| {
        let made = site.terminal.ask(&format!("--config config.toml tokens add {name} --right {right}"));
        format!("Bearer {}", made["token"].as_str().unwrap())
    };
    let (read, admin) = (token("r", "read"), token("a", "admin"));
    let owner = site.login();
    let wrong = format!("{}0", &admin[..admin.len() - 1]).replace("00", "10");
    for to in [site.web(), site.socket()] {
        let get = |headers: &[(&str, &str)]| http::ask(&to, "GET", "/backups/api/status", headers, "").status;
        assert_eq!(get(&[("Authorization", &read)]), 200, "{to:?}");
        assert_eq!(get(&[("Cookie", &owner.cookie)]), 200, "the login as ever");
        // What is not certain is no: a wrong token beside a good login is a wrong token.
        assert_eq!(get(&[("Authorization", &wrong), ("Cookie", &owner.cookie)]), 401);
        assert_eq!(get(&[("Authorization", &admin), ("Host", "evil.example")]), 421);
        let page = http::ask(&to, "GET", "/backups/", &[("Authorization", &admin)], "");
        assert_eq!(page.status, 401, "a token opens no page: {page:?}");
        // A login without its form token changes nothing, whoever sends it; a token of a program needs none.
        let post =
            |headers: &[(&str, &str)]| http::ask(&to, "POST", "/backups/api/estimate/refresh", headers, "").status;
        assert_eq!(post(&[("Cookie", &owner.cookie)]), 403);
        assert_eq!(post(&[("Authorization", &read)]), 403, "it may only read");
        assert_eq!(post(&[("Authorization", &admin)]), 202);
        assert_eq!(post(&[("Authorization", &admin), ("Origin", "http://evil.example")]), 403);
    }
}

#[test]
fn tokens_are_made_and_revoked_on_the_page_and_shown_once() {
    let Some(site) = panel_site::site() else { return };
    let owner = site.login();
    let own = [("Cookie", owner.cookie.as_str()), ("X-CSRF-Token", &owner.token)];
    let form = [own[0], ("Content-Type", "application/x-www-form-urlencoded")];
    let send =
        |path: &str, body: &str| http::ask(&site.web(), "POST", path, &form, &format!("csrf={}&{body}", owner.token));
    assert!(site.get("/backups/tokens", &own).body.contains("There are no tokens"));
    for (bad, status) in [("name=Big&right=read", 400), ("name=a&right=owner", 400), ("right=read", 400)] {
        assert_eq!(send("/backups/tokens/new", bad).status, status, "{bad}");
    }
    let made = send("/backups/tokens/new", "name=grafana&right=run");
    assert_eq!(made.status, 200, "{made:?}");
    let page = made.unchunked();
    let token = page.split("asb_").nth(1).map(|rest| format!("asb_{}", &rest[..81])).unwrap();
    assert_eq!(send("/backups/tokens/new", "name=grafana&right=admin").status, 409, "the name is taken");
    let again = site.get("/backups/tokens", &own).unchunked();
    assert!(again.contains("grafana") && again.contains("never used") && !again.contains("asb_"), "{again}");
    let bearer = format!("Bearer {token}");
    let look = || http::ask(&site.web(), "GET", "/backups/api/status", &[("Authorization", &bearer)], "").status;
    assert_eq!(look(), 200);
    wait_until("its use is known", || {
        site.terminal.ask("--config config.toml tokens list")["items"][0]["last_used_at"].is_string()
    });
    // Nothing that could be used is kept.
    for entry in std::fs::read_dir(site.terminal.path("state")).unwrap().flatten() {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        let secret = token.rsplit('_').next().unwrap().as_bytes();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{:?}", entry.path());
    }
    let gone = send("/backups/tokens/grafana/remove", "");
    assert_eq!(gone.status, 303, "{gone:?}");
    assert_eq!(look(), 401, "from the next request on");
    assert_eq!(send("/backups/tokens/grafana/remove", "").status, 404);
}

#[test]
fn a_panel_without_login_makes_no_token_that_would_outlive_that() {
    let Some(site) = panel_site::site() else { return };
    let variables = site.terminal.path("allsky/config/settings.json");
    let text = std::fs::read_to_string(&variables).unwrap();
    let mut settings: serde_json::Value = serde_json::from_str(&text).unwrap();
    settings["uselogin"] = serde_json::json!(false);
    std::fs::write(&variables, settings.to_string()).unwrap();
    let anyone = site.passer_by();
    let headers = [("Cookie", anyone.cookie.as_str()), ("X-CSRF-Token", &anyone.token), ("X-Typed", "new")];
    let page = site.get("/backups/tokens", &headers);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("ab-tokens-elsewhere"), "{page:?}");
    let made = http::ask(&site.web(), "POST", "/backups/tokens/new", &headers, "name=a&right=admin");
    assert_eq!(made.status, 403, "{made:?}");
    assert_eq!(site.terminal.ask("--config config.toml tokens list")["items"], serde_json::json!([]));
}

#[test]
fn a_stream_ends_when_its_token_is_revoked() {
    let service = Service::start(Terminal::new(), "");
    let token = format!("Bearer {}", service.token("live", "read"));
    let mut stream = http::open(&service.to, "GET", "/api/events", &[("Authorization", &token)], "");
    let mut piece = [0; 4096];
    let count = stream.read(&mut piece).unwrap();
    let first = String::from_utf8_lossy(&piece[..count]).into_owned();
    assert!(first.starts_with("HTTP/1.1 200"), "{first}");
    service.terminal.ask("--config c.toml tokens remove live");
    let until = Instant::now() + Duration::from_secs(25);
    while matches!(stream.read(&mut piece), Ok(count) if count > 0) {
        assert!(Instant::now() < until, "the stream went on");
    }
}

#[test]
fn the_terminal_refuses_odd_names_and_tells_a_token_once() {
    let terminal = Terminal::new();
    let made = terminal.ask("tokens add home-assistant");
    assert_eq!((made["right"].as_str(), made["name"].as_str()), (Some("read"), Some("home-assistant")));
    assert!(made["token"].as_str().unwrap().starts_with("asb_"));
    terminal.refuse("tokens add home-assistant --right admin", 4);
    terminal.refuse("tokens add Grafana", 2);
    terminal.refuse("tokens add a --right root", 2);
    terminal.refuse("tokens remove nobody", 4);
    let listed = terminal.ask("tokens list");
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert!(!listed.to_string().contains("asb_"), "{listed}");
    assert_eq!(terminal.ask("tokens remove home-assistant")["removed"], true);
    assert_eq!(terminal.ask("tokens list")["items"], serde_json::json!([]));
}
