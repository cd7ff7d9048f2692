//! Rows of databases are counted, and databases merged, while the backups folder takes nothing.
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{PauseChoice, SectionChoice};
use allsky_backups::domain::restore::database::{DatabaseWay, DatabaseWays};
use allsky_backups::domain::restore::request::RestoreRequest;
use allsky_backups::work::archive::create;
use allsky_backups::work::restore;
use rusqlite::Connection;

use crate::support::rig::Rig;
use crate::support::small_disk::SmallDisk;

const MEMBER: &str = "config/myFiles/allsky.db";

#[test]
fn rows_come_back_from_a_backups_folder_that_is_read_only_or_nearly_full() {
    for what in ["read-only", "nearly full"] {
        let Some(disk) = SmallDisk::mount("size=100m") else { return };
        let rig = Rig::keeping_in(disk.path().join("b"));
        let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
        // A restore puts another file in the place of this one.
        let live = || Connection::open(rig.tools.site.home().join(MEMBER)).unwrap();
        let rows = || live().query_row("SELECT count(*) FROM allsky_image", (), |row| row.get::<_, i64>(0)).unwrap();
        let before = rows();
        live()
            .execute_batch(
                "DELETE FROM allsky_image WHERE id = (SELECT min(id) FROM allsky_image);
             INSERT INTO allsky_image(id, AS_CAMERAIMAGE) VALUES (4000000001, 'new.jpg');",
            )
            .unwrap();
        match what {
            "read-only" => disk.remount("ro"),
            _ => disk.fill("fill", 99),
        }
        let ways = DatabaseWays { all: Some(DatabaseWay::Merge), ..DatabaseWays::default() };
        let ask = RestoreRequest { databases: ways, ..RestoreRequest::all(ArchiveName::parse(&made.name).unwrap()) };
        let shown = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
        assert!(shown.databases[0].uncounted.is_none(), "{what}: {:?}", shown.databases);
        restore::apply(&rig.tools, &ask, &Unwatched).unwrap_or_else(|why| panic!("{what}: {why}"));
        assert_eq!(rows(), before + 1, "{what}");
    }
}
