//! Every place of a small archive is damaged once, and verify must see it; what is whole comes back; caches
//! and databases are damaged, and cost nothing but themselves.
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use allsky_backups::archive::index::Index;
use allsky_backups::archive::salvage::{Salvaged, salvage};
use allsky_backups::archive::verify::verify;
use allsky_backups::base::digest::Sha256;
use allsky_backups::domain::monitor::Unwatched;

use crate::dice::Dice;
use crate::support::terminal::Terminal;
use crate::{Outcome, Scale};

/// A small archive of ours, alone in a file that may be written to.
fn archive(terminal: &Terminal) -> (File, Vec<u8>) {
    let folder = terminal.path("allsky/images/small");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("image.jpg"),
        (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>(),
    )
    .unwrap();
    fs::write(folder.join("note.txt"), "clear sky\n".repeat(300)).unwrap();
    let made = terminal.ask("create images --nights small");
    let bytes = fs::read(made["path"].as_str().unwrap()).unwrap();
    let copy = terminal.path("damaged.tar.gz");
    fs::write(&copy, &bytes).unwrap();
    let file = File::options().read(true).write(true).open(copy).unwrap();
    assert_eq!(verify(&file, &Unwatched).unwrap().damage, None);
    (file, bytes)
}

/// Every byte, by one bit chosen at random; in full, every bit.
pub fn flips(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    let (file, bytes) = archive(&terminal);
    let mut count = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let bits: &[u64] = match scale {
            Scale::Full => &[0, 1, 2, 3, 4, 5, 6, 7],
            Scale::Tenth => &[dice.roll() % 8],
        };
        for bit in bits {
            file.write_all_at(&[byte ^ 1 << bit], at as u64).unwrap();
            let verdict = verify(&file, &Unwatched).unwrap();
            assert!(verdict.damage.is_some(), "byte {at}, bit {bit} of {}", bytes.len());
            count += 1;
        }
        file.write_all_at(&[*byte], at as u64).unwrap();
    }
    Outcome { count, remark: format!("every byte of {} bytes", bytes.len()) }
}

/// What is whole in an archive, and the sum of each file of it that is not empty.
fn whole(file: &File) -> Option<(Salvaged, BTreeMap<String, Option<Sha256>>)> {
    let mut sums = BTreeMap::new();
    let mut note = |member: allsky_backups::archive::inspect::Member| {
        if member.size > 0 {
            sums.insert(member.name.to_string(), member.sha256);
        }
    };
    salvage(file, &mut note, &Unwatched).unwrap().map(|salvaged| (salvaged, sums))
}

/// Every length, from all but one byte to none. What counts as whole of a cut archive is as it was, and cut only in its
/// last member it gives out all.
pub fn cuts(_: Scale, _: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    let (file, bytes) = archive(&terminal);
    let (all, good) = whole(&file).unwrap();
    for length in (0..bytes.len()).rev() {
        file.set_len(length as u64).unwrap();
        assert!(verify(&file, &Unwatched).unwrap().damage.is_some(), "{length} of {} bytes", bytes.len());
        let (found, sums) = whole(&file).unwrap_or_default();
        let only_end = bytes.len() - length <= 43;
        assert!(!only_end || found == all, "{length} of {} bytes: {found:?}", bytes.len());
        // A file of the member that was cut has no sum that would prove it.
        let is_good =
            |name: &String, sum: &Option<Sha256>| good.get(name).is_some_and(|own| sum.is_none() || own == sum);
        assert!(sums.iter().all(|(name, sum)| is_good(name, sum)), "{length} of {} bytes", bytes.len());
    }
    Outcome { count: bytes.len(), remark: format!("every length below {} bytes", bytes.len()) }
}

