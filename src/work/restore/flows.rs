//! Flows that go to another folder: judged against the camera of today, whose files they may be meant for.
use super::Error;
use super::select::{self, Chosen};
use super::source::Source;
use crate::archive::index::Row;
use crate::domain::monitor::Monitor;
use crate::domain::restore::program::{Programs, is_flow};
use crate::domain::restore::request::RestoreRequest;
use crate::site::Restoring;
use crate::work::archive::gaining::gaining;

/// Moves flows that gain a step to `chosen.programs`, unless programs are wanted; then they are named.
pub(super) fn judge(
    request: &RestoreRequest,
    source: &Source,
    restoring: &Restoring,
    chosen: &mut Chosen,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let flows: Vec<&Row> = chosen.rows.iter().filter(|row| is_flow(&row.path)).collect();
    let found = gaining(&restoring.home, &source.file, &flows, monitor)?;
    if select::programs(request, source) == Programs::Take {
        chosen.gaining.extend(found.iter().map(ToString::to_string));
        return Ok(());
    }
    let rows = std::mem::take(&mut chosen.rows);
    let (left, rows) = rows.into_iter().partition(|row| found.contains(&row.path));
    chosen.rows = rows;
    chosen.programs.extend::<Vec<Row>>(left);
    Ok(())
}
