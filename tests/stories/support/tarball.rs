//! Builds archives byte by byte, good ones and such as no honest program would write.
use std::io::Write as _;

use flate2::{Compression, GzBuilder};

pub const BLOCK: usize = 512;

/// A tar header under construction. Changed by its methods, summed up by `block`.
#[derive(Clone)]
pub struct TarHeader(pub [u8; BLOCK]);

impl TarHeader {
    /// A ustar header for a file.
    pub fn new(name: impl AsRef<[u8]>, size: u64) -> Self {
        let mut head = TarHeader([0; BLOCK]);
        let name = name.as_ref();
        head.0[..name.len().min(100)].copy_from_slice(&name[..name.len().min(100)]);
        head.octal(100, 8, 0o644).octal(108, 8, 1000).octal(116, 8, 1000).octal(124, 12, size).octal(
            136,
            12,
            1_760_000_000,
        );
        head.0[156] = b'0';
        head.0[257..265].copy_from_slice(b"ustar\x0000");
        head
    }
    pub fn kind(mut self, flag: u8) -> Self {
        self.0[156] = flag;
        self
    }
    pub fn mode(mut self, mode: u64) -> Self {
        self.octal(100, 8, mode);
        self
    }
    /// GNU instead of ustar.
    pub fn gnu(mut self) -> Self {
        self.0[257..265].copy_from_slice(b"ustar  \0");
        self
    }
    pub fn bytes(mut self, at: usize, bytes: &[u8]) -> Self {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }
    fn octal(&mut self, at: usize, width: usize, value: u64) -> &mut Self {
        let text = format!("{value:0width$o}\0", width = width - 1);
        self.0[at..at + width].copy_from_slice(text.as_bytes());
        self
    }
    /// With its checksum.
    pub fn block(mut self) -> [u8; BLOCK] {
        self.0[148..156].fill(b' ');
        let sum: u64 = self.0.iter().map(|b| u64::from(*b)).sum();
        self.0[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0
    }
}

/// A tar under construction.
#[derive(Clone, Default)]
pub struct Tar(pub Vec<u8>);

impl Tar {
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
    /// A header and what follows it, filled up to a whole block.
    pub fn member(mut self, head: TarHeader, body: &[u8]) -> Self {
        self.0.extend_from_slice(&head.block());
        self.0.extend_from_slice(body);
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
        self
    }
    pub fn file(self, name: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        self.member(TarHeader::new(name, body.len() as u64), body)
    }
    pub fn folder(self, name: impl AsRef<[u8]>) -> Self {
        self.member(TarHeader::new(name, 0).kind(b'5').mode(0o755), b"")
    }
    /// A PAX header with these records.
    pub fn pax(self, records: &[(&str, &[u8])]) -> Self {
        let body: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value)).collect();
        self.pax_body(b'x', &body)
    }
    pub fn pax_body(self, flag: u8, body: &[u8]) -> Self {
        self.member(TarHeader::new("PaxHeaders/x", body.len() as u64).kind(flag), body)
    }
    /// A GNU long name (`L`) or long link target (`K`).
    pub fn gnu_long(self, flag: u8, text: &[u8]) -> Self {
        let body = [text, b"\0"].concat();
        self.member(TarHeader::new("././@LongLink", body.len() as u64).gnu().kind(flag), &body)
    }
    /// Two zero blocks.
    pub fn end(self) -> Vec<u8> {
        self.raw(&[0; 2 * BLOCK]).0
    }
}

/// One PAX record with its length.
pub fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

/// One gzip member.
pub fn gzip(raw: &[u8]) -> Vec<u8> {
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::fast());
    packed.write_all(raw).unwrap();
    packed.finish().unwrap()
}

/// Config metadata as the panel writes it, with `more` (`"key":value,`) in front.
pub fn config_metadata(more: &str) -> String {
    format!(
        r#"{{{more}"backupType":"config","created":"2026-11-21 00:03:09","version":"v2025.xx.xx","cameratype":"RPi","cameramodel":"HQ","settingsfile":"config/settings_RPi_HQ.json","ccfile":"config/cc_RPi_HQ.json","permissions":{{"env.json":{{"mode":"0664","owner":"ALLSKY_OWNER","group":"www-data","type":"file"}}}},"files":["env.json"],"includedOptionalTargets":[],"format":1}}"#
    )
}

/// What every config archive has, without metadata and end.
pub fn config() -> Tar {
    Tar::default()
        .file("env.json", "{}")
        .folder("config/")
        .file("config/settings_RPi_HQ.json", "{\"lastchanged\":\"\"}")
        .file("config/cc_RPi_HQ.json", "{}")
}

/// A config archive that everyone accepts, with `tar` after its usual members.
pub fn config_with(more: impl FnOnce(Tar) -> Tar) -> Vec<u8> {
    gzip(&more(config()).file("metadata.json", config_metadata("")).end())
}

pub const IMAGES_METADATA: &str =
    r#"{"backupType":"images","created":"2026-11-21 00:03:18","version":"v2025.xx.xx","permissions":[],"files":[]}"#;

/// An images archive with `more` below `images/`.
pub fn images_with(more: impl FnOnce(Tar) -> Tar) -> Vec<u8> {
    gzip(&more(Tar::default().folder("images/20261117/")).file("metadata.json", IMAGES_METADATA).end())
}
