//! A plain `.tar.gz` of files, folders and links, written to a stream while they are read: for downloads. It has none of
//! the parts by which an archive of ours is verified.
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::tar_out::{BLOCK, Header, Kind, padding};
use crate::domain::snapshot::entry::Looks;

/// Read at once.
const PIECE: usize = 64 << 10;

/// What is told of an entry, besides its content.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Without a slash at its end.
    pub name: &'a [u8],
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Unix seconds.
    pub mtime: i64,
}

impl<'a> About<'a> {
    pub fn of(name: &'a [u8], looks: &Looks) -> About<'a> {
        About { name, mode: looks.mode, uid: looks.uid, gid: looks.gid, mtime: looks.seconds }
    }

    fn header(&self, kind: Kind<'a>, size: u64) -> Header<'a> {
        let About { name, mode, uid, gid, mtime } = *self;
        Header { name, kind, size, mode, uid, gid, mtime, user: "", group: "" }
    }
}

pub struct TreeTar<W: Write> {
    out: GzEncoder<W>,
    block: Vec<u8>,
}

impl<W: Write> TreeTar<W> {
    pub fn new(out: W) -> TreeTar<W> {
        TreeTar { out: GzEncoder::new(out, Compression::fast()), block: Vec::new() }
    }

    pub fn folder(&mut self, about: &About<'_>) -> io::Result<()> {
        self.header(about.header(Kind::Directory, 0))
    }

    pub fn symlink(&mut self, about: &About<'_>, target: &[u8]) -> io::Result<()> {
        let About { name, mode, uid, gid, mtime } = *about;
        let kind = Kind::Symlink(target);
        self.header(Header { name, kind, size: 0, mode, uid, gid, mtime, user: "", group: "" })
    }

    /// `content` has at least `size` bytes; else the end is unexpected.
    pub fn file(&mut self, about: &About<'_>, size: u64, content: &mut dyn Read) -> io::Result<()> {
        self.header(about.header(Kind::File, size))?;
        let (mut left, mut piece) = (size, vec![0; PIECE]);
        while left > 0 {
            let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            content.read_exact(&mut piece[..length])?;
            self.out.write_all(&piece[..length])?;
            left -= length as u64;
        }
        self.out.write_all(&[0; BLOCK][..padding(size)])
    }

    /// The end of the tar stream and of the gzip stream.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        self.out.finish()
    }

    fn header(&mut self, header: Header<'_>) -> io::Result<()> {
        self.block.clear();
        header.encode(&mut self.block);
        self.out.write_all(&self.block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tar_reads_it_with_long_names_and_links() {
        let long = [b'n'; 200];
        let about = |name| About { name, mode: 0o640, uid: 7, gid: 8, mtime: 9 };
        assert!(TreeTar::new(Vec::new()).file(&about(b"short"), 3, &mut &b"ab"[..]).is_err());
        let mut whole = TreeTar::new(Vec::new());
        whole.folder(&about(b"top")).unwrap();
        whole.file(&about(&long), 3, &mut &b"abc"[..]).unwrap();
        whole.symlink(&about(b"top/link"), b"../elsewhere").unwrap();
        whole.symlink(&about(b"top/far"), &long).unwrap();
        let bytes = whole.finish().unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        let found: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                let link = entry.link_name_bytes().map(|name| name.into_owned());
                (entry.path_bytes().into_owned(), entry.header().uid().unwrap(), text, link)
            })
            .collect();
        assert_eq!(found[0], (b"top/".to_vec(), 7, String::new(), None));
        assert_eq!(found[1], (long.to_vec(), 7, "abc".into(), None));
        assert_eq!(found[2].3.as_deref(), Some(&b"../elsewhere"[..]));
        assert_eq!(found[3].3.as_deref(), Some(&long[..]));
    }
}
