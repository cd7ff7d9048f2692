//! One large file, read once from its beginning to its end: read ahead, summed in a thread of its own, and handed on in
//! pieces.
use std::fs::File;
use std::io;

use super::read_ahead::{BrokenOff, Next, PieceReceiver, PieceSender, Stopped, read_ahead};
use crate::archive::stream_sums::{StreamSums, Sums};
use crate::domain::monitor::{Cancelled, Monitor, Progress};

/// Hands all of `file`, which should have `total_bytes`, to `take`. Returns how many there were, and their sums.
/// `unreadable` tells what it means that the file cannot be read.
pub fn copy_stream<E: From<Cancelled> + Send>(
    mut file: &File,
    total_bytes: u64,
    unreadable: &(dyn Fn(io::Error) -> E + Sync),
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    monitor: &dyn Monitor,
) -> Result<(u64, Sums), E> {
    let read = |pieces: &PieceSender<(), Sums>| -> Result<(), Stopped<E>> {
        let sums = StreamSums::start();
        pieces.begin(())?;
        loop {
            monitor.checkpoint().map_err(E::from)?;
            match pieces.pass(&mut file, &mut |piece| sums.update(piece))? {
                Ok(true) => {}
                Ok(false) => return pieces.end(sums.finish()),
                Err(source) => return Err(unreadable(source).into()),
            }
        }
    };
    let write = |pieces: &PieceReceiver<(), Sums>| {
        // A reading side that broke off says why by itself.
        let cut = |BrokenOff| unreadable(io::ErrorKind::UnexpectedEof.into());
        pieces.begin();
        let mut done_bytes = 0;
        loop {
            match pieces.next().map_err(cut)? {
                Next::Bytes(piece) => {
                    take(&piece)?;
                    done_bytes += piece.len() as u64;
                    monitor.progress(Progress { done_bytes, total_bytes, ..Progress::default() });
                }
                Next::End(sums) => return Ok((done_bytes, sums)),
            }
        }
    };
    read_ahead(read, write)
}
