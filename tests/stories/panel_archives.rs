//! Archives that the panel and other programs made are accepted, with the right counts.
use allsky_backups::archive::inspect::{Contents, Member, Refusal, inspect};
use allsky_backups::domain::archive_name::ArchiveKind;
use allsky_backups::domain::limits::Limits;
use allsky_backups::domain::monitor::Unwatched;

const CONFIG: &[u8] = include_bytes!("../fixtures/panel/panel-config-core.tar.gz");
const CONFIG_METADATA: &str = include_str!("../fixtures/panel/panel-config-core.metadata.json");

fn read(archive: &[u8]) -> Result<(Contents, Vec<Member>), Refusal> {
    let mut members = Vec::new();
    let contents = inspect(archive, &Limits::default(), &mut |member| members.push(member), &Unwatched)?;
    Ok((contents, members))
}

#[test]
fn the_panels_own_config_archive_is_accepted() {
    let (contents, members) = read(CONFIG).unwrap();
    assert_eq!(contents.metadata.backup_type, ArchiveKind::Config);
    assert_eq!(contents.metadata.camera_model.as_deref(), Some("HQ"));
    assert_eq!(contents.packed_bytes, CONFIG.len() as u64);
    assert_eq!((contents.members, members.len()), (70, 70));
    let told: serde_json::Value = serde_json::from_str(CONFIG_METADATA).unwrap();
    assert_eq!(contents.files, told["files"].as_array().unwrap().len() as u64);
    assert!(!contents.summed);
    assert_eq!(contents.remarks, Vec::<String>::new());
    assert_eq!(members.last().unwrap().name.to_string(), "metadata.json");
}
