//! A night's folder as the camera leaves it: pictures with thumbnails, and for nights that are over
//! keogram, startrails and timelapse.
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Plan;
use super::noise::Noise;
use super::picture::{self, Exposure};
use super::sky::{Canvas, Sky};

/// Pictures that share one view; the sky does not turn much in between.
const SHARED: u32 = 20;
const QUALITY: u8 = 95;
const GRAIN: u8 = 16;
const THUMBNAIL: (u16, u16) = (100, 75);

/// One night of the plan. `index` 0 is the first.
#[derive(Debug, Clone, Copy)]
pub struct NightPlan {
    pub index: u32,
    pub date: jiff::civil::Date,
    pub running: bool,
}

impl NightPlan {
    pub fn folder(&self) -> String {
        self.date.strftime("%Y%m%d").to_string()
    }

    pub fn sky(&self, plan: &Plan) -> Sky {
        Sky::of_night(plan.seed, self.index)
    }

    /// Start of a picture's exposure: from 18:00 to 06:00.
    pub fn time(&self, plan: &Plan, frame: u32) -> io::Result<jiff::civil::DateTime> {
        let seconds = i64::from(frame) * 12 * 3600 / i64::from(plan.frames.max(1));
        let dusk = self.date.at(18, 0, 0, 0);
        dusk.checked_add(jiff::SignedDuration::from_secs(seconds)).map_err(io::Error::other)
    }

    pub fn name(&self, plan: &Plan, frame: u32) -> io::Result<String> {
        Ok(format!("image-{}.jpg", self.time(plan, frame)?.strftime("%Y%m%d%H%M%S")))
    }
}

/// A piece of work that one thread does alone.
#[derive(Debug, Clone, Copy)]
pub enum Piece {
    Pictures { night: NightPlan, first: u32, count: u32 },
    Summary { night: NightPlan },
}

/// Files of a finished night besides its pictures.
pub const SUMMARY_FILES: u64 = 7;

impl Piece {
    /// All pieces of a night, and how many files they make.
    pub fn of(night: NightPlan, plan: &Plan) -> (Vec<Piece>, u64) {
        let mut files = u64::from(plan.frames) * 2;
        let shared = SHARED.max(plan.frames / 12);
        let mut pieces: Vec<Piece> = (0..plan.frames)
            .step_by(shared as usize)
            .map(|first| Piece::Pictures { night, first, count: shared.min(plan.frames - first) })
            .collect();
        if !night.running {
            pieces.push(Piece::Summary { night });
            files += SUMMARY_FILES;
        }
        (pieces, files)
    }

    pub fn build(&self, images: &Path, plan: &Plan, done: &dyn Fn(u64)) -> io::Result<()> {
        match self {
            Piece::Pictures { night, first, count } => pictures(images, plan, *night, *first..first + count, done),
            Piece::Summary { night } => summary(images, plan, *night, done),
        }
    }
}

fn pictures(
    images: &Path,
    plan: &Plan,
    night: NightPlan,
    frames: std::ops::Range<u32>,
    done: &dyn Fn(u64),
) -> io::Result<()> {
    let folder = images.join(night.folder());
    let hour = frames.start as f32 / plan.frames.max(1) as f32;
    let mut noise = Noise::new(plan.seed ^ u64::from(night.index), u64::from(frames.start) + 1);
    let sky = night.sky(plan);
    let grains = if frames.len() < 8 { 2 } else { 3 };
    let exposure = Exposure::new(&sky.view(plan.width, plan.height, hour), grains, GRAIN, QUALITY, &mut noise)?;
    let small = Exposure::new(&sky.view(THUMBNAIL.0, THUMBNAIL.1, hour), 8, GRAIN / 2, QUALITY, &mut noise)?;
    let mut bytes = Vec::new();
    for frame in frames {
        let name = night.name(plan, frame)?;
        exposure.picture(&mut noise, &mut bytes);
        write(&folder.join(&name), &bytes)?;
        small.picture(&mut noise, &mut bytes);
        write(&folder.join("thumbnails").join(&name), &bytes)?;
        done(2);
    }
    Ok(())
}

