//! An owner changes settings on the page: checked as in the terminal, on top of what was seen, with the
//! file before it kept.
use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use super::settings_checked::{BROKEN, told, written};
use super::support::http::{self, Heard, To};
use super::support::terminal::{Running, Terminal, wait_until};

const MINE: &str = "# My camera\n[nights]  # the good ones\nmin_images = 10   # half an hour\n";

/// The page of a terminal whose configuration is `c.toml`.
pub struct Page {
    pub terminal: Terminal,
    pub to: To,
    pub token: String,
    _service: Running,
}

impl Page {
    pub fn open(text: &str) -> Page {
        Page::in_network(text, "")
    }

    /// A page whose unit says in its environment that the way out is `network`.
    fn in_network(text: &str, network: &str) -> Page {
        let terminal = Terminal::new();
        fs::write(terminal.path("c.toml"), text).unwrap();
        let mut command = terminal.command("serve --bind 127.0.0.1:0 --config c.toml".split(' '));
        let mut service = Running::of(command.env("ALLSKY_BACKUPS_NETWORK", network));
        let mut line = String::new();
        BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap().parse().unwrap_or_else(|_| panic!("{line}"));
        let to = To::Port(port);
        let page = http::ask(&to, "GET", "/settings", &[], "").body;
        let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        Page { terminal, to, token, _service: service }
    }

    /// A page as it is drawn now.
    fn drawn(&self, path: &str) -> String {
        let heard = http::ask(&self.to, "GET", path, &[], "");
        assert_eq!(heard.status, 200, "{heard:?}");
        heard.body
    }

    pub fn look(&self) -> Value {
        serde_json::from_str(&http::ask(&self.to, "GET", "/api/settings", &[], "").body).unwrap()
    }

    pub fn send(&self, path: &str, kind: &str, body: &str) -> Heard {
        let headers = [("X-CSRF-Token", self.token.as_str()), ("Content-Type", kind)];
        http::ask(&self.to, "POST", path, &headers, body)
    }

    pub fn change(&self, text: &str, digest: &str) -> Heard {
        let body = json!({ "text": text, "digest": digest }).to_string();
        self.send("/api/settings/change", "application/json", &body)
    }

    /// A form with these fields on top of what is there now.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Heard {
        let digest = self.look()["digest"].as_str().unwrap().to_owned();
        let mut body = format!("digest={digest}");
        for (name, value) in fields {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            body.push_str(&format!("&{name}={value}"));
        }
        self.send(path, "application/x-www-form-urlencoded", &body)
    }

    pub fn file(&self, name: &str) -> String {
        fs::read_to_string(self.terminal.path(name)).unwrap()
    }

    /// Every field of the page with what stands in it.
    fn fields(&self) -> Vec<(String, String)> {
        let page = http::ask(&self.to, "GET", "/settings", &[], "").body;
        let mut fields = Vec::new();
        for part in page.split("name=\"key.").skip(1) {
            let name = format!("key.{}", part.split('"').next().unwrap());
            let tag = part.split('>').next().unwrap();
            let quoted = |text: &str| text.split("value=\"").nth(1).map(|v| v.split('"').next().unwrap().to_owned());
            let chosen = |part: &str| {
                let options = part.split("</select>").next().unwrap();
                options.split("<option").find(|o| o.split('>').next().unwrap().contains(" selected")).and_then(quoted)
            };
            let is_switch = tag.contains("value=\"true\"") && !tag.contains("form-control");
            match quoted(tag).or_else(|| chosen(part)) {
                Some(_) if is_switch && !tag.contains(" checked") => {}
                Some(value) => fields.push((name, value)),
                None => panic!("no value in {part}"),
            }
        }
        fields
    }
}

