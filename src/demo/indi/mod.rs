//! A realistic indi-allsky to work on: the program's folder, `/etc/indi-allsky`, `/var/lib/indi-allsky`
//! and the pictures of two cameras, all below one folder. Nothing in it is a real secret.
mod capture;
mod home;
mod pictures;
mod records;

use std::io;
use std::path::{Path, PathBuf};

use super::noise::Noise;
use super::{Plan, make_dir};

pub(super) use capture::Shutter;

/// Where everything is below the folder of the demo.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The program's own folder.
    pub home: PathBuf,
    pub flask: PathBuf,
    /// As in `/var/lib`.
    pub state: PathBuf,
    pub database: PathBuf,
    pub images: PathBuf,
}

impl Layout {
    pub fn below(top: &Path) -> Layout {
        let state = top.join("var/lib/indi-allsky");
        Layout {
            home: top.join("indi-allsky"),
            flask: top.join("etc/indi-allsky/flask.json"),
            database: state.join("indi-allsky.sqlite"),
            state,
            images: top.join("var/www/html/allsky/images"),
        }
    }
}

/// Builds it below `top` and says how far it is: done, total files.
pub fn build(top: &Path, plan: &Plan, progress: &mut dyn FnMut(u64, u64)) -> io::Result<()> {
    let layout = Layout::below(top);
    if layout.home.exists() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there", layout.home.display())));
    }
    let nights = plan.all_nights()?;
    let camera = camera(plan.seed, 1);
    make_dir(&layout.images)?;
    let frames = pictures::write(&layout.images, &camera, plan, &nights, progress)?;
    home::write(&layout, plan.seed)?;
    records::write(&layout.database, plan, &camera, &frames)
}

/// `UUID` of the camera that is the `nth`.
fn camera(seed: u64, nth: u64) -> String {
    let bytes = Noise::new(seed, nth << 32).bytes(16);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}
