//! Does it pay to compress this block? Pictures and films are packed already: deflating them again
//! costs twenty times the time for one percent of size.
//!
//! The answer comes from the bytes themselves, never from a file's name: a `.jpg` that is full of
//! zeros is deflated, a `.json` that is encrypted is not.

/// Bits per byte from which a block is stored as it is. Noisy JPEGs measure 7.9 and more, fonts and
/// databases below 7.2; at 7.95 nearly every picture would be deflated, for nothing.
const LIMIT: f64 = 7.7;
/// Shorter blocks say too little about themselves; deflating them costs next to nothing.
const SHORTEST: usize = 4096;
/// A sample is this many slices of [`SLICE`] bytes, spread evenly.
const SLICES: usize = 16;
const SLICE: usize = 512;

/// What is done with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Store,
    Deflate,
}

pub fn choose(block: &[u8]) -> Choice {
    if block.len() >= SHORTEST && bits_per_byte(block) > LIMIT { Choice::Store } else { Choice::Deflate }
}

/// Order-0 entropy of a sample of `block`, corrected for the size of the sample (Miller and Madow).
fn bits_per_byte(block: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    if block.len() <= SLICES * SLICE {
        count(block, &mut counts);
    } else {
        let step = (block.len() - SLICE) / (SLICES - 1);
        for nth in 0..SLICES {
            count(&block[nth * step..nth * step + SLICE], &mut counts);
        }
    }
    let total = f64::from(counts.iter().sum::<u32>());
    let mut bits = 0.0;
    let mut kinds = 0.0;
    for n in counts.into_iter().filter(|n| *n > 0) {
        let share = f64::from(n) / total;
        bits -= share * share.log2();
        kinds += 1.0;
    }
    bits + (kinds - 1.0) / (2.0 * total * std::f64::consts::LN_2)
}

fn count(bytes: &[u8], counts: &mut [u32; 256]) {
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        (0..len)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 32) as u8
            })
            .collect()
    }

    #[test]
    fn noise_is_stored_and_text_is_deflated_whatever_its_length() {
        for len in [SHORTEST, 5000, 8192, 8193, 65_536, 262_144] {
            assert_eq!(choose(&noise(len)), Choice::Store, "{len} bytes of noise");
            let text: Vec<u8> = b"{\"brightness\": 127, \"gain\": 1.5}\n".iter().copied().cycle().take(len).collect();
            assert_eq!(choose(&text), Choice::Deflate, "{len} bytes of text");
        }
        assert_eq!(choose(&[]), Choice::Deflate);
    }
}
