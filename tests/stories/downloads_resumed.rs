//! A download that stopped goes on, also after a share was mounted anew and numbers its files otherwise; and never
//! on top of another file.
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;

use super::support::http::{self, Heard, To};
use super::support::terminal::{Running, Terminal};

/// The page of a terminal without a login.
pub fn served(terminal: &Terminal) -> (Running, To) {
    let mut service = Running::of(&mut terminal.command("serve --bind 127.0.0.1:0".split(' ')));
    let mut line = String::new();
    BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    let to = To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap());
    (service, to)
}

#[test]
fn a_download_goes_on_where_the_file_is_the_same_whatever_its_number() {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let file = terminal.path("allskybackups").join(&name);
    let (_service, to) = served(&terminal);
    let ask = |method: &str, headers: &[(&str, &str)]| -> Heard {
        http::ask(&to, method, &format!("/download/{name}"), headers, "")
    };
    let bytes = fs::metadata(&file).unwrap().len();
    let whole = ask("GET", &[]);
    let tag = whole.header("etag").unwrap().to_owned();
    assert_eq!((whole.status, whole.header("content-length")), (200, Some(bytes.to_string().as_str())));
    assert_eq!(
        (whole.header("accept-ranges"), whole.header("content-type")),
        (Some("bytes"), Some("application/gzip"))
    );
    let head = ask("HEAD", &[]);
    assert_eq!(
        (head.status, head.body.as_str(), head.header("content-length")),
        (200, "", whole.header("content-length"))
    );

    // As after a new mount: another number, the same size and time.
    let (before, again) = (fs::metadata(&file).unwrap(), terminal.path("again"));
    fs::copy(&file, &again).unwrap();
    fs::File::options().write(true).open(&again).unwrap().set_modified(before.modified().unwrap()).unwrap();
    fs::rename(&again, &file).unwrap();
    assert_ne!(fs::metadata(&file).unwrap().ino(), before.ino());
    let rest = ask("GET", &[("Range", "bytes=100-"), ("If-Range", &tag)]);
    let range = format!("bytes 100-{}/{bytes}", bytes - 1);
    assert_eq!((rest.status, rest.header("content-range")), (206, Some(range.as_str())));
    assert_eq!(rest.header("content-length"), Some((bytes - 100).to_string().as_str()));
    let mut line = http::open(&to, "GET", &format!("/download/{name}"), &[("Range", "bytes=100-")], "");
    let mut heard = Vec::new();
    line.read_to_end(&mut heard).unwrap();
    assert!(heard.ends_with(&fs::read(&file).unwrap()[100..]));
    assert_eq!(ask("GET", &[("If-None-Match", &tag)]).status, 304);
    assert_eq!(ask("GET", &[("Range", &format!("bytes={bytes}-"))]).status, 416);
    assert_eq!(ask("GET", &[("If-Match", "\"another\"")]).status, 412);

    // Another file under this name: from its beginning.
    fs::File::options().write(true).open(&file).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
    let other = ask("GET", &[("Range", "bytes=100-"), ("If-Range", &tag)]);
    assert_eq!((other.status, other.header("content-range")), (200, None));
    assert_ne!(other.header("etag"), Some(tag.as_str()));
}
