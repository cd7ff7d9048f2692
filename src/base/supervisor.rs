//! A few words to systemd when it started us, through the socket that it names in the environment.
//!
//! The protocol is one datagram of text, so it needs no library. Without a supervisor nothing is said.
use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// Requests are answered from now on.
pub fn ready() {
    say("READY=1");
}

/// The end was asked for and is under way.
pub fn stopping() {
    say("STOPPING=1");
}

/// We are not stuck. To be said more often than `patience`.
pub fn alive() {
    say("WATCHDOG=1");
}

/// How long silence is tolerated; `None` when nobody watches.
pub fn patience() -> Option<Duration> {
    let meant = std::env::var("WATCHDOG_PID").ok();
    if meant.is_some_and(|pid| pid != std::process::id().to_string()) {
        return None;
    }
    let micros = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    Some(Duration::from_micros(micros)).filter(|patience| !patience.is_zero())
}

fn say(what: &str) {
    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(what, &place) {
        tracing::debug!("{}: {what} was not heard: {error}", place.display());
    }
}

fn send(what: &str, place: &OsStr) -> std::io::Result<()> {
    // A leading @ is systemd's way to write the abstract name space.
    let to = match place.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(place)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&to)?;
    socket.send(what.as_bytes()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_arrives_by_path_and_by_abstract_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let name = format!("allsky-backups-{}", std::process::id());
        let by_path = UnixDatagram::bind(&path).unwrap();
        let by_name = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        for (heard, place) in [(by_path, path.into_os_string()), (by_name, format!("@{name}").into())] {
            send("READY=1", &place).unwrap();
            let mut text = [0; 16];
            let length = heard.recv(&mut text).unwrap();
            assert_eq!(&text[..length], b"READY=1");
        }
    }
}
