//! Whether the processes of a group still do something: what they have read, and the time that they have worked.
//!
//! A program that waits for another machine may write now and then to keep the line open, so what it writes says nothing.
use std::fs;

/// Ticks of the CPU that even a program which only waits uses up with time.
const TICKS_OF_WAITING: u64 = 5;

/// Sums over processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    read_bytes: u64,
    ticks: u64,
}

impl Activity {
    /// Of all processes of the group that are called `name`.
    pub fn of(group: u32, name: &str) -> Activity {
        let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let all = processes.filter_map(|id| one(id, group, name));
        all.fold(Activity::default(), |sum, one| Activity {
            read_bytes: sum.read_bytes + one.read_bytes,
            ticks: sum.ticks + one.ticks,
        })
    }

    /// Whether anything was done since `before`.
    pub fn differs(&self, before: &Activity) -> bool {
        self.read_bytes != before.read_bytes || self.ticks.abs_diff(before.ticks) > TICKS_OF_WAITING
    }
}

fn one(id: u32, group: u32, name: &str) -> Option<Activity> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (begin, rest) = stat.rsplit_once(')')?;
    // Behind the name: state, parent, group, …; the 12th and 13th are the ticks.
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    if fields.get(2)?.parse() != Ok(group) || begin.split_once('(')?.1 != name {
        return None;
    }
    let number = |text: Option<&&str>| text.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let io = fs::read_to_string(format!("/proc/{id}/io")).ok()?;
    let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    Some(Activity { read_bytes: number(read.as_ref()), ticks: number(fields.get(11)) + number(fields.get(12)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_reads_is_at_work_and_one_that_is_not_there_is_none() {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let name = stat.split_once('(').unwrap().1.rsplit_once(')').unwrap().0.to_owned();
        let group = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(2).unwrap().parse().unwrap();
        let before = Activity::of(group, &name);
        assert!(before.read_bytes > 0);
        assert!(Activity::of(group, &name).differs(&before), "to look is to read");
        assert_eq!(Activity::of(group, "no such name"), Activity::default());
    }
}
