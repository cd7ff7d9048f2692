//! `restore NAME`: shows what would change; with `--yes` it is done.
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::Restore;
use super::screen::{Align, Table};
use super::watch::Watch;
use super::{Session, archive_name};
use crate::base::size::Bytes;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::{CameraOrder, Order};
use crate::domain::restore::check::{self, Verdict};
use crate::domain::restore::database::{DatabaseChange, DatabaseWays};
use crate::domain::restore::preview::{Change, Preview};
use crate::domain::restore::program::Programs;
use crate::domain::restore::request::{Access, Choice, Login, NotWhole, RestoreRequest, SettingsMode, Side};
use crate::domain::restore::selection::parse_list;
use crate::work::restore;

/// More changed files or settings than a terminal should scroll by; `--json` has all.
const MOST_LINES: usize = 40;

/// The longest list of files that is read: the names of all files of the largest archive that an import takes.
const LIST_BYTES: u64 = 64 << 20;

/// What was asked for without `--yes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Preview,
    Restore,
}

impl Session {
    pub(super) fn restore(&self, restore: Restore) -> Result<ExitCode, Failure> {
        let wanted = if restore.preview { Wanted::Preview } else { Wanted::Restore };
        let yes = restore.yes;
        let request = self.request(restore)?;
        if !yes {
            return self.preview(&request, wanted);
        }
        self.carry_out(Order::Camera(CameraOrder::Restore { request: Box::new(request) }))
    }

    /// What would change, and whether it could be done.
    fn preview(&self, request: &RestoreRequest, wanted: Wanted) -> Result<ExitCode, Failure> {
        let watch = Watch::new();
        let preview = restore::preview(&self.tools, request, &watch);
        watch.finish(&[]);
        let preview = preview.map_err(Failure::from)?;
        self.screen.show(&preview, |out| print(&preview, out))?;
        if wanted == Wanted::Preview {
            return Ok(ExitCode::SUCCESS);
        }
        Err(not_yet(&preview))
    }

    fn request(&self, restore: Restore) -> Result<RestoreRequest, Failure> {
        let name = archive_name(&self.tools, &restore.name)?;
        let choice = if !restore.sections.is_empty() {
            Choice::Sections(restore.sections)
        } else if !restore.nights.is_empty() {
            Choice::Folders(restore.nights)
        } else if let Some(file) = restore.files_from {
            self.chosen_in(&file)?
        } else {
            Choice::All
        };
        let to = restore.to.map(|to| absolute(&to)).transpose()?;
        let mut picks = BTreeMap::new();
        picks.extend(restore.take.into_iter().map(|key| (key, Side::Backup)));
        picks.extend(restore.leave.into_iter().map(|key| (key, Side::Camera)));
        Ok(RestoreRequest {
            name,
            choice,
            to,
            login: if restore.take_login { Login::Take } else { Login::Keep },
            access: if restore.take_access { Access::Take } else { Access::Keep },
            way: if restore.merge { SettingsMode::Merge } else { SettingsMode::Replace },
            programs: match (restore.programs, restore.no_programs) {
                (true, _) => Some(Programs::Take),
                (_, true) => Some(Programs::Leave),
                _ => None,
            },
            not_whole: if restore.incomplete { NotWhole::Take } else { NotWhole::Leave },
            databases: ways(&restore.databases)?,
            picks,
            seen: restore.seen,
        })
    }

    /// Read now: the order may wait, and standard input does not.
    fn chosen_in(&self, file: &Path) -> Result<Choice, Failure> {
        let unusable = |why: String| Failure {
            code: Code::Usage,
            message: format!("{}: {why}", file.display()),
            advice: "Give one name a line, as `allsky-backups info NAME --files` prints them.".into(),
        };
        let mut bytes = Vec::new();
        let read = if file.as_os_str() == "-" {
            io::stdin().lock().take(LIST_BYTES + 1).read_to_end(&mut bytes)
        } else {
            File::open(file).and_then(|list| list.take(LIST_BYTES + 1).read_to_end(&mut bytes))
        };
        read.map_err(|why| unusable(why.to_string()))?;
        if bytes.len() as u64 > LIST_BYTES {
            return Err(unusable(format!("this list of files is longer than {}", Bytes(LIST_BYTES))));
        }
        let names = parse_list(&bytes).map_err(|why| unusable(why.to_string()))?;
        restore::keep_list(&self.tools, &names).map_err(Failure::from)
    }
}

