//! A realistic AllskyTeam home to work on, and an indi-allsky (`indi`), for the demo, for tests and for benchmarks.
//!
//! Equal plans give equal cameras. Pictures are real JPEGs with sensor noise, so they compress
//! as little as those of a real camera. Only the timelapse is a stand-in that no player shows.
mod capture;
mod database;
mod home;
pub mod indi;
mod night;
mod noise;
mod picture;
mod sky;

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use jiff::civil::Date;

pub use capture::Capture;

use night::{NightPlan, Piece};

/// How large the camera is.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub nights: u32,
    /// Pictures a night.
    pub frames: u32,
    /// Width and height of a picture in pixels.
    pub width: u16,
    pub height: u16,
    /// Older rows in the database, of about 230 bytes each with their indexes.
    pub database_rows: u32,
    /// Tiny files in a folder `extra` of the first night, for those who want very many.
    pub extra_files: u32,
    pub seed: u64,
    /// The last night, that of "today"; it is still running.
    pub last_night: Date,
}

impl Plan {
    /// Five nights, ready in a second or two.
    pub fn small(today: Date) -> Plan {
        Plan {
            nights: 5,
            frames: 40,
            width: 640,
            height: 480,
            database_rows: 400,
            extra_files: 0,
            seed: 1,
            last_night: today,
        }
    }

    /// Two nights of two small pictures, for tests that do not look at pictures.
    pub fn tiny(today: Date) -> Plan {
        Plan { nights: 2, frames: 2, width: 160, height: 120, database_rows: 20, ..Plan::small(today) }
    }

    fn all_nights(&self) -> io::Result<Vec<NightPlan>> {
        (0..self.nights)
            .map(|index| {
                let back = jiff::Span::new().days(i64::from(self.nights - 1 - index));
                let date = self.last_night.checked_sub(back).map_err(io::Error::other)?;
                Ok(NightPlan { index, date, running: index + 1 == self.nights })
            })
            .collect()
    }
}

impl Default for Plan {
    fn default() -> Plan {
        Plan::small(jiff::civil::date(2026, 11, 20))
    }
}

/// Builds it below `home` (made; must be empty or missing) and says how far it is: done, total files.
pub fn build(home: &Path, plan: &Plan, progress: &mut dyn FnMut(u64, u64)) -> io::Result<()> {
    make_dir(home)?;
    if fs::read_dir(home)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is not empty", home.display())));
    }
    let nights = plan.all_nights()?;
    let images = home.join("images");
    let mut pieces = Vec::new();
    let mut total = 1 + u64::from(plan.extra_files);
    for night in &nights {
        make_dir(&images.join(night.folder()).join("thumbnails"))?;
        let (more, files) = Piece::of(*night, plan);
        pieces.extend(more);
        total += files;
    }
    let mut done = 0;
    progress(done, total);
    run(&pieces, &images, plan, &mut |files| {
        done += files;
        progress(done, total);
    })?;
    if let Some(first) = nights.first() {
        extra(&images.join(first.folder()).join("extra"), plan.extra_files)?;
    }
    make_dir(&images.join("test1"))?;
    if let (Some(last), true) = (nights.last(), plan.frames > 0) {
        fs::copy(images.join(last.folder()).join(last.name(plan, 0)?), images.join("test1/image-test.jpg"))?;
    }
    home::write(home, plan, &nights)?;
    progress(total, total);
    Ok(())
}

/// Does all pieces on all processors; the first failure ends it.
fn run(pieces: &[Piece], images: &Path, plan: &Plan, done: &mut dyn FnMut(u64)) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel::<io::Result<u64>>();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from).min(pieces.len()) {
            let (tell, next) = (tell.clone(), &next);
            scope.spawn(move || {
                while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Nobody listens any more once another thread has failed.
                    let said = |files| drop(tell.send(Ok(files)));
                    if let Err(why) = piece.build(images, plan, &said) {
                        next.store(pieces.len(), Ordering::Relaxed);
                        drop(tell.send(Err(why)));
                    }
                }
            });
        }
        drop(tell);
        for files in told {
            done(files?);
        }
        Ok(())
    })
}

fn extra(folder: &Path, files: u32) -> io::Result<()> {
    if files > 0 {
        make_dir(folder)?;
    }
    for n in 0..files {
        fs::write(folder.join(format!("note-{n:06}.txt")), n.to_le_bytes())?;
    }
    Ok(())
}

/// Makes a folder and those above it as the camera does, 0755 whatever the umask.
fn make_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o755).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests;
