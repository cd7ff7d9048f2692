//! The hashes of a whole stream, made by a thread of its own beside the reader of the stream.
//!
//! A few pieces wait in between, whatever the length; their memory goes round.
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use sha2::Digest as _;

use crate::base::digest::Sha256;

/// Pieces that may wait for the thread.
const WAITING: usize = 16;

pub struct StreamSums {
    give: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Sums>,
}

/// The hashes of all bytes.
pub struct Sums {
    pub sha256: Sha256,
    pub blake3: [u8; 32],
}

impl StreamSums {
    pub fn start() -> Self {
        let (give, taken) = sync_channel(WAITING);
        let (back, empty) = channel();
        StreamSums { give, empty, thread: thread::spawn(move || add_up(taken, &back)) }
    }

    pub fn update(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut piece = self.empty.try_recv().unwrap_or_default();
        piece.clear();
        piece.extend_from_slice(bytes);
        // The thread ends after us; if it panicked, `finish` passes that on.
        let _ = self.give.send(piece);
    }

    pub fn finish(self) -> Sums {
        drop(self.give);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn add_up(taken: Receiver<Vec<u8>>, back: &Sender<Vec<u8>>) -> Sums {
    let (mut sha256, mut blake3) = (sha2::Sha256::new(), blake3::Hasher::new());
    for piece in taken {
        sha256.update(&piece);
        blake3.update(&piece);
        // At the end of the stream the reader needs no buffer any more.
        let _ = back.send(piece);
    }
    Sums { sha256: Sha256(sha256.finalize().into()), blake3: blake3.finalize().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_all_bytes_in_order() {
        let bytes: Vec<u8> = (0..300_000u32).map(|n| (n / 7) as u8).collect();
        for length in [0, 1, 4096, bytes.len()] {
            let sums = StreamSums::start();
            bytes[..length].chunks(1000).for_each(|piece| sums.update(piece));
            let sums = sums.finish();
            assert_eq!(sums.sha256, Sha256::of(&bytes[..length]));
            assert_eq!(sums.blake3, *blake3::hash(&bytes[..length]).as_bytes());
        }
    }
}
