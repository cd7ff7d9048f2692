//! Where a file of a night lies at the camera and where on the drive: one rule, read in both
//! directions, so that a night goes back to where it came from.
use crate::base::rel_path::RelPath;
use crate::destination::night_store::NightStore;
use crate::domain::night::Night;
use crate::site::nights::NightSource;

/// Below the drive; the camera's own folder of the night is not repeated.
pub(super) fn place_of(source: &dyn NightSource, night: Night, home: &RelPath) -> Option<RelPath> {
    let short = match source.night_folder(night) {
        Some(folder) if home.is_within(&folder) => home.as_bytes().get(folder.as_bytes().len() + 1..)?,
        _ => home.as_bytes(),
    };
    NightStore::folder(night).join(short).ok()
}

/// Below the camera's pictures; `listed` is below the night's folder on the drive.
pub(in crate::work) fn home_of(source: &dyn NightSource, night: Night, listed: &RelPath) -> Option<RelPath> {
    match source.night_folder(night) {
        Some(folder) => folder.join(listed.as_bytes()).ok(),
        None => Some(listed.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::nights::{CameraChoice, IndiNights, TeamNights};

    #[test]
    fn what_went_to_the_drive_goes_back_to_where_it_came_from() {
        let night = Night::parse("20251224").unwrap();
        let team = TeamNights::new("/h".as_ref(), "/h/images".as_ref(), jiff::tz::TimeZone::UTC);
        let indi = IndiNights::new(crate::site::indi::Database::File("/d".into()), "/i".into(), CameraChoice::Active);
        for (source, home, place) in [
            (&team as &dyn NightSource, "20251224/image-1.jpg", "nights/2025-12-24/image-1.jpg"),
            (&team, "20251224/keogram/k.jpg", "nights/2025-12-24/keogram/k.jpg"),
            (&indi, "ccd_1/exposures/20251224/night/a.jpg", "nights/2025-12-24/ccd_1/exposures/20251224/night/a.jpg"),
        ] {
            let home = RelPath::parse(home).unwrap();
            let there = place_of(source, night, &home).unwrap();
            assert_eq!(there.to_string(), place);
            let listed = RelPath::parse(&there.as_bytes()["nights/2025-12-24/".len()..]).unwrap();
            assert_eq!(home_of(source, night, &listed), Some(home));
        }
    }
}