#[test]
fn a_broken_text_is_refused_with_the_lines_of_the_terminal_and_the_file_stays() {
    let page = Page::open(MINE);
    let digest = page.look()["digest"].as_str().unwrap().to_owned();
    for (text, expected) in BROKEN {
        fs::rename(page.terminal.path("c.toml"), page.terminal.path("kept.toml")).unwrap();
        let text = written(&page.terminal, text);
        fs::rename(page.terminal.path("kept.toml"), page.terminal.path("c.toml")).unwrap();
        let heard = page.change(&text, &digest);
        assert_eq!(heard.status, 422, "{heard:?}");
        let answer: Value = serde_json::from_str(&heard.body).unwrap();
        assert_eq!(answer["error"]["code"], "usage");
        // A key that belongs to the file alone is refused besides.
        let told: Vec<String> = told(&answer).into_iter().filter(|line| !line.ends_with(" file_only")).collect();
        assert_eq!(&told, expected, "{text}");
        let heard = page.form("/settings/change", &[("text", &text)]);
        assert_eq!(heard.status, 422);
        for line in *expected {
            let code = format!("data-code=\"{}\"", line.rsplit(' ').next().unwrap());
            assert!(heard.body.contains(&code), "{code} in {}", heard.body);
        }
    }
    assert_eq!(page.file("c.toml"), MINE);
    assert!(!page.terminal.path("c.toml.bak").exists());
}

#[test]
fn a_change_is_shown_then_saved_with_comments_and_the_file_before_it_is_kept() {
    let page = Page::open(MINE);
    let mut fields = page.fields();
    assert!(fields.len() > 20, "{fields:?}");
    let unchanged: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(page.form("/settings/preview", &unchanged).body.contains("Nothing would change"));
    let images = fields.iter_mut().find(|(name, _)| name == "key.nights.min_images").unwrap();
    assert_eq!(std::mem::replace(&mut images.1, "20".into()), "10");
    fields.push(("key.nights.keogram".into(), "true".into()));
    let changed: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let preview = page.form("/settings/preview", &changed);
    assert_eq!(preview.status, 200);
    assert!(preview.body.contains("+ min_images = 20   # half an hour"), "{}", preview.body);
    assert_eq!(page.file("c.toml"), MINE, "a preview saves nothing");
    let text =
        preview.body.split("<textarea name=\"text\" hidden>").nth(1).unwrap().split("</textarea>").next().unwrap();
    let text = text.strip_prefix('\n').unwrap().replace('\n', "\r\n");
    assert_eq!(page.form("/settings/change", &[("text", &text)]).status, 303);
    assert_eq!(page.file("c.toml"), MINE.replace("= 10", "= 20") + "keogram = true\n");
    assert_eq!(page.file("c.toml.bak"), MINE);
    assert_eq!(page.terminal.run(["config", "check", "c.toml"]).code, Some(0));
}

#[test]
fn what_somebody_else_wrote_meanwhile_is_not_overwritten() {
    let page = Page::open(MINE);
    let seen = page.look()["digest"].as_str().unwrap().to_owned();
    fs::write(page.terminal.path("c.toml"), "# another hand\n").unwrap();
    let heard = page.change("[nights]\nmin_images = 5\n", &seen);
    assert_eq!(heard.status, 409, "{heard:?}");
    let form = format!("digest={seen}&text=%5Bnights%5D");
    for path in ["/settings/preview", "/settings/change"] {
        assert_eq!(page.send(path, "application/x-www-form-urlencoded", &form).status, 409);
    }
    assert_eq!(page.file("c.toml"), "# another hand\n");
}

#[test]
fn who_may_come_in_and_what_is_run_is_shown_and_stays_with_the_file() {
    let page =
        Page::open("[notify]\npassword_command = [\"echo\", \"tr0ub4dor\"]\n[server]\nhosts = [\"sky.example\"]\n");
    for path in ["/settings", "/settings?as=text", "/api/settings"] {
        let heard = http::ask(&page.to, "GET", path, &[], "");
        assert_eq!(heard.status, 200);
        assert!(heard.body.contains("sky.example") && !heard.body.contains("tr0ub4dor"), "{path}");
    }
    assert!(page.fields().iter().all(|(name, _)| !name.starts_with("key.server") && !name.contains("command")));
    let now = page.look();
    let (text, digest) = (now["text"].as_str().unwrap(), now["digest"].as_str().unwrap());
    let heard = page.change(&text.replace("sky.example", "evil.example"), digest);
    assert_eq!((heard.status, heard.body.contains("file_only")), (422, true), "{heard:?}");
    let heard = page.change(&format!("{text}[panel]\nbridge = \"http://127.0.0.1:9/x\"\n"), digest);
    assert_eq!(heard.status, 422);
    // What was not shown is not lost by saving.
    assert_eq!(page.change(&format!("{text}[nights]\nmin_images = 3\n"), digest).status, 200);
    assert!(page.file("c.toml").contains("tr0ub4dor") && page.file("c.toml").contains("min_images = 3"));
}

