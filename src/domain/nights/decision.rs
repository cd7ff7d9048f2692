//! Whether a night is kept, for how long, and why, in words that the page prints.
use std::fmt;

use serde::{Deserialize, Serialize};

use super::measure::Measure;

/// How long a saved night stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Class {
    /// Never deleted by us.
    Forever,
    /// Makes room for newer nights when the drive is full, oldest first.
    Rolling,
    /// Too few star counts to judge; kept like ROLLING, and deleted only if the owner allows that.
    Unrated,
    /// Not worth saving.
    Skipped,
}

impl Class {
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Forever => "FOREVER",
            Class::Rolling => "ROLLING",
            Class::Unrated => "UNRATED",
            Class::Skipped => "SKIPPED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Class::Forever, Class::Rolling, Class::Unrated, Class::Skipped].into_iter().find(|c| c.as_str() == text)
    }
}

/// The owner's limits; average stars a frame. They belong to one source, because every camera and
/// every star detector counts differently.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    pub min_avg_stars_primary: f64,
    pub min_avg_stars_secondary: f64,
    /// Percent of frames with the moon up.
    pub min_moon_pct_secondary: f64,
    pub great_night_min_avg_stars: f64,
    /// Nights with fewer frames are left out.
    pub min_images: u64,
    pub unrated: WhenUnrated,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            min_avg_stars_primary: 700.0,
            min_avg_stars_secondary: 500.0,
            min_moon_pct_secondary: 50.0,
            great_night_min_avg_stars: 1000.0,
            min_images: 0,
            unrated: WhenUnrated::Rolling,
        }
    }
}

/// What becomes of nights that nobody rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenUnrated {
    Rolling,
    Skip,
}

/// Why; each prints as a short sentence part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    Great {
        stars: f64,
        limit: f64,
    },
    ManyStars {
        stars: f64,
        limit: f64,
    },
    GoodDespiteMoon {
        stars: f64,
        moon: f64,
    },
    TooFewStars {
        stars: f64,
        limit: f64,
    },
    /// Enough for a moonlit night, but the moon was not up.
    TooFewStarsForNoMoon {
        stars: f64,
        moon: Option<f64>,
    },
    TooFewImages {
        images: u64,
        limit: u64,
    },
    NoImages,
    NotRated {
        rated: u64,
        images: u64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Great { stars, limit } => {
                write!(f, "a great night: {stars:.1} stars on average, {limit:.0} make one")
            }
            Reason::ManyStars { stars, limit } => write!(f, "{stars:.1} stars on average, at least {limit:.0}"),
            Reason::GoodDespiteMoon { stars, moon } => {
                write!(f, "{stars:.1} stars on average although the moon was up in {moon:.0} % of the frames")
            }
            Reason::TooFewStars { stars, limit } => {
                write!(f, "only {stars:.1} stars on average, {limit:.0} are asked for")
            }
            Reason::TooFewStarsForNoMoon { stars, moon: Some(moon) } => {
                write!(
                    f,
                    "{stars:.1} stars on average: enough under the moon, but it was up in {moon:.0} % of the frames"
                )
            }
            Reason::TooFewStarsForNoMoon { stars, moon: None } => {
                write!(f, "{stars:.1} stars on average: enough under the moon, but nothing recorded it")
            }
            Reason::TooFewImages { images, limit } => write!(f, "only {images} pictures, {limit} are asked for"),
            Reason::NoImages => write!(f, "no pictures"),
            Reason::NotRated { rated, images } => write!(f, "stars were counted in {rated} of {images} pictures only"),
        }
    }
}

/// The class of a closed night, with the reason.
pub fn decide(measure: &Measure, limits: &Thresholds) -> (Class, Reason) {
    if measure.images == 0 {
        return (Class::Skipped, Reason::NoImages);
    }
    if measure.images < limits.min_images {
        return (Class::Skipped, Reason::TooFewImages { images: measure.images, limit: limits.min_images });
    }
    let Some(stars) = measure.avg_stars.filter(|_| !measure.is_unrated()) else {
        let reason = Reason::NotRated { rated: measure.rated, images: measure.images };
        return match limits.unrated {
            WhenUnrated::Rolling => (Class::Unrated, reason),
            WhenUnrated::Skip => (Class::Skipped, reason),
        };
    };
    if stars >= limits.great_night_min_avg_stars {
        return (Class::Forever, Reason::Great { stars, limit: limits.great_night_min_avg_stars });
    }
    if stars >= limits.min_avg_stars_primary {
        return (Class::Rolling, Reason::ManyStars { stars, limit: limits.min_avg_stars_primary });
    }
    if stars < limits.min_avg_stars_secondary {
        return (Class::Skipped, Reason::TooFewStars { stars, limit: limits.min_avg_stars_secondary });
    }
    match measure.moon_pct {
        Some(moon) if moon >= limits.min_moon_pct_secondary => {
            (Class::Rolling, Reason::GoodDespiteMoon { stars, moon })
        }
        moon => (Class::Skipped, Reason::TooFewStarsForNoMoon { stars, moon }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::night::Night;

    fn night(stars: f64, moon: Option<f64>) -> Measure {
        Measure {
            rated: 40,
            avg_stars: Some(stars),
            moon_pct: moon,
            ..Measure::unrated(Night::parse("20251224").unwrap(), 40)
        }
    }

    #[test]
    fn limits_belong_to_the_better_side() {
        let limits = Thresholds::default();
        for (stars, moon, class) in [
            (1000.0, Some(50.0), Class::Forever),
            (999.9, Some(0.0), Class::Rolling),
            (700.0, Some(0.0), Class::Rolling),
            (699.9, Some(0.0), Class::Skipped),
            (500.0, Some(50.0), Class::Rolling),
            (560.0, Some(49.9), Class::Skipped),
            (560.0, None, Class::Skipped),
            (499.9, Some(100.0), Class::Skipped),
        ] {
            assert_eq!(decide(&night(stars, moon), &limits).0, class, "{stars} {moon:?}");
        }
    }

    #[test]
    fn a_night_that_hardly_anybody_rated_is_not_judged_by_its_stars() {
        let half = Measure { rated: 19, ..night(1500.0, None) };
        assert_eq!(decide(&half, &Thresholds::default()).0, Class::Unrated);
        let strict = Thresholds { unrated: WhenUnrated::Skip, ..Thresholds::default() };
        assert_eq!(decide(&half, &strict).0, Class::Skipped);
    }
}
