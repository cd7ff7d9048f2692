//! What came out of a job: names, numbers, and the digest to compare with.
use std::path::Path;

use maud::{Markup, html};

use super::snapshot_result;
use crate::destination::capability::Capabilities;
use crate::domain::job::Job;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;
use crate::panel::restore;
use crate::panel::state::PanelState;
use crate::work::archive::create::Created;
use crate::work::archive::verify::{Checked, Finding};
use crate::work::copy_plan::Report as CopiesReport;
use crate::work::hooks::report::HooksReport;
use crate::work::outcome::Outcome;
use crate::work::plan::Report;
use crate::work::prune::Pruned;
use crate::work::prune_plan::Report as PlanPrunedReport;
use crate::work::sync::report::SyncReport;

/// Nothing for a job without a result, and for one whose result another version wrote.
pub fn draw(panel: &PanelState, frame: &Frame, job: &Job) -> Markup {
    let outcome = job.result.as_ref().and_then(|kept| Outcome::recall(&job.order, kept));
    match outcome {
        Some(Outcome::Created(created)) => table(archive(frame, &created)),
        Some(Outcome::Imported(imported)) => table(html! {
            (archive(frame, &imported.created))
            dt { "SHA-256" } dd.ab-hash { (imported.sha256) }
        }),
        Some(Outcome::Checked(checked)) => table(read(frame, &checked)),
        Some(Outcome::AllChecked(all)) => findings(frame, &all),
        Some(Outcome::Deleted(deleted)) => table(html! { dt { "Archive" } dd { (deleted.name) } }),
        Some(Outcome::Copied(copied)) => table(html! {
            dt { "Archive" } dd { (copied.name) }
            dt { "From" } dd { (copied.from) @if !copied.moved { ", where it stays" } }
            dt { "To" } dd { (copied.to) @if copied.was_there { ", where it lay already" } }
            dt { "Size" } dd { (words::size(copied.bytes)) }
            dt { "SHA-256" } dd.ab-hash { (copied.sha256) }
            @if let Some(damage) = &copied.damage { dt { "Finding" } dd { (damage) } }
        }),
        Some(Outcome::DriveSetUp(done)) => table(drive(&done.path, &done.capabilities)),
        Some(Outcome::DriveChecked(checked)) => table(html! {
            (drive(&checked.path, &checked.capabilities))
            @if let Some(free) = checked.free_bytes { dt { "Free" } dd { (words::size(free)) } }
        }),
        Some(Outcome::PlanRun(report)) => plan_run(frame, &report),
        Some(Outcome::PlanCopied(report)) => plan_copied(frame, &report),
        Some(Outcome::PlanPruned(report)) => plan_pruned(&report),
        Some(Outcome::Synced(report)) => synced(&report),
        Some(Outcome::HooksRun(report)) => hooks(&report),
        Some(Outcome::LeftOut(part)) => table(html! { dt { "Left out" } dd { "because " (part.left_out) } }),
        Some(Outcome::ArchivesPruned(pruned)) => went(&pruned.items),
        Some(Outcome::SnapshotTaken(taken)) => snapshot_result::taken(&taken),
        Some(Outcome::SnapshotsPruned(pruned)) => snapshot_result::pruned(&pruned),
        Some(Outcome::SnapshotDeleted(gone)) => snapshot_result::gone(&gone),
        Some(Outcome::SnapshotVerified(found)) => snapshot_result::verified(&found),
        Some(Outcome::HostArchived(done)) => snapshot_result::archived(&done),
        Some(Outcome::GoldenMade(made)) => snapshot_result::golden_made(&made),
        Some(Outcome::GoldenVerified(found)) => snapshot_result::golden_verified(&found),
        Some(Outcome::SnapshotsMoved(moved)) => snapshot_result::moved(&moved),
        Some(Outcome::SnapshotsAdopted(adopted)) => snapshot_result::adopted(&adopted),
        Some(Outcome::GivenBack(back)) => snapshot_result::given_back(panel, frame, &back),
        Some(Outcome::Restored(restored)) => restore::result::restored(panel, frame, &restored),
        Some(Outcome::NightRestored(restored)) => restore::result::night(panel, frame, &restored),
        Some(Outcome::Undone(undone)) => restore::result::undone(panel, frame, &undone),
        Some(Outcome::Nights(_)) | None => html! {},
    }
}

fn synced(report: &SyncReport) -> Markup {
    table(html! {
        dt { "Target" } dd.ab-break { (report.target) }
        @for set in &report.sets {
            dt { (set.set) }
            dd {
                @if set.verified {
                    (words::counted(set.files, "file")) ", " (words::size(set.bytes)) "; sent " (words::counted(set.sent_files, "file")) ", " (words::size(set.sent_bytes))
                    "; deleted " (words::counted(set.deleted, "thing")) "; compared"
                }
                @if let Some(why) = &set.held_back { @if set.verified { ". " } (why) }
            }
        }
        @if let Some(why) = &report.nothing { dt { "Result" } dd { (why) } }
    })
}

fn hooks(report: &HooksReport) -> Markup {
    table(html! {
        @for called in &report.hooks {
            dt { (called.event.word()) }
            dd { (called.program) ": " (called.wrong.as_deref().unwrap_or("done")) ", " (format!("{:.1} s", called.seconds)) }
        }
        @if let Some(why) = &report.nothing { dt { "Result" } dd { (why) } }
    })
}

