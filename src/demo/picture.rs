//! JPEG files quickly: a view is encoded a few times with different sensor noise, cut at its restart
//! markers, and each picture is put together from rows of those. So every file is a valid picture of
//! its own, noisy and incompressible, at the speed of copying memory.
//!
//! Rows can be exchanged because a restart marker resets the decoder, all encodings share one set of
//! tables, and a row keeps its place, so the markers stay in sequence.
use std::io;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::noise::Noise;
use super::sky::Canvas;

/// Pixels of a row of blocks with halved colour resolution.
const ROW: u16 = 16;

/// Encodes a picture at `quality` 1..=100, with colours at half the resolution as cameras do.
pub fn jpeg(canvas: &Canvas, quality: u8) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(canvas.pixels.len() / 4);
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_restart_interval(canvas.width.div_ceil(ROW));
    encoder.encode(&canvas.pixels, canvas.width, canvas.height, ColorType::Rgb).map_err(io::Error::other)?;
    Ok(bytes)
}

/// One view in several grains.
pub struct Exposure {
    header: Vec<u8>,
    /// By grain, then by row.
    rows: Vec<Vec<Vec<u8>>>,
}

impl Exposure {
    pub fn new(view: &Canvas, grains: usize, strength: u8, quality: u8, noise: &mut Noise) -> io::Result<Self> {
        let mut exposure = Exposure { header: Vec::new(), rows: Vec::new() };
        for _ in 0..grains.max(1) {
            let (header, rows) = split(&jpeg(&view.grainy(strength, noise), quality)?)?;
            exposure.header = header;
            exposure.rows.push(rows);
        }
        Ok(exposure)
    }

    /// A picture that no other call returns (as long as chance is kind).
    pub fn picture(&self, noise: &mut Noise, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.header);
        let count = self.rows[0].len();
        for row in 0..count {
            out.extend_from_slice(&self.rows[noise.below(self.rows.len())][row]);
            let marker = if row + 1 == count { 0xd9 } else { 0xd0 + (row % 8) as u8 };
            out.extend_from_slice(&[0xff, marker]);
        }
    }
}

/// Everything up to the pixels, and the rows without their markers.
fn split(jpeg: &[u8]) -> io::Result<(Vec<u8>, Vec<Vec<u8>>)> {
    let odd = || io::Error::new(io::ErrorKind::InvalidData, "the encoder wrote a picture without a scan");
    let mut at = 2;
    loop {
        let (marker, length) = match jpeg.get(at..at + 4) {
            Some([0xff, marker, high, low]) => (*marker, usize::from(u16::from_be_bytes([*high, *low]))),
            _ => return Err(odd()),
        };
        at += 2 + length;
        if marker == 0xda {
            break;
        }
    }
    let (header, scan) = jpeg.split_at_checked(at).ok_or_else(odd)?;
    let (mut rows, mut start, mut here) = (Vec::new(), 0, 0);
    while let Some(found) = scan[here..].iter().position(|b| *b == 0xff) {
        here += found;
        match scan.get(here + 1) {
            Some(0xd0..=0xd7 | 0xd9) => {
                rows.push(scan[start..here].to_vec());
                start = here + 2;
            }
            Some(_) => {}
            None => break,
        }
        here += 2;
        if here >= scan.len() {
            break;
        }
    }
    if rows.is_empty() { Err(odd()) } else { Ok((header.to_vec(), rows)) }
}
