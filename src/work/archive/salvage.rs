//! Salvage: what is whole in a damaged archive stays listed, and can be extracted and restored.
use crate::archive::glance::metadata_of_damaged;
use crate::archive::index_build::IndexBuilder;
pub(crate) use crate::archive::salvage::Salvaged;
use crate::archive::salvage::salvage as read_what_is_whole;
use crate::base::counted::counted;
use crate::destination::folder::Found;
use crate::domain::archive::metadata::Metadata;
use crate::domain::monitor::Monitor;
use crate::work::archive::create::inside;
use crate::work::{Error, Tools};

/// How many damaged members a sentence names.
const NAMED: usize = 5;

/// Reads a whole archive and makes its index again; `None` when it is no archive of ours. `known` stands in for
/// metadata that is damaged itself.
pub(crate) fn salvage(
    tools: &Tools,
    found: &Found,
    known: Option<Metadata>,
    monitor: &dyn Monitor,
) -> Result<Option<Salvaged>, Error> {
    let file = tools.folder.open(&found.name)?;
    let metadata = metadata_of_damaged(&file).or(known);
    let (Some(metadata), Ok(workspace)) = (metadata, tools.folder.workspace()) else {
        return Ok(read_what_is_whole(&file, &mut |_| {}, monitor)?);
    };
    let index = inside(&workspace, "index")?;
    let mut members = IndexBuilder::create(&workspace.path().join(index.as_path()))?;
    let mut trouble = None;
    let salvaged = read_what_is_whole(
        &file,
        &mut |member| {
            if trouble.is_none() {
                trouble = members.add(&member).err();
            }
        },
        monitor,
    )?;
    if let (Some(_), None) = (&salvaged, trouble) {
        members.finish(&metadata, &file)?;
        tools.folder.put_index(&workspace, &index, &found.name)?;
    }
    Ok(salvaged)
}

/// What an owner should know of an archive with this damage.
pub(crate) fn in_words(first: &str, salvaged: Option<&Salvaged>) -> String {
    let words = proved_in_words(first, salvaged);
    match salvaged.map_or(0, |salvaged| salvaged.unproved) {
        0 => words,
        unproved => {
            let files = counted(unproved, "file");
            format!("{words}. Not proved whole, because the end of the archive is missing: {files}")
        }
    }
}

fn proved_in_words(first: &str, salvaged: Option<&Salvaged>) -> String {
    match salvaged {
        Some(Salvaged { whole, damaged, .. }) if *whole > 0 && damaged.is_empty() => {
            format!("{first}. Whole: {}, and no file is missing", counted(*whole, "file"))
        }
        Some(salvaged) if salvaged.whole > 0 => {
            let names: Vec<String> = salvaged.damaged.iter().take(NAMED).map(ToString::to_string).collect();
            let more = if salvaged.damaged.len() > NAMED { " and others" } else { "" };
            let (count, whole) = (salvaged.damaged.len(), salvaged.whole);
            let (damaged, whole) = (counted(count as u64, "file"), counted(whole, "file"));
            format!("{first}. Damaged: {damaged}, {}{more}. Whole: {whole}", names.join(", "))
        }
        _ => first.to_owned(),
    }
}
