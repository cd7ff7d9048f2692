//! A saved night that went to make room: one mail for each.
use super::sheet::{Block, Mood, Row, Sheet, text};
use super::sheet_html::html;
use super::{Message, Origin, occupancy, one_decimal};
use crate::base::size::Bytes;
use crate::domain::retention::nights::Disk;

/// The night as it was.
#[derive(Debug, Clone)]
pub struct Gone {
    /// `2025-12-24`.
    pub night: String,
    pub avg_stars: Option<f64>,
    pub moon_pct: Option<f64>,
    /// Space that it took.
    pub bytes: u64,
}

impl Gone {
    pub(super) fn row(&self) -> Row {
        let cells = vec![
            self.night.clone(),
            format!("Ø stars {}", one_decimal(self.avg_stars)),
            format!("moon {} %", one_decimal(self.moon_pct)),
            format!("{} released", Bytes(self.bytes)),
        ];
        Row { cells, remark: None }
    }
}

/// `disk` is the drive after the deletion, when it could be read.
pub fn message(origin: &Origin, gone: &Gone, disk: Option<&Disk>) -> Message {
    let mut facts = vec![
        ("Host", origin.host()),
        ("Time", origin.time()),
        ("Night", gone.night.clone()),
        ("Ø stars", one_decimal(gone.avg_stars)),
        ("Moon", format!("{} %", one_decimal(gone.moon_pct))),
        ("Released", Bytes(gone.bytes).to_string()),
    ];
    facts.extend(disk.map(|disk| ("Backup HDD occupancy", occupancy(disk))));
    let why = "It was the oldest rolling night on the drive that is verified, and the drive needed room. Its timelapse stays.";
    let headline = format!("The night {} was deleted to make room", gone.night);
    let sheet = Sheet::new(Mood::Careful, &headline, vec![Block::Facts(facts), Block::Words(why.into())]);
    let subject = origin.subject(&format!("Retention: night {} deleted ({})", gone.night, origin.host()));
    Message { subject, text: text(&sheet), html: html(&sheet) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::origin;
    use super::*;

    #[test]
    fn a_deletion_tells_the_night_its_worth_and_what_it_freed() {
        let gone = Gone { night: "2025-12-20".into(), avg_stars: Some(820.04), moon_pct: None, bytes: 3_000_000_000 };
        let disk = Disk { total: 100_000_000_000, used: 70_000_000_000, avail: 30_000_000_000 };
        let mail = message(&origin("pi"), &gone, Some(&disk));
        assert_eq!(mail.subject, "indi-allsky Retention: night 2025-12-20 deleted (pi)");
        for line in [
            "Host: pi",
            "Night: 2025-12-20",
            "Ø stars: 820.0",
            "Moon: - %",
            "Released: 3.0 GB",
            "Backup HDD occupancy: Total 100.0 GB / Used 70.0 GB (70 %) / Free 30.0 GB",
        ] {
            assert!(mail.text.lines().any(|l| l == line), "{line}: {}", mail.text);
        }
    }
}
