//! The password of the mail server: from a file that is for few eyes, or from the owner's own program.
use std::time::Duration;

use super::Error;
use crate::base::{process, secret};
use crate::domain::notify::NotifySettings;

/// A program that asks somebody would wait for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// `None` when the server wants none. What the program prints is in no error.
pub(super) fn password(settings: &NotifySettings) -> Result<Option<String>, Error> {
    if let Some(file) = &settings.password_file {
        let line = secret::first_line(file).map_err(Error::Password)?;
        let empty = || std::io::Error::other(format!("{}: its first line is empty", file.display()));
        return if line.is_empty() { Err(Error::Password(empty())) } else { Ok(Some(line)) };
    }
    let Some((program, arguments)) = settings.password_command.split_first() else { return Ok(None) };
    let told = |how: String| Error::PasswordCommand { program: program.clone(), how };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output =
        process::run(program, &arguments, PATIENCE).map_err(|why| told(format!("could not be used: {why}")))?;
    if !output.status.success() {
        return Err(told(format!("ended with {}", output.status)));
    }
    match output.stdout.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
        Some(line) => Ok(Some(line.to_owned())),
        None => Err(told("printed nothing".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_by(script: &str) -> Result<Option<String>, Error> {
        let password_command = ["sh", "-c", script].map(str::to_owned).to_vec();
        password(&NotifySettings { password_command, ..NotifySettings::default() })
    }

    #[test]
    fn the_first_line_of_the_owners_program_is_the_password_and_no_error_tells_it() {
        assert_eq!(told_by("echo canary; echo more").unwrap().as_deref(), Some("canary"));
        assert_eq!(password(&NotifySettings::default()).unwrap(), None);
        for script in ["echo canary; exit 3", "echo canary >&2", "exit 0", "exec /no/such"] {
            let error = told_by(script).unwrap_err();
            let whole = format!("{error} {error:?}");
            assert!(whole.contains("sh") && !whole.contains("canary"), "{whole}");
        }
    }
}
