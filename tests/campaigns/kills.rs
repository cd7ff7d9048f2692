//! kill -9 at random moments. Afterwards no half archive is listed, the next start leaves no litter,
//! and the camera works as it did.
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::support::terminal::{Running, Terminal};
use crate::{Outcome, Scale};

pub fn of_create(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    let night = terminal.path("allsky/images/20261117");
    fs::create_dir_all(&night).unwrap();
    for n in 0..40 {
        let noise: Vec<u8> = (0..32 << 10).flat_map(|_| dice.roll().to_le_bytes()).collect();
        fs::write(night.join(format!("image-{n}.jpg")), noise).unwrap();
    }
    let lines = ["create config --pause always", "create images"];
    kill_at_random(&terminal, &lines, scale.of(200), dice)
}

/// The page's server is killed while a browser sends an archive to it.
pub fn of_upload(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    let archive = on_a_stick(&terminal, dice);
    let archive = fs::read(archive).unwrap();
    let begin = Instant::now();
    let (mut server, address, token) = serve(&terminal);
    assert!(upload(&address, &token, &archive).contains(" 200 "), "the upload itself works");
    let whole_run = begin.elapsed();
    server.kill();
    all_is_well(&terminal, "an upload that was not disturbed");
    let (count, mut answered, mut with_litter) = (scale.of(200), 0, 0);
    for _ in 0..count {
        let (mut server, address, token) = serve(&terminal);
        let moment = whole_run.mul_f64(dice.part());
        let said = std::thread::scope(|scope| {
            let sender = scope.spawn(|| upload(&address, &token, &archive));
            std::thread::sleep(moment);
            server.kill();
            sender.join().unwrap()
        });
        answered += usize::from(said.contains(" 200 "));
        with_litter += usize::from(terminal.kept().iter().any(|name| name.starts_with('.')));
        all_is_well(&terminal, &format!("upload killed after {moment:?}"));
    }
    Outcome { count, remark: format!("{answered} were answered before, {with_litter} left litter") }
}

/// Starts the page; its address and its token.
fn serve(terminal: &Terminal) -> (Running, String, String) {
    let mut server = terminal.start("serve --bind 127.0.0.1:0");
    let mut line = String::new();
    let mut out = BufReader::new(server.child().stdout.as_mut().unwrap());
    out.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line:?}")).to_owned();
    let page = ask(&address, format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes());
    let token = page.split_once("name=\"csrf-token\" content=\"").unwrap().1.split('"').next().unwrap().to_owned();
    (server, address, token)
}

fn upload(address: &str, token: &str, archive: &[u8]) -> String {
    let head = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"stick.tar.gz\"\r\n\r\n";
    let body = [head.as_bytes(), archive, b"\r\n--cut--\r\n"].concat();
    let request = format!(
        "POST /api/upload?size={} HTTP/1.1\r\nHost: {address}\r\nX-CSRF-Token: {token}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: {}\r\n\r\n",
        archive.len(),
        body.len()
    );
    ask(address, &[request.as_bytes(), &body].concat())
}

/// What came back before the connection ended, however it ended.
fn ask(address: &str, request: &[u8]) -> String {
    let mut said = Vec::new();
    if let Ok(mut stream) = TcpStream::connect(address) {
        let _ = stream.write_all(request);
        let _ = stream.read_to_end(&mut said);
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// An archive of 8 MB outside of the backups folder, which is empty.
fn on_a_stick(terminal: &Terminal, dice: &mut Dice) -> PathBuf {
    let folder = terminal.path("allsky/images/20261117");
    fs::create_dir_all(&folder).unwrap();
    let noise: Vec<u8> = (0..1 << 20).flat_map(|_| dice.roll().to_le_bytes()).collect();
    fs::write(folder.join("image-1.jpg"), noise).unwrap();
    let name = terminal.ask("create images")["name"].as_str().unwrap().to_owned();
    let stick = terminal.path("stick.tar.gz");
    fs::rename(terminal.path("allskybackups").join(&name), &stick).unwrap();
    clear(&terminal.path("allskybackups"));
    stick
}

pub fn of_import(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    on_a_stick(&terminal, dice);
    kill_at_random(&terminal, &["import stick.tar.gz"], scale.of(200), dice)
}

fn kill_at_random(terminal: &Terminal, lines: &[&str], count: usize, dice: &mut Dice) -> Outcome {
    let mut whole_run = Vec::new();
    for line in lines {
        let begin = Instant::now();
        let said = terminal.start(line).end();
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        whole_run.push(begin.elapsed());
    }
    clear(&terminal.path("allskybackups"));
    let (mut killed, mut tried, mut with_litter, mut at_rest) = (0, 0, 0, 0);
    // Only those count that died at work; on a busy machine one may be done before its moment comes.
    while killed < count {
        let which = tried % lines.len();
        let moment = whole_run[which].mul_f64(dice.part());
        tried += 1;
        assert!(tried < 5 * count, "only {killed} of {tried} died at work");
        let begin = Instant::now();
        let mut running = terminal.start(lines[which]);
        while begin.elapsed() < moment && !running.is_over() {
            std::thread::sleep(Duration::from_micros(200));
        }
        if running.is_over() {
            whole_run[which] = begin.elapsed();
        } else {
            killed += 1;
        }
        running.kill();
        with_litter += usize::from(terminal.kept().iter().any(|name| name.starts_with('.')));
        at_rest += usize::from(!terminal.is_active());
        let at = format!("{} killed after {moment:?}", lines[which]);
        all_is_well(terminal, &at);
    }
    let remark = format!("{with_litter} left litter, {at_rest} left the camera at rest, until the next start");
    Outcome { count, remark }
}

/// After a recovery: what is listed is whole, nothing else lies there, and the camera works.
fn all_is_well(terminal: &Terminal, at: &str) {
    terminal.ask("recover");
    let list = terminal.ask("list");
    assert_eq!(list["interrupted"], serde_json::Value::Null, "{at}");
    assert!(terminal.is_active(), "{at}: the camera rests");
    let mut kept = terminal.kept();
    for item in list["items"].as_array().unwrap() {
        let name = item["name"].as_str().unwrap();
        assert!(matches!(item["state"].as_str(), Some("verified" | "unverified")), "{at}: {item}");
        assert_eq!(terminal.ask(&format!("verify {name}"))["ok"], true, "{at}");
        let stem = name.strip_suffix(".tar.gz").unwrap();
        let own = [".tar.gz", ".json", ".index"].map(|ending| format!("{stem}{ending}"));
        kept.retain(|name| !own.contains(name));
        terminal.ask(&format!("delete {name} --yes"));
    }
    assert_eq!(kept, Vec::<String>::new(), "{at}: litter");
    assert_eq!(terminal.kept(), Vec::<String>::new(), "{at}: litter of a deleted archive");
    let jobs = terminal.ask("jobs");
    for job in jobs["items"].as_array().unwrap() {
        assert!(!matches!(job["state"].as_str(), Some("running" | "queued")), "{at}: {job}");
    }
}

fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
}
