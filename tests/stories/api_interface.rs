//! The interface for programs: what its description promises, what starts and stops work, parts of lists, and refusals.
use std::collections::BTreeSet;
use std::fs;

use allsky_backups::api::endpoints;
use serde_json::{Value, json};

use super::support::host_rig::HostRig;
use super::support::http;
use super::support::routes;
use super::support::schema::{component, mistakes};
use super::support::service::Service;
use super::support::terminal::{Terminal, wait_until};

/// A camera with a host whose folder has files, a drive for its snapshots, and a plan.
fn with_host() -> Service {
    let rig = HostRig::new();
    rig.write("a.txt", "alpha");
    rig.write("b/c.txt", "gamma");
    let written = fs::read_to_string(rig.terminal.path("nobody/.config/allsky-backups/config.toml")).unwrap();
    let plan = "[[plan]]\nname = \"hourly\"\nsources = [\"host:pi\"]\nschedule = { every = \"1h\" }\n";
    Service::start(rig.terminal, &format!("{written}\n{plan}"))
}

fn over(service: &Service, token: &str, job: &Value) -> Value {
    let path = format!("/api/jobs/{}", job.as_str().unwrap());
    let mut told = Value::Null;
    wait_until("the job is over", || {
        told = service.json("GET", &path, token, "", 200);
        told["job"]["ended_at"].is_string()
    });
    told
}

#[test]
fn the_table_of_addresses_has_every_route_below_api_and_no_other() {
    let made: BTreeSet<(String, String)> = routes::all()
        .into_iter()
        .filter(|route| route.pattern.starts_with("/api/") || route.pattern == "/metrics")
        .map(|route| (route.method.to_owned(), route.pattern))
        .collect();
    let told: BTreeSet<(String, String)> =
        endpoints::ALL.iter().map(|endpoint| (endpoint.method.to_owned(), endpoints::full_path(endpoint))).collect();
    let missing: Vec<_> = made.difference(&told).collect();
    let dreamt: Vec<_> = told.difference(&made).collect();
    assert!(missing.is_empty() && dreamt.is_empty(), "not in the table: {missing:?}; no routes: {dreamt:?}");
}

