//! The history as tables, and figures for Prometheus, asked by the programs that they are made for.
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::support::http::{self, To};
use super::support::service::{PAGE_TOKEN, Service};
use super::support::terminal::{Terminal, wait_until};

/// A camera with a good and a failed job.
fn with_history() -> Service {
    let terminal = Terminal::new();
    terminal.ask("create config --sections none");
    terminal.refuse("verify nothing-config-backup-20260101-000000.tar.gz", 4);
    terminal.ask("verify --all");
    terminal.ask("plans run weekly-config");
    Service::start(terminal, "")
}

#[test]
fn rows_are_chosen_counted_and_cut_as_postgrest_does() {
    let service = with_history();
    let token = service.token("read", "read");
    let get = |path: &str, more: &[(&str, &str)]| {
        let bearer = format!("Bearer {token}");
        let headers: Vec<(&str, &str)> = [("Authorization", bearer.as_str())].iter().chain(more).copied().collect();
        http::ask(&service.to, "GET", &format!("/api/history/{path}"), &headers, "")
    };
    let rows = |path: &str| -> Vec<Value> { serde_json::from_str(&get(path, &[]).unchunked()).unwrap() };
    let all = rows("jobs").len();
    assert!(all >= 2, "{all}");
    assert_eq!(rows("jobs?status=eq.ok&select=type&order=id.asc")[0], json!({ "type": "create_config" }));
    assert_eq!(rows("jobs?limit=1").len(), 1);
    let part = get("jobs?order=id.asc", &[("Range-Unit", "items"), ("Range", "0-0"), ("Prefer", "count=exact")]);
    assert_eq!((part.status, part.header("content-range")), (206, Some(format!("0-0/{all}").as_str())), "{part:?}");
    let behind = get("jobs?offset=1000", &[("Prefer", "count=exact")]);
    assert_eq!((behind.status, behind.header("content-range")), (416, Some(format!("*/{all}").as_str())), "{behind:?}");
    let whole = get("jobs", &[]);
    assert_eq!((whole.status, whole.header("content-range")), (200, Some(format!("0-{}/*", all - 1).as_str())));
    for bad in [
        "jobs?wanted=eq.x",
        "jobs?id=eq.1%20OR%201",
        "jobs?select=*,(select%201)",
        "jobs?order=id;drop",
        "sqlite_master",
    ] {
        assert!([400, 404].contains(&get(bad, &[]).status), "{bad}");
    }
    for range in ["x", "5-1", "-3", "1"] {
        assert_eq!(get("jobs", &[("Range", range)]).status, 400, "{range}");
    }
    let run = rows("task_run");
    let steps: Vec<_> =
        run.iter().map(|row| (row["id_task"].as_str().unwrap(), row["id_step"].as_str().unwrap())).collect();
    assert!(steps.contains(&("weekly-config", "backup")), "{run:?}");
    assert!(run.iter().all(|row| row.as_object().unwrap().len() == 11), "{run:?}");
    for method in ["POST", "PATCH", "DELETE", "PUT"] {
        let heard = service.ask(method, "/api/history/jobs", &token, "{}");
        assert!([401, 403, 404, 405].contains(&heard.status), "{method}: {heard:?}");
    }
}

#[test]
fn a_terminal_writes_into_the_history_while_it_is_asked() {
    let service = with_history();
    let token = service.token("read", "read");
    let count = || {
        let told = service.json("GET", "/api/history/jobs?type=eq.verify_all", &token, "", 200);
        told.as_array().unwrap().len()
    };
    let before = count();
    let mut writing = service.terminal.start("verify --all --config c.toml");
    wait_until("the job of the terminal is told", || count() > before);
    wait_until("the terminal has ended", || writing.is_over());
    assert_eq!(count(), before + 1);
}

