//! What an owner decides by hand: a pin, and the class of a night.
use super::Error;
use super::list::look;
use crate::catalog::{EventKind, KnownNight};
use crate::destination::night_store::NightStore;
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;
use crate::domain::nights::state::NightState;
use crate::domain::retention::nights::Pinned;
use crate::work::Tools;

/// One decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Pin(Pinned),
    Class(Class),
}

/// A saved night is marked on its drive, which must be there; one without a copy is marked for the day
/// when it gets one.
pub fn mark(tools: &Tools, night: Night, mark: Mark) -> Result<(), Error> {
    let source = tools.nights.source.software();
    let known = match tools.catalog.night(source, night)? {
        Some(known) => known,
        None => {
            let nights = look(tools)?;
            let judged = nights.judged.iter().find(|judged| judged.measure.night == night);
            judged.map(|_| KnownNight::new(night, NightState::Measured)).ok_or(Error::NoNight(night))?
        }
    };
    let has_copy = matches!(known.state, NightState::Verified | NightState::Failed | NightState::Copying);
    if has_copy {
        let ready = tools.nights.drive()?.ready()?;
        if !ready.lock().map_err(Error::io("the lock could not be used"))? {
            return Err(Error::Busy);
        }
        let store = NightStore::new(ready.dir());
        if let Some(mut manifest) = store.manifest(night).map_err(Error::io("the manifest could not be read"))? {
            match mark {
                Mark::Pin(pinned) => manifest.pinned = pinned,
                Mark::Class(class) => manifest.class = class,
            }
            store.put_manifest(&manifest).map_err(Error::io("the manifest could not be written"))?;
        }
    }
    let row = match mark {
        Mark::Pin(pinned) => KnownNight { pinned, ..known },
        Mark::Class(class) => KnownNight { class: Some(class), reason: "chosen by its owner".to_owned(), ..known },
    };
    tools.catalog.put_night(source, &row, (tools.now)().timestamp())?;
    tools.catalog.tell(&EventKind::Mark { name: night.to_string() }, (tools.now)().timestamp())?;
    Ok(())
}
