//! Bytes to a broker and back.
//!
//! Invariant: nothing here waits longer than it was told, also for the name of the broker.
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::super::certificates::trusted;
use super::super::error::Error;
use crate::base::{patience, tls_words};
use crate::domain::broker::{BrokerAddress, BrokerSecurity};

/// A time-out of nothing would be none.
const LEAST: Duration = Duration::from_millis(1);

pub enum Connection {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    /// `authority` is a PEM file of the owner's own.
    pub fn open(address: &BrokerAddress, authority: Option<&Path>, limit: Duration) -> Result<Self, Error> {
        let end = Instant::now() + limit;
        let tcp = connect(address, end)?;
        let left = end.saturating_duration_since(Instant::now()).max(LEAST);
        let prepared = tcp.set_read_timeout(Some(left)).and_then(|()| tcp.set_write_timeout(Some(left)));
        // Small packets that answer each other must not wait for more of them.
        prepared.and_then(|()| tcp.set_nodelay(true)).map_err(|why| failed(address, &why))?;
        if address.security == BrokerSecurity::None {
            return Ok(Connection::Plain(tcp));
        }
        let mut roots = RootCertStore::empty();
        // One that cannot be used is not trusted; the connection says so.
        roots.add_parsable_certificates(trusted(authority)?);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let unsafe_way = |how: &str| Error::Unsafe { server: address.server(), how: how.to_owned() };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| unsafe_way("the two do not agree on TLS"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name =
            ServerName::try_from(address.host.clone()).map_err(|_| unsafe_way("its name cannot have a certificate"))?;
        let tls =
            ClientConnection::new(Arc::new(config), name).map_err(|_| unsafe_way("the two do not agree on TLS"))?;
        let mut stream = StreamOwned::new(tls, tcp);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).map_err(|why| failed(address, &why))?;
        }
        Ok(Connection::Tls(Box::new(stream)))
    }

    /// Waits at most `limit`; no bytes are `TimedOut` or `WouldBlock`, and 0 is the end.
    pub fn read(&mut self, buffer: &mut [u8], limit: Duration) -> io::Result<usize> {
        self.tcp().set_read_timeout(Some(limit.max(LEAST)))?;
        match self {
            Connection::Plain(tcp) => tcp.read(buffer),
            Connection::Tls(stream) => stream.read(buffer),
        }
    }

    pub fn write(&mut self, bytes: &[u8], limit: Duration) -> io::Result<()> {
        self.tcp().set_write_timeout(Some(limit.max(LEAST)))?;
        match self {
            Connection::Plain(tcp) => tcp.write_all(bytes),
            Connection::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    /// Says good-bye. A broker that is gone hears it no more.
    pub fn close(&mut self) {
        if let Connection::Tls(stream) = self {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        let _ = self.tcp().shutdown(Shutdown::Both);
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Connection::Plain(tcp) => tcp,
            Connection::Tls(stream) => &stream.sock,
        }
    }
}

/// To the first of the broker's addresses that answers.
fn connect(address: &BrokerAddress, end: Instant) -> Result<TcpStream, Error> {
    let left = || end.saturating_duration_since(Instant::now()).max(LEAST);
    let unreachable = |how: &str| Error::Unreachable { server: address.server(), how: how.to_owned() };
    let (host, port) = (address.host.clone(), address.port);
    let found = patience::within(left(), move || (host.as_str(), port).to_socket_addrs().map(Iterator::collect));
    let all: Vec<SocketAddr> = found
        .ok_or_else(|| unreachable("its name was not found in time"))?
        .map_err(|_| unreachable("its name is not known"))?;
    let mut why = None;
    for one in &all {
        match TcpStream::connect_timeout(one, left()) {
            Ok(tcp) => return Ok(tcp),
            Err(error) => why = Some(error),
        }
    }
    Err(why.map_or_else(|| unreachable("its name is not known"), |why| failed(address, &why)))
}

/// What a failed system call means.
pub(super) fn failed(address: &BrokerAddress, why: &io::Error) -> Error {
    let server = address.server();
    if let Some(how) = tls_words::reason(&format!("{why} {why:?}")) {
        return Error::Unsafe { server, how: how.to_owned() };
    }
    let how = match why.kind() {
        ErrorKind::ConnectionRefused => "nothing listens there",
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "it did not answer in time",
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => "there is no way to it from this machine",
        ErrorKind::PermissionDenied => {
            "this service may not leave the machine; run the installer again, which opens the way"
        }
        _ => "it ended the connection",
    };
    Error::Unreachable { server, how: how.to_owned() }
}
