//! A look at head and tail: what is this file? Reads a few kilobytes, however large the archive.
use std::fs::File;

use crate::domain::metadata::Metadata;

/// What a glance can tell.
#[derive(Debug, Clone, PartialEq)]
pub enum Glance {
    /// Written by us, head and tail in place. Its middle is not proved.
    Ours(Box<Metadata>),
    /// Starts like one of ours and its end is missing or wrong: interrupted or cut.
    Cut(Option<Box<Metadata>>),
    /// gzip with tar inside, written by someone else; only a full reading tells more.
    Other,
    /// No backup: the reason as a clear sentence.
    Foreign(String),
}

pub fn glance(_file: &File) -> std::io::Result<Glance> {
    unimplemented!()
}
