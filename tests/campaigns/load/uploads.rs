//! Archives of any size that come through the web server: as fast as it goes with cuts, and slowly.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::owner::Owner;
use super::{MOST_MEMORY, skipped};
use crate::dice::Dice;
use crate::large_archive::LargeArchive;
use crate::support::panel_site::{self, PanelSite};
use crate::{Outcome, Scale};

/// The most that the web server may have put aside at one moment, while bytes wait for the program. The files
/// are gone before anything of them is on the disk.
const MOST_ASIDE: u64 = 8 << 20;

/// The most that the web server put aside while `work` went on, in bytes.
fn spooled_during<T>(site: &PanelSite, work: impl FnOnce() -> T) -> (T, u64) {
    let (over, most) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                most.fetch_max(site.spooled(), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(10));
            }
        });
        let value = work();
        over.store(true, Ordering::Relaxed);
        (value, most.load(Ordering::Relaxed))
    })
}

/// Ten GiB as fast as it goes, cut twenty times.
pub fn fast(scale: Scale, dice: &mut Dice) -> Outcome {
    let Some(site) = panel_site::site() else { return skipped() };
    let (bytes, cuts) = match scale {
        Scale::Full => (10 << 30, 20),
        Scale::Tenth => (96 << 20, 5),
    };
    let archive = LargeArchive::of(bytes);
    let cuts: Vec<u64> = (0..cuts).map(|_| (dice.part() * archive.bytes() as f64) as u64).collect();
    let owner = Owner::of(&site);
    let begin = Instant::now();
    let (result, spooled) = spooled_during(&site, || owner.upload(&archive, &cuts, None));
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(result["sha256"], archive.sha256());
    assert!(spooled <= MOST_ASIDE, "{spooled}");
    let peak = site.memory("VmHWM:");
    assert!(peak <= MOST_MEMORY, "{peak}");
    let remark = format!(
        "{:.1} GB, {:.0} MB/s to the end of the last check, peak memory {} MB, at most {} kB at once put aside by the web server",
        archive.bytes() as f64 / 1e9,
        archive.bytes() as f64 / 1e6 / seconds,
        peak / 1_000_000,
        spooled / 1000
    );
    Outcome { count: cuts.len(), remark }
}

/// At 20 Mbit/s for some minutes.
pub fn slow(scale: Scale, _: &mut Dice) -> Outcome {
    let Some(site) = panel_site::site() else { return skipped() };
    let rate = 2_500_000;
    let archive = LargeArchive::of(match scale {
        Scale::Full => rate * 240,
        Scale::Tenth => rate * 8,
    });
    let owner = Owner::of(&site);
    let (result, spooled) = spooled_during(&site, || owner.upload(&archive, &[], Some(rate)));
    assert_eq!(result["sha256"], archive.sha256());
    assert!(spooled <= MOST_ASIDE, "{spooled}");
    let peak = site.memory("VmHWM:");
    assert!(peak <= MOST_MEMORY, "{peak}");
    let (bytes, peak, spooled) = (archive.bytes() / 1_000_000, peak / 1_000_000, spooled / 1000);
    let remark = format!("{bytes} MB, peak memory {peak} MB, at most {spooled} kB at once put aside by the web server");
    Outcome { count: 1, remark }
}
