//! The demo camera at work: its watchdog writes all the time, and now and then a picture is done.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::DateTime;
use rusqlite::{Connection, TransactionBehavior};

use super::Layout;
use super::pictures::{Frame, FrameKind};
use super::records;

/// Ticks between two pictures.
const STEPS: u32 = 40;

pub struct Shutter {
    db: Connection,
    images: PathBuf,
    /// The newest picture, which the new ones resemble.
    model: Frame,
    bytes: Vec<u8>,
    step: u32,
}

impl Shutter {
    pub fn open(top: &Path) -> io::Result<Shutter> {
        let layout = Layout::below(top);
        let db = Connection::open(&layout.database).map_err(io::Error::other)?;
        db.busy_timeout(Duration::from_secs(30)).map_err(io::Error::other)?;
        let model = newest(&db).map_err(io::Error::other)?;
        Ok(Shutter { bytes: fs::read(layout.images.join(&model.name))?, db, images: layout.images, model, step: 0 })
    }

    pub fn tick(&mut self) -> io::Result<()> {
        self.step += 1;
        self.watch().map_err(io::Error::other)?;
        if self.step.is_multiple_of(STEPS) { self.expose() } else { Ok(()) }
    }

    fn watch(&mut self) -> rusqlite::Result<()> {
        let write = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write.execute("INSERT OR REPLACE INTO state(key, value) VALUES ('WATCHDOG', ?1)", [self.step])?;
        write.execute(
            "INSERT INTO notification(category, item, notification) VALUES ('WORKER', ?1, 'still here')",
            [self.step],
        )?;
        write.commit()
    }

    /// The file is there before its row, as the program does it.
    fn expose(&mut self) -> io::Result<()> {
        let at = self.model.at.checked_add(jiff::SignedDuration::from_secs(15)).map_err(io::Error::other)?;
        let folder = Path::new(&self.model.name).parent().unwrap_or(Path::new("")).to_owned();
        let name = folder.join(format!("ccd1_{}.jpg", at.strftime("%Y%m%d_%H%M%S")));
        fs::write(self.images.join(&name), &self.bytes)?;
        self.model = Frame { name: name.display().to_string(), at, ..self.model.clone() };
        records::insert(&self.db, &self.model).map_err(io::Error::other)
    }
}

fn newest(db: &Connection) -> rusqlite::Result<Frame> {
    db.query_row(
        "SELECT filename, createDate, dayDate, stars, fileSize FROM image ORDER BY createDate DESC LIMIT 1",
        (),
        |row| {
            let at: Option<DateTime> = row.get::<_, String>(1)?.replacen(' ', "T", 1).parse().ok();
            Ok(Frame {
                name: row.get(0)?,
                kind: FrameKind::Image,
                at: at.unwrap_or_default(),
                night: row.get(2)?,
                stars: row.get(3)?,
                bytes: row.get::<_, i64>(4)?.unsigned_abs(),
            })
        },
    )
}
