//! The program itself.
use std::path::Path;

use serde::Serialize;

/// Where it listens.
#[derive(Debug, Serialize)]
pub struct Listening<'a> {
    pub listening: &'a str,
}

/// What a recovery has put right, in words.
#[derive(Debug, Serialize)]
pub struct Recovered<'a> {
    pub done: &'a [String],
}

/// Folders of a camera that was drawn to try things on.
#[derive(Debug, Serialize)]
pub struct DemoPlaces<'a> {
    pub home: &'a Path,
    pub flask: Option<&'a Path>,
    pub backups: &'a Path,
    pub state: &'a Path,
}

/// Where the pages of the manual were written to.
#[derive(Debug, Serialize)]
pub struct ManualPages<'a> {
    pub dir: &'a Path,
}

/// The size of what there is to choose from is being found out.
#[derive(Debug, Serialize)]
pub struct Measuring {
    pub measuring: bool,
}
