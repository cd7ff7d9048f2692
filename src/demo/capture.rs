//! The demo camera at work: rows for its database, and a picture that grows while one looks.
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::database::{self, Row};

/// Ticks until a picture is complete.
const STEPS: usize = 40;

/// A thread that writes to the database, and adds a picture to the running night, until dropped.
#[derive(Debug)]
pub struct Capture {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Capture {
    /// Every `every`: one row in each of the tables, and a fortieth of a picture.
    pub fn start(home: &Path, every: Duration) -> io::Result<Capture> {
        let mut shutter = Shutter::open(home)?;
        Capture::every(every, move || shutter.tick())
    }

    /// Starts the capture of an indi-allsky that was built below `top`.
    pub fn start_indi(top: &Path, every: Duration) -> io::Result<Capture> {
        let mut shutter = super::indi::Shutter::open(top)?;
        Capture::every(every, move || shutter.tick())
    }

    fn every(every: Duration, mut tick: impl FnMut() -> io::Result<()> + Send + 'static) -> io::Result<Capture> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name("demo-capture".to_owned()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(every) {
                // A full disk or a removed home ends the demo's camera, as it would a real one.
                if tick().is_err() {
                    break;
                }
            }
        })?;
        Ok(Capture { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the demo camera has been printed and harms nobody.
            let _ = thread.join();
        }
    }
}

struct Shutter {
    db: Connection,
    folder: PathBuf,
    night: String,
    /// A finished picture, which the new ones resemble.
    model: Vec<u8>,
    /// Start of the exposure, Unix seconds.
    id: i64,
    growing: Option<(fs::File, usize)>,
}

impl Shutter {
    fn open(home: &Path) -> io::Result<Shutter> {
        let images = home.join("images");
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the demo camera has no night to add to");
        let night =
            last(&images, |name| name.len() == 8 && name.bytes().all(|b| b.is_ascii_digit()))?.ok_or_else(missing)?;
        let folder = images.join(&night);
        let picture = last(&folder, |name| name.starts_with("image-"))?.ok_or_else(missing)?;
        let db = Connection::open(home.join("config/myFiles/allsky.db")).map_err(io::Error::other)?;
        db.busy_timeout(Duration::from_secs(30)).map_err(io::Error::other)?;
        let id = db.query_row("SELECT max(id) FROM allsky_image", (), |row| row.get(0)).map_err(io::Error::other)?;
        Ok(Shutter { db, model: fs::read(folder.join(picture))?, folder, night, id, growing: None })
    }

    fn tick(&mut self) -> io::Result<()> {
        self.id += 1;
        let name = self.grow()?;
        let row = Row { id: self.id, image: name, night: self.night.clone(), stars: (self.id % 900) as f32, moon: 0.0 };
        self.record(&row).map_err(io::Error::other)
    }

    fn record(&mut self, row: &Row) -> rusqlite::Result<()> {
        let write = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        database::insert(&write, row)?;
        write.commit()
    }

    /// Writes the next part of the growing picture, or begins one; returns its name.
    fn grow(&mut self) -> io::Result<String> {
        let at = jiff::Timestamp::from_second(self.id).map_err(io::Error::other)?;
        let name = format!("image-{}.jpg", at.strftime("%Y%m%d%H%M%S"));
        let (mut file, step) = match self.growing.take() {
            Some(growing) => growing,
            None => {
                let mut file = fs::File::create(self.folder.join(&name))?;
                // A comment with the time tells this picture from the others.
                file.write_all(&[0xff, 0xd8, 0xff, 0xfe, 0x00, (2 + name.len()) as u8])?;
                file.write_all(name.as_bytes())?;
                (file, 0)
            }
        };
        let body = self.model.get(2..).unwrap_or_default();
        let part = |n: usize| body.len() * n / STEPS;
        file.write_all(&body[part(step)..part(step + 1)])?;
        if step + 1 < STEPS {
            self.growing = Some((file, step + 1));
        }
        Ok(name)
    }
}

/// The last name in `folder` that `wanted` accepts.
fn last(folder: &Path, wanted: impl Fn(&str) -> bool) -> io::Result<Option<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok().filter(|name| wanted(name)));
    }
    Ok(names.into_iter().max())
}
