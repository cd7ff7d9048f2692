//! argv in, exit code out.
use std::process::ExitCode;

fn main() -> ExitCode {
    allsky_backups::cli::run(std::env::args_os())
}
