//! Floor 5: the terminal, a thin shell.
use std::process::ExitCode;

/// Runs what the arguments ask for.
pub fn run(_args: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    unimplemented!()
}
