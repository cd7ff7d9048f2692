//! What an order needs for itself while it is carried out. Orders that need none of each other's lanes run side by
//! side; all others wait for each other, oldest first.
use std::collections::BTreeSet;

use super::destination::DestinationName;

/// What an order does with the files of the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraUse {
    Nothing,
    /// Any number of orders may read at once.
    Reads,
    /// Nothing else may read or change them meanwhile.
    Changes,
}

/// The lanes of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lanes {
    /// Places that backups are kept in, of which nothing else may make use meanwhile.
    pub destinations: BTreeSet<DestinationName>,
    pub camera: CameraUse,
}

impl Lanes {
    pub fn new(destinations: impl IntoIterator<Item = DestinationName>, camera: CameraUse) -> Lanes {
        Lanes { destinations: destinations.into_iter().collect(), camera }
    }

    /// Whether an order with these lanes must wait for one with those of `other`.
    pub fn collides(&self, other: &Lanes) -> bool {
        let on_camera = match (self.camera, other.camera) {
            (CameraUse::Nothing, _) | (_, CameraUse::Nothing) | (CameraUse::Reads, CameraUse::Reads) => false,
            (CameraUse::Changes, _) | (_, CameraUse::Changes) => true,
        };
        on_camera || !self.destinations.is_disjoint(&other.destinations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(destinations: &[&str], camera: CameraUse) -> Lanes {
        Lanes::new(destinations.iter().map(|name| name.parse().unwrap()), camera)
    }

    #[test]
    fn orders_share_the_camera_only_while_both_read_and_never_a_destination() {
        use CameraUse::{Changes, Nothing, Reads};
        for (one, other, collide) in [
            (lanes(&["backups"], Reads), lanes(&["usb"], Reads), false),
            (lanes(&["backups"], Reads), lanes(&["backups"], Nothing), true),
            (lanes(&["backups", "usb"], Nothing), lanes(&["usb"], Reads), true),
            (lanes(&["backups"], Changes), lanes(&["usb"], Reads), true),
            (lanes(&[], Changes), lanes(&[], Changes), true),
            (lanes(&[], Changes), lanes(&["usb"], Nothing), false),
            (lanes(&[], Nothing), lanes(&[], Nothing), false),
        ] {
            assert_eq!(one.collides(&other), collide, "{one:?} {other:?}");
            assert_eq!(other.collides(&one), collide, "{other:?} {one:?}");
        }
    }
}
