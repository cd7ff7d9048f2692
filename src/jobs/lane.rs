//! The locks of the lanes, over all processes that share the state folder.
//!
//! The kernel holds them: they are free again when their process dies, however it dies. All of an order's lanes are
//! taken or none, so that no two orders ever wait for each other.
use std::fs::File;
use std::io;
use std::path::Path;

use crate::base::lock::{try_lock, try_share};
use crate::domain::failure::{Code, Failure};
use crate::domain::lane::{CameraUse, Lanes};

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
    let destinations = lanes.destinations.iter().map(|name| {
        let path = state.join(format!("lane-destination-{name}.lock"));
        (path, try_lock as Take)
    });
    let mut locks = Vec::new();
    for (path, take) in camera.into_iter().chain(destinations) {
        let lock = take(&path).map_err(|e| Failure {
            code: Code::Usage,
            message: format!("{}: the lock cannot be used: {e}", path.display()),
            advice: "Choose a state folder that belongs to you, with --state.".into(),
        })?;
        match lock {
            Some(lock) => locks.push(lock),
            None => return Ok(None),
        }
    }
    Ok(Some(Held { _locks: locks }))
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
        assert!(enter(&["backups", "usb", "other"], CameraUse::Changes).is_some());
    }
}
