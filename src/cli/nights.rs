//! `nights …`: what every night is worth, and what became of it.
use std::process::ExitCode;

use super::Session;
use super::night_args::{ChosenClass, Nights};
use super::reading::ReadingSession;
use super::screen::{Align, Table};
use crate::api::list::Items;
use crate::api::night::Rescanned;
use crate::base::counted::counted;
use crate::base::size::Bytes;
use crate::domain::failure::Failure;
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;
use crate::domain::order::{Damaged, NightsOrder};
use crate::domain::retention::nights::Pinned;
use crate::work::nights;
use crate::work::nights::list::{self, Item};
use crate::work::nights::mark::Mark;

impl Session {
    pub(super) fn nights(&self, what: Nights) -> Result<ExitCode, Failure> {
        match what {
            Nights::Save { nights, take_damaged } => {
                let damaged = if take_damaged { Damaged::Take } else { Damaged::Refuse };
                return self.run_nights(NightsOrder::Save { nights, damaged });
            }
            Nights::Verify { nights } => return self.run_nights(NightsOrder::Verify { nights }),
            Nights::Restore(restore) => return self.restore_night(restore),
            Nights::Pin { night } => self.mark(night, Mark::Pin(Pinned::Yes))?,
            Nights::Unpin { night } => self.mark(night, Mark::Pin(Pinned::No))?,
            Nights::Class { night, class: ChosenClass::Forever } => self.mark(night, Mark::Class(Class::Forever))?,
            Nights::Class { night, class: ChosenClass::Rolling } => self.mark(night, Mark::Class(Class::Rolling))?,
            Nights::Rescan => {
                let (copies, verified) = nights::rescan(&self.tools)?;
                self.screen.show(&Rescanned { nights: copies, verified }, |out| {
                    writeln!(out, "{} on the drive, {verified} verified", counted(copies as u64, "night"))
                })?;
            }
            Nights::List => self.reading().list_nights()?,
            Nights::Show { night } => self.reading().show_night(night)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn mark(&self, night: Night, mark: Mark) -> Result<(), Failure> {
        nights::learn_from_drive(&self.tools);
        nights::mark::mark(&self.tools, night, mark)?;
        let item = list::show(&self.tools, night)?;
        self.screen.show(&item, |out| table(std::slice::from_ref(&item)).print(out))
    }
}

impl ReadingSession {
    pub(super) fn list_nights(&self) -> Result<(), Failure> {
        nights::learn_from_drive(&self.tools);
        let items = list::list(&self.tools)?;
        self.screen.show(&Items::all(&items), |out| {
            if items.is_empty() {
                return writeln!(out, "no nights in {}", self.tools.nights.source.images_dir().display());
            }
            table(&items).print(out)
        })
    }

    pub(super) fn show_night(&self, night: Night) -> Result<(), Failure> {
        nights::learn_from_drive(&self.tools);
        let item = list::show(&self.tools, night)?;
        self.screen.show(&item, |out| {
            table(std::slice::from_ref(&item)).print(out)?;
            writeln!(out, "{}", item.reason)
        })
    }
}

fn table(items: &[Item]) -> Table {
    let (left, right) = (Align::Left, Align::Right);
    let mut table = Table::new(&[
        ("NIGHT", left),
        ("PICTURES", right),
        ("STARS", right),
        ("MOON %", right),
        ("CLASS", left),
        ("STATE", left),
        ("SIZE", right),
        ("WHY", left),
    ]);
    for item in items {
        let one = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.1}"));
        let mut why = item.reason.clone();
        if item.at_risk {
            why = format!("AT RISK, the camera deletes it soon; {why}");
        }
        table.row([
            item.night.clone(),
            item.images.map_or_else(|| "-".to_owned(), |n| n.to_string()),
            one(item.avg_stars),
            one(item.moon_pct),
            item.class.map_or("-", |class| class.as_str()).to_owned(),
            format!("{}{}", item.state.as_str(), if item.pinned { ", pinned" } else { "" }),
            item.bytes.map_or_else(|| "-".to_owned(), |n| Bytes(n).to_string()),
            why,
        ]);
    }
    table
}
