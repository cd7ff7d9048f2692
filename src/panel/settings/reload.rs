//! Takes over a configuration that another hand has written into the file, within seconds.
use std::time::Duration;

use actix_web::web;

use crate::panel::state::{PanelState, off_loop};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Until the program ends.
pub async fn keep(panel: web::Data<PanelState>) {
    let mut turn = tokio::time::interval(LOOK_EVERY);
    loop {
        turn.tick().await;
        let looked = off_loop(&panel, |panel| {
            if panel.in_use.is_changed() {
                panel.in_use.adopt(&panel.jobs);
            }
            Ok(())
        });
        if looked.await.is_err() {
            return;
        }
    }
}
