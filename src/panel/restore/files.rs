//! File by file: new, changed, the same, only here; a page at a time.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::previews::Previews;
use crate::domain::archive::name::ArchiveName;
use crate::domain::restore::preview::{Change, FileChange, Preview};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{layout, query, words};

const PAGE: usize = 100;
/// So few new or changed files are shown without a press.
const FEW: u64 = 12;

const KINDS: [(Change, &str, &str, Icon, &str); 8] = [
    (Change::New, "new", "New", Icon::Plus, "not on the camera yet"),
    (Change::Changed, "changed", "Changed", Icon::Change, "replaced by the backup's"),
    (
        Change::Rights,
        "rights",
        "Owner or mode",
        Icon::Change,
        "as in the backup, but not with the owner or mode that the camera's installer gives",
    ),
    (Change::Same, "same", "Same", Icon::Check, "as in the backup already, not touched"),
    (Change::OnlyHere, "only_here", "Only here", Icon::Foreign, "not in the backup, they stay"),
    (
        Change::LeftProgram,
        "left_program",
        "Left as it is: program",
        Icon::Foreign,
        "not restored unless you want programs",
    ),
    (
        Change::NotWhole,
        "not_whole",
        "Left as it is: not whole in the backup",
        Icon::Warning,
        "today's file stays unless you want incomplete files",
    ),
    (
        Change::Obstructed,
        "obstructed",
        "Not restored: something is in the way",
        Icon::Warning,
        "what lies in their place stays as it is",
    ),
];

/// `GET archive/NAME/restore/files?digest=&change=&offset=`: more of a preview that was just shown.
pub async fn more(
    previews: web::Data<Previews>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let asked = request.query_string();
    let text = |key: &str| String::from_utf8_lossy(&query::field(asked, key).unwrap_or_default()).into_owned();
    let (digest, word) = (text("digest"), text("change"));
    let offset = query::number(asked, "offset").and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
    let preview = previews.find(&digest).ok_or_else(|| {
        HttpError::not_found("This preview is not kept any more: go back and look at the changes again")
    })?;
    let change = KINDS.iter().find(|kind| kind.1 == word).map(|kind| kind.0);
    let change = change.ok_or_else(|| HttpError::usage("There is no such kind of change", "Reload the page."))?;
    Ok(layout::html_answer(lines(&frame, &name, &preview, change, &word, offset)))
}

pub fn draw(frame: &Frame, name: &ArchiveName, preview: &Preview) -> Markup {
    let counts = preview.counts();
    let count = |word: &str| counts.get(word).copied().unwrap_or(0);
    html! {
        section.ab-changes aria-label="Files" {
            h5 { "Files" }
            @for (change, word, label, sign, means) in KINDS {
                @let many = count(word);
                @if many > 0 || !matches!(change, Change::Rights | Change::LeftProgram | Change::NotWhole | Change::Obstructed) {
                details.ab-change.{"ab-change-" (word)} #{"ab-change-" (word)} data-change=(word) data-count=(many)
                    open[many > 0 && many <= FEW && matches!(change, Change::New | Change::Changed | Change::LeftProgram | Change::NotWhole | Change::Obstructed)] {
                    summary {
                        (icon(sign)) " " strong { (label) } " "
                        span.ab-change-count { (words::count(many)) } span.ab-small.ab-inline { (means) }
                    }
                    @if many > 0 { ul.ab-change-list { (lines(frame, name, preview, change, word, 0)) } }
                    @else { p.text-muted { "None." } }
                }
                }
            }
        }
    }
}

fn lines(frame: &Frame, name: &ArchiveName, preview: &Preview, change: Change, word: &str, offset: usize) -> Markup {
    let all = || preview.files.iter().filter(|file| file.change == change);
    let shown: Vec<&FileChange> = all().skip(offset).take(PAGE).collect();
    let next = offset + shown.len();
    let left = all().count().saturating_sub(next) as u64;
    let address =
        frame.url(&format!("archive/{name}/restore/files?digest={}&change={word}&offset={next}", preview.digest));
    html! {
        @for file in shown {
            li {
                (file.path)
                @if let Some(why) = preview.why_obstructed(file) { " " span.text-muted { "(" (why) ")" } }
            }
        }
        @if left > 0 {
            li.ab-more { a.btn.btn-default.btn-sm href=(address) data-more="" { "Show more (" (words::count(left)) " left)" } }
        }
    }
}
