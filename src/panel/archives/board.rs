//! Everything on the backups page that changes, read at one moment.
use std::time::Duration;

use actix_web::web;
use jiff::Zoned;

use crate::base::space::Room;
use crate::destination::upload::UploadState;
use crate::domain::alert::Alert;
use crate::domain::failure::Failure;
use crate::domain::job::Job;
use crate::domain::verdict::Verdict;
use crate::jobs::{Gauge, Scheduled, scheduled};
use crate::panel::access::login::Visitor;
use crate::panel::jobs::run_page;
use crate::panel::nights::Runs;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::panel::upload::under_way::RunningUploads;
use crate::panel::{alerts, upload, verdict};
use crate::work::archive::list;
use crate::work::archive::list::Item;
use crate::work::restore::{self, Kept};

/// Lines of history on the page.
const RECENT: u32 = 30;

/// What the page shows, read at one moment.
pub struct Board {
    pub items: Result<Vec<Item>, Failure>,
    /// What else is in the folder, in words; `None` where all is ours, or nothing can be told.
    pub others: Option<String>,
    pub verdict: Verdict,
    pub alerts: Vec<Alert>,
    pub jobs: Vec<Job>,
    pub gauges: Vec<Gauge>,
    pub room: Option<Room>,
    /// Restores that can be undone; none when that cannot be told.
    pub kept: Vec<Kept>,
    /// What runs by itself.
    pub runs: Runs,
    /// Plans that make archives.
    pub plans: Vec<Scheduled>,
    /// Uploads of the visitor that stopped on their way.
    pub parts: Vec<UploadState>,
    pub now: Zoned,
    /// The newest event that is contained in all this.
    pub event: i64,
}

impl Board {
    /// Events are counted first: what happens while we read is told again, never missed.
    fn read(panel: &PanelState) -> Result<Board, HttpError> {
        let event = panel.tools().catalog.newest_event()?;
        let items = list::list(&panel.tools()).map_err(Failure::from);
        Ok(Board {
            verdict: verdict::with_archives(panel, &items)?,
            items,
            others: panel.tools().folder.others().ok().and_then(|others| others.in_words()),
            alerts: alerts::shown(panel)?,
            jobs: panel.jobs.history(RECENT)?,
            gauges: panel.jobs.newest_gauges(),
            room: panel.tools().folder.room().ok(),
            kept: restore::restores(&panel.tools()).unwrap_or_else(|error| {
                tracing::warn!("{}", Failure::from(error).message);
                Vec::new()
            }),
            runs: Runs::read(panel, Duration::ZERO)?,
            plans: scheduled(&panel.tools())?.into_iter().filter(|plan| !plan.plan.is_nights()).collect(),
            parts: Vec::new(),
            now: (panel.tools().now)(),
            event,
        })
    }

    /// The board with what only this visitor may see.
    pub async fn of_visitor(
        panel: &web::Data<PanelState>,
        uploads: &RunningUploads,
        visitor: &Visitor,
    ) -> Result<Board, HttpError> {
        let board = off_loop(panel, Board::read).await?;
        // A folder that cannot be read is told where the archives are.
        Ok(Board { parts: upload::pieces::waiting(panel, uploads, visitor).await.unwrap_or_default(), ..board })
    }

    pub fn active(&self) -> impl Iterator<Item = &Job> {
        run_page::shown(&self.jobs)
    }

    pub fn gauge(&self, job: &Job) -> Option<&Gauge> {
        self.gauges.iter().find(|gauge| gauge.job == job.id)
    }
}
