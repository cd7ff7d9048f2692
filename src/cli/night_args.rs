//! The command line of nights, their drive and their schedule, as typed.
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::night::Night;

#[derive(Debug, Subcommand)]
pub enum Nights {
    /// Every night with its stars, its class and what became of it
    List,
    /// One night
    Show {
        #[arg(value_parser = night)]
        night: Night,
    },
    /// Copy nights to the drive and read them back; without names all nights worth keeping
    Save {
        #[arg(value_parser = night)]
        nights: Vec<Night>,
        /// Take nights as they are, with pictures missing or cut off at the camera
        #[arg(long)]
        take_damaged: bool,
    },
    /// Read saved nights again and compare every file; without names all saved nights
    Verify {
        #[arg(value_parser = night)]
        nights: Vec<Night>,
    },
    /// Restore a saved night to the camera: shows what would change, and does it with --yes
    Restore(RestoreNight),
    /// Read which nights are on the drive: after a new installation, or when it was used elsewhere
    Rescan,
    /// Pin this night: it is never deleted to make room
    Pin {
        #[arg(value_parser = night)]
        night: Night,
    },
    /// Treat this night like others of its class again
    Unpin {
        #[arg(value_parser = night)]
        night: Night,
    },
    /// Choose the class of a night by hand
    Class {
        #[arg(value_parser = night)]
        night: Night,
        class: ChosenClass,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ChosenClass {
    Forever,
    Rolling,
}

#[derive(Debug, Args)]
pub struct RestoreNight {
    #[arg(value_parser = night)]
    pub night: Night,
    /// To this folder instead of the camera's pictures
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Replace files of the camera that are not as they were saved
    #[arg(long)]
    pub replace: bool,
    /// Also restore files that are no pictures, films or data, and that a web server may run
    #[arg(long)]
    pub programs: bool,
    /// Only show what would change
    #[arg(long, conflicts_with = "yes")]
    pub preview: bool,
    /// Do it
    #[arg(long)]
    pub yes: bool,
    /// Only if nothing changed since the preview with this digest
    #[arg(long, value_name = "DIGEST", requires = "yes")]
    pub seen: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Run {
    /// Save the good nights, then make room on the drive
    Nights {
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Change {
    Pause,
    Resume,
}

#[derive(Debug, Subcommand)]
pub enum Dest {
    /// Choose this drive and set it up
    Init {
        /// Name or path of a destination [default: that of the nights]
        which: Option<String>,
        /// Also take a folder on the system disk
        #[arg(long)]
        plain_folder: bool,
    },
    /// Check that the drive is there, writable and the chosen one, and show what it can do
    Check {
        /// Name or path of a destination [default: that of the nights]
        which: Option<String>,
    },
    /// Every place that backups are kept in: its state, what lies there, its free room, and when it will be full
    List,
}

/// `2026-11-17` or `20261117`.
pub(super) fn night(text: &str) -> Result<Night, String> {
    Night::parse_any(text).map_err(|_| "a night is the date of its evening, like 2026-11-17".to_owned())
}
