//! Records what was done, in the order of the walk: lines of the manifest, counts, and what the owner is told. It also
//! does what needs that order: further names of a file, and what folders carry after everything in them has its name.
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::Ordering;

use super::Error;
use super::base::{Likeness, Linked};
use super::findings::Findings;
use super::one_file::{self, Kept};
use super::several_names::SeveralNames;
use super::step_work::Worker;
use super::steps::{Done, FileStep, Outcome, Step, Todo, Told, Worked};
use crate::base::attributes::Attributes;
use crate::base::ordered::Results;
use crate::base::rel_path::printable;
use crate::base::tree::open_path::OpenPath;
use crate::base::tree::xattrs::Xattrs;
use crate::destination::manifest::ManifestWriter;
use crate::domain::monitor::Progress;
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::entry::{Line, Looks, Names, Sort};

pub(super) struct Recorder<'a> {
    /// The top folder of the new snapshot.
    pub top: BorrowedFd<'a>,
    pub to: OpenPath,
    /// Where the walk is, below the top.
    pub path: Vec<u8>,
    pub manifest: ManifestWriter,
    pub names: SeveralNames,
    pub counts: Counts,
    pub findings: Findings,
    pub worker: Worker<'a>,
}

impl Recorder<'_> {
    /// Takes the results of all steps.
    pub fn take(&mut self, all: impl Iterator<Item = Results<Worked>>) -> Result<(), Error> {
        for results in all {
            self.worker.monitor.checkpoint()?;
            // A worker gives one result for each batch, or has broken down.
            let stopped = |_| Error::io("a thread of this program stopped")(io::ErrorKind::BrokenPipe.into());
            for done in results.recv().map_err(stopped)?? {
                self.record(done)?;
            }
            self.progress();
        }
        Ok(())
    }

    fn progress(&self) {
        let Worker { gauge, total, monitor, .. } = &self.worker;
        gauge.files.store(self.counts.files, Ordering::Relaxed);
        monitor.progress(Progress {
            done_bytes: gauge.bytes.load(Ordering::Relaxed),
            total_bytes: total.added_bytes,
            done_files: self.counts.files,
            total_files: total.files,
            now: printable(&self.path),
        });
    }

    fn record(&mut self, done: Done) -> Result<(), Error> {
        match done {
            Done::File(file, outcome) => self.file(&file, outcome),
            Done::Step(Step::File(file) | Step::Named(file)) => self.named(file),
            Done::Step(Step::Enter { name, looks }) => self.enter(&name, looks),
            Done::Step(Step::Leave { attributes, carried }) => self.leave(&attributes, &carried),
            Done::Step(Step::Tell(path, told)) => {
                self.tell(&path, told);
                Ok(())
            }
        }
    }

    fn file(&mut self, file: &FileStep, outcome: Outcome) -> Result<(), Error> {
        match outcome {
            Outcome::Stored { looks, digest, names, likeness, added_bytes, changed, had_many_names, kept } => {
                self.counts.files += 1;
                self.counts.bytes += looks.bytes;
                self.counts.added_bytes += added_bytes;
                match likeness {
                    Likeness::New => self.counts.new += 1,
                    Likeness::Changed | Likeness::Doubtful => self.counts.changed += 1,
                    Likeness::Same => self.counts.linked += 1,
                }
                self.note(kept);
                if changed {
                    self.findings.changed.add(&file.path());
                }
                if had_many_names {
                    self.findings.many_names.add(&file.path());
                }
                self.add(file, Sort::File, looks, names, Some(&digest), b"")
            }
            Outcome::Symlink(target) => {
                self.counts.symlinks += 1;
                self.add(file, Sort::Symlink, file.looks, Names::One, None, &target)
            }
            Outcome::Unreadable(why) => {
                self.tell(&file.path(), Told::Unreadable(why));
                Ok(())
            }
            Outcome::NotHeld(why) => {
                self.tell(&file.path(), Told::NotHeld(why));
                Ok(())
            }
        }
    }

    /// Gives a file that has several names a second name, where it is in this snapshot already.
    fn named(&mut self, mut file: FileStep) -> Result<(), Error> {
        let path = file.path();
        let mut outcome = None;
        if let Some(first) = self.names.get(file.inode).cloned() {
            let linked = self.names.link(&first, self.top, file.folder.to.as_fd(), &file.name);
            let likeness = likeness(&file.todo);
            match linked.map_err(Error::io("a file could not get another name on the drive"))? {
                Linked::Yes => {
                    let (looks, digest, names) = (first.looks, first.digest, Names::Several);
                    let (added_bytes, changed, had_many_names, kept) = (0, false, false, Kept::default());
                    outcome = Some(Outcome::Stored {
                        looks,
                        digest,
                        names,
                        likeness,
                        added_bytes,
                        changed,
                        had_many_names,
                        kept,
                    });
                }
                Linked::TooMany => {
                    self.findings.many_names.add(&path);
                    file.todo = Todo::Copy(likeness);
                }
                Linked::No => {}
            }
        }
        let outcome = match outcome {
            Some(outcome) => outcome,
            None => self.worker.one(&file)?,
        };
        if let Outcome::Stored { looks, digest, .. } = &outcome {
            self.names.met(file.inode, &path, *looks, *digest);
        }
        self.file(&file, outcome)
    }

    fn enter(&mut self, name: &[u8], looks: Looks) -> Result<(), Error> {
        self.counts.folders += 1;
        let line =
            Line { sort: Sort::Folder, looks, names: Names::One, digest: None, target: b"", folder: &self.path, name };
        self.manifest.add(&line).map_err(writing())?;
        self.to.enter(name)?;
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name);
        Ok(())
    }

    /// Sets what the folder carries.
    fn leave(&mut self, attributes: &Attributes, carried: &Xattrs) -> Result<(), Error> {
        let folder: File = self.to.end()?.try_clone_to_owned()?.into();
        let kept = one_file::put(&folder, attributes, carried)?;
        self.note(kept);
        let above = self.path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        self.path.truncate(above);
        Ok(self.to.leave()?)
    }

    fn add(
        &mut self,
        file: &FileStep,
        sort: Sort,
        looks: Looks,
        names: Names,
        digest: Option<&[u8; 32]>,
        target: &[u8],
    ) -> Result<(), Error> {
        let (folder, name) = (&*file.folder.path, &*file.name);
        self.manifest.add(&Line { sort, looks, names, digest, target, folder, name }).map_err(writing())
    }

    fn tell(&mut self, path: &[u8], told: Told) {
        match told {
            Told::Unreadable(why) if why.kind() == io::ErrorKind::NotFound => self.counts.vanished += 1,
            Told::Unreadable(why) => self.findings.unreadable.add_with(path, &why),
            Told::NotHeld(why) => self.findings.not_held.add_with(path, &why),
            Told::OurName => self.findings.our_names.add(path),
            Told::TheDriveItself => self.findings.drive_itself.add(path),
        }
    }

    fn note(&mut self, kept: Kept) {
        self.findings.owners += u64::from(kept.attributes_refused > 0);
        self.findings.xattrs += kept.xattrs_refused;
    }
}

/// What is known of a file of which another name is in the snapshot.
fn likeness(todo: &Todo) -> Likeness {
    match todo {
        Todo::Copy(likeness) | Todo::ReadBack(likeness) => *likeness,
        _ => Likeness::Same,
    }
}

pub(super) fn writing() -> impl FnOnce(io::Error) -> Error {
    Error::io("the manifest could not be written to the drive")
}
