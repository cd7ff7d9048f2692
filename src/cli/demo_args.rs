//! The command line of the demo, as typed.
use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the camera here and use it again next time [default: a temporary folder, removed at the end]
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// 0 is any that is free [default: 8085, or any when it is taken]
    #[arg(long)]
    pub port: Option<u16>,
    #[arg(long, default_value_t = 5)]
    pub nights: u32,
    /// Pictures a night
    #[arg(long, default_value_t = 40)]
    pub frames: u32,
    /// Size of a picture, in pixels
    #[arg(long, default_value_t = 640, value_parser = clap::value_parser!(u16).range(16..))]
    pub width: u16,
    #[arg(long, default_value_t = 480, value_parser = clap::value_parser!(u16).range(16..))]
    pub height: u16,
    /// About 230 bytes each
    #[arg(long, default_value_t = 400)]
    pub database_rows: u32,
    /// How many tiny files to add, for a camera with very many
    #[arg(long, default_value_t = 0)]
    pub files: u32,
    /// Number that the pictures are drawn from; one number always draws one camera
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Without a drive, a host and backups of the day before
    #[arg(long)]
    pub empty: bool,
    /// Build the camera, say where it is, and end
    #[arg(long, requires = "dir")]
    pub build_only: bool,
}
