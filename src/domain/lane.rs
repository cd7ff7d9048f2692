//! What an order needs for itself while it is carried out. Orders that need none of each other's lanes run side by
//! side; all others wait for each other, oldest first.
use std::collections::BTreeMap;

use super::destination::DestinationName;
use super::host::settings::HostName;

/// What an order does with the files of the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraUse {
    Nothing,
    /// Any number of orders may read at once.
    Reads,
    /// Nothing else may read or change them meanwhile.
    Changes,
}

/// What an order does with a place that backups are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceUse {
    /// Beside other orders of this kind: each has a folder of its own there.
    Shared,
    /// Nothing else may make use of it meanwhile.
    Alone,
}

/// The lanes of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lanes {
    pub destinations: BTreeMap<DestinationName, PlaceUse>,
    /// The host whose snapshots it changes or reads.
    pub host: Option<HostName>,
    pub camera: CameraUse,
    /// Of orders that take a whole host, at most so many run at once; 0 for all other orders.
    pub seats: usize,
}

impl Lanes {
    pub fn new(destinations: impl IntoIterator<Item = DestinationName>, camera: CameraUse) -> Lanes {
        let destinations = destinations.into_iter().map(|name| (name, PlaceUse::Alone)).collect();
        Lanes { destinations, host: None, camera, seats: 0 }
    }

    /// Of an order about the snapshots of `host`, which lie on `destination`.
    pub fn of_host(host: &HostName, destination: Option<DestinationName>, camera: CameraUse) -> Lanes {
        let destinations = destination.into_iter().map(|name| (name, PlaceUse::Shared)).collect();
        Lanes { destinations, host: Some(host.clone()), camera, seats: 0 }
    }

    /// With a share of `destination` as well.
    pub fn and_at(mut self, destination: DestinationName) -> Lanes {
        self.destinations.entry(destination).or_insert(PlaceUse::Shared);
        self
    }

    /// As one of at most `seats` orders of its kind.
    pub fn among(self, seats: usize) -> Lanes {
        Lanes { seats, ..self }
    }

    /// Whether an order with these lanes must wait for one with those of `other`.
    pub fn collides(&self, other: &Lanes) -> bool {
        let on_camera = match (self.camera, other.camera) {
            (CameraUse::Nothing, _) | (_, CameraUse::Nothing) | (CameraUse::Reads, CameraUse::Reads) => false,
            (CameraUse::Changes, _) | (_, CameraUse::Changes) => true,
        };
        let at_a_place = self.destinations.iter().any(|(name, own)| {
            let theirs = other.destinations.get(name);
            theirs.is_some_and(|theirs| (*own, *theirs) != (PlaceUse::Shared, PlaceUse::Shared))
        });
        on_camera || at_a_place || self.host.is_some() && self.host == other.host
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

    #[test]
    fn hosts_share_a_drive_with_each_other_and_with_nothing_else() {
        let host = |name: &str, drive: &str| {
            Lanes::of_host(&name.parse().unwrap(), Some(drive.parse().unwrap()), CameraUse::Nothing)
        };
        for (one, other, collide) in [
            (host("cam", "usb").and_at("big".parse().unwrap()), lanes(&["big"], CameraUse::Nothing), true),
            (host("cam", "usb").and_at("big".parse().unwrap()), host("nas", "big"), false),
            (host("cam", "usb"), host("nas", "usb"), false),
            (host("cam", "usb"), host("cam", "usb"), true),
            (host("cam", "usb"), host("cam", "other"), true),
            (host("cam", "usb"), lanes(&["usb"], CameraUse::Nothing), true),
            (host("cam", "usb"), lanes(&["other"], CameraUse::Changes), false),
        ] {
            assert_eq!(one.collides(&other), collide, "{one:?} {other:?}");
            assert_eq!(other.collides(&one), collide, "{other:?} {one:?}");
        }
    }
}
