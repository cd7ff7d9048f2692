//! `nights …`: what every night is worth, and what became of it.
use serde_json::json;

use super::Session;
use super::args::Nights;
use super::screen::{Align, Table};
use crate::base::size::Bytes;
use crate::domain::failure::Failure;
use crate::work::nights::list::{self, Item};

impl Session {
    pub(super) fn nights(&self, what: Nights) -> Result<(), Failure> {
        match what {
            Nights::List => {
                let items = list::list(&self.tools).map_err(|e| Failure::from(&e))?;
                self.screen.show(&json!({ "items": items }), |out| {
                    if items.is_empty() {
                        return writeln!(out, "no nights in {}", self.tools.nights.source.images_dir().display());
                    }
                    table(&items).print(out)
                })
            }
            Nights::Show { night } => {
                let item = list::show(&self.tools, night).map_err(|e| Failure::from(&e))?;
                self.screen.show(&item, |out| {
                    table(std::slice::from_ref(&item)).print(out)?;
                    writeln!(out, "{}", item.reason)
                })
            }
        }
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
