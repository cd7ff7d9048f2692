//! `nights restore NIGHT`: shows what would come back; with `--yes` it does.
use std::process::ExitCode;

use super::Session;
use super::night_args::RestoreNight;
use super::restore::{absolute, not_yet, print};
use super::watch::Watch;
use crate::domain::failure::Failure;
use crate::domain::nights::ask::{Differing, NightAsk};
use crate::domain::order::Order;
use crate::domain::restore::program::Programs;
use crate::work::restore;

impl Session {
    pub(super) fn restore_night(&self, wish: RestoreNight) -> Result<ExitCode, Failure> {
        let differing = if wish.replace { Differing::Replace } else { Differing::Keep };
        let to = wish.to.map(|to| absolute(&to)).transpose()?;
        let programs = if wish.programs { Programs::Take } else { Programs::Leave };
        let ask = NightAsk { night: wish.night, to, differing, programs, seen: wish.seen };
        if !wish.yes {
            let watch = Watch::new();
            let preview = restore::night::preview(&self.tools, &ask, &watch);
            watch.finish(&[]);
            let preview = preview.map_err(Failure::from)?;
            self.screen.show(&preview, |out| print(&preview, out))?;
            return if wish.preview { Ok(ExitCode::SUCCESS) } else { Err(not_yet(&preview)) };
        }
        self.carry_out(Order::RestoreNight { ask })
    }
}
