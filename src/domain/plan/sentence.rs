//! A plan in words, as its owner reads it on the page and in the terminal.
use super::keep::Keep;
use super::schedule::Schedule;
use super::{Plan, Source};

/// `Every Sunday at 12:15: the camera's settings. Keep the last 10 and one of each month for a year.`
pub fn sentence(plan: &Plan) -> String {
    let what: Vec<String> = plan.sources.iter().map(what).collect();
    let is_of_archives = plan.sources.iter().any(|source| source.kind().is_some());
    let is_elsewhere = !plan.destination.is_backups() && is_of_archives;
    let place = if is_elsewhere { format!(", on {}", plan.destination) } else { String::new() };
    let copies: Vec<&str> = plan.copies.iter().map(|name| name.as_str()).collect();
    let copied = if copies.is_empty() { String::new() } else { format!(", copied to {}", copies.join(" and ")) };
    format!("{}: {}{place}{copied}. {}", when(&plan.schedule), what.join(" and "), keeps(plan))
}

/// What comes of a source: "a snapshot of pi".
pub fn what(source: &Source) -> String {
    match source {
        Source::Nights => "the good nights, to the drive".to_owned(),
        Source::Config => "a backup of the settings".to_owned(),
        Source::Images => "a backup of all pictures".to_owned(),
        Source::ImagesNew => "a backup of the nights since the last one".to_owned(),
        Source::ImagesGood => "a backup of the good nights since the last one".to_owned(),
        Source::Host(name) => format!("a snapshot of {name}"),
        Source::HostArchive(name) => format!("an archive of {name} when one is owed"),
        Source::HostGolden(name) => format!("a golden month of {name} when one is owed"),
    }
}

/// `Every Sunday at 12:15`.
pub fn when(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Every(period) => format!("Every {period}"),
        Schedule::Daily(daily) => format!("Every day at {}", String::from(*daily)),
        Schedule::Weekly(weekly) => {
            let day = weekly.day_word();
            let capital = day[..1].to_uppercase();
            format!("Every {capital}{} at {}", &day[1..], weekly.time.strftime("%H:%M"))
        }
        Schedule::Cron(cron) => format!("By cron, {}", String::from(cron.clone())),
    }
}

fn keeps(plan: &Plan) -> String {
    if plan.sources == [Source::Nights] {
        return "The oldest go when the drive is full.".to_owned();
    }
    if plan.sources.iter().all(|source| source.host().is_some()) {
        return "Older snapshots become fewer, as [[host]] says.".to_owned();
    }
    let Keep { keep_last, days, months, hourly, daily, monthly, .. } = plan.retention;
    let parts: Vec<String> = [
        keep_last.map(|n| format!("the last {n}")),
        days.map(|n| format!("all of {}", counted(n, "day"))),
        months.map(|n| format!("all of this month and of {} before it", counted(n, "month"))),
        hourly.map(|n| format!("all of {}", counted(n, "hour"))),
        daily.map(|n| format!("one of each day for {}", counted(n, "day"))),
        monthly.map(|n| {
            if n == 12 {
                "one of each month for a year".into()
            } else {
                format!("one of each month for {}", counted(n, "month"))
            }
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    match parts.split_last() {
        None => "Nothing is deleted.".to_owned(),
        Some((last, [])) => format!("Keep {last}."),
        Some((last, rest)) => format!("Keep {} and {last}.", rest.join(", ")),
    }
}

fn counted(n: u32, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_as_a_sentence() {
        assert_eq!(
            sentence(&Plan::weekly_config()),
            "Every Sunday at 12:15: a backup of the settings. Keep the last 10 and one of each month for a year."
        );
        let nights = Plan::nights(jiff::civil::time(11, 30, 0, 0));
        assert_eq!(
            sentence(&nights),
            "Every day at 11:30: the good nights, to the drive. The oldest go when the drive is full."
        );
        let all = Plan { retention: Keep::default(), sources: vec![Source::ImagesNew], ..Plan::weekly_config() };
        assert_eq!(
            sentence(&all),
            "Every Sunday at 12:15: a backup of the nights since the last one. Nothing is deleted."
        );
    }
}
