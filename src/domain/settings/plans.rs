//! The plans of a configuration: every `[[plan]]` with its schedule and what stays of it.
//!
//! Invariant: a plan with a mistake is no plan; it is told with its line like any other mistake.
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lists::ListReader;
use super::mistake::Rule;
use crate::domain::plan::Plan;

/// What the value of the key `plan` says.
pub(super) fn read(reader: &mut ListReader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    for (at, table) in reader.tables(value) {
        let Some(plan) = one(reader, at, table) else { continue };
        if plan.name.is_nights() {
            reader.tell(at, "plan.name", Rule::BadName, "nights is the plan of the section [nights]");
        } else if plans.iter().any(|other| other.name == plan.name) {
            reader.tell_twice(table, at, plan.name.as_str());
        } else {
            plans.push(plan);
        }
    }
    plans
}

/// `None` when something is wrong with it, which is told.
fn one(reader: &mut ListReader<'_>, at: usize, table: &DeTable<'_>) -> Option<Plan> {
    let before = reader.mistakes.len();
    let mut values = reader.values(table);
    let schedule = table.get("schedule").and_then(|value| Some((value.span().start, value.get_ref().as_table()?)));
    if let Some((place, schedule)) = schedule
        && schedule.len() != 1
    {
        let message = "a plan has one of every, daily, weekly and cron";
        reader.tell(place, "plan.schedule", Rule::BadSchedule, message);
    }
    if values.contains_key("remote") {
        values.entry("steps").or_insert_with(|| serde_json::json!(["archive", "retention", "sync"]));
        if table.get("remote").and_then(|value| value.get_ref().as_table()?.get("target")).is_none() {
            reader.tell(at, "plan.remote.target", Rule::MissingKey, "a remote needs its target");
        }
    } else if values.get("steps").and_then(Value::as_array).is_some_and(|steps| steps.contains(&"sync".into())) {
        reader.tell(
            at,
            "plan.steps",
            Rule::MissingKey,
            "sync needs a remote, like remote = { target = \"nas:/backup\" }",
        );
    }
    reader.need(at, table, &["name", "sources", "schedule"]);
    if reader.mistakes.len() > before {
        return None;
    }
    match serde_json::from_value::<Plan>(Value::Object(values)) {
        Ok(plan) if plan.sources.is_empty() => {
            reader.tell(at, "plan.sources", Rule::MissingKey, "a plan needs something to back up");
            None
        }
        Ok(plan) => Some(plan),
        Err(error) => {
            reader.tell(at, "plan", Rule::BadType, &error.to_string());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reading;
    use crate::domain::plan::Source;

    #[test]
    fn plans_are_read_with_their_schedule_and_what_stays() {
        let text = "[nights]\nmin_images = 1\n[[plan]]\nname = \"pictures\"\nsources = [\"images-new\"]\n\
                    schedule = { cron = \"30 3 1 * *\" }\n[[plan]]\nname = \"weekly-config\"\nsources = [\"config\"]\n\
                    enabled = false\nlargest_database_on_card = \"1GiB\"\n[plan.schedule]\ndaily = \"12:00\"\n\
                    [plan.retention]\nkeep_last = 3\nalso = [\"by_hand\"]\n";
        let reading = Reading::of(text);
        assert_eq!(reading.mistakes, []);
        let [pictures, config] = &reading.settings.plans[..] else { panic!("{:?}", reading.settings.plans) };
        assert_eq!(
            (&pictures.sources[..], pictures.enabled, pictures.retention.rules().len()),
            (&[Source::ImagesNew][..], true, 0)
        );
        assert_eq!((config.retention.keep_last, config.enabled), (Some(3), false));
    }

    #[test]
    fn hooks_are_read_in_their_order_and_every_mistake_in_one_has_its_line() {
        let plan = "[[plan]]\nname = \"a\"\nsources = [\"config\"]\nschedule = { every = \"6h\" }\n";
        let inline = "hooks = [{ on = \"before\", run = [\"mount\", \"/mnt\"] }, { on = \"finally\", run = \"sync; true\", timeout = \"90s\", on_error = \"fail\" }]\n";
        let tables = "[[plan.hooks]]\non = \"before\"\nrun = [\"mount\", \"/mnt\"]\n[[plan.hooks]]\non = \"finally\"\nrun = \"sync; true\"\ntimeout = \"90s\"\non_error = \"fail\"\n";
        for hooks in [inline, tables] {
            let reading = Reading::of(&format!("{plan}{hooks}"));
            assert_eq!(reading.mistakes, [], "{hooks}");
            let [one, two] = &reading.settings.plans[0].hooks[..] else { panic!("{reading:?}") };
            assert_eq!((one.on.word(), one.run.shown(), two.on.word()), ("before", "mount", "finally"));
            assert_eq!((two.timeout.to_string(), two.run.shown()), ("90s".to_owned(), "a line for the shell"));
        }
        let told = |hooks: &str| {
            let mistakes = Reading::of(&format!("{plan}hooks = {hooks}\n")).mistakes.into_iter();
            mistakes.map(|m| format!("{} ({})", m.path, m.code.as_str())).collect::<Vec<_>>().join(", ")
        };
        for (hooks, wanted) in [
            ("3", "plan.hooks (bad_type)"),
            ("[3]", "plan.hooks (bad_type)"),
            ("[{ on = \"before\" }]", "plan.hooks.run (missing_key)"),
            ("[{ run = [\"true\"] }]", "plan.hooks.on (missing_key)"),
            ("[{ on = \"after\", run = [\"true\"] }]", "plan.hooks.on (out_of_range)"),
            ("[{ on = \"before\", run = [] }]", "plan.hooks.run (hook_not_executable)"),
            ("[{ on = \"before\", run = \" \" }]", "plan.hooks.run (hook_not_executable)"),
            ("[{ on = \"before\", run = 3 }]", "plan.hooks.run (bad_type)"),
            ("[{ on = \"before\", run = [\"true\"], timeout = \"2d\" }]", "plan.hooks.timeout (out_of_range)"),
            ("[{ on = \"before\", run = [\"true\"], on_err = \"fail\" }]", "plan.hooks.on_err (unknown_key)"),
        ] {
            assert_eq!(told(hooks), wanted, "{hooks}");
        }
    }

    #[test]
    fn every_mistake_in_a_plan_has_its_line() {
        let told = |text: &str| {
            let mistakes = Reading::of(text).mistakes.into_iter();
            mistakes.map(|m| format!("{}: {} ({})", m.line, m.path, m.code.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(
            told(
                "[[plan]]\nname = \"Big\"\nsources = [\"video\"]\nschedule = { daily = \"25:00\", weekly = \"sunday 1:00\" }\nschedul = 1\n"
            ),
            [
                "2: plan.name (bad_name)",
                "3: plan.sources (out_of_range)",
                "4: plan.schedule (bad_schedule)",
                "4: plan.schedule.daily (bad_schedule)",
                "5: plan.schedul (unknown_key)",
            ]
        );
        assert_eq!(told("[plan]\nname = \"a\"\n"), ["1: plan (bad_type)"]);
        let twice = "[[plan]]\nname = \"a\"\nsources = [\"config\"]\nschedule = { every = \"6h\" }\n".repeat(2);
        assert_eq!(told(&twice), ["6: plan.name (duplicate_name)"]);
        assert_eq!(told("[[plan]]\n").len(), 3, "name, sources and schedule are missing");
    }
}