#[test]
fn every_answer_is_as_its_description_says() {
    let service = with_host();
    let admin = service.token("all", "admin");
    let document = service.json("GET", "/api/openapi.json", &admin, "", 200);
    let started = service.json("POST", "/api/archives", &admin, r#"{"type":"config","sections":[]}"#, 202);
    over(&service, &admin, &started["job_id"]);
    let taken = service.json("POST", "/api/snapshots/pi/take", &admin, "", 202);
    let taken = over(&service, &admin, &taken["job_id"]);
    assert_eq!(taken["job"]["state"], "success", "{taken}");
    let run = service.json("POST", "/api/plans/hourly/run", &admin, "", 202);
    over(&service, &admin, &run["job_id"]);
    let archives = service.json("GET", "/api/archives", &admin, "", 200);
    let archive = archives["items"][0]["name"].as_str().unwrap().to_owned();
    let snapshot = taken["job"]["result"]["snapshot"].as_str().unwrap().to_owned();
    let night = service.json("GET", "/api/nights", &admin, "", 200)["items"][0]["night"].as_str().unwrap().to_owned();
    let mut checked = 0;
    for endpoint in endpoints::ALL.iter().filter(|endpoint| endpoint.method == "GET" && endpoint.is_json()) {
        let job = if endpoint.path.starts_with("/runs") { &run["run"] } else { &started["job_id"] };
        let named = if endpoint.path.starts_with("/plans") { "hourly" } else { &archive };
        let path = endpoints::full_path(endpoint);
        if path.contains("/uploads/") {
            continue;
        }
        let path = path
            .replace("{host}", "pi")
            .replace("{snapshot}", &snapshot)
            .replace("{night}", &night)
            .replace("{table}", "jobs")
            .replace("{name}", named)
            .replace("{id}", job.as_str().unwrap());
        let path = if path.ends_with("/preview") { format!("{path}?plan=hourly") } else { path };
        let answer = service.json("GET", &path, &admin, "", 200);
        let wrong = mistakes(&document, component(&document, endpoint.answer), &answer);
        assert!(wrong.is_empty(), "{path}: {wrong:#?} in {answer}");
        checked += 1;
        if path.ends_with("/uploads") {
            continue;
        }
        // Who only wants to know whether it is there gets no body.
        let head = service.ask("HEAD", &path, &admin, "");
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
    }
    assert!(checked > 30, "{checked}");
    for (method, path, body, schema) in [
        ("PATCH", format!("/api/archives/{archive}"), r#"{"pinned":true,"note":"good"}"#, "Done"),
        ("PATCH", format!("/api/snapshots/pi/{snapshot}"), r#"{"pinned":true}"#, "Marked"),
        ("PUT", "/api/schedule/hourly".into(), r#"{"paused":true}"#, "Done"),
        ("POST", "/api/plans/hourly/run".into(), r#"{"dry_run":true}"#, "DryRun"),
    ] {
        let answer = service.json(method, &path, &admin, body, 200);
        let wrong = mistakes(&document, component(&document, schema), &answer);
        assert!(wrong.is_empty(), "{method} {path}: {wrong:?} in {answer}");
    }
    let text = service.json("GET", "/api/config", &admin, "", 200)["text"].take();
    let valid = service.json("POST", "/api/config/validate", &admin, &json!({ "text": text }).to_string(), 200);
    assert_eq!(mistakes(&document, component(&document, "Valid"), &valid), Vec::<String>::new());
    // An empty one would take the page's login away.
    service.json("POST", "/api/config/validate", &admin, r#"{"text":""}"#, 422);
    assert_eq!(service.json("GET", &format!("/api/archives/{archive}"), &admin, "", 200)["note"], "good");
    let turns = service.json("GET", "/api/schedule", &admin, "", 200);
    let hourly = turns["items"].as_array().unwrap().iter().find(|turn| turn["plan"] == "hourly").unwrap();
    assert_eq!(hourly["paused"], true, "{turns}");
    // Pinned things are kept, and the refusal is described as well.
    let refused = service.json("POST", "/api/snapshots/pi/2020-01-01_0000/verify", &admin, "", 202);
    let refused = over(&service, &admin, &refused["job_id"]);
    assert_eq!(refused["job"]["state"], "failed");
    let log = service.ask("GET", &format!("/api/jobs/{}/log", taken["job"]["id"].as_str().unwrap()), &admin, "");
    assert!(log.status == 200 && log.body.contains("Z running\n") && log.body.contains("Z success\n"), "{log:?}");
}

#[test]
fn work_on_hosts_is_started_told_of_refused_twice_and_tried_without_a_trace() {
    let service = with_host();
    let (run, read) = (service.token("run", "run"), service.token("read", "read"));
    let status = || service.json("GET", "/api/status", &read, "", 200);
    assert_eq!(status()["hosts"], json!({}), "hosts that were never worked on are absent");
    let tried = service.json("POST", "/api/trigger/dry-run", &run, "", 202);
    assert_eq!(tried["hosts"], json!(["pi"]));
    wait_until("the host has answered", || status()["hosts"]["pi"]["status"] == "dry_run_ok");
    assert!(!service.terminal.path("usb/hosts").exists(), "nothing was written");
    assert_eq!(service.json("GET", "/api/jobs", &read, "", 200)["items"], json!([]));
    let error = |heard: Value| heard["error"].clone();
    for (path, body, status, code) in [
        ("/api/trigger", r#"{"hosts":["moon"]}"#, 404, "not_found"),
        ("/api/trigger", r#"{"plans":["moon"]}"#, 404, "not_found"),
        ("/api/trigger", r#"{"plan":"hourly"}"#, 400, "bad_request"),
        ("/api/trigger", "[", 400, "bad_request"),
        ("/api/cancel/moon", "", 404, "not_found"),
        ("/api/cancel/pi", "", 409, "not_cancellable"),
        ("/api/plans/moon/run", "", 404, "not_found"),
    ] {
        let told = error(service.json("POST", path, &run, body, status));
        assert_eq!(told["code"], code, "{path} {body}: {told}");
        assert!(told["message"].is_string() && told["details"].is_object(), "{told}");
    }
    // Files that take a while, so that the second trigger meets the first.
    for n in 0..3000 {
        fs::write(service.terminal.path("home").join(format!("f{n}")), format!("{n}")).unwrap();
    }
    let first = service.json("POST", "/api/trigger", &run, r#"{"hosts":["pi"]}"#, 202);
    let second = service.ask("POST", "/api/trigger", &run, r#"{"hosts":["pi"]}"#);
    if second.status != 202 {
        assert_eq!(second.status, 409, "{second:?}");
        let told: Value = serde_json::from_str(&second.body).unwrap();
        assert_eq!(
            (&told["error"]["code"], &told["error"]["details"]["host"]),
            (&json!("already_running"), &json!("pi"))
        );
    }
    over(&service, &read, &first["job_ids"][0]);
    wait_until("nothing runs", || status()["job_running"] == false);
    let told = status()["hosts"]["pi"].clone();
    assert_eq!(
        (&told["status"], &told["stage"], &told["stage_num"]),
        (&json!("ok"), &json!("done"), &json!(5)),
        "{told}"
    );
    assert_eq!(told["hourly"]["files"], 3002, "{told}");
    let card = service.json("GET", "/api/hosts/pi", &read, "", 200);
    assert_eq!((card["host"].as_str(), card["last"]["status"].as_str()), (Some("pi"), Some("ok")), "{card}");
}

#[test]
fn lists_are_read_in_parts_and_what_is_odd_is_refused_in_words() {
    let service = Service::start(Terminal::new(), "");
    let token = service.token("all", "admin");
    for _ in 0..5 {
        let started = service.json("POST", "/api/verify", &token, "", 202);
        over(&service, &token, &started["job_id"]);
    }
    let (mut seen, mut path) = (BTreeSet::new(), "/api/jobs?limit=2".to_owned());
    loop {
        let part = service.json("GET", &path, &token, "", 200);
        let items = part["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        items.iter().for_each(|job| assert!(seen.insert(job["id"].to_string()), "told twice: {job}"));
        let Some(next) = part["next"].as_str() else { break };
        path = format!("/api/jobs?limit=2&cursor={next}");
    }
    assert_eq!(seen.len(), 5);
    let cursor = service.json("GET", "/api/jobs?limit=1", &token, "", 200)["next"].as_str().unwrap().to_owned();
    for (path, status) in [
        (format!("/api/runs?cursor={cursor}"), 400),
        ("/api/jobs?cursor=jobs:x".to_owned(), 400),
        ("/api/jobs?limit=-3".to_owned(), 400),
        ("/api/jobs?host=%ff%fe".to_owned(), 400),
        ("/api/jobs?since=yesterday".to_owned(), 400),
        ("/api/nights?class=%C3%28".to_owned(), 400),
        ("/api/jobs?limit=99999999999999999999".to_owned(), 200),
        ("/api/jobs?status=failed&type=create_config&plan=x&host=y&since=2020-01-01T00:00:00Z".to_owned(), 200),
        ("/api/jobs/not-a-job".to_owned(), 404),
        ("/api/jobs/01234567-89ab-7def-8123-456789abcdef".to_owned(), 404),
        ("/api/nothing".to_owned(), 401),
        ("/api/archives/../../../etc/passwd".to_owned(), 401),
        ("/api/archives/nothing.tar.gz".to_owned(), 404),
        ("/api/history/nothing".to_owned(), 404),
        ("/api/history/jobs?id=eq.x".to_owned(), 400),
        ("/api/history/jobs?%ff=eq.1".to_owned(), 400),
    ] {
        let heard = service.ask("GET", &path, &token, "");
        assert_eq!(heard.status, status, "{path}: {heard:?}");
        if status != 200 {
            let told: Value = serde_json::from_str(&heard.unchunked()).unwrap_or_else(|_| panic!("{path}: {heard:?}"));
            assert!(told["error"]["code"].is_string() && told["error"]["details"].is_object(), "{path}: {told}");
        }
    }
    // A client of the old kind gets its answer as well.
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let request = format!("GET /api/status HTTP/1.0\r\nHost: 127.0.0.1\r\n{bearer}\r\n");
    let heard = http::parse(&http::raw(&service.to, request.as_bytes()));
    assert!(heard.status == 200 && heard.body.contains("job_running"), "{heard:?}");
}

#[test]
fn the_configuration_is_told_without_secrets_and_changed_within_the_rules_of_the_page() {
    let service = Service::start(
        Terminal::new(),
        "[[destination]]\nname = \"nas\"\npath = \"/mnt/nas\"\nmount_command = [\"mount\", \"-o\", \"password=hunter2\", \"/mnt/nas\"]\n",
    );
    let (admin, run) = (service.token("all", "admin"), service.token("run", "run"));
    assert_eq!(service.ask("GET", "/api/config", &run, "").status, 403);
    let now = service.json("GET", "/api/config", &admin, "", 200);
    assert!(!now.to_string().contains("hunter2"), "{now}");
    assert_eq!(now["parsed"]["server"]["auth"], "token");
    let text = now["text"].as_str().unwrap();
    let digest = now["digest"].as_str().unwrap();
    let file = || fs::read_to_string(service.terminal.path("c.toml")).unwrap();
    let before = file();
    let body = |text: &str, digest: &str| json!({ "text": text, "digest": digest }).to_string();
    let wrong =
        service.json("PUT", "/api/config", &admin, &body(&format!("{text}\n[nights]\nno_such_key = 1\n"), digest), 422);
    let errors = wrong["error"]["details"]["errors"].as_array().unwrap();
    assert!(errors.iter().all(|one| one["path"].is_string() && one["code"].is_string() && one["message"].is_string()));
    assert_eq!((wrong["error"]["code"].as_str(), errors.len()), (Some("invalid"), 1), "{wrong}");
    let runs = text.replace("\"mount\"", "\"/tmp/evil\"");
    let open = text.replace("auth = \"token\"", "auth = \"none\"");
    for bad in [&runs, &open] {
        assert_ne!(bad.as_str(), text);
        service.json("PUT", "/api/config", &admin, &body(bad, digest), 422);
    }
    assert_eq!(service.ask("PUT", "/api/config", &admin, &body(text, "another")).status, 409);
    assert_eq!(file(), before, "nothing was changed");
    let good = format!("{text}\n[retention.nights]\nmax_used_pct = 70\n");
    assert_eq!(service.json("PUT", "/api/config", &admin, &body(&good, digest), 200)["saved"], true);
    assert!(file().contains("max_used_pct = 70") && file().contains("hunter2"), "what was not shown stays: {}", file());
}
