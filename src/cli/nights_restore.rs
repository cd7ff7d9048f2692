//! `nights restore NIGHT`: shows what would come back; with `--yes` it does.
use std::process::ExitCode;

use super::Session;
use super::night_args::RestoreNight;
use super::restore::{absolute, not_yet, print};
use super::watch::Watch;
use crate::domain::failure::Failure;
use crate::domain::nights::request::{Differing, NightRequest};
use crate::domain::order::{CameraOrder, Order};
use crate::domain::restore::program::Programs;
use crate::work::restore;

impl Session {
    pub(super) fn restore_night(&self, restore: RestoreNight) -> Result<ExitCode, Failure> {
        let differing = if restore.replace { Differing::Replace } else { Differing::Keep };
        let to = restore.to.map(|to| absolute(&to)).transpose()?;
        let programs = if restore.programs { Programs::Take } else { Programs::Leave };
        let request = NightRequest { night: restore.night, to, differing, programs, seen: restore.seen };
        if !restore.yes {
            let watch = Watch::new();
            let preview = restore::night::preview(&self.tools, &request, &watch);
            watch.finish(&[]);
            let preview = preview.map_err(Failure::from)?;
            self.screen.show(&preview, |out| print(&preview, out))?;
            return if restore.preview { Ok(ExitCode::SUCCESS) } else { Err(not_yet(&preview)) };
        }
        self.carry_out(Order::Camera(CameraOrder::RestoreNight { request }))
    }
}
