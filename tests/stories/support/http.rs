//! Requests as bytes, so that a story may send what no well-behaved client would.
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Where a request goes.
#[derive(Debug, Clone)]
pub enum To {
    Port(u16),
    Socket(PathBuf),
}

#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Heard {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }
}

impl Heard {
    /// The body, put together where it came in chunks.
    pub fn unchunked(&self) -> String {
        if !self.header("transfer-encoding").is_some_and(|how| how.contains("chunked")) {
            return self.body.clone();
        }
        let (mut rest, mut whole) = (self.body.as_str(), String::new());
        while let Some((size, more)) = rest.split_once("\r\n") {
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
            let Some(piece) = more.get(..size).filter(|_| size > 0) else { break };
            whole.push_str(piece);
            rest = more[size..].trim_start_matches("\r\n");
        }
        whole
    }
}

/// `headers` replace those of the same name that are sent anyway.
pub fn ask(to: &To, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Heard {
    let mut line = open(to, method, path, headers, body);
    let mut all = Vec::new();
    let _ = line.read_to_end(&mut all);
    parse(&all)
}

/// [`ask`] with the line still open: for streams.
pub fn open(to: &To, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Box<dyn Line> {
    let length = body.len().to_string();
    let mut all = vec![("Host", "127.0.0.1"), ("Connection", "close")];
    if ["POST", "PUT", "PATCH"].contains(&method) {
        all.push(("Content-Length", &length));
    }
    all.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
    all.extend(headers);
    let mut text = format!("{method} {path} HTTP/1.1\r\n");
    all.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    text.push_str("\r\n");
    text.push_str(body);
    let mut line = line(to);
    line.write_all(text.as_bytes()).unwrap();
    line
}

/// Sends these bytes and hears everything until the other side closes.
pub fn raw(to: &To, request: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut line = line(to);
    // A server that refuses early may have closed before all was sent.
    let _ = line.write_all(request);
    let _ = line.read_to_end(&mut all);
    all
}

/// Both directions of an open connection.
pub trait Line: Read + Write + Send {}
impl<T: Read + Write + Send> Line for T {}

pub fn line(to: &To) -> Box<dyn Line> {
    let patience = Some(Duration::from_secs(30));
    match to {
        To::Port(port) => {
            let line = TcpStream::connect(("127.0.0.1", *port)).unwrap();
            line.set_read_timeout(patience).unwrap();
            Box::new(line)
        }
        To::Socket(path) => {
            let line = UnixStream::connect(path).unwrap();
            line.set_read_timeout(patience).unwrap();
            Box::new(line)
        }
    }
}

pub fn parse(bytes: &[u8]) -> Heard {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Heard { status, head: head.to_owned(), body: body.to_owned() }
}
