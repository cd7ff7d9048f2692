//! Every place of a small archive is damaged once, and verify must see it.
use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use allsky_backups::archive::verify::verify;
use allsky_backups::domain::monitor::Unwatched;

use crate::dice::Dice;
use crate::support::desk::Desk;
use crate::{Outcome, Scale};

/// A small archive of ours, alone in a file that may be written to.
fn archive(desk: &Desk) -> (File, Vec<u8>) {
    let folder = desk.path("allsky/images/small");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("image.jpg"),
        (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>(),
    )
    .unwrap();
    fs::write(folder.join("note.txt"), "clear sky\n".repeat(300)).unwrap();
    let made = desk.ask("create images --nights small");
    let bytes = fs::read(made["path"].as_str().unwrap()).unwrap();
    let copy = desk.path("damaged.tar.gz");
    fs::write(&copy, &bytes).unwrap();
    let file = File::options().read(true).write(true).open(copy).unwrap();
    assert_eq!(verify(&file, &Unwatched).unwrap().damage, None);
    (file, bytes)
}

/// Every byte, by one bit chosen at random; in full, every bit.
pub fn flips(scale: Scale, dice: &mut Dice) -> Outcome {
    let desk = Desk::new();
    let (file, bytes) = archive(&desk);
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

/// Every length, from all but one byte to none.
pub fn cuts(_: Scale, _: &mut Dice) -> Outcome {
    let desk = Desk::new();
    let (file, bytes) = archive(&desk);
    for length in (0..bytes.len()).rev() {
        file.set_len(length as u64).unwrap();
        assert!(verify(&file, &Unwatched).unwrap().damage.is_some(), "{length} of {} bytes", bytes.len());
    }
    Outcome { count: bytes.len(), remark: format!("every length below {} bytes", bytes.len()) }
}
