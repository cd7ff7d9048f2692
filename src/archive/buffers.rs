//! Memory that goes round: a megabyte for every gzip member would otherwise be asked of the kernel
//! and zeroed by it again and again.
use std::sync::{Mutex, PoisonError};

/// How many buffers are kept: as many as are ever used at once.
const KEPT: usize = 16;

#[derive(Default)]
pub struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    /// An old buffer with whatever it holds, or a new one.
    pub fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub fn give(&self, buffer: Vec<u8>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT && buffer.capacity() > 0 {
            kept.push(buffer);
        }
    }
}