const AT_HOME: &str = "[notify]\nsmtp_host = \"localhost\"\nsmtp_security = \"none\"\n";

fn with_mails(to: &str) -> String {
    format!("{AT_HOME}transport = \"smtp\"\nemail_sender = \"pi@example.org\"\nemail_report = \"{to}\"\n")
}

#[test]
fn a_change_counts_at_once_from_the_page_and_soon_from_an_editor_and_a_mistake_changes_nothing() {
    let page = Page::open(AT_HOME);
    assert!(page.drawn("/mail").contains("Mails are off"));
    let digest = page.look()["digest"].as_str().unwrap().to_owned();
    assert_eq!(page.change(&with_mails("first@example.org"), &digest).status, 200);
    assert!(page.drawn("/mail").contains("first@example.org"), "at once");
    fs::write(page.terminal.path("c.toml"), with_mails("second@example.org")).unwrap();
    wait_until("the editor's change counts", || page.drawn("/mail").contains("second@example.org"));
    fs::write(page.terminal.path("c.toml"), "[notify]\ntransport = \"pigeon\"\n").unwrap();
    wait_until("it is told", || page.drawn("/settings").contains("There is a mistake in the file. It is not used"));
    assert!(page.drawn("/mail").contains("second@example.org"), "as before");
    fs::write(page.terminal.path("c.toml"), with_mails("third@example.org")).unwrap();
    wait_until("it counts again", || page.drawn("/mail").contains("third@example.org"));
    assert!(!page.drawn("/settings").contains("It is not used"));
}

#[test]
fn what_counts_from_the_next_start_on_only_is_said() {
    let page = Page::open(MINE);
    assert!(!page.drawn("/settings").contains("from the next start on"));
    fs::write(page.terminal.path("c.toml"), format!("{MINE}[server]\nhosts = [\"sky.example\"]\n")).unwrap();
    let drawn = page.drawn("/settings");
    assert!(drawn.contains("from the next start on") && drawn.contains("<code>server.hosts</code>"), "{drawn}");
}

#[test]
fn limits_that_were_tried_are_filled_in_and_nothing_is_saved_by_looking_at_them() {
    let page = Page::open("[nights]\nmin_avg_stars_primary = 700\n");
    let drawn = page.drawn("/settings?key.nights.min_avg_stars_primary=640&key.server.hosts=evil.example");
    assert!(drawn.contains("value=\"640\"") && drawn.contains("In the file: 700."), "{drawn}");
    assert!(!drawn.contains("evil.example"), "the way in is not proposed by an address");
    assert_eq!(page.file("c.toml"), "[nights]\nmin_avg_stars_primary = 700\n");
}

#[test]
fn a_service_that_may_not_leave_the_machine_says_what_lets_its_mails_out() {
    let command = "sudo /usr/lib/allsky-backups/mails.sh";
    let outside = with_mails("me@example.org").replace("localhost", "mail.example.org");
    for (text, network, said) in [
        (outside.as_str(), "shut", "Mails are on, and the service may talk to this machine alone"),
        (AT_HOME, "opened", "Mails are off, and the service may still leave this machine"),
        (outside.as_str(), "opened", ""),
        (AT_HOME, "shut", ""),
        (&with_mails("me@example.org"), "shut", ""),
        (outside.as_str(), "", ""),
    ] {
        let page = Page::in_network(text, network);
        for path in ["/mail", "/settings"] {
            let drawn = page.drawn(path);
            assert_eq!(drawn.contains(command), !said.is_empty(), "{path} {network} {text}");
            assert!(drawn.contains(said), "{path} {network}: {drawn}");
        }
    }
}
