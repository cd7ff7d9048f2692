//! What is not, or not wholly, in an archive: folded where it is long, and never hidden.
use maud::{Markup, html};

use crate::domain::archive::metadata::Metadata;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;

/// Entries that a page shows; the archive itself has all of them.
const SHOWN: usize = 200;

pub fn draw(metadata: &Metadata) -> Markup {
    let left_out = metadata.left_out();
    let count = left_out.len() as u64 + metadata.left_out_more();
    html! {
        @for remark in metadata.remarks() { p.ab-small { (icon(Icon::Warning)) " " (remark) "." } }
        @if count > 0 {
            details.ab-warnings #ab-not-whole open[count <= 5] {
                summary { (icon(Icon::Warning)) " Not in this backup, or not whole: " (words::counted(count, "item")) }
                ul { @for one in left_out.iter().take(SHOWN) { li { strong { (one.path) } " " (one.why) } } }
                @if count > SHOWN as u64 { p.ab-small { "… and " (count - SHOWN as u64) " more; metadata.json in the archive names them." } }
            }
        }
    }
}