fn summary(images: &Path, plan: &Plan, night: NightPlan, done: &dyn Fn(u64)) -> io::Result<()> {
    let (folder, date, sky) = (images.join(night.folder()), night.folder(), night.sky(plan));
    let mut noise = Noise::new(plan.seed, u64::from(night.index) | 1 << 40);
    let (width, height) = (plan.width.clamp(64, 640), plan.height.clamp(64, 240));
    for (kind, canvas) in
        [("keogram", keogram(&sky, width, height)), ("startrails", startrails(&sky, plan.width.clamp(64, 480)))]
    {
        let large = picture::jpeg(&canvas.grainy(GRAIN / 3, &mut noise), QUALITY)?;
        let small = picture::jpeg(&shrink(&canvas, THUMBNAIL.0 * 2), QUALITY)?;
        for (folder_name, bytes) in [(kind.to_owned(), &large), (format!("{kind}thumbnail"), &small)] {
            let place = folder.join(folder_name);
            fs::create_dir_all(&place)?;
            write(&place.join(format!("{kind}-{date}.jpg")), bytes)?;
        }
    }
    let still = picture::jpeg(&sky.view(THUMBNAIL.0, THUMBNAIL.1, 0.5), QUALITY)?;
    write(&folder.join(format!("thumbnail-{date}.jpg")), &still)?;
    fs::create_dir_all(folder.join("videothumbnail"))?;
    write(&folder.join("videothumbnail").join(format!("allsky-{date}.jpg")), &still)?;
    video(&folder.join(format!("allsky-{date}.mp4")), plan, &mut noise)?;
    done(SUMMARY_FILES);
    Ok(())
}

/// A slice through the zenith for each moment of the night, side by side.
pub fn keogram(sky: &Sky, width: u16, height: u16) -> Canvas {
    let mut canvas = Canvas::new(width, height);
    let row = usize::from(width) * 3;
    const MOMENTS: u16 = 24;
    let mut slices: Vec<Canvas> = Vec::new();
    for moment in 0..=MOMENTS {
        // A view that is as high as the strip and narrow: its middle column is the meridian.
        let view = sky.view(height / 2, height / 2, f32::from(moment) / f32::from(MOMENTS));
        slices.push(view);
    }
    for x in 0..usize::from(width) {
        let place = x as f32 / f32::from(width) * f32::from(MOMENTS);
        let (left, part) = (place as usize, place.fract());
        for y in 0..usize::from(height) {
            let side = usize::from(height / 2);
            // Neighbouring columns near the meridian stand for neighbouring moments: stars become arcs.
            let at = ((y / 2).min(side - 1) * side + side / 2 + (part * 6.0) as usize) * 3;
            for c in 0..3 {
                let (a, b) = (f32::from(slices[left].pixels[at + c]), f32::from(slices[left + 1].pixels[at + c]));
                canvas.pixels[y * row + x * 3 + c] = (a * (1.0 - part) + b * part) as u8;
            }
        }
    }
    canvas
}

/// The brightest of every moment at each place: stars become circles around the pole.
pub fn startrails(sky: &Sky, side: u16) -> Canvas {
    let mut trails = sky.view(side, side, 0.5);
    for step in 0..60 {
        let moment = 0.2 + 0.6 * f32::from(step as u16) / 60.0;
        sky.add_stars(&mut trails, moment);
    }
    trails
}

/// Every n-th pixel, so that the width becomes `width`.
fn shrink(canvas: &Canvas, width: u16) -> Canvas {
    let step = (canvas.width / width.max(1)).max(1);
    let mut small = Canvas::new(canvas.width / step, canvas.height / step);
    let (wide, narrow) = (usize::from(canvas.width), usize::from(small.width));
    for y in 0..usize::from(small.height) {
        for x in 0..narrow {
            let from = (y * usize::from(step) * wide + x * usize::from(step)) * 3;
            let to = (y * narrow + x) * 3;
            small.pixels[to..to + 3].copy_from_slice(&canvas.pixels[from..from + 3]);
        }
    }
    small
}

/// A stand-in for the timelapse: the boxes of an MP4 file with noise for its frames. It has the size
/// and the density of a video; no player will show it.
pub fn video(path: &Path, plan: &Plan, noise: &mut Noise) -> io::Result<()> {
    let body = u32::from(plan.width) * u32::from(plan.height) / 40 * plan.frames.min(4000) + 4096;
    let mut file = io::BufWriter::with_capacity(1 << 18, create(path)?);
    file.write_all(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41")?;
    file.write_all(&(body + 8).to_be_bytes())?;
    file.write_all(b"mdat")?;
    let mut left = body as usize;
    let block = noise.bytes(1 << 16);
    while left > 0 {
        // One block of noise, each time masked differently: fast, and without repetition.
        let mask = noise.next().to_le_bytes();
        let take = left.min(block.len());
        let masked: Vec<u8> = block[..take].iter().enumerate().map(|(n, b)| b ^ mask[n % 8]).collect();
        file.write_all(&masked)?;
        left -= take;
    }
    file.flush()
}

/// A new file with the camera's mode for pictures.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}

fn create(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o644).open(path)
}