fn table(rows: Markup) -> Markup {
    html! { dl.dl-horizontal.ab-outcome { (rows) } }
}

fn drive(path: &Path, can: &Capabilities) -> Markup {
    html! {
        dt { "Drive" } dd.ab-break { (path.display()) }
        dt { "Finding" } dd { "ready, and can be written to" }
        @for lack in can.lacks() { dt { "Note" } dd { (lack) } }
    }
}

fn link(frame: &Frame, name: &str) -> Markup {
    html! { a href=(frame.url(&format!("archive/{name}"))) data-dialog="info" { (name) } }
}

fn archive(frame: &Frame, created: &Created) -> Markup {
    html! {
        dt { "Archive" } dd { (link(frame, &created.name)) }
        dt { "Size" } dd { (words::size(created.bytes)) }
        dt { "Files" } dd { (words::count(created.files)) }
        dt { "Camera paused" } dd { @if created.pause_ms == 0 { "not at all" } @else { (words::span_ms(created.pause_ms)) } }
        @for note in &created.notes { dt { "Note" } dd.ab-break { (note) } }
    }
}

fn read(frame: &Frame, checked: &Checked) -> Markup {
    html! {
        dt { "Archive" } dd { (link(frame, &checked.name)) }
        dt { "Size" } dd { (words::size(checked.bytes)) }
        dt { "Members read" } dd { (words::count(checked.members)) }
        @if let Some(error) = &checked.error { dt { "Finding" } dd { (error) } }
    }
}

/// One line for each archive of "Verify All".
fn findings(frame: &Frame, all: &[Checked]) -> Markup {
    html! {
        ul.list-group.ab-findings {
            @for checked in all {
                li.list-group-item {
                    @match checked.finding {
                        Finding::Whole => { span.ab-state.ab-good { (icon(Icon::Check)) " Verified" } },
                        Finding::Foreign => { span.ab-state { (icon(Icon::Question)) " No backup, skipped" } },
                        Finding::Unread => { span.ab-state.ab-bad { (icon(Icon::Broken)) " Could not be read" } },
                        Finding::Damaged => { span.ab-state.ab-bad { (icon(Icon::Broken)) " Damaged" } },
                    }
                    " " (link(frame, &checked.name))
                    @if let Some(error) = &checked.error { p.ab-small { (error) } }
                }
            }
        }
    }
}

fn plan_run(frame: &Frame, report: &Report) -> Markup {
    html! {
        @match &report.created {
            Some(created) => (table(archive(frame, created))),
            None if report.source.host().is_some() => {},
            None => p.ab-nothing-yet {
                (icon(Icon::Check)) " Nothing to back up"
                @if let Some(why) = &report.nothing { ": " (why) } "."
            },
        }
        @if let Some(taken) = &report.snapshot { (snapshot_result::taken(taken)) }
        @if let Some(done) = &report.host_archive { (snapshot_result::archived(done)) }
        @if let Some(made) = &report.golden { (snapshot_result::golden_made(made)) }
    }
}

fn plan_copied(frame: &Frame, report: &CopiesReport) -> Markup {
    html! {
        @for one in &report.destinations {
            h5 { "On " (one.destination) }
            @match &one.not_ready {
                Some(why) => p.ab-nothing-yet { (icon(Icon::Question)) " It is away: " (why) ". What is missing there is copied when it is back." },
                None if one.copied.is_empty() => p.ab-nothing-yet { (icon(Icon::Check)) " Nothing is missing there." },
                None => ul.list-group.ab-findings {
                    @for copied in &one.copied {
                        li.list-group-item {
                            @match &copied.damage {
                                None => { span.ab-state.ab-good { (icon(Icon::Check)) " Copied and verified" } },
                                Some(_) => { span.ab-state.ab-bad { (icon(Icon::Broken)) " Damaged" } },
                            }
                            " " (link(frame, &copied.name)) ", " (words::size(copied.bytes))
                            @if let Some(damage) = &copied.damage { p.ab-small { (damage) } }
                        }
                    }
                },
            }
        }
    }
}

fn plan_pruned(report: &PlanPrunedReport) -> Markup {
    html! {
        @if let Some(why) = &report.nothing {
            p.ab-nothing-yet { (icon(Icon::Check)) " Nothing had to go: " (why) "." }
        } @else {
            @if !report.archives.is_empty() { (went(&report.archives)) }
            @for pruned in &report.snapshots { (snapshot_result::pruned(pruned)) }
        }
    }
}

/// Archives that retention deleted, each with its reason.
fn went(pruned: &[Pruned]) -> Markup {
    let count = pruned.iter().map(|one| one.deleted.len() as u64).sum::<u64>();
    let freed = pruned.iter().map(|one| one.freed_bytes).sum::<u64>();
    html! {
        @if count == 0 {
            p.ab-small { "No archive had to go." }
        } @else {
            p { (words::counted(count, "archive")) " deleted, " (words::size(freed)) " freed" }
            ul.list-group.ab-findings {
                @for line in pruned.iter().flat_map(|one| &one.deleted) {
                    li.list-group-item { (line.name) p.ab-small { (line.why) } }
                }
            }
        }
    }
}