fn ways(words: &[String]) -> Result<DatabaseWays, Failure> {
    let mut ways = DatabaseWays::default();
    words.iter().try_for_each(|word| ways.add(word)).map_err(|why| Failure {
        code: Code::Usage,
        message: why.to_string(),
        advice: "Write keep, take or merge, or a name as the preview shows it with one of them: --database config/myFiles/allsky.db=merge".into(),
    })?;
    Ok(ways)
}

/// An owner who forgot --yes must not take this for a restore.
pub(super) fn not_yet(preview: &Preview) -> Failure {
    Failure {
        code: Code::Usage,
        message: "nothing was restored; this is only what would change".into(),
        advice: if check::all_clear(&preview.checks) {
            format!("To restore exactly this, add: --yes --seen {}", preview.digest)
        } else {
            "A check failed: see above what to do about it.".into()
        },
    }
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|why| Failure {
        code: Code::Usage,
        message: format!("{}: {why}", path.display()),
        advice: "Name a folder with --to.".into(),
    })
}

pub(super) fn print(preview: &Preview, out: &mut dyn Write) -> io::Result<()> {
    for check in &preview.checks {
        let word = match check.result {
            Verdict::Pass => "pass   ",
            Verdict::Warning => "warning",
            Verdict::Fail => "FAIL   ",
        };
        writeln!(out, "{word}  {}: {}", check.name, check.detail)?;
        if !check.advice.is_empty() && check.result != Verdict::Pass {
            writeln!(out, "         {}", check.advice)?;
        }
    }
    let counts = preview.counts();
    let count = |key: &str| counts.get(key).copied().unwrap_or(0);
    writeln!(
        out,
        "\n{} new, {} changed, {} the same, {} only here (they stay), {} programs left as they are; {} to write",
        count("new"),
        count("changed"),
        count("same"),
        count("only_here"),
        count("left_program"),
        Bytes(preview.bytes)
    )?;
    if count("kept") > 0 {
        writeln!(out, "{} are not as they were saved, and stay", count("kept"))?;
    }
    if count("obstructed") > 0 {
        writeln!(out, "{} are not restored, because of what lies in their place:", count("obstructed"))?;
    }
    for one in preview.obstructed.iter().take(MOST_LINES) {
        writeln!(out, "  {one}")?;
    }
    more(out, preview.obstructed.len())?;
    let word = |change| match change {
        Change::New => Some("new    "),
        Change::Changed => Some("changed"),
        Change::Rights => Some("owner or mode is changed:"),
        Change::LeftProgram => Some("left as it is: program"),
        Change::NotWhole => Some("left as it is: not whole in the backup"),
        Change::Same | Change::Kept | Change::OnlyHere | Change::Obstructed => None,
    };
    let work = preview.files.iter().filter_map(|file| Some((word(file.change)?, &file.path)));
    for (word, path) in work.clone().take(MOST_LINES) {
        writeln!(out, "  {word}  {path}")?;
    }
    more(out, work.count())?;
    for change in &preview.databases {
        print_rows(change, out)?;
    }
    if !preview.settings.is_empty() {
        writeln!(out, "\nSettings")?;
    }
    for setting in preview.settings.iter().take(MOST_LINES) {
        let value = |v: &Option<serde_json::Value>| v.as_ref().map_or_else(|| "-".into(), ToString::to_string);
        writeln!(out, "  {}: {} -> {}", setting.label, value(&setting.old), value(&setting.new))?;
    }
    more(out, preview.settings.len())?;
    writeln!(out, "\ndigest {}", preview.digest)
}

fn print_rows(change: &DatabaseChange, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nRows of {} ({})", change.path, change.way.word())?;
    let (left, right) = (Align::Left, Align::Right);
    let mut table = Table::new(&[
        ("TABLE", left),
        ("BACKUP", right),
        ("CAMERA", right),
        ("NEWER ON THE CAMERA", right),
        ("ONLY IN THE BACKUP", right),
        ("DIFFERENT", right),
    ]);
    let count = |rows: Option<u64>| rows.map_or_else(|| "-".to_owned(), |rows| rows.to_string());
    for rows in &change.tables {
        let numbers = [rows.newer, rows.gone, rows.differ].map(|rows| rows.to_string());
        let [newer, gone, differ] = numbers;
        table.row([rows.table.clone(), count(rows.backup), count(rows.camera), newer, gone, differ]);
    }
    table.print(out)?;
    for rows in &change.tables {
        if let Some(remark) = &rows.remark {
            writeln!(out, "  {}: {remark}", rows.table)?;
        }
    }
    Ok(())
}

fn more(out: &mut dyn Write, all: usize) -> io::Result<()> {
    if all > MOST_LINES { writeln!(out, "  and {} more; --json has all", all - MOST_LINES) } else { Ok(()) }
}
