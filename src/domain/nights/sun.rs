//! How high the sun stood, by which the camera of AllskyTeam tells day from night.
//!
//! Good to a few hundredths of a degree between 1950 and 2050, far less than the sun moves between two frames.
use jiff::Timestamp;
use serde_json::Value;

/// Where the camera stands and below which height of the sun its night begins; all in degrees, north and
/// east positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sun {
    latitude: f64,
    longitude: f64,
    angle: f64,
}

/// The sun at which civil twilight ends, which the camera takes when its settings do not say it.
const USUAL_ANGLE: f64 = -6.0;
/// The camera decides once per exposure. A frame so near to the change is taken for one of the night, as
/// it is better to keep a picture too many.
const DOUBT: f64 = 0.5;
/// Noon of the first of January 2000, from which days are counted here.
const EPOCH_S: f64 = 946_728_000.0;

impl Sun {
    /// By the camera's settings; `None` while they do not say where it stands.
    pub fn of(settings: &Value) -> Option<Self> {
        let latitude = degrees(&settings["latitude"], ['N', 'S'])?;
        let longitude = degrees(&settings["longitude"], ['E', 'W'])?;
        let angle = number(&settings["angle"]).unwrap_or(USUAL_ANGLE);
        let is_on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        is_on_earth.then_some(Sun { latitude, longitude, angle })
    }

    /// True when `at` was certainly in the day.
    pub fn is_up(&self, at: Timestamp) -> bool {
        self.height(at) > self.angle + DOUBT
    }

    /// Height of the sun over the horizon in degrees, by the low precision formulas of the Astronomical Almanac.
    fn height(&self, at: Timestamp) -> f64 {
        let days = (at.as_second() as f64 - EPOCH_S) / 86_400.0;
        let anomaly = (357.528 + 0.985_600_3 * days).to_radians();
        let mean = 280.460 + 0.985_647_4 * days;
        let ecliptic = (mean + 1.915 * anomaly.sin() + 0.020 * (2.0 * anomaly).sin()).to_radians();
        let tilt = (23.439 - 0.000_000_4 * days).to_radians();
        let ascension = (tilt.cos() * ecliptic.sin()).atan2(ecliptic.cos());
        let declination = (tilt.sin() * ecliptic.sin()).asin();
        let sidereal = (280.460_618 + 360.985_647_37 * days + self.longitude).to_radians();
        let hour_angle = sidereal - ascension;
        let latitude = self.latitude.to_radians();
        let sine = latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos();
        sine.asin().to_degrees()
    }
}

/// `50.03N`, `8.57w`, `-33.9` or a number. `positive` and `negative` are the letters of the two directions.
fn degrees(value: &Value, [positive, negative]: [char; 2]) -> Option<f64> {
    let Some(text) = value.as_str() else { return number(value) };
    let text = text.trim();
    let last = text.chars().last()?.to_ascii_uppercase();
    match last {
        _ if last == positive => number(&text[..text.len() - 1].into()),
        _ if last == negative => number(&text[..text.len() - 1].into()).map(|degrees| -degrees),
        _ => number(value),
    }
}

/// A number, or a number in quotes; none that is endless.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    number.filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_sun_stands_where_almanacs_say() {
        for (place, time, height) in [
            // Greenwich at noon of both solstices and of an equinox, and at midnight.
            ((51.48, 0.0), "2025-06-21T12:02:00Z", 61.96),
            ((51.48, 0.0), "2025-12-21T11:58:00Z", 15.08),
            ((51.48, 0.0), "2025-03-20T12:07:00Z", 38.57),
            ((51.48, 0.0), "2025-12-22T00:00:00Z", -61.9),
            // The horizon at sunset in Sydney, and the midnight sun of Tromsø.
            ((-33.87, 151.21), "2025-12-21T09:05:00Z", -0.8),
            ((69.65, 18.96), "2025-06-21T22:45:00Z", 3.1),
        ] {
            let sun = Sun { latitude: place.0, longitude: place.1, angle: USUAL_ANGLE };
            let found = sun.height(at(time));
            assert!((found - height).abs() < 0.4, "{place:?} {time}: {found}");
        }
    }

    #[test]
    fn places_are_read_as_the_camera_takes_them_and_none_is_made_up() {
        let of = |latitude: Value, longitude: Value| {
            Sun::of(&json!({"latitude": latitude, "longitude": longitude, "angle": "-12"}))
        };
        let sun = |latitude, longitude| Some(Sun { latitude, longitude, angle: -12.0 });
        for (latitude, longitude, expected) in [
            (json!("50.03N"), json!("8.57E"), sun(50.03, 8.57)),
            (json!("33.9s"), json!(" 151.2w "), sun(-33.9, -151.2)),
            (json!("-33.9"), json!("+151.2"), sun(-33.9, 151.2)),
            (json!(-33.9), json!(151), sun(-33.9, 151.0)),
            (json!(""), json!("8.57E"), None),
            (json!("N"), json!("8.57E"), None),
            (json!("91N"), json!("8.57E"), None),
            (json!("ünlü"), json!("8.57E"), None),
            (json!("inf"), json!("8.57E"), None),
            (json!(null), json!(null), None),
        ] {
            assert_eq!(of(latitude.clone(), longitude.clone()), expected, "{latitude} {longitude}");
        }
        assert_eq!(Sun::of(&json!({"latitude": "1N", "longitude": "1E"})).unwrap().angle, -6.0);
    }
}
