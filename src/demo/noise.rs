//! Numbers that look random and are the same for the same seed, so that two demo cameras of one plan
//! are equal byte for byte.

/// A small, fast generator (xorshift64*). Not for secrets.
#[derive(Debug, Clone)]
pub struct Noise(u64);

impl Noise {
    /// A stream of its own for each `seed` and `stream`.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut noise =
            Noise((seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03)) | 1);
        // Neighbouring seeds start alike; a few steps tell them apart.
        for _ in 0..8 {
            noise.next();
        }
        noise
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Evenly in 0..1.
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Evenly in 0..`below`.
    pub fn below(&mut self, below: usize) -> usize {
        (self.next() >> 33) as usize % below.max(1)
    }

    /// `length` bytes that no compressor makes smaller.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}