#[test]
fn the_public_client_of_postgrest_understands_the_history() {
    let service = with_history();
    let token = service.token("read", "read");
    let top = tempfile::tempdir().unwrap();
    let python = top.path().join("bin/python");
    let made = Command::new("python3").args(["-m", "venv"]).arg(top.path()).output();
    let has_venv = made.is_ok_and(|made| made.status.success());
    let installed = has_venv
        && Command::new(&python)
            .args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "postgrest==2.34.1"])
            .output()
            .is_ok_and(|done| done.status.success());
    if !installed {
        eprintln!("skipped: needs python3 with venv, and the package postgrest");
        return;
    }
    let To::Port(port) = service.to else { panic!() };
    let script = format!(
        r#"
import json
from postgrest import SyncPostgrestClient
client = SyncPostgrestClient("http://127.0.0.1:{port}/api/history", headers={{"Authorization": "Bearer {token}"}})
told = client.from_("jobs").select("id,type,status", count="exact").eq("status", "ok").order("id", desc=True).limit(2).execute()
one = client.from_("jobs").select("*").eq("type", "create_config").single().execute()
among = client.from_("jobs").select("id").in_("status", ["ok", "failed"]).not_.is_("queued", "null").execute()
like = client.from_("jobs").select("type").ilike("type", "VERIFY%").range(0, 0).execute()
print(json.dumps([told.count, told.data, one.data["status"], len(among.data), like.data]))
"#
    );
    let said = Command::new(&python).args(["-c", &script]).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let told: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert!(told[0].as_u64().unwrap() >= 2 && told[1].as_array().unwrap().len() == 2, "{told}");
    assert!(told[1][0]["id"].as_i64() > told[1][1]["id"].as_i64(), "{told}");
    assert_eq!((&told[2], &told[4]), (&json!("ok"), &json!([{ "type": "verify_all" }])), "{told}");
}

#[test]
fn the_programs_own_documents_and_addresses_are_pages_for_people_alone() {
    let service = with_history();
    let program = service.token("admin", "admin");
    let page = |path: &str, token: &str| service.ask("GET", path, token, "");
    assert_eq!(page("/architecture", &program).status, 401, "a token opens no page");
    for (path, words) in [
        ("/architecture", "Floors"),
        ("/architecture/format", "SHA256SUMS"),
        ("/architecture/snapshots", ".snapshot_complete"),
        ("/interface", "/api/history/{table}?select="),
    ] {
        let heard = page(path, PAGE_TOKEN);
        let text = heard.unchunked();
        assert_eq!(heard.status, 200, "{path}");
        assert!(text.contains(words), "{path}");
        assert!(!text.contains("](http"), "{path}: a link was left as it is written");
    }
    for nothing in ["/architecture/nothing", "/architecture/..%2fCargo.toml"] {
        assert_eq!(page(nothing, PAGE_TOKEN).status, 404, "{nothing}");
    }
}

#[test]
fn figures_are_what_prometheus_reads_and_only_a_token_or_a_login_sees_them() {
    let service = with_history();
    let token = service.token("prometheus", "read");
    assert_eq!(http::ask(&service.to, "GET", "/metrics", &[], "").status, 401);
    let lives = http::ask(&service.to, "GET", "/healthz", &[], "");
    assert_eq!((lives.status, lives.body.as_str()), (200, "ok\n"));
    assert_eq!(http::ask(&service.to, "GET", "/healthz", &[("Host", "evil.example")], "").status, 421);
    let mut page = String::new();
    wait_until("the backups folder was seen", || {
        page = service.ask("GET", "/metrics", &token, "").unchunked();
        page.contains("allsky_backups_destination_ready{destination=\"backups\"} 1")
    });
    assert!(page.contains("# TYPE allsky_backups_runs_total counter"), "{page}");
    let checker = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut checker) = checker else {
        eprintln!("skipped: needs promtool (apt-get install prometheus)");
        return;
    };
    checker.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let judged = checker.wait_with_output().unwrap();
    assert!(judged.status.success(), "{}\n{page}", String::from_utf8_lossy(&judged.stderr));
}
