//! Which process did this, so that another process can tell whether it still lives.
//!
//! A process number alone is used again after a while and after every boot; with the time at which
//! the process started and the boot it belongs to, it names one process for ever.
use std::fmt;
use std::fs;
use std::io;

/// One process of one boot. Text form: `PID START BOOT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    pid: u32,
    /// Clock ticks from boot to its start.
    started: u64,
    boot: String,
}

impl Instance {
    /// The calling process.
    pub fn here() -> io::Result<Self> {
        let pid = std::process::id();
        Ok(Instance { pid, started: started(pid)?, boot: boot()? })
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let instance = Instance {
            pid: parts.next()?.parse().ok()?,
            started: parts.next()?.parse().ok()?,
            boot: parts.next()?.to_owned(),
        };
        parts.next().is_none().then_some(instance)
    }

    pub fn is_alive(&self) -> bool {
        boot().is_ok_and(|now| now == self.boot) && started(self.pid).is_ok_and(|at| at == self.started)
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.pid, self.started, self.boot)
    }
}

fn boot() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// Field 22 of `/proc/PID/stat`, counted behind the program's name, which may hold anything. A
/// process that has ended and waits for its parent is as good as gone.
fn started(pid: u32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let odd = || io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{pid}/stat is odd"));
    let (_, behind) = stat.rsplit_once(')').ok_or_else(odd)?;
    let mut fields = behind.split_ascii_whitespace();
    if fields.next().is_some_and(|state| matches!(state, "Z" | "X")) {
        return Err(io::ErrorKind::NotFound.into());
    }
    fields.nth(18).and_then(|field| field.parse().ok()).ok_or_else(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_live_and_our_text_form_still_names_us() {
        let us = Instance::here().unwrap();
        assert!(us.is_alive());
        assert_eq!(Instance::parse(&us.to_string()), Some(us));
    }

    #[test]
    fn a_process_that_ended_or_only_shares_our_number_is_dead() {
        let us = Instance::here().unwrap();
        assert!(!Instance { started: us.started + 1, ..us.clone() }.is_alive());
        assert!(!Instance { boot: "another boot".into(), ..us.clone() }.is_alive());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert!(!Instance { pid, ..us }.is_alive());
    }

    #[test]
    fn odd_text_is_no_process() {
        for odd in ["", "1", "1 2", "x 2 b", "1 2 b c"] {
            assert_eq!(Instance::parse(odd), None, "{odd}");
        }
    }
}
