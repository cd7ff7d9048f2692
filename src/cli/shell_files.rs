//! `completions SHELL` and `manual DIR`: what shells and `man` know of the command line, made from it.
use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::args::Line;
use super::screen::Screen;
use crate::api::program::ManualPages;
use crate::domain::failure::{Code, Failure};

const PROGRAM: &str = "allsky-backups";

pub(super) fn completions(screen: Screen, shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(shell, &mut Line::command(), PROGRAM, &mut script);
    screen.write(|out| out.write_all(&script))
}

/// A page for each verb, the names joined with `-`: `allsky-backups-create-config.1`.
pub(super) fn manual(screen: Screen, dir: &Path) -> Result<(), Failure> {
    let made = fs::create_dir_all(dir).and_then(|()| write_pages(dir));
    made.map_err(|error| Failure {
        code: Code::Failed,
        message: format!("{}: the manual could not be written: {error}", dir.display()),
        advice: "Name a folder that you can write to.".into(),
    })?;
    screen.show(&ManualPages { dir }, |out| writeln!(out, "the manual is in {}", dir.display()))
}

/// Each page takes its name when it is written: a link of that name is replaced, not followed.
fn write_pages(dir: &Path) -> std::io::Result<()> {
    let new = dir.join(format!(".manual-{}", std::process::id()));
    fs::create_dir(&new)?;
    let moved = clap_mangen::generate_to(Line::command(), &new).and_then(|()| {
        for page in fs::read_dir(&new)? {
            let page = page?;
            fs::rename(page.path(), dir.join(page.file_name()))?;
        }
        Ok(())
    });
    moved.and(fs::remove_dir_all(&new))
}
