//! What this drive refuses: told once, and worked around where nothing is lost by it.
use super::survey::{Parts, some};
use super::{Error, alert};
use crate::base::rel_path::RelPath;
use crate::destination::capability::Habits;
use crate::destination::drive::Ready;
use crate::domain::monitor::Monitor;
use crate::domain::storable::{CaseBlind, is_fat_name};
use crate::work::Tools;

/// At the start of every work. A drive on which nothing can be tried says at the work itself why.
pub(super) fn tell(tools: &Tools, ready: &Ready, monitor: &dyn Monitor) -> Result<(), Error> {
    let sentences = ready.habits().map(Habits::in_words).unwrap_or_default();
    if sentences.is_empty() {
        return Ok(());
    }
    let message = format!("{}: {}", ready.dir().path().display(), sentences.join("; "));
    if alert::note_once(tools, "drive_habits", &message)? {
        monitor.warn(message);
    }
    Ok(())
}

/// Takes out of `parts` what the drive cannot hold: it would lose another file, or end the work.
pub(super) fn set_apart(parts: &mut Parts, habits: &Habits) {
    if !habits.any_names {
        let odd = take_out(parts, &mut |path| is_fat_name(path.parts()));
        tell_of(parts, "pictures have names that this drive does not take", &odd);
    }
    if !habits.case_sensitive {
        let mut names = CaseBlind::default();
        let twins = take_out(parts, &mut |path| names.is_new(path.as_bytes()));
        tell_of(parts, "pictures have names that this drive takes for those of others (upper and lower case)", &twins);
    }
}

fn tell_of(parts: &mut Parts, what: &str, names: &[String]) {
    if !names.is_empty() {
        parts.troubles.push(some(what, names));
    }
}

/// Names of those that `stays` does not let stay, frames counted.
fn take_out(parts: &mut Parts, stays: &mut dyn FnMut(&RelPath) -> bool) -> Vec<String> {
    let (mut out, mut frames, mut at) = (Vec::new(), parts.frames, 0);
    parts.files.retain(|file| {
        let keep = stays(&file.to);
        if !keep {
            out.push(file.from.to_string());
            frames -= u64::from(at < parts.frames);
        }
        at += 1;
        keep
    });
    parts.frames = frames;
    parts.timelapses.retain(|film| {
        let keep = stays(&film.to);
        if !keep {
            out.push(film.from.to_string());
        }
        keep
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::attributes::Moment;
    use crate::transfer::wanted::Wanted;

    fn wanted(name: &str) -> Wanted {
        let path = RelPath::parse(name).unwrap();
        let mtime = Moment { seconds: 0, nanos: 0 };
        Wanted { from: path.clone(), to: path, bytes: 1, mtime, is_listed: false }
    }

    #[test]
    fn what_the_drive_cannot_hold_is_named_and_the_rest_goes_on() {
        let mut parts = Parts {
            files: ["a.jpg", "A.jpg", "b:c.jpg", "d.jpg", "keogram?.jpg"].map(wanted).into(),
            frames: 4,
            timelapses: vec![wanted("film.mp4"), wanted("FILM.mp4")],
            missing: 0,
            troubles: Vec::new(),
        };
        let blind = Habits {
            case_sensitive: false,
            any_names: false,
            keeps_times: true,
            keeps_modes: true,
            replaces: true,
            tells_room: true,
        };
        set_apart(&mut parts, &Habits { case_sensitive: true, any_names: true, ..blind.clone() });
        assert_eq!((parts.files.len(), parts.troubles.len()), (5, 0));
        set_apart(&mut parts, &blind);
        let left: Vec<String> = parts.files.iter().chain(&parts.timelapses).map(|file| file.to.to_string()).collect();
        assert_eq!((left.join(" ").as_str(), parts.frames), ("a.jpg d.jpg film.mp4", 2));
        assert!(parts.troubles[0].contains("b:c.jpg, keogram?.jpg"), "{:?}", parts.troubles);
        assert!(parts.troubles[1].contains("A.jpg, FILM.mp4"), "{:?}", parts.troubles);
    }
}
