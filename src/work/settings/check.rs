//! Check the configuration: its text, and what it names on this machine. The terminal, the page and
//! every start say the same, because all of them ask here.
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::places::{self, Told};
use crate::base::plain::open_plain;
use crate::base::process;
use crate::domain::failure::{Advice, Code};
use crate::domain::notify::Transport;
use crate::domain::settings::document::MOST_BYTES;
use crate::domain::settings::keys;
use crate::domain::settings::mistake::{Mistake, Rule};
use crate::domain::settings::{Reading, Settings};

/// A configuration that is not used, and everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is not used because of {} in it\n{}", mistakes_in_words(self.mistakes.len()), self.lines().join("\n"))]
pub struct Mistaken {
    pub file: PathBuf,
    pub mistakes: Vec<Mistake>,
}

fn mistakes_in_words(count: usize) -> String {
    if count == 1 { "a mistake".into() } else { format!("{count} mistakes") }
}

impl Mistaken {
    /// `FILE:LINE: PATH: MESSAGE (CODE)`, one for each mistake.
    pub fn lines(&self) -> Vec<String> {
        self.mistakes.iter().map(|mistake| format!("{}:{mistake}", self.file.display())).collect()
    }
}

impl Advice for Mistaken {
    fn code(&self) -> Code {
        Code::Usage
    }

    fn advice(&self) -> String {
        match self.mistakes.first().map(|mistake| mistake.code) {
            Some(Rule::ConfigNotFound) => "Name an existing file with --config, or leave it out.",
            _ => "Mend these lines; a key that is left out has its default, and `config example` shows them all.",
        }
        .into()
    }
}

/// Reads the file at `path`; mistakes are within. Errors when it cannot be read, `NotFound` too.
pub fn check(path: &Path) -> io::Result<Reading> {
    let mut bytes = Vec::new();
    // One byte more than the limit is read, so that a longer file is noticed.
    open_plain(path)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => check_text(&text),
        Err(error) => {
            let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
            let message = "this is no text: there are bytes that are not UTF-8".to_owned();
            let mistakes = vec![Mistake { line, path: String::new(), message, code: Rule::Syntax }];
            Reading { mistakes, ..Reading::default() }
        }
    })
}

/// Checks a text that is not in a file yet.
pub fn check_text(text: &str) -> Reading {
    let mut reading = Reading::of(text);
    let found = on_this_machine(&reading.settings);
    let found: Vec<Mistake> = found
        .into_iter()
        .map(|Told { place, code, message }| {
            let line = reading.document.line_of(&[place.as_str()]);
            let path = keys::of_entry(&place).map_or(place, |found| found.path());
            Mistake { line, path, message, code }
        })
        .collect();
    reading.add(found);
    reading
}

/// What is told when the file is not there.
pub fn missing() -> Mistake {
    Mistake { line: 1, path: String::new(), message: "there is no such file".into(), code: Rule::ConfigNotFound }
}

fn on_this_machine(settings: &Settings) -> Vec<Told> {
    let notify = &settings.notify;
    let mut told = Vec::new();
    for (key, file) in
        [("server.token_file", &settings.server.token_file), ("notify.password_file", &notify.password_file)]
    {
        told.extend(file.as_deref().and_then(secret).map(|(code, message)| Told::new(key, code, message)));
    }
    for channel in &notify.channels {
        let files = [
            ("url_file", channel.url_file.as_ref()),
            ("token_file", channel.token_file.as_ref()),
            ("password_file", channel.broker.password_file.as_ref()),
        ];
        for (key, file) in files {
            let wrong = file.and_then(|file| secret(file));
            let place = format!("notify_to.{}.{key}", channel.name.as_str());
            told.extend(wrong.map(|(code, message)| Told::new(&place, code, message)));
        }
    }
    for (key, command) in [("notify.command", &notify.command), ("notify.password_command", &notify.password_command)] {
        if let Some(program) = command.first()
            && process::find(program).is_none()
        {
            let message = format!("{program} is no program that can be run here");
            told.push(Told::new(key, Rule::HookNotExecutable, message));
        }
    }
    let sendmail = || ["sendmail", "/usr/sbin/sendmail"].into_iter().find_map(process::find);
    if notify.transport == Transport::Sendmail && sendmail().is_none() {
        let message = "there is no program sendmail on this machine".to_owned();
        told.push(Told::new("notify.transport", Rule::MissingTool, message));
    }
    told.extend(places::overlaps(settings));
    told
}

/// What is wrong with a file that holds a secret. Its name is not repeated: somebody may have written
/// the secret itself.
fn secret(file: &Path) -> Option<(Rule, String)> {
    match fs::metadata(file) {
        Ok(about) if !about.is_file() => Some((Rule::InsecureSecret, "this is no file".into())),
        Ok(about) if about.permissions().mode() & 0o007 != 0 => {
            Some((Rule::InsecureSecret, "everybody on this machine may read this file: chmod 600 it".into()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Some((Rule::InsecureSecret, "there is no such file: make one that its owner alone can read".into()))
        }
        // Only a user who may read the file can check it.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, Rule)> {
        check_text(text).mistakes.into_iter().map(|m| (m.path, m.code)).collect()
    }

    #[test]
    fn a_secret_that_others_may_read_or_that_is_missing_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("password");
        let text = format!("[notify]\npassword_file = {:?}\n", file);
        assert_eq!(told(&text), [("notify.password_file".into(), Rule::InsecureSecret)]);
        fs::write(&file, "secret\n").unwrap();
        for (mode, refused) in [(0o644, true), (0o604, true), (0o640, false), (0o600, false)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(!told(&text).is_empty(), refused, "{mode:o}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_or_cannot_be_run_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let hook = dir.path().join("hook");
        let text = format!("[notify]\ncommand = [{:?}, \"x\"]\n", hook);
        let refused = [("notify.command".to_owned(), Rule::HookNotExecutable)];
        assert_eq!(told(&text), refused);
        fs::write(&hook, "#!/bin/sh\n").unwrap();
        assert_eq!(told(&text), refused);
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(told(&text), []);
        assert_eq!(told("[notify]\ncommand = [\"sh\", \"-c\", \"true\"]\n"), []);
    }

    #[test]
    fn bytes_that_are_no_text_have_their_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("c.toml");
        fs::write(&file, b"[site]\nhome = \"/a\"\n# \xff\n").unwrap();
        let mistakes = check(&file).unwrap().mistakes;
        assert_eq!((mistakes[0].line, mistakes[0].code), (3, Rule::Syntax));
    }
}
