//! Whether stars are counted at all: a detector that was switched off makes every night look bad.
use super::measure::Measure;

/// How many nights in a row decide.
const NIGHTS: usize = 3;

/// What to tell an owner whose newest closed nights all came without stars; `None` while all is well.
/// `closed` holds the oldest first.
pub fn trouble(closed: &[&Measure]) -> Option<&'static str> {
    let newest = closed.get(closed.len().checked_sub(NIGHTS)?..)?;
    let is_dark = |measure: &&Measure| measure.rated == 0 || measure.avg_stars == Some(0.0);
    if !newest.iter().all(is_dark) {
        return None;
    }
    Some(if newest.iter().all(|measure| measure.rated == 0) {
        "the camera has counted no stars in the last three nights, so its nights are kept without a rating: switch star detection on"
    } else {
        "the camera has counted 0 stars in every picture of the last three nights, so no night seems worth keeping: check its star detection"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::night::Night;

    #[test]
    fn three_nights_without_a_star_are_told_and_one_with_stars_ends_it() {
        let night = |day: u32, rated: u64, stars: Option<f64>| Measure {
            rated,
            avg_stars: stars,
            ..Measure::unrated(Night::parse(&format!("2025122{day}")).unwrap(), 40)
        };
        let (zero, none, good) = (night(1, 40, Some(0.0)), night(2, 0, None), night(3, 40, Some(700.0)));
        assert!(trouble(&[&zero, &zero]).is_none(), "two cloudy nights are two cloudy nights");
        assert!(trouble(&[&good, &zero, &zero, &zero]).is_some_and(|words| words.contains("0 stars")));
        assert!(trouble(&[&none, &none, &none]).is_some_and(|words| words.contains("no stars")));
        assert!(trouble(&[&zero, &zero, &good]).is_none());
    }
}
