//! A camera and its folders that belong to a user without rights and without a name, who runs the program.
use std::fs;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::process::Command;

use super::terminal::{PROGRAM, Running, Said, Terminal};

const NUMBER: u32 = 1500;

pub struct OtherUser {
    pub terminal: Terminal,
}

impl OtherUser {
    /// `None` where this cannot be shown.
    pub fn new() -> Option<OtherUser> {
        let terminal = Terminal::new();
        fs::create_dir(terminal.path("nobody")).unwrap();
        fs::write(terminal.path("config.toml"), "[restore]\nwatch_seconds = 1\n").unwrap();
        let user = OtherUser { terminal };
        user.own_all().then_some(()).or_else(skip)?;
        for name in ["told", "active"] {
            fs::write(user.terminal.path(name), "active\n").unwrap();
            fs::set_permissions(user.terminal.path(name), fs::Permissions::from_mode(0o666)).unwrap();
        }
        (user.run("list").code == Some(0)).then_some(()).or_else(skip)?;
        Some(user)
    }

    /// Gives everything below the terminal's folder to the user.
    pub fn own_all(&self) -> bool {
        let all = walkdir::WalkDir::new(self.terminal.path("")).into_iter().map(Result::unwrap);
        all.map(|entry| lchown(entry.path(), Some(NUMBER), Some(NUMBER))).all(|done| done.is_ok())
    }

    pub fn run(&self, line: &str) -> Said {
        self.command(line).output().unwrap().into()
    }

    pub fn start(&self, line: &str) -> Running {
        Running::of(&mut self.command(line))
    }

    fn command(&self, line: &str) -> Command {
        let number = NUMBER.to_string();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &number, "--regid", &number, "--clear-groups", "--", PROGRAM]);
        self.terminal.dressed(command, line.split(' '))
    }
}

fn skip() -> Option<()> {
    eprintln!("skipped: needs root, setpriv and a program that others may run");
    None
}
