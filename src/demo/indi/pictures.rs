//! Pictures where indi-allsky puts them: by camera, kind, night and hour.
use std::fs;
use std::io;
use std::path::Path;

use jiff::civil::DateTime;

use super::super::night::{self, NightPlan};
use super::super::noise::Noise;
use super::super::picture::{self, Exposure};
use super::super::{Plan, make_dir};

/// A file that the records tell of.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Below the images folder.
    pub name: String,
    pub kind: FrameKind,
    pub at: DateTime,
    /// Evening of its night, `2026-11-17`.
    pub night: String,
    pub stars: u32,
    pub bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    Image,
    Video,
    Keogram,
    Startrail,
}

const QUALITY: u8 = 95;

pub fn write(
    images: &Path,
    camera: &str,
    plan: &Plan,
    nights: &[NightPlan],
    progress: &mut dyn FnMut(u64, u64),
) -> io::Result<Vec<Frame>> {
    let total = u64::from(plan.frames) * nights.len() as u64;
    let mut frames = Vec::new();
    for night in nights {
        one_night(images, camera, plan, *night, &mut frames)?;
        if !night.running {
            summary(images, camera, plan, *night, &mut frames)?;
        }
        progress(frames.len() as u64, total.max(frames.len() as u64));
    }
    let darks = images.join("darks");
    make_dir(&darks)?;
    fs::write(darks.join("dark_ccd1_8bit_30s_gain200_bin1_5c.fit"), Noise::new(plan.seed, 7).bytes(20_000))?;
    if let Some(last) = frames.iter().rev().find(|frame| frame.kind == FrameKind::Image) {
        fs::copy(images.join(&last.name), images.join("latest.jpg"))?;
    }
    Ok(frames)
}

fn one_night(images: &Path, camera: &str, plan: &Plan, night: NightPlan, frames: &mut Vec<Frame>) -> io::Result<()> {
    let sky = night.sky(plan);
    let mut noise = Noise::new(plan.seed ^ u64::from(night.index), 11);
    let exposure = Exposure::new(&sky.view(plan.width, plan.height, 0.5), 2, 16, QUALITY, &mut noise)?;
    let small = Exposure::new(&sky.view(100, 75, 0.5), 2, 8, QUALITY, &mut noise)?;
    let mut bytes = Vec::new();
    for frame in 0..plan.frames {
        let at = night.time(plan, frame)?;
        let folder = format!("ccd_{camera}/exposures/{}/night/{}", night.folder(), at.strftime("%d_%H"));
        make_dir(&images.join(&folder).join("thumbnails"))?;
        let name = format!("{folder}/ccd1_{}.jpg", at.strftime("%Y%m%d_%H%M%S"));
        exposure.picture(&mut noise, &mut bytes);
        night::write(&images.join(&name), &bytes)?;
        let stars = (sky.stars() * (0.9 + 0.2 * noise.unit())).round() as u32;
        let night_of = night.date.to_string();
        frames.push(Frame { name, kind: FrameKind::Image, at, night: night_of, stars, bytes: bytes.len() as u64 });
        small.picture(&mut noise, &mut bytes);
        let thumbnail = super::camera(plan.seed ^ u64::from(frame) << 8 ^ u64::from(night.index), 3);
        night::write(&images.join(&folder).join(format!("thumbnails/{thumbnail}.jpg")), &bytes)?;
    }
    Ok(())
}

fn summary(images: &Path, camera: &str, plan: &Plan, night: NightPlan, frames: &mut Vec<Frame>) -> io::Result<()> {
    let (date, sky) = (night.folder(), night.sky(plan));
    let folder = format!("ccd_{camera}/timelapse/{date}");
    make_dir(&images.join(&folder))?;
    let mut noise = Noise::new(plan.seed, u64::from(night.index) | 1 << 41);
    let morning = night.date.tomorrow().map_err(io::Error::other)?.at(7, 0, 0, 0);
    let width = plan.width.clamp(64, 640);
    for (kind, word, ending) in [
        (FrameKind::Keogram, "keogram", "jpg"),
        (FrameKind::Startrail, "startrail", "jpg"),
        (FrameKind::Video, "timelapse", "mp4"),
    ] {
        let name = format!("{folder}/allsky-{word}_ccd1_{date}_night_{}.{ending}", morning.strftime("%Y%m%d%H%M%S"));
        let path = images.join(&name);
        match kind {
            FrameKind::Keogram => {
                night::write(&path, &picture::jpeg(&night::keogram(&sky, width, plan.height.clamp(64, 240)), QUALITY)?)?
            }
            FrameKind::Startrail => {
                night::write(&path, &picture::jpeg(&night::startrails(&sky, width.min(480)), QUALITY)?)?
            }
            FrameKind::Video | FrameKind::Image => night::video(&path, plan, &mut noise)?,
        }
        let bytes = fs::metadata(&path)?.len();
        frames.push(Frame { name, kind, at: morning, night: night.date.to_string(), stars: 0, bytes });
    }
    Ok(())
}
