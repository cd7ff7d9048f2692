//! What a run of the nights did: the mail after every real run, also when there was nothing to save.
use super::deletion::Gone;
use super::sheet::{Block, Mood, Row, Sheet, text};
use super::sheet_html::html;
use super::{Message, Origin, occupancy, one_decimal};
use crate::domain::retention::nights::Disk;

/// A night that the run tried to save.
#[derive(Debug, Clone)]
pub struct Tried {
    /// `2025-12-24`.
    pub night: String,
    pub images: u64,
    pub bytes: u64,
    pub avg_stars: Option<f64>,
    /// Why it does not count; empty = verified.
    pub troubles: Vec<String>,
}

/// Everything that the summary tells.
#[derive(Debug, Clone, Default)]
pub struct Run {
    pub nights: Vec<Tried>,
    pub timelapse_bytes: u64,
    /// The archive of the camera's own settings, or why there is none.
    pub settings: Option<String>,
    /// The night with the most stars of all that were ever saved.
    pub greatest: Option<(String, Option<f64>)>,
    pub disk: Option<Disk>,
    pub deleted: Vec<Gone>,
    /// Why nothing, or no more, was deleted: `not needed`. `None` when nobody looked.
    pub retention: Option<String>,
}

pub fn message(origin: &Origin, run: &Run) -> Message {
    let sheet = sheet(origin, run);
    Message { subject: origin.subject("batch backup completed"), text: text(&sheet), html: html(&sheet) }
}

fn sheet(origin: &Origin, run: &Run) -> Sheet {
    let failed = run.nights.iter().filter(|night| !night.troubles.is_empty()).count();
    let saved = run.nights.len() - failed;
    let nights = |n: usize| if n == 1 { "1 night".to_owned() } else { format!("{n} nights") };
    let (mood, headline) = match (saved, failed) {
        (0, 0) => (Mood::Good, "No new night to save".to_owned()),
        (_, 0) => (Mood::Good, format!("{} saved and verified", nights(saved))),
        (0, _) => (Mood::Bad, format!("{} could not be saved", nights(failed))),
        _ => (Mood::Careful, format!("{} saved, {} could not be", nights(saved), nights(failed))),
    };
    let mut after = vec![("Timelapse total", format!("{} MB", run.timelapse_bytes / 1_000_000))];
    if let Some(settings) = &run.settings {
        after.push(("Settings of the camera", settings.clone()));
    }
    if let Some((night, stars)) = &run.greatest {
        after.push(("Greatest night so far", format!("{night} | Ø stars {}", one_decimal(*stars))));
    }
    if let Some(disk) = &run.disk {
        after.push(("Backup HDD occupancy", occupancy(disk)));
    }
    let mut blocks = vec![
        Block::Facts(vec![("Host", origin.host()), ("Time", origin.time())]),
        Block::Rows { title: "Nights backed up", rows: run.nights.iter().map(row).collect(), when_empty: "none" },
        Block::Facts(after),
    ];
    if !run.deleted.is_empty() {
        let rows = run.deleted.iter().map(Gone::row).collect();
        blocks.push(Block::Rows { title: "Deleted to make room", rows, when_empty: "none" });
    } else if let Some(why) = &run.retention {
        blocks.push(Block::Words(format!("Nothing was deleted ({why}).")));
    }
    blocks.push(Block::Words("Note: Thumbnails are not saved.".into()));
    Sheet::new(mood, &headline, blocks)
}

fn row(night: &Tried) -> Row {
    let cells = vec![
        night.night.clone(),
        format!("{} images", night.images),
        format!("{} MB images", night.bytes / 1_000_000),
        format!("Ø stars {}", one_decimal(night.avg_stars)),
    ];
    let remark = (!night.troubles.is_empty()).then(|| format!("FAILED: {}", night.troubles.join("; ")));
    Row { cells, remark }
}

#[cfg(test)]
mod tests {
    use super::super::tests::origin;
    use super::*;

    fn night(night: &str, troubles: &[&str]) -> Tried {
        Tried {
            night: night.into(),
            images: 1902,
            bytes: 2_915_400_000,
            avg_stars: Some(1170.4),
            troubles: troubles.iter().map(|t| (*t).to_owned()).collect(),
        }
    }

    fn disk() -> Disk {
        Disk { total: 1_000_000_000_000, used: 790_000_000_000, avail: 210_000_000_000 }
    }

    #[test]
    fn the_summary_has_every_line_that_an_owner_expects() {
        let gone =
            Gone { night: "2025-12-01".into(), avg_stars: Some(820.0), moon_pct: Some(0.0), bytes: 3_000_000_000 };
        let run = Run {
            nights: vec![night("2025-12-24", &[])],
            timelapse_bytes: 501_900_000,
            settings: Some("allsky-config-backup-20251229-113000.tar.gz | 1.2 MB".into()),
            greatest: Some(("2025-12-19".into(), Some(1509.3))),
            disk: Some(disk()),
            deleted: vec![gone],
            retention: Some("ok".into()),
        };
        let mail = message(&origin("observatory"), &run);
        assert_eq!(mail.subject, "indi-allsky batch backup completed");
        let lines: Vec<&str> = mail.text.lines().collect();
        assert_eq!(
            lines,
            [
                "Host: observatory",
                "Time: 2025-12-29 11:31:07 +01:00",
                "Nights backed up:",
                "2025-12-24 | 1902 images | 2915 MB images | Ø stars 1170.4",
                "Timelapse total: 501 MB",
                "Settings of the camera: allsky-config-backup-20251229-113000.tar.gz | 1.2 MB",
                "Greatest night so far: 2025-12-19 | Ø stars 1509.3",
                "Backup HDD occupancy: Total 1.0 TB / Used 790.0 GB (79 %) / Free 210.0 GB",
                "Deleted to make room:",
                "2025-12-01 | Ø stars 820.0 | moon 0.0 % | 3.0 GB released",
                "Note: Thumbnails are not saved.",
            ]
        );
        for cell in ["1 night saved and verified", "2915 MB images", "Greatest night so far", "3.0 GB released"] {
            assert!(mail.html.contains(cell), "{cell}");
        }
    }

    #[test]
    fn a_run_that_found_nothing_says_so_and_is_told_all_the_same() {
        let run = Run { retention: Some("not needed".into()), ..Run::default() };
        let mail = message(&origin("pi"), &run);
        assert!(mail.text.contains("Nights backed up:\nnone\nTimelapse total: 0 MB\n"), "{}", mail.text);
        assert!(mail.text.contains("Nothing was deleted (not needed).\nNote:"), "{}", mail.text);
        assert!(mail.html.contains("No new night to save"));
    }

    #[test]
    fn a_night_that_failed_stands_with_its_reason_among_the_others() {
        let run =
            Run { nights: vec![night("2025-12-23", &[]), night("2025-12-24", &["one", "two"])], ..Run::default() };
        let mail = message(&origin("pi"), &run);
        assert!(mail.text.contains("2025-12-24 | 1902 images | 2915 MB images | Ø stars 1170.4 | FAILED: one; two\n"));
        assert!(mail.html.contains("1 night saved, 1 night could not be"), "{}", mail.html);
    }

    #[test]
    fn a_camera_of_the_other_kind_is_called_by_its_own_name() {
        let team = Origin { system: "Allsky".into(), ..origin("pi") };
        assert_eq!(message(&team, &Run::default()).subject, "Allsky batch backup completed");
    }
}
