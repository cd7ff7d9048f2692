//! Mounted in the released panel, which knows its user by the name and password of each request: the same let one into
//! the backups, and nothing else does.
use std::fs;

use super::mounted::{fill, is_public};
use super::support::http::{self, Heard};
use super::support::panel_site::{self, PanelSite};
use super::support::routes;
use super::support::terminal::wait_until;

/// admin:secret
const RIGHT: &str = "Basic YWRtaW46c2VjcmV0";
/// first:other, the panel's own until somebody chooses a password
const FIRST: &str = "Basic Zmlyc3Q6b3RoZXI=";

fn page(site: &PanelSite, login: &str) -> Heard {
    site.get("/backups/", &[("Authorization", login)])
}

#[test]
fn its_name_and_password_let_one_in_and_nothing_else_does() {
    let Some(site) = panel_site::released_site() else { return };
    let name = site.terminal.ask("create config --sections none")["name"].as_str().unwrap().to_owned();
    assert_eq!(site.get("/index.php?page=system", &[]).status, 401);
    assert!(page(&site, RIGHT).body.contains(&name));
    let panel = site.get("/index.php?page=system", &[("Authorization", RIGHT)]);
    // A session of this panel has a token and no login.
    let session = panel.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let strangers: [&[(&str, &str)]; 9] = [
        &[],
        &[("Cookie", &session)],
        &[("Authorization", FIRST)],
        // admin:wrong, admin:, :secret, Admin:secret
        &[("Authorization", "Basic YWRtaW46d3Jvbmc=")],
        &[("Authorization", "Basic YWRtaW46")],
        &[("Authorization", "Basic OnNlY3JldA==")],
        &[("Authorization", "Basic QWRtaW46c2VjcmV0")],
        &[("Authorization", "Bearer YWRtaW46c2VjcmV0")],
        &[("X-Forwarded-User", "admin")],
    ];
    for route in routes::all().iter().filter(|route| !is_public(route)) {
        let path = fill(route, &name, "0");
        for headers in strangers {
            let heard = http::ask(&site.web(), route.method, &path, headers, "");
            assert_eq!(heard.status, 401, "{} {path} {headers:?}: {heard:?}", route.method);
            assert!(!heard.body.replace(&path, "").contains(&name), "{path} {headers:?}");
        }
    }
}

#[test]
fn a_change_needs_the_pages_token_as_well() {
    let Some(site) = panel_site::released_site() else { return };
    let name = site.terminal.ask("create config --sections none")["name"].as_str().unwrap().to_owned();
    let body = page(&site, RIGHT).body;
    let token = body.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/backups/archive/{name}/delete");
    let delete = |headers: &[(&str, &str)]| {
        let all = [&[("Authorization", RIGHT), ("Accept", "application/json")], headers].concat();
        http::ask(&site.web(), "POST", &path, &all, "").status
    };
    assert_eq!(delete(&[]), 403);
    assert_eq!(delete(&[("X-CSRF-Token", "a".repeat(token.len()).as_str())]), 403);
    assert_eq!(delete(&[("X-CSRF-Token", token), ("Origin", "http://evil.example")]), 403);
    assert!(site.terminal.kept().contains(&name));
    assert_eq!(delete(&[("X-CSRF-Token", token)]), 202);
    wait_until("it is deleted", || !site.terminal.kept().contains(&name));
}

#[test]
fn another_password_counts_at_once_and_the_first_one_only_until_one_is_chosen() {
    let Some(site) = panel_site::released_site() else { return };
    assert_eq!(page(&site, RIGHT).status, 200);
    let auth = site.terminal.path("allsky/config/raspap.auth");
    let chosen = fs::read_to_string(&auth).unwrap();
    fs::write(&auth, chosen.replace("admin", "somebody")).unwrap();
    wait_until("the old login is forgotten", || page(&site, RIGHT).status == 401);
    // An unreadable or half file is no reason to take the first password.
    fs::write(&auth, "admin\n").unwrap();
    assert_eq!((page(&site, RIGHT).status, page(&site, FIRST).status), (401, 401));
    fs::remove_file(&auth).unwrap();
    assert_eq!(page(&site, FIRST).status, 200);
    // The place that the panel's own definitions name.
    let elsewhere = site.terminal.path("elsewhere.auth");
    fs::write(&elsewhere, chosen).unwrap();
    let definitions = format!("<?php define('RASPI_ADMIN_DETAILS', '{}');", elsewhere.display());
    fs::write(site.terminal.path("allsky/html/includes/allskyDefines.inc"), definitions).unwrap();
    assert_eq!(page(&site, RIGHT).status, 200);
    wait_until("the first login is forgotten", || page(&site, FIRST).status == 401);
}

#[test]
fn a_newer_panel_takes_no_password_that_the_released_one_left_behind() {
    let Some(site) = panel_site::released_site() else { return };
    assert_eq!(page(&site, RIGHT).status, 200);
    fs::write(site.terminal.path("allsky/variables.json"), "{}").unwrap();
    wait_until("the login is forgotten", || page(&site, RIGHT).status == 401);
    fs::remove_file(site.terminal.path("allsky/variables.json")).unwrap();
    assert_eq!(page(&site, RIGHT).status, 200);
    fs::write(site.terminal.path("allsky/html/includes/authenticate.php"), "<?php // another gate").unwrap();
    wait_until("the login is forgotten", || page(&site, RIGHT).status == 401);
}

#[test]
fn its_menu_leads_to_the_backups_from_every_page() {
    let Some(site) = panel_site::released_site() else { return };
    for path in ["/", "/index.php?page=live_view", "/index.php?page=system"] {
        let heard = site.get(path, &[("Authorization", RIGHT)]);
        assert!(heard.body.contains("/backups-entry.js") && heard.body.contains("data-menu"), "{path}: {heard:?}");
        assert!(!site.get(path, &[]).body.contains("backups-entry"), "{path}");
    }
}
