//! How a run of rsync over ssh ended: whole, with things that could not be read, or not at all, and why.
//!
//! Memory stays small, whatever the host says.
//!
//! Invariant: a run is whole or partly whole only by its exit status, never by its words. What the host says can make
//! the reason of a failure wrong, and never a failure a success.
use super::remote_error::{RemoteError, of_words};
use super::remote_path::RemotePath;

/// Names that are remembered of each kind; the rest is counted.
const NAMED: usize = 20;
/// Lines about no file that are remembered, from both ends.
const FIRST: usize = 40;
const LAST: usize = 20;

/// What became of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is here, but for what is named.
    Taken(Left),
    Failed(RemoteError),
}

/// What the host could not give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    /// Could not be read.
    pub unreadable: Named,
    /// Gone before it could be read.
    pub vanished: u64,
    /// Names that the drive did not take.
    pub not_held: Named,
}

/// Some names with their reasons, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    pub first: Vec<(String, String)>,
    pub count: u64,
}

impl Named {
    fn add(&mut self, name: &str, why: &str) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push((name.to_owned(), why.to_owned()));
        }
    }
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Status(i32),
    Signal(i32),
}

/// Hears what a run says in its standard error, however much that is, and judges it by how it ended.
#[derive(Debug)]
pub struct Judge<'a> {
    path: &'a RemotePath,
    left: Left,
    /// The folder itself could not be entered.
    folder: Option<RemoteError>,
    /// Something failed on our side.
    own: Option<RemoteError>,
    words: Vec<String>,
}

impl<'a> Judge<'a> {
    /// Of a run that was asked for `path`.
    pub fn new(path: &'a RemotePath) -> Judge<'a> {
        Judge { path, left: Left::default(), folder: None, own: None, words: Vec::new() }
    }

    pub fn hear(&mut self, line: &str) {
        let Some(Told { side, what, name, why }) = Told::of(line) else {
            if self.words.len() >= FIRST + LAST {
                self.words.remove(FIRST);
            }
            return self.words.push(line.to_owned());
        };
        let is_top = matches!(what, "link_stat" | "opendir") && self.path.is_named_by(name);
        match side {
            // rsync enters the folder itself, and nothing else, with change_dir.
            Side::Host if is_top || what == "change_dir" => {
                let error = RemoteError::of_the_folder(name, why, self.path);
                self.folder.get_or_insert(error);
            }
            Side::Host if what == "vanished" => self.left.vanished += 1,
            Side::Host => self.left.unreadable.add(name, why),
            Side::Ours if is_no_name(why) => self.left.not_held.add(name, why),
            Side::Ours => {
                self.own.get_or_insert(RemoteError::of_our_side(name, why));
            }
        }
    }

    pub fn end(self, exit: Exit) -> Verdict {
        let Judge { left, folder, own, words, .. } = self;
        let status = match exit {
            Exit::Signal(signal) => return Verdict::Failed(RemoteError::Killed(signal)),
            Exit::Status(0) => return Verdict::Taken(left),
            Exit::Status(status) => status,
        };
        if let Some(error) = folder.or(own) {
            return Verdict::Failed(error);
        }
        match status {
            24 => Verdict::Taken(Left { vanished: left.vanished.max(1), ..left }),
            23 if left != Left::default() => Verdict::Taken(left),
            status => Verdict::Failed(of_words(status, &words)),
        }
    }
}

/// On which side of the line something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Host,
    Ours,
}

/// A line about one file or folder: `rsync: [sender] opendir "/a" failed: Permission denied (13)`.
struct Told<'a> {
    side: Side,
    /// `opendir`
    what: &'a str,
    name: &'a str,
    why: &'a str,
}

