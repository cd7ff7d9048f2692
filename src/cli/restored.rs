//! `undo [ID]` and `restores`: what was restored, and how to go back.
use std::process::ExitCode;

use super::Session;
use super::reading::ReadingSession;
use super::screen::{Align, Table};
use crate::api::archive::Restores;
use crate::base::size::Bytes;
use crate::domain::failure::Failure;
use crate::domain::order::{CameraOrder, Order};
use crate::work::restore;

impl Session {
    pub(super) fn undo(&self, id: Option<String>) -> Result<ExitCode, Failure> {
        self.carry_out(Order::Camera(CameraOrder::Undo { id }))
    }
}

impl ReadingSession {
    pub(super) fn restores(&self) -> Result<(), Failure> {
        let kept = restore::restores(&self.tools).map_err(Failure::from)?;
        self.screen.show(&Restores { restores: &kept }, |out| {
            if kept.is_empty() {
                return writeln!(out, "no restore can be undone");
            }
            let (left, right) = (Align::Left, Align::Right);
            let mut table =
                Table::new(&[("RESTORE", left), ("OF", left), ("FILES", right), ("HOLDS", right), ("UNTIL", left)]);
            for one in &kept {
                let name = one.restored.as_ref().map_or("-", |restored| restored.name.as_str());
                let what = if one.undoes.is_some() { format!("undo of {name}") } else { name.to_owned() };
                let until = one.until.to_zoned((self.tools.now)().time_zone().clone());
                table.row([
                    one.restore_id.clone(),
                    what,
                    one.files.to_string(),
                    one.held_bytes.map_or_else(|| "-".into(), |bytes| Bytes(bytes).to_string()),
                    until.strftime("%Y-%m-%d %H:%M").to_string(),
                ]);
            }
            table.print(out)
        })
    }
}
