//! The locks of the lanes, over all processes that share the state folder.
//!
//! The kernel holds them: they are free again when their process dies, however it dies. All of an order's lanes are
//! taken or none, so that no two orders ever wait for each other.
use std::fs::File;
use std::io;
use std::path::Path;

use crate::base::lock::{try_lock, try_share};
use crate::domain::failure::{Code, Failure};
use crate::domain::lane::{CameraUse, Lanes, PlaceUse};

type Take = fn(&Path) -> io::Result<Option<File>>;

const CAMERA: &str = "lane-camera.lock";

/// The lanes of one order, as long as this value lives.
#[derive(Debug)]
pub(super) struct Held {
    _locks: Vec<File>,
}

/// The lanes, when all of them are free; files for them lie in `state`.
pub(super) fn try_enter(lanes: &Lanes, state: &Path) -> Result<Option<Held>, Failure> {
    let camera = match lanes.camera {
        CameraUse::Nothing => None,
        CameraUse::Reads => Some((state.join(CAMERA), try_share as Take)),
        CameraUse::Changes => Some((state.join(CAMERA), try_lock as Take)),
    };
    let destinations = lanes.destinations.iter().map(|(name, own)| {
        let take: Take = if *own == PlaceUse::Shared { try_share } else { try_lock };
        (state.join(format!("lane-destination-{name}.lock")), take)
    });
    let host = lanes.host.iter().map(|name| (state.join(format!("lane-host-{name}.lock")), try_lock as Take));
    let mut locks = Vec::new();
    for (path, take) in camera.into_iter().chain(destinations).chain(host) {
        match taken(&path, take)? {
            Some(lock) => locks.push(lock),
            None => return Ok(None),
        }
    }
    if lanes.seats > 0 {
        match seat(lanes.seats, state)? {
            Some(lock) => locks.push(lock),
            None => return Ok(None),
        }
    }
    Ok(Some(Held { _locks: locks }))
}

/// Any seat that is free.
fn seat(seats: usize, state: &Path) -> Result<Option<File>, Failure> {
    for number in 1..=seats {
        if let Some(lock) = taken(&state.join(format!("lane-seat-{number}.lock")), try_lock)? {
            return Ok(Some(lock));
        }
    }
    Ok(None)
}

fn taken(path: &Path, take: Take) -> Result<Option<File>, Failure> {
    take(path).map_err(|e| Failure {
        code: Code::Usage,
        message: format!("{}: the lock cannot be used: {e}", path.display()),
        advice: "Choose a state folder that belongs to you, with --state.".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lanes_of_an_order_are_taken_or_none() {
        let top = tempfile::tempdir().unwrap();
        let enter = |names: &[&str], camera| {
            let names = names.iter().map(|name| name.parse().unwrap());
            try_enter(&Lanes::new(names, camera), top.path()).unwrap()
        };
        let reads = enter(&["backups"], CameraUse::Reads);
        assert!(reads.is_some() && enter(&["usb"], CameraUse::Changes).is_none());
        let beside = enter(&["usb"], CameraUse::Reads);
        assert!(beside.is_some(), "the refused order holds nothing");
        assert!(enter(&["backups", "other"], CameraUse::Nothing).is_none());
        drop((reads, beside));
        let host =
            |name: &str| Lanes::of_host(&name.parse().unwrap(), Some("usb".parse().unwrap()), CameraUse::Nothing);
        let take = |name: &str| try_enter(&host(name).among(2), top.path()).unwrap();
        let (cam, nas) = (take("cam"), take("nas"));
        assert!(cam.is_some() && nas.is_some() && take("cam").is_none(), "hosts share a drive");
        assert!(take("third").is_none() && enter(&["usb"], CameraUse::Nothing).is_none(), "both seats are taken");
        drop(cam);
        assert!(take("third").is_some());
        drop(nas);
        assert!(enter(&["backups", "usb", "other"], CameraUse::Changes).is_some());
    }
}
