//! The owner's own nights as a ground to try other limits on, also those that are long gone from the
//! camera.
use super::list::{Decision, Item};
use crate::catalog;
use crate::domain::nights::calibration::Candidate;
use crate::domain::nights::measure::Measure;
use crate::work::Tools;

/// Every night that is over. Sizes that nobody knows are reckoned from the pictures of other nights.
pub fn candidates(tools: &Tools, items: &[Item]) -> Result<Vec<Candidate>, catalog::Error> {
    let over: Vec<&Item> =
        items.iter().filter(|item| item.class.is_some() && item.decision != Decision::OtherCamera).collect();
    let a_picture = bytes_a_picture(tools, &over)?;
    let candidate = |item: &&Item| {
        let images = item.images.unwrap_or_default();
        let known = item.bytes.filter(|bytes| *bytes > 0);
        Candidate {
            measure: Measure {
                // Copies of older programs tell an average and not of how many.
                rated: item.rated.unwrap_or(if item.avg_stars.is_some() { images } else { 0 }),
                avg_stars: item.avg_stars,
                moon_pct: item.moon_pct,
                ..Measure::unrated(item.key, images)
            },
            bytes: known.or_else(|| Some((a_picture? * images as f64) as u64)),
        }
    };
    Ok(over.iter().map(candidate).collect())
}

/// From copies on the drive, else from the folders as they were last measured.
fn bytes_a_picture(tools: &Tools, over: &[&Item]) -> Result<Option<f64>, catalog::Error> {
    let images = |item: &Item| item.images.unwrap_or_default();
    let of = |pairs: &mut dyn Iterator<Item = (u64, u64)>| {
        let (images, bytes) = pairs.fold((0, 0), |(images, bytes), (i, b)| (images + i, bytes + b));
        (images > 0 && bytes > 0).then(|| bytes as f64 / images as f64)
    };
    let mut saved = over.iter().filter_map(|item| Some((images(item), item.bytes.filter(|bytes| *bytes > 0)?)));
    if let Some(known) = of(&mut saved) {
        return Ok(Some(known));
    }
    let scans = tools.catalog.scans()?;
    let mut folders = over.iter().filter_map(|item| {
        let key = format!("images/{}", item.key);
        let place = scans.binary_search_by(|scan| scan.key.cmp(&key)).ok()?;
        Some((images(item), scans[place].raw_bytes))
    });
    Ok(of(&mut folders))
}
