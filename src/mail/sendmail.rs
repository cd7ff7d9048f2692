//! The mail program of this machine: exim, postfix, msmtp and others answer to the name sendmail.
use std::io::ErrorKind;
use std::time::Duration;

use super::Error;
use super::envelope::Packed;
use crate::base::process;

/// Programs that deliver at once, msmtp for one, need as long as their server.
const PATIENCE: Duration = Duration::from_secs(60);
/// By the owner's path first, then where Debian has it, which is not in everybody's path.
const PROGRAMS: [&str; 2] = ["sendmail", "/usr/sbin/sendmail"];
const WORDS: usize = 200;

pub(super) fn send(mail: &Packed) -> Result<(), Error> {
    let from = mail.envelope.from().map(ToString::to_string).unwrap_or_default();
    // A line with a dot alone does not end the mail, and no recipient can be an option.
    let mut arguments = vec!["-i", "-f", &from, "--"];
    arguments.extend(mail.local.iter().map(String::as_str));
    // The program sendmail wants the line ends of this machine.
    let bytes: Vec<u8> = mail.bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
    for program in PROGRAMS {
        match process::feed(program, &arguments, bytes.clone(), PATIENCE) {
            Err(why) if why.kind() == ErrorKind::NotFound => {}
            Err(why) => return Err(Error::Sendmail(format!("could not be used: {why}"))),
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => {
                let said = crate::domain::mail::one_line::one_line(&output.stderr, WORDS);
                let colon = if said.is_empty() { "" } else { ": " };
                return Err(Error::Sendmail(format!("ended with {}{colon}{said}", output.status)));
            }
        }
    }
    Err(Error::Sendmail("is not installed".to_owned()))
}