impl<'a> Told<'a> {
    fn of(line: &'a str) -> Option<Told<'a>> {
        // A name may hold quotes itself, so it reaches to the last one.
        let (begin, rest) = line.split_once('"')?;
        let (name, why) = rest.rsplit_once('"')?;
        if begin.trim_end() == "file has vanished:" {
            return Some(Told { side: Side::Host, what: "vanished", name, why });
        }
        let (_, why) = why.split_once(": ")?;
        let begin = begin.strip_prefix("rsync: ")?;
        let (who, words) = match begin.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((who, words)) => (who.to_ascii_lowercase(), words),
            // Before 3.2 nobody says who speaks.
            None => (String::new(), begin),
        };
        let what = words.split(['(', '#', ' ']).next().unwrap_or(words);
        let of_receiver =
            ["mkstemp", "recv_generator", "write", "rename", "symlink", "failed", "mkdir", "chgrp", "chown"];
        let is_ours = matches!(who.as_str(), "receiver" | "generator") || who.is_empty() && of_receiver.contains(&what);
        Some(Told { side: if is_ours { Side::Ours } else { Side::Host }, what, name, why })
    }
}

/// Whether the drive does not know such names, or has another file under it already.
fn is_no_name(why: &str) -> bool {
    ["(22)", "(36)", "(84)", "(17)"].iter().any(|number| why.ends_with(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(exit: Exit, text: &str) -> Verdict {
        let path = "/home/pi".parse().unwrap();
        let mut judge = Judge::new(&path);
        text.lines().for_each(|line| judge.hear(line));
        judge.end(exit)
    }

    #[test]
    fn only_the_exit_status_makes_a_success() {
        assert_eq!(said(Exit::Status(0), "anything"), Verdict::Taken(Left::default()));
        for exit in [Exit::Status(1), Exit::Status(11), Exit::Status(12), Exit::Status(23), Exit::Status(30)] {
            assert!(matches!(said(exit, "all is well"), Verdict::Failed(_)), "{exit:?}");
        }
        assert_eq!(said(Exit::Signal(9), ""), Verdict::Failed(RemoteError::Killed(9)));
        assert_eq!(said(Exit::Status(24), ""), Verdict::Taken(Left { vanished: 1, ..Left::default() }));
    }

    #[test]
    fn what_could_not_be_read_is_named_and_the_rest_is_taken() {
        let text = "rsync: [sender] opendir \"/home/pi/closed\" failed: Permission denied (13)\n\
                    rsync: [sender] send_files failed to open \"/home/pi/a \"b\"\": Permission denied (13)\n\
                    rsync: [sender] read errors mapping \"/home/pi/bad\": Input/output error (5)\n\
                    file has vanished: \"/home/pi/gone\"\n\
                    rsync: [receiver] mkstemp \"/d/.x.1\" failed: File name too long (36)\n\
                    rsync error: some files/attrs were not transferred (see previous errors) (code 23)";
        let Verdict::Taken(left) = said(Exit::Status(23), text) else { panic!("not taken") };
        let names: Vec<&str> = left.unreadable.first.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["/home/pi/closed", "/home/pi/a \"b\"", "/home/pi/bad"]);
        assert_eq!((left.vanished, left.not_held.count), (1, 1));
        let old = "rsync: opendir \"/home/pi/x\" failed: Permission denied (13)";
        assert!(matches!(said(Exit::Status(23), old), Verdict::Taken(left) if left.unreadable.count == 1));
    }

    #[test]
    fn the_folder_itself_and_our_own_disk_are_failures() {
        for (text, wanted) in [
            ("rsync: [sender] change_dir \"/home/pi\" failed: No such file or directory (2)", "is not there"),
            ("rsync: [sender] change_dir \"/home/pi\" failed: Permission denied (13)", "may not read"),
            ("rsync: [sender] opendir \"/home/pi\" failed: Permission denied (13)", "may not read"),
            ("rsync: change_dir \"/home/pi\" failed: Not a directory (20)", "no folder"),
            ("rsync: [receiver] write failed on \"/d/x\": No space left on device (28)", "full"),
            ("rsync: [receiver] mkstemp \"/d/.y\" failed: Read-only file system (30)", "Read-only file system"),
            ("rsync: [generator] link \"/d/y\" => x failed: Too many links (31)", "names"),
        ] {
            let Verdict::Failed(error) = said(Exit::Status(23), text) else { panic!("{text}") };
            assert!(error.to_string().contains(wanted), "{text}: {error}");
        }
    }
}