/// Forty pictures of two nights: a flipped bit costs the gzip member that it lies in, and what counts as
/// whole is as it was.
pub fn salvages(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    let folder = terminal.path("allsky/images/many");
    fs::create_dir_all(&folder).unwrap();
    for n in 0..40u32 {
        let bytes = (0..100_000u32).map(|at| (at.wrapping_add(n).wrapping_mul(2_654_435_761) >> 13) as u8);
        fs::write(folder.join(format!("image-{n}.jpg")), bytes.collect::<Vec<_>>()).unwrap();
    }
    let made = terminal.ask("create images --nights many");
    let bytes = fs::read(made["path"].as_str().unwrap()).unwrap();
    let copy = terminal.path("damaged.tar.gz");
    fs::write(&copy, &bytes).unwrap();
    let file = File::options().read(true).write(true).open(copy).unwrap();
    let (all, good) = whole(&file).unwrap();
    assert_eq!((all.whole, all.damaged.len()), (40, 0));
    let (count, mut worst) = (scale.of(2000), 0);
    for _ in 0..count {
        let at = dice.roll() % (bytes.len() as u64 - 43);
        let byte = bytes[at as usize];
        file.write_all_at(&[byte ^ 1 << (dice.roll() % 8)], at).unwrap();
        let (found, sums) = whole(&file).unwrap_or_else(|| panic!("byte {at}: nothing is known any more"));
        let lost = 40 - found.whole as usize;
        assert!(lost <= 12, "byte {at} costs {lost} pictures");
        assert!(lost == 0 || found.damaged.len() >= lost, "byte {at}: {:?}", found.damaged);
        assert!(sums.iter().all(|(name, sum)| good.get(name) == Some(sum)), "byte {at}");
        worst = worst.max(lost);
        file.write_all_at(&[byte], at).unwrap();
    }
    Outcome { count, remark: format!("at most {worst} of 40 pictures lost, never a wrong one given out") }
}

/// An index that is not as it was written is no index.
pub fn caches(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    let made = terminal.ask("create config");
    let archive = File::open(made["path"].as_str().unwrap()).unwrap();
    let place = made["path"].as_str().unwrap().replace(".tar.gz", ".index");
    let bytes = fs::read(&place).unwrap();
    let copy = terminal.path("damaged.index");
    let count = scale.of(3000);
    for n in 0..count {
        let mut damaged = bytes.clone();
        let at = (dice.roll() % bytes.len() as u64) as usize;
        match n % 3 {
            0 | 1 => damaged[at] ^= 1 << (dice.roll() % 8),
            _ => damaged.truncate(at),
        }
        // A new file each time, as a neighbour would put it there.
        let _ = fs::remove_file(&copy);
        fs::write(&copy, damaged).unwrap();
        assert!(Index::open(&copy, &archive).unwrap().is_none(), "byte {at}");
    }
    let _ = fs::remove_file(&copy);
    fs::write(&copy, &bytes).unwrap();
    assert!(Index::open(&copy, &archive).unwrap().is_some());
    rusqlite::Connection::open(&copy).unwrap().execute_batch("UPDATE file SET size = size + 1").unwrap();
    assert!(Index::open(&copy, &archive).unwrap().is_none());
    Outcome { count: count + 1, remark: "each was noticed and counts as none".into() }
}

/// Everything else is in the backup, and the database in one of two ways.
pub fn databases(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    let database = terminal.path("allsky/config/myFiles/allsky.db");
    let good = fs::read(&database).unwrap();
    let files = terminal.ask("create config")["files"].clone();
    let (count, mut marked) = (scale.of(200), 0);
    for n in 0..count {
        let mut bytes = good.clone();
        for _ in 0..=dice.roll() % 4 {
            let at = (dice.roll() % good.len() as u64) as usize;
            let end = (at + 64).min(good.len());
            bytes[at..end].fill(dice.roll() as u8);
        }
        fs::write(&database, bytes).unwrap();
        let made = terminal.ask("create config");
        assert_eq!(made["files"], files, "case {n}: {made}");
        marked += usize::from(made["warnings"].to_string().contains("allsky.db.damaged"));
        fs::remove_file(made["path"].as_str().unwrap()).unwrap();
    }
    Outcome { count, remark: format!("each backup was made, {marked} with the damaged database marked") }
}
