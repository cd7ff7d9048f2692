//! Settings that the panel rewrites in place while backups of them are made: whole, or marked as not whole.
use std::fs::{self, File};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{PauseChoice, SectionChoice};
use allsky_backups::work::archive::{create, delete, extract, info};

use crate::dice::Dice;
use crate::support::rig::Rig;
use crate::{Outcome, Scale};

pub fn while_they_are_read(scale: Scale, dice: &mut Dice) -> Outcome {
    let rig = Rig::new();
    let settings = rig.tools.site.camera().unwrap().settings_file.unwrap();
    let place = rig.tools.site.home().join(settings.as_path());
    let whole = fs::read(&place).unwrap();
    let (count, done) = (scale.of(400), AtomicBool::new(false));
    let mut writer = Dice::new(dice.roll());
    let marked = std::thread::scope(|scope| {
        scope.spawn(|| {
            // In place, as PHP does it: emptied, then filled in pieces, with pauses of the scheduler between.
            while !done.load(Ordering::Relaxed) {
                let mut file = File::create(&place).unwrap();
                for piece in whole.chunks(1 + writer.roll() as usize % whole.len()) {
                    std::thread::sleep(Duration::from_micros(writer.roll() % 800));
                    file.write_all(piece).unwrap();
                }
                drop(file);
                std::thread::sleep(Duration::from_micros(writer.roll() % 8000));
            }
        });
        let marked = (0..count).filter(|_| is_marked(&rig, &settings, &whole)).count();
        done.store(true, Ordering::Relaxed);
        marked
    });
    Outcome { count, remark: format!("{} whole, {marked} marked as not whole", count - marked) }
}

/// Makes an archive, looks at what it holds, and removes it. True when it says that the settings are not whole.
fn is_marked(rig: &Rig, settings: &allsky_backups::base::rel_path::RelPath, whole: &[u8]) -> bool {
    let made = create::config(&rig.tools, &SectionChoice::None, PauseChoice::Never, &Unwatched).unwrap();
    let name = ArchiveName::parse(&made.name).unwrap();
    let mut saved = Vec::new();
    if let Ok((_, mut content)) = extract::extract(&rig.tools, &name, settings) {
        content.read_to_end(&mut saved).unwrap();
    }
    let metadata = info::info(&rig.tools, &name).unwrap().metadata.unwrap();
    let is_marked = metadata.left_out().iter().any(|one| one.is_of(settings) || one.path == "config/settings.json");
    assert!(saved == whole || is_marked, "{name}: {} of {} bytes, unmarked", saved.len(), whole.len());
    delete::delete(&rig.tools, &name).unwrap();
    is_marked
}
